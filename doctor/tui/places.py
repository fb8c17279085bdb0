"""Where one can go from any screen by two keys: g, then a digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from doctor.tui.choices import Choices, entry
from doctor.tui.frame import Framed
from doctor.tui.keys import Keys

if TYPE_CHECKING:
    from doctor.target.environment import Environment
    from doctor.tui.app import EnvDoctor
    from doctor.tui.examination import ExaminationScreen

_BREAKPOINTS = [(0, "-low"), (18, "-high")]
#: action of an examination -> what it leads to
_OF_EXAMINATION = (
    ("packages", "its packages"),
    ("sizes", "what takes its room"),
    ("origins", "where its packages came from"),
    ("timeline", "what changed in it, and when"),
    ("compare", "compare it with …"),
)


class Place(NamedTuple):
    """One place."""

    title: str
    go: Callable[[], object]


class PlacesScreen(ModalScreen[None]):
    """Choose where to go, by a digit or with the arrows."""

    VERTICAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,g", "close", "Close", key_display="Esc"),
        Binding("q", "app.leave", "Quit"),
        *(Binding(str(digit), f"go({digit})", show=False) for digit in range(10)),
    ]

    def __init__(self, places: list[Place]) -> None:
        super().__init__()
        self._places = places

    def compose(self) -> ComposeResult:
        """The places, each with its digit."""
        with VerticalScroll(id="question", can_focus=False):
            yield Static(Content.styled("Go to", "bold"))
            options = [
                entry(Content.assemble((f"{(number + 1) % 10}  ", "bold $text-accent"), place.title), str(number))
                for number, place in enumerate(self._places)
            ]
            yield Choices(*options, id="places", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Have the list ready for keys."""
        self.query_one("#places").focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the chosen one."""
        event.stop()
        self._go(int(event.option.id or 0))

    def action_go(self, digit: int) -> None:
        """Go to the one with this digit."""
        self._go((digit - 1) % 10)

    def action_close(self) -> None:
        """Stay."""
        self.dismiss()

    def _go(self, number: int) -> None:
        if number < len(self._places):
            self.dismiss()
            self.app.call_later(self._places[number].go)


def places(app: EnvDoctor) -> list[Place]:
    """What can be reached now, the nearest first; at most ten."""
    return [*_around(app), Place("what was done on this machine, and undo", lambda: _history(app)), *_tools(app)]


def back_to(app: EnvDoctor, wanted: Framed) -> bool:
    """Leave every screen above one; not while a repair is shown that goes on."""
    if any(work.going for work in app.at_work):
        app.notify("Wait until what is being done is over, or Esc to stop it", markup=False)
        return False
    while app.screen is not wanted and len(app.screen_stack) > 2:
        app.pop_screen()
    return True


def examination_of(app: EnvDoctor) -> ExaminationScreen | None:
    """The examination that is open, the topmost if there are several."""
    from doctor.tui.examination import ExaminationScreen

    return next((screen for screen in reversed(app.screen_stack) if isinstance(screen, ExaminationScreen)), None)


def _around(app: EnvDoctor) -> Iterator[Place]:
    first = next((screen for screen in app.screen_stack if isinstance(screen, Framed)), None)
    if first is not None:
        yield Place("the list of environments", lambda: back_to(app, first))
    examination = examination_of(app)
    if examination is None:
        return
    name = examination.environment.name or str(examination.environment.prefix)
    yield Place(f"findings of {name}", lambda: back_to(app, examination))
    for action, title in _OF_EXAMINATION:
        if hasattr(examination, f"action_{action}"):
            yield Place(title, lambda action=action: _from(app, examination, action))  # type: ignore[misc]


def _tools(app: EnvDoctor) -> Iterator[Place]:
    if environment_at_hand(app) is not None:
        yield Place("settings in effect: conda, pip, uv, variables", lambda: settings(app))
    yield Place("what envdoctor knows, and since when", lambda: knowledge(app))


def _from(app: EnvDoctor, examination: ExaminationScreen, action: str) -> None:
    if back_to(app, examination):
        getattr(examination, f"action_{action}")()


def _history(app: EnvDoctor) -> None:
    from doctor.tui.history import HistoryScreen

    if not isinstance(app.screen, HistoryScreen):
        app.push_screen(HistoryScreen())


def settings(app: EnvDoctor) -> None:
    """Show the settings that are in effect for the environment at hand."""
    from doctor.tui.settings_in_effect import SettingsScreen

    environment = environment_at_hand(app)
    if environment is not None and not isinstance(app.screen, SettingsScreen):
        app.push_screen(SettingsScreen(environment))


def knowledge(app: EnvDoctor) -> None:
    """Show the tables and their dates."""
    from doctor.tui.knowledge import KnowledgeScreen

    if not isinstance(app.screen, KnowledgeScreen):
        app.push_screen(KnowledgeScreen())


def environment_at_hand(app: EnvDoctor) -> Environment | None:
    """The environment that is examined, else the chosen one of the list."""
    for screen in reversed(app.screen_stack):
        found = getattr(screen, "environment_at_hand", lambda: None)()
        if found is not None:
            return found  # type: ignore[no-any-return]
    return None
