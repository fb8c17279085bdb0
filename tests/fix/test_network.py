"""Real packages of the package index, broken as they break in life, repaired to the same versions and taken back.

Run with: pytest -m network tests/fix/test_network.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version
from uv import find_uv_bin

from tests.fix.trees import differences, picture
from tests.fix.ward import Repaired, Ward
from tests.patients.venvs import make_venv, python_of, site_packages_of, uninstall

pytestmark = pytest.mark.network

OPENCV = "4.10.0.84"


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What uv and pip keep of downloads, for all tests of one run."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def online(ward: Ward, caches: Path, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """A ward whose package managers reach the package index with no settings but the machine's certificates."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_")) and name != "PIP_CERT"]:
        monkeypatch.delenv(name)
    told = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CACHE_DIR": str(caches / "pip"),
        "UV_CACHE_DIR": str(caches / "uv"),
        "UV_NO_CONFIG": "1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    ward.more = told
    ward.offline = False
    return ward


def filled(ward: Ward, *specs: str, name: str = "env") -> Path:
    """An environment into which uv has linked these releases from its cache."""
    prefix = make_venv(ward.folder / name)
    add(prefix, *specs)
    return prefix


def add(prefix: Path, *specs: str) -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", str(python_of(prefix)), *specs]
    subprocess.run(command, check=True, timeout=300)


def installed(repaired: Repaired) -> dict[str, str]:
    return {dist.key: dist.version for dist in repaired.after.facts.distributions.installed if dist.version}


def imports(prefix: Path, text: str) -> str:
    """What a line of Python prints there; only tests start it."""
    done = subprocess.run([python_of(prefix), "-I", "-c", text], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def versions(ward: Ward, prefix: Path) -> dict[str, str]:
    return {dist.key: dist.version for dist in ward.examine(prefix).facts.distributions.installed if dist.version}


def pandas_of_numpy_1_beside_numpy_2(ward: Ward) -> Path:
    prefix = filled(ward, "pandas==2.1.4", "numpy==1.26.4")
    add(prefix, "--no-deps", "numpy==2.2.6")
    return prefix


def test_numpy_that_pandas_accepts(online: Ward, installer: str) -> None:
    prefix = pandas_of_numpy_1_beside_numpy_2(online)
    before = versions(online, prefix)
    repaired = online.repair(prefix, "DEP001", "pandas: numpy", "which pandas accepts")
    assert installed(repaired) == before | {"numpy": "1.26.4"}
    (change,) = repaired.plan.changes
    assert (change.name, change.before, change.after, change.major) == ("numpy", "2.2.6", "1.26.4", True)
    assert repaired.plan.download == pytest.approx(18_000_000, rel=0.1)


def test_a_newer_pandas_that_accepts_numpy(online: Ward) -> None:
    prefix = pandas_of_numpy_1_beside_numpy_2(online)
    before = versions(online, prefix)
    after = installed(online.repair(prefix, "DEP001", "pandas: numpy", "Look for a newer pandas"))
    assert Version(after.pop("pandas")) > Version("2.2")
    assert after == {key: before[key] for key in after}, "numpy and all else stay"


def test_two_dist_info_of_numpy(online: Ward, installer: str) -> None:
    prefix = filled(online, "numpy==1.26.3")
    site = site_packages_of(prefix)
    shutil.copytree(site / "numpy-1.26.3.dist-info", online.folder / "kept")
    add(prefix, "numpy==1.26.4")
    shutil.copytree(online.folder / "kept", site / "numpy-1.26.3.dist-info")
    assert installed(online.repair(prefix, "MIX003", "numpy")) == {"numpy": "1.26.4"}


def test_what_a_killed_pip_left(online: Ward) -> None:
    prefix = filled(online, "numpy==1.26.4")
    site = site_packages_of(prefix)
    shutil.copytree(site / "numpy", site / "~umpy")
    assert installed(online.repair(prefix, "MIX004", "~umpy")) == {"numpy": "1.26.4"}


def test_one_of_two_opencvs_was_removed(online: Ward, installer: str) -> None:
    """import cv2 even succeeds, as an empty namespace."""
    prefix = filled(online, "numpy==1.26.4", f"opencv-python=={OPENCV}")
    add(prefix, f"opencv-python-headless=={OPENCV}")
    uninstall(prefix, "opencv-python-headless")
    assert imports(prefix, "import cv2; print(cv2.__file__)") == "None"
    repaired = online.repair(prefix, "MIX006", "opencv-python")
    assert installed(repaired) == {"numpy": "1.26.4", "opencv-python": OPENCV}


def test_deleted_modules_and_accelerators(online: Ward, installer: str) -> None:
    """markupsafe still imports, slowly and without a word."""
    prefix = filled(online, "markupsafe==2.1.5", "requests==2.31.0", "urllib3==2.2.1")
    before = versions(online, prefix)
    site = site_packages_of(prefix)
    (speedups,) = site.glob("markupsafe/_speedups*.so")
    speedups.unlink()
    (site / "requests/models.py").unlink()
    for subject in ("markupsafe", "requests"):
        assert installed(online.repair(prefix, "MIX006", subject)) == before


def test_start_up_files(online: Ward) -> None:
    prefix = filled(online, "markupsafe==2.1.5")
    site = site_packages_of(prefix)
    (site / "gone.pth").write_text(f"{online.folder}/nowhere\n")
    (site / "agent.pth").write_text("import sys; sys.flags  # of nobody\n")
    below = site.relative_to(prefix).as_posix()
    online.repair(prefix, "PYT009", f"{below}/gone.pth")
    assert installed(online.repair(prefix, "SEC001", f"{below}/agent.pth")) == {"markupsafe": "2.1.5"}


def test_a_deleted_blas_library(online: Ward, installer: str) -> None:
    """Nothing of the cache that it was linked from changes."""
    prefix = filled(online, "scikit-learn==1.4.2", "scipy==1.12.0", "numpy==1.26.4")
    before = versions(online, prefix)
    (library,) = site_packages_of(prefix).glob("numpy.libs/libopenblas*")
    library.unlink()
    kept = picture(Path(os.environ["UV_CACHE_DIR"]) / "archive-v0")
    repaired = online.repair(prefix, "MIX006", "numpy")
    assert installed(repaired) == before
    after = picture(Path(os.environ["UV_CACHE_DIR"]) / "archive-v0")
    assert [line for line in differences(kept, {path: after[path] for path in kept}) if ".:" not in line] == []


def test_a_package_that_comes_from_the_users_own_folder(online: Ward, installer: str) -> None:
    """The copy that is imported is had by the environment itself, and the user's folder is left alone."""
    prefix = make_venv(online.folder / "env", system_site=True)
    add(prefix, "--no-deps", "jsonpath-ng==1.6.1")
    theirs = online.home / ".local/lib" / site_packages_of(prefix).parent.name / "site-packages"
    add(prefix, "--target", str(theirs), "ply==3.11")
    repaired = online.repair(prefix, "PYT001", "ply", "Install ply 3.11 here")
    own = [dist for dist in repaired.after.facts.distributions.installed if dist.site.startswith("lib/")]
    assert {dist.key: dist.version for dist in own} == {"jsonpath-ng": "1.6.1", "ply": "3.11"}
