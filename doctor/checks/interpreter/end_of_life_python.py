"""The environment's Python gets no more fixes, or will soon get none.

## Why it matters
After its last day a Python version gets no security fixes, and packages stop releasing for it earlier still: new
versions of numpy, pandas or torch are simply not offered, and an old one is installed without a word.

## How it is found
The minor version of the environment's Python against the dates of the Python release schedule, on the day of the
examination. A note half a year ahead, a warning afterwards. For a Python that belongs to the operating system it
stays a note: its maker may go on fixing it.

## What the fix does
Writes down what is installed and creates a new environment beside the old one with a Python that is well served.
Versions that have no release for it come out as a difference before anything is swapped.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts
from doctor.facts.build import environment
from doctor.knowledge.pythons import END_OF_LIFE, day_of, successor
from doctor.model import CannotTell, Check, Evidence, Example, Export, Finding, Rebuild, Remedy, Safety, Severity, Tell

_HALF_A_YEAR = 183


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding, by date."""
    identity = facts.identity
    if not identity.python:
        if identity.interpreter is None:
            return
        raise CannotTell("the version of its Python cannot be read from its files")
    if identity.implementation != "cpython":
        raise CannotTell(f"{identity.implementation} has a calendar of its own")
    last_day = END_OF_LIFE.get(identity.python_minor, "")
    if not last_day or last_day >= day_of(facts.now, _HALF_A_YEAR):
        return
    over = last_day < day_of(facts.now)
    managed = identity.kind == "system"
    when = f"has had no fixes since {last_day}" if over else f"gets no fixes after {last_day}"
    yield Finding(
        Severity.WARNING if over and not managed else Severity.NOTE,
        f"python {identity.python_minor}",
        f"Python {identity.python_minor} {when}",
        (
            Evidence(f"Python {identity.python}", identity.interpreter.path if identity.interpreter else ""),
            Evidence(f"last day of Python {identity.python_minor} after the release schedule: {last_day}"),
            *((Evidence("the operating system's maker may still fix it"),) if managed else ()),
        ),
        (),
        () if managed else (_newer(facts),),
    )


def _newer(facts: Facts) -> Remedy:
    new, identity = successor(facts.now), facts.identity
    if identity.kind not in ("venv", "conda"):
        command = ("pyenv", "install", new) if identity.kind == "pyenv" else ()
        beside = Tell(f"Install Python {new} beside it, and make environments from that one.", command)
        return Remedy(f"Install Python {new} beside it", Safety.MANUAL, (beside,))
    return Remedy(
        f"Create it anew with Python {new}",
        Safety.CAREFUL,
        (Export(("explicit", "environment.yml") if identity.kind == "conda" else ("requirements",)), Rebuild(new)),
        "Packages without a release for the new Python change their version.",
    )


def examples() -> Iterator[Example]:
    """Over, soon over, the system's; supported, unknown and not CPython."""
    warning, note = Severity.WARNING, Severity.NOTE
    yield Example("3.8 of long ago", environment(python="3.8.18"), ("python 3.8",), warning)
    yield Example("3.10, over for a month", environment(kind="conda", python="3.10.13"), ("python 3.10",), warning)
    soon = environment(python="3.10.13")._replace(now=1_782_000_000.0)
    yield Example("3.10 in June 2026", soon, ("python 3.10",), note)
    pyenv = environment(kind="pyenv", python="3.9.18", identity={"base": None})
    yield Example("a Python of pyenv", pyenv, ("python 3.9",), warning)
    system = environment(kind="system", python="3.9.18", identity={"base": None})
    yield Example("the operating system's own", system, ("python 3.9",), note)
    for minor in ("3.11.7", "3.12.1", "3.13.0", "3.14.2", "3.15.0", "3.16.0"):
        yield Example(f"{minor} in November 2026", environment(python=minor))
    yield Example("no Python in it", environment(kind="conda", identity={"python": "", "interpreter": None}))
    yield Example("no version to be read", environment(identity={"python": ""}), cannot_tell=True)
    yield Example("PyPy", environment(python="3.9.18", identity={"implementation": "pypy"}), cannot_tell=True)


CHECK = Check(
    "PYT005",
    "end-of-life-python",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity",),
)
