"""Onboarding as lines for people: what is expected, what is here, the path, and how it ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.facts.units import several, size
from doctor.fix.plan import Anew, Command, PlannedStep, Write
from doctor.judgement.expectations import Expectation, Kind
from doctor.onboard.data import Candidate, FoundManager, Onboarding, OnboardStep, StepState, Verdict
from doctor.onboard.getting import lacking
from doctor.onboard.ready import activation, kernel
from doctor.reading.clean import clean
from doctor.reading.redact import redact, show
from doctor.report.comparison_words import verdict as comparison_verdict
from doctor.report.plan import step_commands
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, GLYPHS, worst
from doctor.report.words import verdict as examination_verdict

#: of the one step that comes now: mark, style
_AHEAD = ("→", "strong")
#: state of every other step -> mark, style
_MARKS: dict[StepState, tuple[str, str]] = {
    "done": (FINE, "fine"),
    "todo": ("○", ""),
    "later": ("○", ""),
    "not-needed": ("-", "dim"),
    "cannot": ("✗", "error"),
    "by-hand": ("!", "warning"),
    "declined": ("-", "dim"),
}
#: mark -> what it means
MEANINGS = {
    FINE: "done",
    "→": "next",
    "○": "needed, in its turn",
    "-": "not needed, or left out",
    "!": "yours to do",
    "✗": "cannot be done here",
}
#: kinds that are told one by one, and the word before them
_TOLD: tuple[tuple[Kind, str], ...] = (
    ("python", "Python"),
    ("lock", "lock"),
    ("channel", "channel"),
    ("platform", "platform"),
    ("gpu", "GPU"),
    ("blas", "BLAS"),
    ("host", "machine"),
    ("variable", "variable"),
    ("kernel", "kernel"),
    ("environment", "environment"),
)
#: entries of one kind, packages of a step's reason, environments that are told
_MOST, _ENVIRONMENTS = 3, 5
#: how much an environment of another project has to meet to be told
_WORTH = 0.5
_LEAD = 16


def opening(onboarding: Onboarding, width: int = 80) -> Iterator[Line]:
    """What the repository expects, with conflicts first, and what this machine has."""
    yield (Span(clean(onboarding.name), "strong"), Span(f"  {show(onboarding.folder)}", "dim"))
    yield ()
    yield from expected(onboarding, width)
    yield ()
    yield from machine(onboarding, width)


def expected(onboarding: Onboarding, width: int = 80) -> Iterator[Line]:
    """What the repository expects."""
    wanted = onboarding.expectations
    yield (Span("What it expects", "strong"),)
    for conflict in wanted.conflicts:
        yield from wrapped(clean(conflict.summary), width, "  ! ", "warning")
        both = dict.fromkeys((conflict.first.place, conflict.second.place))
        if any(place not in conflict.summary for place in both):
            yield from wrapped(clean(f"in {' and '.join(both)}"), width, "    ", "dim")
    if wanted.manager is not None:
        yield from _row("manager", wanted.manager.name, wanted.manager.reason, width)
    for kind, word in _TOLD:
        yield from _kind(kind, word, wanted.of(kind), width)
    packages = [item for item in wanted.of("package") if not item.group]
    if packages:
        places = ", ".join(dict.fromkeys(item.path for item in packages))
        names = len({item.name for item in packages})
        yield from _row("packages", several(names, "package"), places, width)


def _kind(kind: Kind, word: str, items: tuple[Expectation, ...], width: int) -> Iterator[Line]:
    if kind == "lock":
        items = tuple({item.path: item for item in items}.values())
    shown: dict[str, list[str]] = {}
    for item in items:
        shown.setdefault(_words(item), []).append(item.place)
    for number, (text, places) in enumerate(shown.items()):
        if number == _MOST:
            yield from _row("", f"and {len(shown) - _MOST} more", "", width)
            return
        yield from _row("" if number else word, text, ", ".join(dict.fromkeys(places)), width)


def _words(item: Expectation) -> str:
    text = clean(item.text)
    return text.removeprefix("Python ") if item.kind == "python" else text


def _row(word: str, text: str, place: str, width: int) -> Iterator[Line]:
    """A word, what it says, and where; the place on a line of its own where it does not fit."""
    lead = f"  {word:<{_LEAD - 2}}"
    text, place = clean(text), clean(place)
    if place and len(lead) + len(text) + 2 + len(place) <= width:
        yield (Span(lead, "dim"), Span(text), Span(f"  {place}", "dim"))
        return
    for number, line in enumerate(wrapped(text, width, lead, "")):
        body = line[0].text
        yield (Span(body[:_LEAD], "dim"), Span(body[_LEAD:])) if not number else line
    if place:
        yield from wrapped(place, width, " " * _LEAD, "dim")


def machine(onboarding: Onboarding, width: int = 80) -> Iterator[Line]:
    """What this machine has."""
    yield (Span("What this machine has", "strong"),)
    for number, manager in enumerate(onboarding.managers):
        yield from _row("" if number else "managers", _manager(manager), show(manager.path), width)
    if not onboarding.managers:
        yield from _row("managers", "none that could create an environment", "", width)
    missing = lacking(onboarding.expectations, onboarding.managers)
    if missing is not None:
        yield from _row("", f"{missing[0]}, asked for, is not here; to have it:", missing[1], width)
    fitting = [python for python in onboarding.pythons if python.fits]
    told = fitting or list(onboarding.pythons)
    if told:
        versions = list(dict.fromkeys(python.version for python in told))
        text = ", ".join(versions[:5]) + (f" and {len(versions) - 5} more" if len(versions) > 5 else "")
        yield from _row("Pythons", text if fitting else f"{text}: none of them is allowed here", "", width)
    else:
        yield from _row("Pythons", "none", "", width)
    shown = [one for one in onboarding.candidates if one.belongs or (one.met.asked and one.share > _WORTH)]
    shown = shown[:_ENVIRONMENTS]
    for number, candidate in enumerate(shown):
        here = onboarding.chosen is not None and candidate.environment.prefix == onboarding.prefix
        where = show(candidate.environment.prefix)
        yield from _row("" if number else "environments", where + (", used here" if here else ""),
                        _fit(candidate), width)  # fmt: skip
    if not shown:
        yield from _row("environments", "none that meets any of it", "", width)


def _manager(manager: FoundManager) -> str:
    return f"{manager.name} {manager.version}".rstrip() + (", asked for" if manager.asked else "")


def _fit(candidate: Candidate) -> str:
    met = candidate.met
    version = candidate.environment.version
    parts = [f"Python {version}" + ("" if candidate.python_fits else ", not allowed")] if version else []
    parts += [f"meets {len(met.met)} of {met.asked}"] if met.asked else []
    return ", ".join([*parts, *([candidate.note] if candidate.note else [])])


def path(onboarding: Onboarding, width: int = 80, *, whole: bool = False, legend: bool = True) -> Iterator[Line]:
    """Each step in a line or two, and what the marks mean; with whole, its commands as well."""
    yield (Span("The path", "strong"),)
    if legend:
        used = {_mark(step, onboarding)[0] for step in onboarding.steps}
        yield from wrapped("   ".join(f"{m} {said}" for m, said in MEANINGS.items() if m in used), width, "  ", "dim")
    for step in onboarding.steps:
        yield from step_lines(step, onboarding, width, whole=whole)
    told = {step.reason for step in onboarding.steps}
    limits = [limit for limit in onboarding.limits if limit not in told]
    if limits:
        yield ()
        yield (Span("What cannot be done here", "strong"),)
        for limit in limits:
            yield from wrapped(clean(redact(limit)), width, "  ! ", "warning")
    for note in onboarding.notes:
        yield from wrapped(clean(redact(note)), width, "  - ", "dim")


def _mark(step: OnboardStep, onboarding: Onboarding) -> tuple[str, str]:
    """The mark of a step and its style; one that was prepared is asked about just now, whatever comes before it."""
    ahead = onboarding.ahead
    is_ahead = step.plan is not None or (ahead is not None and ahead.name == step.name)
    return _AHEAD if is_ahead else _MARKS[step.state]


def step_lines(
    step: OnboardStep, onboarding: Onboarding, width: int = 80, *, whole: bool = False, planned: bool = False
) -> Iterator[Line]:
    """One step; with whole what it runs, what it takes, and its way back, which planned leaves to its plan."""
    mark, style = _mark(step, onboarding)
    yield from wrapped(clean(redact(step.title)), width, f"  {mark} ", style)
    if step.reason:
        yield from wrapped(clean(redact(step.reason)), width, "    ", "dim")
    elif step.why:
        yield from wrapped(clean(redact(step.why)), width, "    ", "dim")
    if not whole or step.state not in ("todo", "later", "declined"):
        return
    for line in () if planned else commands(step.does, onboarding):
        yield (Span(f"    $ {line}", "command"),)
    for one in () if planned else step.does:
        if not isinstance(one, Anew | Command):
            yield from wrapped(clean(redact(one.sentence)), width, "    · ", "")
    for warning in step.beware:
        yield from wrapped(clean(redact(warning)), width, "    ! ", "warning")
    if (step.does and not planned) or step.key == "examine":
        yield from wrapped(costs(step), width, "    ", "dim")


def commands(steps: Iterable[PlannedStep], onboarding: Onboarding) -> tuple[str, ...]:
    """Command lines to copy, with the real prefix in them, redacted."""
    found = []
    for step in steps:
        found += [redact(clean(line)) for line in step_commands(step, str(onboarding.prefix))]
    return tuple(found)


def costs(step: OnboardStep) -> str:
    """What a step takes, and its way back."""
    seconds = step.plan.seconds if step.plan else step.seconds
    time = f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} minutes"
    fetched = step.plan.download if step.plan else step.download
    unknown = "may use the network" if step.key == "repair" and step.plan is None else "uses the network"
    network = "downloads nothing" if fetched == 0 else f"downloads {size(fetched)}" if fetched else unknown
    disk = step.plan.disk if step.plan and step.plan.disk else step.disk
    room = f", up to {size(disk)} on disk" if disk else ""
    return f"{time}, {network}{room}; undo: {step.undo}".removesuffix("; undo: ")


def edits(step: OnboardStep) -> tuple[Write, ...]:
    """The files that a step writes."""
    return tuple(one for one in step.does if isinstance(one, Write))


def closing(onboarding: Onboarding, verdict: Verdict, width: int = 80) -> Iterator[Line]:
    """How it ended: what the examination saw, what differs from the baseline, and how to begin."""
    gravest = worst(verdict.examination)
    mark, style = (GLYPHS[gravest], gravest.value) if gravest else (FINE, "fine")
    yield from wrapped(f"{mark} {examination_verdict(verdict.examination)}", width, "", style)
    for finding in verdict.examination.findings[:5]:
        if finding.severity.value != "note":
            yield from wrapped(clean(f"{finding.code} {finding.summary}"), width, "    ", "")
    if len(verdict.examination.findings) > 5:
        yield (Span(f"    {len(verdict.examination.findings)} findings in all; envdoctor check tells them", "dim"),)
    if verdict.comparison is not None:
        text, how = comparison_verdict(verdict.comparison)
        glyph = {"fine": FINE, "warning": "!", "error": "✗"}[how]
        yield from wrapped(f"{glyph} Compared with {clean(verdict.baseline)}: {clean(text)}", width, "", how)
        unlike = ", ".join(f"{layer} {mark}" for layer, mark in verdict.marks.items() if mark != "equal")
        if unlike:
            yield from wrapped(clean(unlike), width, "    ", "dim")
    else:
        yield from wrapped(f"- {clean(verdict.problem)}", width, "", "dim")
    if verdict.numbers.startswith(("not", "nothing", "computed")):  # the comparison's verdict says the rest
        yield from wrapped(f"- Numbers: {clean(verdict.numbers)}", width, "", "dim")
    left = [
        step for step in onboarding.steps if step.state in ("todo", "declined", "by-hand") and step.key != "examine"
    ]
    for step in left:
        yield from wrapped(clean(redact(f"left to do: {step.title}")), width, "! ", "warning")
    yield ()
    yield (Span("Begin: ", "dim"), Span(activation(onboarding), "command"))
    if kernel(onboarding):
        yield (Span("Kernel for notebooks: ", "dim"), Span(kernel(onboarding), "strong"))
