"""Compares fingerprints layer by layer and field by field; numbers are compared elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doctor.compare.comparison import CHANGES, DifferenceKind, ItemDifference, LayerDifference, Packages, Step
from doctor.compare.context import in_context
from doctor.compare.relevance import judge
from doctor.facts import FINGERPRINT_LAYERS, Fingerprint, Part
from doctor.knowledge.deciding import computes

Fields = Mapping[str, str]

_KINDS: Mapping[str, DifferenceKind] = {
    "version": "version",
    "build": "build",
    "digest": "build",
    "channel": "source",
    "platform": "source",
    "source": "source",
    "installer": "source",
    "commit": "source",
    "from": "source",
    "in": "source",
    "origin": "source",
}
#: once one of these differs, the rest of the item says nothing of its own
_LEADING: Mapping[str, tuple[str, ...]] = {
    "interpreter": ("implementation", "version"),
    "conda": ("version",),
    "distributions": ("version",),
    "native": ("vendor", "version"),
    "machine": ("devices",),
}
#: told beside a version that differs
_BESIDE = frozenset(("channel", "source", "commit", "architecture", "system"))
#: compared only where both sides know them
_BOTH_OR_NONE = frozenset(("source", "channel", "digest", "installer", "origin", "integers", "threading", "platform"))
_NUMBER = re.compile(r"\d+")


def compare_layers(first: Fingerprint, second: Fingerprint) -> tuple[LayerDifference, ...]:
    """Every layer in order; equal ones too."""
    found = tuple(
        in_context(_layer(name, first.layers.get(name), second.layers.get(name)), first, second)
        for name in FINGERPRINT_LAYERS
    )
    return _told_once(found, first, second)


def version_step(one: str, other: str) -> Step:
    """Which part of a version differs first: its first number is major, its second minor, any other a patch."""
    first, second = (_release(version) for version in (one, other))
    if first[:1] != second[:1]:
        return "major"
    return "minor" if first[1:2] != second[1:2] else "patch"


def _release(version: str) -> list[int]:
    """The numbers before anything that is none; 1.0 and 1 are alike in their second number."""
    plain = version.partition("!")[2] or version
    numbers = [int(found[:18]) for found in _NUMBER.findall(plain.partition("+")[0])[:6]]
    return numbers + [0] * (3 - len(numbers))


def _layer(name: str, first: Part | None, second: Part | None) -> LayerDifference:
    gaps = [
        f"{side}: {'not in the file' if part is None else part.gap}"
        for side, part in (("here", first), ("there", second))
        if part is None or part.gap
    ]
    if gaps or first is None or second is None:
        return LayerDifference(name, gap="; ".join(gaps))
    if first.hash == second.hash and first.hash:
        return LayerDifference(name, same=len(first.items))
    found: list[ItemDifference] = []
    same = 0
    for what in sorted({*first.items, *second.items}):
        items = list(_item(name, what, first.items.get(what), second.items.get(what)))
        found += items
        same += not items
    return LayerDifference(name, _ordered(found), same)


def _ordered(items: list[ItemDifference]) -> tuple[ItemDifference, ...]:
    """What changes results first, of those what computes, then by name."""
    one_sided = ("only-here", "only-there")
    return tuple(
        sorted(
            items,
            key=lambda item: (
                CHANGES.index(item.changes_results),
                not computes(item.name),
                item.kind in one_sided,
                item.name,
                item.field,
            ),
        )
    )


def _item(layer: str, name: str, here: Fields | None, there: Fields | None) -> Iterator[ItemDifference]:
    if here is None or there is None:
        kind: DifferenceKind = "only-here" if there is None else "only-there"
        if layer in ("machine", "settings", "channels"):
            kind = "value"
        told = ("" if here is None else most_of(here), "" if there is None else most_of(there))
        changes, why = judge(layer, name, kind, "", "", told)
        yield ItemDifference(layer, name, kind, "", *told, changes_results=changes, why=why)
        return
    leading = next((field for field in _LEADING.get(layer, ()) if here.get(field) != there.get(field)), "")
    for field in sorted({*here, *there}, key=lambda field: (field != leading, field)):
        one, other = here.get(field, ""), there.get(field, "")
        if one == other or (field in _BOTH_OR_NONE and not (one and other)):
            continue
        if leading and field != leading and field not in _BESIDE:
            continue
        if field == "installer" and "conda" not in (one, other):
            continue  # pip and uv put the same files in the same place
        yield _field(layer, name, field, one, other, here, there)


def _field(layer: str, name: str, field: str, one: str, other: str, here: Fields, there: Fields) -> ItemDifference:
    kind: DifferenceKind = _KINDS.get(field, "value")
    step: Step = ""
    if kind == "version":
        step = version_step(one, other)
        if layer == "distributions" and one.partition("+")[0] == other.partition("+")[0]:
            kind, step = "build", ""
    changes, why = judge(layer, name, kind, field, step, (one, other))
    if layer == "native" and field == "vendor":
        one, other = most_of(here), most_of(there)
    return ItemDifference(layer, name, kind, field, one, other, step, changes, why)


def most_of(fields: Fields) -> str:
    """What says most of an item: vendor and version, else its value, else everything."""
    for names in (("vendor", "version"), ("implementation", "version"), ("version",), ("value",), ("for",), ("order",)):
        told = " ".join(fields[name] for name in names if fields.get(name))
        if told:
            return told
    return ", ".join(fields.values())


def _told_once(
    layers: tuple[LayerDifference, ...], first: Fingerprint, second: Fingerprint
) -> tuple[LayerDifference, ...]:
    """The same without what two layers tell alike: a distribution that conda brought is conda's to tell."""
    by_name = {layer.layer: layer for layer in layers}
    conda, dists = by_name["conda"], by_name["distributions"]
    if conda.gap or dists.gap:
        return layers
    kept = tuple(item for item in dists.items if not _by_conda(item.name, first, second))
    moved = {item.name for item in kept if item.kind not in ("only-here", "only-there")}
    dists = dists._replace(items=kept)
    one_sided = ("only-here", "only-there")
    conda = conda._replace(items=tuple(i for i in conda.items if i.kind not in one_sided or i.name not in moved))
    return tuple({"conda": conda, "distributions": dists}.get(layer.layer, layer) for layer in layers)


def _by_conda(name: str, first: Fingerprint, second: Fingerprint) -> bool:
    """Whether conda brought a distribution wherever it is."""
    sides = [side.layers["distributions"].items.get(name) for side in (first, second)]
    return all(fields is None or fields.get("installer") == "conda" for fields in sides)


def count_packages(first: Fingerprint, second: Fingerprint) -> Packages:
    """The packages of both sides in numbers; what pip laid over conda counts as pip's."""
    here, there = _packages(first), _packages(second)
    counts = {"major": 0, "minor": 0, "patch": 0, "build": 0, "source": 0}
    for name in here.keys() & there.keys():
        (version, build, source), (other, other_build, other_source) = here[name], there[name]
        if version.partition("+")[0] != other.partition("+")[0]:
            counts[version_step(version, other)] += 1
        elif source and other_source and source != other_source:
            counts["source"] += 1
        elif version != other or (build and other_build and build != other_build):
            counts["build"] += 1
    return Packages(len(here), len(there), len(here.keys() - there.keys()), len(there.keys() - here.keys()), **counts)


def _packages(fingerprint: Fingerprint) -> dict[str, tuple[str, str, str]]:
    """Name -> version, build, source."""
    found: dict[str, tuple[str, str, str]] = {}
    conda, dists = fingerprint.layers.get("conda"), fingerprint.layers.get("distributions")
    for name, fields in conda.items.items() if conda else ():
        found[name] = fields.get("version", ""), fields.get("build", ""), fields.get("channel", "")
    for name, fields in dists.items.items() if dists else ():
        if fields.get("installer") != "conda":
            build = fields.get("build", "") or fields.get("digest", "")
            found[name] = fields.get("version", ""), build, fields.get("source", "") + fields.get("commit", "")
    return found
