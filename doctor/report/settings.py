"""The settings in effect: every value with the file and line that sets it, what wins, and what lost to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from doctor.facts import Facts
from doctor.facts.settings import Setting, Settings, Variable
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import count

#: problems and values of one key that are shown
_SHOWN = 60
_WRONG = {"unknown-key": "conda knows no such key", "wrong-type": "its value is of the wrong kind"}


def lines(facts: Facts, width: int = 80) -> Iterator[Line]:
    """Yield conda's, pip's and uv's settings, then the variables."""
    settings = facts.settings
    yield from _conda(settings, width)
    yield from _tool("pip", settings.pip, "pip.conf", width)
    yield from _tool("uv", settings.uv, "uv.toml", width)
    yield from _variables("Variables of this process", settings.variables, width)
    yield from _variables("Set when the environment is activated", settings.activation, width)
    yield from _variables("Set by the shell's start files", settings.shell, width)
    yield from _wrong(settings, width)


def _conda(settings: Settings, width: int) -> Iterator[Line]:
    yield from _heading("conda", f"{count(len(settings.condarc_files), 'file')} merged, strongest first")
    for number, path in enumerate(settings.condarc_files, 1):
        yield from wrapped(path, width, f"  {number}. ", "dim")
    if not settings.condarc:
        yield (Span("  nothing is set: conda's own defaults hold", "dim"),)
    effective = {(key, value) for key, values in settings.condarc.items() for value in values}
    lost: defaultdict[str, list[Setting]] = defaultdict(list)
    for one in settings.condarc_all:
        if (one.key, one) not in effective:
            lost[one.key].append(one)
    for key in sorted(settings.condarc):
        yield from _values(key, settings.condarc[key], lost.get(key, ()), width)


def _tool(name: str, found: tuple[Setting, ...], example: str, width: int) -> Iterator[Line]:
    yield ()
    yield from _heading(name, "")
    if not found:
        yield (Span(f"  nothing is set: no {example}, no {name.upper()}_ variable", "dim"),)
    by_key: defaultdict[str, list[Setting]] = defaultdict(list)
    for one in found:
        by_key[one.key].append(one)
    for key in sorted(by_key):
        strongest = by_key[key][0].source
        wins = [one for one in by_key[key] if one.source == strongest]
        yield from _values(key, wins, by_key[key][len(wins) :], width)


def _values(key: str, wins: Iterable[Setting], lost: Iterable[Setting], width: int) -> Iterator[Line]:
    """A key, its effective values in order, and those that do not count."""
    effective, others = tuple(wins), tuple(lost)
    yield (Span(f"  {key}", "strong"),)
    for one in effective[:_SHOWN]:
        yield from _row(_said(one.value), one.source, one.line, width, "")
    for one in others[:_SHOWN]:
        yield from _row(f"{_said(one.value)}  (does not count)", one.source, one.line, width, "dim")
    hidden = max(len(effective) - _SHOWN, 0) + max(len(others) - _SHOWN, 0)
    if hidden:
        yield (Span(f"    and {hidden:,} more", "dim"),)


def _variables(title: str, found: tuple[Variable, ...], width: int) -> Iterator[Line]:
    if not found:
        return
    yield ()
    yield from _heading(title, "")
    for one in found[:_SHOWN]:
        place = "" if one.source == "$" else one.source
        yield from _row(f"{one.name}={one.value}", place, one.line, width, "", indent="  ")


def _wrong(settings: Settings, width: int) -> Iterator[Line]:
    if not settings.problems and not settings.wrong:
        return
    yield ()
    yield from _heading("Cannot be used", "")
    for one, why in settings.wrong[:_SHOWN]:
        yield from _row(f"{one.key}: {_WRONG[why]}", one.source, one.line, width, "warning", indent="  ")
    for problem in settings.problems[:_SHOWN]:
        yield from _row(problem.reason, problem.path, problem.line, width, "warning", indent="  ")


def _heading(title: str, more: str) -> Iterator[Line]:
    yield (Span(title, "heading"), *((Span(f"  {more}", "dim"),) if more else ()))


def _row(text: str, source: str, line: int, width: int, style: str, *, indent: str = "    ") -> Iterator[Line]:
    """A value, and where it is set: in the same line where there is room."""
    place = f"{source}:{line}" if line else source
    if place and len(indent) + len(text) + len(place) + 4 <= width:
        yield (Span(f"{indent}{text}", style), Span(f"  [{place}]", "dim"))
        return
    yield from wrapped(text, width, indent, style)
    if place:
        yield from wrapped(f"[{place}]", width, f"{indent}  ", "dim")


def _said(value: object) -> str:
    """As the files of settings write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value) or '""'
