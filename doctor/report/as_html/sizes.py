"""Room on disk as a treemap by package, with the same as a table for those who rather read or cannot see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doctor.facts import Facts
from doctor.facts.units import size
from doctor.judgement.needs import name_of
from doctor.knowledge.cuda_stack import is_cuda_conda, is_cuda_wheel
from doctor.report.as_html.marks import bar, folded, section, table, text
from doctor.report.pictures.shares import Share, packages_of
from doctor.report.pictures.treemap import Rectangle, squarified
from doctor.report.words import count

#: tiles, and the least part of all that gets one of its own
_TILES, _LEAST = 60, 0.003
_ROWS = 40
#: kind -> what it is called
KINDS = {
    "cuda": "CUDA libraries",
    "conda": "installed by conda",
    "pip": "installed by pip, uv and others",
    "nobody": "owned by no package",
    "rest": "smaller ones",
}
#: width of a letter and of a bold one, in units of the drawing
_LETTER, _BOLD = 7.0, 8.2


class Piece(NamedTuple):
    """One tile."""

    name: str
    bytes: int
    kind: str


def sizes(facts: Facts) -> str:
    """The section; empty where sizes were not read."""
    shares = packages_of(facts)
    if "sizes" not in facts.layers or not shares:
        return ""
    whole = facts.sizes.total
    pieces = list(pieces_of(shares))
    packages = [share for share in shares if share.key]
    note = f"{size(whole.total)} in {count(whole.files, 'file')} of {count(len(packages), 'package')}"
    return section("sizes", "Room on disk", _content(facts, shares, pieces), note)


def _content(facts: Facts, shares: Sequence[Share], pieces: Sequence[Piece]) -> Iterator[str]:
    yield _map(pieces, 960, 440, "broad")
    yield _map(pieces, 360, 520, "narrow")
    yield _legend(pieces)
    whole = facts.sizes.total
    if whole.shared:
        own, shared = size(whole.own), size(whole.shared)
        yield bar((("own", whole.own, "s-own"), ("shared by hard links", whole.shared, "s-shared")))
        yield (
            f'<ul class="legend"><li><span class="key s-own"></span>{own} its own: removing it gives this back</li>'
            f'<li><span class="key s-shared"></span>{shared} shared with caches or other environments by hard links'
            "</li></ul>"
        )
    rows = [
        (share.name, size(share.total), size(share.shared) if share.shared else "", KINDS[kind_of(share.key)])
        for share in shares[:_ROWS]
    ]
    yield folded(
        f"The {count(len(rows), 'largest owner')}" if len(rows) == 1 else f"The {len(rows)} largest as a table",
        [table(("package", "size", "of it shared", "what"), rows)],
    )
    caches = [
        (f"{cache.tool} cache", size(cache.total), size(cache.free or cache.estimate), cache.folder)
        for cache in facts.sizes.caches
        if cache.total
    ]
    if caches:
        yield "<h3>What package managers keep beside it</h3>"
        yield table(("cache", "size", "shared with nothing", "folder"), caches)


def pieces_of(shares: Sequence[Share]) -> Iterator[Piece]:
    """A tile for each share that is large enough to be seen, and one for all the others."""
    total = sum(share.total for share in shares)
    large = [share for share in shares[:_TILES] if share.total >= total * _LEAST]
    for share in large:
        yield Piece(share.name, share.total, kind_of(share.key))
    rest = shares[len(large) :]
    if rest:
        yield Piece(f"{len(rest):,} smaller", sum(share.total for share in rest), "rest")


def kind_of(owner: str) -> str:
    """Which kind an owner is of."""
    if not owner:
        return "nobody"
    if owner.startswith("conda:"):
        return "cuda" if is_cuda_conda(name_of(owner)) else "conda"
    return "cuda" if is_cuda_wheel(owner) else "pip"


def _map(pieces: Sequence[Piece], width: int, height: int, name: str) -> str:
    """One svg; a second one of another shape serves narrow screens."""
    every = sorted(pieces, key=lambda piece: -piece.bytes)
    places = squarified([piece.bytes for piece in every], Rectangle(0, 0, width, height))
    told = ", ".join(f"{piece.name} {size(piece.bytes)}" for piece in every[:12])
    tiles = "\n".join(_tile(piece, place) for piece, place in zip(every, places, strict=True))
    return (
        f'<svg class="map {name}" viewBox="0 0 {width} {height}" role="img" aria-label="Room on disk by package">\n'
        f"<desc>The largest: {text(told)}</desc>\n{tiles}\n</svg>"
    )


def _tile(piece: Piece, place: Rectangle) -> str:
    said = size(piece.bytes)
    parts = [
        f"<g><title>{text(piece.name)}: {said}, {KINDS[piece.kind]}</title>",
        f'<rect class="t-{piece.kind}" x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" '
        f'height="{place.height:.1f}" rx="4"/>',
    ]
    letters = int((place.width - 18) / _BOLD)
    if place.height >= 24 and letters >= min(len(piece.name), 4):
        name = piece.name if len(piece.name) <= letters else f"{piece.name[: letters - 1]}…"
        parts.append(f'<text class="name" x="{place.x + 8:.1f}" y="{place.y + 18:.1f}">{text(name)}</text>')
        if place.height >= 42 and place.width - 18 >= len(said) * _LETTER:
            parts.append(f'<text x="{place.x + 8:.1f}" y="{place.y + 36:.1f}">{said}</text>')
    return "".join((*parts, "</g>"))


def _legend(pieces: Sequence[Piece]) -> str:
    items = []
    for kind, title in KINDS.items():
        total = sum(piece.bytes for piece in pieces if piece.kind == kind)
        if total:
            items.append(f'<li><span class="key t-{kind}"></span>{title}: {size(total)}</li>')
    return f'<ul class="legend">{"".join(items)}</ul>'
