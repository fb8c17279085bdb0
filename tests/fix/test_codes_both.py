"""Environments that conda and pip share: one tool's copy for another's, records and wrong versions, proven, undone."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import SITE, Package, distribution_files, shared_object
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import pip_only
from tests.patients.venvs import install
from tests.patients.wheels import make_wheel

PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")
NEEDS_PYTHON = ("python",)


def conda(ward: Ward, *packages: str, more: tuple[Package, ...] = (), base: bool = False) -> Path:
    """An environment in a conda below the home folder, and the conda that looks after it."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, more=more, cache=cache)
    prefix = ward.home / "miniforge3" / ("" if base else "envs/work")
    prefix.parent.mkdir(parents=True, exist_ok=True)
    ward.offline = False  # packages are fetched, from the test's own channel
    return make_conda_prefix(prefix, packages=("python", *packages), more=more, cache=cache)


def extension(name: str) -> dict[str, bytes]:
    return {f"{name}/__init__.py": b"", f"{name}/_{name}.abi3.so": shared_object()}


def compiled(name: str, version: str, needs: str) -> Package:
    """A Python package of conda's with compiled code that loads a library."""
    return Package(name, version, "h0_0", distribution_files(name, version, extension(name)), (*NEEDS_PYTHON, needs))


def test_compiled_code_of_pip_that_does_not_share_condas_library(ward: Ward) -> None:
    library = Package("hdf5", "1.14.3", "h0_0", {"lib/libhdf5.so.310": shared_object()})
    more = (library, compiled("netcdf4", "1.7.1", "hdf5"), compiled("h5py", "3.11.0", "hdf5"))
    prefix = conda(ward, "netcdf4", more=more)
    wheel = make_wheel(ward.wheels, "h5py", "3.11.0", extension("h5py"), tag=f"py3-none-{PLATFORM}")
    install(prefix, wheel)
    done = ward.repair(prefix, "MIX002", "h5py")
    there = {record.name: record.version for record in done.after.facts.conda.records}
    assert there["h5py"] == "3.11.0"
    (dist,) = (dist for dist in done.after.facts.distributions.installed if dist.key == "h5py")
    assert dist.installer == "conda"


@pytest.mark.parametrize("keep", ["Keep conda's", "Keep pip's"])
def test_one_package_under_two_names(ward: Ward, keep: str) -> None:
    files = {f"{SITE}/cv2.abi3.so": shared_object()}
    prefix = conda(ward, "py-opencv", more=(Package("py-opencv", "4.9.0", "h0_0", files, NEEDS_PYTHON),))
    install(prefix, make_wheel(ward.wheels, "opencv-python", "4.10.0.84", {"cv2/__init__.py": "", "cv2/core.py": ""}))
    done = ward.repair(prefix, "MIX011", "opencv-python", keep)
    by_conda = {record.name for record in done.after.facts.conda.records}
    by_pip = {dist.key for dist in done.after.facts.distributions.installed}
    assert ("py-opencv" in by_conda, "opencv-python" in by_pip) == (keep == "Keep conda's", keep == "Keep pip's")


ASKERS = (
    Package("asker", "1.0", "h0_0", {"share/asker": b"1"}, ("demo-lib 1.0.*",)),
    Package("asker", "2.0", "h0_0", {"share/asker": b"2"}, ("demo-lib >=1.1",)),
)


@pytest.mark.parametrize(
    ("title", "versions"), [("the version of demo-lib", ("2.0", "1.1")), ("builds of asker", ("1.0", "1.0"))]
)
def test_a_conda_package_of_another_version_than_is_needed(ward: Ward, title: str, versions: tuple[str, str]) -> None:
    prefix = conda(ward, "asker=2.0", more=ASKERS)
    command = [str(ward.tools / "conda"), "install", "--prefix", str(prefix), "--no-deps", "--yes", "demo-lib=1.0"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    done = ward.repair(prefix, "DEP003", "demo-lib", title)
    there = {record.name: record.version for record in done.after.facts.conda.records}
    assert (there["asker"], there["demo-lib"]) == versions


def test_conda_after_pip_is_written_down(ward: Ward) -> None:
    prefix = conda(ward, "numpy")
    pip_only(prefix)
    for path in (prefix / SITE).glob("demo_extra*"):
        for below in (*path.glob("*"), path):
            os.utime(below, (1_700_000_000, 1_700_000_000))
    make_conda_prefix(prefix, packages=("python", "numpy", "openssl"), cache=ward.folder / "cache")
    done = ward.repair(prefix, "MIX008", "pip packages", ending="done")
    both = "\n".join(done.written.values())
    assert "demo-extra==0.1" in both
    assert "numpy-1.26.3" in both


def test_projects_in_base_are_written_down(ward: Ward) -> None:
    prefix = conda(ward, "numpy", base=True)
    for name in ("envs", "pkgs"):
        (prefix / name).mkdir()
    make_conda_prefix(prefix, packages=("python", "numpy", "demo-tool"), cache=ward.folder / "cache")
    done = ward.repair(prefix, "MIX010", "base", ending="done")
    assert any("demo-tool" in text for text in done.written.values())


def test_channels_that_disagree_are_written_down(ward: Ward) -> None:
    ward.project = ward.folder / "project"
    ward.project.mkdir()
    text = "name: work\nchannels:\n  - bioconda\ndependencies:\n  - numpy\n"
    (ward.project / "environment.yml").write_text(text)
    done = ward.repair(conda(ward, "numpy"), "CHN004", "environment.yml", "Write down")
    assert "conda-forge" in "".join(done.written.values())
    assert (ward.project / "environment.yml").read_text() == text, "what the project says is never written over"
