"""The question before anything is started, in words that say what yes means."""

from __future__ import annotations

from doctor.facts import Facts
from doctor.facts.units import several
from doctor.live.wanted import wanted
from doctor.reading.redact import show
from doctor.target.brought import about_brought
from doctor.target.environment import Request

_SHOWN = 12
_NUMBERS = "Then it computes small numbers with numpy and the like, to compare them with the team's baseline. "


def question(request: Request, facts: Facts, *, numbers: bool = False) -> tuple[str, str]:
    """The question, and what is done and what is not; numbers are compared with those of the team's baseline."""
    of, wishes, _ = wanted(facts)
    names = ", ".join(wish.module for wish in wishes[:_SHOWN]) + (", …" if len(wishes) > _SHOWN else "")
    whose = {"project": " that the project imports", "requested": " of what was asked for"}.get(of, "")
    python = show(request.environment.python) if request.environment.python else "this environment's Python"
    what = f"{several(len(wishes), 'module')}{whose} ({names})" if wishes else "nothing but Python itself"
    about = (
        f"It imports {what}, each alone, two at a time, and asks torch what it sees of a GPU if torch is there. "
        f"{_NUMBERS if numbers else ''}"
        "Importing runs the code of these packages, with all that you may do. Time, memory and processes are limited; "
        "home and temporary files go to an empty folder; tokens and passwords in variables are not handed on; start-up "
        "files are not run."
    )
    return f"Start {python}?", with_warning(about, request)


def with_warning(about: str, request: Request) -> str:
    """What is done, after the warning of an environment that came with its repository."""
    return f"{about_brought(request.environment.prefix)} {about}".lstrip()
