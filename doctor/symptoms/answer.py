"""What came of looking for a cause: plain data, from which reports and screens are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from doctor.facts import Facts
from doctor.knowledge.messages import Message
from doctor.model import Check, Evidence, Finding, Outcome, Remedy


class Recognised(NamedTuple):
    """A known message in what was pasted."""

    message: Message
    line: str  #: as pasted, cleaned and redacted
    number: int  #: 1-based line of the paste
    named: Mapping[str, str]  #: library, module, symbol, version, package, path, name: what it names
    telling: bool = True  #: whether it stands where a cause is told: in the last exception, or the first error of pip


class Cause(NamedTuple):
    """Something that holds in this environment and explains the message."""

    summary: str
    why: str  #: how it follows from the message
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    finding: Finding | None = None  #: of a check; None for what the message and the facts show together
    unless: tuple[str, ...] = ()  #: beginnings of codes: left out where a finding of these explains the message
    outside: bool = False  #: whether it says that the message comes from another Python
    absent: tuple[str, ...] = ()  #: the module that it says nothing brings, and the distribution that would


class Answer(NamedTuple):
    """All that can be said of what was pasted."""

    facts: Facts
    lines: tuple[str, ...]  #: the telling ones
    recognised: tuple[Recognised, ...] = ()  #: the most telling first
    causes: tuple[Cause, ...] = ()  #: hold here and explain it, best founded first
    perhaps: tuple[Finding, ...] = ()  #: hold here and say nothing of what the message names
    sound: tuple[Check, ...] = ()  #: could explain it and find nothing here
    unclear: tuple[Outcome, ...] = ()  #: could explain it and cannot tell here, or crashed
    foreign: str = ""  #: the other environment that the traceback comes from, as shown to people
    where: tuple[str, ...] = ()  #: other environments of this machine that hold the missing module
