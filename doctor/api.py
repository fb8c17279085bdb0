"""What Python programs may rely on: `doctor.check()` and the Report that it returns.

    import doctor

    report = doctor.check()                        # the environment that this Python runs in
    report = doctor.check("myenv", select=["GPU"])  # another one, as on the command line
    if report.worst == "error":
        for finding in report.findings:
            print(finding.code, finding.subject, finding.summary)

Fields are added and never taken away or given another meaning within one schema_version. Examining reads files only:
nothing is changed, nothing of the environment is run and no network is used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from doctor.failure import Failure
from doctor.model import Examination

SeverityName = Literal["error", "warning", "note"]


class EnvdoctorError(Exception):
    """What was asked for could not be done; the text says what, where and what to do."""


class Environment(NamedTuple):
    """Which environment was examined."""

    name: str
    prefix: str  #: with ~ for the home folder
    kind: str  #: venv, conda, system, pyenv, standalone, repository or unknown
    maker: str  #: uv, conda, mamba, ...; unknown where nothing tells
    python: str  #: 3.12.4; empty where there is no Python
    implementation: str
    system: str  #: linux, macos or windows
    architecture: str


class Evidence(NamedTuple):
    """One thing that was seen, and where."""

    text: str
    path: str | None = None  #: relative to the environment or the project, or with ~ for the home folder
    line: int | None = None  #: 1-based


class Remedy(NamedTuple):
    """One honest way to repair a finding; `envdoctor fix` carries it out, nothing here does."""

    title: str
    safety: Literal["safe", "careful", "manual"]
    reversible: bool
    trade_off: str | None  #: what it costs
    steps: tuple[Mapping[str, Any], ...]  #: kind, that kind's fields, and shell: the command where there is one


class Finding(NamedTuple):
    """Something that a check found."""

    code: str  #: MIX001
    name: str  #: two-versions-of-one-package
    family: str  #: MIX
    severity: SeverityName
    subject: str  #: what it is about: a package, a file, a channel
    summary: str  #: one line
    evidence: tuple[Evidence, ...]
    packages: tuple[str, ...]
    remedies: tuple[Remedy, ...]


class NotJudged(NamedTuple):
    """A check that could not tell here (skipped), or has a defect of its own (crashed)."""

    code: str
    reason: str


class Ignored(NamedTuple):
    """A finding that the project's policy ignores."""

    code: str
    subject: str
    reason: str


class Report(NamedTuple):
    """What came of examining an environment. print(report) shows it as text, a notebook as HTML."""

    verdict: str  #: "2 errors, 1 warning in 73 checks"
    environment: Environment
    findings: tuple[Finding, ...]  #: gravest first, then by code and subject
    skipped: tuple[NotJudged, ...]
    crashed: tuple[NotJudged, ...]
    ignored: tuple[Ignored, ...]
    examination: Examination  #: what reports are rendered from; of envdoctor's inside, and may change

    @property
    def worst(self) -> SeverityName | None:
        """The gravest severity found; None where nothing was found."""
        return self.findings[0].severity if self.findings else None

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data: the same as `envdoctor check --format json`, which a schema describes."""
        from doctor.report.as_json import body

        return body(self.examination)

    def to_json(self) -> str:
        """The report as JSON, ending with a line feed."""
        from doctor.report.as_json import render

        return render(self.examination)

    def to_text(self, width: int = 80) -> str:
        """The report as text for people."""
        from doctor.report.steps import shell_word
        from doctor.report.text import plain_text, render

        named = shell_word(self.environment.prefix)
        return plain_text(render(self.examination, width=width, command_line=named))

    def __str__(self) -> str:
        """As text for people."""
        return self.to_text().rstrip("\n")

    def __repr__(self) -> str:
        """In one line."""
        return f"<doctor.Report of {self.environment.name or self.environment.prefix}: {self.verdict}>"

    def _repr_html_(self) -> str:
        from doctor.report.cell import render

        return render(self.examination)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self))


def check(
    environment: str | os.PathLike[str] | None = None,
    *,
    project: str | os.PathLike[str] | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    deep: bool = False,
) -> Report:
    """Examine an environment by reading its files; nothing is changed, and nothing of it is run.

        report = doctor.check("myenv", select=["GPU", "MIX001"])
        print(report)                      # the report as text; report.to_json() and report.to_dict() as data
        report.worst                       # "error", "warning", "note", or None
        for finding in report.findings:    # gravest first
            print(finding.code, finding.subject, finding.summary, [remedy.title for remedy in finding.remedies])
        report.skipped, report.crashed     # checks that could not tell here, each with its reason

    environment: a conda environment's name, a folder, a project with .venv, or an interpreter; left out, the
        environment that this Python runs in.
    project: the repository whose policy and files count; left out, the one around the environment or the
        working folder.
    select, ignore: codes or families, "MIX001,GPU" or ["MIX001", "GPU"].
    deep: also compare the hash of every installed file.

    Raises EnvdoctorError, whose text says what to do: there is no such environment, project or check, or the
    environment cannot be read. That something is wrong with the environment raises nothing: see report.worst.

    It takes a second or a few, and may be called in any thread, by several at once; where an event loop must go on
    meanwhile: await asyncio.to_thread(doctor.check). A report can be pickled, and sent to another process.
    """
    try:
        return report_of(_examined(environment, project, _listed(select), _listed(ignore), deep=deep))
    except Failure as error:
        raise EnvdoctorError(str(error).removeprefix("--")) from None


def _examined(
    environment: str | os.PathLike[str] | None,
    project: str | os.PathLike[str] | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    *,
    deep: bool,
) -> Examination:
    from doctor.asked import checks_for, environment_of, request_for
    from doctor.examine import Examined, examine

    which = sys.prefix if environment is None else os.fspath(environment)
    target = environment_of(which)
    request = request_for(target, project=None if project is None else os.fspath(project), deep=deep)
    chosen = checks_for(select, ignore, request.policy)
    for event in examine(request, chosen):
        if isinstance(event, Examined):
            facts = event.examination.facts
            if "identity" in facts.gaps:
                raise Failure(f"the environment could not be read: {facts.gaps['identity']}")
            return event.examination
    raise AssertionError("an examination ends with its result")


def report_of(examination: Examination) -> Report:
    """Turn an examination into what programs may rely on."""
    from doctor.report.as_json import body
    from doctor.report.words import verdict

    told = body(examination)
    return Report(
        verdict(examination),
        Environment(**{name: told["environment"][name] for name in Environment._fields}),
        tuple(_finding(finding) for finding in told["findings"]),
        tuple(NotJudged(each["code"], each["reason"]) for each in told["skipped"]),
        tuple(NotJudged(each["code"], each["error"]) for each in told["crashed"]),
        tuple(Ignored(each["code"], each["subject"], each["reason"]) for each in told["ignored"]),
        examination,
    )


def _finding(told: Mapping[str, Any]) -> Finding:
    return Finding(
        told["code"],
        told["name"],
        told["family"],
        told["severity"],
        told["subject"],
        told["summary"],
        tuple(Evidence(each["text"], each["path"], each["line"]) for each in told["evidence"]),
        tuple(told["packages"]),
        tuple(
            Remedy(each["title"], each["safety"], each["reversible"], each["trade_off"], tuple(each["steps"]))
            for each in told["remedies"]
        ),
    )


def _listed(codes: str | Iterable[str]) -> tuple[str, ...]:
    return (codes,) if isinstance(codes, str) else tuple(codes)
