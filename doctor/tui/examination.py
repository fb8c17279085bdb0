"""The examination of one environment: progress by layer, findings as they come, each with its details."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.asked import checks_for, request_for
from doctor.collect import LayerRead, LayerStarted
from doctor.examine import CheckDone, Event, Examined, examine
from doctor.model import Finding, Severity
from doctor.report.finding import describe
from doctor.report.words import who
from doctor.target.environment import Environment
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.found import finding_entry, headline, unsettled
from doctor.tui.how_far import HowFar
from doctor.tui.lines import Lines
from doctor.tui.ways_on import WaysOn

_SHOWN: tuple[Severity | None, ...] = (None, Severity.ERROR, Severity.WARNING, Severity.NOTE)
#: seconds between two drawings of what has come
_DRAWN_EVERY = 0.1

_NOTHING = Content.assemble(
    ("Nothing to do here.\n\n", "bold"),
    "c  every check and how it came out\n",
    "z  what takes how much room; p  packages; o  where they came from\n",
    "d  also compare the hash of every installed file\n",
    "Esc  choose another environment",
)


class ExaminationScreen(WaysOn):
    """Examine an environment and look at what was found."""

    HELP = (
        "Findings appear while the environment is being examined, gravest first. Press Enter on one to read why it "
        "matters, what was seen and what could be done. Checks that could not tell are under c, with the reason."
    )
    KEYS = (
        ("Enter", "open the chosen finding"),
        ("/", "filter, or paste an error to find its cause"),
        ("f", "repair: choose what, read the plan, then decide"),
        ("m", "compare with a colleague's file, the baseline, another environment"),
        ("t", "what changed in this environment, and when"),
        ("p z o", "packages; sizes, as bars and as a map; origins: where packages came from"),
        ("h", "what was done to this environment, and how to undo it"),
        ("v", "show all, only errors, only warnings, only notes"),
        ("s", "sort by gravity, code or package"),
        ("c l", "every check and how it came out; l tries imports (asks)"),
        ("r d", "examine again; d also compares the hash of every file"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "repair", "Fix"),
        Binding("v", "severity", "Severity", show=False),
        Binding("s", "sort", "Sort", show=False),
        Binding("c", "checks", "Checks"),
        Binding("r", "again", "Again"),
        Binding("d", "deep", "Deep", show=False),
        Binding("m", "compare", "Compare", show=False),
        Binding("t", "timeline", "Timeline", show=False),
        Binding("h", "history", "History"),
        Binding("l", "live", "Live", show=False),
        Binding("p", "packages", "Packages", show=False),
        Binding("z", "sizes", "Sizes", show=False),
        Binding("o", "origins", "Origins", show=False),
    ]

    NOTICES = True
    HINT = "part of a code, package or sentence; or paste an error"
    ORDERS = ("gravity", "code", "package")

    def __init__(self, environment: Environment, *, project: str | None = None, deep: bool = False) -> None:
        super().__init__(environment, project=project, deep=deep)
        self.findings: dict[str, Finding] = {}
        self._reading: list[str] = []
        self._done = 0
        self._how_far = HowFar()
        self._severity = 0
        self._failure = ""
        self._run = 0
        self._news = False
        self._drawn: list[str] = []
        self._then_repair = False

    def content(self) -> ComposeResult:
        """The verdict, the progress, the findings and, in a wide window, the chosen one's details."""
        yield Static("", id="verdict", markup=False)
        yield Static("", id="status", markup=False)
        yield Static(_NOTHING, id="nothing", markup=False)
        with Horizontal(id="split"):
            yield from self.compose_list()
            with VerticalScroll(id="preview", can_focus=False):
                yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Start to examine."""
        self.options.focus()
        self.set_interval(_DRAWN_EVERY, self._tell_news)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.examination = None
        self.refresh_bindings()
        self.findings.clear()
        self._checks.clear()
        self._reading, self._done, self._failure = [], 0, ""
        self._how_far = HowFar()
        self._drawn = []
        self.options.clear_options()
        self.query_one("#details", Lines).show(lambda _width: ())
        deep = " --deep" if self._deep else ""
        self.set_title(self.environment.name or str(self.environment.prefix))
        self.set_command_line(f"envdoctor check {argument_for(self.environment)}{deep}")
        self._say()
        self._run += 1
        self.begin(f"examine {self._run}", self._examine)

    def _examine(self, stop: threading.Event) -> Iterator[Event]:
        request = request_for(self.environment, project=self._project, deep=self._deep)
        self._request = request
        for event in examine(request._replace(tell=self._how_far.tell), checks_for((), (), request.policy)):
            if stop.is_set():
                return
            yield event

    @on(background.Came)
    def _came(self, message: background.Came[Event]) -> None:
        if message.job != f"examine {self._run}":
            return  # of an examination that was begun again meanwhile
        match message.item:
            case LayerStarted(layer):
                self._reading.append(layer)
            case LayerRead(layer, _, facts):
                self._reading.remove(layer)
                self._facts = facts
            case CheckDone(outcome):
                self._done += 1
                self._checks[outcome.check.code] = outcome.check
                for finding in outcome.findings:
                    self.findings[f"{finding.code}:{finding.subject}:{finding.summary}"] = finding
            case Examined(examination):
                self.examination = examination
                self._facts = examination.facts
                self.findings = {f"{f.code}:{f.subject}:{f.summary}": f for f in examination.findings}
                self.refresh_bindings()
        self._news = True

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.job == f"examine {self._run}":
            self._failure = message.failure
            self._news = True
            self._tell_news()
            if self._then_repair and self.examination and self._can_repair() and self.is_seen:
                self.action_repair()
            self._then_repair = False

    def _tell_news(self) -> None:
        """Draw what has come since the last time; drawing for each message would slow down the reading."""
        going_on = self._stop is not None and not self.examination and not self._failure
        if self._news or going_on:
            self._news = False
            if self._drawn != list(self.findings):
                self._drawn = list(self.findings)
                self.fill()
            self._say()

    def _say(self) -> None:
        identity = self._facts.identity
        if "identity" in self._facts.layers:
            self.set_title(f"{identity.name or identity.prefix} — {who(identity)}")
        self.say(*headline(self.examination, self._facts, len(self.findings), self._failure), of="#verdict")
        over = self._failure or self.examination
        self.say(self._after() if over else self._how_far.said(self._reading, self._done), "dim")
        healthy = self.examination is not None and not self.findings and "identity" not in self._facts.gaps
        self.query_one("#nothing").display = healthy
        self.query_one("#split").display = not healthy

    def _after(self) -> str:
        if self.examination is None:
            return "r tries again, Esc goes back"
        parts = unsettled(self.examination)
        if self._severity:
            parts.append(f"only {_SHOWN[self._severity].value}s" if _SHOWN[self._severity] else "")  # type: ignore[union-attr]
        if self.order:
            parts.append(f"by {self.ORDERS[self.order]}")
        if parts or not self.findings:  # a healthy one has its ways on below
            return ", ".join(parts)
        return "f repairs what you choose" if self._can_repair() else "Enter says what is yours to do about one"

    def _can_repair(self) -> bool:
        from doctor.fix.planning.choose import can_be_done

        return any(can_be_done(remedy) for finding in self.findings.values() for remedy in finding.remedies)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - textual's
        """Offer a repair until it is known that there is nothing to repair."""
        return action != "repair" or self.examination is None or self._can_repair()

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The findings that the filter and the chosen severity let through."""
        shown = [(key, finding) for key, finding in self.findings.items() if self._is_shown(finding)]
        for key, finding in sorted(shown, key=lambda item: self._rank(item[1])):
            yield key, finding_entry(finding)

    def sorted_anew(self) -> None:
        """Say how it is sorted."""
        self._say()

    def _rank(self, finding: Finding) -> tuple[object, ...]:
        if self.order == 1:
            return (finding.code, finding.subject)
        if self.order == 2:
            return (finding.subject, -finding.severity.rank, finding.code)
        return (-finding.severity.rank, finding.code, finding.subject)

    def _is_shown(self, finding: Finding) -> bool:
        severity = _SHOWN[self._severity]
        text = f"{finding.code} {finding.name} {finding.subject} {finding.summary}"
        return severity in (None, finding.severity) and self.matches(text)

    @on(OptionList.OptionHighlighted, "#list")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        finding = self.findings.get(event.option.id or "")
        if finding and finding.code in self._checks:
            check, facts = self._checks[finding.code], self._facts
            self.query_one("#details", Lines).show(lambda width: describe(finding, check, facts, width=width))
            self.query_one("#preview").scroll_home(animate=False)

    @on(OptionList.OptionSelected, "#list")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        finding = self.findings.get(event.option.id or "")
        if finding:
            self.open_finding(finding)

    def look_again(self, *, then_repair: bool = False) -> None:
        """Examine afresh after something was done; go on with the next repair if there is one."""
        self._then_repair = then_repair
        if self.query("#filter"):
            self.action_back()  # what is found afresh may not hold the text
        self._begin()

    def environment_at_hand(self) -> Environment | None:
        """The one that is examined."""
        return self.environment

    def project_at_hand(self) -> str | None:
        """The project that was named."""
        return self._project

    def action_severity(self) -> None:
        """Show another severity."""
        self._severity = (self._severity + 1) % len(_SHOWN)
        self.fill()
        self._say()

    def action_again(self) -> None:
        """Examine again."""
        self._begin()

    def action_deep(self) -> None:
        """Examine again, with hashes."""
        self._deep = True
        self._begin()
