"""What an environment is and who made it, told from its files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

import pytest

from doctor.target.recognise import environment_of, inspect_prefix, is_conda_base
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import make_venv
from tests.target.conftest import MadeUpMachine
from tests.target.trees import (
    ELF_X86_64,
    MACH_UNIVERSAL,
    conda_prefix,
    link,
    posix_python,
    posix_venv,
    put,
    windows_python,
    windows_venv,
)

RUNNING = ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize("by", ["uv", "venv"])
def test_real_virtual_environments(tmp_path: Path, by: Literal["uv", "venv"]) -> None:
    found = inspect_prefix(make_venv(tmp_path / "project" / ".venv", by=by))
    assert found is not None
    assert (found.kind, found.maker, found.name) == ("venv", by, ".venv of project")
    assert found.version == RUNNING
    assert found.python == tmp_path / "project/.venv/bin/python"


def test_virtualenv_names_itself(tmp_path: Path) -> None:
    prefix = posix_venv(
        tmp_path / "env", "/usr/bin/python3.12", extra="virtualenv = 20.26.0\nversion_info = 3.12.4.final.0\n"
    )
    found = inspect_prefix(prefix)
    assert found is not None
    assert (found.maker, found.version) == ("virtualenv", "3.12.4")


@pytest.mark.parametrize("style", ["conda", "mamba", "rattler", "pixi"])
def test_real_conda_prefixes(tmp_path: Path, style: Literal["conda", "mamba", "rattler", "pixi"]) -> None:
    prefix = make_conda_prefix(tmp_path / "envs" / "analysis", style=style)
    found = inspect_prefix(prefix)
    assert found is not None
    assert (found.kind, found.maker, found.name) == ("conda", style, "analysis")
    assert found.version.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert not is_conda_base(prefix)


@pytest.mark.parametrize(
    ("history", "maker"),
    [
        ("==> 2026-01-02 03:04:05 <==\n# cmd: /opt/conda/bin/conda create -n x python\n", "conda"),
        ("==> 2026-01-02 03:04:05 <==\n# cmd: C:\\mamba\\micromamba.exe create -n x python\n", "mamba"),
        ('==> 2026-01-02 03:04:05 <==\n# update specs: ["python"]\n', "mamba"),
        ("==> 2026-01-02 03:04:05 <==\n# update specs: ['python']\n", "conda"),
        ("", "rattler"),
        (None, "conda"),
    ],
)
def test_history_tells_the_maker(tmp_path: Path, history: str | None, maker: str) -> None:
    found = inspect_prefix(conda_prefix(tmp_path / "x", history=history))
    assert found is not None
    assert found.maker == maker


def test_the_root_of_a_conda_installation_is_called_base(tmp_path: Path) -> None:
    root = conda_prefix(tmp_path / "miniconda3")
    put(root / "conda-meta/conda-26.7.0-py311h06a4308_0.json", "{}")
    put(root / "conda-meta/conda-libmamba-solver-25.1.0-pyhd8ed1ab_0.json", "{}")
    found = inspect_prefix(root)
    assert found is not None
    assert (found.name, is_conda_base(root)) == ("base", True)
    inner = conda_prefix(root / "envs/with-conda-in-it")
    put(inner / "conda-meta/conda-26.7.0-py311h06a4308_0.json", "{}")
    assert not is_conda_base(inner)
    put(tmp_path / "solver/conda-meta/conda-libmamba-solver-25.1.0-pyhd8ed1ab_0.json", "{}")
    assert not is_conda_base(tmp_path / "solver")


def test_micromamba_root_without_packages_of_its_own(tmp_path: Path) -> None:
    for name in ("envs", "pkgs", "conda-meta"):
        (tmp_path / "micromamba" / name).mkdir(parents=True)
    assert is_conda_base(tmp_path / "micromamba")


def test_conda_environment_without_python(tmp_path: Path) -> None:
    put(tmp_path / "r/conda-meta/history")
    found = inspect_prefix(tmp_path / "r")
    assert found is not None
    assert (found.kind, found.python, found.version) == ("conda", None, "")


def test_pixi_environment_is_named_with_its_project(tmp_path: Path) -> None:
    prefix = conda_prefix(tmp_path / "atlas/.pixi/envs/default", history="// not relevant for pixi\n")
    put(prefix / "conda-meta/pixi", "{}")
    found = inspect_prefix(prefix)
    assert found is not None
    assert (found.maker, found.name) == ("pixi", "default of atlas")


@pytest.mark.parametrize(
    ("place", "kind", "maker", "name"),
    [
        ("usr", "system", "system", "system"),
        ("usr/local", "standalone", "unknown", "python3.12"),
        ("home/me/.pyenv/versions/3.12.4", "pyenv", "pyenv", "3.12.4"),
        (
            "home/me/.local/share/uv/python/cpython-3.12.4-linux-x86_64-gnu",
            "standalone",
            "uv-managed",
            "cpython-3.12.4-linux-x86_64-gnu",
        ),
        ("home/me/.local/share/mise/installs/python/3.12.4", "standalone", "mise", "python3.12"),
        ("Library/Frameworks/Python.framework/Versions/3.12", "standalone", "python.org", "python3.12"),
        (
            "Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework/Versions/3.12",
            "system",
            "system",
            "system",
        ),
        (
            "opt/homebrew/Cellar/python@3.12/3.12.4/Frameworks/Python.framework/Versions/3.12",
            "standalone",
            "homebrew",
            "python3.12",
        ),
    ],
)
def test_installations_by_their_place(machine: MadeUpMachine, place: str, kind: str, maker: str, name: str) -> None:
    found = inspect_prefix(posix_python(machine.root / place), root=machine.root)
    assert found is not None
    assert (found.kind, found.maker, found.name, found.version) == (kind, maker, name, "3.12.4")


def test_windows_environments(tmp_path: Path) -> None:
    conda = windows_python(tmp_path / "envs/atlas", "3.11.9")
    put(conda / "conda-meta/python-3.11.9-h631f459_0_cpython.json", "{}")
    found = inspect_prefix(conda)
    assert found is not None
    assert (found.kind, found.version, found.python) == ("conda", "3.11.9", conda / "python.exe")
    venv = inspect_prefix(windows_venv(tmp_path / "project/.venv", "C:\\Users\\me\\Python311"))
    assert venv is not None
    assert (venv.kind, venv.version, venv.name) == ("venv", "3.11.9", ".venv of project")
    plain = inspect_prefix(windows_python(tmp_path / "Programs/Python/Python311"))
    assert plain is not None
    assert (plain.kind, plain.maker, plain.version) == ("standalone", "python.org", "3.11.9")


def test_an_interpreter_that_is_a_link_belongs_to_the_venv(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    found = environment_of(prefix / "bin/python3")
    assert found is not None
    assert found.prefix == prefix
    assert found.python == prefix / "bin/python3"


def test_a_link_elsewhere_to_a_venvs_interpreter_runs_its_base(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    found = environment_of(link(tmp_path / "python", prefix / "bin/python"))
    assert found is not None
    assert found.prefix.resolve() == Path(sys.base_prefix).resolve()


def test_merged_usr_is_one_installation(machine: MadeUpMachine) -> None:
    posix_python(machine.root / "usr", "3.11.2")
    link(machine.root / "bin", "usr/bin")
    link(machine.root / "lib", "usr/lib")
    for interpreter in ("bin/python3", "usr/bin/python3"):
        found = environment_of(machine.root / interpreter, root=machine.root)
        assert found is not None
        assert found.prefix == machine.root / "usr"
        assert found.python == machine.root / "usr/bin/python3"
    whole = inspect_prefix(machine.root, root=machine.root)
    assert whole is not None
    assert whole.prefix == machine.root / "usr"


def test_homebrew_links_lead_into_the_framework(machine: MadeUpMachine) -> None:
    cellar = machine.root / "opt/homebrew/Cellar/python@3.12/3.12.4"
    framework = posix_python(cellar / "Frameworks/Python.framework/Versions/3.12", program=MACH_UNIVERSAL)
    link(cellar / "bin/python3.12", "../Frameworks/Python.framework/Versions/3.12/bin/python3.12")
    link(machine.root / "opt/homebrew/bin/python3.12", "../Cellar/python@3.12/3.12.4/bin/python3.12")
    found = environment_of(machine.root / "opt/homebrew/bin/python3.12", root=machine.root)
    assert found is not None
    assert (found.prefix, found.maker) == (framework, "homebrew")


def test_the_launcher_of_macos_starts_the_command_line_tools(machine: MadeUpMachine) -> None:
    put(machine.root / "usr/bin/python3", MACH_UNIVERSAL)
    tools = "Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework/Versions/3.9"
    posix_python(machine.root / tools, "3.9.6", program=MACH_UNIVERSAL)
    found = environment_of(machine.root / "usr/bin/python3", root=machine.root)
    assert found is not None
    assert (found.kind, found.version) == ("system", "3.9.6")


def test_dead_base_is_still_an_environment(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/gone/bin/python3.12")
    for found in (inspect_prefix(prefix), environment_of(prefix / "bin/python")):
        assert found is not None
        assert (found.kind, found.version, found.python) == ("venv", "3.12.4", prefix / "bin/python")


def test_venv_that_lost_its_pyvenv_cfg_is_not_taken_for_sound(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/usr/bin/python3.12")
    put(prefix / "bin/activate")
    (prefix / "pyvenv.cfg").unlink()
    found = inspect_prefix(prefix)
    assert found is not None
    assert (found.kind, found.version) == ("unknown", "3.12")


def test_the_users_own_folder_is_no_environment(tmp_path: Path) -> None:
    local = tmp_path / ".local"
    link(local / "bin/python3.12", "/usr/bin/python3.12")
    link(local / "bin/python", "/usr/bin/python3.12")
    (local / "lib/python3.12/site-packages").mkdir(parents=True)
    assert inspect_prefix(local) is None


def test_plain_things_are_no_environments(tmp_path: Path) -> None:
    put(tmp_path / "folder/readme.txt")
    assert inspect_prefix(tmp_path / "folder") is None
    assert inspect_prefix(tmp_path / "folder/readme.txt") is None
    assert inspect_prefix(tmp_path / "missing") is None
    assert inspect_prefix(Path("/\0")) is None


def test_hostile_folders_neither_hang_nor_raise(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    fifo.mkdir()
    os.mkfifo(fifo / "pyvenv.cfg")
    huge = tmp_path / "huge"
    put(huge / "pyvenv.cfg", b"home = /usr/bin\n" * 100_000)
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    meta_file = tmp_path / "meta-file"
    put(meta_file / "conda-meta", "no folder")
    meta_circle = tmp_path / "meta-circle"
    link(meta_circle / "conda-meta", "conda-meta")
    lib_circle = tmp_path / "lib-circle"
    link(lib_circle / "lib", "lib")
    put(lib_circle / "pyvenv.cfg", "home = /usr/bin\nversion = 3.12.4\n")
    link(lib_circle / "bin/python", "python")
    folder_cfg = tmp_path / "folder-cfg"
    (folder_cfg / "pyvenv.cfg").mkdir(parents=True)
    history = tmp_path / "history"
    (history / "conda-meta").mkdir(parents=True)
    os.mkfifo(history / "conda-meta/history")
    kinds = {}
    for prefix in tmp_path.iterdir():
        found = inspect_prefix(prefix)
        kinds[prefix.name] = found.kind if found else None
        environment_of(prefix / "bin/python")
    assert kinds == {
        "fifo": "venv",
        "huge": "venv",
        "circle": None,
        "meta-file": None,
        "meta-circle": None,
        "lib-circle": "venv",
        "folder-cfg": None,
        "history": "conda",
    }


def test_names_are_cleaned(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "evil\x1b[2J\u202ename", "/usr/bin/python3")
    found = inspect_prefix(prefix)
    assert found is not None
    assert found.name.isprintable()
    assert found.prefix == prefix


def test_ordinary_programs_belong_to_no_environment(machine: MadeUpMachine) -> None:
    program = put(machine.root / "opt/tool/bin/tool", ELF_X86_64)
    assert environment_of(program, root=machine.root) is None
