"""Which layers of a fingerprint each format can carry to another machine, and which it cannot."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from doctor.facts import FINGERPRINT_LAYERS, Facts
from doctor.facts.units import several
from doctor.fix.export.explicit_list import address_line
from doctor.fix.export.installed import channel_name, of_pip
from doctor.judgement.dependencies import visible_distributions

How = Literal["whole", "part", "not"]

#: in this order they are told
_WORDS: Mapping[How, str] = {"whole": "carries", "part": "in part", "not": "not at all"}


class Carried(NamedTuple):
    """What becomes of one layer when an environment is created from the file."""

    layer: str
    how: How
    why: str = ""  #: in half a sentence; empty where nothing needs to be said


def carried(kind: str, facts: Facts, *, left_out: int = 0, hashes: bool = False) -> tuple[Carried, ...]:
    """The layers in order; left_out counts packages that the file could not name, hashes says that it holds them."""
    rows = {row.layer: row for row in _ROWS[kind](facts, left_out, hashes)}
    return tuple(rows.get(layer) or Carried(layer, "not") for layer in FINGERPRINT_LAYERS)


def said(layers: tuple[Carried, ...]) -> Iterator[str]:
    """The same in a line for each way: carries: conda, channels; in part: distributions (...); not at all: machine."""
    for how, word in _WORDS.items():
        rows = [f"{row.layer} ({row.why})" if row.why else row.layer for row in layers if row.how == how]
        if rows:
            yield f"{word}: {', '.join(rows)}"


def with_head(text: str, layers: tuple[Carried, ...]) -> str:
    """The same with the layers that it carries as comments behind its first line."""
    first, end, rest = text.partition("\n")
    lines = [line for told in said(layers) for line in _wrapped(told)]
    return "".join([first, end, *(f"# {line}\n" for line in lines), rest])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 112, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _explicit(facts: Facts, left_out: int, hashes: bool) -> Iterator[Carried]:  # noqa: ARG001 - one signature for all
    records, by_pip = facts.conda.records, len(of_pip(facts))
    unnamed = sum(not address_line(record) for record in records)
    how: How = "part" if unnamed else "whole"
    why = f"{several(unnamed, 'package')} without an address" if unnamed else ""
    yield Carried("conda", how, why)
    yield Carried("channels", "part", "where each package came from; not the settings of conda")
    named = any(record.name == "python" and address_line(record) for record in records)
    yield Carried("interpreter", "whole") if named else Carried("interpreter", "not", "its Python is not conda's")
    if by_pip:
        yield Carried("distributions", "part", f"conda's; not the {several(by_pip, 'package')} of pip")
        yield Carried("native", "part", "conda's libraries; not those of pip's packages")
    else:
        yield Carried("distributions", how, why)
        yield Carried("native", how, why)


def _environment_yml(facts: Facts, left_out: int, hashes: bool) -> Iterator[Carried]:  # noqa: ARG001
    records = facts.conda.records
    unnamed = {record.channel for record in records if not channel_name(record.channel, facts)}
    if records:
        yield Carried(
            "conda", "part", "what was asked for, at its versions; builds and what it pulls in are chosen anew"
        )
        yield Carried("channels", "part", "in order" + (", but for those that cannot be named" if unnamed else ""))
        yield Carried("native", "part", "as far as the same builds are chosen")
        yield Carried("distributions", "part", "what was asked for of conda, and pip's at their versions")
    else:
        yield Carried("distributions", "part", "at their versions, in an environment of conda's")
        yield Carried("native", "part", "what lies inside the wheels")
    yield Carried("interpreter", "part", "its version")
    if facts.conda.variables:
        yield Carried("settings", "part", "the variables that activation sets")


def _of_pip_alone(facts: Facts, left_out: int, hashes: bool) -> Iterator[Carried]:
    if facts.conda.records:
        yield Carried("distributions", "part", "pip's; not conda's")
        yield Carried("native", "part", "what lies inside the wheels; not conda's libraries")
        return
    yield _distributions(facts, left_out)
    same = "the same files by their hashes" if hashes else "what lies inside the wheels, whichever is chosen"
    yield Carried("native", "whole" if hashes and not left_out and not _others(facts) else "part", same)


def _others(facts: Facts) -> int:
    """How many packages Python finds beside those of pip: the system's, of the base or of the user's own folder."""
    own = {dist.key for dist in of_pip(facts)}
    return sum(key not in own for key in visible_distributions(facts))


def _distributions(facts: Facts, left_out: int) -> Carried:
    """A fingerprint tells who installed a package, so that another tool gives another."""
    dists = of_pip(facts)
    tools = sorted({dist.installer for dist in dists if dist.key != "pip"} - {""})
    told = [_left(left_out)] if left_out else []
    others = _others(facts)
    told += [f"not the {several(others, 'package')} from outside of the environment"] if others else []
    told += ["all but pip itself, which comes with the new environment"] if any(d.key == "pip" for d in dists) else []
    told += [f"installed by {' and '.join(tools)} here, which it does not hold"] if len(tools) > 1 else []
    if told:
        return Carried("distributions", "part", "; ".join(told))
    return Carried("distributions", "whole", f"when {tools[0]} installs them, as here" if tools else "")


def _pylock(facts: Facts, left_out: int, hashes: bool) -> Iterator[Carried]:
    yield from _of_pip_alone(facts, left_out, hashes)
    yield Carried("interpreter", "part", "its minor version is demanded")


def _requirements(facts: Facts, left_out: int, hashes: bool) -> Iterator[Carried]:
    yield from _of_pip_alone(facts, left_out, hashes)
    yield Carried("interpreter", "not", "its version stands in the head")


def _left(left_out: int) -> str:
    return f"{several(left_out, 'package')} left out" if left_out else ""


_ROWS = {
    "explicit": _explicit,
    "environment.yml": _environment_yml,
    "requirements": _requirements,
    "pylock": _pylock,
}
