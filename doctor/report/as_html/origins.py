"""Where packages came from, as bars in proportion: channels, indexes, folders, and which of them are mixed badly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doctor.facts import Facts
from doctor.facts.units import size
from doctor.model import Finding
from doctor.report.as_html.marks import bar, section, text
from doctor.report.pictures.mixture import Origin, origins_of
from doctor.report.words import count

#: origins with a bar of their own, colours, and packages that are named
_SHOWN, _COLOURS, _NAMED = 12, 6, 12


def origins(facts: Facts, findings: Sequence[Finding]) -> str:
    """The section; empty where no package is known."""
    found = origins_of(facts, findings)
    total = sum(len(origin.packages) for origin in found)
    return section("origins", "Where packages came from", _content(found), count(total, "package")) if found else ""


def _content(found: Sequence[Origin]) -> Iterator[str]:
    yield bar((origin.name, len(origin.packages), _style(place)) for place, origin in enumerate(found))
    most = max(len(origin.packages) for origin in found)
    for place, origin in enumerate(found[:_SHOWN]):
        yield _origin(origin, place, most)
    if len(found) > _SHOWN:
        yield f'<p class="soft">and {count(len(found) - _SHOWN, "more origin")}</p>'


def _origin(origin: Origin, place: int, most: int) -> str:
    number = len(origin.packages)
    room = f", {size(origin.bytes)}" if origin.bytes else ""
    codes = ", ".join(sorted({finding.code for finding in origin.dangers}))
    danger = f' <b class="warning">! {text(codes)}</b>' if codes else ""
    names = ", ".join(origin.packages[:_NAMED]) + (f" and {number - _NAMED} more" if number > _NAMED else "")
    part = f'<span class="{_style(place)}" style="width:{100 * number / most:.2f}%"></span>'
    return (
        f'<div class="origin"><b>{text(origin.name)}</b><span class="soft">{count(number, "package")}{room}{danger}'
        f'</span><div class="bar" aria-hidden="true">{part}</div><p class="soft">{text(names)}</p></div>'
    )


def _style(place: int) -> str:
    return f"o-{min(place, _COLOURS - 1)}"
