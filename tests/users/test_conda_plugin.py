"""The plug-in by contract: with the types of conda's plug-ins as conda 24 to 26 have them, made here."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from doctor.checks import FAMILIES
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_states import pip_over_conda

ROOT = Path(__file__).parents[2]


class HealthCheckOf24(NamedTuple):
    name: str
    action: Callable[[str, bool], None]


@dataclasses.dataclass
class HealthCheckOf26:
    name: str
    action: Callable[[str, bool], None]
    fixer: Callable[..., int] | None = None
    summary: str | None = None
    fix: str | None = None


@dataclasses.dataclass
class Subcommand:
    name: str
    summary: str
    action: Callable[[tuple[str, ...]], int | None]
    configure_parser: Callable[..., None] | None = None


@pytest.fixture(params=[HealthCheckOf24, HealthCheckOf26])
def plugin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    conda, plugins, types = ModuleType("conda"), ModuleType("conda.plugins"), ModuleType("conda.plugins.types")
    plugins.hookimpl = lambda function: function  # type: ignore[attr-defined]
    types.CondaHealthCheck, types.CondaSubcommand = request.param, Subcommand  # type: ignore[attr-defined]
    for module in (conda, plugins, types):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("doctor.conda_plugin", None)
    yield importlib.import_module("doctor.conda_plugin")
    sys.modules.pop("doctor.conda_plugin", None)


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conda-plugin")
    prefix = make_conda_prefix(folder / "envs" / "sick", cache=folder / "cache")
    pip_over_conda(prefix)
    return prefix


def health_checks(plugin: ModuleType) -> dict[str, Any]:
    return {check.name: check for check in plugin.conda_health_checks()}


def test_conda_finds_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["conda"] == {"envdoctor": "doctor.conda_plugin"}


def test_each_family_is_a_health_check(plugin: ModuleType) -> None:
    found = health_checks(plugin)
    assert set(found) == {f"envdoctor-{folder}" for folder in FAMILIES.values()}
    assert all(getattr(check, "summary", "none") for check in found.values())


def test_a_sick_prefix_is_told(plugin: ModuleType, sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = health_checks(plugin)
    checks["envdoctor-mixed"].action(str(sick), False)
    told = capsys.readouterr().out
    assert told.startswith("❌ ")
    assert "MIX001 pip installed demo-lib 2.0 over conda's" in told
    assert f"conda envdoctor check -p {sick} --select MIX" in told
    assert "→" not in told
    checks["envdoctor-mixed"].action(str(sick), True)
    assert "→" in capsys.readouterr().out
    checks["envdoctor-security"].action(str(sick), False)
    assert capsys.readouterr().out.startswith("✅ ")


def test_what_is_no_environment_is_told_and_not_raised(
    plugin: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for check in health_checks(plugin).values():
        check.action(str(tmp_path / "nowhere"), False)
        assert "cannot tell" in capsys.readouterr().out


def test_conda_envdoctor_takes_condas_words(plugin: ModuleType, sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = plugin.conda_subcommands()
    assert command.name == "envdoctor"
    assert command.configure_parser is None
    for words in (("-p", str(sick)), ("--prefix", str(sick)), (f"--prefix={sick}",), ("--env", str(sick))):
        assert command.action(("check", *words, "--select", "MIX")) == 1
        assert capsys.readouterr().out.startswith("sick")
    assert command.action(("check", "-n", "no-such-name")) == 2
    assert "no-such-name" in capsys.readouterr().err


def test_condas_start_loads_nothing_of_ours_but_the_plug_in() -> None:
    code = """
import sys, types
plugins = types.ModuleType("conda.plugins"); plugins.hookimpl = lambda function: function
told = types.ModuleType("conda.plugins.types"); told.CondaSubcommand = dict
sys.modules.update({"conda": types.ModuleType("conda"), "conda.plugins": plugins, "conda.plugins.types": told})
import doctor.conda_plugin
list(doctor.conda_plugin.conda_subcommands())
print(*sorted(name for name in sys.modules if name.startswith("doctor")))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["doctor", "doctor.conda_plugin"]
