"""What a comparison says, as frozen data: the sides, what differs between them, and how to make them alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from doctor.facts import Facts, Fingerprint
from doctor.model import Step as WayStep

if TYPE_CHECKING:
    from doctor.compare.causes import Cause
    from doctor.compare.numbers import NumberDifference

#: whether a difference can change what is computed
Changes = Literal["yes", "maybe", "no"]
CHANGES: tuple[Changes, ...] = ("yes", "maybe", "no")
#: layers of which a doubt is settled once both sides have computed the same numbers
MEASURED = ("native", "machine", "settings")
DifferenceKind = Literal["only-here", "only-there", "version", "build", "source", "value"]
Step = Literal["", "major", "minor", "patch"]


class Side(NamedTuple):
    """One of those that are compared."""

    title: str  #: a file's or an environment's name, as reports call it
    fingerprint: Fingerprint
    facts: Facts | None = None  #: of an environment of this machine; None for a file


class ItemDifference(NamedTuple):
    """One thing that is not the same on both sides; here is the first side, there the second."""

    layer: str
    name: str  #: numpy, BLAS of numpy, OMP_NUM_THREADS
    kind: DifferenceKind
    field: str = ""  #: of the item: version, vendor, threading; empty where the item is on one side alone
    here: str = ""  #: its value; of an item on one side alone what says most of it
    there: str = ""
    step: Step = ""  #: of kind version
    changes_results: Changes = "maybe"
    why: str = ""  #: in half a sentence


class LayerDifference(NamedTuple):
    """One layer of both sides."""

    layer: str
    items: tuple[ItemDifference, ...] = ()  #: what changes results first
    same: int = 0  #: items that are equal
    gap: str = ""  #: why it cannot be compared; its items are then no answer

    @property
    def equal(self) -> bool:
        """Whether it was compared, and nothing differs."""
        return not self.items and not self.gap

    @property
    def changes_results(self) -> Changes:
        """The gravest of its items."""
        return gravest(item.changes_results for item in self.items)


class Packages(NamedTuple):
    """How the packages of two sides differ, in numbers; one that conda and pip both know counts once."""

    here: int = 0  #: packages of the first side
    there: int = 0
    only_here: int = 0
    only_there: int = 0
    major: int = 0
    minor: int = 0
    patch: int = 0
    build: int = 0  #: the same version in another build
    source: int = 0  #: the same version from another channel, index or tool


class Alignment(NamedTuple):
    """One step that makes both sides more alike."""

    text: str  #: what to do, in a sentence
    moves: Literal["here", "there", "both"]  #: whose environment changes
    settles: tuple[str, ...] = ()  #: names of the items that it makes equal
    steps: tuple[WayStep, ...] = ()  #: as data; a report makes the commands to copy for the side that moves
    code_lines: tuple[str, ...] = ()  #: lines of Python to copy, where it is about code
    code: bool = False  #: whether it is about the project's code rather than about an environment


class Difference(NamedTuple):
    """Everything between two sides."""

    layers: tuple[LayerDifference, ...] = ()  #: in the order of FINGERPRINT_LAYERS
    numbers: tuple[NumberDifference, ...] = ()
    numbers_gap: str = ""  #: why no numbers were compared: nobody asked, or only one side has them
    causes: tuple[Cause, ...] = ()
    packages: Packages = Packages()
    alignment: tuple[Alignment, ...] = ()

    @property
    def items(self) -> tuple[ItemDifference, ...]:
        """Those of all layers, what changes results first."""
        found = [item for layer in self.layers for item in layer.items]
        return tuple(sorted(found, key=lambda item: CHANGES.index(item.changes_results)))

    @property
    def changes_results(self) -> Changes:
        """The gravest of what differs; numbers are proof, both where they differ and where they do not."""
        if any(number.verdict not in ("identical", "not comparable") for number in self.numbers):
            return "yes"
        return gravest(
            "no" if layer.layer in MEASURED and layer.changes_results == "maybe" and self.all_identical
            else layer.changes_results
            for layer in self.layers
        )  # fmt: skip

    @property
    def all_identical(self) -> bool:
        """Whether numbers were compared as they are computed every day, and none differs."""
        told = {number.run for number in self.numbers if number.verdict == "identical"}
        return "as-configured" in told and all(number.verdict == "identical" for number in self.numbers)


class Group(NamedTuple):
    """Sides of which nothing that changes results tells one from the other."""

    sides: tuple[int, ...]  #: places in the comparison's sides
    apart: Difference | None = None  #: what sets it apart from the first group, which is the largest; None for that
    machines: tuple[str, ...] = ()  #: how its machines differ, in words


class Comparison(NamedTuple):
    """Two sides with what differs, or many in groups."""

    sides: tuple[Side, ...]
    difference: Difference | None = None  #: of two sides; None where there are more
    groups: tuple[Group, ...] = ()  #: largest first

    @property
    def changes_results(self) -> Changes:
        """Whether anything differs that can change results."""
        if self.difference is not None:
            return self.difference.changes_results
        return gravest(group.apart.changes_results for group in self.groups if group.apart is not None)


def gravest(found: Iterable[Changes]) -> Changes:
    """The gravest of some judgements; no where there are none."""
    there = set(found)
    return next((changes for changes in CHANGES if changes in there), "no")
