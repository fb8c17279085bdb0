"""Looks at a repository and at this machine, and finds the path between them; reads files and starts nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from doctor import checks
from doctor.asked import environment_of, request_for
from doctor.collect.project import is_marked
from doctor.examine import Examined, examine
from doctor.facts import Facts, Identity
from doctor.facts.units import size
from doctor.failure import Failure
from doctor.fix.creating.bench import Bench
from doctor.fix.creating.recipe import CannotCreate, Recipe
from doctor.fix.creating.recipes import best_recipe
from doctor.fix.creating.tools import find_tools
from doctor.fix.history import operations, unfinished
from doctor.judgement.expectations import Expectations, expectations_of, platform_of
from doctor.model import Examination
from doctor.onboard.data import Candidate, Kept, Onboarding, Wishes
from doctor.onboard.groups import more_files
from doctor.onboard.kept import forget_kept, read_kept
from doctor.onboard.machine import chosen_python, managers_of, pythons_of
from doctor.onboard.nested import projects_inside
from doctor.onboard.placing import conda_names, leads_out, place_for
from doctor.onboard.ranking import candidate_of, cheap_facts, ranked
from doctor.onboard.steps import steps_of
from doctor.reading.redact import show
from doctor.reading.rooted import exists, names_in, real_folder
from doctor.report.steps import shell_word
from doctor.target.discover import discover
from doctor.target.environment import Environment, Request
from doctor.target.recognise import inspect_prefix

#: what is known of the repository and the machine without an environment
_LAYERS = ("identity", "distributions", "conda", "settings", "machine", "project", "locks", "kernels")
#: projects in a folder that are named
_LISTED = 5
_MARKERS = {
    "linux": ("posix", "Linux", "linux"),
    "macos": ("posix", "Darwin", "darwin"),
    "windows": ("nt", "Windows", "win32"),
}


def _silent(line: str) -> None:
    """Say nothing."""


def look(
    folder: Path,
    wishes: Wishes,
    state: Path,
    *,
    say: Callable[[str], None] = _silent,
    before: Onboarding | None = None,
) -> Onboarding:
    """Say what the repository expects, what this machine has, and each step of the path. Raises Failure.

    With before, what was seen then of Pythons and of other environments still counts.
    """
    folder = _repository(folder)
    if wishes.again and before is None:
        forget_kept(state, folder)
    kept = _still_true(read_kept(state, folder), state)
    say("reading what the repository asks for")
    request = request_for(Environment(folder / ".venv", "venv"), project=str(folder), deep=False)
    facts = cheap_facts(request._replace(imports=before is None, sizes=False), _LAYERS)
    if not facts.project.present or not (facts.project.specifications or facts.locks.files):
        raise Failure(_nothing(folder, facts))
    environments: tuple[Environment, ...] = ()
    if before is None:
        say("looking for Pythons and environments of this machine")
        environments = tuple(discover(variables=request.variables, cwd=folder, home=request.home, root=request.root))
    pythons = before.pythons if before else pythons_of(environments, expectations_of(facts).python)
    python = chosen_python(pythons)
    facts = facts._replace(identity=_identity(facts, python.version if python else ""))
    expectations = expectations_of(facts)
    candidates = before.candidates if before else ranked(environments, expectations, request, conda_names(facts))
    half_made = frozenset(one.prefix for one in unfinished(state) if one.places.method == "new")
    candidates = tuple(c for c in candidates if c.environment.prefix not in half_made and c.environment.prefix.is_dir())
    chosen = _chosen(wishes, kept, candidates, expectations, request, half_made)
    tools = find_tools(request, facts)
    bench = Bench(request, facts, tools, wishes.options, python, expectations.python, existing=chosen is not None)
    examination = None
    if chosen is not None:
        request = request_for(chosen.environment, project=str(folder), deep=False)
        say(f"examining {show(chosen.environment.prefix)}")
        examination = _examined(request)
        facts = _with(examination.facts, request)
        chosen = candidate_of(chosen.environment, facts, expectations, own=chosen.belongs)
        candidates = (chosen, *(c for c in candidates if c.environment.prefix != chosen.environment.prefix))
        bench = bench._replace(request=request, facts=facts)
    recipe, missed = best_recipe(bench, expectations)
    if chosen is None:
        request = request._replace(environment=place_for(recipe, facts, request, half_made))
        bench = bench._replace(request=request)
        recipe, missed = best_recipe(bench, expectations)
    onboarding = Onboarding(
        folder=folder,
        name=facts.project.name or folder.name,
        wishes=wishes,
        state=state,
        expectations=expectations,
        managers=managers_of(tools, pythons, expectations),
        pythons=pythons,
        candidates=candidates,
        chosen=chosen,
        request=request,
        facts=facts,
        bench=bench,
        recipe=recipe,
        missed=missed,
        limits=tuple(_limits(recipe, missed, expectations, facts)),
        notes=(
            *_notes(candidates, chosen, expectations, request),
            *_misplaced(folder, facts, chosen),
            *more_files(facts, recipe),
        ),
        kept=kept if kept.prefix == str(request.environment.prefix) else Kept(),
        examination=examination,
    )
    return onboarding._replace(steps=steps_of(onboarding))


def _repository(folder: Path) -> Path:
    """The folder itself where it says what it needs, else the top of the repository around it. Raises Failure."""
    folder = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - links stay as the user knows them
    if not folder.is_dir():
        raise Failure(f"{show(folder)}: {'not a folder' if folder.exists() else 'no such folder'}")
    if is_marked(names_in(folder)):
        return folder
    top = next((place for place in (folder, *folder.parents) if exists(place / ".git")), folder)
    return top if is_marked(names_in(top)) else folder


def _nothing(folder: Path, facts: Facts) -> str:
    problems = "; ".join(f"{problem.path}: {problem.reason}" for problem in facts.project.problems[:3])
    if problems:
        return f"{show(folder)} holds nothing that says what it needs and can be read: {problems}"
    lacks = f"{show(folder)} holds no file that says what it needs (pyproject.toml, requirements.txt, ...)."
    inside = [show(folder / name) for name in projects_inside(folder)]
    if inside:
        listed = ", ".join(inside[:_LISTED]) + (f" and {len(inside) - _LISTED} more" if len(inside) > _LISTED else "")
        return f"{lacks}\nProjects of their own lie in it: {listed}.\nNext: envdoctor onboard {shell_word(inside[0])}"
    advice = f"envdoctor advise {shell_word(show(folder))} --write"
    return f"{lacks}\nNext: {advice}, which writes one from what the notebooks and scripts import; then come back"


def _identity(facts: Facts, version: str) -> Identity:
    """What is known of an environment that is to be created on this machine: enough to judge markers."""
    machine = facts.machine
    system = machine.system if machine.system in _MARKERS else "linux"
    os_name, platform_system, sys_platform = _MARKERS[system]
    markers = {
        "implementation_name": "cpython",
        "implementation_version": version,
        "os_name": os_name,
        "platform_machine": machine.architecture,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": platform_system,
        "platform_version": "",
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": sys_platform,
    }
    return facts.identity._replace(
        system=system,  # type: ignore[arg-type]
        architecture=machine.architecture,
        python=version,
        markers=markers if version else {},
    )


def _chosen(
    wishes: Wishes,
    kept: Kept,
    candidates: Iterable[Candidate],
    expectations: Expectations,
    request: Request,
    half_made: frozenset[Path],
) -> Candidate | None:
    """The environment to take: the one that was named, the one of last time, else the repository's own that fits."""
    named: Environment | None = None
    if wishes.environment:
        named = environment_of(wishes.environment)
    elif kept.prefix and Path(kept.prefix) not in half_made:
        named = inspect_prefix(Path(kept.prefix))
    if named is not None:
        real = real_folder(named.prefix)
        known = next((c for c in candidates if real_folder(c.environment.prefix) == real), None)
        if known is not None:
            return known
        facts = cheap_facts(request._replace(environment=named, records=False))
        return candidate_of(named, facts, expectations, own=True)
    own = (one for one in candidates if one.belongs and one.python_fits and not one.brought)
    return next((one for one in own if _works(one)), None)


def _works(candidate: Candidate) -> bool:
    return "its Python is gone" not in candidate.note


def _still_true(kept: Kept, state: Path) -> Kept:
    """What is remembered, without operations that were taken back since."""
    able = {one.id for one in operations(state) if one.can_undo}
    taken = tuple(t if t.operation in able else t._replace(operation="") for t in kept.taken)
    return kept._replace(taken=taken)


def _examined(request: Request) -> Examination:
    for event in examine(request, checks.load()):
        if isinstance(event, Examined):
            return event.examination
    raise Failure("the environment could not be examined")


def _with(facts: Facts, request: Request) -> Facts:
    """Add the layers that no check has read."""
    missing = [layer for layer in _LAYERS if layer not in facts.layers and layer not in facts.gaps]
    if not missing:
        return facts
    more = cheap_facts(request._replace(imports=False), missing)
    values = {layer: getattr(more, layer) for layer in missing if layer in more.layers}
    return facts._replace(**values, layers=(*facts.layers, *values))


def _limits(
    recipe: Recipe | None, missed: tuple[CannotCreate, ...], expectations: Expectations, facts: Facts
) -> Iterator[str]:
    """What cannot be done here."""
    reasons = dict.fromkeys(one.reason for one in missed)
    for reason in reasons:
        sources = " and ".join(one.source for one in missed if one.reason == reason)
        yield f"{sources} cannot be used here: {reason}"
    if recipe is None and not missed:
        yield "no file of the repository says how an environment is to be created"
    platform = platform_of(facts)
    platforms = [item.name for item in expectations.of("platform")]
    if platform and platforms and platform not in platforms:
        yield f"the repository is for {', '.join(dict.fromkeys(platforms))}; this machine is {platform}"
    wants_gpu = any(item.value == "yes" for item in expectations.of("gpu"))
    if wants_gpu and not facts.machine.gpus.devices:
        yield "the repository asks for a GPU, and none is seen on this machine"
    for wish in facts.project.host:
        if wish.what == "memory" and wish.amount > (facts.machine.memory_limit or facts.machine.memory) > 0:
            have = size(facts.machine.memory_limit or facts.machine.memory)
            yield f"{wish.path} asks for {wish.text} of memory, and this machine has {have}"
        if wish.what == "cpus" and wish.amount > facts.machine.cores > 0:
            yield f"{wish.path} asks for {wish.text} cores, and this machine has {facts.machine.cores}"


def _misplaced(folder: Path, facts: Facts, chosen: Candidate | None) -> Iterator[str]:
    policy = facts.project.policy.environment
    if chosen is None and leads_out(folder, policy):
        yield f"[tool.envdoctor] puts the environment at {policy}, where a link leads out of the repository: not there"


def _notes(
    candidates: Iterable[Candidate], chosen: Candidate | None, expectations: Expectations, request: Request
) -> Iterator[str]:
    for one in candidates:
        if (
            one.belongs
            and chosen is not one
            and (chosen is None or one.environment.prefix != chosen.environment.prefix)
        ):
            where = show(one.environment.prefix)
            if one.brought:
                yield (
                    f"{where} came with the repository itself, where git tracks it: nothing of it is started, for that "
                    f"is the code of whoever committed it. "
                    f"Where you trust it: envdoctor onboard --env {shell_word(where)}"
                )
            elif not one.python_fits:
                version, wanted = one.environment.version or "(none that starts)", expectations.python
                yield f"{where} has Python {version}, and the repository asks for {wanted}: it is left alone"
            elif not _works(one):
                yield f"{where} is left alone: its Python is gone; envdoctor fix {where} can create it anew"
    if chosen is None and request.environment.prefix.name.rstrip("0123456789").endswith("-"):
        yield f"the usual place is taken, so that the new environment goes to {show(request.environment.prefix)}"
