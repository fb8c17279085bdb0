"""Real environments with what goes wrong around an interpreter, examined as users would have them examined."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from doctor import checks
from doctor.checks.interpreter import dead_interpreter
from doctor.examine import Examined, examine, judge
from doctor.facts import Base, Interpreter
from doctor.facts.build import environment
from doctor.model import Evidence, Examination, Finding, Install, Move, SetVariable, Severity
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import NEXT_PYTHON
from tests.patients.venvs import install, make_venv, python_of, site_packages_of
from tests.patients.wheels import make_wheel

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
BASE = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
MAIN = "[console_scripts]\n{0} = {0}:main\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def examined(
    prefix: Path,
    home: Path,
    *,
    variables: Mapping[str, str] = {},
    project: Path | None = None,
    root: Path = Path("/"),
) -> Examination:
    """Examine a prefix with the checks of this family; none of them may crash."""
    environment = inspect_prefix(prefix, root=root)
    assert environment is not None
    request = Request(environment, project, variables=variables, home=home, root=root)
    last = list(examine(request, checks.load(["PYT"])))[-1]
    assert isinstance(last, Examined)
    assert not last.examination.crashed
    return last.examination


def bad(examination: Examination) -> tuple[Finding, ...]:
    """Errors and warnings."""
    return tuple(finding for finding in examination.findings if finding.severity is not Severity.NOTE)


def only(examination: Examination, code: str) -> Finding:
    """The single error or warning, which has this code."""
    (found,) = bad(examination)
    assert found.code == code
    return found


def tool(folder: Path, name: str = "mytool", version: str = "1.0") -> Path:
    files = {f"{name.replace('-', '_')}.py": "def main(): print('hello')\n"}
    return make_wheel(folder, name, version, files, entry_points=MAIN.format(name))


def user_site(home: Path, *wheels: Path) -> None:
    """Put wheels where pip install --user puts them."""
    site = home / ".local" / "lib" / f"python{MINOR}" / "site-packages"
    site.mkdir(parents=True)
    for wheel in wheels:
        shutil.unpack_archive(wheel, site, "zip")


@pytest.mark.parametrize("by", ["uv", "venv"])
@pytest.mark.parametrize("system_site", [False, True])
def test_fresh_venv_is_silent(tmp_path: Path, home: Path, by: str, system_site: bool) -> None:
    prefix = make_venv(tmp_path / "venv", by=by, system_site=system_site)  # type: ignore[arg-type]
    install(prefix, tool(tmp_path / "wheels"))
    user_site(home, tool(tmp_path / "wheels", "somebody", "2.0"))
    active = {"VIRTUAL_ENV": str(prefix), "PATH": f"{prefix / 'bin'}:/usr/bin:/bin"}
    assert bad(examined(prefix, home, variables=active)) == ()


@pytest.mark.parametrize("style", ["conda", "mamba", "rattler", "pixi"])
def test_fresh_conda_environment_is_silent(tmp_path: Path, home: Path, style: str) -> None:
    prefix = make_conda_prefix(tmp_path / "env", style=style)  # type: ignore[arg-type]
    active = {"CONDA_PREFIX": str(prefix), "PATH": f"{prefix / 'bin'}:/usr/bin:/bin"}
    assert examined(prefix, home, variables=active).findings == ()


def test_user_folder_wins_over_conda(tmp_path: Path, home: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    user_site(home, make_wheel(tmp_path / "wheels", "numpy", "2.1.0", {"numpy/__init__.py": "stray = True\n"}))
    found = only(examined(prefix, home), "PYT001")
    assert (found.subject, found.severity) == ("numpy", Severity.ERROR)
    assert "2.1.0" in found.summary
    assert "1.26.3" in found.summary
    assert found.evidence[0].path == f"~/.local/lib/python{MINOR}/site-packages/numpy-2.1.0.dist-info"
    assert found.remedies[0].steps == (SetVariable("PYTHONNOUSERSITE", "1"),)
    # it is what that Python does: with the user's folder it imports the stray one
    told = imported(prefix, "import numpy; print(hasattr(numpy, 'stray'))", home)
    assert told == "True"
    assert bad(examined(prefix, home, variables={"PYTHONNOUSERSITE": "1"})) == ()


def test_user_folder_lends_what_the_environment_lacks(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv", system_site=True)
    wheels = tmp_path / "wheels"
    install(prefix, make_wheel(wheels, "asker", "1.0", {"asker.py": ""}, requires=("lender>=1", "other; extra == 'x'")))
    user_site(home, *(make_wheel(wheels, name, "1.5", {f"{name}.py": ""}) for name in ("lender", "other")))
    found = only(examined(prefix, home), "PYT001")
    assert (found.subject, found.severity) == ("lender", Severity.WARNING)
    assert Install("pip", ("lender==1.5",), force=True) in found.remedies[0].steps


def test_own_packages_of_a_venv_win_over_the_user_folder(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv", system_site=True)
    install(prefix, tool(tmp_path / "wheels", version="1.0"))
    user_site(home, tool(tmp_path / "wheels", version="2.0"))
    assert imported(prefix, "import mytool; print('venv' in mytool.__file__)", home) == "True"
    assert bad(examined(prefix, home)) == ()


def imported(prefix: Path, code: str, home: Path, cwd: Path | None = None) -> str:
    """What the environment's Python really says."""
    variables = {"HOME": str(home), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python_of(prefix)), "-c", code]
    return subprocess.run(
        command, env=variables, cwd=cwd or home, capture_output=True, text=True, check=True
    ).stdout.strip()


def made_base(folder: Path) -> Path:
    """A Python that can be taken away again."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / f"python{MINOR}"
    python.symlink_to(BASE)
    return python


def test_base_that_is_gone(tmp_path: Path, home: Path) -> None:
    python = made_base(tmp_path / "base")
    prefix = make_venv(tmp_path / "venv", by="venv", python=str(python))
    assert bad(examined(prefix, home)) == ()
    shutil.rmtree(tmp_path / "base")
    with pytest.raises(OSError):
        subprocess.run([python_of(prefix), "-V"], check=False, capture_output=True)
    found = only(examined(prefix, home), "PYT004")
    assert found.severity is Severity.ERROR
    assert "gone" in found.summary


def test_base_of_another_version(tmp_path: Path, home: Path) -> None:
    """As after Homebrew's python3 went on to the next minor version."""
    prefix = make_venv(tmp_path / "venv", by="venv")
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    (base / "lib" / "python3.99").mkdir(parents=True)
    (base / "lib" / "python3.99" / "os.py").touch()
    (base / "include" / "python3.99").mkdir(parents=True)
    (base / "include" / "python3.99" / "patchlevel.h").write_text('#define PY_VERSION "3.99.1"\n')
    shutil.copy(BASE, base / "bin" / "python3.99")
    (base / "bin" / "python3").symlink_to("python3.99")
    config = prefix / "pyvenv.cfg"
    lines = [f"home = {base / 'bin'}" if line.startswith("home") else line for line in config.read_text().splitlines()]
    config.write_text("\n".join(lines) + "\n")
    python_of(prefix).unlink()
    python_of(prefix).symlink_to(base / "bin" / "python3")
    found = only(examined(prefix, home), "PYT004")
    assert "3.99" in found.summary
    assert MINOR in found.summary


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_renamed_environment(tmp_path: Path, home: Path, by: str) -> None:
    old = make_venv(tmp_path / "old")
    wheels = [tool(tmp_path / "wheels", name) for name in ("mytool", "another")]
    install(old, *wheels, by=by)  # type: ignore[arg-type]
    assert bad(examined(old, home)) == ()
    moved = old.rename(tmp_path / "renamed")
    with pytest.raises(OSError):
        subprocess.run([moved / "bin" / "mytool"], check=False, capture_output=True)
    found = only(examined(moved, home), "PYT008")
    assert (found.subject, found.severity) == (str(old), Severity.ERROR)
    assert found.packages == ("another", "mytool")
    assert "gone" in found.summary
    assert any(
        step == Install("pip", ("another==1.0", "mytool==1.0"), force=True, dependencies=False)
        for remedy in found.remedies
        for step in remedy.steps
    )


def test_copied_environment(tmp_path: Path, home: Path) -> None:
    original = make_venv(tmp_path / "original")
    install(original, tool(tmp_path / "wheels"))
    copy = Path(shutil.copytree(original, tmp_path / "copy", symlinks=True))
    found = only(examined(copy, home), "PYT008")
    assert found.subject == str(original)
    assert "another place" in found.summary
    assert bad(examined(original, home)) == ()


def test_environment_reached_by_a_link(tmp_path: Path, home: Path) -> None:
    real = make_venv(tmp_path / "real")
    install(real, tool(tmp_path / "wheels"))
    (tmp_path / "link").symlink_to(real, target_is_directory=True)
    assert bad(examined(tmp_path / "link", home)) == ()


BACKEND = """
import zipfile
def build_editable(folder, settings=None, metadata=None):
    import os
    name = "mylab-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("__editable__.mylab-1.0.pth", os.path.join(os.getcwd(), "src") + "\\n")
        wheel.writestr("mylab-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mylab\\nVersion: 1.0\\n")
        wheel.writestr("mylab-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(
            "mylab-1.0.dist-info/RECORD",
            "__editable__.mylab-1.0.pth,,\\nmylab-1.0.dist-info/METADATA,,\\nmylab-1.0.dist-info/WHEEL,,\\n"
            "mylab-1.0.dist-info/RECORD,,\\n",
        )
    return name
build_wheel = build_editable
"""


def made_project(folder: Path) -> Path:
    """A project that installs in place with a build backend of its own, so without a network."""
    (folder / "src" / "mylab").mkdir(parents=True)
    (folder / "src" / "mylab" / "__init__.py").touch()
    (folder / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "mylab"\nversion = "1.0"\n'
    )
    return folder


def test_editable_package_whose_folder_is_gone(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv")
    project = made_project(tmp_path / "mylab")
    install(prefix, str(project), extra_args=("-e",))
    assert bad(examined(prefix, home)) == ()
    (project / "src").rename(project / "source")
    inner = only(examined(prefix, home), "PYT009")
    assert (inner.subject, inner.severity) == ("mylab", Severity.ERROR)
    project.rename(tmp_path / "elsewhere")
    found = only(examined(prefix, home), "PYT009")
    assert str(project) in found.evidence[0].text
    assert found.evidence[1].line == 1


def test_pth_files_to_nowhere(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv")
    site = site_packages_of(prefix)
    (site / "whole.pth").write_text(f"{tmp_path}\n# a comment\n")
    assert bad(examined(prefix, home)) == ()
    (site / "lost.pth").write_text("/nowhere/at/all\n")
    (site / "easy-install.pth").write_text(f"{tmp_path}\n/nowhere/else\n")
    easy, lost = bad(examined(prefix, home))
    assert (easy.severity, lost.severity) == (Severity.WARNING, Severity.WARNING)
    assert easy.evidence[0].line == 2
    assert lost.remedies[0].steps == (Move((f"lib/python{MINOR}/site-packages/lost.pth",)),)
    assert not any(isinstance(step, Move) for remedy in easy.remedies for step in remedy.steps), "it holds a live line"


def test_conda_changed_python(tmp_path: Path, home: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    install(prefix, tool(tmp_path / "wheels"), by="pip")
    assert bad(examined(prefix, home)) == ()
    make_conda_prefix(prefix, packages=(f"python {NEXT_PYTHON}.*", "pip", "numpy"))
    found = only(examined(prefix, home), "PYT012")
    assert found.subject == f"lib/python{MINOR}/site-packages"
    assert found.packages == ("mytool",)
    assert Install("pip", ("mytool==1.0",)) in found.remedies[0].steps
    assert Install("conda", (f"python={MINOR}",)) in found.remedies[-1].steps


def test_venv_made_over_another(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv")
    install(prefix, tool(tmp_path / "wheels"))
    site = site_packages_of(prefix)
    shutil.copytree(site, prefix / "lib" / "python3.7" / "site-packages")
    (again,) = examined(prefix, home).findings
    assert (again.code, again.severity) == ("PYT012", Severity.NOTE), "installed for both, so only room is lost"
    shutil.rmtree(site / "mytool-1.0.dist-info")
    assert only(examined(prefix, home), "PYT012").severity is Severity.ERROR


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files away")
def test_mixture_of_owners(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(home / "venv")
    install(prefix, tool(tmp_path / "wheels"))
    info = site_packages_of(prefix) / "mytool-1.0.dist-info"
    os.chown(info, 54_321, 54_321)
    found = only(examined(prefix, home), "PYT010")
    assert found.evidence[0].path == info.relative_to(prefix).as_posix()
    for path in (prefix, *prefix.rglob("*")):
        os.chown(path, 54_321, 54_321, follow_symlinks=False)
    assert bad(examined(prefix, home)) == (), "one owner for all, and root may write"


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_environment_that_cannot_be_written(home: Path) -> None:
    prefix = make_venv(home / "venv")
    prefix.chmod(0o555)
    try:
        assert only(examined(prefix, home), "PYT010").subject == "~/venv"
    finally:
        prefix.chmod(0o755)


def test_commands_of_another_environment(tmp_path: Path, home: Path) -> None:
    wheels = tmp_path / "wheels"
    pip = make_wheel(wheels, "pip", "26.3", {"pip.py": "def main(): pass\n"}, entry_points=MAIN.format("pip"))
    other, mine = make_venv(tmp_path / "other"), make_venv(tmp_path / "mine")
    install(other, pip)
    path = f"{mine / 'bin'}:{other / 'bin'}"
    active = {"VIRTUAL_ENV": str(mine), "PATH": path}
    (note,) = examined(mine, home, variables=active).findings
    assert (note.code, note.severity, note.subject) == ("PYT003", Severity.NOTE, "pip"), "uv leaves pip out on purpose"
    assert str(other) in note.evidence[0].text
    install(mine, pip)
    assert examined(mine, home, variables=active).findings == ()
    swapped = active | {"PATH": f"{other / 'bin'}:{mine / 'bin'}"}
    assert {f.subject for f in bad(examined(mine, home, variables=swapped))} >= {"python", "pip"}
    assert examined(mine, home, variables=swapped | {"VIRTUAL_ENV": ""}).findings == (), "not active, so not judged"


def test_conda_without_pip(tmp_path: Path, home: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "numpy"))
    (note,) = examined(prefix, home).findings
    assert (note.code, note.severity) == ("PYT003", Severity.NOTE)
    other = make_venv(tmp_path / "other")
    wheel = make_wheel(tmp_path / "w", "pip", "26.3", {"pip.py": ""}, entry_points=MAIN.format("pip"))
    install(other, wheel)
    active = {"CONDA_PREFIX": str(prefix), "PATH": f"{prefix / 'bin'}:{other / 'bin'}"}
    found = only(examined(prefix, home, variables=active), "PYT003")
    assert found.remedies[0].steps == (Install("conda", ("pip",)),)
    assert examined(make_conda_prefix(tmp_path / "pixi", "pixi", ("python",)), home, variables=active).findings == ()


def debian(root: Path) -> Path:
    """A recorded Debian: its Python, the marker, and a package of its own."""
    stdlib = root / "usr" / "lib" / "python3.12"
    stdlib.mkdir(parents=True)
    (root / "usr" / "bin").mkdir()
    shutil.copy(BASE, root / "usr" / "bin" / "python3.12")
    (root / "usr" / "bin" / "python3").symlink_to("python3.12")
    for name in ("os.py", "EXTERNALLY-MANAGED"):
        (stdlib / name).touch()
    theirs = root / "usr" / "lib" / "python3" / "dist-packages" / "requests-2.28.1.egg-info"
    theirs.mkdir(parents=True)
    (theirs / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\n")
    (root / "usr" / "local" / "lib" / "python3.12" / "dist-packages").mkdir(parents=True)
    return root / "usr"


def test_pip_in_the_systems_python(tmp_path: Path, home: Path) -> None:
    root = tmp_path / "root"
    prefix = debian(root)
    assert bad(examined(prefix, home, root=root)) == ()
    local = root / "usr" / "local" / "lib" / "python3.12" / "dist-packages"
    wheel = make_wheel(
        tmp_path / "w", "requests", "2.34.2", {"requests.py": ""}, extra_dist_info={"INSTALLER": "pip\n"}
    )
    shutil.unpack_archive(wheel, local, "zip")
    found = only(examined(prefix, home, root=root), "PYT011")
    assert found.packages == ("requests",)
    assert "2.28.1" in found.evidence[0].text
    told = [str(step) for remedy in found.remedies for step in remedy.steps]
    assert any("venv" in step for step in told)


def test_files_of_a_project_that_hide_others(tmp_path: Path, home: Path) -> None:
    project = made_project(tmp_path / "project")
    prefix = make_venv(project / ".venv")
    wheels = tmp_path / "wheels"
    install(prefix, make_wheel(wheels, "pandas", "2.2.3", {"pandas/__init__.py": "", "tests/__init__.py": ""}))
    install(prefix, str(project), extra_args=("-e",))
    for path in ("time.py", "src/json.py", "tests/__init__.py", "pandas/notes.py", "mylab/__init__.py", "code/run.py"):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).touch()
    assert bad(examined(prefix, home, project=project)) == ()
    (project / "pandas" / "__init__.py").touch()
    (project / "random.py").touch()
    assert imported(prefix, "import random; print(hasattr(random, 'random'))", home, cwd=project) == "False"
    assert imported(prefix, "import time; print(hasattr(time, 'sleep'))", home, cwd=project) == "True"
    pandas, shadow = bad(examined(prefix, home, project=project))
    assert (pandas.code, pandas.subject, pandas.severity) == ("PYT007", "pandas", Severity.ERROR)
    assert (shadow.code, shadow.subject, shadow.severity) == ("PYT007", "random.py", Severity.ERROR)


def test_packages_that_come_by_pythonpath(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv")
    wheels = tmp_path / "wheels"
    install(prefix, tool(wheels, version="2.0"))
    libs, mine, gone = tmp_path / "libs", tmp_path / "mine", tmp_path / "gone"
    other = tmp_path / "opt" / "lib" / "python3.8" / "site-packages"
    for folder in (libs, mine, other):
        folder.mkdir(parents=True)
    shutil.unpack_archive(tool(wheels, version="1.0"), libs, "zip")
    shutil.unpack_archive(tool(wheels, "mylab"), mine, "zip")
    sound = {"PYTHONPATH": f"{mine}:{gone}:", "PYTHONHOME": ""}
    assert bad(examined(prefix, home, variables=sound)) == ()
    leaking = {"PYTHONPATH": f"{mine}:{libs}:{other}"}
    (home / ".bashrc").write_text(f"alias ll='ls -l'\nexport PYTHONPATH={libs}:{other}\n")
    hides, foreign = bad(examined(prefix, home, variables=leaking))
    assert (hides.code, hides.subject, hides.severity) == ("PYT002", str(libs), Severity.WARNING)
    assert hides.summary == "mytool 1.0 on PYTHONPATH hides this environment's 2.0"
    assert (hides.evidence[-1].path, hides.evidence[-1].line) == ("~/.bashrc", 2)
    assert (foreign.code, foreign.subject) == ("PYT002", str(other))
    assert "3.8" in foreign.summary
    assert SetVariable("PYTHONPATH", "") in hides.remedies[0].steps


def test_pythonhome_of_another_place(tmp_path: Path, home: Path) -> None:
    prefix = make_venv(tmp_path / "venv", by="venv")
    assert bad(examined(prefix, home, variables={"PYTHONHOME": str(BASE.parent.parent)})) == ()
    found = only(examined(prefix, home, variables={"PYTHONHOME": "/opt/python2"}), "PYT002")
    assert found.subject == "PYTHONHOME"


def test_two_environments_active(tmp_path: Path, home: Path) -> None:
    venv, conda = make_venv(tmp_path / "venv"), make_conda_prefix(tmp_path / "env")
    both = {
        "VIRTUAL_ENV": str(venv),
        "CONDA_PREFIX": str(conda),
        "CONDA_DEFAULT_ENV": "env",
        "PATH": f"{venv / 'bin'}:{conda / 'bin'}",
    }
    found = only(examined(venv, home, variables=both), "PYT006")
    assert {evidence.path for evidence in found.evidence} >= {"$VIRTUAL_ENV", "$CONDA_PREFIX"}
    assert bad(examined(conda, home, variables=both)) == (), "below an active venv, conda's environment is as it was"
    assert bad(examined(venv, home, variables=both | {"CONDA_DEFAULT_ENV": "base"})) == ()
    inner = make_venv(tmp_path / "inner", by="venv", python=str(conda / "bin" / "python"))
    built = both | {"VIRTUAL_ENV": str(inner), "PATH": f"{inner / 'bin'}:{conda / 'bin'}"}
    assert bad(examined(inner, home, variables=built)) == (), "made from that conda environment's Python"


def test_python_past_its_end(tmp_path: Path, home: Path) -> None:
    """A recorded environment, as no such Python need be on the machine that tests."""
    root = tmp_path / "root"
    (root / "opt" / "py" / "bin").mkdir(parents=True)
    shutil.copy(BASE, root / "opt" / "py" / "bin" / "python3.8")
    (root / "opt" / "py" / "lib" / "python3.8").mkdir(parents=True)
    (root / "opt" / "py" / "lib" / "python3.8" / "os.py").touch()
    prefix = root / "srv" / "venv"
    (prefix / "lib" / "python3.8" / "site-packages").mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python").symlink_to("/opt/py/bin/python3.8")
    (prefix / "pyvenv.cfg").write_text("home = /opt/py/bin\nversion = 3.8.18\n")
    found = only(examined(prefix, home, root=root), "PYT005")
    assert "2024-10-07" in found.summary


def test_an_environment_made_twice_names_the_python_that_its_link_starts() -> None:
    """pyvenv.cfg names the second Python then, and bin/python still leads to the first."""
    twice = {
        "base": Base("/opt/python3.11/bin", True, "3.12.1"),
        "interpreter": Interpreter("bin/python", "/opt/python3.12/bin/python3.12"),
    }
    (finding,) = judge(dead_interpreter.CHECK, environment(identity=twice)).findings
    assert finding.summary.endswith("it starts Python 3.12, its packages are for 3.11")
    assert finding.evidence[0] == Evidence(
        "a link to /opt/python3.12/bin/python3.12, which is Python 3.12.1", "bin/python"
    )
