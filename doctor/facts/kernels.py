"""The kernels layer: the Jupyter kernel specs that a notebook server of this environment or this user offers."""

from typing import Literal, NamedTuple

from doctor.facts.distributions import Unreadable

Place = Literal["environment", "user", "system", "jupyter-path"]


class Kernel(NamedTuple):
    """One kernel.json."""

    name: str  #: of its folder, lower case, by which notebooks call it
    path: str  #: of the file: relative to the prefix where it lies inside, else absolute with ~
    place: Place = "environment"
    display: str = ""
    language: str = ""
    argv: tuple[str, ...] = ()  #: redacted
    interpreter: str = ""  #: argv's first, found as Jupyter would: relative to the prefix inside, else absolute with ~
    exists: bool = True  #: whether that file is there
    inside: bool = False  #: whether it is this environment's own Python, links followed
    environment: str = ""  #: the prefix that it belongs to otherwise, as shown to people; empty where it cannot be told
    has_ipykernel: bool | None = None  #: whether ipykernel is installed there; None where it cannot be told
    variables: tuple[str, ...] = ()  #: names that env sets
    hidden_by: str = ""  #: path of the kernel of the same name that Jupyter takes first
    written: str = ""  #: the whole text, where it holds no secret and is short


class Kernels(NamedTuple):
    """All of them, in the order in which Jupyter looks."""

    specs: tuple[Kernel, ...] = ()
    problems: tuple[Unreadable, ...] = ()
