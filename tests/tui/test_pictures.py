"""Sizes, origins and packages in a real terminal: what is seen, gone into, come back from, at any size."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from doctor.collect import rooms
from doctor.reading.disk.tree import Order, Walk, list_folder
from doctor.target.resolve import inspect_prefix
from doctor.tui.app import EnvDoctor
from doctor.tui.examination import ExaminationScreen
from doctor.tui.package import PackageScreen
from doctor.tui.sizes import SizesScreen
from tests.patients.conda import SOUND, make_conda_prefix
from tests.patients.conda_states import native_pip_over_conda
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.screenshots import until
from tests.tui.terminal import Terminal


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    wheels = folder / "wheels"
    glacier: dict[str, bytes | str] = {
        "glacier/__init__.py": "",
        "glacier/ice.so": b"i" * 9_000_000,
        "glacier/data/snow.bin": b"s" * 300_000,
    }
    many: dict[str, bytes | str] = {f"moraine/stone{number:04}.py": "x = 1\n" for number in range(1_100)}
    install(
        make_venv(folder / "project/.venv"),
        make_wheel(wheels, "glacier", "1.0", glacier),
        make_wheel(wheels, "moraine", "2.0", many, requires=["glacier"]),
        make_wheel(wheels, "valley", "3.0", {"valley.py": ""}, requires=["moraine"]),
    )
    (folder / "home").mkdir()
    return folder / "project"


@pytest.fixture(scope="module")
def mixed(project: Path) -> Path:
    prefix = make_conda_prefix(
        project.parent / "envs/mixed", packages=[*(s for s in SOUND if s != "openssl"), "pkgs/main::openssl"]
    )
    native_pip_over_conda(prefix)
    return prefix


def start(project: Path, *arguments: str, columns: int = 80, rows: int = 24, **more: str) -> Terminal:
    outside = {
        "HOME": str(project.parent / "home"),
        "ENVDOCTOR_STATE": str(project.parent / "state"),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
    }
    return Terminal(["-m", "doctor", *arguments], columns=columns, rows=rows, variables=outside | more, cwd=project)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12), (120, 40)])
def test_from_the_total_down_to_a_file_and_back(project: Path, columns: int, rows: int) -> None:
    with start(project, ".venv", columns=columns, rows=rows) as terminal:
        terminal.wait_for("No problem found")
        terminal.press("z")
        terminal.wait_for("sizes", " files", "glacier", "%")
        terminal.press("right")
        terminal.wait_for("glacier: 9.", "glacier-1.0.")
        terminal.press("right")
        terminal.wait_for("glacier / glacier: 9.", "ice.so", "data/")
        terminal.press("right")
        terminal.wait_for("a file of 9 MB")
        terminal.press("down", "enter")
        terminal.wait_for("glacier / glacier / data: ", "snow.bin")
        terminal.press("left")
        terminal.wait_for("glacier / glacier: 9.")
        terminal.press("escape", "escape")
        terminal.wait_for("moraine", "%")
        terminal.press("escape")
        terminal.wait_for("envdoctor check .venv", "No problem found")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_the_map_is_read_without_colour(project: Path) -> None:
    with start(project, ".venv", NO_COLOR="1") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("z")
        terminal.wait_for("made of", "compiled")
        terminal.press("v")
        terminal.wait_for("> glacier", "│moraine", "┌──", "▒▒▒")
        terminal.press("down")
        terminal.wait_for("> moraine", "│glacier")
        terminal.press("right")
        terminal.wait_for("moraine: ")
        terminal.press("left")
        terminal.wait_for("> moraine")
        terminal.press("enter")
        terminal.wait_for("What pulls it in", "valley", "What only it needs", "glacier")
        terminal.press("escape")
        terminal.wait_for("> moraine")
        terminal.press("v")
        terminal.wait_for("moraine", "▒▒▒", "%")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_folder_of_many_files_shows_the_largest_and_counts_the_rest(project: Path) -> None:
    with start(project, ".venv") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("z")
        terminal.wait_for("made of")
        terminal.press("down", "right", "right")
        terminal.wait_for("moraine / moraine: ")
        terminal.press("end")
        terminal.wait_for("and 800 smaller")
        terminal.press("/", "stone1077", "enter")
        terminal.wait_for("⏎ Open", "stone1077.py")
        terminal.press("escape")
        terminal.wait_for("stone0000.py")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_it_follows_the_terminal_when_it_is_resized(project: Path) -> None:
    with start(project, ".venv") as terminal:
        terminal.wait_for("No problem found")
        terminal.press("z")
        terminal.wait_for("made of")
        for columns, rows in ((40, 12), (200, 60), (130, 20), (80, 24)):
            terminal.resize(columns, rows)
            terminal.wait_for("glacier", "%")
            time.sleep(0.3)
            shown = terminal.wait_for("glacier", "%")
            assert "Traceback" not in shown
            lines = [line for line in shown.splitlines() if line.strip().startswith("glacier") and "%" in line]
            assert lines
            assert all(len(line) <= columns for line in shown.splitlines())
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_where_packages_came_from_leads_to_packages_and_findings(project: Path, mixed: Path) -> None:
    with start(project, str(mixed)) as terminal:
        terminal.wait_for("f Fix", "error")
        terminal.press("o")
        terminal.wait_for("where packages came from", "conda-forge", "pkgs/main", "about the mixture", "by pip")
        terminal.press("enter")
        terminal.wait_for("packages from conda-forge", "numpy", "by name")
        terminal.press("escape")
        terminal.wait_for("where packages came from")
        terminal.press("/", "chn001", "enter")
        terminal.wait_for("mixed-distributors")
        terminal.press("enter")
        terminal.wait_for("ABI-critical")
        terminal.press("escape", "escape", "escape")
        terminal.wait_for("f Fix")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12)])
def test_a_package_is_found_and_explained(project: Path, columns: int, rows: int) -> None:
    with start(project, ".venv", columns=columns, rows=rows) as terminal:
        terminal.wait_for("No problem found")
        terminal.press("p")
        terminal.wait_for("3 packages", "glacier", "valley")
        terminal.press("s")
        terminal.wait_for("by size")
        terminal.press("/", "mora", "enter")
        terminal.wait_for("⏎ Open")
        terminal.press("enter")
        terminal.wait_for("moraine in ", "moraine 2.0")
        terminal.press("end")
        terminal.wait_for("What only it needs")
        terminal.press("z")
        terminal.wait_for("moraine: ", "sizes")
        terminal.press("escape", "escape")
        terminal.wait_for("moraine in ")
        terminal.press("escape", "escape", "escape")
        terminal.wait_for("envdoctor check .venv")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


async def test_a_slow_file_system_is_told_in_files_and_blocks_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, seen = threading.Event(), 0

    def stuck(order: Order, found: Walk, path: str) -> list[str]:
        nonlocal seen
        seen += 1
        if seen < 4:
            time.sleep(0.15)
        else:
            released.wait(60)
        return list_folder(order, found, path)

    monkeypatch.setenv("ENVDOCTOR_STATE", str(project.parent / "state"))
    monkeypatch.setattr(rooms, "list_folder", stuck)
    environment = inspect_prefix(project / ".venv")
    assert environment
    app = EnvDoctor(environment)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ExaminationScreen) and app.screen.examination is not None)
            await pilot.press("z")
            await until(pilot, lambda: " of 1," in str(app.screen.query_one("#status").render()))
            screen = app.screen
            assert isinstance(screen, SizesScreen)
            assert screen.options.option_count >= 3  # packages are known before their folders
            await pilot.press("right", "down", "v", "v", "enter")
            await until(pilot, lambda: isinstance(app.screen, PackageScreen))
            await pilot.press("escape", "escape")
            await until(pilot, lambda: isinstance(app.screen, ExaminationScreen))
            assert not released.is_set()
    finally:
        released.set()


async def test_what_is_gone_into_before_its_folders_are_known_opens_when_they_are(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def held(order: Order, found: Walk, path: str) -> list[str]:
        released.wait(60)
        return list_folder(order, found, path)

    monkeypatch.setenv("ENVDOCTOR_STATE", str(project.parent / "state"))
    monkeypatch.setattr(rooms, "list_folder", held)
    environment = inspect_prefix(project / ".venv")
    assert environment
    app = EnvDoctor(environment)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ExaminationScreen) and app.screen.examination is not None)
            await pilot.press("z")
            await until(pilot, lambda: isinstance(app.screen, SizesScreen) and app.screen.options.option_count >= 3)
            await pilot.press("right")
            assert "glacier: " not in str(app.screen.query_one("#status").render())
            released.set()
            await until(pilot, lambda: "glacier: " in str(app.screen.query_one("#status").render()))
    finally:
        released.set()
