"""The kernels layer: Jupyter's own order, whose Python each kernel starts, and files that mean harm."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from doctor.collect import identity, kernels
from doctor.facts import Facts, Kernel, Kernels, serialise
from doctor.knowledge.kernels import is_brought_elsewhere, is_valid_name, kernel_name, kernel_text
from doctor.reading.redact import show
from doctor.target.environment import Environment, Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import make_venv, python_of, site_packages_of
from tests.target.trees import put, windows_python, windows_venv

OWN = "share/jupyter/kernels"


def spec(folder: Path, name: str, *argv: str, **more: Any) -> Path:
    path = folder / name / "kernel.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    words = argv or ("python", "-m", "ipykernel_launcher", "-f", "{connection_file}")
    path.write_text(json.dumps({"argv": words, "display_name": name, "language": "python"} | more))
    return path


def look(
    prefix: Path, home: Path, *, root: Path = Path("/"), variables: Mapping[str, str] | None = None, kind: str = ""
) -> Kernels:
    environment = inspect_prefix(prefix, root=root) or Environment(prefix, "venv")
    if kind:
        environment = environment._replace(kind=kind)  # type: ignore[arg-type]
    request = Request(environment, home=home, root=root, variables=variables or {})
    facts = Facts(identity=identity.read(request, Facts()))
    found = kernels.read(request, facts)
    whole = facts._replace(kernels=found)
    assert serialise.load(serialise.dump(whole)) == whole, "facts survive JSON"
    return found


def only(found: Kernels, name: str) -> Kernel:
    (kernel,) = (kernel for kernel in found.specs if kernel.name == name and not kernel.hidden_by)
    return kernel


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env")


def test_the_environments_own_hides_the_users(prefix: Path, home: Path) -> None:
    spec(prefix / OWN, "lab")
    mine = spec(home / ".local/share/jupyter/kernels", "LAB", "/usr/bin/python3")
    spec(home / ".ipython/kernels", "old")
    found = look(prefix, home)
    own = only(found, "lab")
    assert (own.path, own.place, own.inside, own.interpreter) == (
        f"{OWN}/lab/kernel.json",
        "environment",
        True,
        "bin/python",
    )
    (hidden,) = (kernel for kernel in found.specs if kernel.hidden_by)
    assert (hidden.name, hidden.hidden_by, hidden.place) == ("lab", own.path, "user")
    assert hidden.path == "~/" + mine.relative_to(home).as_posix()
    assert only(found, "old").place == "user"


@pytest.mark.parametrize(
    ("told", "first"),
    [
        ({}, "environment"),
        ({"JUPYTER_PREFER_ENV_PATH": "0"}, "user"),
        ({"JUPYTER_PREFER_ENV_PATH": "1"}, "environment"),
    ],
)
def test_the_order_follows_the_variable(prefix: Path, home: Path, told: Mapping[str, str], first: str) -> None:
    spec(prefix / OWN, "lab")
    spec(home / ".local/share/jupyter/kernels", "lab")
    assert only(look(prefix, home, variables=told), "lab").place == first


def test_before_jupyter_core_5_the_user_comes_first(prefix: Path, home: Path) -> None:
    spec(prefix / OWN, "lab")
    spec(home / ".local/share/jupyter/kernels", "lab")
    (site_packages_of(prefix) / "jupyter_core-4.12.0.dist-info").mkdir()
    assert only(look(prefix, home), "lab").place == "user"


def test_jupyter_path_comes_first_and_the_system_last(prefix: Path, home: Path, tmp_path: Path) -> None:
    variables = {"JUPYTER_PATH": f"{tmp_path}/shared:relative", "XDG_DATA_HOME": f"{tmp_path}/xdg"}
    spec(tmp_path / "shared/kernels", "lab")
    spec(tmp_path / "xdg/jupyter/kernels", "lab")
    spec(home / ".local/share/jupyter/kernels", "unseen")
    found = look(prefix, home, variables=variables)
    assert [kernel.place for kernel in found.specs] == ["jupyter-path", "user"]
    own = look(prefix, home, variables={"JUPYTER_DATA_DIR": f"{tmp_path}/xdg/jupyter"})
    assert [kernel.name for kernel in own.specs] == ["lab"]


def test_other_systems_keep_kernels_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "mac"
    put(root / "Users/me/env/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.1\n")
    put(root / "Users/me/env/bin/python", b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01" + bytes(100))
    home = root / "Users/me"
    spec(home / "Library/Jupyter/kernels", "lab")
    spec(root / "usr/local/share/jupyter/kernels", "all")
    found = look(home / "env", home, root=root)
    assert [(kernel.name, kernel.path) for kernel in found.specs] == [
        ("lab", "~/Library/Jupyter/kernels/lab/kernel.json"),
        ("all", "/usr/local/share/jupyter/kernels/all/kernel.json"),
    ]


def test_on_windows(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    home = root / "Users/me"
    windows_python(root / "Python311")
    env = windows_venv(home / "env", "C:\\Python311")
    folder = home / "AppData/Roaming/jupyter/kernels"
    spec(folder, "mine", "C:\\Users\\me\\env\\Scripts\\python.exe")
    spec(folder, "gone", "C:\\gone\\python.exe")
    spec(folder, "remote", "\\\\server\\share\\python.exe")
    spec(env / OWN, "own")
    variables = {"APPDATA": "C:\\Users\\me\\AppData\\Roaming", "ProgramData": "C:\\ProgramData"}
    spec(root / "ProgramData/jupyter/kernels", "all")
    found = look(env, home, root=root, variables=variables)
    assert [kernel.name for kernel in found.specs] == ["own", "gone", "mine", "remote", "all"]
    assert only(found, "mine").inside
    assert only(found, "own").interpreter == "Scripts/python.exe"
    assert not only(found, "gone").exists
    assert only(found, "remote").exists, "nobody asks another machine"


def test_whose_python_a_kernel_starts(prefix: Path, home: Path, tmp_path: Path) -> None:
    other = make_venv(tmp_path / "other")
    (site_packages_of(other) / "ipykernel").mkdir()
    shortcut = tmp_path / "shortcut"
    shortcut.symlink_to(python_of(prefix))
    folder = home / ".local/share/jupyter/kernels"
    spec(folder, "mine", str(python_of(prefix)))
    spec(folder, "linked", str(shortcut))
    spec(folder, "theirs", str(python_of(other)))
    spec(folder, "gone", str(tmp_path / "gone/bin/python"))
    spec(folder, "elsewhere", "python3.4")
    spec(folder, "wrapped", "/usr/bin/env", "python")
    spec(folder, "ir", "R", "--slave", language="R")
    spec(folder, "rusty", "/gone/evcxr", language="rust")
    found = look(prefix, home)
    assert only(found, "mine").inside
    assert only(found, "mine").interpreter == "bin/python"
    assert only(found, "mine").has_ipykernel is False
    linked = only(found, "linked")
    assert not linked.inside, "a link to a virtual environment's Python does not start it in there"
    started = subprocess.run([shortcut, "-I", "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
    assert linked.environment == show(started.stdout.strip())
    theirs = only(found, "theirs")
    assert (theirs.inside, theirs.exists, theirs.has_ipykernel) == (False, True, True)
    assert theirs.environment == str(other)
    assert not only(found, "gone").exists
    for name in ("elsewhere", "wrapped", "ir", "rusty"):
        assert (only(found, name).exists, only(found, name).inside) == (True, False)


def test_a_prefix_that_is_a_link_is_the_same_environment(prefix: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(prefix)
    spec(prefix / OWN, "lab", f"{tmp_path}/link/bin/python")
    spec(prefix / OWN, "lab2", str(python_of(prefix)))
    assert all(kernel.inside for kernel in look(prefix, home).specs)
    assert all(kernel.inside for kernel in look(tmp_path / "link", home).specs)


def test_conda_run_is_followed(tmp_path: Path, home: Path) -> None:
    base = tmp_path / "home/miniforge3"
    work = make_conda_prefix(base / "envs/work", packages=("python",))
    lab = make_conda_prefix(base / "envs/lab", packages=("python",))
    (base / "condabin").mkdir()
    program = put(base / "condabin/conda", "#!/bin/sh\n")
    folder = home / ".local/share/jupyter/kernels"
    spec(folder, "by-name", "conda", "run", "-n", "lab", "--no-capture-output", "python", "-m", "ipykernel_launcher")
    spec(folder, "by-prefix", str(program), "run", "-p", str(work), "python", "-m", "ipykernel_launcher")
    spec(folder, "lost", "micromamba", "run", "--prefix", f"{base}/envs/gone", "python", "-m", "ipykernel_launcher")
    spec(folder, "unknown", "conda", "run", "-n", "other", "python", "-m", "ipykernel_launcher")
    spec(folder, "climbing", "conda", "run", "-n", "../work", "python", "-m", "ipykernel_launcher")
    found = look(work, home)
    assert (only(found, "by-name").environment, only(found, "by-name").inside) == ("~/miniforge3/envs/lab", False)
    assert only(found, "by-prefix").inside
    assert not only(found, "lost").exists
    assert (only(found, "unknown").exists, only(found, "unknown").environment) == (True, "")
    assert only(found, "climbing").environment == ""
    assert lab.is_dir()


def test_what_means_harm_is_a_problem_and_hides_nothing(prefix: Path, home: Path) -> None:
    folder = prefix / OWN
    spec(folder, "good")
    for name, text in {
        "deep": '{"argv": ' + "[" * 100_000,
        "list": "[1, 2]",
        "number": '{"argv": 3}',
        "nobody": '{"argv": []}',
        "huge": '{"argv": ["python"], "x": "' + "x" * 300_000 + '"}',
        "late": '{\n"argv": ["python"],\n oops}',
    }.items():
        put(folder / name / "kernel.json", text)
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe/kernel.json")
    (folder / "bad name").mkdir()
    (folder / "bad name/kernel.json").write_text("{}")
    (folder / "empty").mkdir()
    spec(folder, "odd", "\x00", "\x1b[31m", display_name="\x1b]52;c;x\x07\u202eLab", language=7, env=["x"])
    found = look(prefix, home)
    assert [kernel.name for kernel in found.specs] == ["good", "odd"]
    assert "\x1b" not in str(found)
    assert "\u202e" not in str(found)
    problems = {problem.path.split("/")[-2]: problem for problem in found.problems}
    assert set(problems) == {"deep", "list", "number", "nobody", "huge", "late", "pipe"}
    assert problems["late"].line == 3


def test_secrets_of_a_kernel_stay_where_they_are(prefix: Path, home: Path) -> None:
    folder = prefix / OWN
    spec(folder, "variables", env={"API_KEY": "seeded-1", "LAB": "seeded-2"})
    spec(folder, "harmless", env={"LAB": "seeded-7"})
    spec(folder, "option", "python", "-m", "lab", "--password=seeded-4")
    spec(folder, "words", "python", "-m", "lab", "--token", "seeded-3")
    spec(folder, "address", "python", "-m", "lab", "https://me:seeded-5@lab.example/t/seeded-6/x")
    spec(folder, "plain")
    found = look(prefix, home)
    assert "seeded" not in str(found)
    assert only(found, "variables").variables == ("API_KEY", "LAB")
    assert [kernel.name for kernel in found.specs if kernel.written] == ["plain"]
    assert len(found.specs) == 6


def test_a_new_kernel_is_one_that_jupyter_takes(prefix: Path, home: Path) -> None:
    names = ["My Project", "python3", "  ", "ümlaut/../x", "a" * 200, "-._", "Python"]
    made = [kernel_name(name) for name in names]
    assert made == ["my-project", "python3-kernel", "project", "mlaut-..-x", "a" * 60, "project", "python-kernel"]
    assert all(is_valid_name(name) for name in made)
    put(prefix / OWN / "lab/kernel.json", kernel_text("python", 'Python ("lab")'))
    kernel = only(look(prefix, home), "lab")
    assert (kernel.display, kernel.language, kernel.inside) == ('Python ("lab")', "python", True)


def test_kernels_of_services_are_known() -> None:
    for name in ("conda_pytorch_p310", "pysparkkernel", "synapse_pyspark", "python38-azureml", "conda-env-lab-py"):
        assert is_brought_elsewhere(name), name
    for name in ("lab", "pymc_env", "python2", "my-conda", "sparkling", "local"):
        assert not is_brought_elsewhere(name), name
