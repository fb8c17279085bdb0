"""Which findings are repaired, by which of their remedies, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doctor.failure import Failure
from doctor.fix.planning.merging import refuse_conflicts
from doctor.model import (
    Edit,
    Examination,
    Export,
    Finding,
    Install,
    Move,
    Protect,
    Rebuild,
    Remedy,
    Safety,
    SetVariable,
    Step,
    Tell,
    Uninstall,
)
from doctor.report.steps import shell_word

#: a finding on the command line: MIX006, MIX006:numpy, mix003:numpy#2
WANTED = re.compile(r"(?P<code>[A-Za-z]{3}\d{3})(?::(?P<subject>.+?))?(?:#(?P<number>\d{1,3}))?", re.DOTALL)

#: beginnings of codes, by what unlocks most: what has to be created anew, what tells other checks the truth, what
#: they stand on, and last what only takes room
_ORDER = (
    "PYT004", "PYT005", "PYT006",
    "MIX009", "MIX004", "MIX003", "MIX012", "MIX001", "MIX",
    "PYT", "CHN", "DEP", "GPU", "SEC", "SIZ",
)  # fmt: skip


class Choice(NamedTuple):
    """One finding, and the remedy that is to repair it."""

    finding: Finding
    remedy: Remedy


def can_be_done(remedy: Remedy) -> bool:
    """Whether envdoctor carries a remedy out: it is not by hand, and has a step that does something."""
    return remedy.safety is not Safety.MANUAL and any(not isinstance(step, Tell) for step in remedy.steps)


def only_writes_down(remedy: Remedy) -> bool:
    """Whether a remedy keeps a record of what is installed and leaves the finding as it is."""
    return any(isinstance(step, Export) for step in remedy.steps) and all(
        isinstance(step, Export | Tell) for step in remedy.steps
    )


def healthy_path(examination: Examination) -> tuple[Finding, ...]:
    """What can be repaired here, in the order that unlocks most."""
    able = (finding for finding in examination.findings if any(map(can_be_done, finding.remedies)))
    return tuple(sorted(able, key=_place))


def by_hand(examination: Examination) -> tuple[Finding, ...]:
    """What only the user can repair, gravest first; findings that need nothing are not among them."""
    return tuple(f for f in examination.findings if f.remedies and not any(map(can_be_done, f.remedies)))


def safe_choices(examination: Examination, *, exports: bool) -> tuple[Choice, ...]:
    """What may be done without asking for each; of what only writes down that where exports is set."""
    chosen = []
    for finding in healthy_path(examination):
        for remedy in finding.remedies:
            if is_harmless(remedy) and (exports or not only_writes_down(remedy)):
                chosen.append(Choice(finding, remedy))
                break
    return tuple(chosen)


def is_harmless(remedy: Remedy) -> bool:
    """Whether a remedy may be taken unasked: safe for what imports, and nothing that it takes away is lost for good.

    Emptying a cache is safe and yet for the user to want: others use it, and what is gone has to be fetched again.
    """
    return can_be_done(remedy) and remedy.safety is Safety.SAFE and remedy.reversible


def choices_of(examination: Examination, wanted: Sequence[str]) -> tuple[Choice, ...]:
    """Find what CODE, CODE:SUBJECT or CODE:SUBJECT#N name; without #N the first remedy that can be carried out.

    Raises Failure for what is not among the findings, has no such remedy, or is repaired by hand only.
    """
    chosen: dict[tuple[str, str], Choice] = {}
    for text in wanted:
        named = WANTED.fullmatch(text.strip())
        if named is None:
            raise Failure(
                f"{text!r} names no finding; write CODE, CODE:SUBJECT or CODE:SUBJECT#2 for its second remedy"
            )
        for finding in _named(examination, named["code"].upper(), named["subject"]):
            choice = Choice(finding, _remedy_of(finding, named["number"]))
            other = chosen.setdefault((finding.code, finding.subject), choice)
            if other.remedy != choice.remedy:
                raise Failure(
                    f"{finding.code} {finding.subject} is named twice, with two remedies: {other.remedy.title}; "
                    f"{choice.remedy.title}"
                )
    return tuple(chosen.values())


def combine(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Put choices in order and leave out what another one makes needless.

    Raises Failure with the reason where two of them exclude each other.
    """
    unlike = dict.fromkeys(choices)
    ordered = sorted(unlike, key=lambda choice: _place(choice.finding))
    anew = [choice for choice in ordered if _rebuilds(choice.remedy)]
    if anew:
        ordered = _beside_rebuild(anew, ordered)
    refuse_conflicts([(f"{choice.finding.code} {choice.finding.subject}", choice.remedy) for choice in ordered])
    return tuple(ordered)


def _beside_rebuild(anew: list[Choice], ordered: list[Choice]) -> list[Choice]:
    """Let a rebuild stand alone, with what writes down and what edits settings; it says what it makes needless."""
    kept: list[Choice] = []
    needless: list[str] = []
    for choice in ordered:
        name = f"{choice.finding.code} {choice.finding.subject}"
        if choice in anew or not any(_changes_environment(step) for step in choice.remedy.steps):
            kept.append(choice)
        elif all(_restores(step) for step in choice.remedy.steps):
            needless.append(name)
        else:
            raise Failure(
                f"{name} cannot be in one plan with {anew[0].finding.code} {anew[0].finding.subject}: that creates the "
                "environment anew with the packages it has; repair this one afterwards"
            )
    if not needless:
        return kept
    first = anew[0]
    says = f"The environment is created anew, so nothing is done of its own for {', '.join(needless)}."
    told = first.remedy._replace(trade_off=f"{first.remedy.trade_off} {says}".strip())
    return [Choice(c.finding, told) if c is first else c for c in kept]


def _rebuilds(remedy: Remedy) -> bool:
    return any(isinstance(step, Rebuild) for step in remedy.steps)


def _changes_environment(step: Step) -> bool:
    if isinstance(step, Edit):
        return not step.path.startswith(("~", "/"))
    return isinstance(step, Install | Uninstall | Move | Protect | SetVariable)


def _restores(step: Step) -> bool:
    """Whether a step only puts right what is there already, which is right by itself in a new environment."""
    match step:
        case Install(force=True) | Uninstall() | Move() | Protect() | Export() | Tell():
            return True
    return False


def _place(finding: Finding) -> tuple[int, int, str, str]:
    """Where a finding stands: an environment to be created anew first, then by its code."""
    first = next((remedy for remedy in finding.remedies if can_be_done(remedy)), None)
    if first is not None and _rebuilds(first):
        return (-1, -finding.severity.rank, finding.code, finding.subject)
    rank = next((n for n, code in enumerate(_ORDER) if finding.code.startswith(code)), len(_ORDER))
    return (rank, -finding.severity.rank, finding.code, finding.subject)


def _named(examination: Examination, code: str, subject: str | None) -> tuple[Finding, ...]:
    coded = [finding for finding in examination.findings if finding.code == code]
    if subject is None and coded:
        return tuple(coded)
    wanted = (subject or "").casefold()
    exact = tuple(finding for finding in coded if finding.subject.casefold() == wanted)
    found = exact or tuple(finding for finding in coded if finding.subject.casefold().partition(":")[0] == wanted)
    if found:
        return found
    name = examination.facts.identity.name or examination.facts.identity.prefix
    if coded:
        raise Failure(f"{code} was not found on {subject!r}, but on {_listed(f.subject for f in coded)}")
    for outcome in examination.outcomes:
        if outcome.check.code == code and outcome.state in ("skipped", "crashed"):
            hint = "; add --deep" if outcome.check.deep else ""
            raise Failure(f"{code} {outcome.check.name} could not be judged on {name}: {outcome.reason}{hint}")
    if not any(outcome.check.code == code for outcome in examination.outcomes):
        raise Failure(f"there is no check {code}; envdoctor checks lists them all")
    others = [shell_word(f"{f.code}:{f.subject}") for f in healthy_path(examination)]
    raise Failure(f"{code} is not among the findings on {name}; to repair: {_listed(others)}")


def _remedy_of(finding: Finding, number: str | None) -> Remedy:
    name = f"{finding.code} {finding.subject}"
    if not finding.remedies:
        raise Failure(f"{name} has no remedy: it is there to be known")
    if number is None:
        able = [remedy for remedy in finding.remedies if can_be_done(remedy)]
        if not able:
            raise Failure(f"{name} is repaired by hand: {_instructions(finding.remedies[0])}")
        return able[0]
    if not 1 <= int(number) <= len(finding.remedies):
        several = f"{len(finding.remedies)} remedies" if len(finding.remedies) > 1 else "one remedy"
        raise Failure(f"{name} has {several}, no number {number}")
    remedy = finding.remedies[int(number) - 1]
    if not can_be_done(remedy):
        raise Failure(f"remedy {number} of {name} is done by hand: {_instructions(remedy)}")
    return remedy


def _instructions(remedy: Remedy) -> str:
    told = " ".join(step.text for step in remedy.steps if isinstance(step, Tell))
    return (told or remedy.title).rstrip(".")


def _listed(names: Iterable[str], most: int = 5) -> str:
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return (", ".join(every[:most]) + more) if every else "nothing"
