"""Where a project says that it needs a GPU, and files that want to be believed too much."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from doctor.facts.project import GpuWish
from doctor.reading.repository.gpu_wishes import read_gpu_wishes

PIXI = """\
[workspace]
name = "demo"

[feature.gpu.system-requirements]
cuda = "12.0"

[feature.lint.dependencies]
ruff = "*"

[environments]
gpu = ["gpu"]
train = { features = ["gpu", "lint"], no-default-feature = true }
lint = ["lint"]
"""


def wishes(project: Path, environment: str = ".venv") -> tuple[GpuWish, ...]:
    return read_gpu_wishes(project, project / environment)


def test_nothing_is_no_wish(tmp_path: Path) -> None:
    assert wishes(tmp_path) == ()


def test_pixi_for_all_environments(tmp_path: Path) -> None:
    (tmp_path / "pixi.toml").write_text('[workspace]\nname = "demo"\n\n[system-requirements]\ncuda = "12"\n')
    assert wishes(tmp_path) == (GpuWish(True, "system-requirements ask for CUDA 12", "pixi.toml", 5),)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [(".venv", 0), (".pixi/envs/default", 0), (".pixi/envs/gpu", 1), (".pixi/envs/train", 1), (".pixi/envs/lint", 0)],
)
def test_pixi_by_features(tmp_path: Path, environment: str, expected: int) -> None:
    (tmp_path / "pixi.toml").write_text(PIXI)
    assert len(wishes(tmp_path, environment)) == expected


def test_an_environment_without_what_all_share(tmp_path: Path) -> None:
    shared = PIXI + '\n[system-requirements]\ncuda = "11.8"\n'
    (tmp_path / "pixi.toml").write_text(shared)
    assert [wish.text[-4:] for wish in wishes(tmp_path, ".pixi/envs/train")] == ["12.0"]
    assert [wish.text[-4:] for wish in wishes(tmp_path, ".pixi/envs/lint")] == ["11.8"]


def test_pixi_within_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pixi.system-requirements]\ncuda = { version = "12.4" }\n')
    assert [(wish.path, wish.wanted) for wish in wishes(tmp_path)] == [("pyproject.toml", True)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"hostRequirements": {"gpu": true}}', 1),
        ('// made by hand\n{\n  "image": "https://x//y",\n  "hostRequirements": {\n    "gpu": true,\n  },\n}', 5),
        ('{"gpu": 1, /* "hostRequirements": {} */\n"hostRequirements": {"gpu": {"cores": 1000}}}', 2),
        ('{"hostRequirements": {"gpu": "optional"}}', 0),
        ('{"hostRequirements": {"gpu": false}}', 0),
        ('{"hostRequirements": ["gpu"]}', 0),
        ('// {"hostRequirements": {"gpu": true}}\n{}', 0),
        ('{"name": ",}", "hostRequirements": {"gpu": true}}', 1),
        ('{"hostRequirements": {"gpu": true}', 0),
    ],
)
@pytest.mark.parametrize(
    "path", [".devcontainer/devcontainer.json", ".devcontainer.json", ".devcontainer/gpu/devcontainer.json"]
)
def test_dev_containers(tmp_path: Path, path: str, text: str, line: int) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    found = [(wish.path, wish.line) for wish in wishes(tmp_path)]
    assert found == ([(path, line)] if line else [])


@pytest.mark.parametrize(
    "text", ["/*" * 100_000, '"' * 200_000, "," + " " * 200_000, "[," * 100_000, '{"a":' * 40_000, "\\" * 200_000]
)
def test_no_text_takes_long(tmp_path: Path, text: str) -> None:
    (tmp_path / ".devcontainer.json").write_text(text)
    start = time.perf_counter()
    assert wishes(tmp_path) == ()
    assert time.perf_counter() - start < 5


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer").mkdir()
    os.mkfifo(tmp_path / ".devcontainer/devcontainer.json")
    outside = tmp_path / "outside.json"
    outside.write_text('{"hostRequirements": {"gpu": true}}')
    inner = tmp_path / "project"
    inner.mkdir()
    (inner / ".devcontainer.json").symlink_to(outside)
    assert wishes(tmp_path) == wishes(inner) == ()


def test_what_is_shown_is_clean(tmp_path: Path) -> None:
    (tmp_path / "pixi.toml").write_text('[system-requirements]\ncuda = "12\\u001b]0;x\\u0007' + "9" * 100 + '"\n')
    (wish,) = wishes(tmp_path)
    assert wish.text.isprintable()
    assert len(wish.text) < 60
