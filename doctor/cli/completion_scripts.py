"""What bash, zsh and fish run to complete envdoctor's words; each asks envdoctor itself and knows no word of it."""

_BASH = r"""# envdoctor's words at Tab, for bash: eval "$(envdoctor completion bash)"
_envdoctor() {
    local line paths= IFS=$'\n'
    COMPREPLY=()
    while read -r line; do
        if [ -z "$paths" ]; then
            paths="${line%%$'\t'*}"
        else
            COMPREPLY+=("$line")
        fi
    done < <("$1" completion bash --words "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    case "$paths" in
        files) COMPREPLY+=($(compgen -f -- "$2")) ;;
        folders) COMPREPLY+=($(compgen -d -- "$2")) ;;
    esac
    if type compopt >/dev/null 2>&1; then
        case "$paths" in files | folders) compopt -o filenames ;; esac
        case "${COMPREPLY[0]}" in *=) compopt -o nospace ;; esac
    fi
}
complete -F _envdoctor envdoctor
"""

_ZSH = r"""#compdef envdoctor
# envdoctor's words at Tab, for zsh: eval "$(envdoctor completion zsh)"
_envdoctor() {
    local line word about paths= before=
    local -a told described open
    told=("${(@f)$("${words[1]}" completion zsh --words "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    (( $#told )) || return 1
    paths="${told[1]%%$'\t'*}" before="${told[1]#*$'\t'}"
    for line in "${(@)told[2,-1]}"; do
        word="${line%%$'\t'*}" about="${line#*$'\t'}"
        [[ "$about" == "$line" ]] && about=
        if [[ "$word" == *= ]]; then
            open+=("$word")
        else
            described+=("${word//:/\\:}${about:+:$about}")
        fi
    done
    (( $#described )) && _describe -t words envdoctor described
    (( $#open )) && compadd -S '' -- "${open[@]}"
    if [[ "$paths" != none ]]; then
        [[ -n "$before" ]] && compset -P "${(b)before}"
        if [[ "$paths" == folders ]]; then _files -/; else _files; fi
    fi
}
if [[ "${funcstack[1]}" == _envdoctor ]]; then
    _envdoctor "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _envdoctor envdoctor
fi
"""

_FISH = r"""# envdoctor's words at Tab, for fish
function __envdoctor_words
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    test (count $current) -eq 0; and set current ""
    set -l told (envdoctor completion fish --words $before[2..-1] $current 2>/dev/null)
    test (count $told) -eq 0; and return
    set -l head (string split \t -- $told[1])
    for line in $told[2..-1]
        echo $line
    end
    set -l path (string sub --start (math (string length -- "$head[2]") + 1) -- $current)
    switch $head[1]
        case files
            for found in (__fish_complete_path $path)
                echo $head[2]$found
            end
        case folders
            for found in (__fish_complete_directories $path)
                echo $head[2]$found
            end
    end
end
complete -c envdoctor -f -a '(__envdoctor_words)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
