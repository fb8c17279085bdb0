"""What was tried in the environment's own Python, as lines and as plain data, beside the findings that explain it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from doctor.compare.cause import TITLES
from doctor.facts import Library, Live, Numbers, TorchTried, Tried
from doctor.facts.serialise import whole
from doctor.model import Finding, Severity
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, count

#: what keeps modules from loading; the others speak of size, sources and habits
_EXPLAINING = frozenset({"NAT", "NUM", "GPU", "DEP", "MIX", "PYT"})
#: names below Python and modules that an error speaks of
_LIBRARY = re.compile(r"[\w+-]+(?:\.so(?:\.\d+)*|\.dll|(?:\.\d+)*\.dylib)\b")
_MODULE = re.compile(r"(?:[Nn]o module named|cannot import name|[Mm]odule) '([\w.]+)'")
_DISTRIBUTION = re.compile(r"[-_.]+")


def render(live: Live, findings: tuple[Finding, ...], width: int) -> Iterator[Line]:
    """Yield the lines of a section of the report; none where nothing was asked for."""
    if not live.asked:
        return
    whose = {"project": " that the project imports", "requested": " of what was asked for"}.get(live.of, "")
    yield (Span(f"Tried in this environment's Python: {count(len(live.imports), 'module')}{whose}", "strong"),)
    if live.problem:
        yield from wrapped(live.problem, width, "  ✗ ", "error")
    for tried in live.imports:
        if tried.broken and _counts(tried):
            yield from _broken(tried, explained_by(tried, findings), width)
    for tried in live.imports:
        if tried.ending == "unclear":
            yield from wrapped(f"{tried.module} cannot be told: {tried.text}", width, "  - ", "dim")
    fine = [tried.module for tried in live.imports if tried.ending == "fine"]
    if fine:
        yield from wrapped(f"{count(len(fine), 'import')} fine: {', '.join(fine)}", width, f"  {FINE} ", "fine")
    absent = [tried.module for tried in live.imports if tried.broken and not _counts(tried)]
    if absent:
        yield from wrapped(f"not installed, and imported where it may be: {', '.join(absent)}", width, "  - ", "dim")
    if live.torch:
        mark, text, style = torch_said(live.torch)
        yield from wrapped(text, width, f"  {mark} ", style)
    yield from _numbers(live.numbers, width)
    if live.left_out:
        yield from wrapped(f"not tried, for there are so many: {', '.join(live.left_out)}", width, "  - ", "dim")


def _numbers(numbers: Numbers, width: int) -> Iterator[Line]:
    """What was computed, with what; whether it is as it should be is told by the findings."""
    if not numbers.asked:
        return
    if numbers.problem:
        yield from wrapped(f"no numbers could be computed: {numbers.problem}", width, "  ! ", "warning")
        return
    names = {name for run in numbers.runs for name in (*run.digests, *(one.name for one in run.series))}
    tools = ", ".join(library_said(library) for library in numbers.libraries)
    text = f"numbers computed: {count(len(names), 'computation')}" + (f" with {tools}" if tools else "")
    yield from wrapped(text, width, f"  {FINE} ", "fine")
    for problem in dict.fromkeys(run.problem for run in numbers.runs if run.problem):
        yield from wrapped(f"not all could be computed: {problem}", width, "  ! ", "warning")


def library_said(library: Library) -> str:
    """A library as people name it: numpy 2.1.0; OpenBLAS 0.3.30 (Haswell, 4 threads) of numpy."""
    name = TITLES.get(library.name, library.name)
    if library.name == library.of:
        return f"{name} {library.version}".strip()
    threads = count(library.threads, "thread") if library.threads else ""
    how = ", ".join(part for part in (*library.features[:1], threads) if part)
    return (
        f"{name} {library.version}".strip() + (f" ({how})" if how else "") + (f" of {library.of}" if library.of else "")
    )


def torch_said(torch: TorchTried) -> tuple[str, str, str]:
    """Mark, sentence and style of what torch answered."""
    why = f": {torch.text}" if torch.text else ""
    if torch.ending != "fine":
        return "✗", f"torch could not be asked what it sees{why}", "error"
    built = f"CUDA {torch.cuda}" if torch.cuda else f"ROCm {torch.hip}" if torch.hip else ""
    name = f"torch {torch.version}" + (f", built for {built}," if built else "")
    devices = ", ".join(dict.fromkeys(device.name for device in torch.devices))
    seen = f"{len(torch.devices)} GPUs ({devices})" if len(torch.devices) > 1 else devices
    if torch.computed:
        return FINE, f"{name} computes on {seen or torch.computed}", "fine"
    if torch.available:
        return "✗", f"{name} sees {seen or 'a GPU'} and cannot compute on it{why}", "error"
    if built:
        return "!", f"{name} sees no GPU{why}", "warning"
    return "i", f"{name} is a build without GPU support{why}", "note"


def body(live: Live, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The same as plain data; the schema of the report describes it."""
    return {
        "python": live.python,
        "problem": live.problem or None,
        "of": live.of or None,
        "failed": live.failed,
        "imports": [
            {
                **whole(tried),
                "line": tried.line or None,
                "path": tried.path or None,
                "explained_by": [
                    {"code": finding.code, "subject": finding.subject} for finding in explained_by(tried, findings)
                ],
            }
            for tried in live.imports
        ],
        "left_out": list(live.left_out),
        "torch": whole(live.torch),
        "numbers": _numbers_data(live.numbers),
    }


def _numbers_data(numbers: Numbers) -> dict[str, Any] | None:
    if not numbers.asked:
        return None
    return {
        "libraries": [whole(library) for library in numbers.libraries],
        "runs": [
            {"label": run.label, "series": len(run.series) + len(run.digests), "problem": run.problem or None}
            for run in numbers.runs
        ],
        "problem": numbers.problem or None,
    }


def explained_by(tried: Tried, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that name the same package, module or library as the failure; the gravest first, as they are."""
    if tried.ending in ("fine", "unclear"):
        return ()
    told = f"{tried.text} {tried.cause} {' '.join(tried.said)}"
    libraries = set(_LIBRARY.findall(told))
    modules = {name.partition(".")[0] for name in _MODULE.findall(told)} | {tried.module}
    names = {_key(name) for name in (*modules, tried.distribution) if name}
    return tuple(
        finding
        for finding in findings
        if finding.family in _EXPLAINING
        and finding.severity is not Severity.NOTE
        and (
            not names.isdisjoint(_key(name) for name in (finding.subject, *finding.packages))
            or any(library in text for library in libraries for text in _texts(finding))
        )
    )


def _texts(finding: Finding) -> Iterator[str]:
    yield finding.subject
    yield finding.summary
    for evidence in finding.evidence:
        yield evidence.text
        yield evidence.path


def _key(name: str) -> str:
    return _DISTRIBUTION.sub("-", name.lower())


def _counts(tried: Tried) -> bool:
    """Whether a failure is worth a line: a module that is not there is not, where it may be missing."""
    return tried.needed or tried.ending != "missing"


_ENDINGS = {
    "error": "",
    "missing": "",
    "crashed": "crashed Python: ",
    "exited": "",
    "timed-out": "took too long: ",
    "stopped": "was ended: ",
}


def _broken(tried: Tried, findings: tuple[Finding, ...], width: int) -> Iterator[Line]:
    style = "error" if tried.needed else "warning"
    error = f"{tried.error}: " if tried.error else ""
    what = f"{_ENDINGS.get(tried.ending, '')}{error}{tried.text}".removesuffix(": ")
    yield from wrapped(f"import {tried.module}: {what}", width, "  ✗ ", style)
    if tried.cause:
        yield from wrapped(f"because: {tried.cause}", width, "    · ", "")
    if tried.path:
        place = f"{tried.path}:{tried.line}" if tried.line else tried.path
        yield from wrapped(f"raised in {place}" if tried.error else f"in {place}", width, "    · ", "")
    if tried.place:
        yield from wrapped(f"imported in {tried.place}", width, "    · ", "")
    if not tried.error and tried.said:
        yield from wrapped(f"it said: {tried.said[-1]}", width, "    · ", "")
    for finding in findings[:3]:
        yield from wrapped(f"{finding.code} {finding.name}: {finding.summary}", width, "    → see ", "")
