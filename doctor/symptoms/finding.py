"""Looks for the cause of a message in a real environment: runs the checks that could explain it, and ranks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from doctor import checks
from doctor.collect import LayerRead, LayerStarted
from doctor.examine import Examined, examine
from doctor.facts import Facts
from doctor.model import Check, Examination, Finding, Outcome, Severity
from doctor.reading.redact import show
from doctor.reading.rooted import is_folder, names_in, real_folder
from doctor.symptoms.answer import Answer, Cause, Recognised
from doctor.symptoms.paste import Paste, understand
from doctor.symptoms.presence import look, missing_modules
from doctor.symptoms.ranking import absent_names, rank, weigh
from doctor.symptoms.recognise import recognise
from doctor.target.discover import discover
from doctor.target.environment import Environment, Request
from doctor.target.recognise import inspect_prefix

#: environments that are looked into for a missing module, and seconds for all of them
_ELSEWHERE, _SECONDS = 60, 1.5
#: names looked at in one folder of packages
_NAMES = 20_000
_SHOWN = 5
#: checks whose findings say that something is needed and not installed, and the weight of one that is about a name
_OF_ABSENCE, _ITS_SUBJECT = ("NBK004", "DEP001"), 4
#: evidence of a check that stands before what was seen besides
_BEFORE_ALSO = 3


def _nothing(_facts: Facts) -> Iterator[Finding]:
    yield from ()


#: reads, in the same pass as the checks, what presence looks at
_ASKED = Check(
    "ASK000", "asked-of-facts", Severity.NOTE, "What a message names.", _nothing, lambda: iter(()),
    ("identity", "distributions"), optional=("files", "project"),
)  # fmt: skip


def environment_of(paste: Paste) -> Environment | None:
    """The environment of this machine that a traceback comes from, if it says so."""
    for prefix in paste.prefixes[:1]:
        path = Path(prefix).expanduser()
        if path.is_absolute() and is_folder(path):
            return inspect_prefix(path)
    return None


def find(request: Request, paste: Paste) -> Iterator[LayerStarted | LayerRead | Answer]:
    """Examine an environment for the cause of what was pasted; the last event is the answer."""
    rows = recognise(paste)
    wanted = {code for item in rows for code in (*item.message.directly, *item.message.related)}
    chosen = checks.load(sorted(wanted)) if wanted else checks.load() if not rows and paste.through else ()
    deep = any(item.message.deep for item in rows)
    request = request._replace(deep=request.deep or deep)
    examination = None
    for event in examine(request, (*chosen, _ASKED)):
        if isinstance(event, Examined):
            examination = event.examination
        elif isinstance(event, LayerStarted | LayerRead):
            yield event
    assert examination is not None
    yield answer(examination, paste, rows, request)


def answer(
    examination: Examination, paste: Paste, rows: tuple[Recognised, ...], request: Request | None = None
) -> Answer:
    """Judge what an examination found by what the message says."""
    facts = examination.facts
    told = [item for item in rows if not item.message.harmless]
    causes, perhaps = rank(_all_findings(examination), told, facts, paste)
    foreign = _foreign(paste, request)
    own = tuple(cause for cause in look(facts, told) if _holds_still(cause, causes, paste, foreign))
    causes, own = _told_once(causes, own, facts)
    missing = missing_modules(facts, told)
    judged = [outcome for outcome in examination.outcomes if outcome.check.code != _ASKED.code]
    return Answer(
        facts,
        tuple(paste.shown(index) for index in paste.telling[:4]),
        rows,
        (*causes, *own),
        perhaps,
        tuple(outcome.check for outcome in judged if outcome.state == "fine"),
        tuple(outcome for outcome in judged if _is_unclear(outcome)),
        foreign,
        tuple(_holding(missing[0], request)) if missing and request else (),
    )


def _all_findings(examination: Examination) -> Iterator[Finding]:
    """Every finding, also those that the project lives with: they may be what it dies of."""
    yield from examination.findings
    yield from (waived.finding for waived in examination.waived)


def find_in(request: Request, text: bytes | str) -> Iterator[LayerStarted | LayerRead | Answer]:
    """The same for a text that was not understood yet."""
    yield from find(request, understand(text))


def _is_unclear(outcome: Outcome) -> bool:
    return outcome.state in ("skipped", "crashed")


def _holds_still(cause: Cause, causes: tuple[Cause, ...], paste: Paste, foreign: str) -> bool:
    """Whether something that the message and the facts show together is not told better by a check or the frames."""
    codes = [other.finding.code for other in causes if other.finding is not None]
    if any(code.startswith(cause.unless) for code in codes):
        return False
    return not (cause.outside and paste.prefixes and not foreign)


def _told_once(
    causes: tuple[Cause, ...], own: tuple[Cause, ...], facts: Facts
) -> tuple[tuple[Cause, ...], tuple[Cause, ...]]:
    """The same where a missing module is one cause: a check that says who needs it knows more than that it is gone."""
    told, kept = list(causes), []
    for cause in own:
        names = absent_names(cause.absent, facts)
        place = next(
            (
                number
                for number, other in enumerate(told)
                if other.finding and other.finding.code in _OF_ABSENCE and weigh(other.finding, names) == _ITS_SUBJECT
            ),
            None,
        )
        if place is None:
            kept.append(cause)
            continue
        evidence = told[place].evidence
        also = tuple(one._replace(text=f"also seen: {one.text}") for one in cause.evidence)
        told[place] = told[place]._replace(evidence=(*evidence[:_BEFORE_ALSO], *also, *evidence[_BEFORE_ALSO:]))
    return tuple(told), tuple(kept)


def _foreign(paste: Paste, request: Request | None) -> str:
    """The environment that the frames lie in, where it is not the one that is examined."""
    if request is None or not paste.prefixes:
        return ""
    own = {str(request.environment.prefix), str(real_folder(request.environment.prefix))}
    own |= {show(path) for path in own}
    prefixes = [prefix for prefix in paste.prefixes if not prefix.startswith(("/usr", "C:\\Windows"))]
    if not prefixes or any(prefix in own or str(real_folder(Path(prefix).expanduser())) in own for prefix in prefixes):
        return ""
    return show(prefixes[0])


def _holding(top: str, request: Request) -> Iterator[str]:
    """Other environments of this machine whose folder of packages holds a module of that name."""
    end = time.monotonic() + _SECONDS
    mine = real_folder(request.environment.prefix)
    count = 0
    found = discover(variables=request.variables, cwd=_cwd(), home=request.home, root=request.root)
    for environment in islice(found, _ELSEWHERE):
        if time.monotonic() > end or count >= _SHOWN:
            return
        if real_folder(environment.prefix) != mine and _holds(environment.prefix, top):
            count += 1
            yield show(environment.prefix)


def _holds(prefix: Path, top: str) -> bool:
    for library in (prefix / "lib", prefix / "Lib"):
        for folder in (library / "site-packages", *(library / name / "site-packages" for name in names_in(library, 300)
                                                    if name.startswith("python3"))):  # fmt: skip
            if is_folder(folder / top) or any(
                name.partition(".")[0] == top and name.endswith((".py", ".so", ".pyd"))
                for name in names_in(folder, _NAMES)
            ):
                return True
    return False


def _cwd() -> Path:
    try:
        return Path(os.getcwd())  # noqa: PTH109 - Path.cwd() is the same; a deleted folder raises in both
    except OSError:
        return Path("/")
