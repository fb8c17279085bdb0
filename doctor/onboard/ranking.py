"""Ranks the environments of this machine by how much of a repository's expectations they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.collect import LayerRead, collect
from doctor.facts import Facts
from doctor.judgement.expectations import Expectations
from doctor.judgement.expectations.meeting import meets
from doctor.judgement.requirements import meets as version_meets
from doctor.onboard.data import Candidate
from doctor.reading.rooted import real_folder
from doctor.target.brought import brought_by_repository
from doctor.target.environment import Environment, Request
from doctor.target.recognise import is_conda_base

#: environments that are looked into
_MOST = 40
#: made for one application each
_OF_TOOLS = {"uv tool", "pipx"}


def ranked(
    environments: Iterable[Environment], expectations: Expectations, request: Request, names: frozenset[str]
) -> tuple[Candidate, ...]:
    """Virtual and conda environments, those of the repository first, then by how much they meet.

    names are conda names that the repository gives its environment.
    """
    assert request.project is not None
    fitting = [e for e in environments if e.kind in ("venv", "conda") and not _OF_TOOLS & set(e.origins)]
    fitting = [e for e in fitting if not is_conda_base(e.prefix)]
    fitting.sort(key=lambda e: not belongs(e, request.project, names))  # type: ignore[arg-type]
    found = [_candidate(environment, expectations, request, names) for environment in fitting[:_MOST]]
    return tuple(sorted(found, key=lambda c: (not c.belongs, not c.python_fits, -c.share, str(c.environment.prefix))))


def belongs(environment: Environment, project: Path, names: frozenset[str]) -> bool:
    """Whether an environment lies in the repository or bears the name that the repository gives it."""
    inside = real_folder(environment.prefix).is_relative_to(real_folder(project))
    return inside or (environment.kind == "conda" and environment.name in names)


def cheap_facts(request: Request, layers: Iterable[str] = ("identity", "distributions", "conda")) -> Facts:
    """Some layers of an environment."""
    facts = Facts()
    for event in collect(request, set(layers)):
        if isinstance(event, LayerRead):
            facts = event.facts
    return facts


def candidate_of(environment: Environment, facts: Facts, expectations: Expectations, *, own: bool) -> Candidate:
    """How much of it an environment meets, by its facts."""
    wanted, here = expectations.python, facts.identity.python
    fits = not wanted or version_meets(here if here.count(".") > 1 else f"{here}.99", wanted) is not False
    brought = own and brought_by_repository(environment.prefix) is not None
    notes = (*_notes(environment, facts), *(("brought by the repository itself",) if brought else ()))
    met = meets(expectations, facts)
    return Candidate(environment, met, fits and bool(here), own, ", ".join(notes), brought)


def _candidate(
    environment: Environment, expectations: Expectations, request: Request, names: frozenset[str]
) -> Candidate:
    looked = request._replace(environment=environment, records=False, sizes=False, imports=False)
    facts = cheap_facts(looked)
    return candidate_of(environment, facts, expectations, own=belongs(environment, looked.project or Path(), names))


def _notes(environment: Environment, facts: Facts) -> Iterator[str]:
    if "active" in environment.origins:
        yield "active"
    if facts.identity.interpreter is not None and not facts.identity.interpreter.exists:
        yield "its Python is gone"
    if facts.identity.frozen:
        yield "frozen"
