"""What a report of a comparison holds, as blocks that serve text, Markdown and HTML alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from doctor.compare.comparison import Alignment, Comparison, Difference, Group, ItemDifference
from doctor.compare.groups import what_sets_apart
from doctor.compare.numbers import RUNS, NumberDifference
from doctor.report.comparison_commands import commands_of
from doctor.report.comparison_words import (
    GRAVITY,
    LAYER_TITLES,
    names_of,
    numbers_sentence,
    sentence,
    side_line,
    told_causes,
    verdict,
)
from doctor.report.pictures.ulps import Row, rows_of
from doctor.report.words import count

#: rows of one table, and names of one list, that are shown; JSON has them all
ROWS, NAMES = 15, 12
#: the words for both sides, which no name of a package or series is
_HERE, _THERE = (re.compile(rf" {word}(?=[ ;:,)]|$)") for word in ("here", "there"))


class Block(NamedTuple):
    """One piece of a report."""

    kind: Literal["verdict", "heading", "text", "item", "rows", "commands", "ulps"]
    text: str = ""  #: of rows what stands above them
    style: str = ""  #: as of doctor.report.text.Span
    rows: tuple[tuple[str, str, str], ...] = ()  #: what, here, there
    lines: tuple[str, ...] = ()  #: of commands
    distances: tuple[Row, ...] = ()  #: of ulps: what a picture of them shows


def content(comparison: Comparison) -> Iterator[Block]:
    """Everything that a report says, in order."""
    told, style = verdict(comparison)
    if comparison.difference is not None:
        rows = tuple(
            (word, side.title, side_line(side)) for word, side in zip(("here", "there"), comparison.sides, strict=True)
        )
        yield Block("rows", "", "sides", rows)
        yield Block("verdict", told, style)
        yield from _difference(comparison.difference, comparison)
        return
    yield Block("verdict", told, style)
    for number, group in enumerate(comparison.groups):
        yield from _group(number, group, comparison)


def _difference(difference: Difference, comparison: Comparison) -> Iterator[Block]:
    yield from _stopped(comparison)
    yield from _numbers(difference)
    yield from _causes(difference)
    settled = difference.changes_results == "no"
    doubtful = "Differs, and changed none of the numbers" if settled else "Differs and may change results"
    for changes, title in (("yes", "Differs and changes results"), ("maybe", doubtful)):
        items = [item for item in difference.items if item.changes_results == changes]
        if items:
            yield Block("heading", title, "error" if changes == "yes" else "warning")
            yield from _by_reason(items)
    yield from _harmless([item for item in difference.items if item.changes_results == "no"])
    yield from _summary(difference)
    yield from _alignment(difference.alignment, comparison)


def _stopped(comparison: Comparison) -> Iterator[Block]:
    """Computations that did not come to their end, above all those that crashed."""
    found = [
        (where, run.problem)
        for where, side in zip(("here", "there"), comparison.sides, strict=False)
        for run in side.fingerprint.numbers.runs
        if run.problem and run.label in RUNS
    ]
    if found:
        yield Block("heading", "Did not come to its end")
        for where, problem in dict.fromkeys(found):
            yield Block("item", f"computing {where} stopped at {problem}", "error")


def _numbers(difference: Difference) -> Iterator[Block]:
    numbers = difference.numbers
    if not numbers:
        if difference.numbers_gap and not difference.numbers_gap.startswith("neither"):
            yield Block("heading", "Numbers")
            yield Block("item", f"not compared: {difference.numbers_gap}", "dim")
        return
    yield Block("heading", "Numbers")
    for told in GRAVITY:
        for run, rows in _runs(n for n in numbers if n.verdict == told):
            style = "warning" if told == "rounding" else "error"
            if told == "iterations":
                for text in dict.fromkeys(f"{row.said}: {row.series}{run}" for row in rows):
                    yield Block("item", text, style)
                continue
            title = told if told != "rounding" else f"rounding (at most {max(row.ulps for row in rows)} ULP)"
            yield Block("item", f"{title}: {names_of(rows)}{run}", style)
    if distances := rows_of(numbers):
        yield Block("ulps", distances=distances)
    other = {number.series for number in numbers if number.verdict != "identical"}
    same = [number for number in numbers if number.series not in other]
    if same:
        alike = f"{len({number.series for number in same})} identical to the last bit: {names_of(same)}"
        yield Block("item", alike, "fine")
    reasons = dict.fromkeys(number.why for number in numbers if number.verdict == "not comparable")
    for why in reasons:
        rows = [number for number in numbers if number.verdict == "not comparable" and number.why == why]
        yield Block("item", f"not comparable ({why}): {names_of(rows)}", "dim")


def _runs(numbers: Iterable[NumberDifference]) -> Iterator[tuple[str, list[NumberDifference]]]:
    """Numbers by the runs that they differ in; what differs in all runs is told without one."""
    found = list(numbers)
    by_series: dict[str, set[str]] = {}
    for number in found:
        by_series.setdefault(number.series, set()).add(number.run)
    grouped: dict[str, list[NumberDifference]] = {}
    for number in found:
        runs = by_series[number.series]
        key = f", {next(iter(runs))} alone" if len(runs) == 1 else ""
        grouped.setdefault(key, []).append(number)
    yield from sorted(grouped.items())


def _causes(difference: Difference) -> Iterator[Block]:
    if not difference.causes:
        return
    yield Block("heading", "Why")
    for cause in told_causes(difference):
        word = "measured" if cause.certainty == "measured" else "supposed"
        most = ", ".join(cause.series[:4]) + (f" and {len(cause.series) - 4} more" if len(cause.series) > 4 else "")
        yield Block("item", f"{word}: {cause.said} ({most})", "strong" if word == "measured" else "")
        for evidence in cause.evidence[:3]:
            yield Block("text", evidence, "dim")


def _by_reason(items: list[ItemDifference]) -> Iterator[Block]:
    """Tables of what differs for one reason; what conda and pip have is told before the rest."""
    by_why: dict[str, list[ItemDifference]] = {}
    for item in items:
        by_why.setdefault(item.why, []).append(item)
    for why, rows in by_why.items():
        told = tuple(_row(item) for item in rows[:ROWS])
        yield Block("rows", why, "", told)
        if len(rows) > ROWS:
            yield Block("text", f"and {len(rows) - ROWS} more; --format json has them all", "dim")


def _row(item: ItemDifference) -> tuple[str, str, str]:
    shown = {"version", "vendor", "value", "level", "usable", "devices", "for", ""}
    name = item.name if item.field in shown else f"{item.name} ({item.field})"
    if item.kind in ("only-here", "only-there"):
        return name, item.here or "-", item.there or "-"
    unset = "not set" if item.layer == "settings" else "-"
    step = f" ({item.step})" if item.step else ""
    return name, item.here or unset, f"{item.there or unset}{step}"


def _harmless(items: list[ItemDifference]) -> Iterator[Block]:
    """In a line for each kind."""
    if not items:
        return
    yield Block("heading", "Differs and changes no results", "dim")
    words: Mapping[str, str] = {
        "only-here": "only here",
        "only-there": "only there",
        "version": "another version",
        "build": "another build",
        "source": "from another place",
        "value": "another value",
    }
    packages = [item for item in items if item.layer in ("conda", "distributions")]
    others = [item for item in items if item.layer not in ("conda", "distributions")]
    for kind, word in words.items():
        rows = [item for item in packages if item.kind == kind]
        names = list(dict.fromkeys(_brief(item) for item in rows))
        if names:
            rest = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
            yield Block("item", f"{word}: {', '.join(names[:NAMES])}{rest}", "dim")
    for item in others[:NAMES]:
        yield Block("item", sentence(item), "dim")
    if len(others) > NAMES:
        yield Block("text", f"and {len(others) - NAMES} more; --format json has them all", "dim")


def _brief(item: ItemDifference) -> str:
    return f"{item.name} {item.here} and {item.there}" if item.kind == "version" else item.name


def _summary(difference: Difference) -> Iterator[Block]:
    packages = difference.packages
    if packages.here or packages.there:
        yield Block("heading", "In numbers")
        both = packages.here - packages.only_here
        told = [
            f"{packages.only_here} only here",
            f"{packages.only_there} only there",
            *(
                f"{number} {word}"
                for number, word in (
                    (packages.major, "major"),
                    (packages.minor, "minor"),
                    (packages.patch, "patch"),
                    (packages.build, "by build"),
                    (packages.source, "by source"),
                )
                if number
            ),
        ]
        differing = packages.major + packages.minor + packages.patch + packages.build + packages.source
        text = (
            f"{count(packages.here, 'package')} here, {packages.there} there; {', '.join(told[:2])}; of {both} on both"
        )
        verb = "differs" if differing == 1 else "differ"
        text += f", {differing} {verb}: {', '.join(told[2:])}" if differing else ", none differs"
        yield Block("item", text)
    alike = [LAYER_TITLES.get(layer.layer, layer.layer) for layer in difference.layers if layer.equal and layer.same]
    if alike:
        yield Block("item", f"the same on both sides: {', '.join(alike)}", "fine")
    for layer in difference.layers:
        if layer.gap:
            yield Block(
                "item", f"{LAYER_TITLES.get(layer.layer, layer.layer)} cannot be compared: {layer.gap}", "warning"
            )


def _alignment(found: tuple[Alignment, ...], comparison: Comparison) -> Iterator[Block]:
    if not found:
        return
    yield Block("heading", "How to make both the same")
    titles = {"here": comparison.sides[0].title, "there": comparison.sides[1].title}
    if titles["here"] == titles["there"]:  # two projects' .venv
        titles = {side: f"{title}, {side}" for side, title in titles.items()}
    for step in found:
        where = "in the code" if step.code else f"in {titles[step.moves]}" if step.moves != "both" else "on both sides"
        yield Block("item", f"{where}: {step.text}")
        lines = (*commands_of(step, comparison), *step.code_lines)
        if lines:
            yield Block("commands", lines=lines)


def _group(number: int, group: Group, comparison: Comparison) -> Iterator[Block]:
    titles = [comparison.sides[place].title for place in group.sides]
    shown = ", ".join(titles[:NAMES]) + (f" and {len(titles) - NAMES} more" if len(titles) > NAMES else "")
    many = f"{len(titles)} alike" if len(titles) > 1 else "alone"
    yield Block("heading", f"Group {number + 1}, {many}: {shown}", "fine" if number == 0 else "")
    if group.apart is None:
        yield Block("item", side_line(comparison.sides[group.sides[0]]), "dim")
    for told in group.machines:
        yield Block("item", f"machines: {told}", "dim")
    if group.apart is None:
        return
    differing = [row for row in group.apart.numbers if row.verdict in GRAVITY]
    if differing:
        numbers = numbers_sentence(differing, group.apart.numbers)
        yield Block("item", f"numbers: {_by_group(numbers)}", "error")
        for cause in told_causes(group.apart)[:2]:
            word = "measured" if cause.certainty == "measured" else "supposed"
            yield Block("item", f"{word}: {_by_group(cause.said)}")
    items = [item for item in what_sets_apart(group.apart) if item.changes_results != "no"]
    for item in items:
        style = "error" if item.changes_results == "yes" else "warning"
        yield Block("item", _of_group(item), style)
    rest = sum(item.changes_results != "no" for item in group.apart.items) - len(items)
    if rest > 0:
        yield Block("text", f"and {rest} more that can change results", "dim")


def _of_group(item: ItemDifference) -> str:
    """The sentence of one difference, told of a group."""
    if item.kind == "only-here":
        return f"{item.name} is missing"
    if item.kind == "only-there":
        return f"{item.name} is only in this one"
    return _by_group(sentence(item))


def _by_group(told: str) -> str:
    """A sentence with group 1 in place of here, and this group in place of there."""
    return _THERE.sub(" in this one", _HERE.sub(" in group 1", told))
