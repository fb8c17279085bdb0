"""How an environment is used once it is there: the line that activates it, and its kernel."""

from __future__ import annotations

from doctor.onboard.data import Onboarding
from doctor.onboard.kernel import kernel_wish
from doctor.reading.redact import show
from doctor.report.steps import shell_word


def activation(onboarding: Onboarding) -> str:
    """The command that activates it, as a person types it in the repository's folder."""
    environment, folder = onboarding.request.environment, onboarding.folder
    prefix = environment.prefix
    inside = prefix.is_relative_to(folder)
    place = prefix.relative_to(folder).as_posix() if inside else show(prefix)
    if environment.kind == "conda":
        if environment.maker == "pixi" or ".pixi" in prefix.parts:
            return "pixi shell"
        maker = onboarding.recipe.maker if onboarding.recipe else "conda"
        tool = maker if maker in ("conda", "mamba", "micromamba") else "conda"
        named = prefix.parent.name == "envs"
        return f"{tool} activate {prefix.name if named else shell_word(f'./{place}' if inside else place)}"
    if onboarding.facts.machine.system == "windows":
        windows = place.replace("/", "\\")
        return f"{windows}\\Scripts\\activate"
    return f"source {shell_word(f'{place}/bin/activate')}"


def kernel(onboarding: Onboarding) -> str:
    """The name of the kernel that notebooks are to choose; empty where there is none."""
    wish = kernel_wish(onboarding.facts, there=onboarding.chosen is not None)
    return wish.name if wish.name and wish.done else ""
