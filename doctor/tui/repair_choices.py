"""The first step of a repair: which findings, and which of their remedies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from doctor.failure import Failure
from doctor.fix.planning.choose import Choice, by_hand, can_be_done, combine, healthy_path
from doctor.model import Examination, Finding, Remedy, Safety
from doctor.report.steps import shell_word
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import GLYPHS, count
from doctor.target.environment import Request
from doctor.tui.choices import Choices
from doctor.tui.command_line import argument_for
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, content

#: columns that the list keeps for itself: its padding and its scroll bar
_BESIDE = 4
_SAFETY = {Safety.SAFE: "safe", Safety.CAREFUL: "careful", Safety.MANUAL: "by hand"}


class Ticks(Choices):
    """A list whose entries are ticked with Space; Enter goes on with what is ticked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.plan", "Plan"),
        Binding("space", "screen.tick", "Choose", key_display="Space"),
    ]


class RepairChoicesScreen(Framed):
    """Choose what to repair, and how where there are several ways."""

    HELP = (
        "The path to a healthy environment, in the order in which one repair makes the next possible. What is safe is "
        "chosen already; what changes packages or settings waits for you. Where a finding has several remedies, choose "
        "one of them; each says what it costs. Nothing is changed here: Enter only makes a plan, for which the package "
        "manager is asked what it would do; that may use the network."
    )
    KEYS = (
        ("Space", "choose the finding or the remedy under the cursor, or take it out again"),
        ("Enter", "make the plan for what is chosen"),
        ("a", "choose all that is not left to you; again, none"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "all", "All, none")]

    def __init__(self, request: Request, examination: Examination, only: Finding | None = None) -> None:
        super().__init__()
        self._request = request
        self._examination = examination
        self._path = tuple(f for f in healthy_path(examination) if only is None or f == only)
        self._told = tuple(f for f in by_hand(examination) if only is None or f == only)
        #: index in the path -> index of the chosen remedy
        self._chosen: dict[int, int] = {}
        self._width = 0
        for number, finding in enumerate(self._path):
            ways = carried_out(finding)
            safe = next((n for n in ways if finding.remedies[n].safety is Safety.SAFE), None)
            if only is not None or safe == ways[0]:
                self._chosen[number] = ways[0]

    def content(self) -> ComposeResult:
        """How many are chosen, and the findings with their remedies."""
        yield Static("", id="status", markup=False)
        yield Ticks(id="list", markup=False)

    def on_mount(self) -> None:
        """Show the path."""
        self.set_title(f"Repair {self._examination.facts.identity.name or self._request.environment.prefix}")
        self.query_one("#list").focus()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What is chosen, in the path's order."""
        return tuple(
            Choice(self._path[number], self._path[number].remedies[way]) for number, way in sorted(self._chosen.items())
        )

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew for another width."""
        if event.size.width - _BESIDE != self._width:
            self._width = event.size.width - _BESIDE
            self._fill()

    def _fill(self) -> None:
        options = self.query_one("#list", OptionList)
        kept = options.highlighted
        options.clear_options()
        options.add_options(self._options())
        options.highlighted = (
            kept if kept is not None and options.option_count else (0 if options.option_count else None)
        )
        self._say()

    def _options(self) -> Iterator[Option]:
        for number, finding in enumerate(self._path):
            ways = carried_out(finding)
            chosen = self._chosen.get(number)
            yield Option(content(_finding(finding, chosen is not None, ways, self._width)), id=f"{number}")
            if len(ways) > 1:
                for way in ways:
                    lead = "      (•) " if way == chosen else "      ( ) "
                    yield Option(content(_way(finding.remedies[way], lead, self._width)), id=f"{number}.{way}")
        for number, finding in enumerate(self._told):
            yield Option(content(_told(finding, self._width)), id=f"told {number}")

    def _say(self) -> None:
        conflict = self._conflict()
        if conflict:
            said = Content.styled(f"! {conflict}", STYLES["warning"])
        elif not self._path:
            said = Content.styled("Nothing here that envdoctor can repair; what is told is yours to do", "dim")
        else:
            careful = sum(choice.remedy.safety is Safety.CAREFUL for choice in self.choices)
            more = f", {careful} of them careful" if careful else ""
            told = f"; {len(self._told)} by hand" if self._told else ""
            said = Content.styled(
                f"{len(self._chosen)} of {count(len(self._path), 'finding')} chosen{more}{told}", "dim"
            )
        self.query_one("#status", Static).update(said)
        self.set_command_line(command_line(self._request, self._examination, self.choices))

    def _conflict(self) -> str:
        try:
            combine(self.choices)
        except Failure as reason:
            return str(reason)
        return ""

    @on(OptionList.OptionSelected, "#list")
    def _clicked(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        """Choose what is under the cursor, or take it out again."""
        option = self.query_one("#list", OptionList).highlighted_option
        key = (option.id if option else None) or ""
        if key.startswith("told"):
            self.notify("This one is yours to do: envdoctor tells how and never does it", markup=False)
            return
        if not key:
            return
        number, _, way = key.partition(".")
        index = int(number)
        wanted = int(way) if way else carried_out(self._path[index])[0]
        if index in self._chosen and (not way or self._chosen[index] == wanted):
            del self._chosen[index]
        else:
            self._chosen[index] = wanted
        self._fill()

    def action_all(self) -> None:
        """Choose all with their first remedy; none if all are chosen."""
        if len(self._chosen) == len(self._path):
            self._chosen.clear()
        else:
            every = {number: carried_out(finding)[0] for number, finding in enumerate(self._path)}
            self._chosen = every | self._chosen
        self._fill()

    def action_plan(self) -> None:
        """Make the plan for what is chosen."""
        conflict = self._conflict()
        if not self._chosen:
            self.notify("Nothing is chosen: Space chooses what is under the cursor", markup=False)
        elif conflict:
            self.notify(conflict, severity="warning", markup=False)
        else:
            from doctor.tui.repair_plan import RepairPlanScreen

            said = command_line(self._request, self._examination, self.choices)
            self.app.push_screen(RepairPlanScreen(self._request, self._examination, self.choices, said))


def carried_out(finding: Finding) -> list[int]:
    """Which of a finding's remedies envdoctor can carry out."""
    return [number for number, remedy in enumerate(finding.remedies) if can_be_done(remedy)]


def command_line(request: Request, examination: Examination, choices: Sequence[Choice]) -> str:
    """The command that makes a plan for the same choices."""
    words = []
    for finding, remedy in choices:
        alike = sum(other.code == finding.code for other in examination.findings) > 1
        number = finding.remedies.index(remedy)
        chosen = f"#{number + 1}" if number != carried_out(finding)[0] else ""
        words.append(shell_word(f"{finding.code}{f':{finding.subject}' if alike else ''}{chosen}"))
    return " ".join(["envdoctor fix", argument_for(request.environment), *words])


def _finding(finding: Finding, chosen: bool, ways: Sequence[int], width: int) -> Iterator[Line]:
    yield (Span("[x] " if chosen else "[ ] ", "strong"), *_heading(finding, width))
    yield from wrapped(finding.summary, width, "      ", "strong" if chosen else "")
    if len(ways) == 1:
        yield from _way(finding.remedies[ways[0]], "      → ", width)
    else:
        yield (Span(f"      {len(ways)} ways, choose one:", "dim"),)


def _way(remedy: Remedy, lead: str, width: int) -> Iterator[Line]:
    safety = Span(f"  {_SAFETY[remedy.safety]}", remedy.safety.value)
    *first, last = wrapped(remedy.title, width - len(safety.text), lead, "")
    yield from first
    yield (*last, safety)
    if remedy.trade_off:
        yield from wrapped(remedy.trade_off, width, " " * len(lead), "dim")


def _told(finding: Finding, width: int) -> Iterator[Line]:
    yield (Span("  · ", "dim"), *_heading(finding, width))
    yield from wrapped(finding.summary, width, "      ", "dim")
    yield from _way(finding.remedies[0], "      → ", width)


def _heading(finding: Finding, width: int) -> Line:
    severity, name = finding.severity, f"{finding.code} {finding.name}"
    room = width - len("[x] ! ") - len(severity.value) - 1
    return (
        Span(f"{GLYPHS[severity]} {severity.value} ", severity.value),
        Span(name if len(name) <= room else finding.code, "dim"),
    )
