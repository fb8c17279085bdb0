"""The settings layer: what configuration and variables are in effect, each with its source."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from doctor.facts.distributions import Unreadable

Scalar = str | int | float | bool | None


class Setting(NamedTuple):
    """One value where it is set."""

    key: str  #: channels, channel_priority; for pip and uv with its section: global.index-url
    value: Scalar  #: redacted; one item for each member of a list
    source: str  #: the file, as shown to people, or $NAME for a variable
    line: int = 0
    secret: bool = False  #: whether a token or password was taken out of it
    insecure: bool = False  #: a plain http address other than of this machine
    written: str = ""  #: its line as it stands in the file, with ~ for the home folder; empty where it holds a secret


class Variable(NamedTuple):
    """An environment variable that changes how Python, conda or numbers behave."""

    name: str
    value: str  #: redacted
    source: str = "$"  #: $ for the running process, else the file that sets it
    line: int = 0


class Settings(NamedTuple):
    """Configuration in effect for this environment, strongest source first."""

    condarc: Mapping[str, tuple[Setting, ...]] = {}  #: merged; lists in effective order
    condarc_all: tuple[Setting, ...] = ()  #: every value of every file, also those that lost
    condarc_files: tuple[str, ...] = ()  #: read, strongest first
    channels: tuple[str, ...] = ()  #: merged channels by canonical name, defaults kept as one
    members: Mapping[str, tuple[str, ...]] = {}  #: channel that stands for others -> those, as records name them
    environment_condarc: str = ""  #: the environment's own condarc, relative to the prefix, where it exists
    pip: tuple[Setting, ...] = ()
    uv: tuple[Setting, ...] = ()
    variables: tuple[Variable, ...] = ()  #: of the running process, allow-listed
    activation: tuple[Variable, ...] = ()  #: set by the environment's own activation
    shell: tuple[Variable, ...] = ()  #: set by shell start files, allow-listed
    secrets: tuple[tuple[str, int, str], ...] = ()  #: (file, line, what kind) of credentials seen, never their text
    problems: tuple[Unreadable, ...] = ()  #: files that do not parse
    wrong: tuple[tuple[Setting, Literal["unknown-key", "wrong-type"]], ...] = ()

    def variable(self, name: str) -> Variable | None:
        """The variable as Python would see it once this environment is active."""
        for variable in (*self.activation, *self.variables):
            if variable.name == name:
                return variable
        return None

    def shell_source(self, name: str) -> Variable | None:
        """The shell start file and line that sets it, if one does."""
        return next((variable for variable in self.shell if variable.name == name), None)

    def conda(self, key: str) -> Scalar:
        """The effective value of a condarc key that is no list; None where nobody sets it."""
        values = self.condarc.get(key, ())
        return values[0].value if values else None
