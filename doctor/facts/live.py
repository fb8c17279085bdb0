"""What was tried in the environment's own Python, because the user asked for it: no layer, and empty otherwise.

No check needs these facts, for a check must not be able to start anything.
"""

from typing import Literal, NamedTuple

from doctor.facts.numbers import Numbers

Ending = Literal[
    "fine",
    "missing",  #: there is no module of this name
    "error",  #: it raised an exception
    "crashed",  #: a signal or a fault ended Python
    "exited",  #: it ended Python itself
    "timed-out",
    "stopped",  #: it took too much memory or started too many processes
    "unclear",  #: it cannot be told; text says why
]


class Tried(NamedTuple):
    """One module that was imported, alone, in a process of its own."""

    module: str
    ending: Ending = "fine"
    needed: bool = False  #: the project imports it outside of try, or the user asked for its distribution
    error: str = ""  #: the exception's type: ImportError
    text: str = ""  #: what it says in one line: the exception's telling line, SIGSEGV, more than 60 seconds
    cause: str = ""  #: the exception at the bottom of the chain, where that is another one
    path: str = ""  #: where it was raised, relative to the prefix or absolute with ~
    line: int = 0
    said: tuple[str, ...] = ()  #: the last lines that it printed
    distribution: str = ""  #: key of the installed distribution that brings it
    place: str = ""  #: where the project imports it: src/train.py:3

    @property
    def broken(self) -> bool:
        """Whether it does not work, as far as can be told."""
        return self.ending not in ("fine", "unclear")


class Device(NamedTuple):
    """One GPU as torch sees it."""

    name: str
    capability: str = ""  #: 9.0


class TorchTried(NamedTuple):
    """What torch answered in a process of its own."""

    ending: Ending = "fine"  #: of the import and of the questions
    version: str = ""
    cuda: str = ""  #: torch.version.cuda; empty for a build without
    hip: str = ""
    available: bool = False  #: torch.cuda.is_available()
    devices: tuple[Device, ...] = ()
    architectures: tuple[str, ...] = ()  #: sm_90, that this build holds code for
    computed: Literal["", "cuda", "mps", "xpu"] = ""  #: where a small sum was computed and came out right
    text: str = ""  #: the warning or error that tells why not


class Live(NamedTuple):
    """What came of it; asked is False where nobody asked."""

    asked: bool = False
    python: str = ""  #: the interpreter that was started, as shown to people
    problem: str = ""  #: why nothing could be tried
    of: Literal["", "project", "requested"] = ""  #: whose modules: the project's imports, or of what was asked for
    imports: tuple[Tried, ...] = ()  #: by name
    left_out: tuple[str, ...] = ()  #: modules beyond the number or the time that is spent
    torch: TorchTried | None = None  #: None where torch is not there
    numbers: Numbers = Numbers()  #: what it computes, where that was asked for

    @property
    def failed(self) -> bool:
        """Whether something that is needed does not work."""
        return bool(self.problem) or any(tried.broken and tried.needed for tried in self.imports)
