"""Real environments in which installers got in each other's way, examined as users would have them examined."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from doctor import checks
from doctor.examine import Examined, examine
from doctor.model import Examination, Finding, Install, Move, Severity, Uninstall
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import SOUND, make_conda_prefix
from tests.patients.conda_channel import PYTHON, SITE, Package, distribution_files, shared_object
from tests.patients.conda_states import (
    conda_listed,
    conda_reinstalled,
    edited_in_place,
    native_pip_over_conda,
    pip_only,
    pip_over_conda,
    record_of,
)
from tests.patients.venvs import install, make_venv, site_packages_of, uninstall
from tests.patients.wheels import make_wheel

NATIVE = f"py3-none-{'win_amd64' if os.name == 'nt' else 'linux_x86_64'}"
SPEEDUPS = f"markupsafe/_speedups.cpython-{PYTHON.replace('.', '')}-x86_64-linux-gnu.so"


def examined(prefix: Path, *, deep: bool = False) -> Examination:
    """Examine a prefix with the checks of this family; none of them may crash or be skipped."""
    environment = inspect_prefix(prefix)
    assert environment is not None
    request = Request(environment, home=prefix.parent / "home", deep=deep)
    last = list(examine(request, checks.load(["MIX"])))[-1]
    assert isinstance(last, Examined)
    assert not last.examination.crashed
    assert {outcome.check.code for outcome in last.examination.skipped} <= {"MIX007"}
    return last.examination


def only(examination: Examination, code: str) -> Finding:
    """The one finding, which is of this code: one cause comes out once."""
    assert [finding.code for finding in examination.findings] == [code], examination.findings
    return examination.findings[0]


def told(finding: Finding) -> str:
    return "\n".join(f"{evidence.text} @ {evidence.path}" for evidence in finding.evidence)


def steps(finding: Finding, remedy: int = 0) -> tuple[object, ...]:
    return finding.remedies[remedy].steps


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return tmp_path / "wheels"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "venv")


def markupsafe(wheels: Path, version: str = "2.1.5") -> Path:
    files: dict[str, bytes | str] = {
        "markupsafe/__init__.py": "try:\n    from ._speedups import escape\nexcept ImportError:\n    escape = str\n",
        "markupsafe/_native.py": "def escape(s): return s\n",
        SPEEDUPS: b"\x7fELF" + bytes(60),
    }
    return make_wheel(wheels, "MarkupSafe", version, files, tag=NATIVE)


def opencv(wheels: Path, name: str) -> Path:
    files: dict[str, bytes | str] = {
        "cv2/__init__.py": f"# the loader of {name}\n" + "x = 1\n" * 200,
        "cv2/cv2.abi3.so": b"\x7fELF" + name.encode() * 9,
        "cv2/version.py": "opencv_version = '4.10.0.84'\n",
    }
    return make_wheel(wheels, name, "4.10.0.84", files, tag=NATIVE)


def test_a_sound_venv_is_silent(venv: Path, wheels: Path) -> None:
    core = make_wheel(wheels, "zope-core", "1.0", {"zope/__init__.py": "", "zope/core/__init__.py": "x = 1\n"})
    event = make_wheel(wheels, "zope-event", "1.0", {"zope/__init__.py": "", "zope/event/__init__.py": "y = 1\n"})
    skinny = make_wheel(wheels, "mlflow-skinny", "3.1.0", {"mlflow/client.py": "a = 1\n" * 300})
    mlflow = make_wheel(wheels, "mlflow", "3.1.0", {"mlflow/client.py": "b = 2\n" * 300})
    scripted = make_wheel(
        wheels,
        "scripted",
        "1.0",
        {"scripted.py": "def main(): pass\n"},
        entry_points="[console_scripts]\ns=scripted:main\n",
    )
    install(venv, markupsafe(wheels), opencv(wheels, "opencv-python"), core, event, skinny, mlflow, by="pip")
    install(venv, scripted, by="uv")
    (site_packages_of(venv) / "markupsafe/__pycache__").mkdir()
    assert not examined(venv, deep=True).findings


def test_two_metadata_folders_of_one_package(venv: Path, wheels: Path) -> None:
    old = make_wheel(wheels, "demo-lib", "1.0", {"demo_lib/__init__.py": "one = 1\n", "demo_lib/old.py": ""})
    new = make_wheel(wheels, "demo-lib", "2.0", {"demo_lib/__init__.py": "two = 2\n"})
    install(venv, old, by="pip")
    install(venv, new, by="pip", extra_args=("--ignore-installed",))
    finding = only(examined(venv, deep=True), "MIX003")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "demo-lib")
    assert "demo_lib-1.0.dist-info" in told(finding)
    moved, again = steps(finding)
    assert isinstance(moved, Move)
    assert moved.paths[0].endswith("demo_lib-1.0.dist-info")
    assert isinstance(again, Install)
    assert again.specs == ("demo-lib==2.0",)


def test_what_an_interrupted_pip_leaves(venv: Path, wheels: Path) -> None:
    install(venv, make_wheel(wheels, "numpy", "2.0.2", {"numpy/__init__.py": ""}))
    site = site_packages_of(venv)
    shutil.copytree(site / "numpy", site / "~umpy")
    shutil.copytree(site / "numpy-2.0.2.dist-info", site / "~umpy-2.0.1.dist-info")
    finding = only(examined(venv), "MIX004")
    assert (finding.severity, finding.subject) == (Severity.WARNING, "~umpy")
    assert "numpy 2.0.2 is installed beside it" in told(finding)
    (moved,) = steps(finding)
    assert isinstance(moved, Move)
    assert [path.rpartition("/")[2] for path in moved.paths] == ["~umpy", "~umpy-2.0.1.dist-info"]


def test_metadata_without_record(venv: Path, wheels: Path) -> None:
    install(venv, make_wheel(wheels, "demo-lib", "1.0", {"demo_lib.py": ""}))
    (site_packages_of(venv) / "demo_lib-1.0.dist-info/RECORD").unlink()
    finding = only(examined(venv), "MIX004")
    assert finding.subject == "demo-lib"
    assert isinstance(steps(finding)[1], Install)


def test_two_opencv_and_then_one_of_them_uninstalled(venv: Path, wheels: Path) -> None:
    install(venv, opencv(wheels, "opencv-python"))
    install(venv, opencv(wheels, "opencv-python-headless"))
    both = only(examined(venv, deep=True), "MIX005")
    assert (both.severity, both.subject) == (Severity.WARNING, "opencv-python+opencv-python-headless")
    assert "cv2/cv2.abi3.so" in told(both)
    assert isinstance(steps(both)[0], Uninstall)

    (site_packages_of(venv) / "cv2/cv2.abi3.so").unlink()
    assert only(examined(venv), "MIX005").severity is Severity.ERROR

    cache = site_packages_of(venv) / "cv2/__pycache__"
    cache.mkdir()
    (cache / "left.pyc").write_bytes(b"")
    uninstall(venv, "opencv-python", by="pip")
    finding = only(examined(venv), "MIX006")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "opencv-python-headless")
    assert "import cv2 succeeds as an empty folder" in finding.summary
    assert "another package with the same cv2 was uninstalled" in told(finding)
    (again,) = steps(finding)
    assert again == Install("pip", ("opencv-python-headless==4.10.0.84",), force=True, dependencies=False)


def test_a_lost_accelerator(venv: Path, wheels: Path) -> None:
    install(venv, markupsafe(wheels))
    (site_packages_of(venv) / SPEEDUPS).unlink()
    finding = only(examined(venv), "MIX006")
    assert finding.subject == "markupsafe"
    assert "its import still works, only slower" in finding.summary
    assert SPEEDUPS in told(finding)


def test_a_lost_module(venv: Path, wheels: Path) -> None:
    install(venv, markupsafe(wheels))
    (site_packages_of(venv) / "markupsafe/_native.py").unlink()
    finding = only(examined(venv), "MIX006")
    assert finding.summary == "1 file is gone from MarkupSafe 2.1.5"


def test_what_a_slim_image_leaves_out_is_a_note(venv: Path, wheels: Path) -> None:
    files = {"demo_lib/__init__.py": "", "demo_lib/tests/test_it.py": "", "demo_lib/api.pyi": "", "demo_lib/x.h": ""}
    install(venv, make_wheel(wheels, "demo-lib", "1.0", files))
    site = site_packages_of(venv)
    shutil.rmtree(site / "demo_lib/tests")
    for name in ("api.pyi", "x.h"):
        (site / "demo_lib" / name).unlink()
    assert only(examined(venv), "MIX006").severity is Severity.NOTE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_metadata_that_is_a_pipe(venv: Path, wheels: Path) -> None:
    install(venv, make_wheel(wheels, "demo-lib", "1.0", {"demo_lib.py": ""}))
    path = site_packages_of(venv) / "demo_lib-1.0.dist-info/METADATA"
    path.unlink()
    os.mkfifo(path)
    finding = only(examined(venv, deep=True), "MIX009")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "demo-lib")
    assert "FIFO" in told(finding)


def test_a_wheel_edited_in_place(venv: Path, wheels: Path) -> None:
    install(venv, markupsafe(wheels))
    (site_packages_of(venv) / "markupsafe/_native.py").write_text("def escape(s): return 'mine'\n")
    assert not examined(venv).findings
    finding = only(examined(venv, deep=True), "MIX007")
    assert (finding.severity, finding.subject) == (Severity.WARNING, "markupsafe")
    assert "markupsafe/_native.py" in told(finding)


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="conda patients are made for Linux")


@needs_linux
def test_pip_beside_conda_is_silent(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    pip_only(prefix)
    assert not examined(prefix, deep=True).findings


@needs_linux
@pytest.mark.parametrize("style", ["conda", "rattler"])
def test_native_pip_over_conda_in_both_pictures(tmp_path: Path, style: str) -> None:
    user = Package("demo-user", "1.0", "h0_0", {"share/demo-user": b"1"}, ("numpy >=1.23,<3",))
    prefix = make_conda_prefix(tmp_path / "env", style, (*SOUND, "demo-user"), more=(user,), cache=tmp_path / "cache")  # type: ignore[arg-type]
    native_pip_over_conda(prefix)
    finding = only(examined(prefix, deep=True), "MIX001")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "numpy")
    assert finding.summary == "pip installed numpy 2.0.2 over conda's numpy 1.26.3"
    assert "INSTALLER says pip" in told(finding)
    build = record_of(prefix, "numpy").stem.rpartition("-")[2]
    assert steps(finding) == (
        Uninstall("pip", ("numpy",)),
        Install("conda", (f"conda-forge::numpy=1.26.3={build}",), force=True, dependencies=False),
    )
    record = conda_listed(prefix, "numpy")
    finding = only(examined(prefix, deep=True), "MIX012")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "numpy")
    assert ("history says" in told(finding)) == (style == "conda")
    wanted = f"conda-forge::numpy=1.26.3={build}" if style == "conda" else "numpy>=1.23,<3"
    again = steps(finding)[1]
    assert isinstance(again, Install)
    assert again.specs == (wanted,)
    assert not record.exists()


@needs_linux
def test_the_same_version_by_pip_is_a_warning(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    pip_over_conda(prefix, "1.1")
    finding = only(examined(prefix), "MIX001")
    assert (finding.severity, finding.subject) == (Severity.WARNING, "demo-lib")


@needs_linux
def test_conda_put_back_over_pip(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    pip_over_conda(prefix)
    conda_reinstalled(prefix, "demo-lib")
    finding = only(examined(prefix, deep=True), "MIX003")
    assert "conda" in finding.remedies[1].title


@needs_linux
def test_conda_removed_what_pip_had_replaced(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    native_pip_over_conda(prefix)
    make_conda_prefix(prefix, packages=[name for name in SOUND if name != "numpy"])
    finding = only(examined(prefix), "MIX006")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "numpy")
    assert "import numpy succeeds and finds nothing in it" in finding.summary


@needs_linux
def test_a_corrupt_record_and_an_edited_file(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", cache=tmp_path / "cache")
    edited_in_place(prefix, f"{SITE}/demo_lib/__init__.py")
    assert only(examined(prefix, deep=True), "MIX007").subject == "demo-lib"
    path = record_of(prefix, "openssl")
    path.write_text(path.read_text()[:200])
    finding = only(examined(prefix), "MIX009")
    assert (finding.severity, finding.subject) == (Severity.ERROR, "openssl")
    moved, again = steps(finding)
    assert moved == Move((f"conda-meta/{path.name}",))
    assert isinstance(again, Install)
    assert again.specs == (f"conda-forge::openssl=3.4.0={path.stem.rpartition('-')[2]}",)


@needs_linux
def test_two_hdf5_and_two_names(tmp_path: Path, wheels: Path) -> None:
    hdf5 = Package("hdf5", "1.14.3", "h0_0", {"lib/libhdf5.so.310": shared_object()})
    tables = distribution_files("tables", "3.10.1", {"tables/__init__.py": b"", "tables/_ext.so": shared_object()})
    user = Package("pytables", "3.10.1", "h0_1", tables, ("hdf5 >=1.14",))
    bare = Package("msgpack-python", "1.0.8", "h0_2", {f"{SITE}/msgpack.cpython-311.so": shared_object()})
    names = ("python", "pytables", "msgpack-python")
    prefix = make_conda_prefix(tmp_path / "env", packages=names, more=(hdf5, user, bare), cache=tmp_path / "cache")
    assert not examined(prefix, deep=True).findings
    h5py = make_wheel(wheels, "h5py", "3.11.0", {"h5py/__init__.py": "", "h5py/_core.abi3.so": b"\x7fELF"}, tag=NATIVE)
    msgpack = make_wheel(wheels, "msgpack", "1.1.0", {"msgpack/__init__.py": "x = 1\n"})
    install(prefix, h5py, msgpack, by="uv")
    found = {finding.code: finding for finding in examined(prefix, deep=True).findings}
    assert set(found) == {"MIX002", "MIX011"}
    assert (found["MIX002"].subject, found["MIX002"].severity) == ("h5py", Severity.WARNING)
    assert "pytables" in told(found["MIX002"])
    assert found["MIX011"].subject == "msgpack"


@needs_linux
def test_conda_after_pip(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    pip_only(prefix)
    for path in site_packages_of(prefix).glob("demo_extra-*.dist-info"):
        os.utime(path, (1_767_000_000, 1_767_000_000))  # 29 December 2025, before the history's first day
    make_conda_prefix(prefix, packages=(*SOUND, "demo-plain"))
    finding = only(examined(prefix), "MIX008")
    assert (finding.severity, finding.packages) == (Severity.NOTE, ("demo-extra",))
    assert "demo-plain" in told(finding)


@needs_linux
def test_a_project_in_base(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "miniforge3")
    for name in ("envs", "pkgs"):
        (prefix / name).mkdir()
    assert not examined(prefix).findings
    pip_only(prefix)
    make_conda_prefix(prefix, packages=(*SOUND, "demo-plain"))
    found = {finding.code: finding for finding in examined(prefix).findings}["MIX010"]
    assert (found.severity, found.packages) == (Severity.NOTE, ("demo-plain", "demo-extra"))


def test_every_check_of_the_family_has_a_patient() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [check.code for check in checks.load(["MIX"]) if f'"{check.code}"' not in text] == []


def test_uv_records_a_script_whose_place_a_program_of_its_name_took(tmp_path: Path) -> None:
    """It is in the wheel twice, and uv leaves the row of the one that it did not lay down."""
    script = "demo_tool-1.0.data/scripts/demo-tool"
    files = {"demo_tool.py": "def main(): pass\n", script: "#!python\nimport demo_tool\n"}
    points = "[console_scripts]\ndemo-tool = demo_tool:main\n"
    wheel = make_wheel(tmp_path / "wheels", "demo-tool", "1.0", files, entry_points=points)
    prefix = make_venv(tmp_path / "env")
    install(prefix, wheel)
    record = site_packages_of(prefix) / "demo_tool-1.0.dist-info/RECORD"
    assert script in record.read_text(), "else uv has changed, and this shows nothing"
    assert examined(prefix).findings == ()
    (site_packages_of(prefix) / "demo_tool.py").unlink()
    assert only(examined(prefix), "MIX006").severity is Severity.ERROR
