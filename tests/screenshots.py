"""Draws the pictures of the README from real runs on the demonstration's patients: python -m tests.screenshots."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import OptionList

from doctor.demo.catalogue import make_all
from doctor.demo.patient import Stage
from doctor.demo.stage import leave_behind, staged
from doctor.target.resolve import inspect_prefix
from doctor.tui.app import EnvDoctor
from doctor.tui.comparison import ComparisonScreen
from doctor.tui.demo import DemoApp
from doctor.tui.examination import ExaminationScreen
from doctor.tui.repair_plan import RepairPlanScreen
from doctor.tui.repair_run import RepairRunScreen

FOLDER = Path(__file__).parent.parent / "screenshots"
SIZE = (120, 32)
#: the demonstration's own name in every picture, whichever folder it was given
_ROOT = "/tmp/envdoctor-demo"

Pictures = dict[str, str]
Scene = Callable[[Stage], Coroutine[Any, Any, Pictures]]


async def until(pilot: Pilot[int], ready: Callable[[], bool]) -> None:
    """Let the app work until something is so."""
    for _ in range(600):
        await pilot.pause(0.05)
        if ready():
            return
    raise TimeoutError(f"{pilot.app.screen} did not get there")


async def examined(pilot: Pilot[int]) -> None:
    """Let an examination come to its end."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, ExaminationScreen) and app.screen.examination is not None)
    await pilot.pause(0.3)


def picture(app: EnvDoctor) -> str:
    """The screen as it is now."""
    return app.export_screenshot(title="envdoctor")


async def draw_demo(stage: Stage) -> Pictures:
    """The first screen of the demonstration."""
    app = DemoApp(stage)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: bool(app.screen.query("#details")))
        await pilot.press("down")
        await pilot.pause(0.5)
        return {"demo": picture(app)}


async def draw(stage: Stage) -> Pictures:
    """The environments, one examined, and a finding of it."""
    pictures: Pictures = {}
    sick = stage.home / "miniforge3/envs/analysis"
    app = EnvDoctor(None)
    async with app.run_test(size=SIZE) as pilot:
        options = app.screen.query_one("#list", OptionList)
        await until(pilot, lambda: any(str(sick) == option.id for option in options.options))
        await until(pilot, lambda: "used" in str(options.get_option(str(sick)).prompt))
        options.highlighted = [option.id for option in options.options].index(str(sick))
        await pilot.pause()
        pictures["environments"] = picture(app)
        await pilot.press("enter")
        await examined(pilot)
        await pilot.press("down")
        await pilot.pause(0.3)
        pictures["examination"] = picture(app)
        await pilot.press("enter")
        await pilot.pause(0.3)
        pictures["finding"] = picture(app)
    return pictures


async def draw_repair(stage: Stage) -> Pictures:
    """Repair everything of a project, step by step."""
    pictures: Pictures = {}
    app = EnvDoctor(inspect_prefix(stage.home / "projects/forecast/.venv"))
    async with app.run_test(size=SIZE) as pilot:
        await examined(pilot)
        await pilot.press("f", "a")
        await pilot.pause(0.3)
        pictures["choices"] = picture(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RepairPlanScreen) and app.screen.plan is not None)
        await pilot.pause(0.3)
        pictures["plan"] = picture(app)
        await pilot.press("a", "y")
        await until(pilot, lambda: isinstance(app.screen, RepairRunScreen) and app.screen.over)
        await pilot.pause(0.3)
        pictures["fixed"] = picture(app)
    return pictures


async def draw_comparison(stage: Stage) -> Pictures:
    """An environment beside the file that a colleague sent."""
    app = EnvDoctor(inspect_prefix(stage.home / "projects/pricing/.venv"))
    async with app.run_test(size=SIZE) as pilot:
        await examined(pilot)
        await pilot.press("m")
        await until(pilot, lambda: any("teammate" in str(o.id) for o in app.screen.query_one(OptionList).options))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ComparisonScreen))
        await pilot.pause(1)
        return {"comparison": picture(app)}


SCENES: tuple[Scene, ...] = (draw_demo, draw, draw_repair, draw_comparison)


def pictures_of(scenes: tuple[Scene, ...] = SCENES) -> Pictures:
    """Play scenes on a stage of their own; the same run by run, but for what this machine's Python is."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "demo"
        found: Pictures = {}
        with staged(root, keep=False) as stage:
            for _ in make_all(stage):
                pass
            leave_behind(stage, "")
            for name in (stage.root / "bin").glob("python*"):
                name.unlink()  # this machine's own Python is not part of the pictures
            for scene in scenes:
                found |= asyncio.run(scene(stage))
    # beside the folder, the only part that changes from run to run is the prefix of ids that Rich makes up
    return {name: re.sub(r"terminal-\d+", "terminal", svg.replace(str(root), _ROOT)) for name, svg in found.items()}


def main() -> None:
    """Draw all pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name, svg in pictures_of().items():
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        sys.stdout.write(f"{FOLDER / name}.svg\n")


if __name__ == "__main__":
    main()
