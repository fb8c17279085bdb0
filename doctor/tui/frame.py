"""What every screen shares: a title line, a place for its content, its command line, its keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from doctor.tui import background
from doctor.tui.keys import Keys


class Framed(Screen[None]):
    """A screen with a title above and its equivalent command line below."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-normal"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", key_display="Esc"),
        Binding("g", "go", "Go to", show=False),
    ]
    HEADING = ""  #: where the user is, in the first picture
    COMMAND_LINE = ""
    NOTICES = False  #: whether it says what the app has to say about the machine as a whole
    HELP = ""  #: what this screen is for and how to use it, in a few sentences
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = ()  #: (key, what it does), for the help screen

    def __init__(self) -> None:
        super().__init__()
        self._stop: threading.Event | None = None  #: of the job at hand

    def compose(self) -> ComposeResult:
        """Lay out title, content, command line and keys."""
        yield Static(_heading(self.HEADING), id="title")
        yield from self.content()
        yield Static(_command_line(self.COMMAND_LINE, self.prompt), id="command-line")
        yield Keys()

    def content(self) -> ComposeResult:
        """What lies between title and command line."""
        yield from ()

    def set_title(self, text: str) -> None:
        """Say where the user is."""
        self.query_one("#title", Static).update(_heading(text))

    @property
    def prompt(self) -> str:
        """What stands before a command: that of the shell in which it means what the screen shows."""
        return str(getattr(self.app, "PROMPT", "$"))

    def set_command_line(self, text: str) -> None:
        """Say which command does the same without the app."""
        self.query_one("#command-line", Static).update(_command_line(text, self.prompt))

    def say(self, text: str, style: str = "", *, of: str = "#status") -> None:
        """Say below the title how things stand."""
        self.query_one(of, Static).update(Content.styled(text.strip(), style))

    def begin(self, job: str, items: Callable[[threading.Event], Iterable[object]]) -> None:
        """Run a job that may block in place of the one before; leaving the screen stops it."""
        if self._stop:
            self._stop.set()
        self._stop = background.start(self, job, items)

    def on_unmount(self) -> None:
        """Let the job end."""
        if self._stop:
            self._stop.set()

    @property
    def is_seen(self) -> bool:
        """Whether it is on top, but for a question or the help; is_current alone is true below any screen, too."""
        top = self.app.screen
        return top is self or (isinstance(top, ModalScreen) and self.is_current)

    def on_screen_resume(self) -> None:
        """Say at the top what the app has to say."""
        self.show_notice(getattr(self.app, "notice", ""))

    def show_notice(self, text: str) -> None:
        """Say something important below the title, on screens that have room for it; nothing takes it away."""
        if not self.NOTICES:
            return
        there = self.query("#notice")
        if there:
            there.first(Static).update(_notice(text))
            there.first().display = bool(text)
        elif text:
            self.mount(Static(_notice(text), id="notice"), after="#title")

    def action_go(self) -> None:
        """Ask where to go."""
        from doctor.tui.places import PlacesScreen, places

        self.app.push_screen(PlacesScreen(places(self.app)))  # type: ignore[arg-type]

    def action_back(self) -> None:
        """Go to the screen before; the first one stays."""
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()


def _heading(text: str) -> Content:
    return Content.styled(f" {text}", "bold")


def _notice(text: str) -> Content:
    return Content.styled(f"! {text}", "bold $text-warning")


def _command_line(text: str, prompt: str) -> Content:
    return Content.assemble((f" {prompt} ", "dim"), text)
