"""Advice in a real terminal: a problem is chosen, the file is shown, written only after a yes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.terminal import Terminal


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "glacier"
    folder.mkdir()
    (folder / "a.py").write_text("from osgeo import gdal\nimport rasterio\nimport quite_private_thing\n")
    (tmp_path / "home").mkdir()
    return folder


def start(project: Path, columns: int, rows: int, **more: str) -> Terminal:
    outside = {
        "HOME": str(project.parent / "home"),
        "ENVDOCTOR_STATE": str(project.parent / "state"),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
    }
    return Terminal(["-m", "doctor"], columns=columns, rows=rows, variables=outside | more, cwd=project)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12)])
def test_a_file_is_written_only_after_a_yes(project: Path, columns: int, rows: int) -> None:
    with start(project, columns, rows) as terminal:
        terminal.wait_for("choose an environment")
        terminal.press("a")
        terminal.wait_for("exploration")
        terminal.press("enter")
        terminal.wait_for("w writes environment.yml", "conda with conda-forge")
        terminal.press("end")
        terminal.wait_for("conda activate glacier")
        terminal.press("w")
        terminal.wait_for("Write environment.yml?")
        terminal.press("n")
        terminal.wait_for("w writes environment.yml")
        assert not (project / "environment.yml").exists()
        terminal.press("w")
        terminal.wait_for("Write environment.yml?")
        terminal.press("y")
        terminal.wait_for("environment.yml is written")
        assert "      - quite-private-thing\n" in (project / "environment.yml").read_text()
        terminal.press("escape")
        terminal.wait_for("choose an environment")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_escape_from_the_question_goes_back(project: Path) -> None:
    with start(project, 80, 24, NO_COLOR="1") as terminal:
        terminal.wait_for("choose an environment")
        terminal.press("a")
        terminal.wait_for("Which problem")
        terminal.press("escape")
        assert "Which problem" not in terminal.wait_for("choose an environment")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
