"""What changed in an environment, and when: every moment that is known, and the difference between any two."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.asked import request_for
from doctor.collect import LayerStarted
from doctor.report.timeline import KINDS, moment_time, told
from doctor.tui import background
from doctor.tui.command_line import argument_for
from doctor.tui.lines import STYLES
from doctor.tui.listed import Listed

if TYPE_CHECKING:
    from doctor.compare.comparison import Side
    from doctor.compare.timeline import Moment
    from doctor.compared.past import PastOf
    from doctor.target.environment import Environment


class TimelineScreen(Listed):
    """Look at what happened, and compare moments."""

    HELP = (
        "conda's history, the times at which packages were installed, the project's files, envdoctor's own repairs and "
        "snapshots, newest first. Moments marked with = are known well enough to be compared. A time with ~ may be "
        "that of a copy or a checkout."
    )
    KEYS = (
        ("Enter", "what differs between the chosen moment and now"),
        ("b", "mark the chosen moment; Enter on another then compares the two"),
        ("/", "show only those that hold a text; Esc shows all"),
        ("s", "newest first, or oldest first"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("b", "mark", "Mark")]
    HINT = "part of a package's name or of what happened"
    ORDERS = ("newest", "oldest")

    def __init__(self, environment: Environment, *, project: str | None = None) -> None:
        super().__init__()
        self._environment = environment
        self._project = project
        self._past: PastOf | None = None
        self._marked: Moment | None = None

    def content(self) -> ComposeResult:
        """What has changed since the newest snapshot, and the list."""
        yield Static("", id="status", markup=False)
        yield from self.compose_list()

    def on_mount(self) -> None:
        """Start to read."""
        self.set_title(f"{self._environment.name or self._environment.prefix} — what changed, and when")
        self.set_command_line(f"envdoctor timeline {argument_for(self._environment)}")
        self.options.focus()
        self.say("… reading", "dim")
        self.begin("timeline", self._read)

    def _read(self, stop: threading.Event) -> Iterator[object]:
        from doctor.compared.past import LAYERS, past_of
        from doctor.compared.sides import take
        from doctor.fix.folders import state_folder
        from doctor.fix.kept_fingerprints import stamp

        request = request_for(self._environment, project=self._project, deep=False)
        for event in take(request, stamp(), more_layers=LAYERS):
            if stop.is_set():
                return
            if isinstance(event, LayerStarted):
                yield f"reading {event.layer}"
            else:
                yield past_of(event, state_folder())

    @on(background.Came)
    def _came(self, message: background.Came[PastOf | str]) -> None:
        if isinstance(message.item, str):
            self.say(f"… {message.item}", "dim")
            return
        self._past = message.item
        self.fill()
        self._since()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.say(f"✗ {message.failure}", STYLES["error"])

    def _since(self) -> None:
        past = self._past
        if past is None:
            return
        if self._marked is not None:
            self.say(f"{self._marked.name} is marked: Enter on another moment compares the two", "bold")
        elif past.changed is None:
            self.say("No snapshot is kept: envdoctor snapshot, while all works, tells later what changed", "dim")
        elif past.changed:
            self.say(f"! since {past.newest}: {told(past.changed)}", STYLES["warning"])
        else:
            self.say(f"✓ Nothing has changed since {past.newest}", STYLES["fine"])

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The moments that the filter lets through."""
        moments = list(self._past.timeline.moments) if self._past else []
        for moment in reversed(moments) if self.order else moments:
            changes = told(moment.changes)
            if self.matches(f"{moment.name} {moment.kind} {moment.title} {' '.join(c.name for c in moment.changes)}"):
                mark = "*" if moment is self._marked else "=" if moment.fingerprint is not None else " "
                sure = "" if moment.sure else " ~"
                yield (
                    moment.name,
                    Content.assemble(
                        (f"{mark} ", "bold"),
                        (f"{moment_time(moment) or 'unknown time'}{sure}", "bold"),
                        (f"  {moment.name}  {KINDS[moment.kind]}", "dim"),
                        f"\n  {moment.title}{': ' if changes else ''}{changes}",
                    ),
                )

    def sorted_anew(self) -> None:
        """Show the order by itself: the times tell."""

    def _at(self, name: str | None) -> Moment | None:
        moments = self._past.timeline.moments if self._past else ()
        return next((moment for moment in moments if moment.name == name), None)

    @on(OptionList.OptionSelected, "#list")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        from doctor.tui.compare_with import With
        from doctor.tui.comparison import ComparisonScreen

        moment = self._at(event.option.id)
        side = self._side(moment)
        if moment is None or side is None:
            self.notify("Nobody wrote down what was installed then; moments with = can be compared", markup=False)
            return
        earlier = self._side(self._marked) if self._marked and self._marked is not moment else None
        other = With("moment", side.title, "", self._environment.prefix, side=side)
        self._marked = None
        self.fill()
        self._since()
        self.app.push_screen(ComparisonScreen(self._environment, other, project=self._project, earlier=earlier))

    def _side(self, moment: Moment | None) -> Side | None:
        from doctor.compare.comparison import Side

        if moment is None or moment.fingerprint is None:
            return None
        when = moment_time(moment)
        return Side(f"{moment.name}{f' of {when}' if when else ''}", moment.fingerprint)

    def action_mark(self) -> None:
        """Mark a moment, or take the mark away."""
        chosen = self.options.highlighted_option
        moment = self._at(chosen.id if chosen else None)
        if moment is None or moment.fingerprint is None:
            self.notify("Only moments with = can be compared", markup=False)
            return
        self._marked = None if moment is self._marked else moment
        self.fill()
        self._since()
