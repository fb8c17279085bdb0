"""Walks through every screen by keys, and takes each as text at two sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from textual import events
from textual.pilot import Pilot

from doctor.knowledge.sources import Source
from doctor.target import discover
from doctor.target.environment import Environment
from doctor.tui.app import EnvDoctor
from doctor.tui.keys import Keys
from doctor.tui.preferences import Preferences
from tests.tui.golden.stage import Stage, masked

SIZES = ((80, 24), (120, 40))

#: in place of all tables, which come and go
_SOURCES = (
    Source("torch", "which releases there are", "2026-12-01", "the index", "measured", brought="~/newer/torch.json"),
    Source("cuda-floors", "the oldest driver for each CUDA family", "2026-11-22", "NVIDIA's guide", "documented"),
)


class Step(NamedTuple):
    """Keys, what must be shown after them, and how the screen is called; empty where it is not kept."""

    keys: tuple[str, ...]  #: of several letters and a space: pasted
    shows: str
    name: str = ""


#: by keys alone through all screens, and back to the first
STEPS = (
    Step((), "2 environments", "first-start"),
    Step(("down", "up"), "2 environments", "environments"),
    Step(("g",), "Go to", "go"),
    Step(("escape", "question_mark"), "Esc closes it", "help"),
    Step(("escape", "ctrl+p"), "Search for commands", "palette"),
    Step(("escape", "slash", *"churn"), "churn", "filter"),
    Step(("escape", "g", "3"), "channel_priority", "settings"),
    Step(("escape", "g", "4"), "tables", "knowledge"),
    Step(("escape", "h"), "Nothing was repaired yet", "history-empty"),
    Step(("escape", "a"), "Which problem are you solving now?", "advice-question"),
    Step(("enter",), " w writes", "advice"),
    Step(("escape", "o"), "", "onboarding"),
    Step(("escape", "down", "enter"), "No problem found", "examination-healthy"),
    Step(("escape", "up", "enter"), "2 errors, ", "examination"),
    Step(("c",), "how they came out", "outcomes"),
    Step(("escape", "p"), "seasons", "packages"),
    Step(("enter",), "What pulls it in", "package"),
    Step(("escape", "escape", "z"), "seasons", "sizes"),
    Step(("escape", "o"), "", "origins"),
    Step(("escape", "t"), "", "timeline"),
    Step(("escape", "m"), "of churn", "compare-with"),
    Step(("enter",), "", "comparison"),
    Step(("escape", "escape", "slash", "ModuleNotFoundError: No module named 'tidal'"), "Enter finds", "paste"),
    Step(("enter",), "tidal", "symptom"),
    Step(("escape", "escape", "l"), "start it", "live-question"),
    Step(("n", "enter"), "What was seen", "finding"),
    Step(("question_mark",), "Esc closes it", "help-finding"),
    Step(("escape", "e"), "How it is found", "explanation"),
    Step(("escape", "escape", "f"), "findings chosen", "repair-choices"),
    Step(("a", "enter"), "a applies it", "plan"),
    Step(("2",), "[packages]", "plan-packages"),
    Step(("3",), "[commands]", "plan-commands"),
    Step(("a",), "Apply this plan", "plan-question"),
    Step(("y",), "✓ Fixed", "fixed"),
    Step(("u",), "✓ Undone", "undone"),
    Step(("enter",), "2 errors, "),
    Step(("h",), "1 operation", "history"),
    Step(("enter",), "saved copies", "past-operation"),
    Step(("escape", "escape", "escape"), "choose an environment"),
)


class Picture(NamedTuple):
    """One screen."""

    name: str
    size: tuple[int, int]
    text: str
    footer_fits: bool

    @property
    def file(self) -> str:
        """The name of the file that keeps it."""
        return f"{self.name}-{self.size[0]}x{self.size[1]}.txt"


async def walk(stage: Stage) -> list[Picture]:
    """Go through all steps; every screen at every size."""
    pictures: list[Picture] = []
    app = EnvDoctor(preferences=Preferences(colours="dark"))
    below = _only_below(stage.home)
    with (
        patch.object(discover, "discover", below),
        patch("doctor.onboard.looking.discover", below),  # a name of its own, bound before or after the line above
        patch("doctor.report.knowledge.every_source", lambda: _SOURCES),
    ):
        async with app.run_test(size=SIZES[0], notifications=False) as pilot:
            for step in STEPS:
                for key in step.keys:
                    if " " in key:
                        app.post_message(events.Paste(key))
                    else:
                        await pilot.press(key)
                await _until(pilot, lambda step=step: step.shows in shown(app) and _is_still(app))  # type: ignore[misc]
                for size in SIZES if step.name else ():
                    await pilot.resize_terminal(*size)
                    await pilot.pause(0.04)
                    pictures.append(Picture(step.name, size, masked(shown(app), stage.home), _footer_fits(app)))
                if step.name:
                    await pilot.resize_terminal(*SIZES[0])
                    await pilot.pause(0.02)
    return pictures


def shown(app: EnvDoctor) -> str:
    """What the terminal would show, without colours."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def _only_below(home: Path) -> Callable[..., Iterator[Environment]]:
    found = discover.discover

    def discovered(**more: object) -> Iterator[Environment]:
        for environment in found(**more):  # type: ignore[arg-type]
            if environment.prefix.is_relative_to(home):
                yield environment

    return discovered


def _is_still(app: EnvDoctor) -> bool:
    """Whether nothing is being read or looked for."""
    text = shown(app)
    return not any(word in text for word in ("looking …", "reading", "examining", "judging …", "working out"))


async def _until(pilot: Pilot[int], ready: Callable[[], bool]) -> None:
    for _ in range(900):
        await pilot.pause(0.02)
        if ready():
            return
    app = pilot.app
    assert isinstance(app, EnvDoctor)
    raise TimeoutError(f"{app.screen} did not get there:\n{shown(app)}")


def _footer_fits(app: EnvDoctor) -> bool:
    return all(keys.fits for keys in app.screen.query(Keys))
