"""Steps are said as sentences and as commands that can be pasted."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import pytest

from doctor.facts import Facts, Machine, Tool
from doctor.facts.build import distribution, environment
from doctor.model import Install, Move, Run, SetVariable, Step, Tell, Uninstall
from doctor.report.steps import command, sentence

VENV = environment(distributions=[distribution("pip", "24.0")])
UV = environment(identity={"maker": "uv"})
BARE = environment()
UV_AT_HAND = environment(machine=Machine(tools=(Tool("uv", "/usr/bin/uv"),)))
CONDA = environment(kind="conda")
MAMBA = environment(kind="conda", identity={"maker": "mamba"})
WINDOWS = environment(
    distributions=[distribution("pip", "24.0")],
    identity={"system": "windows", "prefix": "C:/Users/Ann Lee/.venv"},
)

CASES: list[tuple[Facts, Step, str]] = [
    (VENV, Install(manager="pip", specs=("numpy==1.26.4",)), "~/demo/.venv/bin/python -m pip install numpy==1.26.4"),
    (
        VENV,
        Install(manager="pip", specs=("numpy<2",), force=True, dependencies=False),
        "~/demo/.venv/bin/python -m pip install --force-reinstall --no-deps 'numpy<2'",
    ),
    (
        UV,
        Install(manager="pip", specs=("a==1",), force=True),
        "uv pip install --python ~/demo/.venv --reinstall-package a a==1",
    ),
    (BARE, Uninstall(manager="pip", names=("a",)), "python3 -m pip --python ~/demo/.venv/bin/python uninstall -y a"),
    (UV_AT_HAND, Install(manager="pip", specs=("a==1",)), "uv pip install --python ~/demo/.venv a==1"),
    (UV, Uninstall(manager="pip", names=("a",)), "uv pip uninstall --python ~/demo/.venv a"),
    (
        CONDA,
        Install(manager="conda", specs=("conda-forge::numpy=1.26.4=py311_0",), force=True, dependencies=False),
        "conda install --prefix ~/miniforge3/envs/demo --force-reinstall --no-deps conda-forge::numpy=1.26.4=py311_0",
    ),
    (MAMBA, Uninstall(manager="conda", names=("a",)), "mamba remove --prefix ~/miniforge3/envs/demo a"),
    (
        CONDA,
        SetVariable(name="PYTHONNOUSERSITE", value="1"),
        "conda env config vars set --prefix ~/miniforge3/envs/demo PYTHONNOUSERSITE=1",
    ),
    (VENV, Run(arguments=("echo", "a b", "$HOME")), "echo 'a b' '$HOME'"),
    (VENV, Tell(text="Restart"), ""),
    (VENV, Move(paths=("lib/~umpy",)), ""),
    (
        WINDOWS,
        Install(manager="pip", specs=("a[b]==1",)),
        "'C:/Users/Ann Lee/.venv/bin/python' -m pip install 'a[b]==1'",
    ),
]


@pytest.mark.parametrize(("facts", "step", "expected"), CASES)
def test_command(facts: Facts, step: Step, expected: str) -> None:
    assert command(step, facts) == expected
    assert sentence(step)
    assert not sentence(step).endswith(".")


def test_posix_commands_survive_the_shell() -> None:
    nasty: Mapping[str, Any] = {"prefix": "~/my envs/$(rm -rf)/.venv"}
    facts = environment(identity=nasty, distributions=[distribution("pip", "24.0")])
    words = shlex.split(command(Install(manager="pip", specs=("a; rm -rf /",)), facts))
    assert words == ["~/my envs/$(rm -rf)/.venv/bin/python", "-m", "pip", "install", "a; rm -rf /"]
