"""The Python that this environment starts is gone, or has become another version.

## Why it matters
A virtual environment holds no Python of its own: it borrows the one it was made with. When that one is removed or
upgraded (by Homebrew, pyenv, a system update), the environment does not start any more, or starts with a version
for which none of its packages was installed. Its packages still lie on disk and look healthy.

## How it is found
`pyvenv.cfg` names the folder of the base Python, and the environment's `python` is usually a link. Either leads to
nothing, or to a Python of another minor version than the one whose site-packages folder is filled.

## What the fix does
Writes down what is installed, creates the environment anew beside the old one with the same Python version,
installs the same packages, compares, and then swaps the two. Or you bring the missing Python back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Base, Facts, Identity, Interpreter
from doctor.facts.build import environment
from doctor.model import Check, Evidence, Example, Export, Finding, Rebuild, Remedy, Safety, Severity, Tell

_NAMED = re.compile(r"(?:^|/)(?:python|pypy)(\d+\.\d+)t?(?:\.exe)?$")


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: gone, or of another version."""
    identity = facts.identity
    python, base = identity.interpreter, identity.base
    if python is not None and not python.exists:
        seen = f"a link to {python.resolved}, which is gone" if python.resolved else "a link to nothing"
        yield _finding(identity, "the Python that it starts is gone", seen, python.path)
    elif base is not None and not base.exists:
        yield _finding(identity, "the Python it was made from is gone", f"home = {base.home}", "pyvenv.cfg")
    elif base is not None and base.version and identity.python and not _same_named(identity):
        found = _minor(base.version)
        if found != identity.python_minor:
            yield _finding(
                identity,
                f"it starts Python {found}, its packages are for {identity.python_minor}",
                f"a link to {python.resolved}, which is Python {base.version}"
                if python is not None and python.resolved
                else f"home = {base.home}, where Python {base.version} lies",
                python.path if python is not None and python.resolved else "pyvenv.cfg",
            )


def _same_named(identity: Identity) -> bool:
    """Whether the link ends at a file that is named for the environment's own version, as /usr/bin/python3.11."""
    named = _NAMED.search(identity.interpreter.resolved) if identity.interpreter else None
    return named is not None and named[1] == identity.python_minor


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _finding(identity: Identity, what: str, seen: str, where: str) -> Finding:
    subject = identity.interpreter.path if identity.interpreter else "python"
    version = identity.python or "the version it was made with"
    return Finding(
        Severity.ERROR,
        subject,
        f"This environment cannot work: {what}",
        (
            Evidence(seen, where),
            *((Evidence(f"the environment was made with Python {identity.python}"),) if identity.python else ()),
        ),
        (),
        (
            Remedy(
                f"Create it anew with Python {identity.python_minor or 'of the same version'}",
                Safety.CAREFUL,
                (
                    Export(("explicit",) if identity.kind == "conda" else ("requirements",)),
                    Rebuild(identity.python_minor),
                ),
                "Packages are installed again from their index; those that exist only in this folder are not.",
            ),
            Remedy(
                "Bring the missing Python back",
                Safety.MANUAL,
                (
                    Tell(
                        f"Install Python {version} where it was: {identity.base.home if identity.base else 'see above'}"
                    ),
                ),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """A base that is gone, a link to nothing, an upgraded base; and several Pythons in one folder."""
    gone = {"base": Base("~/.pyenv/versions/3.11.7/bin", exists=False)}
    yield Example("base removed", environment(identity=gone), finds=("bin/python",))
    dangling = {"interpreter": Interpreter("bin/python", "/opt/python3.11/bin/python3.11", exists=False)}
    yield Example("link to nothing", environment(identity=dangling | gone), finds=("bin/python",))
    upgraded = {
        "base": Base("/opt/homebrew/bin", True, "3.13.1"),
        "interpreter": Interpreter("bin/python", "/opt/homebrew/bin/python3"),
    }
    yield Example("base upgraded", environment(identity=upgraded), finds=("bin/python",), severity=Severity.ERROR)
    conda = {"interpreter": Interpreter("bin/python", "bin/python3.11", exists=False)}
    yield Example("conda's link to a Python that is gone", environment(kind="conda", identity=conda), ("bin/python",))
    yield Example("base as it was", environment())
    patched = {"base": Base("/usr/bin", True, "3.11.9")}
    yield Example("base with a later patch", environment(identity=patched))
    several = {
        "base": Base("/usr/bin", True, "3.12.3"),
        "interpreter": Interpreter("bin/python", "/usr/bin/python3.11"),
    }
    yield Example("two Pythons in the base's folder", environment(identity=several))
    unknown = {"base": Base("/usr/bin", True, "")}
    yield Example("a base whose version nobody tells", environment(identity=unknown))
    nothing = {"interpreter": None, "python": ""}
    yield Example("a conda environment without Python", environment(kind="conda", identity=nothing))


CHECK = Check(
    "PYT004",
    "dead-interpreter",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity",),
)
