"""Broken environments of the usual kinds are repaired to the same versions; nothing is upgraded on the way.

Other tools that repair delete both copies, upgrade what they should restore, or say that all is well.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import native_pip_over_conda
from tests.patients.examined import SITE
from tests.patients.venvs import install, make_venv, uninstall
from tests.patients.wheels import make_wheel


def versions(ward: Ward, prefix: Path) -> set[tuple[str, str]]:
    facts = ward.examine(prefix).facts
    installed = {(dist.key, dist.version) for dist in facts.distributions.installed if dist.version}
    return installed | {(f"conda {record.name}", f"{record.version} {record.build}") for record in facts.conda.records}


def filled(ward: Ward) -> Path:
    """numpy with its library, markupsafe with its accelerator, both forms of OpenCV; newer releases are at hand."""
    prefix = make_venv(ward.folder / "env")
    library: dict[str, bytes | str] = {
        "numpy/__init__.py": "from numpy import core\n",
        "numpy/core.cpython-311-x86_64-linux-gnu.so": b"\x7fELF" + bytes(60),
        "numpy.libs/libopenblas64_p.so": b"\x7fELF" + bytes(90),
    }
    quick: dict[str, bytes | str] = {"markupsafe/__init__.py": "", "markupsafe/_speedups.so": b"\x7fELF" + bytes(30)}
    for version in ("1.26.4", "2.4.0"):
        make_wheel(ward.wheels, "numpy", version, library)
    for version in ("2.1.5", "3.0.3"):
        make_wheel(ward.wheels, "MarkupSafe", version, quick)
    for name in ("opencv-python", "opencv-python-headless"):
        for version in ("4.10.0.84", "4.13.0.90"):
            make_wheel(ward.wheels, name, version, {"cv2/__init__.py": f"# {version}\n", "cv2/cv2.abi3.so": name})
    install(prefix, ward.wheels / "numpy-1.26.4-py3-none-any.whl")
    install(prefix, ward.wheels / "MarkupSafe-2.1.5-py3-none-any.whl")
    return prefix


def test_two_dist_info_of_one_package(ward: Ward) -> None:
    prefix = make_venv(ward.folder / "env")
    old = make_wheel(ward.wheels, "numpy", "1.25.2", {"numpy/__init__.py": "old = 1\n", "numpy/core.py": "old = 1\n"})
    new = make_wheel(ward.wheels, "numpy", "1.26.4", {"numpy/__init__.py": "new = 1\n", "numpy/core.py": "new = 1\n"})
    make_wheel(ward.wheels, "numpy", "2.4.0", {"numpy/__init__.py": "newest = 1\n"})
    install(prefix, old)
    shutil.copytree(prefix / SITE / "numpy-1.25.2.dist-info", ward.folder / "kept")
    install(prefix, new)
    shutil.copytree(ward.folder / "kept", prefix / SITE / "numpy-1.25.2.dist-info")
    after = ward.repair(prefix, "MIX003", "numpy").after
    assert [d.version for d in after.facts.distributions.installed if d.key == "numpy"] == ["1.26.4"]


def test_what_a_killed_pip_left(ward: Ward) -> None:
    prefix = filled(ward)
    shutil.copytree(prefix / SITE / "numpy", prefix / SITE / "~umpy")
    before = versions(ward, prefix)
    ward.repair(prefix, "MIX004", "~umpy")
    assert versions(ward, prefix) == before


def test_one_of_two_twins_was_removed(ward: Ward) -> None:
    """import cv2 even succeeds, as an empty namespace."""
    prefix = filled(ward)
    install(prefix, ward.wheels / "opencv_python-4.10.0.84-py3-none-any.whl")
    install(prefix, ward.wheels / "opencv_python_headless-4.10.0.84-py3-none-any.whl")
    uninstall(prefix, "opencv-python-headless")
    assert not (prefix / SITE / "cv2/__init__.py").exists()
    repaired = ward.repair(prefix, "MIX006", "opencv-python")
    assert {d.version for d in repaired.after.facts.distributions.installed if d.key == "opencv-python"} == {
        "4.10.0.84"
    }


def test_deleted_modules_and_accelerators(ward: Ward) -> None:
    prefix = filled(ward)
    before = versions(ward, prefix)
    (prefix / SITE / "markupsafe/_speedups.so").unlink()
    (prefix / SITE / "numpy/__init__.py").unlink()
    for subject in ("markupsafe", "numpy"):
        after = ward.repair(prefix, "MIX006", subject).after
        kept = {(dist.key, dist.version) for dist in after.facts.distributions.installed}
        assert kept == {item for item in before if not item[0].startswith("conda ")}


def test_a_deleted_blas_library(ward: Ward) -> None:
    prefix = filled(ward)
    (prefix / SITE / "numpy.libs/libopenblas64_p.so").unlink()
    after = ward.repair(prefix, "MIX006", "numpy").after
    assert ("numpy", "1.26.4") in {(dist.key, dist.version) for dist in after.facts.distributions.installed}


def test_start_up_files_to_nowhere_and_with_code(ward: Ward) -> None:
    prefix = filled(ward)
    before = versions(ward, prefix)
    (prefix / SITE / "gone.pth").write_text(f"{ward.folder}/nowhere\n")
    (prefix / SITE / "agent.pth").write_text("import sys; sys.flags  # of nobody\n")
    ward.repair(prefix, "PYT009", f"{SITE}/gone.pth")
    ward.repair(prefix, "SEC001", f"{SITE}/agent.pth")
    assert versions(ward, prefix) == before


def test_pip_over_conda(ward: Ward) -> None:
    prefix = make_conda_prefix(ward.folder / "env")
    before = versions(ward, prefix)
    make_conda_command(ward.tools)
    native_pip_over_conda(prefix)
    after = ward.repair(prefix, "MIX001", "numpy", "Keep conda's").after
    installed = {(dist.key, dist.version) for dist in after.facts.distributions.installed}
    records = {(f"conda {record.name}", f"{record.version} {record.build}") for record in after.facts.conda.records}
    assert installed | records == before
