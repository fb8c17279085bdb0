"""What real tools make of the command lines: the right environment, the right files, and no others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from doctor.fix.host.commands import run
from doctor.fix.managers.arguments import commands_for
from doctor.fix.options import Options
from doctor.model import Install, Uninstall
from tests.fix.known import Known, known, own_settings
from tests.fix.trees import picture
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import native_pip_over_conda, record_of
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_settings(monkeypatch, tmp_path)


def carry_out(about: Known, step: Install | Uninstall, work: Path, wheels: Path | None) -> None:
    options = Options(offline=wheels is not None, wheels=wheels)
    done = commands_for(step, about.request, about.facts, about.programs, options)
    assert isinstance(done, tuple), done
    work.mkdir(exist_ok=True)
    for command in done:
        variables = {name: text.replace("{work}", str(work)) for name, text in command.variables.items()}
        ran = run(command.arguments, folder=work, variables=variables)
        assert ran.status == 0, ran.tail


@pytest.mark.parametrize("cache", ["here", "elsewhere"])
@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_nothing_is_written_through_a_link(tmp_path: Path, home: Path, tool: str, cache: str) -> None:
    """A copy by hard links keeps what was in the environment: files of nobody, of the package, of its metadata."""
    modules = {"demo/__init__.py": "x = 1\n", "demo/a.py": "", "demo-1.0.data/scripts/demo-tool": "#!python\n"}
    wheel = make_wheel(tmp_path / "wheels", "demo", "1.0", modules, entry_points="[console_scripts]\ndemo = demo:x\n")
    prefix = make_venv(tmp_path / "env")
    site = site_packages_of(prefix)
    (site / "demo").mkdir(parents=True)
    (site / "demo-1.0.dist-info").mkdir()
    names = ("METADATA", "WHEEL", "INSTALLER", "REQUESTED", "entry_points.txt")
    there = [site / "demo/__init__.py", prefix / "bin/demo", prefix / "bin/demo-tool"]
    for path in (*there, *(site / "demo-1.0.dist-info" / name for name in names)):
        path.write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    subprocess.run(["cp", "-al", str(prefix), str(tmp_path / "saved")], check=True)
    before = picture(tmp_path / "saved")
    shared = Path("/dev/shm") / f"envdoctor-{os.getpid()}" if cache == "elsewhere" else tmp_path / "cache"
    about = known(prefix, home, variables={"UV_CACHE_DIR": str(shared)}).only(tool)
    step = Install("pip", ("demo==1.0",), force=tool == "uv", dependencies=False)
    if tool == "pip":  # it refuses to take away what has no RECORD
        (site / "demo-1.0.dist-info").rename(tmp_path / "aside")
        before = picture(tmp_path / "saved")
        about = known(prefix, home).only(tool)
    carry_out(about, step, tmp_path / "work", wheel.parent)
    assert (site / "demo/__init__.py").read_text() == "x = 1\n"
    assert picture(tmp_path / "saved") == before
    assert not shared.exists() or cache == "here"


def test_past_a_damaged_cache_by_uv(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two environments linked from one damaged cache: one gets the sound file, the rest stays as it is."""
    wheel = make_wheel(tmp_path / "wheels", "demo", "1.0", {"demo.py": "x = 1\n"})
    cache = tmp_path / "cache"
    monkeypatch.setenv("UV_CACHE_DIR", str(cache))
    monkeypatch.setenv("UV_LINK_MODE", "hardlink")
    prefixes = [make_venv(tmp_path / name) for name in ("one", "two")]
    for prefix in prefixes:
        install(prefix, wheel, cache=cache, extra_args=("--link-mode", "hardlink"))
    damaged = site_packages_of(prefixes[0]) / "demo.py"
    assert damaged.stat().st_nlink == 3
    with damaged.open("a") as opened:
        opened.write("oops\n")
    before = picture(prefixes[1]), picture(cache)
    about = known(prefixes[0], home, variables={"UV_CACHE_DIR": str(cache)}).only("uv")
    step = Install("pip", ("demo==1.0",), force=True, dependencies=False, fresh=True)
    carry_out(about, step, tmp_path / "work", wheel.parent)
    assert damaged.read_text() == "x = 1\n"
    assert (picture(prefixes[1]), picture(cache)) == before


def test_settings_do_not_turn_pip_elsewhere(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = make_wheel(tmp_path / "wheels", "demo", "1.0", {"demo.py": ""})
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nuser = true\nrequire-virtualenv = true\nno-deps = true\ndry-run = true\nrequire-hashes = true\n"
    )
    for name, value in {
        "CONFIG_FILE": str(config),
        "TARGET": str(tmp_path / "t"),
        "PREFIX": "/x",
        "DRY_RUN": "1",
    }.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    prefix = make_venv(tmp_path / "env")
    about = known(prefix, home, variables={"PIP_CONFIG_FILE": str(config)}).only("pip")
    carry_out(about, Install("pip", ("demo",)), tmp_path / "work", wheel.parent)
    assert (site_packages_of(prefix) / "demo.py").is_file()
    carry_out(about, Uninstall("pip", ("demo",)), tmp_path / "work", None)
    assert not (site_packages_of(prefix) / "demo.py").exists()


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_pip_over_conda_is_repaired(tmp_path: Path, home: Path, tool: str) -> None:
    """The clean repair: pip's copy goes, conda's is linked again, and nothing of either is left over."""
    prefix = make_conda_prefix(tmp_path / "env")
    spec = "=".join(record_of(prefix, "numpy").stem.rsplit("-", 2))
    files = {path: row[3] for path, row in picture(prefix).items() if "site-packages/numpy" in path}
    native_pip_over_conda(prefix)
    about = known(prefix, home, make_conda_command(tmp_path / "tools").parent).only(tool, "conda")
    carry_out(about, Uninstall("pip", ("numpy",)), tmp_path / "work", None)
    again = Install("conda", (f"conda-forge::{spec}",), force=True, dependencies=False)
    carry_out(about, again, tmp_path / "work", None)
    assert {path: row[3] for path, row in picture(prefix).items() if "site-packages/numpy" in path} == files
    assert record_of(prefix, "numpy").is_file()
