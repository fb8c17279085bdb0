"""The identity layer agrees with what each Python says of itself, and reads what cannot run any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from packaging.markers import default_environment

from doctor.collect.identity import read
from doctor.facts import Facts, Identity
from doctor.facts.identity import Base, Interpreter, SiteFolder
from doctor.facts.serialise import dump, load
from doctor.target.environment import Request
from doctor.target.recognise import environment_of, inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import make_venv
from tests.target.trees import (
    ELF_AARCH64,
    ELF_X86_64,
    MACH_ARM64,
    MACH_UNIVERSAL,
    conda_prefix,
    link,
    posix_python,
    posix_venv,
    put,
    windows_python,
    windows_venv,
)

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"

#: what an interpreter says of itself
ASK = r"""
import json, os, platform, sys, sysconfig
print(json.dumps({
    "prefix": sys.prefix,
    "stdlib": os.path.realpath(os.path.dirname(os.__file__)),
    "sites": [os.path.realpath(p) for p in sys.path if p.endswith("-packages") or p.endswith("extra")],
    "version": platform.python_version(),
    "machine": platform.machine(),
    "base": os.path.realpath(sys.base_prefix),
}))
"""


def identify(
    prefix: Path,
    *,
    python: Path | None = None,
    root: Path = Path("/"),
    home: Path = Path("/nobody"),
    variables: Mapping[str, str] | None = None,
) -> Identity:
    """Read the identity of a prefix or of an interpreter's environment, and prove that it survives JSON."""
    environment = environment_of(python, root=root) if python else inspect_prefix(prefix, root=root)
    assert environment is not None
    identity = read(Request(environment, variables=variables or {}, home=home, root=root), Facts())
    facts = Facts(identity=identity, layers=("identity",))
    assert load(dump(facts)) == facts
    return identity


def says(python: Path, **variables: str) -> dict[str, Any]:
    """Ask a real interpreter."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    answer: dict[str, Any] = json.loads(subprocess.check_output([python, "-c", ASK], env=clean | variables, text=True))
    return answer


def real_sites(prefix: Path, identity: Identity) -> list[str]:
    home = str(Path("~").expanduser())
    texts = [
        home + folder.path[1:] if folder.path.startswith("~") else folder.path
        for folder in identity.site_folders
        if folder.active
    ]
    return [os.path.realpath(prefix / text) for text in texts]


def assert_same(identity: Identity, prefix: Path, truth: dict[str, Any]) -> None:
    home = str(Path("~").expanduser())
    stdlib = home + identity.stdlib[1:] if identity.stdlib.startswith("~") else identity.stdlib
    assert os.path.realpath(prefix) == os.path.realpath(truth["prefix"])
    assert os.path.realpath(prefix / stdlib) == truth["stdlib"]
    assert real_sites(prefix, identity) == truth["sites"]
    assert identity.python == truth["version"]
    assert identity.architecture == truth["machine"]


linux = pytest.mark.skipif(sys.platform != "linux", reason="asks interpreters of Linux")


# real interpreters


@linux
@pytest.mark.parametrize("by", ["uv", "venv"])
@pytest.mark.parametrize("system_site", [False, True])
def test_a_real_venv(tmp_path: Path, by: Literal["uv", "venv"], system_site: bool) -> None:
    prefix = make_venv(tmp_path / "env", by=by, system_site=system_site)
    user = tmp_path / "user"
    extra = tmp_path / "extra"
    extra.mkdir()
    (user / f"lib/python{MINOR}/site-packages").mkdir(parents=True)
    variables = {"PYTHONUSERBASE": str(user), "PYTHONPATH": f"{extra}:/missing:"}
    identity = identify(prefix, variables=variables)
    assert_same(identity, prefix, says(prefix / "bin/python", **variables))
    kinds = [(folder.kind, folder.active) for folder in identity.site_folders]
    wanted = [("pythonpath", True), ("environment", True), ("user", system_site)]
    assert kinds[:3] == wanted
    assert {kind for kind, _ in kinds[3:]} <= ({"base"} if system_site else set())
    assert identity.system_site is system_site
    assert identity.kind == "venv"
    assert identity.base is not None
    assert identity.base.exists
    assert identity.base.version == says(prefix / "bin/python")["version"]
    assert identity.interpreter is not None
    assert identity.interpreter.path == "bin/python"
    assert identity.interpreter.exists
    assert identity.interpreter.resolved
    assert identity.externally_managed == ""


@linux
def test_the_base_python_puts_the_users_folder_first(tmp_path: Path) -> None:
    python = Path(sys.base_prefix, "bin", f"python{MINOR}")
    user = tmp_path / f"lib/python{MINOR}/site-packages"
    user.mkdir(parents=True)
    for variables in ({"PYTHONUSERBASE": str(tmp_path)}, {"PYTHONUSERBASE": str(tmp_path), "PYTHONNOUSERSITE": "1"}):
        identity = identify(Path(), python=python, variables=variables)
        environment = environment_of(python)
        assert environment is not None
        assert_same(identity, environment.prefix, says(python, **variables))
    assert SiteFolder(str(user), "user", active=False) in identity.site_folders


@linux
@pytest.mark.parametrize("system_site", [False, True])
def test_markers_are_those_of_the_target(tmp_path: Path, system_site: bool) -> None:
    prefix = make_venv(tmp_path / "env", system_site=system_site)
    expected = dict(default_environment()) | {"platform_release": "", "platform_version": ""}
    expected.pop("extra", None)
    assert dict(identify(prefix).markers) == expected


@linux
def test_a_real_conda_prefix(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "envs/atlas")
    variables = {"PYTHONUSERBASE": str(tmp_path)}
    (tmp_path / f"lib/python{MINOR}/site-packages").mkdir(parents=True)
    identity = identify(prefix, variables=variables | {"CONDA_PREFIX": str(prefix)})
    assert_same(identity, prefix, says(prefix / "bin/python", **variables))
    assert (identity.kind, identity.base, identity.active) == ("conda", None, True)
    assert [folder.kind for folder in identity.site_folders] == ["user", "environment"]
    assert identity.stdlib == f"lib/python{MINOR}"


@linux
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no Python of the system")
def test_the_python_of_the_system() -> None:
    identity = identify(Path(), python=Path("/usr/bin/python3"))
    assert_same(identity, Path("/usr"), says(Path("/usr/bin/python3")))
    assert (identity.kind, identity.name) == ("system", "system")
    managed = next(Path("/usr").glob(f"lib*/python{identity.python_minor}/EXTERNALLY-MANAGED"), None)
    assert bool(identity.externally_managed) is (managed is not None)


# virtual environments whose base changed


def test_a_base_that_is_gone(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/gone/bin/python3.12")
    identity = identify(prefix)
    assert identity.base == Base("/gone/bin", exists=False)
    assert identity.interpreter == Interpreter("bin/python", "/gone/bin/python3.12", exists=False)
    assert (identity.python, identity.abi, identity.stdlib) == ("3.12.4", "cp312", "")
    assert identity.site_folders == (SiteFolder("lib/python3.12/site-packages", "environment"),)
    assert identity.markers["python_full_version"] == "3.12.4"


def test_a_base_of_another_minor_version(tmp_path: Path) -> None:
    posix_python(tmp_path / "usr", "3.13.1")
    prefix = posix_venv(tmp_path / "env", "/usr/bin/python3", "3.12.4")
    identity = identify(prefix, root=tmp_path)
    assert identity.base == Base("/usr/bin", exists=True, version="3.13.1")
    assert identity.python == "3.12.4"
    assert identity.site_folders == (SiteFolder("lib/python3.12/site-packages", "environment"),)


def test_the_link_decides_where_several_pythons_share_a_home(tmp_path: Path) -> None:
    posix_python(tmp_path / "usr", "3.13.1")
    posix_python(tmp_path / "usr", "3.12.7")
    first = posix_venv(tmp_path / "first", "/usr/bin/python3", "3.12.4")
    second = posix_venv(tmp_path / "second", "/usr/bin/python3.12", "3.12.4")
    assert identify(first, root=tmp_path).base == Base("/usr/bin", exists=True, version="3.13.1")
    assert identify(second, root=tmp_path).base == Base("/usr/bin", exists=True, version="3.12.7")


def test_a_patch_release_underneath_is_what_runs(tmp_path: Path) -> None:
    posix_python(tmp_path / "usr", "3.12.9")
    identity = identify(posix_venv(tmp_path / "env", "/usr/bin/python3", "3.12.4"), root=tmp_path)
    assert identity.python == "3.12.9"
    assert identity.markers["python_full_version"] == "3.12.9"


def test_where_the_venv_says_nothing_its_base_does(tmp_path: Path) -> None:
    posix_python(tmp_path / "usr", "3.12.9")
    put(tmp_path / "env/pyvenv.cfg", "home = /usr/bin\n")
    link(tmp_path / "env/bin/python", "/usr/bin/python3")
    assert identify(tmp_path / "env", root=tmp_path).python == "3.12.9"


def test_the_wheels_tell_the_processor_where_the_interpreter_is_gone(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/gone/bin/python3.12")
    site = prefix / "lib/python3.12/site-packages"
    put(site / "pure-1.dist-info/WHEEL", "Tag: py3-none-any\n")
    assert identify(prefix).architecture == ""
    put(site / "numpy-2.0.0.dist-info/WHEEL", "Tag: cp312-cp312-manylinux_2_17_aarch64\n")
    assert identify(prefix).architecture == "aarch64"


@pytest.mark.parametrize(
    ("text", "system_site"),
    [("", True), ("include-system-site-packages = false\n", False), ("home\n\x1b[31m = x\n", True)],
)
def test_a_broken_pyvenv_cfg_is_told_and_the_rest_read(tmp_path: Path, text: str, system_site: bool) -> None:
    posix_python(tmp_path / "usr")
    prefix = posix_venv(tmp_path / "env", "/usr/bin/python3")
    put(prefix / "pyvenv.cfg", text)
    identity = identify(prefix, root=tmp_path)
    assert [problem.path for problem in identity.problems] == ["pyvenv.cfg"]
    assert identity.system_site is system_site
    assert identity.python == "3.12.4"
    assert identity.base == Base("/usr/bin", exists=True, version="3.12.4")


@pytest.mark.parametrize("kind", ["fifo", "huge", "circle"])
def test_a_hostile_pyvenv_cfg_is_told_and_the_rest_read(tmp_path: Path, kind: str) -> None:
    prefix = posix_venv(tmp_path / "env", "/gone/bin/python3.12")
    config = prefix / "pyvenv.cfg"
    config.unlink()
    if kind == "fifo":
        os.mkfifo(config)
    elif kind == "huge":
        config.write_bytes(b"home = /usr/bin\n" * 100_000)
    else:
        config.symlink_to(config)
    identity = identify(prefix)
    assert [problem.path for problem in identity.problems] == ["pyvenv.cfg"]
    assert (identity.kind, identity.system_site, identity.python) == ("venv", False, "3.12")


def test_links_of_the_interpreter_that_never_end(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/gone/bin/python3.12")
    (prefix / "bin/python").unlink()
    (prefix / "bin/python").symlink_to("python3")
    identity = identify(prefix)
    assert identity.interpreter is not None
    assert not identity.interpreter.exists


# other systems, from recorded trees


def test_a_framework_of_macos(tmp_path: Path) -> None:
    root, home = tmp_path, tmp_path / "Users/me"
    framework = posix_python(root / "Library/Frameworks/Python.framework/Versions/3.12", program=MACH_ARM64)
    user = home / "Library/Python/3.12/lib/python/site-packages"
    user.mkdir(parents=True)
    prefix = posix_venv(home / "atlas/.venv", "/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12")
    identity = identify(prefix, root=root, home=home)
    assert (identity.system, identity.architecture) == ("macos", "arm64")
    assert identity.prefix == "~/atlas/.venv"
    assert identity.stdlib == "/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12"
    assert identity.base == Base("/Library/Frameworks/Python.framework/Versions/3.12/bin", True, "3.12.4")
    assert identity.markers["sys_platform"] == "darwin"
    assert identity.markers["platform_system"] == "Darwin"
    assert identity.site_folders[1:] == (
        SiteFolder("~/Library/Python/3.12/lib/python/site-packages", "user", active=False),
    )
    put(framework / "bin/python3.12", MACH_UNIVERSAL)
    assert identify(prefix, root=root, home=home).architecture in ("arm64", "x86_64")


def test_a_dead_venv_of_homebrew_is_still_one_of_macos(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/opt/homebrew/opt/python@3.12/bin/python3.12")
    assert identify(prefix).system == "macos"


def test_a_conda_prefix_of_macos_by_its_libraries(tmp_path: Path) -> None:
    prefix = conda_prefix(tmp_path / "envs/atlas")
    put(prefix / "bin/python3.11", "stripped of its bytes")
    put(prefix / "lib/libpython3.11.dylib")
    assert identify(prefix).system == "macos"


def test_windows(tmp_path: Path) -> None:
    root, home = tmp_path, tmp_path / "Users/me"
    windows_python(root / "Python311", "3.11.9")
    user = home / "AppData/Roaming/Python/Python311/site-packages"
    user.mkdir(parents=True)
    extra = root / "extra"
    extra.mkdir()
    prefix = windows_venv(home / "atlas/.venv", "C:\\Python311", "3.11.4")
    variables = {"APPDATA": "C:\\Users\\me\\AppData\\Roaming", "PYTHONPATH": "C:\\extra;C:\\missing"}
    identity = identify(prefix, root=root, home=home, variables=variables)
    assert (identity.system, identity.architecture, identity.python) == ("windows", "AMD64", "3.11.9")
    assert identity.interpreter == Interpreter("Scripts/python.exe")
    assert identity.base == Base("/Python311", True, "3.11.9")
    assert identity.site_folders == (
        SiteFolder("/extra", "pythonpath"),
        SiteFolder("Lib/site-packages", "environment"),
        SiteFolder("~/AppData/Roaming/Python/Python311/site-packages", "user", active=False),
    )
    assert (identity.markers["os_name"], identity.markers["sys_platform"]) == ("nt", "win32")


def test_conda_of_windows(tmp_path: Path) -> None:
    prefix = windows_python(tmp_path / "envs/atlas", "3.11.9")
    put(prefix / "conda-meta/python-3.11.9-h631f459_0_cpython.json", "{}")
    identity = identify(prefix)
    assert (identity.kind, identity.system, identity.stdlib) == ("conda", "windows", "Lib")
    assert identity.interpreter == Interpreter("python.exe")


def test_another_processor(tmp_path: Path) -> None:
    posix_python(tmp_path / "usr", program=ELF_AARCH64)
    identity = identify(tmp_path / "usr", root=tmp_path)
    assert (identity.architecture, identity.markers["platform_machine"]) == ("aarch64", "aarch64")


def test_the_names_of_extensions_tell_the_processor(tmp_path: Path) -> None:
    posix_python(tmp_path / "usr", program=b"no program")
    put(tmp_path / "usr/lib/python3.12/lib-dynload/_bz2.cpython-312-aarch64-linux-gnu.so")
    assert identify(tmp_path / "usr", root=tmp_path).architecture == "aarch64"


def test_pypy(tmp_path: Path) -> None:
    put(tmp_path / "opt/pypy/bin/pypy3", ELF_X86_64)
    put(tmp_path / "opt/pypy/lib/pypy3.10/os.py")
    (tmp_path / "opt/pypy/lib/pypy3.10/site-packages").mkdir()
    header = '#define PY_VERSION "3.10.14"\n#define PYPY_VERSION "7.3.17"\n'
    put(tmp_path / "opt/pypy/include/pypy3.10/patchlevel.h", header)
    identity = identify(tmp_path / "opt/pypy", root=tmp_path)
    assert (identity.implementation, identity.abi, identity.python) == ("pypy", "pp310", "3.10.14")
    assert identity.markers["implementation_version"] == "7.3.17"
    assert identity.markers["platform_python_implementation"] == "PyPy"


def test_free_threaded(tmp_path: Path) -> None:
    put(tmp_path / "usr/bin/python3.13t", ELF_X86_64)
    link(tmp_path / "usr/bin/python3", "python3.13t")
    put(tmp_path / "usr/lib/python3.13t/os.py")
    (tmp_path / "usr/lib/python3.13t/site-packages").mkdir()
    (tmp_path / "home/.local/lib/python3.13t/site-packages").mkdir(parents=True)
    (tmp_path / "home/.local/lib/python3.13/site-packages").mkdir(parents=True)
    identity = identify(tmp_path / "usr", root=tmp_path, home=tmp_path / "home")
    assert identity.abi == "cp313t"
    assert [folder.path for folder in identity.site_folders] == [
        "~/.local/lib/python3.13t/site-packages",
        "lib/python3.13t/site-packages",
    ]


@pytest.mark.parametrize(("version", "abi"), [("3.7.16", "cp37m"), ("3.8.18", "cp38")])
def test_the_tag_of_old_versions(tmp_path: Path, version: str, abi: str) -> None:
    assert identify(posix_python(tmp_path / "usr", version), root=tmp_path).abi == abi


# what keeps folders out, and what keeps tools away


def test_a_variable_of_the_conda_environment_keeps_the_users_folder_out(tmp_path: Path) -> None:
    prefix = conda_prefix(tmp_path / "envs/atlas")
    (tmp_path / "home/.local/lib/python3.11/site-packages").mkdir(parents=True)
    before = identify(prefix, home=tmp_path / "home")
    assert before.site_folders[0] == SiteFolder("~/.local/lib/python3.11/site-packages", "user")
    put(prefix / "conda-meta/state", '{"env_vars": {"PYTHONNOUSERSITE": "1"}}')
    assert not identify(prefix, home=tmp_path / "home").site_folders[0].active
    put(prefix / "conda-meta/state", '{"env_vars": ["PYTHONNOUSERSITE"]}')
    assert identify(prefix, home=tmp_path / "home").site_folders[0].active


def test_a_folder_on_pythonpath_that_is_the_environments_own_is_told_once(tmp_path: Path) -> None:
    prefix = conda_prefix(tmp_path / "envs/atlas")
    own = prefix / "lib/python3.11/site-packages"
    identity = identify(prefix, variables={"PYTHONPATH": f"{own}:{own}/"})
    assert identity.site_folders == (SiteFolder("lib/python3.11/site-packages", "environment"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "conda-meta/frozen is there"),
        ('{"message": "Ask the platform team"}', "Ask the platform team"),
        ("do not touch\nthis", "do not touch this"),
        ("[1]", "[1]"),
        ('{"message": ""}', "conda-meta/frozen is there"),
    ],
)
def test_frozen(tmp_path: Path, text: str, told: str) -> None:
    prefix = conda_prefix(tmp_path / "envs/atlas")
    assert identify(prefix).frozen == ""
    put(prefix / "conda-meta/frozen", text)
    assert identify(prefix).frozen == told


def test_externally_managed_holds_for_installations_and_not_for_venvs(tmp_path: Path) -> None:
    marker = put(posix_python(tmp_path / "usr") / "lib/python3.12/EXTERNALLY-MANAGED")
    assert identify(tmp_path / "usr", root=tmp_path).externally_managed == "lib/python3.12/EXTERNALLY-MANAGED"
    venv = posix_venv(tmp_path / "env", "/usr/bin/python3")
    assert identify(venv, root=tmp_path).externally_managed == ""
    marker.unlink()
    assert identify(tmp_path / "usr", root=tmp_path).externally_managed == ""


def test_active_through_a_link(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/usr/bin/python3")
    link(tmp_path / "same", prefix)
    assert identify(prefix, variables={"VIRTUAL_ENV": str(tmp_path / "same")}).active
    assert not identify(prefix, variables={"VIRTUAL_ENV": str(tmp_path)}).active


def test_owner_and_rights(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/usr/bin/python3")
    mine = identify(prefix)
    assert (mine.owner_is_me, mine.writable) == (True, True)
    user = os.geteuid()
    if user == 0:
        os.chown(prefix, 65534, -1)
        assert not identify(prefix).owner_is_me
    else:
        prefix.chmod(0o555)
        assert not identify(prefix).writable


def test_the_prompt_without_its_quotes(tmp_path: Path) -> None:
    prefix = posix_venv(tmp_path / "env", "/usr/bin/python3", extra="prompt = 'atlas'\n")
    assert identify(prefix).prompt == "atlas"


def test_without_a_python_there_are_no_markers(tmp_path: Path) -> None:
    put(tmp_path / "r/conda-meta/history")
    identity = identify(tmp_path / "r")
    assert (identity.python, identity.abi, identity.interpreter, dict(identity.markers)) == ("", "", None, {})
