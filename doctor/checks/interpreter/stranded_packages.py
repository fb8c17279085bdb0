"""Packages were left behind in the folder of another Python version.

## Why it matters
When conda changes Python from 3.10 to 3.12, it moves its own packages along, and those that pip installed stay in
`lib/python3.10`. No Python reads that folder any more: imports fail, commands have lost their interpreter, and both
`conda list` and `pip list` simply do not show them.

## How it is found
A `lib/pythonX.Y/site-packages` folder of another minor version than the environment's interpreter, with
distributions in it. Where that other Python is installed in the same place, as system administrators do, nothing is
said. Packages that the environment has again are only a note: what lies there merely takes up room.

## What the fix does
Installs the missing ones for the present Python, then moves the old folder aside. Going back to the old Python is
the other way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Facts
from doctor.facts.build import distribution, environment
from doctor.facts.units import several
from doctor.model import Check, Evidence, Example, Finding, Install, Move, Remedy, Safety, Severity, Step, Tell

_VERSION = re.compile(r"python(\d+\.\d+)")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each folder of another Python."""
    minor = facts.identity.python_minor
    if not minor or facts.identity.kind == "system":
        return
    present = {dist.key for dist in facts.distributions.installed}
    for folder, names in facts.distributions.other_pythons:
        named = _VERSION.search(folder)
        version = named[1] if named else ""
        # conda's Pythons bring a link lib/python3.1 to themselves
        if not names or not version or minor.startswith(version) or _lives_here(version, facts):
            continue
        left = facts.distributions.left_versions.get(folder, {})
        lost = {key: left.get(name, "") for name in sorted(names) if (key := _key(name)) not in present}
        yield _finding(folder, version, lost, len(names), facts)


def _lives_here(version: str, facts: Facts) -> bool:
    """Whether the other Python is installed in this prefix as well; conda and venvs hold one alone."""
    return facts.identity.kind not in ("conda", "venv") and facts.files.has(f"bin/python{version}")


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _finding(folder: str, version: str, lost: dict[str, str], count: int, facts: Facts) -> Finding:
    minor = facts.identity.python_minor
    some = f"{len(lost)} packages are" if len(lost) != 1 else f"{next(iter(lost))} is"
    seen = [Evidence(f"{several(count, 'package')} in the folder of Python {version}", folder)]
    seen += [Evidence(f"not installed for Python {minor}: {', '.join(list(lost)[:10])}", folder)] if lost else []
    dead = [script for script in facts.distributions.scripts if script.inside and not script.exists]
    seen += [Evidence(f"its Python is gone: {script.interpreter}", script.path, 1) for script in dead[:3]]
    aside: Step = Move((folder,))
    again = [Remedy("Move the old folder aside", Safety.CAREFUL, (aside,))]
    if lost:
        again = list(_again(lost, minor, aside))
    apart = Tell(f"Make an environment with Python {version} and install them there.")
    back = Remedy(f"Make another environment for Python {version}", Safety.MANUAL, (apart,))
    if facts.identity.kind == "conda":
        back = Remedy(f"Go back to Python {version}", Safety.CAREFUL, (Install("conda", (f"python={version}",)),))
    return Finding(
        Severity.ERROR if lost else Severity.NOTE,
        folder,
        f"{some} left behind in the folder of Python {version}"[:100]
        if lost
        else f"What was installed for Python {version} still takes up room",
        tuple(seen),
        tuple(lost),
        (*again, back) if lost else tuple(again),
    )


def _again(lost: dict[str, str], minor: str, aside: Step) -> Iterator[Remedy]:
    """Install them again: in their old versions where these are known, and in those that fit."""
    if all(lost.values()):
        yield Remedy(
            f"Install the same versions for Python {minor}, and move the old folder aside",
            Safety.CAREFUL,
            (aside, Install("pip", tuple(f"{key}=={version}" for key, version in lost.items()))),
            f"Some may have no release for Python {minor}; then nothing is changed.",
        )
    yield Remedy(
        f"Install them for Python {minor}, and move the old folder aside",
        Safety.CAREFUL,
        (aside, Install("pip", tuple(lost))),
        f"Versions are those that fit Python {minor}, which may not be the old ones.",
    )


def examples() -> Iterator[Example]:
    """After conda changed Python, in a venv, wholly reinstalled; and Pythons that live side by side."""
    old = "lib/python3.10/site-packages"
    left = {
        "other_pythons": ((old, ("plotly", "Flask_Cors")),),
        "left_versions": {old: {"plotly": "5.24", "Flask_Cors": "4.0"}},
    }
    plotly = distribution("plotly", "6.0")
    error, note = Severity.ERROR, Severity.NOTE
    yield Example("conda went from 3.10 to 3.11", environment(kind="conda", installed=left), (old,), error)
    yield Example("a venv made over another", environment(installed=left), (old,), error)
    both = (plotly, distribution("flask-cors", "5.0"))
    again = environment(kind="conda", distributions=both, installed=left)
    yield Example("all installed again", again, (old,), note)
    link = {"other_pythons": (("lib/python3.1/site-packages", ("plotly",)),)}
    yield Example("conda's link python3.1", environment(kind="conda", distributions=(plotly,), installed=link))
    yield Example("nothing left", environment(kind="conda", distributions=(plotly,)))
    two = environment(kind="standalone", identity={"prefix": "/usr/local"}, installed=left, extra=("bin/python3.10",))
    yield Example("two Pythons side by side", two)
    yield Example("the operating system's Pythons", environment(kind="system", installed=left))


CHECK = Check(
    "PYT012",
    "stranded-packages",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions"),
    optional=("files",),
)
