"""Which package managers there are, and which of them is to change an environment."""

from __future__ import annotations

import ensurepip
import sys
from pathlib import Path
from typing import Any

import pytest

from doctor.facts import Facts, Setting
from doctor.facts.build import environment
from doctor.facts.settings import Settings, Variable
from doctor.fix.managers.caches import same_file_system, uv_links
from doctor.fix.managers.programs import find_programs, program_for
from doctor.fix.plan import ManagerName, Program
from doctor.target.environment import Environment, Request
from tests.fix.known import known, own_settings
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.venvs import install, make_venv

VENV, CONDA = environment(), environment(kind="conda")
PIXI = environment(kind="conda", identity={"maker": "pixi"})


def program(name: ManagerName, path: str = "") -> Program:
    path = path or f"/tools/{name}"
    return Program(name, path, "1.0", (path,))


def with_settings(**more: Any) -> Facts:
    return VENV._replace(settings=Settings(**more))


def pip_sets(key: str, value: str = "https://wheels.example/simple", source: str = "~/.config/pip/pip.conf") -> Facts:
    return with_settings(pip=(Setting(key, value, source),))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_settings(monkeypatch, tmp_path)


def test_the_environments_own_pip_comes_first(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    (bundled,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    install(prefix, str(bundled))
    found = [program for program in known(prefix, home).programs if program.name == "pip"]
    python = str(prefix / "bin/python")
    assert found[0] == ("pip", python, bundled.name.split("-")[1], (python, "-I", "-B", "-m", "pip"))
    for other in found[1:]:
        assert other.start[-2:] == ("--python", python)
        assert Path(other.start[0]).is_absolute()


def test_uv_beside_envdoctor(tmp_path: Path, home: Path) -> None:
    found = known(make_venv(tmp_path / "env"), home).programs
    uv = next(program for program in found if program.name == "uv")
    assert Path(uv.path).is_absolute()
    assert uv.version
    assert uv.start == (uv.path,)


def test_conda_by_path_by_variable_and_by_installation(tmp_path: Path, home: Path) -> None:
    root = make_conda_prefix(home / "miniforge3", packages=("python",))
    in_root = make_conda_command(root / "bin")
    on_path = make_conda_command(tmp_path / "tools")
    named = make_conda_command(tmp_path / "named")
    prefix = make_conda_prefix(tmp_path / "env", packages=("python",))
    about = known(prefix, home, on_path.parent, variables={"CONDA_EXE": str(named)})
    condas = [program.path for program in about.programs if program.name == "conda"]
    assert condas == [str(on_path), str(named), str(in_root)]
    assert program_for("conda", about.facts, about.programs) == about.programs[-3]


def test_nothing_is_found_on_another_machine(tmp_path: Path) -> None:
    request = Request(Environment(tmp_path / "env", "venv"), root=tmp_path)
    assert find_programs(request, VENV) == ()


@pytest.mark.parametrize(
    ("facts", "names", "chosen"),
    [
        (VENV, ("pip", "uv"), "uv"),
        (VENV, ("pip",), "pip"),
        (pip_sets("global.extra-index-url"), ("pip", "uv"), "pip"),
        (pip_sets("install.find-links", "/wheels"), ("pip", "uv"), "pip"),
        (pip_sets("global.proxy", "http://proxy"), ("pip", "uv"), "pip"),
        (pip_sets("global.index-url", "https://pypi.org/simple"), ("pip", "uv"), "uv"),
        (pip_sets("global.index-url", source="$PIP_INDEX_URL"), ("pip", "uv"), "pip"),
        (pip_sets("global.timeout", "60"), ("pip", "uv"), "uv"),
        (pip_sets("download.index-url"), ("pip", "uv"), "uv"),
        (pip_sets("global.target", "/elsewhere"), ("pip", "uv"), "uv"),
        (pip_sets("global.cert", "/etc/ca.pem"), ("pip", "uv"), "pip"),
    ],
)
def test_uv_unless_pip_knows_an_index_that_uv_does_not(
    facts: Facts, names: tuple[ManagerName, ...], chosen: str
) -> None:
    found = program_for("pip", facts, [program(name) for name in names])
    assert isinstance(found, Program)
    assert found.name == chosen


def test_uv_that_knows_an_index_of_its_own() -> None:
    private = Setting("global.extra-index-url", "https://wheels.example", "~/.config/pip/pip.conf")
    for key in ("index.0.url", "pip.extra-index-url", "index-url", "find-links"):
        facts = with_settings(pip=(private,), uv=(Setting(key, "https://wheels.example", "~/.config/uv/uv.toml"),))
        assert program_for("pip", facts, [program("pip"), program("uv")]) == program("uv")
    certificate = Setting("global.cert", "/ca.pem", "/etc/pip.conf")
    facts = with_settings(pip=(certificate,), variables=(Variable("SSL_CERT_FILE", "/ca.pem"),))
    assert program_for("pip", facts, [program("pip"), program("uv")]) == program("uv")


def test_without_a_network_a_private_index_is_no_matter() -> None:
    tools = [program("pip"), program("uv")]
    assert program_for("pip", pip_sets("global.index-url"), tools, offline=True) == program("uv")


@pytest.mark.parametrize(
    ("facts", "names", "said"),
    [
        (VENV, (), "install uv"),
        (
            pip_sets("global.index-url"),
            ("uv",),
            "~/.config/pip/pip.conf sets index-url for pip, which uv does not read",
        ),
        (pip_sets("install.target", "/x"), ("pip",), "~/.config/pip/pip.conf sets target"),
        (environment(identity={"interpreter": None}), ("uv",), "no Python that starts"),
        (environment(python=""), ("uv",), "no Python that starts"),
    ],
)
def test_why_none_can_work_for_pip(facts: Facts, names: tuple[ManagerName, ...], said: str) -> None:
    found = program_for("pip", facts, [program(name) for name in names])
    assert isinstance(found, str)
    assert said in found


def test_conda_by_who_made_the_environment() -> None:
    tools = [program("conda"), program("mamba"), program("micromamba")]
    assert program_for("conda", CONDA, tools) == tools[0]
    assert program_for("conda", environment(kind="conda", identity={"maker": "mamba"}), tools) == tools[1]
    assert program_for("conda", environment(kind="conda", identity={"maker": "rattler"}), tools[1:]) == tools[1]
    for facts, programs, said in (
        (PIXI, tools, "pixi"),
        (VENV, tools, "no conda environment"),
        (CONDA, [], "CONDA_EXE"),
    ):
        found = program_for("conda", facts, programs)
        assert isinstance(found, str)
        assert said in found


def test_pips_that_cannot_reach_an_old_python(tmp_path: Path) -> None:
    request = Request(Environment(tmp_path / "env", "venv"))
    own = Path(sys.executable)
    for python, reaches in (("3.11.7", True), ("3.6.15", False), ("2.7.18", False)):
        found = find_programs(request, environment(python=python))
        assert any(program.path == str(own) and program.name == "pip" for program in found) is reaches


def test_links_only_within_one_file_system(tmp_path: Path) -> None:
    assert same_file_system(tmp_path / "not" / "there", tmp_path)
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    assert not same_file_system(other, tmp_path)
    request = Request(Environment(tmp_path / "env", "venv"), home=tmp_path)
    assert uv_links(request, VENV)
    assert not uv_links(request._replace(variables={"UV_CACHE_DIR": str(other / "cache")}), VENV)
    assert not uv_links(request, with_settings(uv=(Setting("link-mode", "copy", "~/.config/uv/uv.toml"),)))
    assert not uv_links(request, with_settings(uv=(Setting("no-cache", True, "~/.config/uv/uv.toml"),)))
