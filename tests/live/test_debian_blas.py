"""Debian's numpy with the BLAS of three makers, chosen as its alternatives choose: the maker is named as the cause."""

from __future__ import annotations

import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import pytest

from doctor.compare.causes import causes
from doctor.compare.numbers import compare_numbers
from doctor.facts import Numbers
from tests.live.numeric import computed, fingerprint, request_of
from tests.patients.venvs import make_venv

_PACKAGES = ("python3-numpy", "libblas3", "liblapack3", "libopenblas0-pthread", "libblis4-pthread")
_BELOW = ("libgfortran5", "libquadmath0", "libgomp1")
_FOLDERS = {"netlib": ("blas", "lapack"), "openblas": ("openblas-pthread",), "blis": ("blis-pthread", "lapack")}
_TITLES = {"netlib": "the reference BLAS", "openblas": "OpenBLAS", "blis": "BLIS"}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Numbers]:
    """The numbers with each of them; packages are unpacked and not installed."""
    folder = tmp_path_factory.mktemp("debian")
    if not shutil.which("apt-get") or not shutil.which("dpkg") or not Path("/usr/bin/python3").exists():
        pytest.skip("this is no Debian with a Python")
    done = subprocess.run(
        ["apt-get", "download", *_PACKAGES, *_BELOW], cwd=folder, capture_output=True, check=False, timeout=300
    )
    if done.returncode:
        pytest.skip("Debian's packages cannot be downloaded")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder / "root")], check=True, timeout=60)
    prefix = make_venv(folder / "env", by="venv", python="/usr/bin/python3")
    (site,) = prefix.glob("lib/python3*/site-packages")
    shutil.copytree(folder / "root/usr/lib/python3/dist-packages", site, dirs_exist_ok=True)
    (libraries,) = (folder / "root/usr/lib").glob("*-linux-gnu")
    return {
        maker: computed(request_of(prefix, LD_LIBRARY_PATH=":".join(str(libraries / name) for name in (*names, "."))))
        for maker, names in _FOLDERS.items()
    }


@pytest.mark.network
@pytest.mark.parametrize(("one", "other"), tuple(combinations(_FOLDERS, 2)))
def test_the_maker_of_the_blas_is_the_cause(one: str, other: str, numbers: dict[str, Numbers]) -> None:
    first, second = numbers[one], numbers[other]
    assert [library.name for library in first.libraries] == ["numpy", one]
    told = compare_numbers(first, second)
    differing = {found.series: found for found in told if found.verdict != "identical"}
    assert {"numpy.matmul.float32", "numpy.solve.float64", "numpy.descent.float32"} <= differing.keys()
    assert not {name for name in differing if name.startswith(("math.", "numpy.exp", "numpy.argsort", "numpy.sum"))}
    assert {found.verdict for found in differing.values()} == {"rounding", "iterations"}
    (cause,) = causes(told, fingerprint(first), fingerprint(second))
    assert (cause.certainty, cause.kind) == ("hypothesis", "blas")
    assert cause.said.startswith(f"numpy takes its BLAS from {_TITLES[one]}")
    assert f"and from {_TITLES[other]}" in cause.said
    assert set(cause.series) == differing.keys()
