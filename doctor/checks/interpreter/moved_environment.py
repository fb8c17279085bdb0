"""Commands of this environment start the Python of another place, because it was moved or copied.

## Why it matters
Every command that pip or conda installs names its Python by full path in its first line. After the environment's
folder was renamed, moved or copied, these lines still name the old place. If that is gone, the commands fail with
"bad interpreter". If it is still there, they silently work on the other environment: `pip install` fills the one
from which this one was copied.

## How it is found
The first lines of scripts that belong to installed packages, where they name a Python of another prefix. Scripts
that ask for `/usr/bin/env` or for the operating system's own Python, those of other languages, and build folders
that a package forgot to replace are left out. An error when most scripts are concerned, a warning for several.

## What the fix does
Creates the environment anew at this place, or reinstalls exactly those packages whose commands are wrong. Moving
the folder back to where it was also repairs it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import Distribution, Facts, Script
from doctor.facts.build import distribution, environment, record
from doctor.knowledge.reinstall import safety_of, same_distribution, torch_index
from doctor.model import Check, Evidence, Example, Export, Finding, Install, Rebuild, Remedy, Safety, Severity, Tell

_PYTHON = re.compile(r"(?:python|pypy)w?[\d.]*t?(?:\.exe)?$", re.IGNORECASE)
_SYSTEM = ("/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
_BUILD_FOLDER = re.compile(r"feedstock_root|_placehold|/croot/|/bld/|/conda-bld/", re.IGNORECASE)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each other place that scripts of installed packages point to."""
    if facts.identity.kind not in ("venv", "conda", "pyenv", "standalone"):
        return
    pythons = [script for script in facts.distributions.scripts if _PYTHON.search(script.interpreter)]
    strangers = {script.path: script for script in pythons if not script.inside and _names_a_place(script)}
    if not strangers:
        return
    owners = _owners(strangers, facts)
    by_place: dict[str, list[Script]] = defaultdict(list)
    for path, script in sorted(strangers.items()):
        if path in owners:
            by_place[_prefix_of(script)].append(script)
    for place, scripts in sorted(by_place.items()):
        most = 2 * len(scripts) > len(pythons)
        if most or len(scripts) > 1:
            yield _finding(place, scripts, len(pythons), [owners[script.path] for script in scripts], facts)


def _names_a_place(script: Script) -> bool:
    folder = script.interpreter.replace("\\", "/").rpartition("/")[0]
    absolute = folder.startswith(("/", "~")) or folder[1:2] == ":"
    built = _BUILD_FOLDER.search(script.interpreter) is not None and not script.exists
    return absolute and folder not in _SYSTEM and not built


def _prefix_of(script: Script) -> str:
    folder = script.interpreter.replace("\\", "/").rpartition("/")[0]
    above, _, name = folder.rpartition("/")
    return above if name.lower() in ("bin", "scripts") and above else folder


def _owners(strangers: dict[str, Script], facts: Facts) -> dict[str, Distribution | str]:
    """Script -> the distribution that installed it, or the conda spec of the package that did."""
    owners: dict[str, Distribution | str] = {}
    for record_ in facts.conda.records:
        owners |= dict.fromkeys(strangers.keys() & set(record_.files), record_.spec)
    for dist in facts.distributions.installed:
        if dist.installer != "conda" and dist.paths:
            owners |= dict.fromkeys(strangers.keys() & set(dist.paths), dist)
    return owners


def _finding(place: str, scripts: list[Script], all_: int, owners: list[Distribution | str], facts: Facts) -> Finding:
    most = 2 * len(scripts) > all_
    theirs = "the Python of another place" if any(script.exists for script in scripts) else "a Python that is gone"
    rebuild = Remedy(
        "Create the environment anew at this place",
        Safety.CAREFUL,
        (Export(("explicit",) if facts.identity.kind == "conda" else ("requirements",)), Rebuild()),
    )
    whole = most and facts.identity.kind in ("venv", "conda")
    remedies = [*([rebuild] if whole else []), *_reinstall(owners)]
    back = Tell(f"Move the folder back to {place} if nothing else lies there, or keep using the one that is there.")
    return Finding(
        Severity.ERROR if most else Severity.WARNING,
        place,
        f"{len(scripts)} of {all_} commands start {theirs}, as after moving or copying the environment",
        (
            *(Evidence(f"first line names {script.interpreter}", script.path, 1) for script in scripts[:5]),
            Evidence(f"this environment is {facts.identity.prefix}"),
        ),
        tuple(sorted({owner.key for owner in owners if isinstance(owner, Distribution)})),
        (*remedies, Remedy("Move it back", Safety.MANUAL, (back,))),
    )


def _reinstall(owners: list[Distribution | str]) -> Iterator[Remedy]:
    """Write the first lines anew by installing the same versions again, each from where it came."""
    dists = {owner.key: owner for owner in owners if isinstance(owner, Distribution)}
    plain = {key for key, dist in dists.items() if dist.direct_url is None and not torch_index(dist.version)}
    pip = tuple(f"{key}=={dists[key].version}" for key in sorted(plain))
    conda = tuple(sorted({owner for owner in owners if isinstance(owner, str)}))
    steps = (
        *((Install("conda", conda, force=True, dependencies=False),) if conda else ()),
        *((Install("pip", pip, force=True, dependencies=False),) if pip else ()),
        *(same_distribution(dists[key]) for key in sorted(dists.keys() - plain)),
    )
    yield Remedy(
        "Reinstall the packages whose commands are wrong",
        safety_of(steps),
        steps,
        "the environment's own activate scripts may name the old place still",
    )


def examples() -> Iterator[Example]:
    """Moved, copied, partly so, by conda; and scripts that rightly name another Python."""

    def patient(*scripts: Script, kind: str = "venv", owned: bool = True) -> Facts:
        paths = tuple(f"../../../{script.path}" for script in scripts) if owned else ()
        tools = distribution("tools", "1.0")
        tools = tools._replace(paths=(*(tools.paths or ()), *(path.removeprefix("../../../") for path in paths)))
        return environment(kind=kind, distributions=(tools,), installed={"scripts": scripts})

    def script(name: str, python: str, exists: bool = False) -> Script:
        return Script(f"bin/{name}", python, inside=python.startswith("~/demo/.venv/"), exists=exists)

    old, own = "~/old/.venv/bin/python", "~/demo/.venv/bin/python3"
    error, warning = Severity.ERROR, Severity.WARNING
    moved = patient(script("pip", old), script("pip3", old), script("jupyter", old))
    yield Example("renamed folder", moved, ("~/old/.venv",), error)
    copied = patient(script("pip", old, exists=True), script("black", old, exists=True))
    yield Example("a copy, whose original is still there", copied, ("~/old/.venv",), error)
    partly = patient(*(script(name, own) for name in "abcdef"), script("g", old), script("h", old))
    yield Example("two of eight", partly, ("~/old/.venv",), warning)
    by_conda = environment(
        kind="conda",
        records=(record("pip", "24.0", files=("bin/pip",)),),
        installed={"scripts": (Script("bin/pip", "/old/env/bin/python3.11", inside=False, exists=False),)},
    )
    yield Example("conda's pip", by_conda, ("/old/env",), error)
    yield Example("as they should be", patient(script("pip", own), script("black", own)))
    yield Example("one stray script among many", patient(script("a", own), script("b", own), script("c", old)))
    yield Example("the system's Python", patient(script("tool", "/usr/bin/python3", exists=True)))
    yield Example("env, shell and perl", patient(*(script(n, f"/usr/bin/{n}") for n in ("env", "sh", "perl"))))
    yield Example("scripts that nobody installed", patient(script("mine", old), script("yours", old), owned=False))
    forgotten = "/home/conda/feedstock_root/build_artifacts/x_1/_h_env_placehold/bin/python"
    yield Example("a build folder that a package forgot", patient(script("tool", forgotten)))
    system = patient(script("a", old), script("b", old), kind="system")
    yield Example("the system's own scripts", system)


CHECK = Check(
    "PYT008",
    "moved-environment",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions"),
    optional=("conda",),
)
