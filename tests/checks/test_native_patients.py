"""Real environments whose native libraries do not fit, judged by headers and, beside it, by the real loader."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from doctor import checks
from doctor.checks.native import missing_library
from doctor.cli import run
from doctor.examine import Examined, examine, judge
from doctor.model import Examination, Finding, Install, SetVariable, Severity, Tell, Uninstall
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import PYTHON, Package
from tests.patients.elf import make_library
from tests.patients.venvs import install, make_venv, python_of, site_packages_of
from tests.patients.wheels import make_wheel

TAG = sysconfig.get_config_var("EXT_SUFFIX")
OTHER_TAG = ".cpython-36m-x86_64-linux-gnu.so"
WHEEL = "py3-none-linux_x86_64"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine != "x86_64", reason="x86-64 Linux loads these"
)


def library(folder: Path, **more: Any) -> bytes:
    """The bytes of a tiny library."""
    return make_library(folder / "library.so", **more).read_bytes()


def for_numpy(folder: Path, core: str) -> bytes:
    """A tiny module that asks NumPy for its C interface, stripped of its table of sections."""
    data = bytearray(library(folder, text=b"PyCapsule_Import\0" + core.encode() + b"._multiarray_umath\0"))
    data[40:48] = bytes(8)
    data[60:64] = bytes(4)
    return bytes(data)


def patient(folder: Path, *packages: Mapping[str, bytes], name: str = "demo") -> Path:
    """A venv with one distribution for each mapping of files: demo, demo1, ..."""
    prefix = make_venv(folder / "venv")
    for number, files in enumerate(packages):
        install(prefix, make_wheel(folder / "wheels", f"{name}{number or ''}", "1.0", files, tag=WHEEL))
    return prefix


def examined(prefix: Path, code: str = "NAT", **variables: str) -> Examination:
    """Examine a prefix with this family; nothing may crash."""
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, home=prefix.parent / "home", variables={"PATH": "/usr/bin", **variables})
    last = list(examine(request, checks.load([code])))[-1]
    assert isinstance(last, Examined)
    assert not last.examination.crashed
    return last.examination


def only(prefix: Path, code: str, **variables: str) -> Finding:
    """The one finding of the family, which is of this code: one cause comes out once."""
    found = examined(prefix, **variables).findings
    assert [finding.code for finding in found] == [code], found
    return found[0]


def told(finding: Finding) -> str:
    return "\n".join(f"{evidence.text} @ {evidence.path}" for evidence in finding.evidence)


def loaded(prefix: Path, path: Path, **variables: str) -> str:
    """What the real loader says of a file in the environment's Python; empty where it loads."""
    code = "import ctypes, sys\ntry: ctypes.CDLL(sys.argv[1])\nexcept OSError as error: print(error)"
    command = [str(python_of(prefix)), "-I", "-S", "-c", code, str(path)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_a_library_of_the_system_that_is_not_there(tmp_path: Path) -> None:
    prefix = patient(tmp_path, {f"demo/_core{TAG}": library(tmp_path, needed=["libGL-of-nobody.so.1", "libc.so.6"])})
    finding = only(prefix, "NAT001")
    assert (finding.severity, finding.subject, finding.packages) == (Severity.ERROR, "demo", ("demo",))
    assert "libGL-of-nobody.so.1" in finding.summary
    assert "_core" in told(finding)
    assert all(isinstance(step, Tell) for step in finding.remedies[0].steps)
    said = loaded(prefix, site_packages_of(prefix) / f"demo/_core{TAG}")
    assert "libGL-of-nobody.so.1: cannot open shared object file" in said


OWN = "libown-0a1b2c3d.so.1"


def with_own_library(folder: Path, rpath: str = "$ORIGIN/../demo.libs") -> Path:
    module = library(folder, needed=[OWN, "libc.so.6"], rpath=rpath)
    return patient(folder, {f"demo/_core{TAG}": module, f"demo.libs/{OWN}": library(folder, soname=OWN)})


def test_a_library_of_its_own_is_found(tmp_path: Path) -> None:
    prefix = with_own_library(tmp_path)
    assert examined(prefix).findings == ()
    assert loaded(prefix, site_packages_of(prefix) / f"demo/_core{TAG}") == ""


@pytest.mark.parametrize("broken", ["deleted", "path"])
def test_a_library_of_its_own_is_lost(broken: str, tmp_path: Path) -> None:
    prefix = with_own_library(tmp_path, "$ORIGIN/../demo.libs" if broken == "deleted" else "/nowhere")
    if broken == "deleted":
        (site_packages_of(prefix) / "demo.libs" / OWN).unlink()
    finding = only(prefix, "NAT001")
    assert finding.subject == "demo"
    assert OWN in finding.summary
    assert ("lies where nobody looks" in told(finding)) == (broken == "path")
    assert finding.remedies[0].steps == (Install("pip", ("demo==1.0",), force=True, dependencies=False),)
    assert OWN in loaded(prefix, site_packages_of(prefix) / f"demo/_core{TAG}")


def test_opencv_gets_its_headless_twin() -> None:
    slim = next(example for example in missing_library.examples() if "slim" in example.title)
    (finding,) = judge(missing_library.CHECK, slim.facts).findings
    assert finding.remedies[0].steps == (
        Uninstall("pip", ("opencv-python",)),
        Install("pip", ("opencv-python-headless==4.10.0.84",), force=True, dependencies=False),
    )
    commands = [step.command for step in finding.remedies[1].steps if isinstance(step, Tell)]
    assert commands == [("sudo", "apt-get", "install", "libgl1"), ("sudo", "dnf", "install", "mesa-libGL")]


def test_what_another_package_loads_before_is_no_matter(tmp_path: Path) -> None:
    torch = {f"torch/_C{TAG}": library(tmp_path), "torch/lib/libc10.so": library(tmp_path, soname="libc10.so")}
    vision = {f"torchvision/_C{TAG}": library(tmp_path, needed=["libc10.so"])}
    assert examined(patient(tmp_path, torch, vision)).findings == ()


def test_plug_ins_and_the_drivers_library_are_no_matter(tmp_path: Path) -> None:
    files = {
        f"demo/_core{TAG}": library(tmp_path, needed=["libcuda.so.1"]),
        "demo/plugins/libqsqloci.so": library(tmp_path, needed=["libclntsh.so.23.1"]),
    }
    assert examined(patient(tmp_path, files)).findings == ()


@pytest.mark.parametrize(
    ("library_name", "version", "code"),
    [("libstdc++.so.6", "GLIBCXX_3.4.99", "NAT002"), ("libc.so.6", "GLIBC_2.99", "NAT003")],
)
def test_too_new_a_version(library_name: str, version: str, code: str, tmp_path: Path) -> None:
    module = library(tmp_path, needs={library_name: [version]})
    prefix = patient(tmp_path, {f"demo/_core{TAG}": module})
    said = loaded(prefix, site_packages_of(prefix) / f"demo/_core{TAG}")
    if "cannot open" in said:
        pytest.skip(f"this machine has no {library_name}")
    assert f"version `{version}' not found" in said
    finding = only(prefix, code)
    assert finding.packages == ("demo",)
    assert f"needs {version} of {library_name}" in told(finding)
    assert said.partition(":")[0].rpartition("/")[2] in told(finding), "the very file that the loader takes"


def test_versions_that_are_there(tmp_path: Path) -> None:
    module = library(tmp_path, needs={"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.14"]})
    assert examined(patient(tmp_path, {f"demo/_core{TAG}": module})).findings == ()


def test_an_old_runtime_in_conda(tmp_path: Path) -> None:
    site = f"lib/python{PYTHON}/site-packages"
    old = library(tmp_path, soname="libstdc++.so.6", offers=["GLIBCXX_3.4.28"])
    runtime = Package("libstdcxx", "9.3.0", files={"lib/libstdc++.so.6": old})
    path = f"{site}/demo/_core{TAG}"
    module = library(tmp_path, needs={"libstdc++.so.6": ["GLIBCXX_3.4.30"]}, rpath="$ORIGIN/../../..")
    demo = Package("demo", "1.0", files={path: module}, depends=("python",))
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "libstdcxx", "demo"), more=(runtime, demo))
    finding = only(prefix, "NAT002")
    assert "GLIBCXX_3.4.28" in told(finding)
    (step,) = finding.remedies[0].steps
    assert step == Install("conda", ("libstdcxx>=12.1",), channels=("conda-forge",))

    ours = prefix / "lib/libstdc++.so.6"
    ours.unlink()
    ours.symlink_to("/lib/x86_64-linux-gnu/libc.so.6")
    replaced = [finding for finding in examined(prefix).findings if finding.code == "NAT007"]
    assert [(f.subject, f.packages) for f in replaced] == [("libstdcxx", ("libstdcxx",))]
    (step,) = replaced[0].remedies[0].steps
    assert isinstance(step, Install)
    assert (step.force, step.dependencies) == (True, False)


@pytest.mark.parametrize("which", ["module", "library"])
def test_another_processor(which: str, tmp_path: Path) -> None:
    machines = ("aarch64", "x86_64") if which == "module" else ("x86_64", "aarch64")
    files = {
        f"demo/_core{TAG}": library(tmp_path, needed=["libown.so.1"], rpath="$ORIGIN", machine=machines[0]),
        "demo/libown.so.1": library(tmp_path, soname="libown.so.1", machine=machines[1]),
    }
    prefix = patient(tmp_path, files)
    finding = only(prefix, "NAT004")
    assert (finding.subject, finding.severity) == ("demo", Severity.ERROR)
    assert "aarch64" in finding.summary
    assert loaded(prefix, site_packages_of(prefix) / f"demo/_core{TAG}")


def test_another_python(tmp_path: Path) -> None:
    left = {f"demo/_core{OTHER_TAG}": library(tmp_path)}
    both = {f"demo1/_core{OTHER_TAG}": library(tmp_path), f"demo1/_core{TAG}": library(tmp_path)}
    anyone = {"demo2/_core.abi3.so": library(tmp_path)}
    finding = only(patient(tmp_path, left, both, anyone), "NAT005")
    assert finding.subject == "demo"
    assert "Python 3.6" in finding.summary


def test_modules_for_numpy_1(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "venv")
    contents = {"pandas": "numpy.core", "h5py": "numpy.core", "scipy": "numpy._core", "numpy": "numpy.core"}
    for name, core in contents.items():
        version = "2.2.6" if name == "numpy" else "2.0.3"
        files = {f"{name}/_lib{TAG}": for_numpy(tmp_path, core)}
        install(prefix, make_wheel(tmp_path / "wheels", name, version, files, tag=WHEEL))
    found = examined(prefix).findings
    assert [(f.code, f.subject) for f in found] == [("NAT006", "h5py"), ("NAT006", "pandas")]
    assert found[1].remedies[0].steps == (Install("pip", ("pandas>=2.2.2,<3",)),)
    assert found[1].remedies[1].steps == (Install("pip", ("numpy<2",)),)

    needs_two = make_wheel(tmp_path / "wheels", "modern", "1.0", {"modern.py": ""}, requires=["numpy>=2"])
    install(prefix, needs_two)
    assert [len(finding.remedies) for finding in examined(prefix).findings] == [1, 1], "nobody may go back to NumPy 1"

    one = make_wheel(tmp_path / "older", "numpy", "1.26.4", {"numpy/__init__.py": ""}, tag=WHEEL)
    install(prefix, one, extra_args=["--force-reinstall"])
    assert examined(prefix).findings == ()


def test_a_processor_below_what_a_module_asks_for(tmp_path: Path) -> None:
    prefix = patient(tmp_path, {f"demo/_core{TAG}": library(tmp_path, level=4)})
    last = examined(prefix, "NAT008")
    level = last.facts.machine.x86_64_level
    refused = "CPU ISA level is lower than required" in loaded(prefix, site_packages_of(prefix) / f"demo/_core{TAG}")
    assert bool(last.findings) == (0 < level < 4) == refused


def test_a_folder_that_wins_over_the_environments_own(tmp_path: Path) -> None:
    files = {
        f"demo/_core{TAG}": library(tmp_path, needed=["libown.so.1"], runpath="$ORIGIN"),
        "demo/libown.so.1": library(tmp_path, soname="libown.so.1"),
    }
    prefix = patient(tmp_path, files)
    foreign = tmp_path / "foreign"
    make_library(foreign / "libown.so.1", soname="libown.so.1")
    assert examined(prefix).findings == ()
    finding = only(prefix, "NAT009", LD_LIBRARY_PATH=str(foreign))
    assert finding.severity is Severity.WARNING
    assert finding.packages == ("demo",)
    assert finding.remedies[0].steps == (SetVariable("LD_LIBRARY_PATH", ""),)
    (foreign / "libown.so.1").unlink()
    make_library(foreign / "libelse.so.1", soname="libelse.so.1")
    assert examined(prefix, LD_LIBRARY_PATH=str(foreign)).findings == ()


def test_many_packages_and_one_cause_give_one_finding(tmp_path: Path) -> None:
    module = library(tmp_path, needed=["libnobody.so.1"])
    prefix = patient(tmp_path, *({f"demo{number or ''}/_core{TAG}": module} for number in range(4)))
    finding = only(prefix, "NAT001")
    assert finding.subject == "libnobody.so.1"
    assert finding.packages == ("demo", "demo1", "demo2", "demo3")


SEVEN = {
    "pandas": "2.0.3",
    "bottleneck": "1.3.7",
    "numexpr": "2.8.4",
    "shapely": "2.0.1",
    "h5py": "3.8.0",
    "opencv-python-headless": "4.8.1.78",
    "pyarrow": "14.0.1",
}
MODULES = ("pandas", "bottleneck", "numexpr", "shapely", "h5py", "cv2", "pyarrow")


@pytest.mark.network
@pytest.mark.parametrize("way", [1, 2])
def test_seven_packages_that_pip_check_finds_in_order(
    way: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = shutil.which("python3.11") or sys.executable
    prefix = make_venv(tmp_path / "env", by="venv", python=python)
    uv = [shutil.which("uv") or str(Path(sys.executable).parent / "uv"), "pip", "install", "-q"]
    wanted = [f"{name}=={version}" for name, version in {"numpy": "2.2.6", **SEVEN}.items()]
    around = ["python-dateutil", "pytz", "tzdata", "six", "packaging"]
    subprocess.run([*uv, "--python", str(prefix), "--no-deps", *wanted, *around], check=True)
    found = examined(prefix).findings
    assert {(finding.code, finding.subject) for finding in found} == {("NAT006", name) for name in SEVEN}

    def fails(module: str) -> bool:
        command = [str(python_of(prefix)), "-W", "error", "-c", f"import {module}"]
        return subprocess.run(command, capture_output=True, check=False).returncode != 0

    assert all(fails(module) for module in MODULES)
    monkeypatch.setenv("ENVDOCTOR_STATE", str(tmp_path / "state"))
    chosen = [f"NAT006#{way}"] if way > 1 else ["NAT006"]
    assert run(["fix", str(prefix), *chosen, "--yes", "--no-export"]) == 0
    assert not any(fails(module) for module in MODULES)
    assert examined(prefix).findings == ()
