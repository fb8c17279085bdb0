"""The `pip` or `python` that a terminal starts here belongs to another environment.

## Why it matters
With this environment activated, `pip install` should put packages into it. When it has no pip of its own, or when
another folder comes first on PATH, the command quietly fills another environment, or the system. The package is
then installed and still cannot be imported.

## How it is found
Only for the active environment: the first `python`, `pip` and `jupyter` on PATH, and the environment that each of
them belongs to, read from their place and first line. A foreign jupyter, and an environment that a tool such as uv
made without pip on purpose, are worth a note at most. Those of pixi bring no pip and need none.

## What the fix does
Either nothing but a habit: `python -m pip` always uses the pip of the Python that runs it. Or pip is added to this
environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Machine, Settings, Tool, Variable
from doctor.facts.build import distribution, environment
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Tell

_QUIET_MAKERS = ("pixi", "rattler")
_CONDA_MAKERS = ("conda", "mamba", "micromamba")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each foreign command, or a note where conda's environment lacks pip."""
    identity = facts.identity
    if not identity.python:
        return
    pip = facts.conda.record("pip") is not None or _has(facts, "pip")
    by_conda = identity.kind == "conda" and identity.maker in _CONDA_MAKERS
    foreign = {tool.name: tool for tool in _foreign(facts)} if identity.active else {}
    if "python" in foreign:
        yield _finding(Severity.WARNING, foreign["python"], facts, True)
    if "pip" in foreign and (pip or identity.maker not in _QUIET_MAKERS):
        yield _finding(Severity.WARNING if pip or by_conda else Severity.NOTE, foreign["pip"], facts, pip)
    elif by_conda and not pip:
        evidence = Evidence("no record and no distribution of pip", "conda-meta")
        summary = "This conda environment has no pip, so pip install here fills another one"
        yield Finding(Severity.NOTE, "pip", summary, (evidence,), ("pip",), (_add(facts),))
    if "jupyter" in foreign:
        own = _has(facts, "jupyter-core")
        yield _finding(Severity.WARNING if own else Severity.NOTE, foreign["jupyter"], facts, own)


def _has(facts: Facts, key: str) -> bool:
    own = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    return any(dist.key == key and dist.site in own for dist in facts.distributions.installed)


def _foreign(facts: Facts) -> Iterator[Tool]:
    """The commands that win on PATH and belong to another environment."""
    # the active environment is this one, also where a link gives it another name
    conda = facts.identity.kind == "conda"
    named = _value("CONDA_PREFIX" if conda else "VIRTUAL_ENV", facts)
    own = {_plain(facts.identity.prefix), named} - {""}
    nested = _value("VIRTUAL_ENV", facts) if conda else ""
    seen: set[str] = set()
    for tool in facts.machine.tools:
        first, place, path = tool.name not in seen, _plain(tool.environment), _plain(tool.path)
        seen.add(tool.name)
        lies_here = any(path.startswith(f"{prefix}/") for prefix in own)
        if first and place and place != nested and place not in own and not lies_here:
            yield tool


def _value(name: str, facts: Facts) -> str:
    variable = facts.settings.variable(name)
    return _plain(variable.value) if variable else ""


def _plain(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").casefold()


def _finding(severity: Severity, tool: Tool, facts: Facts, has_own: bool) -> Finding:
    return Finding(
        severity,
        tool.name,
        f"{tool.name} on PATH is not this environment's but that of {tool.environment}"[:100].rstrip("."),
        (
            Evidence(f"first {tool.name} on PATH, of {tool.environment}", tool.path),
            Evidence(f"active: {facts.identity.prefix}", facts.identity.prefix),
        ),
        ("pip",) if tool.name == "pip" else (),
        tuple(_remedies(tool.name, facts, has_own)),
    )


def _remedies(name: str, facts: Facts, has_own: bool) -> Iterator[Remedy]:
    if name == "python":
        again = Tell("Open a new terminal and activate this environment last, so that its folder comes first on PATH.")
        yield Remedy("Activate this environment again", Safety.MANUAL, (again,))
    elif has_own:
        habit = ("python", "-m", name, *(("install", "NAME") if name == "pip" else ("lab",)))
        teach = Tell(f"In this environment, write python -m {name} instead of {name}.", habit)
        yield Remedy(f"Start {name} through python", Safety.MANUAL, (teach,))
    elif name == "pip":
        if facts.identity.maker == "uv":
            by_uv = Tell("uv fills this environment without pip.", ("uv", "pip", "install", "NAME"))
            yield Remedy("Install with uv", Safety.MANUAL, (by_uv,))
        yield _add(facts)
    else:
        kernel = ("python", "-m", "ipykernel", "install", "--user", "--name", facts.identity.name or "NAME")
        register = Tell(
            "Its notebooks reach this environment by a kernel: install ipykernel here, then name it.", kernel
        )
        yield Remedy("Give that jupyter a kernel of this environment", Safety.MANUAL, (register,))


def _add(facts: Facts) -> Remedy:
    step = Install("conda" if facts.identity.kind == "conda" else "pip", ("pip",))
    return Remedy("Add pip to this environment", Safety.CAREFUL, (step,))


def examples() -> Iterator[Example]:
    """Foreign commands in an active environment; own ones, inactive ones and tools that need no pip."""
    pip = distribution("pip", "26.3")
    active, warning, note = {"active": True}, Severity.WARNING, Severity.NOTE
    theirs = Machine(tools=(Tool("pip", "/usr/bin/pip", "23.0.1", "/usr"), Tool("pip", "~/demo/.venv/bin/pip")))
    yield Example(
        "pip of the system", environment(distributions=(pip,), identity=active, machine=theirs), ("pip",), warning
    )
    by_uv = active | {"maker": "uv"}
    yield Example("uv's venv without pip", environment(identity=by_uv, machine=theirs), ("pip",), note)
    yield Example("conda without pip", environment(kind="conda", identity=active, machine=theirs), ("pip",), warning)
    yield Example("conda without pip, not active", environment(kind="conda", machine=theirs), ("pip",), note)
    base = Machine(tools=(Tool("python", "~/miniforge3/bin/python", "3.12.3", "~/miniforge3"),))
    swapped = environment(distributions=(pip,), identity=active, machine=base)
    yield Example("another python comes first", swapped, ("python",), warning)
    lab = Machine(tools=(Tool("jupyter", "~/miniforge3/bin/jupyter", "5.7", "~/miniforge3"),))
    yield Example(
        "jupyter of the base", environment(distributions=(pip,), identity=active, machine=lab), ("jupyter",), note
    )
    own = distribution("jupyter-core", "5.7")
    lost = environment(distributions=(pip, own), identity=active, machine=lab)
    yield Example("jupyter of the base before its own", lost, ("jupyter",), warning)
    yield Example("not active", environment(distributions=(pip,), machine=theirs))
    mine = Machine(tools=(Tool("python", "~/demo/.venv/bin/python", "3.11.7", "~/demo/.venv"),))
    yield Example("its own come first", environment(distributions=(pip,), identity=active, machine=mine))
    moved = Machine(tools=(Tool("pip", "~/demo/.venv/bin/pip", "", "~/old/.venv"),))
    yield Example(
        "its own pip, moved from elsewhere", environment(distributions=(pip,), identity=active, machine=moved)
    )
    shim = Machine(tools=(Tool("python", "~/.pyenv/shims/python"),))
    yield Example("a shim, whose target nobody knows", environment(distributions=(pip,), identity=active, machine=shim))
    linked = Machine(tools=(Tool("python", "/mnt/lab/.venv/bin/python", "3.11.7", "/mnt/lab/.venv"),))
    names = Settings(variables=(Variable("VIRTUAL_ENV", "/mnt/lab/.venv"),))
    by_link = environment(distributions=(pip,), identity=active, machine=linked, settings=names)
    yield Example("activated by another name, through a link", by_link)
    pixi = environment(kind="conda", identity=active | {"maker": "pixi"}, machine=theirs)
    yield Example("pixi, which needs no pip", pixi)
    inner = Settings(variables=(Variable("VIRTUAL_ENV", "/srv/app/.venv"),))
    above = Machine(tools=(Tool("python", "/srv/app/.venv/bin/python", "3.11.7", "/srv/app/.venv"),))
    nested = environment(kind="conda", distributions=(pip,), identity=active, machine=above, settings=inner)
    yield Example("conda's base below an active venv", nested)
    no_python = environment(kind="conda", identity=active | {"python": ""}, machine=theirs)
    yield Example("an environment for R", no_python)


CHECK = Check(
    "PYT003",
    "foreign-pip",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "machine"),
    optional=("conda", "settings"),
)
