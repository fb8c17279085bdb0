"""What differs between an environment and another, whether it changes results, and how to make both alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from doctor.asked import request_for
from doctor.collect import LayerStarted
from doctor.model import Severity
from doctor.report.comparison import render
from doctor.report.words import GLYPHS
from doctor.tui import background
from doctor.tui.asking import Confirm
from doctor.tui.command_line import argument_for
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines

if TYPE_CHECKING:
    from doctor.compare.comparison import Comparison, Side
    from doctor.compared.sides import Taken
    from doctor.target.environment import Environment
    from doctor.tui.compare_with import With


class ComparisonScreen(Framed):
    """Read a comparison, and have numbers computed."""

    HELP = (
        "What can change results comes first, then what does not. With p the environment's own Python computes small "
        "numbers, so that it shows whether results really differ, and why. At the end: how to make both sides alike."
    )
    KEYS = (
        ("↑ ↓", "scroll; PgUp, PgDn, Home and End as well"),
        ("p", "compute numbers in this environment's own Python; asks"),
        ("y", "copy the commands that make both alike"),
        ("m", "copy the comparison as Markdown, for a message or an issue"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "probe", "Numbers"),
        Binding("y", "copy", "Copy commands"),
        Binding("m", "markdown", "Copy Markdown"),
    ]

    def __init__(
        self, environment: Environment, other: With, *, project: str | None = None, earlier: Side | None = None
    ) -> None:
        """Hold both; earlier takes the place of the environment as it is now."""
        super().__init__()
        self._earlier = earlier
        self._environment = environment
        self._other = other
        self._project = project
        self._taken: Taken | None = None
        self._theirs: Taken | Side | None = None
        self._comparison: Comparison | None = None

    def content(self) -> ComposeResult:
        """A line that says how it goes, and one scrolling text."""
        yield Static("", id="status", markup=False)
        with VerticalScroll(id="page"):
            yield Lines(lambda _width: (), id="details")

    def on_mount(self) -> None:
        """Start to read both sides."""
        from doctor.report.steps import shell_word

        mine = self._environment.name or str(self._environment.prefix)
        self.set_title(f"{mine} and {self._other.title}")
        theirs = argument_for(self._other.environment) if self._other.environment else str(self._other.path)
        if self._other.kind == "moment":
            between = f"{self._earlier.title if self._earlier else self._other.title.split()[0]}"
            then = self._other.title.split()[0] if self._earlier else "now"
            self.set_command_line(
                f"envdoctor timeline {argument_for(self._environment)} --between {between.split()[0]} {then}"
            )
        else:
            self.set_command_line(f"envdoctor compare {argument_for(self._environment)} {shell_word(theirs)}")
        self.query_one("#page").focus()
        self._begin("reading both sides", self._read)

    def _begin(self, said: str, work: object) -> None:
        self.say(f"… {said}", "dim")
        self.begin("compare", work)  # type: ignore[arg-type]

    def _read(self, stop: threading.Event) -> Iterator[object]:
        from doctor.compared.sides import side_of_file

        if self._earlier is None:
            for event in self._take(self._environment, stop):
                yield event
                self._taken = event if not isinstance(event, str) else self._taken
        if self._other.side:
            self._theirs = self._other.side
        elif self._other.environment:
            for event in self._take(self._other.environment, stop):
                yield event
                self._theirs = event if not isinstance(event, str) else self._theirs
        else:
            self._theirs = side_of_file(self._other.path)
        yield self._compared()

    def _take(self, environment: Environment, stop: threading.Event) -> Iterator[str | Taken]:
        from doctor.compared.sides import take
        from doctor.fix.kept_fingerprints import stamp

        request = request_for(environment, project=self._project, deep=False)
        for event in take(request, stamp()):
            if stop.is_set():
                return
            yield f"reading {event.layer} of {environment.name}" if isinstance(event, LayerStarted) else event

    def _compared(self) -> Comparison:
        from doctor.compare.difference import compare

        if self._earlier is not None:
            return compare((self._earlier, self._their_side()))
        assert self._taken is not None
        mine = self._taken.side(self._environment.name or "this environment")
        return compare((self._their_side(), mine) if self._other.kind == "moment" else (mine, self._their_side()))

    def _their_side(self) -> Side:
        from doctor.compared.sides import Taken

        assert self._theirs is not None
        if isinstance(self._theirs, Taken):
            return self._theirs.side(self._other.title)
        return self._theirs._replace(title=self._other.title)

    @on(background.Came)
    def _came(self, message: background.Came[object]) -> None:
        from doctor.compare.comparison import Comparison

        if isinstance(message.item, str):
            self.say(f"… {message.item}", "dim")
        elif isinstance(message.item, Comparison):
            comparison = self._comparison = message.item
            self.query_one("#details", Lines).show(lambda width: render(comparison, width=width))
            self.query_one("#page").scroll_home(animate=False)

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"{GLYPHS[Severity.ERROR]} {message.failure}", STYLES["error"])
        elif self._taken is None or self._other.kind == "moment":
            self.say("what differs between the two moments", "dim")
        else:
            difference = self._comparison.difference if self._comparison else None
            if difference and difference.numbers:
                self.say("numbers are compared", "dim")
            elif self._taken.fingerprint.numbers.runs:
                self.say("the other side has no numbers: envdoctor snapshot --probe makes a file with them", "bold")
            else:
                self.say("p computes numbers and says whether they differ", "dim")

    def action_probe(self) -> None:
        """Ask whether the environment's own Python may be started to compute numbers."""
        from doctor.live.numbers import numbers_question

        if self._other.kind == "moment":
            self.notify("Numbers are computed as things are now; compare with a file for that", markup=False)
            return
        if self._taken is None or self._comparison is None:
            self.notify("Wait until both sides are read", markup=False)
            return
        asked, about = numbers_question(self._taken.request, self._taken.facts)
        if self._other.environment:
            about = f"The same is done in {self._other.title}. {about}"
        self.app.push_screen(Confirm(asked, about, "start it", "start nothing"), self._probe)

    def _probe(self, yes: bool | None) -> None:
        if yes:
            self._begin("computing numbers", self._numbers)

    def _numbers(self, stop: threading.Event) -> Iterator[object]:
        from doctor.compared.sides import Taken
        from doctor.live.numbers import measure_causes, probe_numbers
        from doctor.report.comparison_words import GRAVITY

        assert self._taken is not None
        said: list[str] = []
        mine, theirs = self._taken, self._theirs
        yield f"computing numbers in {self._environment.name}"
        mine = mine.with_numbers(probe_numbers(mine.request, mine.facts, say=said.append, stop=stop.is_set))
        if isinstance(theirs, Taken):
            yield f"computing numbers in {self._other.title}"
            theirs = theirs.with_numbers(probe_numbers(theirs.request, theirs.facts, stop=stop.is_set))
        self._taken, self._theirs = mine, theirs
        first = self._compared()
        yield first
        difference = first.difference
        if difference and any(number.verdict in GRAVITY for number in difference.numbers):
            yield "finding out why numbers differ, one change at a time"
            other = self._their_side().fingerprint.numbers
            self._taken = mine.with_numbers(
                measure_causes(mine.request, mine.facts, difference.numbers, other, stop=stop.is_set)
            )
            yield self._compared()

    def action_copy(self) -> None:
        """Copy the commands, because the user asked."""
        from doctor.report.comparison_commands import commands_of

        comparison = self._comparison
        steps = comparison.difference.alignment if comparison and comparison.difference else ()
        commands = [line for step in steps for line in commands_of(step, comparison)] if comparison else []
        if commands:
            self.app.copy_to_clipboard("".join(f"{command}\n" for command in commands))
            self.notify("Copied: " + "; ".join(commands[:3]) + (" …" if len(commands) > 3 else ""), markup=False)
        else:
            self.notify("There is no command to copy", markup=False)

    def action_markdown(self) -> None:
        """Copy the comparison as Markdown, because the user asked."""
        if self._comparison:
            from doctor.report.comparison_markdown import render as in_markdown

            self.app.copy_to_clipboard(in_markdown(self._comparison))
            self.notify("Copied as Markdown", markup=False)
