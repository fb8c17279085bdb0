"""What would change is asked of real package managers, and the environment does not notice."""

from __future__ import annotations

import ensurepip
import json
import sys
from pathlib import Path

import pytest

from doctor.fix.dry_run.answers import of_conda, of_pip, of_uv, sizes_of_lock
from doctor.fix.dry_run.preview import Preview, preview
from doctor.fix.options import Options
from doctor.fix.plan import Change, Program
from doctor.model import Install, Move, Step, Uninstall
from tests.fix.known import Known, known, own_settings
from tests.fix.trees import picture
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import pip_over_conda, record_of
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return own_settings(monkeypatch, tmp_path)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """demo 1.0 and 2.0, of which the second needs another package; and one that needs the old demo."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "demo", "1.0", {"demo.py": ""})
    make_wheel(folder, "demo", "2.0", {"demo.py": ""}, requires=["demo-needed>=1"])
    make_wheel(folder, "demo-needed", "1.5", {"demo_needed.py": ""})
    make_wheel(folder, "demo-old", "1.0", {"demo_old.py": ""}, requires=["demo<2"])
    return folder


@pytest.fixture
def venv(tmp_path: Path, wheels: Path) -> Path:
    """A virtual environment with demo 1.0, with start-up code that says so when its Python is started."""
    prefix = make_venv(tmp_path / "env")
    install(prefix, wheels / "demo-1.0-py3-none-any.whl")
    started = tmp_path / "started"
    (site_packages_of(prefix) / "told.pth").write_text(f"import pathlib; pathlib.Path({str(started)!r}).touch()\n")
    return prefix


def asked(about: Known, work: Path, *steps: Step, wheels: Path | None = None) -> Preview:
    """Ask without a network, and see to it that the environment stays as it is."""
    prefix = about.request.environment.prefix
    (work / "started").unlink(missing_ok=True)  # filling the environment may have started it
    before = picture(prefix)
    options = Options(offline=wheels is not None, wheels=wheels)
    seen = preview(steps, about.request, about.facts, about.programs, options, work=work / "asking")
    assert picture(prefix) == before
    assert not (work / "started").exists(), "the environment's start-up code ran"
    assert not list((work / "asking").glob("shadow-*"))
    return seen


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_packages_before_and_after(venv: Path, wheels: Path, home: Path, tmp_path: Path, tool: str) -> None:
    about = known(venv, home).only(tool)
    seen = asked(about, tmp_path, Install("pip", ("demo>=2",)), wheels=wheels)
    assert not seen.failure
    assert [change[:5] for change in seen.changes] == [
        ("demo", "pip", "1.0", "2.0", True),
        ("demo-needed", "pip", "", "1.5", False),
    ]
    assert seen.source.startswith(f"dry run by {tool}")
    assert seen.download == 0, "local wheels are not downloaded"
    assert not seen.network


def test_own_pip_is_asked_without_starting_the_environment(
    venv: Path, wheels: Path, home: Path, tmp_path: Path
) -> None:
    (bundled,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    install(venv, str(bundled))
    about = known(venv, home)
    own = tuple(program for program in about.programs if program.name == "pip" and program.path.startswith(str(venv)))
    assert len(own) == 1
    seen = asked(about._replace(programs=own), tmp_path, Install("pip", ("demo-old",)), wheels=wheels)
    assert [change[:4] for change in seen.changes] == [("demo-old", "pip", "", "1.0")]


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_exact_reinstall(venv: Path, wheels: Path, home: Path, tmp_path: Path, tool: str) -> None:
    again = Install("pip", ("demo==1.0",), force=True, dependencies=False)
    seen = asked(known(venv, home).only(tool), tmp_path, again, wheels=wheels)
    (change,) = seen.changes
    assert change[:4] == ("demo", "pip", "1.0", "1.0")
    assert change.what == "reinstalled"


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_what_cannot_be_had_is_not_offered(venv: Path, wheels: Path, home: Path, tmp_path: Path, tool: str) -> None:
    gone = Install("pip", ("demo==1.5",), force=True, dependencies=False)
    seen = asked(known(venv, home).only(tool), tmp_path, gone, wheels=wheels)
    assert "demo==1.5" in seen.failure
    assert str(tmp_path / "asking") not in seen.failure
    assert seen.changes == ()


def test_each_step_sees_what_those_before_it_left(venv: Path, wheels: Path, home: Path, tmp_path: Path) -> None:
    steps = (Uninstall("pip", ("Demo",)), Install("pip", ("demo-needed==1.5",)))
    seen = asked(known(venv, home).only("uv"), tmp_path, *steps, wheels=wheels)
    assert [(change.name, change.what) for change in seen.changes] == [("demo", "removed"), ("demo-needed", "added")]


def test_a_moved_copy_does_not_count(venv: Path, wheels: Path, home: Path, tmp_path: Path) -> None:
    move = Move((f"{SITE}/demo-1.0.dist-info",))
    seen = asked(known(venv, home).only("uv"), tmp_path, move, Install("pip", ("demo==1.0",)), wheels=wheels)
    assert [change[:4] for change in seen.changes] == [("demo", "pip", "1.0", "1.0")]


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_metadata_that_no_tool_can_read(venv: Path, wheels: Path, home: Path, tmp_path: Path, tool: str) -> None:
    """Broken metadata of other packages keeps nobody from being asked."""
    for name, body in {
        "a-1.0": "Name: a\nVersion: 1.0\nRequires-Dist: b (((\nRequires-Python: whenever\n",
        "c-x": "Name: c\nVersion: not a version\n",
        "d-1": "Name: ../d\nVersion: 1\n",
    }.items():
        (site_packages_of(venv) / f"{name}.dist-info").mkdir()
        (site_packages_of(venv) / f"{name}.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\n{body}")
    seen = asked(known(venv, home).only(tool), tmp_path, Install("pip", ("demo==2.0",)), wheels=wheels)
    assert [change.name for change in seen.changes] == ["demo", "demo-needed"]


def test_an_old_pip_cannot_say(venv: Path, home: Path, wheels: Path, tmp_path: Path) -> None:
    about = known(venv, home)
    old = Program("pip", sys.executable, "21.2.4", (sys.executable, "-m", "pip", "--python", "x"))
    again = Install("pip", ("demo==1.0",), force=True, dependencies=False)
    seen = asked(about._replace(programs=(old,)), tmp_path, again, wheels=wheels)
    assert [change[:4] for change in seen.changes] == [("demo", "pip", "1.0", "1.0")]
    assert "21.2.4 cannot say" in seen.source
    assert seen.download is None


def test_without_any_tool(venv: Path, home: Path, tmp_path: Path) -> None:
    about = known(venv, home)._replace(programs=())
    assert "install uv" in asked(about, tmp_path, Install("pip", ("demo",))).failure


def test_pip_over_conda_goes_back_to_the_same_build(home: Path, tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    build = record_of(prefix, "demo-lib").stem.rpartition("-")[2]
    pip_over_conda(prefix)
    tools = make_conda_command(tmp_path / "tools").parent
    about = known(prefix, home, tools)
    again = Install("conda", (f"conda-forge::demo-lib=1.1={build}",), force=True, dependencies=False)
    seen = asked(about, tmp_path, Uninstall("pip", ("demo-lib",)), again)
    assert not seen.failure
    assert seen.changes == (
        Change("demo-lib", "conda", f"1.1 {build}", f"1.1 {build}"),
        Change("demo-lib", "pip", "2.0", ""),
    )
    assert (seen.source, seen.download) == ("dry run by conda", 0)


def test_conda_brings_what_a_package_needs(home: Path, tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "openssl"))
    about = known(prefix, home, make_conda_command(tmp_path / "tools").parent)
    seen = asked(about, tmp_path, Install("conda", ("demo-tool",), channels=("conda-forge",)))
    assert [(change.name, change.before) for change in seen.changes] == [("demo-lib", ""), ("demo-tool", "")]
    seen = asked(about, tmp_path, Install("conda", ("openssl",)), Uninstall("conda", ("openssl",)))
    assert [(change.name, change.what) for change in seen.changes] == [("openssl", "removed")]


def test_what_is_there_already_is_no_remedy(home: Path, tmp_path: Path) -> None:
    make_conda_command(tmp_path / "tools")
    prefix = make_conda_prefix(tmp_path / "env")
    about = known(prefix, home, tmp_path / "tools")
    there = Install("conda", ("conda-forge::demo-lib==1.1",), channels=("conda-forge",))
    assert "nothing would change" in asked(about, tmp_path, there).failure
    assert not asked(about, tmp_path, there._replace(force=True, dependencies=False)).failure


def test_conda_says_why_not(home: Path, tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python",))
    about = known(prefix, home, make_conda_command(tmp_path / "tools").parent)
    seen = asked(about, tmp_path, Install("conda", ("conda-forge::numpy=9.9=h0_0",), force=True, dependencies=False))
    assert seen.failure.startswith("conda: ")
    assert "numpy=9.9=h0_0" in seen.failure
    assert "neither conda" in asked(about.only("uv"), tmp_path, Install("conda", ("numpy",))).failure


def test_stopped(venv: Path, home: Path, wheels: Path, tmp_path: Path) -> None:
    about, options = known(venv, home), Options(offline=True, wheels=wheels)
    steps = (Install("pip", ("demo",)),)
    seen = preview(steps, about.request, about.facts, about.programs, options, work=tmp_path / "w", stop=lambda: True)
    assert "stopped" in seen.failure


def test_lines_of_uv() -> None:
    lines = ["Would install 2 packages", " - demo==1.0", " + demo==2.0 (from file:///x)", " ~ other==3", " + ev;il==1"]
    answer = of_uv(lines)
    assert (answer.gone, answer.come) == ({"demo": "1.0", "other": "3"}, {"demo": "2.0", "other": "3"})


def test_weights_of_a_lock() -> None:
    text = """
    packages = [
      { name = "Big_One", wheels = [{ url = "https://x/a.whl", size = 5 }, { url = "https://x/b.whl", size = 7 }] },
      { name = "source", sdist = { url = "https://x/s.tar.gz", size = 3 } },
      { name = "local", wheels = [{ url = "file:///x/l.whl" }] },
      { name = "untold", wheels = [{ url = "https://x/u.whl" }] }, { name = "bad", wheels = [7] }, { name = 3 },
    ]
    """
    assert sizes_of_lock(text.replace("\n", "")) == {"big-one": 5, "source": 3, "local": 0}
    assert [sizes_of_lock(text) for text in ("", "packages = 3", "[[", "packages = [1]")] == [{}] * 4


def test_report_of_pip() -> None:
    good = {
        "metadata": {"name": "De_mo", "version": "2"},
        "download_info": {"url": "https://x/de_mo-2-py3-none-any.whl"},
    }
    odd = [{"metadata": {"name": "a\x1b[2J", "version": "1"}}, {"metadata": 3}, None, {"metadata": {"name": "b"}}]
    answer = of_pip({"install": [good, *odd]}, ["  Downloading de_mo-2-py3-none-any.whl (1.5 MB)"])
    assert (answer.come, answer.sizes) == ({"de-mo": "2"}, {"de-mo": 1_500_000})
    odd_reports: list[object] = [None, [], {"install": {}}, {"installed": []}]
    assert all(of_pip(report, []).failure for report in odd_reports)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "{",
        "[]",
        '{"a":' * 20_000,
        '{"success": false, "error": "\\u001b]52;c;x\\u0007 no such package"}',
    ],
)
def test_answers_of_conda_that_say_nothing(text: str) -> None:
    answer = of_conda(text)
    assert answer.failure
    assert "\x1b" not in answer.failure


def test_answers_of_conda() -> None:
    link = {"name": "numpy", "version": "2.0", "build_string": "py_0", "channel": "conda-forge"}
    odd = [{"name": "../up", "version": "1"}, {"name": "x", "version": {}}, 7]
    actions = {"LINK": [link, *odd], "FETCH": [link | {"size": 5}, {"name": "y", "version": "1", "size": -3}]}
    for told in (actions, [actions]):
        answer = of_conda("warning: old\n" + json.dumps({"success": True, "actions": told}))
        assert (answer.come, answer.sizes) == ({"numpy": "2.0 py_0"}, {"numpy": 5})
    nothing = of_conda('{"success": true, "message": "All requested packages already installed."}')
    assert nothing == type(nothing)()
