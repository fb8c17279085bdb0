"""Clashing OpenMP, mixed BLAS, too many threads and misnamed distributions are repaired, proven and taken back."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import Package, distribution_files
from tests.patients.conda_command import make_conda_command
from tests.patients.elf import make_library
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")
ABOVE = "$ORIGIN/../../.."  #: of an extension module in site-packages/NAME: the environment's lib

pytestmark = pytest.mark.skipif(not PLATFORM.startswith("linux_"), reason="libraries are written as Linux has them")


def library(ward: Ward, soname: str, *needed: str, runpath: str = "") -> bytes:
    """A library that has no code, for the machine that runs the test."""
    path = make_library(
        ward.folder / "made" / (soname or "module"), soname=soname, needed=needed, runpath=runpath, machine=PLATFORM[6:]
    )
    return path.read_bytes()


def code(ward: Ward, name: str, *needed: str, runpath: str = ABOVE) -> dict[str, bytes]:
    """A package with one extension module."""
    return {f"{name}/__init__.py": b"", f"{name}/_{name}.abi3.so": library(ward, "", *needed, runpath=runpath)}


def by_conda(ward: Ward, name: str, version: str, *needed: str, depends: tuple[str, ...] = ()) -> Package:
    files = distribution_files(name, version, code(ward, name, *needed))
    return Package(name, version, "h0_0", files, ("python", *depends))


def prefix_of(ward: Ward, *wanted: str, more: tuple[Package, ...]) -> Path:
    """An environment below a conda that can change it, out of the test's own channel."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, more=more, cache=cache)
    ward.offline = False
    prefix = ward.home / "miniforge3" / "envs" / "work"
    prefix.parent.mkdir(parents=True, exist_ok=True)
    return make_conda_prefix(prefix, packages=("python", *wanted), more=more, cache=cache)


def intel(ward: Ward) -> tuple[Package, ...]:
    """MKL with its OpenMP, and a numpy that is linked against it."""
    return (
        Package("mkl", "2024.2.0", "h0_0", {"lib/libmkl_rt.so.2": library(ward, "libmkl_rt.so.2")}, ("intel-openmp",)),
        Package("intel-openmp", "2024.2.0", "h0_0", {"lib/libiomp5.so": library(ward, "libiomp5.so")}),
        by_conda(ward, "numpy", "1.26.4", "libmkl_rt.so.2", depends=("mkl",)),
    )


def test_mkl_takes_gnus_openmp(ward: Ward) -> None:
    llvm = Package("llvm-openmp", "18.1.8", "h0_0", {"lib/libomp.so": library(ward, "libomp.so")})
    more = (*intel(ward), llvm, by_conda(ward, "fast", "1.0", "libomp.so", depends=("llvm-openmp",)))
    prefix = prefix_of(ward, "numpy", "fast", more=more)
    done = ward.repair(prefix, "NUM001", "libiomp+libomp", "Have MKL use GNU's OpenMP")
    assert done.after.facts.settings.variable("MKL_THREADING_LAYER") is not None


def test_a_wheel_with_an_openmp_of_its_own_gives_way_to_condas_package(ward: Ward) -> None:
    llvm = Package("llvm-openmp", "18.1.8", "h0_0", {"lib/libomp.so": library(ward, "libomp.so")})
    fast, quick = (by_conda(ward, name, "1.0", "libomp.so", depends=("llvm-openmp",)) for name in ("fast", "quick"))
    prefix = prefix_of(ward, "fast", more=(llvm, fast, quick))
    own = {"quick.libs/libomp-1a2b3c4d.so": library(ward, "libomp-1a2b3c4d.so")}
    files = code(ward, "quick", "libomp-1a2b3c4d.so", runpath="$ORIGIN/../quick.libs") | own
    install(prefix, make_wheel(ward.wheels, "quick", "1.0", files, tag=f"py3-none-{PLATFORM}"))
    done = ward.repair(prefix, "NUM001", "libomp", "Take quick 1.0 from conda-forge instead")
    assert done.after.facts.conda.record("quick") is not None
    assert [dist.installer for dist in done.after.facts.distributions.installed if dist.key == "quick"] == ["conda"]


def test_a_scipy_with_another_blas_gives_way_to_condas(ward: Ward) -> None:
    more = (*intel(ward), by_conda(ward, "scipy", "1.14.1", "libmkl_rt.so.2", depends=("mkl",)))
    prefix = prefix_of(ward, "numpy", more=more)
    own = {"scipy.libs/libscipy_openblas-6cdc3b4a.so": library(ward, "libscipy_openblas-6cdc3b4a.so")}
    files = code(ward, "scipy", "libscipy_openblas-6cdc3b4a.so", runpath="$ORIGIN/../scipy.libs") | own
    install(prefix, make_wheel(ward.wheels, "scipy", "1.14.1", files, tag=f"py3-none-{PLATFORM}"))
    assert "MIX002" not in {finding.code for finding in ward.examine(prefix).findings}, "one cause, one finding"
    done = ward.repair(prefix, "NUM002", "numpy+scipy")
    assert done.after.facts.conda.record("scipy") is not None


def test_too_many_threads_are_lowered_for_this_environment(ward: Ward) -> None:
    prefix = make_venv(ward.folder / "env", by="venv")
    own = {"numpy.libs/libscipy_openblas64_-32a4b2a6.so": library(ward, "libscipy_openblas64_-32a4b2a6.so")}
    files = code(ward, "numpy", "libscipy_openblas64_-32a4b2a6.so", runpath="$ORIGIN/../numpy.libs") | own
    install(prefix, make_wheel(ward.wheels, "numpy", "2.3.5", files, tag=f"py3-none-{PLATFORM}"))
    ward.more = {"OMP_NUM_THREADS": "99999"}
    done = ward.repair(prefix, "NUM004", "OMP_NUM_THREADS")
    variable = done.after.facts.settings.variable("OMP_NUM_THREADS")
    assert variable is not None
    assert int(variable.value) <= done.after.facts.machine.cores


def test_the_distribution_that_is_meant_takes_the_place_of_its_namesake(ward: Ward) -> None:
    prefix = make_venv(ward.folder / "env", by="venv")
    install(prefix, make_wheel(ward.wheels, "serial", "0.0.97", {"serial/__init__.py": ""}))
    make_wheel(ward.wheels, "pyserial", "3.5", {"serial/__init__.py": "class Serial: ...\n"})
    ward.project = ward.folder / "project"
    ward.project.mkdir()
    (ward.project / "port.py").write_text("import serial\n\nserial.Serial('/dev/ttyUSB0')\n")
    done = ward.repair(prefix, "DEP004", "serial")
    keys = {dist.key for dist in done.after.facts.distributions.installed}
    assert "pyserial" in keys
    assert "serial" not in keys
