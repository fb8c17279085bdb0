"""The plan of a repair: made in the background, shown in three views, written to a file, and carried out on a yes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doctor.fix.folders import state_folder
from doctor.fix.options import Options
from doctor.fix.plan import Plan
from doctor.fix.planning.choose import Choice
from doctor.model import Examination, Severity
from doctor.report.text import Line
from doctor.report.words import GLYPHS
from doctor.target.environment import Request
from doctor.tui import background
from doctor.tui.asking import Confirm, Written
from doctor.tui.frame import Framed
from doctor.tui.lines import STYLES, Lines

if TYPE_CHECKING:
    from doctor.tui.app import EnvDoctor

_VIEWS = ("sentence", "packages", "commands")


class RepairPlanScreen(Framed):
    """Read what would be done, exactly, before saying yes."""

    HELP = (
        "Nothing has been changed yet. The plan says what would be done in a sentence, which packages would change, "
        "and the exact commands and edits. Before the first step the environment is saved, and after the last one it "
        "is examined again: unless the findings are gone and nothing new is wrong, the old state comes back."
    )
    KEYS = (
        ("a", "apply the plan; asks once more"),
        ("1 2 3", "a sentence, the packages, the commands and edits; Tab goes to the next"),
        ("y", "copy the commands"),
        ("w", "write the plan to a file, for envdoctor fix --apply"),
        ("o", "plan without the network, or with it again"),
        ("Esc", "back to the choices; stops the planning"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "apply", "Apply"),
        Binding("1", "view(0)", "Sentence", show=False),
        Binding("2", "view(1)", "Packages", show=False),
        Binding("3", "view(2)", "Commands", show=False),
        Binding("tab", "next_view", show=False, priority=True),
        Binding("y", "copy", "Copy"),
        Binding("w", "write", "Write"),
        Binding("o", "offline", "Offline"),
    ]

    def __init__(
        self, request: Request, examination: Examination, choices: Sequence[Choice], command_line: str
    ) -> None:
        super().__init__()
        self._request = request
        self._examination = examination
        self._choices = tuple(choices)
        self._said_command = command_line
        self._options = Options()
        self.plan: Plan | None = None
        self._failure = ""
        self._view = 0
        self._run = 0
        self._said = "choosing the package manager"

    def content(self) -> ComposeResult:
        """The verdict on the plan, the view's name, and the view."""
        yield Static("", id="verdict", markup=False)
        yield Static("", id="status", markup=False)
        with VerticalScroll(id="page"):
            yield Lines(self._lines, id="plan")

    def on_mount(self) -> None:
        """Start to plan."""
        self.set_title(f"Plan for {self._examination.facts.identity.name or self._request.environment.prefix}")
        self.query_one("#page").focus()
        self._begin()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - textual's
        """Offer only what can be done now."""
        return self.plan is not None if action in ("apply", "view", "next_view", "copy", "write") else True

    def _begin(self) -> None:
        self.plan, self._failure = None, ""
        self.set_command_line(self._said_command + (" --offline" if self._options.offline else ""))
        self._run += 1
        self.begin(f"plan {self._run}", self._make)
        self._show()

    def _make(self, stop: threading.Event) -> Iterator[Plan]:
        from doctor.fix.planning.making import make_plan

        job = f"plan {self._run}"
        yield make_plan(
            self._request,
            self._examination,
            self._choices,
            self._options,
            state_folder(),
            say=lambda text: None if stop.is_set() else _say(self, job, text),
            stop=stop.is_set,
        )

    @on(background.Came)
    def _came(self, message: background.Came[Plan | str]) -> None:
        if message.job != f"plan {self._run}":
            return
        if isinstance(message.item, Plan):
            self.plan = message.item
            self.refresh_bindings()
            self._show()
        else:
            self._said = message.item
            self._show_head()

    @on(background.Ended)
    def _ended(self, message: background.Ended) -> None:
        if message.job == f"plan {self._run}":
            self._failure = message.failure
            self._show()

    def _show(self) -> None:
        self._show_head()
        self.query_one("#plan", Lines).show(self._lines)
        self.query_one("#page").scroll_home(animate=False)

    def _show_head(self) -> None:
        self.query_one("#verdict", Static).update(self._verdict())
        self.say(self._status(), "dim")

    def _verdict(self) -> Content:
        plan = self.plan
        if self._failure:
            return Content.styled(f"{GLYPHS[Severity.ERROR]} No plan: {self._failure}", STYLES["error"])
        if plan is None:
            return Content.styled("… planning; nothing is changed yet", "bold")
        if plan.blocked:
            return Content.styled(f"! Would be refused: {'; '.join(plan.blocked)}", STYLES["warning"])
        return Content.assemble(
            (f"{plan.safety}", STYLES[plan.safety]),
            f" · {'can be undone' if plan.reversible else 'cannot be undone'} · ",
            ("a", "bold"),
            " applies it",
        )

    def _status(self) -> str:
        if self._failure:
            return " Esc goes back to the choices"
        if self.plan is None:
            return self._said
        names = (f"[{name}]" if number == self._view else name for number, name in enumerate(_VIEWS))
        return "  ".join(f"{number} {name}" for number, name in enumerate(names, 1))

    def _lines(self, width: int) -> Iterator[Line]:
        if self.plan is not None:
            from doctor.report.plan import views

            yield from views(self.plan, width)[self._view]

    def action_view(self, view: int) -> None:
        """Show one of the three views."""
        self._view = view
        self._show()

    def action_next_view(self) -> None:
        """Show the next view."""
        self.action_view((self._view + 1) % len(_VIEWS))

    def action_offline(self) -> None:
        """Plan anew without the network, or with it again."""
        self._options = self._options._replace(offline=not self._options.offline)
        self._begin()

    def action_copy(self) -> None:
        """Copy the commands, because the user asked."""
        from doctor.report.plan import commands

        found = commands(self.plan) if self.plan else ()
        if found:
            self.app.copy_to_clipboard("\n".join(found) + "\n")
            self.notify(f"Copied: {found[0]}" + (f" and {len(found) - 1} more" if found[1:] else ""), markup=False)
        else:
            self.notify("This plan has no command to copy", markup=False)

    def action_write(self) -> None:
        """Ask for a file's name and write the plan there."""
        if self.plan:
            self.app.push_screen(
                Written("Write the plan to which file?", value=f"{self.plan.id}.plan.json"), self._write_to
            )

    def _write_to(self, name: str | None) -> None:
        if not name or not self.plan:
            return
        from doctor.fix import as_json
        from doctor.fix.host.files import write_new

        path = Path(name).expanduser().absolute()
        if path.exists():
            self.notify(f"{path} is there already; nothing was written", severity="warning", markup=False)
            return
        try:
            write_new(path, as_json.dump(self.plan))
        except OSError as error:
            self.notify(f"{path}: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(f"Written: {path}", markup=False)

    def action_apply(self) -> None:
        """Ask once more; a destructive plan wants the environment's name."""
        plan = self.plan
        if plan is None:
            return
        if plan.blocked:
            self.notify("; ".join(plan.blocked), severity="warning", markup=False)
        elif plan.destructive:
            about = "Something goes away as a whole or for good. Type the environment's name to go on."
            self.app.push_screen(Written(f"Apply this to {plan.name}?", about, expected=plan.name), self._named)
        else:
            about = "The environment is saved first and examined again afterwards. You can undo it."
            self.app.push_screen(
                Confirm(f"Apply this plan to {plan.name}?", about, yes="apply it", no="change nothing"), self._confirmed
            )

    def _named(self, name: str | None) -> None:
        if self.plan and name == self.plan.name:
            self._confirmed(True)

    def _confirmed(self, answer: bool | None) -> None:
        if answer and self.plan:
            from doctor.tui import begin

            app: EnvDoctor = self.app  # type: ignore[assignment]
            begin.fix(app, self.plan, self._request, self._options, self._said_command)


def _say(screen: RepairPlanScreen, job: str, text: str) -> None:
    screen.post_message(background.Came(job, text))
