"""Family NBK on real environments: right where a project's kernels and imports are sick, silent where all is there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from doctor import checks
from doctor.examine import Examined, examine
from doctor.model import Examination, Severity
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.venvs import install, make_venv, python_of, site_packages_of
from tests.patients.wheels import make_wheel

CHECKS = checks.load(select=("NBK",))


def look(prefix: Path, project: Path, home: Path, **more: Any) -> Examination:
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, project, home=home, **more)
    for event in examine(request, CHECKS):
        if isinstance(event, Examined):
            assert not event.examination.crashed, event.examination.crashed
            return event.examination
    raise AssertionError("the examination did not end")


def told(examination: Examination) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.subject, finding.severity.value) for finding in examination.findings]


def write(folder: Path, files: dict[str, Any]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))
    return folder


def notebook(*cells: str, kernel: str = "python3") -> dict[str, Any]:
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    code = [{"cell_type": "code", "source": cell} for cell in cells]
    return {"cells": code, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A sound project with scripts, a package of its own, notebooks, a kernel, and an environment that has it all."""
    project = write(
        tmp_path / "survey",
        {
            "requirements.txt": "umap-learn==0.5.7\nipykernel\n",
            "run.py": "import os, helpers, umap\nfrom survey import model\n",
            "helpers.py": "",
            "src/survey/__init__.py": "from . import model\n",
            "src/survey/model.py": "import umap.plot\ntry:\n    import cupy\nexcept ImportError:\n    cupy = None\n",
            "notebooks/a.ipynb": notebook("import umap, helpers\n%matplotlib inline", "from survey import model"),
            "notebooks/b.ipynb": notebook("import google.colab", kernel="survey"),
            "tests/test_run.py": "import survey\n",
        },
    )
    prefix = make_venv(project / ".venv", by="venv")
    wheels = [
        make_wheel(tmp_path / "wheels", "umap-learn", "0.5.7", {"umap/__init__.py": "", "umap/plot.py": ""}),
        make_wheel(tmp_path / "wheels", "ipykernel", "7.1.0", {"ipykernel/__init__.py": ""}),
    ]
    install(prefix, *wheels)
    write(
        prefix / "share/jupyter/kernels", {"python3/kernel.json": spec("python"), "survey/kernel.json": spec("python")}
    )
    write(site_packages_of(prefix), {"survey.pth": str(project / "src")})
    return project


def spec(program: str, display: str = "Python 3") -> dict[str, Any]:
    return {"argv": [program, "-m", "ipykernel_launcher"], "display_name": display, "language": "python"}


def test_a_sound_project_is_silent(survey: Path, tmp_path: Path) -> None:
    examination = look(survey / ".venv", survey, tmp_path / "home")
    assert told(examination) == []
    assert not examination.skipped


def test_this_very_repository_is_silent(tmp_path: Path) -> None:
    here = Path(__file__).parents[2]
    examination = look(Path(sys.prefix), here, tmp_path / "home", given=True)
    assert [each for each in told(examination) if each[2] != "note"] == []
    assert examination.facts.project.importable


def test_each_sickness_is_told_once(survey: Path, tmp_path: Path) -> None:
    prefix, home = survey / ".venv", tmp_path / "home"
    other = make_venv(tmp_path / "other")
    write(home / ".local/share/jupyter/kernels", {"survey/kernel.json": spec(str(python_of(other)))})
    write(home / ".local/share/jupyter/kernels", {"old/kernel.json": spec("/gone/bin/python")})
    (prefix / "share/jupyter/kernels/survey/kernel.json").unlink()
    write(prefix / "share/jupyter/kernels", {"python3/kernel.json": spec("/gone/survey/.venv/bin/python")})
    write(
        survey,
        {
            "notebooks/c.ipynb": notebook("!pip install tqdm\nimport tqdm", kernel="lab"),
            "late.py": "import sklearn, their_own\ndef plot():\n    import seaborn\n",
        },
    )
    assert told(look(prefix, survey, home)) == [
        ("NBK001", "python3", "error"),
        ("NBK004", "sklearn", "error"),
        ("NBK002", "survey", "warning"),
        ("NBK003", "lab", "warning"),
        ("NBK004", "their_own", "warning"),
        ("NBK001", "old", "note"),
        ("NBK004", "seaborn", "note"),
        ("NBK006", "!pip install", "note"),
    ]


def test_another_projects_environment_is_left_alone(survey: Path, tmp_path: Path) -> None:
    elsewhere = make_venv(tmp_path / "elsewhere")
    assert told(look(elsewhere, survey, tmp_path / "home")) == []
    named = told(look(elsewhere, survey, tmp_path / "home", given=True))
    assert ("NBK004", "umap", "error") in named
    assert ("NBK005", "ipykernel", "warning") in named
    assert ("NBK003", "survey", "warning") in named


def test_nothing_is_guessed_where_a_folder_cannot_be_listed(survey: Path, tmp_path: Path) -> None:
    prefix = survey / ".venv"
    library = site_packages_of(prefix).parent
    library.rename(library.with_name("elsewhere"))
    examination = look(prefix, survey, tmp_path / "home")
    assert "NBK004" in {outcome.check.code for outcome in examination.skipped}
    assert all(finding.severity is not Severity.ERROR for finding in examination.findings)
