"""The path from here to there: each step with what it does, why, and whether it is done, needed or possible."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts.units import several
from doctor.fix.creating.plans import creation_of, seconds_of
from doctor.fix.creating.recipe import Recipe
from doctor.fix.creating.tools import uv_of
from doctor.fix.history import unfinished
from doctor.fix.managers import reaching
from doctor.fix.plan import Told
from doctor.onboard.data import Onboarding, OnboardStep, StepState
from doctor.onboard.getting import lacking, why_this
from doctor.onboard.kernel import kernel_wish
from doctor.onboard.project_install import installed_itself, is_worked_on, wants_itself, why_changes_do_not_count
from doctor.onboard.repairs import repairable
from doctor.onboard.variables import steps_for, variables_of
from doctor.onboard.writing import CannotPlan, editable, filling
from doctor.reading.redact import show
from doctor.report.steps import sentence, shell_word

#: a rough guess of seconds: to save, change and examine an environment twice
_ADDING = 8.0
#: repairs that installing the repository's packages makes needless
_BY_PACKAGES = frozenset({"repair REP002", "repair NBK004"})
#: and those that giving the environment its kernel makes needless, or has to wait for
_BY_KERNEL = frozenset({"repair NBK003", "repair NBK005"})
_BEFORE_KERNEL = frozenset({"repair NBK001", "repair NBK002"})


def steps_of(onboarding: Onboarding) -> tuple[OnboardStep, ...]:
    """Every step, in the order in which they are taken."""
    there = onboarding.chosen is not None
    found = [
        *_recovery(onboarding),
        _creation(onboarding),
        *(_packages(onboarding) if there else ()),
        _project(onboarding),
        *(_repairs(onboarding) if there else ()),
        *_variables(onboarding),
        _kernel(onboarding),
        _examination(onboarding),
    ]
    cut_short = any(step.key == "recover" for step in found)
    if any(step.key == "packages" and step.state == "todo" for step in found):
        found = [step for step in found if step.name not in _BY_PACKAGES]
    if any(step.name in _BEFORE_KERNEL for step in found):
        found = [_after_repair(step) if step.key == "kernel" else step for step in found]
    elif any(step.key == "kernel" and step.state == "todo" for step in found):
        found = [step for step in found if step.name not in _BY_KERNEL]
    if onboarding.chosen is not None and onboarding.chosen.brought:
        found = [_of_strangers(step, onboarding) for step in found]
    return tuple(_remembered(step, onboarding, cut_short=cut_short) for step in found)


def _of_strangers(step: OnboardStep, onboarding: Onboarding) -> OnboardStep:
    """A step that starts something in an environment that came with the repository."""
    if step.key not in ("packages", "project", "repair", "kernel") or step.state != "todo":
        return step
    where = show(onboarding.prefix)
    known = f"It starts programs of {where}, which came with the repository: code of whoever committed them"
    return step._replace(beware=(known, *step.beware))


def _after_repair(step: OnboardStep) -> OnboardStep:
    """The kernel's step while one of its name is sick."""
    return step if step.state == "done" else step._replace(state="later", reason="once its kernel is repaired")


def _remembered(step: OnboardStep, onboarding: Onboarding, *, cut_short: bool) -> OnboardStep:
    """A step with what the state folder knows of it."""
    if cut_short and step.state == "todo" and step.key != "recover":
        return step._replace(state="later", reason="once that is put back")
    taken = onboarding.kept.of(step.name)
    if taken is None:
        return step
    if taken.ending == "declined" and step.state == "todo":
        return step._replace(state="declined", reason="you said no to it earlier")
    if taken.operation and step.state == "done":
        undo = f"envdoctor undo {taken.operation}"
        return step._replace(operation=taken.operation, undo=undo)
    return step


def _recovery(onboarding: Onboarding) -> Iterator[OnboardStep]:
    for operation in unfinished(onboarding.state):
        if operation.prefix == onboarding.prefix or operation.prefix.is_relative_to(onboarding.folder):
            yield OnboardStep(
                "recover",
                f"recover {operation.id}",
                f"Put back what was cut short at {show(operation.prefix)}",
                f"operation {operation.id} did not come to its end",
                "todo",
                does=(Told("Put back the state before it; an environment that was half created is removed"),),
                seconds=3.0,
                undo="none is needed: nothing is lost that was whole",
                operation=operation.id,
            )


def _creation(onboarding: Onboarding) -> OnboardStep:
    where = show(onboarding.prefix)
    if onboarding.chosen is not None:
        met = onboarding.chosen.met
        share = f"; it meets {len(met.met)} of {several(met.asked, 'expectation')}" if met.asked else ""
        made = onboarding.kept.of("create")
        state: StepState = "done" if made and made.operation else "not-needed"
        return OnboardStep("create", "create", f"Create an environment at {where}", "", state, f"it is there{share}")
    recipe = onboarding.recipe
    if recipe is None:
        why = onboarding.limits[0] if onboarding.limits else "nothing says what goes in"
        return OnboardStep("create", "create", "Create an environment", "none is there", "cannot", why)
    step = creation_of(recipe, onboarding.request.environment.name)
    network = any(command.network for command in step.commands)
    wish = next((w for w in onboarding.expectations.managers if w.path == recipe.source), None)
    why = why_this(wish, recipe, lacking(onboarding.expectations, onboarding.managers))
    beware = [f"{one.source} comes first in this repository, and cannot be used here" for one in onboarding.missed[:3]]
    beware += _beware(recipe)
    if recipe.fill:
        beware.append("Packages that have to be built run their own build code, as with any install")
    return OnboardStep(
        "create",
        "create",
        f"Create an environment at {where}: {recipe.rule}",
        why,
        "todo",
        does=(step,),
        beware=tuple(beware),
        seconds=seconds_of(recipe),
        download=None if network else 0,
        disk=None,
        undo="envdoctor undo takes it away as a whole; if it fails, what it created is removed",
    )


def _beware(recipe: Recipe) -> Iterator[str]:
    yield from recipe.beware
    if recipe.indexes:
        yield f"Packages come from where the repository says: {', '.join(recipe.indexes)}"


def _packages(onboarding: Onboarding) -> Iterator[OnboardStep]:
    chosen, recipe = onboarding.chosen, onboarding.recipe
    assert chosen is not None
    packages = [item for item in chosen.met.missing if item.kind == "package"]
    unlike = [item for item in chosen.met.different if item.expectation.kind == "package"]
    title = "Install what the repository asks for and the environment lacks"
    if not packages and not unlike:
        return
    names = [item.name for item in packages] + [
        f"{item.expectation.name} (is {item.found}, asked for {item.expectation.value})" for item in unlike
    ]
    why = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    base = OnboardStep("packages", "packages", title, f"missing or of another version: {why}", "todo")
    try:
        commands = filling(onboarding)
    except CannotPlan as error:
        yield base._replace(state="cannot", reason=str(error))
        return
    taken = onboarding.kept.of("packages")
    if taken is not None and taken.operation:
        yield base._replace(state="by-hand", reason="it was installed, and this is still missing")
        return
    network = any(command.network for command in commands)
    yield base._replace(
        does=commands,
        beware=tuple(_beware(recipe)) if recipe else (),
        seconds=_ADDING + (seconds_of(recipe) if recipe else 4),
        download=None if network else 0,
        disk=None,
        undo=_undo(onboarding),
    )


def _project(onboarding: Onboarding) -> OnboardStep:
    title = f"Install {onboarding.name} itself in editable mode"
    step = OnboardStep("project", "project", title, "so that its own modules can be imported", "todo")
    there = installed_itself(onboarding.facts) if onboarding.chosen is not None else None
    copied = why_changes_do_not_count(there, onboarding.folder) if there else ""
    if there is not None and not copied:
        return step._replace(state="done", reason="it is installed, in editable mode")
    unneeded = wants_itself(onboarding, brought=not copied)
    if unneeded:
        return step._replace(state="not-needed", reason=f"{unneeded}; {copied}".removesuffix("; "))
    if there is not None:
        if there.installer == "conda" or not is_worked_on(onboarding.folder):
            return step._replace(title=f"Install {onboarding.name} itself", state="done", reason=copied)
        step = step._replace(why=copied)
    if onboarding.chosen is None and onboarding.recipe is None:
        return step._replace(state="later", reason="there is no environment to install it into")
    try:
        commands = editable(onboarding)
    except CannotPlan as error:
        return step._replace(state="cannot", reason=f"{copied}; {error}".removeprefix("; "))
    network = any(command.network for command in commands)
    return step._replace(
        state="todo" if onboarding.chosen is not None else "later",
        does=commands,
        beware=(
            "Its own build code is run, as with any editable install; it may leave build folders in the repository",
        ),
        seconds=_ADDING + 6,
        download=None if network else 0,
        undo=_undo(onboarding),
    )


def _repairs(onboarding: Onboarding) -> Iterator[OnboardStep]:
    assert onboarding.examination is not None
    for code, choices in repairable(onboarding.examination).items():
        name = f"repair {code}"
        finding = choices[0].finding
        taken = onboarding.kept.of(name)
        tried = taken is not None and taken.ending in ("put-back", "broken")
        yield OnboardStep(
            "repair",
            name,
            f"{choices[0].remedy.title}" + (f", and {len(choices) - 1} more of {code}" if len(choices) > 1 else ""),
            f"{code} {finding.name}: {finding.summary}",
            "by-hand" if tried else "todo",
            f"it was tried, and did not help; see: envdoctor explain {code}" if tried else "",
            does=tuple(Told(sentence(step)) for choice in choices[:5] for step in choice.remedy.steps),
            beware=tuple(dict.fromkeys(c.remedy.trade_off for c in choices if c.remedy.trade_off))[:3],
            seconds=_ADDING,
            download=None if _may_ask(onboarding) else 0,
            disk=None,
            undo=_undo(onboarding),
        )


def _variables(onboarding: Onboarding) -> Iterator[OnboardStep]:
    there = onboarding.chosen is not None
    wishes = variables_of(onboarding.expectations, onboarding.facts, onboarding.request, there=there)
    own = [wish for wish in wishes if not wish.by_hand]
    if own:
        names = ", ".join(f"{wish.name}={wish.value}" for wish in own)
        if onboarding.request.environment.maker == "pixi":
            title = f"Set {', '.join(wish.name for wish in own)}"
            yield OnboardStep("variables", "variables", title, "", "not-needed", "pixi sets them by itself")
            return
        step = OnboardStep(
            "variables",
            "variables",
            f"Set {names} whenever the environment is activated",
            f"asked for in {', '.join(dict.fromkeys(wish.place for wish in own))}",
            "todo" if there else "later",
            does=tuple(Told(sentence(one)) for one in steps_for(wishes)),
            seconds=_ADDING,
            undo=_undo(onboarding),
        )
        yield step._replace(state="done", reason="set") if all(wish.is_set for wish in own) else step
    for wish in wishes:
        if wish.by_hand:
            yield OnboardStep(
                "by-hand", f"variable {wish.name}", f"Set {wish.name}", f"asked for in {wish.place}", "by-hand",
                wish.by_hand,
            )  # fmt: skip


def _kernel(onboarding: Onboarding) -> OnboardStep:
    there = onboarding.chosen is not None
    wish = kernel_wish(onboarding.facts, there=there)
    title = f"Give the environment the Jupyter kernel {wish.name}" if wish.name else "Give it a Jupyter kernel"
    step = OnboardStep("kernel", "kernel", title, wish.why, "todo")
    if not wish.name:
        return step._replace(state="not-needed", reason=wish.why)
    if wish.done:
        return step._replace(state="done", reason=f"{wish.name} is there")
    if not there:
        return step._replace(state="later", seconds=_ADDING, undo=_undo(onboarding))
    if wish.remedy is None:
        return step._replace(state="by-hand", reason=wish.problem)
    install = any(one.kind == "install" for one in wish.remedy.steps)
    return step._replace(
        does=tuple(Told(sentence(one)) for one in wish.remedy.steps),
        beware=(wish.remedy.trade_off,) if wish.remedy.trade_off else (),
        seconds=_ADDING + (6 if install else 0),
        download=None if install and _may_ask(onboarding) else 0,
        undo=_undo(onboarding),
    )


def _examination(onboarding: Onboarding) -> OnboardStep:
    baseline = onboarding.facts.project.baseline_path
    title = "Examine it" + (f", and compare it with {baseline}" if baseline else "")
    state: StepState = "todo" if onboarding.chosen is not None else "later"
    why = "only an examination says that it is sound" + ("" if baseline else "; the repository holds no baseline")
    return OnboardStep("examine", "examine", title, why, state, seconds=4.0, undo="nothing is changed")


def _may_ask(onboarding: Onboarding) -> bool:
    """Whether an install whose manager is chosen later may ask anything beyond this machine."""
    bench, settings = onboarding.bench, onboarding.facts.settings
    if bench.options.offline:
        return False
    uv = uv_of(bench.tools, onboarding.facts, offline=False)
    by_uv = not isinstance(uv, str) and reaching.by_uv(settings)
    by_conda = onboarding.request.environment.kind == "conda" and reaching.by_conda(settings)
    return by_uv or by_conda or reaching.by_pip(settings)


def _undo(onboarding: Onboarding) -> str:
    return f"envdoctor undo {shell_word(show(onboarding.prefix))}"
