"""Finds the packages that a shell line installs with pip, uv, conda, mamba or apt; by its words, nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doctor.facts.project import Asked
from doctor.reading.clean import clean
from doctor.reading.redact import redact
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask, ask_conda

_WORDS = re.compile(r"""&&|\|\||[;|&()\n]|(?:"(?:\\.|[^"\\])*"?|'[^']*'?|\\.|[^\s;|&()"'\\]|\\)+""", re.DOTALL)
_QUOTED = re.compile(r"""\\(?P<escaped>.)|"(?P<double>(?:\\.|[^"\\])*)"?|'(?P<single>[^']*)'?""", re.DOTALL)
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "(", ")", "\n"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_REDIRECTION = re.compile(r"\d?[<>]")
_PIP = re.compile(r"pip[\d.]*")
_PYTHON = re.compile(r"python[\d.]*")
_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?(?:=[\w.+:~*-]+)?")
_BEFORE = frozenset({"sudo", "exec", "command", "env", "time", "nice", "then", "do", "else", "!", "{"})
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_CONDAS = frozenset({"conda", "mamba", "micromamba"})
_APTS = frozenset({"apt-get", "apt", "aptitude"})
#: options whose value is the next word
_PIP_VALUES = re.compile(
    r"-[qvUI]*[rceiftbp]|--(?:requirement|constraint|editable|(?:extra-|default-)?index(?:-url|-strategy)?|find-links|target"
    r"|prefix|platform|python-version|root|cache-dir|trusted-host|timeout|retries|only-binary|no-binary|progress-bar|src"
    r"|upgrade-strategy|python|global-option|config-settings|proxy|report|override|build-constraint|keyring-provider"
    r"|link-mode|resolution|prerelease|torch-backend|extra|group|implementation|abi|log|cert|client-cert|exclude-newer"
    r"|use-feature)"
)
_CONDA_VALUES = re.compile(
    r"-[yqvdkC]*[npcfr]|--(?:name|prefix|channel|file|root-prefix|solver|experimental-solver|repodata-fn|platform|subdir|clone"
    r"|revision|category)"
)
_APT_VALUES = re.compile(r"-[yq]*[otc]|--(?:option|target-release|default-release|config-file)")
_DEPTH = 3
_WORD_LIMIT = 20_000

#: a word as written and its line
Word = tuple[str, int]


class Installs(NamedTuple):
    """What some lines install, and the channels that they name."""

    asked: tuple[Asked, ...] = ()
    channels: tuple[tuple[str, int], ...] = ()  #: redacted, with line


def installs(lines: Iterable[tuple[str, int]], group: str) -> Installs:
    """Read the lines of one instruction, each with its number; a line feed among them ends a command."""
    asked: list[Asked] = []
    channels: list[tuple[str, int]] = []
    for command in _commands(lines):
        _read(command, group, asked, channels, 0)
    return Installs(tuple(asked[:ENTRY_LIMIT]), tuple(dict.fromkeys(channels))[:100])


def _commands(lines: Iterable[tuple[str, int]]) -> Iterator[list[Word]]:
    command: list[Word] = []
    left = _WORD_LIMIT
    for text, number in lines:
        for found in _WORDS.finditer(text):
            left -= 1
            if left < 0:
                return
            if found[0].startswith("#"):
                break
            if found[0] in _SEPARATORS:
                yield command
                command = []
            else:
                command.append((_QUOTED.sub(_unquoted, found[0]), number))
    yield command


def _unquoted(found: re.Match[str]) -> str:
    return found["escaped"] or found["double"] or found["single"] or ""


def _read(words: list[Word], group: str, asked: list[Asked], channels: list[tuple[str, int]], depth: int) -> None:
    words = _without_prefix(words)
    if not words or depth > _DEPTH:
        return
    program = words[0][0].replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    rest = words[1:]
    if program in _SHELLS:
        for place, (word, number) in enumerate(rest[:10]):
            if re.fullmatch(r"-[a-z]*c", word) and place + 1 < len(rest):
                for command in _commands([(rest[place + 1][0], number)]):
                    _read(command, group, asked, channels, depth + 1)
    elif _PYTHON.fullmatch(program) and [word for word, _ in rest[:2]] == ["-m", "pip"]:
        asked += _of_pip(rest[2:], "install", group)
    elif _PIP.fullmatch(program):
        asked += _of_pip(rest, "install", group)
    elif program == "uv":
        nested = bool(rest) and rest[0][0] == "pip"
        asked += _of_pip(rest[1:] if nested else rest, "install" if nested else "add", group)
    elif program in _CONDAS:
        verb = next((word for word, _ in rest if not word.startswith("-")), "")
        if verb == "run":
            _read(_after_run(rest), group, asked, channels, depth + 1)
        elif verb in ("install", "create"):
            _of_conda(rest, verb, group, asked, channels)
    elif program in _APTS:
        asked += _of_apt(rest, group)


def _without_prefix(words: list[Word]) -> list[Word]:
    place = 0
    while place < len(words) and (
        words[place][0] in _BEFORE
        or _ASSIGNMENT.fullmatch(words[place][0])
        or (words[place][0].startswith("-") and place > 0)
    ):
        place += 1
    return words[place:]


def _after_run(rest: list[Word]) -> list[Word]:
    """The command of conda run [-n NAME] COMMAND."""
    place = 1 + next((place for place, (word, _) in enumerate(rest) if word == "run"), 0)
    while place < len(rest) and rest[place][0].startswith("-"):
        place += 2 if _CONDA_VALUES.fullmatch(rest[place][0]) else 1
    return rest[place:]


def _operands(words: list[Word], verb: str, with_value: re.Pattern[str]) -> Iterator[tuple[str, str, int]]:
    """(option or nothing, word, line) of what follows the verb, options joined with their value."""
    place = next((place for place, (word, _) in enumerate(words) if word == verb), None)
    if place is None or any(not word.startswith("-") for word, _ in words[:place]):
        return
    rest = iter(words[place + 1 :])
    for word, line in rest:
        if _REDIRECTION.match(word):
            if _REDIRECTION.sub("", word, count=1).strip("><&") == "":
                next(rest, None)
        elif with_value.fullmatch(word):
            yield word, next(rest, ("", 0))[0], line
        elif word.startswith("-"):
            option, _, value = word.partition("=")
            yield option, value, line
        else:
            yield "", word, line


def _of_pip(words: list[Word], verb: str, group: str) -> Iterator[Asked]:
    for option, word, line in _operands(words, verb, _PIP_VALUES):
        entry = None
        if option == "--editable" or (option.endswith("e") and option[:2] != "--"):
            entry = ask(f"-e {word}", line, group)
        elif not option and word not in ("\\", "}"):
            entry = ask(word.strip(), line, group)
        if entry:
            yield entry


def _of_conda(words: list[Word], verb: str, group: str, asked: list[Asked], channels: list[tuple[str, int]]) -> None:
    options = words[next((n for n, (word, _) in enumerate(words) if word == verb), 0) :]
    for option, word, line in _operands(options, verb, _CONDA_VALUES):
        if (option == "--channel" or (option.endswith("c") and option[:2] != "--")) and word:
            channels.append((redact(clean(word, 300)), line))
        entry = ask_conda(word, line, group) if not option and re.match(r"[\w:/.-]", word) and "$" not in word else None
        if entry:
            asked.append(entry)


def _of_apt(words: list[Word], group: str) -> Iterator[Asked]:
    for option, word, line in _operands(words, "install", _APT_VALUES):
        if not option and _DEBIAN.fullmatch(word) and len(word) < 200:
            name, _, version = word.partition("=")
            yield Asked(word, name.partition(":")[0], "apt", line, group, version)
