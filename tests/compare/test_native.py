"""Native libraries are told by who loads them, by their real maker, and by who brings them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from doctor.compare.fingerprint import fingerprint_of
from doctor.facts import Alias, Binaries, Binary, Facts, Outside, Search
from doctor.facts.build import distribution, environment, record, site_packages

SITE = site_packages()
UMATH = "numpy/core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so"
LINALG = "numpy/linalg/_umath_linalg.cpython-311-x86_64-linux-gnu.so"
LIB = "/usr/lib/x86_64-linux-gnu"


def native(facts: Facts) -> Mapping[str, Mapping[str, str]]:
    return fingerprint_of(facts).layers["native"].items


def module(path: str, *needed: str, runpath: tuple[str, ...] = ()) -> Binary:
    return Binary(f"{SITE}/{path}", machine="x86_64", needed=needed, runpath=runpath, is_extension=True)


def debian(blas: str, lapack: str) -> Facts:
    """Debian's numpy, whose BLAS and LAPACK are chosen by links."""
    outside = tuple(
        Outside(name, f"{LIB}/{name}", "cache", "x86_64", name, target=f"{LIB}/{where}/{name}.1")
        for name, where in (("libblas.so.3", blas), ("liblapack.so.3", lapack))
    )
    files = (module(UMATH, "libblas.so.3"), module(LINALG, "libblas.so.3", "liblapack.so.3"))
    dist = distribution("numpy", "1.24.2", files=(UMATH, LINALG))
    binaries = Binaries(files, (), outside, Search(libc="glibc", cache=True))
    return environment(distributions=(dist,), binaries=binaries)


@pytest.mark.parametrize(
    ("folder", "vendor", "threading"),
    [
        ("blas", "Netlib's reference", ""),
        ("openblas-pthread", "OpenBLAS", "pthreads"),
        ("openblas-serial", "OpenBLAS", "none"),
        ("blis-openmp", "BLIS", "openmp"),
        ("atlas", "ATLAS", ""),
    ],
)
def test_debian_s_alternatives_are_told_by_their_real_maker(folder: str, vendor: str, threading: str) -> None:
    told = native(debian(folder, "lapack"))
    assert told["BLAS of numpy"]["vendor"] == vendor
    assert told["BLAS of numpy"].get("threading", "") == threading
    assert told["BLAS of numpy"]["from"] == "the system"
    assert told["LAPACK of numpy"] == {"vendor": "Netlib's reference"}
    assert "usr" not in str(told)


def test_lapack_of_the_same_maker() -> None:
    assert native(debian("openblas-pthread", "openblas-pthread"))["LAPACK of numpy"] == {"vendor": "OpenBLAS"}


def test_a_wheel_brings_its_own() -> None:
    own = "numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so"
    binaries = Binaries(
        (
            module(UMATH, own.rpartition("/")[2], runpath=("$ORIGIN/../../numpy.libs",)),
            Binary(
                f"{SITE}/{own}", machine="x86_64", soname=own.rpartition("/")[2], about="OpenBLAS 0.3.23 MAX_THREADS=64"
            ),
        ),
        search=Search(prefixes=("~/demo/.venv",), libc="glibc"),
    )
    dist = distribution("numpy", "1.26.4", files=(UMATH, own))
    told = native(environment(distributions=(dist,), binaries=binaries))["BLAS of numpy"]
    assert (told["vendor"], told["version"], told["from"]) == ("OpenBLAS", "0.3.23", "its own wheel")


def test_conda_s_links_lead_to_the_real_library() -> None:
    real = "lib/libopenblasp-r0.3.27.so"
    binaries = Binaries(
        (
            module(UMATH, "libcblas.so.3", runpath=("$ORIGIN/../../../..",)),
            Binary(real, machine="x86_64", soname="libopenblas.so.0"),
        ),
        (Alias("lib/libcblas.so.3", real),),
        search=Search(prefixes=("~/miniforge3/envs/demo",), libc="glibc"),
    )
    records = (
        record("numpy", "1.26.4", files=(f"{SITE}/{UMATH}",)),
        record("libopenblas", "0.3.27", files=(real, "lib/libcblas.so.3")),
    )
    told = native(environment(kind="conda", records=records, binaries=binaries))["BLAS of numpy"]
    assert told["from"] == "conda package libopenblas"
    assert (told["vendor"], told["version"]) == ("OpenBLAS", "0.3.27")


def test_libraries_of_cuda_are_told_by_the_packages_that_bring_them() -> None:
    cudnn, cudart = "nvidia/cudnn/lib/libcudnn.so.9", "nvidia/cuda_runtime/lib/libcudart.so.12"
    dists = (
        distribution("nvidia-cudnn-cu12", "9.1.0.70", files=(cudnn,)),
        distribution("nvidia-cuda-runtime-cu12", "12.4.127", files=(cudart,)),
        distribution("torch", "2.4.0+cu124", build="cu124"),
    )
    files = tuple(Binary(f"{SITE}/{path}", machine="x86_64") for path in (cudnn, cudart))
    told = native(environment(distributions=dists, binaries=Binaries(files)))
    assert told["cuDNN"] == {"version": "9.1.0.70", "from": "nvidia-cudnn-cu12"}
    assert told["CUDA runtime"] == {"version": "12.4.127", "from": "nvidia-cuda-runtime-cu12"}
    assert told["torch's build"]["for"] == "CUDA 12.4"


def test_libstdcxx_of_the_environment_comes_before_the_system_s() -> None:
    own = Binary(
        "lib/libstdc++.so.6.0.33", machine="x86_64", soname="libstdc++.so.6", offers=("GLIBCXX_3.4.9", "GLIBCXX_3.4.33")
    )
    outside = Outside("libstdc++.so.6", f"{LIB}/libstdc++.so.6", "cache", offers=("GLIBCXX_3.4.30",))
    for files, told in (((own,), "3.4.33"), ((), "3.4.30")):
        facts = environment(binaries=Binaries(files, outside=(outside,)))
        assert native(facts)["libstdc++"]["version"] == told
