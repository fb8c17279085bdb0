"""Draws the pictures of the README from real runs on real patients: python -m tests.screenshots."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import OptionList
from uv import find_uv_bin

from doctor.target.resolve import inspect_prefix
from doctor.tui.app import EnvDoctor
from doctor.tui.examination import ExaminationScreen
from doctor.tui.repair_plan import RepairPlanScreen
from doctor.tui.repair_run import RepairRunScreen
from tests.patients import conda_states
from tests.patients.conda import SOUND, make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

FOLDER = Path(__file__).parent.parent / "screenshots"
SIZE = (120, 32)


def make_patients(home: Path) -> tuple[Path, Path]:
    """A conda environment with the usual story of pip over conda, and a project with a healthy one."""
    sick = make_conda_prefix(
        home / "miniforge3/envs/analysis", packages=[*(s for s in SOUND if s != "openssl"), "pkgs/main::openssl"]
    )
    conda_states.native_pip_over_conda(sick)
    wheels = home / "wheels"
    install(
        sick,
        make_wheel(
            wheels, "plotkit", "4.2", {"plotkit/__init__.py": "", "plotkit/fast.py": ""}, requires=["absent>=2"]
        ),
    )
    (site_packages_of(sick) / "plotkit/fast.py").unlink()
    (site_packages_of(sick) / "~lotkit-4.1.dist-info").mkdir()
    sound = make_venv(home / "projects/churn/.venv")
    install(sound, make_wheel(wheels, "needed", "1.0", {"needed.py": ""}))
    return sick, sound


def make_project(home: Path) -> Path:
    """A project whose environment lost a file, lacks a requirement, and holds what an interrupted pip left."""
    wheels = home / "wheels"
    prefix = make_venv(home / "projects/forecast/.venv")
    install(
        prefix,
        make_wheel(wheels, "plotkit", "4.2", {"plotkit/__init__.py": "", "plotkit/fast.py": ""}),
        make_wheel(wheels, "seasons", "2.0", {"seasons.py": ""}, requires=["tidal>=3"]),
    )
    make_wheel(wheels, "tidal", "3.1", {"tidal.py": ""})
    (site_packages_of(prefix) / "plotkit/fast.py").unlink()
    (site_packages_of(prefix) / "~easons-1.9.dist-info").mkdir()
    return prefix


async def until(pilot: Pilot[int], ready: Callable[[], bool]) -> None:
    """Let the app work until something is so."""
    for _ in range(600):
        await pilot.pause(0.05)
        if ready():
            return
    raise TimeoutError(f"{pilot.app.screen} did not get there")


async def draw(sick: Path) -> dict[str, str]:
    """Walk through the app and take a picture of each screen."""
    pictures: dict[str, str] = {}
    app = EnvDoctor(None)
    async with app.run_test(size=SIZE) as pilot:
        options = app.screen.query_one("#list", OptionList)
        await until(pilot, lambda: any(str(sick) == option.id for option in options.options))
        await until(pilot, lambda: "used" in str(options.get_option(str(sick)).prompt))
        options.highlighted = [option.id for option in options.options].index(str(sick))
        await pilot.pause()
        pictures["environments"] = app.export_screenshot(title="envdoctor")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExaminationScreen) and app.screen.examination is not None)
        await pilot.pause(0.3)
        pictures["examination"] = app.export_screenshot(title="envdoctor")
        await pilot.press("enter")
        await pilot.pause(0.3)
        pictures["finding"] = app.export_screenshot(title="envdoctor")
    return pictures


async def draw_repair(prefix: Path) -> dict[str, str]:
    """Repair everything of a project and take a picture of each step."""
    pictures: dict[str, str] = {}
    environment = inspect_prefix(prefix)
    assert environment
    app = EnvDoctor(environment)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ExaminationScreen) and app.screen.examination is not None)
        await pilot.press("f", "a")
        await pilot.pause(0.3)
        pictures["choices"] = app.export_screenshot(title="envdoctor")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RepairPlanScreen) and app.screen.plan is not None)
        await pilot.pause(0.3)
        pictures["plan"] = app.export_screenshot(title="envdoctor")
        await pilot.press("a", "y")
        await until(pilot, lambda: isinstance(app.screen, RepairRunScreen) and app.screen.over)
        await pilot.pause(0.3)
        pictures["fixed"] = app.export_screenshot(title="envdoctor")
    return pictures


def main() -> None:
    """Draw all pictures in a made-up home, so that nothing of this machine is in them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "ada"
        home.mkdir()
        variables = {
            "HOME": str(home),
            "PATH": f"{home}/.local/bin:/usr/bin:/bin",
            "ENVDOCTOR_STATE": f"{home}/.local/state/envdoctor",
            "UV_FIND_LINKS": f"{home}/wheels",
            "UV_NO_INDEX": "1",
            "UV_OFFLINE": "1",
            "CONDA_PREFIX": "",
            "VIRTUAL_ENV": "",
            "PYENV_ROOT": "",
        }
        (home / ".conda").mkdir()
        sick, sound = make_patients(home)
        project = make_project(home)
        (home / ".local/bin").mkdir(parents=True)
        (home / ".local/bin/uv").symlink_to(find_uv_bin())
        (home / ".conda/environments.txt").write_text(f"{sick}\n")
        os.environ.update(variables)
        os.chdir(sound.parent)
        assert inspect_prefix(sick)
        pictures = asyncio.run(draw(sick))
        os.chdir(project.parent)
        pictures |= asyncio.run(draw_repair(project))
        FOLDER.mkdir(exist_ok=True)
        for name, svg in pictures.items():
            # the only part that changes from run to run is the prefix of ids that Rich makes up
            (FOLDER / f"{name}.svg").write_text(re.sub(r"terminal-\d+", "terminal", svg), encoding="utf-8")
            sys.stdout.write(f"{FOLDER / name}.svg\n")
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
