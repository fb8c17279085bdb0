"""Chooses what to repair: by the codes of the command line, by asking, or what is safe."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from doctor.cli.asking import numbers
from doctor.cli.show import width
from doctor.failure import Failure
from doctor.fix.folders import exports_folder, state_folder
from doctor.fix.planning.choose import Choice, by_hand, can_be_done, choices_of, healthy_path, is_harmless, safe_choices
from doctor.judgement.expectations.roles import says_what_is_needed
from doctor.model import Examination, Finding, Tell
from doctor.reading.rooted import names_in
from doctor.report.steps import shell_word
from doctor.report.text import Line, Span, plain_text, wrapped
from doctor.report.words import GLYPHS, SAFETY


def pick(options: argparse.Namespace, examination: Examination) -> tuple[Choice, ...]:
    """What is to be repaired. Raises Failure where there is nothing, or nobody to ask."""
    if options.codes:
        chosen = choices_of(examination, options.codes)
        if options.yes:
            _refuse_unnamed(chosen, options.codes)
        return chosen
    path = healthy_path(examination)
    if not path:
        raise Failure(f"there is nothing to repair here{_left(examination)}")
    if options.yes or options.plan or options.plan_out:
        chosen = safe_choices(examination, exports=not _has_written_down(examination))
        if not chosen:
            named = ", ".join(shell_word(f"{finding.code}:{finding.subject}") for finding in path[:4])
            raise Failure(f"nothing here is repaired without being named; to choose from: {named}")
        return chosen
    return _asked(path, examination)


def _asked(path: tuple[Finding, ...], examination: Examination) -> tuple[Choice, ...]:
    print(plain_text(_listing(path, examination)), end="", file=sys.stderr)
    safe = tuple(n for n, finding in enumerate(path, 1) if is_harmless(_first(finding).remedy))
    default = f"Enter for {' '.join(map(str, safe))}" if safe else "Enter for none"
    chosen = numbers(f"Repair which? (1 3, 2-4, all; {default})", len(path), safe)
    return tuple(_which_remedy(path[number - 1]) for number in chosen)


def _which_remedy(finding: Finding) -> Choice:
    able = [remedy for remedy in finding.remedies if can_be_done(remedy)]
    if len(able) == 1:
        return Choice(finding, able[0])
    lines: list[Line] = [(Span(f"{finding.code} {finding.subject} can be repaired in {len(able)} ways"),)]
    for number, remedy in enumerate(able, 1):
        safety = SAFETY[remedy.safety].partition(":")[0]
        lines += wrapped(f"{remedy.title} ({safety})", width(), f"{number:>3}  ", "")
        lines += wrapped(remedy.trade_off, width(), "       ", "dim") if remedy.trade_off else ()
    print(plain_text(lines), end="", file=sys.stderr)
    chosen = numbers("Which? (Enter for 1)", len(able), (1,))
    if len(chosen) != 1:
        raise Failure("one remedy was to be chosen; nothing was changed")
    return Choice(finding, able[chosen[0] - 1])


def _listing(path: tuple[Finding, ...], examination: Examination) -> Iterator[Line]:
    for number, finding in enumerate(path, 1):
        remedy = _first(finding).remedy
        safety = SAFETY[remedy.safety].partition(":")[0]
        lead = f"{number:>3}  {GLYPHS[finding.severity]} "
        yield from wrapped(f"{finding.code} {finding.subject}: {finding.summary}", width(), lead, "")
        others = sum(map(can_be_done, finding.remedies)) - 1
        more = f"; or {others} other{'s' if others > 1 else ''}" if others else ""
        yield from wrapped(f"{remedy.title} ({safety}{more})", width(), "       → ", "")
    manual = by_hand(examination)
    if manual:
        yield (Span("by hand:"),)
        for finding in manual:
            told = " ".join(s.text for r in finding.remedies[:1] for s in r.steps if isinstance(s, Tell))
            yield from wrapped(f"{finding.code} {finding.subject}: {told or finding.summary}", width(), "     ", "")


def _first(finding: Finding) -> Choice:
    return Choice(finding, next(remedy for remedy in finding.remedies if can_be_done(remedy)))


def _left(examination: Examination) -> str:
    manual = by_hand(examination)
    if not manual:
        return ""
    names = ", ".join(f"{finding.code} {finding.subject}" for finding in manual[:4])
    return f"; by hand: {names}, see envdoctor check"


def _has_written_down(examination: Examination) -> bool:
    exports = exports_folder(state_folder(), examination.facts.identity)
    return says_what_is_needed(examination.facts) or bool(names_in(exports, 1))


def _refuse_unnamed(chosen: tuple[Choice, ...], codes: list[str]) -> None:
    """Without anybody to type a name, what cannot be taken back has to be named by its number."""
    wanted = {code.casefold() for code in codes}
    for finding, remedy in chosen:
        number = finding.remedies.index(remedy) + 1
        exact = f"{finding.code}:{finding.subject}#{number}"
        if not remedy.reversible and wanted.isdisjoint((exact.casefold(), f"{finding.code}#{number}".casefold())):
            raise Failure(
                f"{remedy.title}: that cannot be taken back; to do it without being asked, name it as {exact}"
            )
