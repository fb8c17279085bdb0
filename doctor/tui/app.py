"""The app: holds the screens together and knows nothing of environments itself.

What the first picture does not need is imported when it is used, for people wait for that picture.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType

from doctor.tui import background
from doctor.tui.environments import EnvironmentsScreen
from doctor.tui.frame import Framed

if TYPE_CHECKING:
    from textual.command import Provider

    from doctor.target.environment import Environment
    from doctor.tui.at_work import AtWork

#: new objects between two searches for garbage: facts are many and none of them is garbage while they are read
_GARBAGE = 200_000


def _everything() -> type[Provider]:
    from doctor.tui.palette import Everything

    return Everything


class EnvDoctor(App[int]):
    """Environments, examination, finding, repair, history: screens and the keys between them."""

    TITLE = "envdoctor"
    CSS_PATH = "style.tcss"
    COMMANDS = App.COMMANDS | {_everything}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+c", "leave", "Quit", show=False, priority=True),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
    ]

    def __init__(
        self, environment: Environment | None = None, *, project: str | None = None, deep: bool = False
    ) -> None:
        super().__init__()
        self._environment = environment
        self._project = project
        self._deep = deep
        self.at_work: list[AtWork] = []  #: everything that was begun and changes something
        self.left_behind = False  #: whether the user left what is at work to envdoctor recover
        self.notice = ""  #: what every list says at its top

    def on_mount(self) -> None:
        """Show the environments; examine at once the one that was named."""
        self.push_screen(EnvironmentsScreen())
        if self._environment:
            from doctor.tui.examination import ExaminationScreen

            self.push_screen(ExaminationScreen(self._environment, project=self._project, deep=self._deep))

        self.call_after_refresh(self.look_for_unfinished)

    def look_for_unfinished(self) -> None:
        """Look for operations that were cut off; a screen that is there says so."""
        background.start(self, "unfinished", _unfinished)

    @on(background.Came)
    def _unfinished_came(self, message: background.Came[str]) -> None:
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
    app = EnvDoctor(named, project=project, deep=deep)
    try:
        return app.run() or 0
    finally:
        untold = [work for work in app.at_work if work.going or work.stopping]
        if untold:
            from doctor.tui.leaving import see_to

            see_to(untold, left_behind=app.left_behind)


def _unfinished(_stop: threading.Event) -> Iterator[str]:
    """Say which operations were cut off, if any."""
    from doctor.tui.history import notice

    yield notice()
