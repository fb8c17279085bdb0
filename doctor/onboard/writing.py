"""The exact commands and edits of each step, as far as they are known before it is taken."""

from __future__ import annotations

from doctor.fix.creating import virtual
from doctor.fix.managers import operands
from doctor.fix.managers.operands import Unusable
from doctor.fix.managers.programs import find_programs
from doctor.fix.plan import Anew, Command, PlannedStep, Program
from doctor.fix.planning.resolving import CannotDo, Ground, resolve
from doctor.model import Rebuild, Step
from doctor.onboard.data import Onboarding
from doctor.reading.redact import show


class CannotPlan(Exception):
    """A step that cannot be planned here; the text says why."""


def programs_of(onboarding: Onboarding) -> tuple[Program, ...]:
    """Package managers that could change the environment, with those that create one."""
    found = find_programs(onboarding.request, onboarding.facts)
    named = {program.start for program in found}
    more = (
        Program(tool.name, tool.path, tool.version, tool.start)  # type: ignore[arg-type]
        for tool in onboarding.bench.tools.values()
        if tool.start not in named and tool.name in ("uv", "conda", "mamba", "micromamba", "pixi")
    )
    return (*found, *more)


def filling(onboarding: Onboarding) -> tuple[Command, ...]:
    """Install what the environment lacks: by the recipe, then what the policy alone asks for. Raises CannotPlan."""
    chosen, recipe = onboarding.chosen, onboarding.recipe
    if chosen is None:
        return ()
    wanted = [*chosen.met.missing, *(item.expectation for item in chosen.met.different)]
    packages = [item for item in wanted if item.kind == "package"]
    of_policy = [f"{item.name}{item.value}" for item in packages if item.strength == "policy"]
    commands: tuple[Command, ...] = ()
    if len(of_policy) < len(packages):
        if recipe is None:
            raise CannotPlan(onboarding.limits[0] if onboarding.limits else "nothing says what goes in")
        if recipe.placing != "virtual" and onboarding.request.environment.kind != "conda":
            where = show(onboarding.prefix)
            raise CannotPlan(f"{recipe.source} is for conda, and {where} is a virtual environment: move it away first")
        commands = recipe.fill
    if of_policy:
        bench = onboarding.bench
        installer = virtual.installer_of(bench, "uv" if recipe is not None and recipe.maker == "uv" else "pip")
        if isinstance(installer, str):
            raise CannotPlan(installer)
        try:
            lines = operands.requirements(of_policy, onboarding.request.home)
        except Unusable as error:
            raise CannotPlan(str(error)) from None
        sentence = f"Install {', '.join(lines)}, as [tool.envdoctor] asks"
        commands += (virtual.install(bench, installer, sentence, ("--", *lines)),)
    return commands


def editable(onboarding: Onboarding) -> tuple[Command, ...]:
    """Install the repository itself in editable mode, and nothing else. Raises CannotPlan."""
    bench = onboarding.bench
    by_uv = onboarding.recipe is not None and onboarding.recipe.maker == "uv"
    made_by_uv = by_uv and not bench.existing
    installer = virtual.installer_of(bench, "uv" if by_uv else "pip", made_by_uv=made_by_uv)
    if onboarding.request.environment.kind == "conda":
        installer = virtual.Installer("pip")
    if isinstance(installer, str):
        raise CannotPlan(installer)
    sentence = f"Install {onboarding.name} itself in editable mode"
    return (virtual.install(bench, installer, sentence, ("--editable", str(onboarding.folder)), alone=True),)


def resolved(steps: tuple[Step, ...], onboarding: Onboarding) -> tuple[PlannedStep, ...]:
    """Steps of remedies as they are really done. Raises CannotPlan."""

    def never(step: Rebuild) -> Anew | str:  # noqa: ARG001 - resolve calls it so
        return "it is not created anew here"

    ground = Ground(
        onboarding.request,
        onboarding.facts,
        programs_of(onboarding),
        onboarding.wishes.options,
        onboarding.state,
        never,
    )
    try:
        return resolve(steps, ground)
    except CannotDo as error:
        raise CannotPlan(str(error)) from None
