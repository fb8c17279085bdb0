"""The app: holds the screens together and knows nothing of environments itself.

What the first picture does not need is imported when it is used, for people wait for that picture.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType

from doctor.tui import background
from doctor.tui.colours import COLOURS, following, suggested
from doctor.tui.environments import EnvironmentsScreen
from doctor.tui.frame import Framed
from doctor.tui.preferences import Preferences, remember, remembered

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.filter import LineFilter

    from doctor.fix.history import Operation
    from doctor.target.environment import Environment
    from doctor.tui.at_work import AtWork

#: new objects between two searches for garbage: facts are many and none of them is garbage while they are read
_GARBAGE = 200_000
#: that are waited for on leaving, for what is remembered to be written
_SECONDS = 0.3
_WELCOMED = Preferences(welcomed=True)


def _everything() -> type[Provider]:
    from doctor.tui.palette import Everything

    return Everything


class EnvDoctor(App[int]):
    """Environments, examination, finding, repair, history: screens and the keys between them."""

    TITLE = "envdoctor"
    PROMPT = "$"  #: before the command line of every screen
    CSS_PATH = "style.tcss"
    COMMANDS: ClassVar = {_everything}  # Textual's own commands are here by better names, or of no use here
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "leave", "Quit"),
        Binding("T", "colours", "Colours", show=False),
        Binding("ctrl+c", "leave", "Quit", show=False, priority=True),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
    ]

    def __init__(
        self,
        environment: Environment | None = None,
        *,
        project: str | None = None,
        deep: bool = False,
        preferences: Preferences = _WELCOMED,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        self.colours = suggested(preferences.colours, os.environ)
        self.theme = COLOURS[self.colours][0]
        self._by_filter = _own_filters(self.no_color)
        self._environment = environment
        self._project = project
        self._deep = deep
        self.at_work: list[AtWork] = []  #: everything that was begun and changes something
        self.remembering: threading.Thread | None = None  #: what writes the preferences, once there is something new
        self.left_behind = False  #: whether the user left what is at work to envdoctor recover
        self.notice = ""  #: what every list says at its top
        self.operations: tuple[Operation, ...] = ()  #: what was done on this machine, newest first

    def on_mount(self) -> None:
        """Show the environments; examine at once the one that was named."""
        self.push_screen(EnvironmentsScreen())
        if self._environment:
            from doctor.tui.examination import ExaminationScreen

            self.push_screen(ExaminationScreen(self._environment, project=self._project, deep=self._deep))

        self.call_after_refresh(self.look_for_unfinished)

    async def on_event(self, event: events.Event) -> None:
        """Take the explanation of the first start away with the first key, and let that key do what it does."""
        if isinstance(event, events.Key) and not self.preferences.welcomed and self.screen.query("#welcome"):
            self.screen.query("#welcome").remove()
            self._remember(self.preferences._replace(welcomed=True))
        await super().on_event(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, but those of NO_COLOR as the colours at hand need them; then what keeps to ASCII."""
        if not self.no_color:
            return [*super().get_line_filters(), *self._by_filter]
        return [self._by_filter[0 if self.native_ansi_color else 1], *self._by_filter[2:]]

    def _remember(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self.remembering = remember(preferences)

    def action_colours(self) -> None:
        """Change between dark, light and the terminal's own colours, and remember which."""
        self.colours = following(self.colours)
        self.theme, named = COLOURS[self.colours]
        self._remember(self.preferences._replace(colours=self.colours))
        self.notify(f"Colours: {named}", timeout=2, markup=False)

    def look_for_unfinished(self) -> None:
        """Look for operations that were cut off; a screen that is there says so."""
        background.start(self, "unfinished", _unfinished)
        background.start(self, "operations", _operations)

    @on(background.Came)
    def _learnt(self, message: background.Came[str | tuple[Operation, ...]]) -> None:
        if not isinstance(message.item, str):
            self.operations = message.item
            return
        self.notice = message.item
        for screen in self.screen_stack:
            if isinstance(screen, Framed):
                screen.show_notice(self.notice)

    def action_help(self) -> None:
        """Explain the screen at hand and its keys."""
        if isinstance(self.screen, Framed):
            from doctor.tui.help import HelpScreen

            self.push_screen(HelpScreen(self.screen))

    def action_leave(self) -> None:
        """Quit; a text selected with the mouse is copied instead, as Ctrl+C does elsewhere."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
        elif any(work.going for work in self.at_work):
            from doctor.tui.leaving import ask_to_leave

            ask_to_leave(self)
        else:
            self.exit(0)


def open_app(*, environment: str | None, project: str | None, deep: bool) -> int:
    """Run the app until the user leaves; raises Failure first if what was named cannot be examined."""
    named = None
    if environment is not None or project is not None:
        from doctor.asked import environment_of, request_for

        named = environment_of(environment)
        request_for(named, project=project, deep=deep)
    gc.set_threshold(_GARBAGE)
    app = EnvDoctor(named, project=project, deep=deep, preferences=remembered())
    try:
        return app.run() or 0
    finally:
        if app.remembering:
            app.remembering.join(_SECONDS)
        untold = [work for work in app.at_work if work.going or work.stopping]
        if untold:
            from doctor.tui.leaving import see_to

            see_to(untold, left_behind=app.left_behind)


def _unfinished(_stop: threading.Event) -> Iterator[str]:
    """Say which operations were cut off, if any."""
    from doctor.tui.history import notice

    yield notice()


def _operations(_stop: threading.Event) -> Iterator[tuple[Operation, ...]]:
    """Read what was done on this machine, for the palette."""
    from doctor.fix.folders import state_folder
    from doctor.fix.history import operations

    yield operations(state_folder())


def _own_filters(no_color: bool) -> list[LineFilter]:
    """Filters of no colour for a terminal's own and for other colours, then that of ASCII where it is needed."""
    from doctor.tui.plain_characters import PlainCharacters, only_ascii

    filters: list[LineFilter] = []
    if no_color:
        from textual.filter import Monochrome, NoColor

        filters += [NoColor(), Monochrome()]
    if only_ascii(os.environ):
        filters.append(PlainCharacters())
    return filters
