"""What envdoctor did on this machine: unfinished first, then newest first, each with its way back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from doctor.facts.units import size
from doctor.fix.folders import state_folder
from doctor.report.plan import ENDINGS
from doctor.report.words import count
from doctor.tui import background
from doctor.tui.asking import Confirm, OneOf
from doctor.tui.lines import STYLES
from doctor.tui.listed import Listed

if TYPE_CHECKING:
    from doctor.fix.history import Operation
    from doctor.tui.app import EnvDoctor

#: (how many are kept, or None; how many days are kept, or None, what the answer says)
_PRUNINGS: tuple[tuple[int | None, float | None, str], ...] = (
    (10, None, "keep the 10 newest"),
    (3, None, "keep the 3 newest"),
    (None, 90, "keep those of the last 90 days"),
    (None, 30, "keep those of the last 30 days"),
    (None, 7, "keep those of the last 7 days"),
    (0, None, "keep none: what was done can no longer be undone"),
)


class HistoryScreen(Listed):
    """Look at past operations, undo one, remove old saved copies."""

    HELP = (
        "Every repair and every undo, newest first, with what it ended in and what its saved copies take on disk. "
        "An operation that was cut off, by a crash or a power cut, stands on top: r puts its environment back."
    )
    KEYS = (
        ("Enter", "the plan and what came of it"),
        ("u", "undo the chosen operation; asks once more"),
        ("r", "recover the chosen unfinished operation: put its environment back"),
        ("p", "remove old saved copies, by age or number"),
        ("/", "show only those that hold a text; Esc shows all"),
        ("s", "sort by time, environment or size"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo"),
        Binding("r", "recover", "Recover"),
        Binding("p", "prune", "Prune"),
    ]
    HINT = "part of an environment's name or of what came of it"
    ORDERS = ("time", "environment", "size")
    COMMAND_LINE = "envdoctor history"
    HEADING = "History"

    def __init__(self, prefix: Path | None = None) -> None:
        super().__init__()
        self._prefix = prefix
        self._operations: dict[str, Operation] = {}
        self._every: tuple[Operation, ...] = ()  #: of all environments, for removing looks at all of them
        self._loading = True

    def content(self) -> ComposeResult:
        """How many there are, and the list."""
        yield Static("", id="status", markup=False)
        yield from self.compose_list()

    def on_mount(self) -> None:
        """Read the journals."""
        self.options.focus()
        self.load()

    def load(self) -> None:
        """Read the journals anew."""
        self._loading = True
        self._say()
        background.start(self, "history", lambda _stop: [self._read()])

    def _read(self) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
        """Every operation, and those of the environment at hand."""
        from doctor.fix.history import operations

        every = operations(state_folder())
        wanted = self._prefix.resolve() if self._prefix else None
        return every, tuple(one for one in every if wanted in (None, one.prefix.resolve()))

    @on(background.Came)
    def _came(self, message: background.Came[tuple[tuple[Operation, ...], tuple[Operation, ...]]]) -> None:
        self._every, own = message.item
        self._operations = {one.id: one for one in own}
        self._loading = False
        self.fill()
        self._say()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.failure:
            self.notify(message.failure, severity="error", markup=False)

    def _say(self) -> None:
        unfinished = sum(not operation.ending for operation in self._operations.values())
        took = sum(operation.size for operation in self._operations.values())
        if self._loading:
            said, style = "reading …", "dim"
        elif not self._operations:
            said, style = " Nothing was repaired yet", "dim"
        else:
            said, style = f"{count(len(self._operations), 'operation')}, {size(took)} of saved copies", "dim"
        if unfinished:
            said, style = f"! {unfinished} unfinished: r recovers; " + said, STYLES["warning"]
        self.say(said, style)

    def entries(self) -> Iterator[tuple[str, Content]]:
        """The operations that the filter lets through, unfinished ones first."""
        ranked = sorted(self._operations.values(), key=self._rank)
        for operation in ranked:
            if self.matches(
                f"{operation.name} {operation.what} {operation.ending} {operation.text} {operation.prefix}"
            ):
                yield operation.id, _prompt(operation)

    def _rank(self, operation: Operation) -> tuple[object, ...]:
        by = (-operation.began, operation.name.lower(), -operation.size)[self.order]
        return (bool(operation.ending), by, -operation.began)

    def sorted_anew(self) -> None:
        """Show the order by itself: the list tells."""

    def _at_cursor(self) -> Operation | None:
        option = self.options.highlighted_option
        return self._operations.get((option.id if option else None) or "")

    @on(OptionList.OptionSelected, "#list")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        operation = self._operations.get(event.option.id or "")
        if operation:
            from doctor.tui.past_operation import PastOperationScreen

            self.app.push_screen(PastOperationScreen(operation))

    def action_undo(self) -> None:
        """Ask, then undo what is under the cursor."""
        operation = self._at_cursor()
        if operation:
            ask_to_undo(self.app, operation)  # type: ignore[arg-type]

    def action_recover(self) -> None:
        """Put back what the operation under the cursor left unfinished."""
        operation = self._at_cursor()
        if operation is None or operation.ending:
            self.notify("This one is finished; u undoes it" if operation else "Nothing is chosen", markup=False)
        else:
            ask_to_recover(self.app, operation)  # type: ignore[arg-type]

    def action_prune(self) -> None:
        """Ask what is kept."""
        if not _would_go(self._every, 0, None):
            self.notify("There is nothing to remove", markup=False)
            return
        answers = []
        for number, (keep, days, text) in enumerate(_PRUNINGS):
            gone = _would_go(self._every, keep, days)
            freed = size(sum(operation.size for operation in gone))
            answers.append((str(number), f"{text}\n  removes {len(gone)} of {len(self._every)}, frees {freed}"))
        question = "Which operations of all environments are kept?"
        self.app.push_screen(OneOf(question, answers), self._which_go)

    def _which_go(self, answer: str | None) -> None:
        if answer is None:
            return
        keep, days, _ = _PRUNINGS[int(answer)]
        gone = _would_go(self._every, keep, days)

        def confirmed(yes: bool | None) -> None:
            if yes:
                background.start(self, "prune", lambda _stop: [self._prune(keep, days)])

        question = f"Remove {len(gone)} of {count(len(self._every), 'operation')}?"
        about = "What these did can no longer be undone. Unfinished ones are kept."
        self.app.push_screen(Confirm(question, about, "remove", "keep all"), confirmed)

    def _prune(self, keep: int | None, days: float | None) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
        from doctor.fix.history import prune

        removed = prune(state_folder(), keep=keep, days=days)
        freed = size(sum(operation.size for operation in removed))
        self.app.call_from_thread(self.notify, f"{count(len(removed), 'operation')} removed, {freed} freed")
        return self._read()


def _would_go(every: tuple[Operation, ...], keep: int | None, days: float | None) -> list[Operation]:
    """What removing would take away: all but the newest, or what is older."""
    finished = [operation for operation in every if operation.ending]
    oldest = time.time() - (days or 0) * 86_400
    return finished[keep:] if keep is not None else [one for one in finished if one.began < oldest]


def notice() -> str:
    """Say which operations were cut off or are held by somebody; empty where all are finished."""
    from doctor.failure import Failure
    from doctor.fix.history import unfinished
    from doctor.fix.host.lock import locked

    state = state_folder()
    cut, held = [], []
    for operation in unfinished(state):
        try:
            with locked(operation.prefix, state):
                cut.append(operation.name)
        except Failure:
            held.append(operation.name)
    if cut:
        return f"A repair was cut off: {', '.join(dict.fromkeys(cut))}. h shows it, r there puts the old state back"
    if held:
        return f"{', '.join(dict.fromkeys(held))} is being repaired, or a repair was cut off; h shows it"
    return ""


def ask_to_undo(app: EnvDoctor, operation: Operation) -> None:
    """Ask whether to undo an operation, and do it."""
    if not operation.can_undo:
        said = "was cut off: r recovers it" if not operation.ending else "cannot be undone: nothing is saved of it"
        app.notify(f"This operation {said}", markup=False)
        return

    def answered(yes: bool | None) -> None:
        if yes:
            from doctor.tui import begin

            begin.undo(app, operation)

    about = f"{operation.name} becomes as it was before {when(operation)}, byte for byte."
    app.push_screen(Confirm("Undo this?", about, yes="undo", no="leave it"), answered)


def ask_to_recover(app: EnvDoctor, operation: Operation) -> None:
    """Ask whether to recover an unfinished operation, and do it."""

    def answered(yes: bool | None) -> None:
        if yes:
            from doctor.tui import begin

            begin.recover(app, operation)

    about = f"{operation.name} becomes as it was before {when(operation)}."
    app.push_screen(Confirm("Put the environment back?", about, yes="recover", no="not now"), answered)


def when(operation: Operation) -> str:
    """When an operation began, in the user's own time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(operation.began))


def what(operation: Operation) -> str:
    """What an operation was: the codes it was to repair, an undo, or what no finding asked for."""
    codes = ", ".join(dict.fromkeys(chosen.code for chosen in operation.plan.chosen))
    if not codes:
        return "creation" if operation.places.method == "new" else "addition"
    return f"undo of {codes}" if operation.what == "undo" else f"fix of {codes}"


def _prompt(operation: Operation) -> Content:
    mark, word, style = ENDINGS.get(operation.ending, ("!", "Unfinished", "warning"))  # type: ignore[call-overload]
    about = [when(operation), what(operation), size(operation.size)]
    return Content.assemble(
        (f"{mark} {word.lower()}  ", STYLES[style]),
        (operation.name, "bold"),
        ("" if operation.can_undo or not operation.ending else "  not to be undone", "dim"),
        ("\n  " + " · ".join(about), "dim"),
    )
