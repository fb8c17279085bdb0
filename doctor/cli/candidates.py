"""What could stand at the end of a command line: commands, options, values, codes and environments.

All of it is taken from the grammars, so that a new option is completed as soon as it is there. What a word without
fixed choices means is told by how the help calls it: ENV, CODES, FILE, DIR.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from doctor.cli.parse import COMMANDS, grammar

Paths = Literal["none", "files", "folders"]


class Candidate(NamedTuple):
    """A word, and what is said of it where a shell shows that."""

    word: str
    about: str = ""


class Candidates(NamedTuple):
    """Words, and whether the shell adds names of files or folders."""

    words: tuple[Candidate, ...] = ()
    paths: Paths = "none"
    before: str = ""  #: what of the last word stands before the path or the candidate: --output=json=


def candidates(words: Sequence[str]) -> Candidates:
    """What could be in the place of the last of the words, which may be empty; envdoctor itself is not among them."""
    *before, current = words
    command = before[0] if before and before[0] in COMMANDS else "check" if "--check" in before else "app"
    rest = before[1:] if before[:1] == [command] else before
    parser = grammar(command)()
    if "--" not in rest:
        option, typed = _unfinished_option(parser, rest, current)
        if option is not None:
            return _fitting(_values(option), typed, current[: len(current) - len(typed)])
        if current.startswith("-"):
            used = {word.partition("=")[0] for word in rest}
            return _fitting(Candidates(tuple(_options(parser, used))), current)
    places = [action for action in parser._actions if not action.option_strings]
    at = _place(parser, rest)
    place = places[min(at, len(places) - 1)] if places else None
    found = _values(place) if place and (at < len(places) or place.nargs in ("*", "+")) else Candidates()
    if not before:
        found = found._replace(words=(*_commands(), *found.words))
    return _fitting(found, current)


def _unfinished_option(parser: argparse.ArgumentParser, rest: list[str], current: str) -> tuple[_Option, str]:
    """The option whose value is being typed, and what is typed of it; None where it is none."""
    name, equals, value = current.partition("=")
    known = parser._option_string_actions
    if equals and name in known and _takes(known[name]):
        return known[name], value
    for back in (1, 2):  # --between takes two
        action = known.get(rest[-back]) if len(rest) >= back else None
        if action is not None and _takes(action) >= back:
            return action, current
    return None, current


_Option = argparse.Action | None


def _takes(action: argparse.Action) -> int:
    if isinstance(action.nargs, int):
        return action.nargs
    return 1 if action.nargs is None else 0


def _place(parser: argparse.ArgumentParser, rest: list[str]) -> int:
    """How many words in place there are already."""
    number, waiting = 0, 0
    for word in rest:
        if waiting:
            waiting -= 1
        elif word.startswith("-") and len(word) > 1:
            action = parser._option_string_actions.get(word)
            waiting = _takes(action) if action is not None else 0
        else:
            number += 1
    return number


def _commands() -> Iterator[Candidate]:
    for command in COMMANDS:
        if command != "app":
            yield Candidate(command, _sentence(grammar(command)().description or ""))


def _options(parser: argparse.ArgumentParser, used: set[str]) -> Iterator[Candidate]:
    for action in parser._actions:
        again = isinstance(action, argparse._AppendAction)
        if (
            action.option_strings
            and action.help != argparse.SUPPRESS
            and (again or not used & {*action.option_strings})
        ):
            yield Candidate(action.option_strings[-1], _sentence(action.help or ""))


def _values(action: argparse.Action) -> Candidates:
    if action.choices is not None:
        return Candidates(tuple(Candidate(str(choice)) for choice in action.choices))
    called = action.metavar if isinstance(action.metavar, str) else action.dest
    return MEANINGS.get(called, Candidates)()


def _environments() -> Iterator[Candidate]:
    """Those of this machine by name; by folder where the name could not be typed as one word."""
    from doctor.asked import home, working_folder
    from doctor.target.discover import discover

    here = working_folder()
    for environment in discover(variables=os.environ, cwd=here, home=home()):
        plain = re.fullmatch(r"[\w.@+-]+", environment.name)
        inside = environment.prefix.is_relative_to(here) and environment.prefix != here
        folder = str(environment.prefix.relative_to(here)) if inside else str(environment.prefix)
        yield Candidate(
            environment.name if plain else folder, f"{environment.kind}, Python {environment.version or '?'}"
        )


def _codes() -> Iterator[Candidate]:
    """Families; the codes of one as soon as its letters are there, for to load all of them takes a while."""
    from doctor import checks

    for family in checks.FAMILIES:
        yield Candidate(family, _sentence(checks.heading(family)))


def _codes_of(family: str) -> Iterator[Candidate]:
    from doctor import checks

    for check in checks.load([family]):
        yield Candidate(check.code, check.name)


def _formats() -> Iterator[Candidate]:
    from doctor.cli.grammar.examining import REPORTS

    yield from (Candidate(f"{name}=") for name in REPORTS)


def _layers() -> Iterator[Candidate]:
    from doctor.facts import FINGERPRINT_LAYERS

    yield from (Candidate(name) for name in (*FINGERPRINT_LAYERS, "numbers"))


def _of(*makers: Callable[[], Iterable[Candidate]], paths: Paths = "none") -> Callable[[], Candidates]:
    return lambda: Candidates(tuple(found for maker in makers for found in maker()), paths)


#: what the grammars call a word -> what could stand there
MEANINGS: dict[str, Callable[[], Candidates]] = {
    "ENV": _of(_environments, paths="folders"),
    "[ENV] CODE": _of(_environments, _codes, paths="folders"),
    "[ENV] ID": _of(_environments, paths="folders"),
    "FILE|FOLDER|ENV": _of(_environments, paths="files"),
    "CODE": _of(_codes),
    "CODES": _of(_codes),
    "CODE|PACKAGE": _of(_codes),
    "FORMAT=PATH": _of(_formats),
    "NAMES": _of(_layers),
    "FILE": _of(paths="files"),
    "DIR": _of(paths="folders"),
    **dict.fromkeys(("MESSAGE", "NAME", "DATE", "DAYS", "N"), Candidates),
}


def _fitting(found: Candidates, typed: str, before: str = "") -> Candidates:
    """Those that begin as what is typed does; of a list with commas and of FORMAT=PATH the last part counts."""
    formats = any(candidate.word.endswith("=") for candidate in found.words)
    if formats and "=" in typed:
        return Candidates(paths="files", before=before + typed[: typed.index("=") + 1])
    listed = any(re.fullmatch("[A-Z]{3}", candidate.word) for candidate in found.words)
    head = typed[: typed.rfind(",") + 1] if listed else ""
    last = typed[len(head) :]
    words = found.words
    if listed and re.fullmatch(r"[A-Za-z]{3}\d*", last):
        words = (*(word for word in words if word.word == last), *words, *_codes_of(last[:3].upper()))
    fold = last.upper() if listed and last.upper() != last else last
    fitting = {c.word: c for c in words if c.word.startswith((last, fold))}
    return Candidates(
        tuple(Candidate(before + head + c.word, c.about) for c in fitting.values()),
        found.paths,
        before,
    )


def _sentence(text: str) -> str:
    """As much of a description as fits beside a word."""
    line = " ".join(text.split()).partition(". ")[0].rstrip(".")
    return line if len(line) <= 70 else line[:69].rstrip() + "…"
