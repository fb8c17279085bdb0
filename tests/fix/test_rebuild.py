"""An environment that is created anew holds what the old one held, whoever made it; what it loses is said."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pytest
from uv import find_uv_bin

from doctor.facts import Facts, Setting, Settings
from doctor.fix.options import Options
from doctor.fix.plan import Anew, Change, Command, Program
from doctor.fix.rebuild import changes_of, create, plan_rebuild
from doctor.fix.rebuild.interpreters import find_python
from doctor.model import Rebuild
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.fix.test_export import distributions, facts_of
from tests.patients.venvs import WINDOWS, install, make_venv, python_of, site_packages_of
from tests.patients.wheels import make_wheel

HERE = "{}.{}".format(*sys.version_info[:2])
SAME = Rebuild()
UV = Program("uv", find_uv_bin(), "", (find_uv_bin(),))


@pytest.fixture(autouse=True)
def settings_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands inherit this process's variables; what is configured on this machine is no part of these tests."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_CONFIG", "1")


def request_for(prefix: Path, **more: str) -> Request:
    found = inspect_prefix(prefix)
    assert found is not None
    return Request(found, variables={"PATH": "/usr/bin:/bin", **more}, home=prefix.parent / "home")


def planned(
    prefix: Path, options: Options, step: Rebuild = SAME, programs: Iterable[Program] = (UV,), **variables: str
) -> tuple[Anew, Facts]:
    facts = facts_of(prefix)
    anew = plan_rebuild(step, request_for(prefix, **variables), facts, tuple(programs), options)
    assert isinstance(anew, Anew), anew
    return anew, facts


def created(anew: Anew, prefix: Path, old: Path) -> list[str]:
    """Create it; what was said meanwhile."""
    said: list[str] = []
    problem = create(anew, prefix, old, prefix.with_name("work"), say=said.append, stop=lambda: False)
    assert problem == ""
    return said


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    make_wheel(folder, "demo-lib", "1.0", {"demo_lib.py": "x = 1\n"}, requires=["demo-tool>=5"])
    make_wheel(
        folder, "demo-tool", "2.0", {"demo_tool.py": "x = 1\n"}, entry_points="[console_scripts]\nd=demo_tool:x\n"
    )
    make_wheel(folder, "demo-tool", "5.0", {"demo_tool.py": "x = 1\n"})
    return folder


def filled(prefix: Path, wheels: Path, by: Literal["uv", "venv"] = "uv", *, system_site: bool = False) -> Path:
    make_venv(prefix, by=by, system_site=system_site)
    install(prefix, *(wheels / f"{name}-py3-none-any.whl" for name in ("demo_lib-1.0", "demo_tool-2.0")))
    return prefix


@pytest.fixture
def offline(wheels: Path) -> Options:
    return Options(offline=True, wheels=wheels)


def test_uv_creates_it_with_the_same_python_and_versions(tmp_path: Path, wheels: Path, offline: Options) -> None:
    old = filled(tmp_path / "old", wheels)
    anew, facts = planned(old, offline)
    assert f"Python {facts.identity.python}" in anew.sentence
    assert "2 packages at the same versions" in anew.sentence
    assert "not carried over" not in anew.sentence
    assert changes_of(anew, facts) == ()
    created(anew, tmp_path / "new", old)
    again = facts_of(tmp_path / "new")
    assert distributions(again) == {"demo-lib": "1.0", "demo-tool": "2.0"}, "also where they do not fit each other"
    assert again.identity.python == facts.identity.python
    assert again.identity.system_site is False


@pytest.mark.skipif(WINDOWS, reason="POSIX layout")
def test_without_uv_pip_of_the_new_environment_does_it(tmp_path: Path, wheels: Path, offline: Options) -> None:
    old = filled(tmp_path / "old", wheels, "venv", system_site=True)
    anew, _ = planned(old, offline, programs=())
    created(anew, tmp_path / "new", old)
    again = facts_of(tmp_path / "new")
    own = {dist.key for dist in again.distributions.installed if dist.site.startswith("lib/")}
    assert own == {"demo-lib", "demo-tool"}, "neither pip nor setuptools, which the old one had not"
    assert again.identity.system_site
    assert (tmp_path / "new" / "bin" / "d").read_text().startswith(f"#!{tmp_path}/new/bin/python")


def test_pip_stays_where_it_was(tmp_path: Path, wheels: Path, offline: Options) -> None:
    old = tmp_path / "old"
    subprocess.run([sys.executable, "-I", "-m", "venv", "--prompt", "my demo", str(old)], check=True, timeout=100)
    install(old, wheels / "demo_tool-2.0-py3-none-any.whl")
    anew, facts = planned(old, offline)
    created(anew, tmp_path / "new", old)
    again = facts_of(tmp_path / "new")
    assert distributions(again) == distributions(facts)
    assert again.identity.prompt == "my demo"


def test_files_that_are_settings_come_along_and_what_cannot_is_named(
    tmp_path: Path, wheels: Path, offline: Options
) -> None:
    old = filled(tmp_path / "old", wheels)
    (old / "pip.conf").write_text("[global]\ntimeout = 3\r\n")
    kernel = old / "share/jupyter/kernels/demo/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text("{}")
    (site_packages_of(old) / "mine.pth").write_text("/opt/mine\n")
    (old / "uv-receipt.toml").symlink_to("/etc/hostname")
    anew, _ = planned(old, offline)
    assert anew.copies == ("pip.conf", "share/jupyter/kernels/demo/kernel.json")
    assert "not carried over" in anew.sentence
    assert "mine.pth" in anew.sentence
    created(anew, tmp_path / "new", old)
    assert (tmp_path / "new/pip.conf").read_bytes() == b"[global]\ntimeout = 3\r\n"
    assert (tmp_path / "new/share/jupyter/kernels/demo/kernel.json").is_file()


def editable_project(folder: Path) -> Path:
    """A project whose build backend lies beside it and needs nothing."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "0.1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(
        "import zipfile\n"
        "def build_editable(folder, config_settings=None, metadata_directory=None):\n"
        "    name = 'mine-0.1-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(f'{folder}/{name}', 'w') as z:\n"
        f"        z.writestr('mine.pth', {str(folder)!r})\n"
        "        z.writestr('mine-0.1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: mine\\nVersion: 0.1\\n')\n"
        "        z.writestr('mine-0.1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n"
        "Tag: py3-none-any\\n')\n"
        "        z.writestr('mine-0.1.dist-info/RECORD', 'mine.pth,,\\nmine-0.1.dist-info/METADATA,,\\n"
        "mine-0.1.dist-info/WHEEL,,\\nmine-0.1.dist-info/RECORD,,\\n')\n"
        "    return name\n"
    )
    return folder


def test_editable_installs_come_back_from_their_folder(tmp_path: Path, wheels: Path, offline: Options) -> None:
    project = editable_project(tmp_path / "home" / "my project")
    old = filled(tmp_path / "old", wheels)
    install(old, str(project), extra_args=("--editable",))
    anew, facts = planned(old, offline)
    assert changes_of(anew, facts) == ()
    created(anew, tmp_path / "new", old)
    again = {dist.key: dist for dist in facts_of(tmp_path / "new").distributions.installed}
    assert again["mine"].direct_url is not None
    assert again["mine"].direct_url.editable
    project.rename(tmp_path / "elsewhere")
    anew, facts = planned(old, offline)
    assert "not carried over: mine" in anew.sentence
    assert changes_of(anew, facts) == (Change("mine", "pip", "0.1", ""),)


def test_sources_inside_the_environment_keep_it_from_being_created_anew(
    tmp_path: Path, wheels: Path, offline: Options
) -> None:
    old = filled(tmp_path / "old", wheels)
    project = editable_project(old / "share" / "mine")
    install(old, str(project), extra_args=("--editable",))
    reason = plan_rebuild(Rebuild(), request_for(old), facts_of(old), (UV,), offline)
    assert isinstance(reason, str)
    assert "inside the environment itself" in reason


def test_a_folder_that_holds_more_than_the_environment_is_left_alone(
    tmp_path: Path, wheels: Path, offline: Options
) -> None:
    old = filled(tmp_path / "old", wheels)
    (old / "analysis.py").write_text("import demo_lib\n")
    (old / ".git").mkdir()
    reason = plan_rebuild(Rebuild(), request_for(old), facts_of(old), (UV,), offline)
    assert isinstance(reason, str)
    assert "also holds .git, analysis.py" in reason
    (old / "analysis.py").unlink()
    (old / ".git").rmdir()
    make_venv(old / "share" / "inner")
    assert isinstance(plan_rebuild(Rebuild(), request_for(old), facts_of(old), (UV,), offline), str)


def test_a_dead_interpreter_is_replaced_by_another_of_its_version(
    tmp_path: Path, wheels: Path, offline: Options
) -> None:
    old = filled(tmp_path / "old", wheels)
    python_of(old).unlink()
    python_of(old).symlink_to(tmp_path / "gone" / f"python{HERE}")
    config = old / "pyvenv.cfg"
    lines = [line for line in config.read_text().splitlines() if not line.startswith(("home", "version"))]
    config.write_text("\n".join([f"home = {tmp_path}/gone", *lines]) + "\n")
    on_path = tmp_path / "path"
    on_path.mkdir()
    (on_path / f"python{HERE}").symlink_to(Path(sys.executable).resolve())
    nothing = plan_rebuild(Rebuild("3.4"), request_for(old), facts_of(old), (UV,), offline)
    assert isinstance(nothing, str)
    assert "no Python 3.4 was found" in nothing
    anew, facts = planned(old, offline, Rebuild(HERE), PATH=str(on_path))
    assert facts.identity.interpreter
    assert not facts.identity.interpreter.exists
    created(anew, tmp_path / "new", old)
    assert distributions(facts_of(tmp_path / "new")) == {"demo-lib": "1.0", "demo-tool": "2.0"}


def test_uv_fetches_a_python_only_where_that_is_allowed(tmp_path: Path, wheels: Path) -> None:
    old = make_venv(tmp_path / "old")
    for options, variables, fetched in (
        (Options(), {}, True),
        (Options(offline=True), {}, False),
        (Options(), {"UV_PYTHON_DOWNLOADS": "never"}, False),
    ):
        anew = plan_rebuild(Rebuild("3.4"), request_for(old, **variables), facts_of(old), (UV,), options)
        assert isinstance(anew, Anew) is fetched
        if isinstance(anew, Anew):
            assert "which uv fetches and keeps" in anew.sentence
            assert anew.commands[0].network
            assert anew.commands[0].variables["UV_PYTHON_DOWNLOADS"] == "automatic"


def other_python() -> tuple[str, Path]:
    """Another Python of pyenv than the one that runs the tests: (X.Y, its versions folder)."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for minor in ("3.12", "3.13", "3.10", "3.14"):
        if minor != HERE and any((root / "versions").glob(f"{minor}.*/bin/python3")):
            return minor, root
    pytest.skip("no other Python of pyenv on this machine")


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_another_python_keeps_versions_that_fit_and_takes_the_nearest_for_others(tmp_path: Path, by: str) -> None:
    minor, pyenv = other_python()
    wheels, old = tmp_path / "wheels", tmp_path / "old"
    native, other = (f"cp{version.replace('.', '')}" for version in (HERE, minor))
    tags = {tag: f"{tag}-{tag}-manylinux2014_x86_64" for tag in (native, other)}
    base = make_wheel(wheels, "native", "1.0", {"native.py": "x = 1\n"}, tag=tags[native], requires=["helper"])
    for version in ("1.1", "2.0"):
        make_wheel(wheels, "native", version, {"native.py": "x = 1\n"}, tag=tags[other], requires=["helper", "fresh"])
    plain = [make_wheel(wheels, "plain", version, {"plain.py": "x = 1\n"}) for version in ("1.0", "2.0")]
    helper = [make_wheel(wheels, "helper", version, {"helper.py": "x = 1\n"}) for version in ("0.1", "0.2", "0.3")]
    make_wheel(wheels, "fresh", "7.0", {"fresh.py": "x = 1\n"})
    make_venv(old)
    install(old, base, plain[0], helper[1])
    (site_packages_of(old) / "helper-0.2.dist-info" / "REQUESTED").unlink()
    programs = (UV,) if by == "uv" else (Program("pip", sys.executable, "", (sys.executable, "-I", "-m", "pip")),)
    anew, facts = planned(
        old, Options(offline=True, wheels=wheels), Rebuild(minor), programs, PYENV_ROOT=str(pyenv), PATH=""
    )
    held = {change.name: change.after for change in changes_of(anew, facts) or ()}
    if by == "pip":
        assert held == {"native": "2.0", "helper": "0.3", "fresh": "7.0"}, "pip takes the newest"
        return
    assert held == {"native": "1.1", "fresh": "7.0"}
    created(anew, tmp_path / "new", old)
    again = facts_of(tmp_path / "new")
    assert again.identity.python_minor == minor
    assert distributions(again) == {"native": "1.1", "plain": "1.0", "helper": "0.2", "fresh": "7.0"}


def test_what_no_release_fits_is_refused_with_the_reason(tmp_path: Path) -> None:
    minor, pyenv = other_python()
    wheels, old = tmp_path / "wheels", tmp_path / "old"
    tag = f"cp{HERE.replace('.', '')}"
    only = make_wheel(wheels, "native", "1.0", {"native.py": "x = 1\n"}, tag=f"{tag}-{tag}-manylinux2014_x86_64")
    make_venv(old)
    install(old, only)
    request = request_for(old, PYENV_ROOT=str(pyenv))
    reason = plan_rebuild(Rebuild(minor), request, facts_of(old), (UV,), Options(offline=True, wheels=wheels))
    assert isinstance(reason, str)
    assert f"do not fit Python {minor}" in reason
    assert "native" in reason


def test_every_python_of_pyenv_is_found_by_its_version(tmp_path: Path) -> None:
    minor, pyenv = other_python()
    old = make_venv(tmp_path / "old")
    found = find_python(minor, request_for(old, PYENV_ROOT=str(pyenv), PATH=""), facts_of(old))
    assert found is not None
    assert found.version.startswith(f"{minor}.")
    assert found.source == "pyenv"
    same = find_python(HERE, request_for(old, PYENV_ROOT=str(pyenv)), facts_of(old))
    assert same is not None
    assert same.source == "the one that it was made with"


def test_a_program_inside_the_environment_does_not_work_on_it(tmp_path: Path, wheels: Path, offline: Options) -> None:
    old = filled(tmp_path / "old", wheels)
    inside = Program("uv", str(old / "bin" / "uv"), "", (str(old / "bin" / "uv"),))
    anew, _ = planned(old, offline, programs=(inside, UV))
    assert not any(str(old) in argument for command in anew.commands for argument in command.arguments)


def test_creation_refuses_what_is_there_and_stops_when_told(tmp_path: Path) -> None:
    said: list[str] = []
    ok = Command("Make it", (sys.executable, "-c", "import os; os.mkdir('{prefix}')"), "python")
    bad = Command("Fail", (sys.executable, "-c", "import sys; sys.exit('error: no such wheel')"), "python")

    def attempt(*commands: Command, stop: bool = False, copies: tuple[str, ...] = ()) -> str:
        anew = Anew("", commands, (("list.txt", "a\n"),), copies)
        return create(anew, tmp_path / "new", tmp_path, tmp_path / "work", say=said.append, stop=lambda: stop)

    assert "error: no such wheel" in attempt(bad)
    assert attempt(ok, stop=True) == "stopped"
    assert not (tmp_path / "new").exists()
    assert attempt() == "the commands ran and created nothing"
    with pytest.raises(ValueError, match="leads out"):
        attempt(ok, copies=("../outside",))
    assert "is there already" in attempt(ok)
    assert (tmp_path / "work" / "list.txt").read_text() == "a\n"


def test_a_private_index_of_pip_is_not_passed_over_by_uv(tmp_path: Path, wheels: Path) -> None:
    old = filled(tmp_path / "old", wheels)
    private = Setting("global.index-url", "https://pypi.example.org/simple", "~/.config/pip/pip.conf", 2)
    facts = facts_of(old)._replace(settings=Settings(pip=(private,)))
    anew = plan_rebuild(Rebuild(), request_for(old), facts, (UV,), Options())
    assert isinstance(anew, Anew)
    assert {command.tool for command in anew.commands} == {"python", "pip"}
    minor, pyenv = other_python()
    request = request_for(old, PYENV_ROOT=str(pyenv))
    reason = plan_rebuild(Rebuild(minor), request, facts, (UV,), Options())
    assert isinstance(reason, str)
    assert "neither uv nor pip is there to tell" in reason


def test_the_settings_are_there_before_anything_is_installed(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\n")
    make = Command("Make it", (sys.executable, "-c", "import os; os.mkdir('{prefix}')"), "python")
    look = Command("Look", (sys.executable, "-c", "open('{prefix}/pip.conf')"), "python")
    anew = Anew("", (make, look), (), ("pip.conf",))
    assert create(anew, tmp_path / "new", tmp_path, tmp_path / "work", say=print, stop=lambda: False) == ""


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_only_what_was_asked_for_is_noted_as_asked_for(tmp_path: Path, wheels: Path, offline: Options, by: str) -> None:
    old = filled(tmp_path / "old", wheels, "uv" if by == "uv" else "venv")
    (site_packages_of(old) / "demo_tool-2.0.dist-info/REQUESTED").unlink()
    anew, facts = planned(old, offline, programs=(UV,) if by == "uv" else ())
    assert {dist.key: dist.requested for dist in facts.distributions.installed} == {
        "demo-lib": True,
        "demo-tool": False,
    }
    created(anew, tmp_path / "new", old)
    again = {dist.key: dist for dist in facts_of(tmp_path / "new").distributions.installed}
    assert again["demo-lib"].requested
    assert not again["demo-tool"].requested
    listed = {key: any(path.endswith("/REQUESTED") for path in dist.paths or ()) for key, dist in again.items()}
    assert listed == {"demo-lib": True, "demo-tool": False}
    assert all(
        python_of(tmp_path / "new").parents[1].joinpath(path).exists() for path in again["demo-tool"].paths or ()
    )


def test_an_archive_that_changed_since_is_not_taken_for_the_one_that_was_installed(
    tmp_path: Path, wheels: Path
) -> None:
    old = make_venv(tmp_path / "old", by="venv")
    local = make_wheel(tmp_path / "my place", "local", "1.0", {"local.py": "x = 1\n"})
    digest = hashlib.sha256(local.read_bytes()).hexdigest()
    install(old, f"local @ {local.as_uri()}#sha256={digest}")
    options = Options(offline=True, wheels=wheels)
    anew, facts = planned(old, options)
    assert dict(anew.files)["requirements.txt"] == f"local @ {local.as_uri()}#sha256={digest}\n"
    assert changes_of(anew, facts) == ()
    created(anew, tmp_path / "new", old)
    make_wheel(tmp_path / "my place", "local", "1.0", {"local.py": "x = 2\n"})
    anew, facts = planned(old, options)
    assert "local 1.0 (file://" in anew.sentence
    assert "has changed since" in anew.sentence
    assert changes_of(anew, facts) == (Change("local", "pip", "1.0", ""),)
