"""Which runtimes an environment has and who loads them, over recorded files of several systems; and what follows."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterable
from typing import Any

import pytest

from doctor import checks
from doctor.examine import examine_facts
from doctor.facts import (
    Alias,
    Binaries,
    Binary,
    Distribution,
    Facts,
    Fingerprint,
    Machine,
    Numbers,
    Outside,
    Project,
    Run,
    Search,
    Series,
    Settings,
    Variable,
)
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.fix.managers.operands import specs
from doctor.judgement.numerics import Runtime, numerics_of
from doctor.model import Finding, Install, SetVariable, Severity

SITE = site_packages()
FAMILY = checks.load(["NUM"])


def found(facts: Facts) -> dict[str, Finding]:
    """The findings of the whole family by code; none of its checks may crash."""
    examination = examine_facts(facts, FAMILY)
    assert not examination.crashed
    return {finding.code: finding for finding in examination.findings}


def extension(path: str, *needed: str, runpath: str = "$ORIGIN/../../..", **more: Any) -> Binary:
    filled: dict[str, Any] = {"machine": "x86_64", "runpath": (runpath,) if runpath else (), "is_extension": True}
    return Binary(f"{SITE}/{path}", needed=needed, **(filled | more))


def library(path: str, soname: str = "", *needed: str, **more: Any) -> Binary:
    filled: dict[str, Any] = {"machine": "x86_64", "soname": soname or path.rpartition("/")[2], "needed": needed}
    return Binary(path, **(filled | more))


def wheel(name: str, version: str, files: Iterable[Binary]) -> Distribution:
    return distribution(name, version, files=[file.path.removeprefix(f"{SITE}/") for file in files], pure=False)


def only(facts: Facts, family: str) -> Runtime:
    (runtime,) = (runtime for runtime in numerics_of(facts).runtimes if runtime.family == family)
    return runtime


def test_openblas_tells_its_version_its_threads_and_its_index_numbers() -> None:
    said = "OpenBLAS 0.3.30  USE64BITINT DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64"
    blas = library(f"{SITE}/numpy.libs/libscipy_openblas64_-32a4b2a6.so", about=said)
    umath = extension("numpy/_umath.so", blas.soname, runpath="$ORIGIN/../numpy.libs")
    facts = environment(distributions=(wheel("numpy", "2.3.5", (blas, umath)),), binaries=Binaries((blas, umath)))
    runtime = only(facts, "openblas")
    assert (runtime.title, runtime.threading, runtime.integers) == ("OpenBLAS 0.3.30", "pthreads", 64)
    assert (runtime.owner, runtime.users) == ("numpy", {"numpy": umath.path})
    assert numerics_of(facts).blas_of("numpy") == (runtime,)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("libopenblasp-r0.3.27.so", "0.3.27"),
        ("libopenblas64_p-r0-0cf96a72.3.23.dev.so", "0.3.23"),
        ("libopenblaso-r0-d77a1985.3.15.so", "0.3.15"),
        ("libscipy_openblas-6cdc3b4a.so", ""),
    ],
)
def test_openblas_tells_its_version_by_its_name(name: str, version: str) -> None:
    assert only(environment(binaries=Binaries((library(f"lib/{name}"),))), "openblas").version == version


def test_a_runtime_is_followed_through_all_that_lies_between() -> None:
    gomp, blas = library("lib/libgomp.so.1"), library("lib/libopenblas.so.0", "", "libgomp.so.1", runpath=("$ORIGIN",))
    middle = library("lib/libfaiss.so", "", "libopenblas.so.0", runpath=("$ORIGIN",))
    swig = extension("faiss/_swig.so", "libfaiss.so")
    names = ("libgomp", "libopenblas", "libfaiss", "faiss")
    records = [record(n, "1.0", files=(f.path,)) for n, f in zip(names, (gomp, blas, middle, swig), strict=True)]
    facts = environment(kind="conda", records=records, binaries=Binaries((gomp, blas, middle, swig)))
    assert only(facts, "libgomp").users == {"conda:faiss": swig.path}
    assert only(facts, "openblas").threading == "openmp"


def test_one_file_under_many_names_is_one_runtime() -> None:
    omp = library("lib/libomp.so")
    links = tuple(Alias(f"lib/{name}", omp.path) for name in ("libgomp.so.1", "libiomp5.so"))
    users = [extension(f"{name}/_c.so", wanted) for name, wanted in (("one", "libgomp.so.1"), ("two", "libiomp5.so"))]
    facts = environment(kind="conda", records=(record("a", "1"),), binaries=Binaries((omp, *users), links))
    assert [runtime.family for runtime in numerics_of(facts).runtimes] == ["libomp"]
    assert set(only(facts, "libomp").users) == {"one", "two"}
    assert not found(facts)


def test_the_systems_own_is_told_by_its_real_file() -> None:
    boost = extension("lightgbm/lib_lightgbm.so", "libgomp.so.1", runpath="")
    system = Outside("libgomp.so.1", "/usr/lib/libgomp.so.1", "cache", "x86_64", target="/usr/lib/libgomp.so.1.0.0")
    search = Search(libc="glibc", cache=True)
    runtime = only(environment(binaries=Binaries((boost,), (), (system,), search)), "libgomp")
    assert (runtime.path, runtime.outside) == ("/usr/lib/libgomp.so.1.0.0", True)


def test_torch_of_a_wheel_holds_mkl_and_torch_of_conda_does_not() -> None:
    cpu = library(f"{SITE}/torch/lib/libtorch_cpu.so")
    binding = extension("torch/_C.so", "libtorch_cpu.so", runpath="$ORIGIN/lib")
    both = Binaries((cpu, binding))
    runtime = only(environment(distributions=(wheel("torch", "2.9.1", (cpu, binding)),), binaries=both), "mkl")
    assert (runtime.static, runtime.users) == (True, {"torch": binding.path})
    linked = record("pytorch", "2.9.1", files=(cpu.path, binding.path))
    assert not numerics_of(environment(kind="conda", records=(linked,), binaries=both)).runtimes
    arm = Binaries((cpu._replace(machine="aarch64"), binding._replace(machine="aarch64")))
    assert not numerics_of(environment(binaries=arm)).runtimes


def test_macos_takes_accelerate_of_the_system() -> None:
    framework = "/System/Library/Frameworks/Accelerate.framework/Versions/A/Accelerate"
    umath = extension("numpy/_umath.so", framework, runpath="", kind="macho", machine="arm64")
    facts = environment(binaries=Binaries((umath,)), identity={"system": "macos", "architecture": "arm64"})
    assert only(facts, "accelerate").path == framework


def test_windows_takes_the_copy_of_the_same_package() -> None:
    def pair(name: str) -> tuple[Binary, Binary]:
        dll = library(f"{SITE}/{name}/.libs/vcomp140.dll", kind="pe", machine="AMD64")
        code = extension(f"{name}/core/_c.pyd", "VCOMP140.DLL", runpath="", kind="pe", machine="AMD64")
        return dll, code

    one, two = pair("first"), pair("second")
    facts = environment(
        distributions=(wheel("first", "1.0", one), wheel("second", "1.0", two)),
        binaries=Binaries((*one, *two)),
        identity={"system": "windows", "architecture": "AMD64"},
    )
    assert [set(runtime.users) for runtime in numerics_of(facts).used("openmp")] == [{"first"}, {"second"}]
    assert not found(facts)


def test_conda_says_what_it_chose() -> None:
    records = (
        record("libblas", "3.9.0", "37_h4a7cf45_openblas"),
        record("_openmp_mutex", "4.5", "3_kmp_llvm"),
        record("blas", "1.0", "mkl"),
    )
    chosen = numerics_of(environment(kind="conda", records=records)).chosen
    assert [(found.kind, found.family) for found in chosen] == [
        ("blas", "openblas"),
        ("openmp", "libomp"),
        ("blas", "mkl"),
    ]


def mkl_beside_openblas(channel: str) -> Facts:
    mkl, blas = library("lib/libmkl_rt.so.2"), library("lib/libopenblas.so.0")
    umath, fblas = extension("numpy/_umath.so", "libmkl_rt.so.2"), extension("scipy/_fblas.so", "libopenblas.so.0")
    named = {"mkl": mkl, "openblas": blas, "numpy": umath, "scipy": fblas}
    records = [record(name, "1.0", channel=channel, files=(file.path,)) for name, file in named.items()]
    return environment(kind="conda", records=records, binaries=Binaries(tuple(named.values())))


@pytest.mark.parametrize(
    ("channel", "wanted"),
    [
        ("conda-forge", {("libblas=*=*openblas",), ("libblas=*=*mkl",)}),
        ("pkgs/main", {("nomkl", "numpy=1.0", "scipy=1.0"), ("blas=*=mkl", "numpy=1.0", "scipy=1.0")}),
    ],
)
def test_one_blas_for_all_as_the_channel_offers_it(channel: str, wanted: set[tuple[str, ...]]) -> None:
    finding = found(mkl_beside_openblas(channel))["NUM002"]
    installs = [step for remedy in finding.remedies for step in remedy.steps if isinstance(step, Install)]
    assert {step.specs for step in installs} == wanted
    assert all(step.channels == (channel,) for step in installs)
    assert all(list(step.specs) == specs(step.specs) for step in installs), "conda can be given them"


def test_clashing_openmp_goes_where_mkl_is_told_to_take_gnus() -> None:
    rt, iomp, omp = library("lib/libmkl_rt.so.2"), library("lib/libiomp5.so"), library("lib/libomp.so")
    users = extension("numpy/_umath.so", "libmkl_rt.so.2"), extension("fast/_fast.so", "libomp.so")
    facts = environment(kind="conda", records=(record("mkl", "1"),), binaries=Binaries((rt, iomp, omp, *users)))
    finding = found(facts)["NUM001"]
    assert finding.severity is Severity.ERROR
    (step,) = finding.remedies[0].steps
    assert isinstance(step, SetVariable)
    settings = Settings(activation=(Variable(step.name, step.value, "conda-meta/state"),))
    assert "NUM001" not in found(facts._replace(settings=settings))
    direct = extension("slow/_slow.so", "libiomp5.so")
    asked = facts._replace(binaries=facts.binaries._replace(files=(*facts.binaries.files, direct)))
    assert "NUM001" in found(asked._replace(settings=settings)), "another package asks for Intel's itself"
    assert not any(isinstance(s, SetVariable) for r in found(asked)["NUM001"].remedies for s in r.steps)


def test_no_pair_clashes_within_one_package() -> None:
    omp, iomp = library(f"{SITE}/big/libomp.so"), library(f"{SITE}/big/libiomp5.so")
    big = extension("big/_big.so", "libomp.so", "libiomp5.so", runpath="$ORIGIN")
    assert not found(
        environment(distributions=(wheel("big", "1.0", (omp, iomp, big)),), binaries=Binaries((omp, iomp, big)))
    )


@pytest.mark.parametrize(
    ("cores", "quota", "variables", "wanted"),
    [
        (16, 0.0, {"OMP_NUM_THREADS": "32"}, {"OMP_NUM_THREADS": "16"}),
        (64, 3.5, {}, {"OMP_NUM_THREADS": "4"}),
        (64, 0.5, {}, {"OMP_NUM_THREADS": "1"}),
        (64, 4.0, {"OPENBLAS_NUM_THREADS": "8"}, {"OPENBLAS_NUM_THREADS": "4"}),
        (64, 4.0, {"MKL_NUM_THREADS": "4"}, {"OMP_NUM_THREADS": "4"}),
        (64, 4.0, {"OPENBLAS_NUM_THREADS": "4"}, {}),
        (8, 0.0, {"OMP_NUM_THREADS": "8"}, {}),
        (8, 0.0, {"MKL_NUM_THREADS": "64"}, {}),
        (0, 0.0, {"OMP_NUM_THREADS": "64"}, {}),
    ],
)
def test_threads_fit_the_processors(
    cores: int, quota: float, variables: dict[str, str], wanted: dict[str, str]
) -> None:
    blas = library(f"{SITE}/numpy.libs/libscipy_openblas64_-32a4b2a6.so")
    umath = extension("numpy/_umath.so", blas.soname, runpath="$ORIGIN/../numpy.libs")
    facts = environment(
        distributions=(wheel("numpy", "2.3.5", (blas, umath)),),
        binaries=Binaries((blas, umath)),
        machine=Machine(cores=cores, quota=quota),
        settings=Settings(variables=tuple(Variable(name, value) for name, value in variables.items())),
    )
    finding = found(facts).get("NUM004")
    steps = finding.remedies[0].steps if finding else ()
    assert {step.name: step.value for step in steps if isinstance(step, SetVariable)} == wanted


def test_what_is_no_number_in_one_run_outweighs_rounding_in_the_other() -> None:
    """Its distance is told as 0, which must not pass for a small one."""

    def told(*values: float) -> Series:
        data = struct.pack(f"<{len(values)}d", *values)
        return Series("numpy.sum.float64", "values", "float64", base64.b64encode(data).decode())

    def numbers(alone: Series, usual: Series) -> Numbers:
        return Numbers(True, runs=(Run("one-thread", series=(alone,)), Run("as-configured", series=(usual,))), probe=1)

    team = Fingerprint(numbers=numbers(told(1.0), told(1.0)))
    project = Project(True, "~/demo", baseline=team, baseline_path=".envdoctor/baseline.json")
    here = environment(project=project)
    ours = numbers(told(math.nextafter(1.0, 2)), told(math.nan))
    finding = found(here._replace(live=here.live._replace(numbers=ours)))["NUM005"]
    assert (finding.severity, "beyond rounding" in finding.summary) == (Severity.WARNING, True)
