"""From what a user types to one environment, or to a sentence that helps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doctor.target.resolve import TargetError, resolve
from tests.target.conftest import MadeUpMachine
from tests.target.trees import (
    ELF_X86_64,
    conda_prefix,
    link,
    posix_python,
    posix_venv,
    put,
    windows_venv,
)


def refused(machine: MadeUpMachine, text: str | None, **variables: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(TargetError) as caught:
        machine.resolve(text, **variables)
    message = str(caught.value)
    assert "\n" not in message
    assert str(machine.root) not in message  # paths are told as of the machine itself, home as ~
    return message


@pytest.fixture
def system(machine: MadeUpMachine) -> Path:
    return posix_python(machine.root / "usr", "3.11.2")


@pytest.fixture
def venv(machine: MadeUpMachine, system: Path) -> Path:
    return posix_venv(machine.project / ".venv", "/usr/bin/python3", "3.11.2")


@pytest.fixture
def conda(machine: MadeUpMachine) -> Path:
    return conda_prefix(machine.home / "miniforge3/envs/atlas")


# what is meant without a word


def test_the_active_virtual_environment(machine: MadeUpMachine, venv: Path, conda: Path) -> None:
    assert machine.resolve(None, VIRTUAL_ENV=str(venv)).prefix == venv
    assert machine.resolve(None, CONDA_PREFIX=str(conda)).prefix == conda


def test_of_two_active_ones_path_decides(machine: MadeUpMachine, venv: Path, conda: Path) -> None:
    both = {"VIRTUAL_ENV": str(venv), "CONDA_PREFIX": str(conda)}
    assert machine.resolve(None, **both, PATH=f"{conda}/bin:{venv}/bin:/usr/bin").prefix == conda
    assert machine.resolve(None, **both, PATH=f"/usr/bin:{venv}/bin:{conda}/bin").prefix == venv
    assert machine.resolve(None, **both).prefix == venv


def test_variables_are_read_as_of_the_machine_itself(machine: MadeUpMachine, venv: Path) -> None:
    assert machine.resolve(None, VIRTUAL_ENV="/home/me/work/project/.venv").prefix == venv


def test_a_stale_activation_is_told_and_not_passed_over(machine: MadeUpMachine, venv: Path, conda: Path) -> None:
    message = refused(machine, None, VIRTUAL_ENV=str(machine.home / "deleted"))
    assert "VIRTUAL_ENV names ~/deleted" in message
    stale = {"VIRTUAL_ENV": str(machine.home / "deleted"), "CONDA_PREFIX": str(conda)}
    assert machine.resolve(None, **stale).prefix == conda


def test_then_the_environment_of_the_working_folder(machine: MadeUpMachine, venv: Path) -> None:
    found = machine.resolve(None, PATH="/usr/bin")
    assert (found.prefix, found.origins) == (venv, ("project",))


def test_then_python_on_path(machine: MadeUpMachine, system: Path) -> None:
    found = machine.resolve(None, PATH="relative:/missing:/usr/bin")
    assert (found.prefix, found.origins) == (system, ("PATH",))


def test_and_else_nothing(machine: MadeUpMachine) -> None:
    message = refused(machine, None, PATH="/usr/bin")
    assert "~/work/project holds no .venv" in message
    assert "no python is on PATH" in message


# pyenv's shims are scripts


@pytest.fixture
def pyenv(machine: MadeUpMachine) -> Path:
    pyenv = machine.home / ".pyenv"
    for version in ("3.9.9", "3.12.3", "3.12.11"):
        posix_python(pyenv / "versions" / version, version)
    put(pyenv / "shims/python3", "#!/usr/bin/env bash\n")
    put(pyenv / "version", "3.9.9\n")
    return pyenv


def test_a_shim_starts_what_pyenv_chooses(machine: MadeUpMachine, pyenv: Path, system: Path) -> None:
    path = f"{pyenv}/shims:/usr/bin"
    assert machine.resolve(None, PATH=path).version == "3.9.9"
    assert machine.resolve(None, PATH=path, PYENV_VERSION="3.12.3").version == "3.12.3"
    assert machine.resolve(None, PATH=path, PYENV_VERSION="system").prefix == system
    assert machine.resolve(None, PATH=path, PYENV_VERSION="system:3.12.3").prefix == system
    put(machine.home / "work/.python-version", "# ours\n3.12\n")
    assert machine.resolve(None, PATH=path).version == "3.12.11"
    assert machine.resolve(str(pyenv / "shims/python3")).version == "3.12.11"


def test_a_shim_that_leads_nowhere_is_passed_over(machine: MadeUpMachine, pyenv: Path, system: Path) -> None:
    put(machine.project / ".python-version", "../../../usr\n")
    put(pyenv / "version", "2.6.1\n")
    assert machine.resolve(None, PATH=f"{pyenv}/shims:/usr/bin").prefix == system


# what a word can mean


def test_a_prefix_in_every_spelling(machine: MadeUpMachine, venv: Path) -> None:
    for text in (
        str(venv),
        ".venv",
        "./.venv",
        "../project/.venv/",
        "~/work/project/.venv",
        "/home/me/work/project/.venv",
    ):
        assert machine.resolve(text).prefix == venv


def test_a_project_folder(machine: MadeUpMachine, venv: Path) -> None:
    assert machine.resolve(".").prefix == venv
    assert machine.resolve("~/work/project").prefix == venv
    other = posix_venv(machine.home / "work/other/venv", "/usr/bin/python3")
    assert machine.resolve("../other").prefix == other


def test_the_dot_venv_counts_before_its_siblings(machine: MadeUpMachine, venv: Path) -> None:
    posix_venv(machine.project / "env", "/usr/bin/python3")
    assert machine.resolve(".").prefix == venv


def test_a_pixi_project(machine: MadeUpMachine) -> None:
    folder = machine.project / ".pixi/envs"
    gpu = conda_prefix(folder / "gpu")
    assert machine.resolve(".").prefix == gpu
    conda_prefix(folder / "cpu")
    message = refused(machine, ".")
    assert "several environments" in message
    assert "~/work/project/.pixi/envs/cpu, ~/work/project/.pixi/envs/gpu" in message
    default = conda_prefix(folder / "default")
    assert machine.resolve(".").prefix == default
    assert machine.resolve("gpu of project").prefix == gpu
    assert machine.resolve("gpu").prefix == gpu


def test_a_dot_venv_file_names_the_folder(machine: MadeUpMachine) -> None:
    prefix = posix_venv(machine.home / ".envs/somewhere", "/usr/bin/python3")
    put(machine.project / ".venv", "/home/me/.envs/somewhere\n")
    assert machine.resolve(".").prefix == prefix


def test_an_interpreter_and_its_folder(machine: MadeUpMachine, venv: Path) -> None:
    found = machine.resolve(".venv/bin/python3")
    assert (found.prefix, found.python) == (venv, venv / "bin/python3")
    assert machine.resolve(".venv/bin").prefix == venv


def test_an_interpreter_of_windows(machine: MadeUpMachine) -> None:
    prefix = windows_venv(machine.home / "work/win/.venv", "C:\\Python311")
    assert machine.resolve("../win/.venv/Scripts/python.exe").prefix == prefix


def test_the_interpreter_of_a_dead_base_still_names_its_venv(machine: MadeUpMachine) -> None:
    prefix = posix_venv(machine.project / ".venv", "/gone/bin/python3.12")
    assert machine.resolve(".venv/bin/python").prefix == prefix
    assert machine.resolve(None).prefix == prefix


def test_a_broken_pyvenv_cfg_is_still_an_environment(machine: MadeUpMachine, venv: Path) -> None:
    (venv / "pyvenv.cfg").unlink()
    os.mkfifo(venv / "pyvenv.cfg")
    found = machine.resolve(".")
    assert (found.prefix, found.kind, found.version) == (venv, "venv", "3.11")


def test_names(machine: MadeUpMachine, conda: Path, venv: Path, pyenv: Path) -> None:
    conda_prefix(machine.home / "miniforge3")
    put(machine.home / "miniforge3/conda-meta/conda-26.7.0-py311_0.json", "{}")
    assert machine.resolve("atlas").prefix == conda
    assert machine.resolve("base").prefix == machine.home / "miniforge3"
    assert machine.resolve("3.12.3").prefix == pyenv / "versions/3.12.3"
    assert machine.resolve(".venv of project").prefix == venv
    assert machine.resolve("system").prefix == machine.root / "usr"


def test_a_plain_folder_does_not_hide_a_name(machine: MadeUpMachine, conda: Path) -> None:
    put(machine.project / "atlas/maps.txt")
    assert machine.resolve("atlas").prefix == conda
    assert "no environment" in refused(machine, "./atlas")


def test_the_name_of_a_conda_environment_counts_before_a_virtual_one(machine: MadeUpMachine, conda: Path) -> None:
    posix_venv(machine.home / ".virtualenvs/atlas", "/usr/bin/python3")
    assert machine.resolve("atlas").prefix == conda


# what is refused, and how


def test_an_unknown_name_offers_what_is_close(machine: MadeUpMachine, conda: Path, system: Path) -> None:
    message = refused(machine, "atlsa")
    assert "no environment is called 'atlsa'" in message
    assert "did you mean atlas?" in message


def test_an_unknown_name_offers_what_is_known(machine: MadeUpMachine, conda: Path, system: Path) -> None:
    message = refused(machine, "zzz")
    assert "known are atlas, system" in message
    with pytest.raises(TargetError) as caught:
        machine.resolve("zzz")
    assert caught.value.candidates == ("atlas", "system")


def test_an_unknown_name_where_nothing_is_known(machine: MadeUpMachine) -> None:
    assert "no environment was found on this machine" in refused(machine, "zzz")


def test_an_ambiguous_name_offers_the_prefixes(machine: MadeUpMachine, conda: Path) -> None:
    conda_prefix(machine.root / "opt/conda/envs/atlas")
    message = refused(machine, "atlas")
    assert "'atlas' names 2 environments" in message
    assert "~/miniforge3/envs/atlas, /opt/conda/envs/atlas" in message


@pytest.mark.parametrize("text", ["", "  ", "a\0b"])
def test_no_word_at_all(machine: MadeUpMachine, text: str) -> None:
    assert "means no environment" in refused(machine, text)


def test_a_missing_path(machine: MadeUpMachine) -> None:
    assert "~/work/project/gone does not exist" in refused(machine, "./gone")
    put(machine.project / "file")
    assert "~/work/project/file/inside does not exist" in refused(machine, "file/inside")


def test_an_overlong_path(machine: MadeUpMachine) -> None:
    assert "cannot be read: file name too long" in refused(machine, "./" + "x" * 300)


def test_an_empty_folder(machine: MadeUpMachine) -> None:
    assert "~/work/project is an empty folder" in refused(machine, ".")


def test_a_plain_folder(machine: MadeUpMachine) -> None:
    put(machine.project / "analysis.ipynb")
    message = refused(machine, ".")
    assert "neither pyvenv.cfg nor conda-meta" in message
    assert ".venv, venv, env or .pixi/envs" in message


def test_a_file_that_is_no_interpreter(machine: MadeUpMachine, venv: Path) -> None:
    put(machine.project / "analysis.py")
    assert "~/work/project/analysis.py is a file, but no Python interpreter" in refused(machine, "analysis.py")
    put(venv / "bin/jupyter", "#!/bin/sh\n")
    assert "it lies in the environment ~/work/project/.venv: give that" in refused(machine, ".venv/bin/jupyter")


def test_a_script_called_python_is_no_interpreter(machine: MadeUpMachine) -> None:
    put(machine.project / "python3", "#!/bin/sh\n")
    assert "no Python interpreter" in refused(machine, "./python3")


def test_a_python_without_its_library(machine: MadeUpMachine) -> None:
    put(machine.project / "tools/bin/python3", ELF_X86_64)
    assert "its standard library was not found" in refused(machine, "tools/bin/python3")


def test_links_that_lead_nowhere(machine: MadeUpMachine) -> None:
    link(machine.project / "circle", "circle")
    link(machine.project / "python", "/gone/python")
    assert "is a link that leads nowhere" in refused(machine, "./circle")
    assert "is a link that leads nowhere" in refused(machine, "./python")


def test_what_may_not_be_read(tmp_path: Path, machine: MadeUpMachine) -> None:
    put(machine.project / "shut/inside/file")
    with without_rights(machine.project / "shut"):
        assert "~/work/project/shut cannot be read: permission denied" in refused(machine, "./shut")
        assert "~/work/project/shut/inside cannot be read: permission denied" in refused(machine, "./shut/inside")


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Shut a folder, also for root, who becomes nobody meanwhile."""
    above = [path for path in folder.parents if path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o5 != 0o5]
    modes = [(path, path.stat().st_mode) for path in (folder, *above)]
    user = os.geteuid()
    for path, mode in modes:
        path.chmod(mode | 0o5)
    folder.chmod(0)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        for path, mode in modes:
            path.chmod(mode)


def test_control_characters_do_not_reach_the_message(machine: MadeUpMachine) -> None:
    assert refused(machine, "evil\x1b[2Jname").isprintable()
    assert refused(machine, "./evil\x1b[2Jname").isprintable()


def test_a_machine_of_this_kind_resolves_its_own_python(tmp_path: Path) -> None:
    with pytest.raises(TargetError):
        resolve(None, variables={}, cwd=tmp_path, home=tmp_path)
