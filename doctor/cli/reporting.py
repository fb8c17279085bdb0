"""Reports for other readers than people at a terminal, and baselines of findings; loaded where one is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.compare.comparison import Comparison, Side
from doctor.facts import Facts
from doctor.failure import Failure
from doctor.model import Examination, Severity
from doctor.reading.files import Missing, Unfit, read_json
from doctor.report.places import USUAL, Repository
from doctor.report.text import Line

#: folders above a project that are looked into for the repository's root
_ABOVE = 30


def rendered(
    kind: str, examination: Examination, fail_on: Severity, project: Path | None, other: Side | None = None
) -> str:
    """The report in one of the formats but text and json; the page in HTML compares with the other side as well."""
    match kind:
        case "jsonl":
            from doctor.report import jsonl

            return jsonl.render(examination)
        case "sarif":
            from doctor.report import sarif

            return sarif.render(examination, repository_of(project))
        case "junit":
            from doctor.report import junit

            return junit.render(examination, fail_on)
        case "github":
            from doctor.report import github

            return github.render(examination, repository_of(project))
        case "markdown":
            from doctor.report import markdown

            return markdown.render(examination)
        case _:
            from doctor.report import as_html

            return as_html.render(examination, _compared(examination.facts, other))


def other_side(path: str) -> Side:
    """The file of a colleague that is compared with. Raises Failure with its name."""
    from doctor.compared.sides import side_of_file

    return side_of_file(Path(path).expanduser())


def _compared(facts: Facts, other: Side | None) -> Comparison | None:
    """What differs from the other side, else from the baseline of the environment's own project; None without both."""
    from doctor.compare.difference import compare
    from doctor.compare.fingerprint import FACTS_NEEDED, fingerprint_of
    from doctor.judgement.expectations.belonging import belongs

    project = facts.project
    if other is None:
        known = {*facts.layers, *facts.gaps}
        if project.baseline is None or not known.issuperset(FACTS_NEEDED) or not belongs(facts):
            return None
        other = Side(project.baseline_path, project.baseline)
    here = Side(facts.identity.name or "this environment", fingerprint_of(facts), facts)
    return compare((here, other))


def repository_of(project: Path | None) -> Repository:
    """Where a project lies in its repository, and which file of it names the environment."""
    if project is None:
        return Repository()
    file = next((name for name in USUAL if (project / name).is_file()), "")
    for folder in (project, *project.parents)[:_ABOVE]:
        if (folder / ".git").exists():
            return Repository(project.relative_to(folder).as_posix().removeprefix("."), file)
    return Repository("", file)


def append_step_summary(examination: Examination) -> None:
    """Add the report to the summary of a GitHub job, where one runs; a summary that cannot be written is no failure."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from doctor.report import markdown

    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown.render(examination, limit=markdown.STEP_SUMMARY) + "\n")
    except OSError as error:
        print(f"envdoctor: the step's summary cannot be written: {error.strerror or error}", file=sys.stderr)


def without_commands(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines in which a runner of GitHub finds no command: it looks for :: at the beginning and for ##[ anywhere."""
    for line in lines:
        text = "".join(span.text for span in line)
        if any(part.lstrip().startswith("::") for part in text.splitlines()):
            line = tuple(span._replace(text=span.text.replace("::", ": :")) for span in line)
        yield tuple(span._replace(text=span.text.replace("##[", "# #[")) for span in line)


def with_baseline(examination: Examination, path: str) -> Examination:
    """Leave out what a baseline holds. Raises Failure for a file that is none, with the place."""
    from doctor.facts.serialise import NotFacts
    from doctor.report import baseline

    try:
        held = baseline.load(read_json(Path(path), limit=baseline.LIMIT))
    except Missing:
        raise Failure(f"--baseline {path}: no such file; --write-baseline {path} makes one") from None
    except (Unfit, NotFacts) as error:
        raise Failure(f"--baseline {path}: {error}") from None
    return baseline.compare(examination, held)


def baseline_text(examination: Examination) -> str:
    """All findings as a baseline."""
    from doctor.report import baseline

    return baseline.dump(examination)
