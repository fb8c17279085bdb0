"""The words that every part shares: severity, safety, finding, remedy, step, check, example.

Frozen data only. Nothing here reads a file, formats a text or knows a particular check. Annotations are no texts,
for typing would compile each of them whenever envdoctor starts.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from doctor.facts import Facts


class Severity(Enum):
    """How bad a finding is, today."""

    ERROR = "error"  #: something does not work, or results are wrong, now
    WARNING = "warning"  #: it will bite
    NOTE = "note"  #: worth knowing

    @property
    def rank(self) -> int:
        """Order by gravity: 3 for an error, 2 for a warning, 1 for a note."""
        return _SEVERITY_RANKS[self.value]


_SEVERITY_RANKS = {"error": 3, "warning": 2, "note": 1}


class Safety(Enum):
    """What a remedy can do to what imports or computes, from harmless to ours-to-tell-only."""

    SAFE = "safe"  #: cannot change what imports or computes
    CAREFUL = "careful"  #: changes what is installed or configured; never pre-selected
    MANUAL = "manual"  #: told, never run


class Evidence(NamedTuple):
    """One thing that was seen, and where."""

    text: str
    path: str = ""  #: as shown to people: relative to the prefix, or with ~ for the home folder
    line: int = 0  #: 1-based; 0 where a line means nothing


Manager = Literal["pip", "conda"]


class Install(NamedTuple):
    """Install packages with pip's or conda's family of tools."""

    manager: Manager
    specs: tuple[str, ...]  #: exact where the remedy is exact: numpy==1.26.4, numpy=1.26.4=py311h64a7726_0
    force: bool = False  #: reinstall although the same version is there
    dependencies: bool = True  #: False leaves everything else alone
    channels: tuple[str, ...] = ()
    index_url: str = ""
    fresh: bool = False  #: past the caches, whose copy is damaged as well
    kind: Literal["install"] = "install"


class Uninstall(NamedTuple):
    """Take packages away with the tool that owns them."""

    manager: Manager
    names: tuple[str, ...]
    dependencies: bool = True  #: False keeps conda from removing what depends on them
    kind: Literal["uninstall"] = "uninstall"


class Move(NamedTuple):
    """Move files or folders aside into the snapshot, from which undo brings them back."""

    paths: tuple[str, ...]  #: relative to the prefix; "." is the environment as a whole
    kind: Literal["move"] = "move"


class Protect(NamedTuple):
    """Take the permission to write away from everybody but owner and group."""

    paths: tuple[str, ...]  #: relative to the prefix
    kind: Literal["protect"] = "protect"


class Edit(NamedTuple):
    """Replace a passage of a text file, or append to it."""

    path: str
    before: str  #: the exact passage; empty to append, which also creates the file
    after: str
    kind: Literal["edit"] = "edit"


class SetVariable(NamedTuple):
    """Set an environment variable whenever this environment is activated; an empty value unsets it."""

    name: str
    value: str
    kind: Literal["set-variable"] = "set-variable"


class Export(NamedTuple):
    """Write down what is installed, outside the environment, before anything else changes."""

    formats: tuple[str, ...]  #: explicit, environment.yml, requirements
    kind: Literal["export"] = "export"


class Rebuild(NamedTuple):
    """Create the environment anew beside the old one, examine it, then swap their names."""

    python: str = ""  #: another Python version, or empty for the same
    channels: tuple[str, ...] = ()
    kind: Literal["rebuild"] = "rebuild"


class Run(NamedTuple):
    """Run a tool with exactly these arguments; the tool is resolved once and shown with its path."""

    arguments: tuple[str, ...]
    kind: Literal["run"] = "run"


class Tell(NamedTuple):
    """Tell the user what to do; envdoctor never does it."""

    text: str
    command: tuple[str, ...] = ()  #: a command to copy, where there is one
    kind: Literal["tell"] = "tell"


Step = Install | Uninstall | Move | Protect | Edit | SetVariable | Export | Rebuild | Run | Tell


class Remedy(NamedTuple):
    """One honest way to repair a finding."""

    title: str
    safety: Safety
    steps: tuple[Step, ...]
    trade_off: str = ""  #: what it costs or changes that the user should know before choosing it
    reversible: bool = True


class Finding(NamedTuple):
    """Something that a check found; examine stamps code, name and family."""

    severity: Severity
    subject: str  #: what it is about: a package, a file, a channel
    summary: str  #: one line of at most 100 characters, without a final stop
    evidence: tuple[Evidence, ...] = ()
    packages: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    code: str = ""
    name: str = ""
    family: str = ""


class CannotTell(Exception):
    """Raised by a check's find when the facts do not allow a verdict; the text says why."""


class Example(NamedTuple):
    """A tiny environment with what the check must say about it."""

    title: str
    facts: "Facts"
    finds: tuple[str, ...] = ()  #: the subjects of all findings, in order; empty for a healthy one
    severity: Severity | None = None  #: of all its findings, where the example is about severity
    cannot_tell: bool = False


class Check(NamedTuple):
    """One check: a file that holds its documentation, its rule, its examples and this line."""

    code: str
    name: str  #: the problem, hyphenated; the file's name with underscores
    severity: Severity  #: the gravest it can give
    documentation: str
    find: Callable[["Facts"], Iterator[Finding]]
    examples: Callable[[], Iterator[Example]]
    needs: tuple[str, ...]  #: layers; see doctor.facts.LAYERS
    deep: bool = False  #: runs with --deep only
    #: False where Distribution.paths, top_level, tags and pure are not looked at, which saves reading RECORD and WHEEL
    records: bool = True
    optional: tuple[str, ...] = ()  #: layers that sharpen the verdict and whose absence does not skip it
    conda_only: bool = False  #: finds nothing where there is no conda-meta, so that its optional layers stay unread
    repository: bool = False  #: also judges a repository's files where there is no environment to set them against

    @property
    def family(self) -> str:
        """The letters of the code: MIX, CHN, ..."""
        return self.code.rstrip("0123456789")

    @property
    def title(self) -> str:
        """The first line of the documentation: the problem in one sentence."""
        return self.documentation.strip().partition("\n")[0].rstrip(".")


class Outcome(NamedTuple):
    """What came of one check: fine, findings, skipped (why) or crashed (what)."""

    check: Check
    state: Literal["fine", "findings", "skipped", "crashed"]
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    seconds: float = 0.0


class Waived(NamedTuple):
    """A finding that the project's policy ignores, and the reason it gives."""

    finding: Finding
    reason: str


class PolicyNote(NamedTuple):
    """A rule of the project's policy that its authors should look at."""

    what: Literal["expired", "unused"]
    code: str  #: as the rule names it: a code or the beginning of codes
    subject: str  #: empty for every subject
    text: str
    path: str = ""
    line: int = 0


class Gone(NamedTuple):
    """A finding that a baseline holds and that is there no more."""

    code: str
    subject: str


class Baseline(NamedTuple):
    """What a baseline of findings says of an examination."""

    known: tuple[Finding, ...] = ()  #: found before as well, and no graver: they do not count
    gone: tuple[Gone, ...] = ()


class Examination(NamedTuple):
    """All that came of examining one environment, in stable order: the report's only input."""

    facts: "Facts"
    outcomes: tuple[Outcome, ...]
    waived: tuple[Waived, ...] = ()
    timings: Mapping[str, float] = {}  #: seconds by layer or check
    policy_notes: tuple[PolicyNote, ...] = ()
    baseline: Baseline | None = None  #: None where the findings were compared with none

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding that counts, gravest first, then by code and subject."""
        found = [finding for outcome in self.outcomes for finding in outcome.findings]
        return tuple(sorted(found, key=lambda f: (-f.severity.rank, f.code, f.subject, f.summary)))

    @property
    def skipped(self) -> tuple[Outcome, ...]:
        """Checks that could not tell here, with their reasons."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "skipped")

    @property
    def crashed(self) -> tuple[Outcome, ...]:
        """Checks with a defect of their own."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "crashed")
