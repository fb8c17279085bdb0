"""The sentences of a comparison: what differs, what the numbers say, and the verdict over all of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from doctor.compare.causes import Cause
from doctor.compare.comparison import Comparison, Difference, ItemDifference, Side
from doctor.compare.numbers import NumberDifference
from doctor.report.words import count

#: verdicts of numbers, the gravest first, with what a heading calls them
GRAVITY: Mapping[str, str] = {
    "iterations": "another number of steps",
    "order differs": "another order",
    "beyond rounding": "beyond rounding",
    "rounding": "rounding",
}
LAYER_TITLES: Mapping[str, str] = {
    "interpreter": "Python",
    "conda": "conda packages",
    "distributions": "packages",
    "channels": "channels",
    "native": "native libraries",
    "machine": "machine",
    "settings": "settings",
}
#: packages whose version explains most, first
_FIRST = ("numpy", "torch", "pytorch", "tensorflow", "jax", "scipy", "pandas", "scikit-learn")


def sentence(item: ItemDifference) -> str:
    """One difference as a sentence without a final stop."""
    name, here, there = item.name, item.here, item.there
    if item.kind == "only-here":
        return f"{name} is only here"
    if item.kind == "only-there":
        return f"{name} is only there"
    if item.layer == "native" and " of " in name:
        what, _, package = name.partition(" of ")
        if item.field == "vendor":
            return f"{package} takes its {what} from {here or 'nowhere'} here and {there or 'nowhere'} there"
        if item.field == "version":
            return f"the {what} of {package} is version {here or 'unknown'} here and {there or 'unknown'} there"
        return f"the {what} of {package} has {item.field} {here or 'unknown'} here and {there or 'unknown'} there"
    if item.layer == "channels":
        return f"{name}: {here or 'none'} here and {there or 'none'} there"
    if item.layer == "settings":
        return f"{name} is {here or 'not set'} here and {there or 'not set'} there"
    if item.layer == "interpreter" and item.field == "version":
        return f"Python is {here or 'unknown'} here and {there or 'unknown'} there"
    if item.kind == "version":
        return f"{name} is {here or 'unknown'} here and {there or 'unknown'} there"
    if item.layer == "machine":
        what = "" if item.field in ("", "level", "devices") else f" ({item.field})"
        return f"the {name}{what} is {here or 'none'} here and {there or 'none'} there"
    field = item.field or "value"
    return f"{name}: {field} {here or 'none'} here and {there or 'none'} there"


def verdict(comparison: Comparison) -> tuple[str, str]:
    """The first sentence of a report, and its style."""
    if comparison.difference is not None:
        return _of_two(comparison.difference)
    total, groups = len(comparison.sides), comparison.groups
    if len(groups) == 1:
        return f"All {total} are alike: nothing that changes results differs", "fine"
    largest = len(groups[0].sides)
    if largest == 1:
        return f"No two of {total} are alike", "error" if comparison.changes_results == "yes" else "warning"
    apart = total - largest
    text = f"{largest} of {total} are alike, {apart} {'is' if apart == 1 else 'are'} not"
    text += f", in {len(groups) - 1} other groups" if 2 < len(groups) < apart + 1 else ""
    return text, "error" if comparison.changes_results == "yes" else "warning"


def _of_two(difference: Difference) -> tuple[str, str]:
    numbers = [number for number in difference.numbers if number.verdict != "not comparable"]
    differing = [number for number in numbers if number.verdict in GRAVITY]
    item = telling(difference)
    every = count(len({number.series for number in numbers}), "computation")
    gaps = [layer.layer for layer in difference.layers if layer.gap]
    far = " as far as could be compared" if gaps else ""
    if differing:
        text = f"Numbers differ: {numbers_sentence(differing, numbers)}"
        if difference.causes:
            cause = told_causes(difference)[0]
            sure = "cause, as measured" if cause.certainty == "measured" else "probable cause"
            return f"{text}; {sure}: {cause.said}", "error"
        return text, "error"
    if item is None:
        same = f"; {every} came out identical" if numbers else ""
        return f"Nothing that changes results differs{far}{same}", "warning" if gaps else "fine"
    if numbers:
        return f"{every} came out identical, although {sentence(item)}", "warning"
    if item.changes_results == "yes":
        return f"Numbers can differ: {sentence(item)}", "error"
    return f"Results may differ: {sentence(item)}", "warning"


def told_causes(difference: Difference) -> list[Cause]:
    """The causes, what explains most first, and of equals what was measured."""
    return sorted(difference.causes, key=lambda cause: (-len(cause.series), cause.certainty != "measured"))


def numbers_sentence(differing: Sequence[NumberDifference], every: Sequence[NumberDifference]) -> str:
    """The gravest of the numbers that differ, in words."""
    worst = next(verdict for verdict in GRAVITY if any(number.verdict == verdict for number in differing))
    rows = [number for number in differing if number.verdict == worst]
    names = len({number.series for number in rows})
    of_all = f"{names} of {count(len({number.series for number in every}), 'computation')}"
    first = rows[0]
    if worst == "iterations":
        return f"{first.series} takes {first.first} steps here and {first.second} there"
    if worst == "order differs":
        return f"{of_all} put equal things in another order, {first.series} first"
    if worst == "beyond rounding":
        return f"{of_all} are further apart than rounding explains, {first.series} first"
    most = max(number.ulps for number in rows)
    return f"{of_all} differ by rounding, by at most {most} units in the last place"


def telling(difference: Difference) -> ItemDifference | None:
    """The one item that says most; None where nothing that changes results differs."""
    items = [item for item in difference.items if item.changes_results != "no"]
    if difference.changes_results == "no":
        return None
    return min(items, key=_salience, default=None)


def _salience(item: ItemDifference) -> tuple[int, int, int, str]:
    grave = 0 if item.changes_results == "yes" else 1
    if item.layer == "native" and item.field == "vendor":
        place = 0
    elif item.layer in ("conda", "distributions"):
        place = 1
    else:
        place = {"interpreter": 2, "settings": 3, "native": 4, "machine": 5}.get(item.layer, 6)
    name = item.name.rpartition(" ")[2]
    return grave, place, _FIRST.index(name) if name in _FIRST else len(_FIRST), item.name


def side_line(side: Side) -> str:
    """What one side is: kind, Python, packages and, where it is known, when it was taken."""
    fingerprint = side.fingerprint
    part = fingerprint.layers.get("interpreter")
    python = part.items.get("python", {}).get("version", "") if part else ""
    packages = [fingerprint.layers[name].items for name in ("conda", "distributions") if name in fingerprint.layers]
    names = {name for items in packages for name in items}
    kind = {"venv": "virtual environment", "conda": "conda environment"}.get(fingerprint.kind, fingerprint.kind)
    named = f"{fingerprint.name}, " if fingerprint.name and fingerprint.name not in side.title else ""
    when = f", {day(fingerprint.made)}" if fingerprint.made and side.facts is None else ""
    computed = ", with numbers" if fingerprint.numbers.runs else ""
    told = f", Python {python}" if python else ", no Python" if part else ""
    return f"{named}{kind or 'environment'}{told}, {count(len(names), 'package')}{computed}{when}"


def day(moment: float) -> str:
    """A moment as a local date; empty for one that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d", time.localtime(moment))
    except (OverflowError, ValueError, OSError):
        return ""


def names_of(series: Iterable[NumberDifference], most: int = 6) -> str:
    """Series by name, each once, with the run where it is but one."""
    runs: dict[str, list[str]] = {}
    for number in series:
        runs.setdefault(number.series, []).append(number.run)
    told = list(runs)
    rest = f" and {len(told) - most} more" if len(told) > most else ""
    return ", ".join(told[:most]) + rest
