"""Recipes of tools that keep a lock of their own and install from it: uv, poetry, pdm, pipenv, pixi."""

from __future__ import annotations

from doctor.facts import Lock
from doctor.fix.creating import lock_lines, virtual
from doctor.fix.creating.bench import Bench
from doctor.fix.creating.of_conda import of_addresses
from doctor.fix.creating.of_pip import of_lock
from doctor.fix.creating.recipe import CannotCreate, Recipe
from doctor.fix.creating.tools import uv_of
from doctor.fix.managers import reaching
from doctor.fix.plan import Command
from doctor.reading.rooted import exists

#: tool -> its words, and variables beside VIRTUAL_ENV that make it take the environment it is told; hooks and plugins
#: that the repository defines are left out, for they are programs of its own
_INSTALLS = {
    "poetry": (("--no-plugins", "install", "--no-root", "--no-interaction", "--directory", "{folder}"), {}),
    "pdm": (("sync", "--skip", ":all", "--no-self", "--project", "{folder}"), {"PDM_IGNORE_SAVED_PYTHON": "1"}),
    "pipenv": (("sync",), {"PIPENV_PIPFILE": "{folder}/Pipfile", "PIPENV_NOSPIN": "1"}),
}


def of_uv(lock: Lock, bench: Bench) -> Recipe | CannotCreate:
    """Let uv bring the environment to uv.lock, which it does not change."""
    uv = uv_of(bench.tools, bench.facts, offline=bench.options.offline, by_index=False)
    if isinstance(uv, str):
        return of_lock(lock, bench, uv)
    virtually = virtual.bare(bench, virtual.Installer("uv", uv))
    if isinstance(virtually, str) and not bench.existing:
        return CannotCreate(lock.path, virtually)
    linking, variables = virtual.links(bench)
    options = bench.options
    line = (
        *uv.start, "sync", "--frozen", "--no-install-project", "--project", str(bench.folder),
        *(("--inexact",) if bench.existing else ()),
        *(("--python", str(bench.python.path)) if bench.python and not bench.existing else ()),
        *(("--offline",) if options.offline else ()),
        *(("--find-links", str(options.wheels.absolute())) if options.wheels else ()),
        *linking,
    )  # fmt: skip
    given = {**variables, "UV_NO_PROJECT": "0", "UV_PROJECT_ENVIRONMENT": "{prefix}"}
    if bench.python is None and not bench.existing:
        given["UV_PYTHON_DOWNLOADS"] = "automatic"
    sentence = f"Install what {lock.path} names" if bench.existing else f"Create it and install what {lock.path} names"
    network = not options.offline and not reaching.uv_is_offline(bench.facts.settings)
    command = Command(sentence, line, "uv", given, str(bench.folder), network)
    return Recipe(
        "uv",
        lock.path,
        f"exactly what {lock.path} names, {lock_lines.hashes_compared(lock, bench.platform)}",
        (),
        (command,),
        python=bench.python.version if bench.python else "",
        exact=True,
        indexes=lock_lines.hosts(lock, bench.folder),
        changes=lock_lines.added(lock, bench.platform, bench.facts),
    )


def of_project_tool(lock: Lock, bench: Bench, name: str) -> Recipe | CannotCreate:
    """Let poetry, pdm or pipenv install from its lock into a virtual environment; else the versions by uv or pip."""
    tool = bench.tools.get(name)
    if tool is None or bench.options.offline:
        why = f"{name} is not on this machine" if tool is None else f"{name} is left out where there is no network"
        return of_lock(lock, bench, why)
    installer = virtual.installer_of(bench, "uv")
    if isinstance(installer, str):
        return CannotCreate(lock.path, installer)
    bare = () if bench.existing else virtual.bare(bench, installer)
    if isinstance(bare, str):
        return CannotCreate(lock.path, bare)
    words, more = _INSTALLS[name]
    folder = str(bench.folder)
    line = (*tool.start, *(word.replace("{folder}", folder) for word in words))
    variables = {key: value.replace("{folder}", folder) for key, value in more.items()}
    variables |= {"VIRTUAL_ENV": "{prefix}"}
    command = Command(f"Install what {lock.path} names", line, name, variables, folder)
    rule = f"exactly what {lock.path} names, {lock_lines.hashes_compared(lock, bench.platform)}"
    return Recipe(
        name,  # type: ignore[arg-type]
        lock.path,
        rule,
        bare,
        (command,),
        python=bench.python.version if bench.python else "",
        exact=True,
        indexes=lock_lines.hosts(lock, bench.folder),
        changes=lock_lines.added(lock, bench.platform, bench.facts),
    )


def of_pixi(lock: Lock, bench: Bench) -> Recipe | CannotCreate:
    """Let pixi install its default environment from its lock; else link the same packages by conda's family.

    pixi fills its own folder whatever environment is there, and knows no way to stay off the network.
    """
    pixi = bench.tools.get("pixi")
    elsewhere = bench.existing and ".pixi" not in bench.request.environment.prefix.parts
    if pixi is None or bench.options.offline or elsewhere:
        return of_addresses(lock, bench)
    manifest = next((name for name in ("pixi.toml", "pyproject.toml") if exists(bench.folder / name)), "pixi.toml")
    line = (*pixi.start, "install", "--frozen", "--manifest-path", str(bench.folder / manifest))
    command = Command(f"Create it from {lock.path}", line, "pixi", {}, str(bench.folder))
    return Recipe(
        "pixi",
        lock.path,
        f"exactly what {lock.path} names",
        (),
        (command,),
        placing="pixi",
        exact=True,
        indexes=lock_lines.hosts(lock, bench.folder),
        changes=lock_lines.added(lock, bench.platform, bench.facts),
        with_project=True,
    )
