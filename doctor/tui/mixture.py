"""Where an environment's packages came from, and what is dangerous about the mixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.facts import Facts
from doctor.model import Finding
from doctor.report.pictures.mixture import Origin, dangers_of, origins_of, overview, row
from doctor.report.text import Line, Span
from doctor.report.words import count
from doctor.target.environment import Environment
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.found import finding_entry
from doctor.tui.lines import STYLES, Lines, content
from doctor.tui.pictured import Pictured

#: seconds between two questions whether the examination is over
_ASKED_EVERY = 0.25


class MixtureScreen(Pictured):
    """Look at the places that packages came from."""

    HELP = (
        "The bar is divided by the number of packages that came from each channel, index or folder. A mixture is fine "
        "where it is deliberate; what is dangerous about this one stands below, with the codes beside the places that "
        "it is about."
    )
    KEYS = (
        ("Enter", "the packages from the chosen place, or the chosen finding"),
        ("/", "show only places that hold a text, also in a package's name; Esc shows all"),
        ("s", "sort by number of packages, size or name"),
    )
    HINT = "part of a channel's, installer's or package's name"
    ORDERS = ("number", "size", "name")

    def __init__(
        self,
        environment: Environment,
        facts: Facts,
        project: str | None = None,
        findings: Callable[[], Sequence[Finding] | None] = lambda: None,
        open_finding: Callable[[Finding], None] | None = None,
    ) -> None:
        """Hold what is known; findings are asked for until an examination has them all."""
        super().__init__(environment, facts, project)
        self._ask_findings = findings
        self._findings: tuple[Finding, ...] | None = None
        self._known = False
        self._open_finding = open_finding
        self._origins: tuple[Origin, ...] = ()

    def content(self) -> ComposeResult:
        """How many, the bar, the places and the findings."""
        yield Static("", id="status", markup=False)
        yield Lines(self._bar, id="causes")
        yield from self.compose_list()

    def on_mount(self) -> None:
        """Start to read what is not known."""
        command_line = f"envdoctor check {argument_for(self._environment)} --select MIX,CHN"
        self.show_of("where packages came from", command_line)
        self._asking = self.set_interval(_ASKED_EVERY, self._look)

    def _look(self) -> None:
        """Take the findings as soon as there are all."""
        findings = self._ask_findings()
        if findings is not None:
            self._asking.stop()
            self._findings = dangers_of(findings)
            self._show()

    def _show(self) -> None:
        if self._known:
            self._origins = origins_of(self._facts, self._findings or ())
            self.fill()
            self.query_one("#causes", Lines).show(self._bar)
            self._describe()

    @on(background.Came)
    def _came(self, message: background.Came[object]) -> None:
        if isinstance(message.item, str):
            self.say(f"… {message.item}", "dim")
        elif isinstance(message.item, Facts):
            self._facts, self._known = message.item, True
            self._look()
            self._show()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"✗ {message.failure}", STYLES["error"])

    def _describe(self) -> None:
        number = sum(len(origin.packages) for origin in self._origins)
        said = f"{count(number, 'package')} from {count(len(self._origins), 'place')}"
        if not number:
            self.say("No package is installed", "bold")
        elif self._findings is None:
            self.say(f"{said}; what is dangerous about that is still being examined", "bold")
        elif self._findings:
            self.say(f"{said}; {count(len(self._findings), 'finding')} about the mixture", STYLES["warning"])
        else:
            self.say(f"{said}; nothing dangerous was found about that", "bold")

    def _bar(self, width: int) -> Iterator[Line]:
        if self._origins:
            yield (Span(" "), *overview(self._origins, width - 2))

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The places, and below them the findings."""
        width = self.width()
        most = max((len(origin.packages) for origin in self._origins), default=1)
        for origin in self._sorted():
            if self.matches(f"{origin.name} {' '.join(origin.packages)}"):
                head, names = row(origin, most, width)
                yield f"={origin.name}", content((head, (Span("  "), *names)))
        for place, finding in enumerate(self._findings or ()):
            if self.matches(f"{finding.code} {finding.summary}"):
                yield f"!{place}", finding_entry(finding)

    def _sorted(self) -> list[Origin]:
        origins = list(self._origins)
        if self.order == 1:
            origins.sort(key=lambda origin: -origin.bytes)
        elif self.order == 2:
            origins.sort(key=lambda origin: origin.name.lower())
        return origins

    @on(OptionList.OptionSelected, "#list")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        key = event.option.id or ""
        if key.startswith("!"):
            if self._open_finding and self._findings:
                self._open_finding(self._findings[int(key[1:])])
            return
        from doctor.tui.packages import PackagesScreen

        self.app.push_screen(PackagesScreen(self._environment, self._facts, self._project, origin=key[1:]))
