"""Sets a variable whenever an environment is activated, and puts it back when it is left.

conda and its kin read conda-meta/state. A virtual environment has one script for each shell; each gets a marked
block that its own deactivate undoes. Unsetting writes an empty value, which Python takes for none: conda's state
knows no way to unset a variable.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from doctor.fix.plan import Write
from doctor.fix.planning.edits import CannotWrite, text_of
from doctor.model import SetVariable
from doctor.reading.rooted import names_in
from doctor.report.steps import sentence
from doctor.target.environment import Request

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: where deactivate begins, by the kind of script
_LEAVING = {
    "posix": re.compile(r"^deactivate\s*\(\)\s*\{[^\n]*\n", re.MULTILINE),
    "fish": re.compile(r"^function deactivate\b[^\n]*\n", re.MULTILINE),
    "powershell": re.compile(r"^function (?:global:)?deactivate\b[^\n{]*\{[^\n]*\n", re.MULTILINE | re.IGNORECASE),
    "csh": re.compile(r"^alias deactivate '", re.MULTILINE),
}

_ENTER = {
    "posix": (
        'if [ -n "${NAME+x}" ] ; then _ENVDOCTOR_OLD_NAME="${NAME}" ; fi\n_ENVDOCTOR_SET_NAME=1\nexport NAME=VALUE'
    ),
    "fish": ('set -q NAME; and set -g _ENVDOCTOR_OLD_NAME "$NAME"\nset -g _ENVDOCTOR_SET_NAME 1\nset -gx NAME VALUE'),
    "powershell": ("$global:_ENVDOCTOR_OLD_NAME = $env:NAME\n$global:_ENVDOCTOR_SET_NAME = $true\n$env:NAME = VALUE"),
    "csh": (
        'if ( $?NAME ) then\n    set _ENVDOCTOR_OLD_NAME="$NAME"\nendif\nset _ENVDOCTOR_SET_NAME=1\nsetenv NAME VALUE'
    ),
    "batch": '@set "NAME=VALUE"',
}

_LEAVE = {
    "posix": (
        'if [ -n "${_ENVDOCTOR_SET_NAME:-}" ] ; then\n'
        '    if [ -n "${_ENVDOCTOR_OLD_NAME+x}" ] ; then export NAME="${_ENVDOCTOR_OLD_NAME}"\n'
        "    else unset NAME ; fi\n"
        "    unset _ENVDOCTOR_OLD_NAME _ENVDOCTOR_SET_NAME\n"
        "fi"
    ),
    "fish": (
        "if set -q _ENVDOCTOR_SET_NAME\n"
        "    set -e NAME\n"
        '    set -q _ENVDOCTOR_OLD_NAME; and set -gx NAME "$_ENVDOCTOR_OLD_NAME"\n'
        "    set -e _ENVDOCTOR_OLD_NAME\n"
        "    set -e _ENVDOCTOR_SET_NAME\n"
        "end"
    ),
    "powershell": (
        "if (Test-Path variable:global:_ENVDOCTOR_SET_NAME) {\n"
        "    $env:NAME = $global:_ENVDOCTOR_OLD_NAME\n"
        "    Remove-Variable -Scope Global _ENVDOCTOR_OLD_NAME, _ENVDOCTOR_SET_NAME\n"
        "}"
    ),
}

#: put into the alias itself, for csh has no functions
_LEAVE_CSH = (
    "test $?_ENVDOCTOR_SET_NAME != 0 && unsetenv NAME && unset _ENVDOCTOR_SET_NAME; "
    'test $?_ENVDOCTOR_OLD_NAME != 0 && setenv NAME "$_ENVDOCTOR_OLD_NAME" && unset _ENVDOCTOR_OLD_NAME; '
)

#: by name in lower case, for venv writes Activate.ps1 and uv activate.ps1
_SCRIPTS = {
    "activate": "posix",
    "activate.fish": "fish",
    "activate.csh": "csh",
    "activate.ps1": "powershell",
}
#: from here on PowerShell has the signature of the script as it was, which no changed one can keep
_SIGNATURE = re.compile(r"^# SIG # Begin signature block.*", re.MULTILINE | re.DOTALL)


def set_variable(step: SetVariable, request: Request, pending: dict[str, Write], *, windows: bool) -> tuple[Write, ...]:
    """The files that set a variable on activation, on top of what is pending for them. Raises CannotWrite."""
    if not _NAME.fullmatch(step.name) or not step.value.isprintable():
        raise CannotWrite(f"{step.name[:80]!r} cannot be set with such a value")
    if request.environment.kind == "conda":
        return (_in_state(step, request, pending),)
    folder = "Scripts" if windows else "bin"
    kinds = _SCRIPTS | ({"activate.bat": "batch"} if windows else {})
    written: list[Write] = []
    for name in names_in(request.environment.prefix / folder):
        kind = kinds.get(name.lower(), "")
        before, text = _text(f"{folder}/{name}", request, pending) if kind else (None, None)
        if text is not None:
            after = _with_block(_SIGNATURE.sub("", text), step, kind)
            written.append(Write(f"{sentence(step)} ({kind})", f"{folder}/{name}", before, after))
    if windows and written:
        before, text = _text("Scripts/deactivate.bat", request, pending)
        if text is not None:
            leave = _with_block(text, step._replace(value=""), "batch")
            written.append(Write(f"{sentence(step)} (batch)", "Scripts/deactivate.bat", before, leave))
    if not written:
        raise CannotWrite(f"this environment has no activation script that could set {step.name}")
    return tuple(written)


def _in_state(step: SetVariable, request: Request, pending: dict[str, Write]) -> Write:
    """What `conda env config vars set` writes; other entries stay."""
    name = "conda-meta/state"
    before, text = _text(name, request, pending)
    try:
        body: Any = json.loads(text) if text and text.strip() else {}
    except (ValueError, RecursionError):
        raise CannotWrite(f"{name} is not JSON") from None
    variables = body.get("env_vars", {}) if isinstance(body, dict) else None
    if not isinstance(variables, dict):
        raise CannotWrite(f"{name} is not what conda writes there")
    body["env_vars"] = variables | {step.name: step.value}
    indent = 2 if text and "\n" in text.strip() else None
    return Write(sentence(step), name, before, json.dumps(body, ensure_ascii=False, indent=indent))


def _text(name: str, request: Request, pending: dict[str, Write]) -> tuple[str | None, str | None]:
    """What is in a file, and what will be once the pending change is made."""
    if name in pending:
        return pending[name].before, pending[name].after
    path = request.environment.prefix / name
    if path.is_symlink():
        raise CannotWrite(f"{name} is a link")
    text = text_of(path)
    return text, text


def _with_block(text: str, step: SetVariable, kind: str) -> str:
    """A script with its block for this variable, which replaces an earlier one."""
    end = "\r\n" if "\r\n" in text else "\n"
    comment = "@rem" if kind == "batch" else "#"
    opening, closing = f"{comment} >>> envdoctor {step.name} >>>", f"{comment} <<< envdoctor {step.name} <<<"
    block = re.compile(rf"^[ \t]*{re.escape(opening)}[ \t]*\r?\n.*?^[ \t]*{re.escape(closing)}[^\n]*\n?", re.M | re.S)
    text = block.sub("", text)
    enter = _filled(_ENTER[kind], step.name, _quoted(step.value, kind))
    leaving = _LEAVING[kind].search(text) if kind in _LEAVING else None
    if leaving is not None and kind == "csh":
        leave = _filled(_LEAVE_CSH, step.name, "")
        text = text.replace(leave, "")
        place = _LEAVING[kind].search(text)
        text = text[: place.end()] + leave + text[place.end() :] if place else text
    elif leaving is not None:
        leave = "\n".join((opening, _filled(_LEAVE[kind], step.name, ""), closing, ""))
        indented = "".join(f"    {line}\n" for line in leave.splitlines()).replace("\n", end)
        text = text[: leaving.end()] + indented + text[leaving.end() :]
    gap = "" if not text or text.endswith("\n") else end
    return text + gap + "\n".join((opening, enter, closing, "")).replace("\n", end)


def _filled(template: str, name: str, value: str) -> str:
    return re.sub("NAME|VALUE", lambda match: name if match[0] == "NAME" else value, template)


def _quoted(value: str, kind: str) -> str:
    if kind == "posix":
        return shlex.quote(value) if value else '""'
    if kind == "fish":
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if kind == "powershell":
        return "'" + value.replace("'", "''") + "'"
    if kind == "csh":
        return "'" + value.replace("'", "'\\''").replace("!", "\\!") + "'"
    if any(sign in value for sign in '"%\r\n'):
        raise CannotWrite(f"{value!r} cannot be set by a batch file")
    return value
