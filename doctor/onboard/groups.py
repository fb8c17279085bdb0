"""Requirements files that are added to the main ones by those who want them: for tests, documentation, development."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.fix.creating.recipe import Recipe
from doctor.judgement.expectations.applying import holds
from doctor.judgement.expectations.roles import of_role
from doctor.report.steps import shell_word

#: files that are told
_MOST = 3


def more_files(facts: Facts, recipe: Recipe | None) -> Iterator[str]:
    """One line for each file that asks for more than is there or comes anyway, with the command that adds them."""
    if recipe is None or recipe.placing != "virtual":
        return
    known = {dist.key for dist in facts.distributions.installed}
    known |= {one.name for spec in of_role(facts, "main") for one in spec.asked if not one.group}
    specs = [spec for spec in of_role(facts, "group") if spec.kind == "requirements" and spec.path.endswith(".txt")]
    for spec in specs[:_MOST]:
        lacking = {one.name for one in spec.asked if one.name and holds(one.marker, facts)} - known
        if lacking:
            tool = "uv pip" if recipe.maker == "uv" else "python -m pip"
            command = f"{tool} install -r {shell_word(spec.path)}"
            yield f"{spec.path} asks for {several(len(lacking), 'package')} more, which is left to you: {command}"
