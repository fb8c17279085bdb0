"""Where the packages of an environment came from: channels, indexes, installers, folders; what is mixed up in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.facts.units import size
from doctor.judgement.needs import owners
from doctor.model import Finding
from doctor.report.pictures.bars import MOST, SHADES, Part, divided
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import GLYPHS, count

#: families of checks that are about mixtures
FAMILIES = ("MIX", "CHN")
#: what takes the shade after the last own one
_REST = "·"
_STYLES = ("note", "command", "fine", "dim")


class Origin(NamedTuple):
    """One place that packages came from."""

    name: str  #: conda-forge; an index, by pip; git repositories
    kind: str  #: channel, index, folder, address, outside, unknown
    packages: tuple[str, ...] = ()  #: by size, the largest first
    bytes: int = 0
    dangers: tuple[Finding, ...] = ()  #: findings about mixtures that name a package from here
    shade: str = _REST
    style: str = ""


def origins_of(facts: Facts, findings: Iterable[Finding] = ()) -> tuple[Origin, ...]:
    """The places, where most packages came from first."""
    dangers = dangers_of(findings)
    held: dict[tuple[str, str], dict[str, int]] = {}
    for owner, name, origin in each(facts):
        room = facts.sizes.by_owner.get(owner)
        held.setdefault(origin, {})[name] = room.total if room else 0
    found = []
    by_number = sorted(held.items(), key=lambda item: (-len(item[1]), item[0]))
    for place, ((name, kind), rooms) in enumerate(by_number):
        packages = tuple(sorted(rooms, key=lambda package: (-rooms[package], package)))
        named = {_key(package) for package in packages}
        mixed = tuple(f for f in dangers if not named.isdisjoint(map(_key, (f.subject, *f.packages))))
        shade, style = (SHADES[place], _STYLES[place]) if place < MOST else (_REST, "")
        found.append(Origin(name, kind, packages, sum(rooms.values()), mixed, shade, style))
    return tuple(found)


def each(facts: Facts) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Every package once: key as in Sizes.by_owner, name, and the name and kind of where it came from."""
    for record in facts.conda.records:
        yield f"conda:{record.name}", record.name, (record.channel or "an unknown channel", "channel")
    known = owners(facts)
    for dist in facts.distributions.installed:
        if known.get(dist.key, dist.key) == dist.key:
            yield dist.key, dist.name, origin_of(dist)


def origin_of(dist: Distribution) -> tuple[str, str]:
    """Where a distribution that no conda package brought came from, with the kind of it."""
    if dist.site.startswith(("/", "~")):
        return f"outside the environment: {dist.site}", "outside"
    by = dist.installer
    if dist.direct_url is None:
        if dist.kind == "egg-link":
            return "folders, editable", "folder"
        return (f"a package index, by {by}", "index") if by else ("no word of where from", "unknown")
    if dist.direct_url.editable:
        return "folders, editable", "folder"
    if dist.direct_url.vcs:
        return f"{dist.direct_url.vcs} repositories, by {by or 'an unknown installer'}", "address"
    if dist.direct_url.url.startswith("file:"):
        return f"local files, by {by or 'an unknown installer'}", "folder"
    return f"addresses other than an index, by {by or 'an unknown installer'}", "address"


def dangers_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that are about mixtures."""
    return tuple(finding for finding in findings if finding.code.startswith(FAMILIES))


def overview(origins: Sequence[Origin], width: int) -> Line:
    """One bar, divided by the number of packages."""
    return divided(
        [Part(o.name, len(o.packages), str(len(o.packages)), o.shade, o.style) for o in origins], max(width, 1)
    )


def row(origin: Origin, most: int, width: int) -> tuple[Line, Line]:
    """An origin on two lines: its bar with numbers, and its packages; where that is too wide, numbers go below."""
    room = f"  {size(origin.bytes)}" if origin.bytes else ""
    said = f"{count(len(origin.packages), 'package')}{room}"
    codes = ", ".join(sorted({finding.code for finding in origin.dangers}))
    danger = f"  ! {codes}" if codes else ""
    columns = max(len(origin.packages) * max(min(width // 4, 30), 4) // max(most, 1), 1)
    room_for_name = max(width - columns - 1, 1)
    name = origin.name if len(origin.name) <= room_for_name else f"{origin.name[: room_for_name - 1]}…"
    first = [Span(origin.shade * columns, origin.style), Span(f" {name}", "strong")]
    second = max(width - 2, 10)
    if columns + 1 + len(name) + 2 + len(said) + len(danger) <= width:
        head = (*first, Span(f"  {said}", "dim"), Span(danger, "warning"))
        return head, (Span(_names(origin.packages, second), "dim"),)
    shown = (Span(f"{said}{danger}", "dim"),) if danger else (Span(f"{said}: ", "dim"),)
    names = () if danger else (Span(_names(origin.packages, second - len(said) - 2), "dim"),)
    return tuple(first), (*shown, *names)


def render(origins: Sequence[Origin], findings: Iterable[Finding], width: int) -> Iterator[Line]:
    """The whole picture as text."""
    if not origins:
        yield (Span("No package is installed", "dim"),)
        return
    yield overview(origins, width)
    yield ()
    most = max(len(origin.packages) for origin in origins)
    for origin in origins:
        head, names = row(origin, most, width)
        yield head
        yield (Span("  "), *names)
    if dangers := dangers_of(findings):
        yield ()
        yield (Span("What is dangerous about it", "heading"),)
        for finding in dangers:
            yield from wrapped(f"{finding.code} {finding.summary}", width, f"{GLYPHS[finding.severity]} ", "")


def _names(packages: Sequence[str], room: int) -> str:
    """As many names as fit, and how many more there are."""
    shown = ""
    for place, package in enumerate(packages):
        rest = len(packages) - place - 1
        longer = f"{shown}, {package}" if shown else package
        more = f" and {rest} more" if rest else ""
        if len(longer) + len(more) > room:
            return f"{shown} and {rest + 1} more" if shown else package[:room]
        shown = longer
    return shown


def _key(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").lower()
