"""Decides whether an environment can be created anew, and hands it to the part that knows its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from doctor.facts import Facts
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Program
from doctor.fix.rebuild.conda_prefix import plan_conda
from doctor.fix.rebuild.virtual import plan_virtual
from doctor.model import Rebuild
from doctor.reading.clean import clean
from doctor.reading.rooted import names_in
from doctor.target.environment import Request

#: what lies at the top of an environment without being a package's
_USUAL = re.compile(
    r"s?bin|lib|lib32|lib64|libexec|include|share|man|docs?|etc|var|ssl|tmp|__pycache__|pyvenv\.cfg|CACHEDIR\.TAG"
    r"|Scripts|Lib|Include|Library|DLLs|Tools|Menu|conda-meta|condabin|condarc(\.d)?|compiler_compat|lib-python|lib_pypy"
    r"|site-packages|pip\.(conf|ini)|pip-selfcheck\.json|pipx_metadata\.json|uv-receipt\.toml"
)
_SHOWN = 5

_PYTHON = re.compile(r"\d+\.\d+(?:\.\d+)?")


def _silent(line: str) -> None:
    """Say nothing."""


def _never() -> bool:
    return False


def plan_rebuild(
    step: Rebuild,
    request: Request,
    facts: Facts,
    programs: Sequence[Program],
    options: Options,
    *,
    say: Callable[[str], None] = _silent,
    stop: Callable[[], bool] = _never,
) -> Anew | str:
    """Plan how the environment is created anew; a text says why it must be done by hand.

    For another Python or other channels a package manager is asked which versions fit, where options.preview allows
    it; this never looks at the environment itself.
    """
    identity = facts.identity
    if step.python and not _PYTHON.fullmatch(step.python):
        return f"{step.python!r} is no version of Python"
    if not identity.python and not step.python and identity.kind == "venv":
        return "nothing tells which Python the environment was made with"
    if "distributions" in facts.gaps or "conda" in facts.gaps:
        return "what is installed cannot be read"
    if identity.is_conda_base:
        return "this is conda's own installation, which holds other environments: install it anew, and keep it small"
    strangers = _strangers(request, facts)
    if strangers:
        more = f" and {len(strangers) - _SHOWN} more" if len(strangers) > _SHOWN else ""
        what = ", ".join(strangers[:_SHOWN]) + more
        return (
            f"its folder also holds {what}, which no package brought and a new one would not hold: move them out first"
        )
    outside = [program for program in programs if not _lies_in(program, request.environment.prefix)]
    if identity.kind == "venv":
        return plan_virtual(step, request, facts, outside, options, say=say, stop=stop)
    if identity.kind == "conda":
        return plan_conda(step, request, facts, outside, options, say=say, stop=stop)
    return "only virtual environments and those of conda can be created anew"


def _strangers(request: Request, facts: Facts) -> list[str]:
    """What a user keeps in the environment's folder: sources, data, other environments."""
    owned = {path.partition("/")[0] for record in facts.conda.records for path in record.files}
    owned |= {path.partition("/")[0] for dist in facts.distributions.installed for path in dist.paths or ()}
    nested = {path.partition("/")[0] for path in facts.files.nested}
    found = []
    for name in names_in(request.environment.prefix, 5_000):
        hidden = name.startswith(".") and name != ".git"
        if name in nested or not (hidden or _USUAL.fullmatch(name) or name in owned):
            found.append(clean(name, 60))
    return found


def _lies_in(program: Program, prefix: Path) -> bool:
    """Whether a program is part of the environment, which goes away while it would work."""
    places = {Path(program.path).parent, Path(program.path).parent.resolve()}
    return any(place.is_relative_to(folder) for place in places for folder in (prefix, prefix.resolve()))
