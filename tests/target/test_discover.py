"""All environments of a machine, each once, the most relevant first."""

from __future__ import annotations

import json
import os
from pathlib import Path

from doctor.target.discover import discover
from tests.target.conftest import MadeUpMachine
from tests.target.trees import conda_prefix, link, posix_python, posix_venv, put, windows_python, windows_venv


def names(machine: MadeUpMachine, **variables: str) -> list[str]:
    return [environment.name for environment in machine.discover(**variables)]


def test_an_empty_machine_has_none(machine: MadeUpMachine) -> None:
    assert names(machine) == []


def test_the_order_is_that_of_relevance(machine: MadeUpMachine) -> None:
    home = machine.home
    posix_python(machine.root / "usr", "3.11.2")
    posix_venv(machine.project / ".venv", "/usr/bin/python3")
    posix_venv(machine.project / "venv", "/usr/bin/python3")
    posix_venv(home / "work/other/.venv", "/usr/bin/python3")
    conda_prefix(home / "miniforge3/envs/atlas")
    conda_prefix(home / "miniforge3/envs/zoo")
    posix_venv(home / ".virtualenvs/wrapped", "/usr/bin/python3")
    posix_venv(home / ".local/share/uv/tools/black", "/usr/bin/python3")
    posix_python(home / ".pyenv/versions/3.12.4")
    active = conda_prefix(home / "elsewhere/active")
    found = list(machine.discover(CONDA_PREFIX=str(active), PATH="/usr/bin"))
    assert [environment.name for environment in found] == [
        "active",
        ".venv of project",
        "venv of project",
        "system",
        ".venv of other",
        "atlas",
        "zoo",
        "wrapped",
        "black",
        "3.12.4",
    ]
    assert [environment.origins for environment in found] == [
        ("active",),
        ("project",),
        ("project",),
        ("PATH", "system"),
        ("neighbour",),
        ("conda",),
        ("conda",),
        ("virtualenvs",),
        ("uv tool",),
        ("pyenv",),
    ]


def test_each_prefix_once_however_many_links_lead_to_it(machine: MadeUpMachine) -> None:
    prefix = conda_prefix(machine.home / "miniforge3/envs/atlas")
    link(machine.home / ".conda/envs/same", prefix)
    link(machine.project / ".venv", prefix)
    put(machine.home / ".conda/environments.txt", f"{prefix}\n{prefix}\n/home/me/miniforge3/envs/atlas\n")
    (found,) = machine.discover(CONDA_PREFIX=str(prefix))
    assert found.origins == ("active", "project", "conda")


def test_conda_in_all_its_places(machine: MadeUpMachine) -> None:
    home, root = machine.home, machine.root
    for place in (
        root / "opt/conda/envs/a",
        root / "opt/homebrew/Caskroom/miniforge/base/envs/b",
        home / ".conda/envs/c",
        home / "micromamba/envs/d",
        home / ".local/share/mamba/envs/e",
        home / "custom/envs/f",
        home / "from-exe/envs/g",
        home / "dirs/h",
        home / "listed/i",
        home / ".pixi/envs/j",
        machine.project / ".pixi/envs/k",
        home / "of-active/envs/l",
        home / "of-active/envs/m",
    ):
        conda_prefix(place)
    put(home / ".pixi/bin/j")
    put(home / ".conda/environments.txt", "\n/home/me/listed/i\n/home/me/deleted\nrelative\n\x1b[31m\n")
    found = names(
        machine,
        MAMBA_ROOT_PREFIX="/home/me/custom",
        CONDA_EXE="/home/me/from-exe/bin/conda",
        CONDA_ENVS_DIRS="/nowhere:/home/me/dirs",
        CONDA_PREFIX="/home/me/of-active/envs/m",
    )
    assert sorted(found) == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k of project", "l", "m"]


def test_folders_that_condarc_and_mambarc_name(machine: MadeUpMachine) -> None:
    conda_prefix(machine.root / "data/envs/shared")
    conda_prefix(machine.home / "ours/own")
    conda_prefix(machine.home / "mamba-root/envs/of-mamba")
    put(machine.home / ".condarc", "envs_dirs:\n  - ~/ours\n  - /data/envs\n")
    put(machine.home / ".mambarc", "root_prefix: ~/mamba-root\n")
    assert names(machine) == ["of-mamba", "own", "shared"]


def test_a_broken_condarc_costs_nothing_else(machine: MadeUpMachine) -> None:
    conda_prefix(machine.home / "miniconda3/envs/atlas")
    put(machine.home / ".condarc", "envs_dirs: [\n  {")
    assert names(machine) == ["atlas"]


def test_virtual_environments_of_every_tool(machine: MadeUpMachine) -> None:
    home = machine.home
    for place in (
        ".virtualenvs/a",
        ".cache/pypoetry/virtualenvs/proj-a1B2c3D4-py3.12",
        "Library/Caches/pypoetry/virtualenvs/mac-a1B2c3D4-py3.12",
        ".local/share/virtualenvs/pipenv-a1B2c3D4",
        ".local/share/hatch/env/virtual/proj/a1B2c3D4/test",
        ".local/share/pdm/venvs/pdm-a1B2c3D4-3.12",
        ".local/share/pipx/venvs/cowsay",
        "wherever/workon",
    ):
        posix_venv(home / place, "/usr/bin/python3")
    assert sorted(names(machine, WORKON_HOME="/home/me/wherever")) == [
        "a",
        "cowsay",
        "mac-a1B2c3D4-py3.12",
        "pdm-a1B2c3D4-3.12",
        "pipenv-a1B2c3D4",
        "proj-a1B2c3D4-py3.12",
        "test of proj",
        "workon",
    ]


def test_xdg_folders_replace_the_usual_ones(machine: MadeUpMachine) -> None:
    posix_venv(machine.home / "data/virtualenvs/moved", "/usr/bin/python3")
    posix_venv(machine.home / ".local/share/virtualenvs/usual", "/usr/bin/python3")
    assert names(machine, XDG_DATA_HOME="/home/me/data") == ["moved"]


def test_installed_pythons(machine: MadeUpMachine) -> None:
    home, root = machine.home, machine.root
    posix_python(root / "usr", "3.11.2")
    posix_python(home / ".pyenv/versions/3.12.4")
    posix_venv(home / ".pyenv/versions/3.12.4/envs/pyenv-virtualenv", "/usr/bin/python3")
    link(home / ".pyenv/versions/pyenv-virtualenv", home / ".pyenv/versions/3.12.4/envs/pyenv-virtualenv")
    uv = home / ".local/share/uv/python"
    posix_python(uv / "cpython-3.13.1-linux-x86_64-gnu", "3.13.1")
    link(uv / "cpython-3.13-linux-x86_64-gnu", "cpython-3.13.1-linux-x86_64-gnu")
    framework = root / "Library/Frameworks/Python.framework/Versions"
    posix_python(framework / "3.10", "3.10.11")
    link(framework / "Current", "3.10")
    posix_python(root / "opt/homebrew/opt/python@3.9/Frameworks/Python.framework/Versions/3.9", "3.9.20")
    found = [(environment.name, environment.version, environment.maker) for environment in machine.discover()]
    assert found == [
        ("3.12.4", "3.12.4", "pyenv"),
        ("pyenv-virtualenv", "3.12.4", "venv"),
        ("cpython-3.13.1-linux-x86_64-gnu", "3.13.1", "uv-managed"),
        ("system", "3.11.2", "system"),
        ("python3.10", "3.10.11", "python.org"),
        ("python3.9", "3.9.20", "homebrew"),
    ]


def test_windows_places(machine: MadeUpMachine) -> None:
    home = machine.home
    windows_python(home / "AppData/Local/Programs/Python/Python311")
    windows_venv(home / "AppData/Local/pypoetry/Cache/virtualenvs/proj-py3.11", "C:\\Python311")
    conda = windows_python(machine.root / "ProgramData/miniconda3/envs/atlas")
    put(conda / "conda-meta/history")
    assert names(machine, LOCALAPPDATA="C:\\home\\me\\AppData\\Local", ProgramData="C:\\ProgramData") == [
        "atlas",
        "proj-py3.11",
        "python3.11",
    ]


def test_interpreters_of_kernel_specs(machine: MadeUpMachine) -> None:
    prefix = posix_venv(machine.home / "deep/down/env-of-kernel", "/usr/bin/python3")
    kernels = machine.home / ".local/share/jupyter/kernels"
    put(kernels / "good/kernel.json", json.dumps({"argv": [str(prefix / "bin/python"), "-m", "ipykernel_launcher"]}))
    put(kernels / "gone/kernel.json", json.dumps({"argv": ["/gone/bin/python"]}))
    put(kernels / "bare/kernel.json", json.dumps({"argv": ["python"]}))
    put(kernels / "other/kernel.json", json.dumps({"argv": ["/usr/bin/julia"]}))
    for name, content in (
        ("list", "[]"),
        ("text", '{"argv": "python"}'),
        ("number", '{"argv": [1]}'),
        ("empty", '{"argv": []}'),
        ("nul", '{"argv": ["/usr/bin/python\\u0000"]}'),
        ("broken", "{"),
        ("deep", "[" * 100_000),
    ):
        put(kernels / name / "kernel.json", content)
    (found,) = machine.discover()
    assert (found.prefix, found.origins) == (prefix, ("Jupyter kernel",))


def test_hostile_homes_neither_hang_nor_raise(machine: MadeUpMachine) -> None:
    home = machine.home
    (home / ".conda").mkdir()
    os.mkfifo(home / ".conda/environments.txt")
    link(home / ".virtualenvs", ".virtualenvs")
    put(home / "miniconda3", "a file")
    link(home / ".pyenv/versions/loop", "loop")
    link(home / ".pyenv/versions/up", "../..")
    for number in range(700):
        (home / "envs" / f"{number:04}").mkdir(parents=True)
    kernel = home / ".local/share/jupyter/kernels/fifo"
    kernel.mkdir(parents=True)
    os.mkfifo(kernel / "kernel.json")
    assert names(machine, PATH="/\0:" * 3, VIRTUAL_ENV="/\0", CONDA_PREFIX="relative", WORKON_HOME="\0") == []


def test_bounded_where_a_folder_has_too_many(machine: MadeUpMachine) -> None:
    for number in range(600):
        put(machine.home / ".virtualenvs" / f"{number:04}" / "pyvenv.cfg", "home = /usr/bin\n")
    assert len(names(machine)) == 500


def test_this_machine_is_listed_without_trouble(tmp_path: Path) -> None:
    found = list(discover(variables=dict(os.environ), cwd=Path.cwd(), home=Path.home()))
    prefixes = [environment.prefix.resolve() for environment in found]
    assert len(prefixes) == len(set(prefixes))
