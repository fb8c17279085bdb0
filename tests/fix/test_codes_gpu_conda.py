"""Builds of conda's are exchanged for those that the GPU runs, and what pip laid beside them, proven and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fix.gpus import (
    H100,
    L4,
    Recorded,
    built_for,
    foreign_cublas,
    framework_wheel,
    no_settings,
    own_cublas,
    record_gpu,
    torch_with_nccl,
)
from tests.fix.ward import Repaired, Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import Package, distribution_files
from tests.patients.conda_command import make_conda_command
from tests.patients.venvs import install


@pytest.fixture(autouse=True)
def own_settings(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's."""
    no_settings(ward, monkeypatch)


def conda(ward: Ward, *packages: str, more: tuple[Package, ...] = ()) -> Path:
    """An environment in a conda below the home folder, and the conda that looks after it."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, more=more, cache=cache)
    prefix = ward.home / "miniforge3/envs/work"
    prefix.parent.mkdir(parents=True)
    ward.offline = False  # packages are fetched, from the test's own channel
    return make_conda_prefix(prefix, packages=("python", *packages), more=more, cache=cache)


def cuda_version(version: str) -> Package:
    return Package("cuda-version", version, noarch="generic")


def torch_by_conda(version: str, cuda: str, *needs: str) -> Package:
    build = f"cuda{cuda.replace('.', '')}_py_h0_300" if cuda else "cpu_py_h0_400"
    text = built_for("torch", version, f"cu{cuda.replace('.', '')}" if cuda else "cpu")
    files = distribution_files("torch", version, {"torch/version.py": text.encode(), "torch/__init__.py": b""})
    depends = ("python", *((f"cuda-version {cuda}.*",) if cuda else ()), *needs)
    return Package("pytorch", version, build, files, depends)


def torch_gpu(version: str, cuda: str) -> Package:
    """The metapackage that asks for a build of that release for CUDA."""
    build = f"cuda{cuda.replace('.', '')}_h0_300"
    return Package("pytorch-gpu", version, build, {}, (f"pytorch {version} cuda{cuda.replace('.', '')}*",))


def tensorflow_by_conda(cuda: str) -> tuple[Package, Package]:
    build = f"cuda{cuda.replace('.', '')}_py_h0_3" if cuda else "cpu_py_h0_3"
    files = distribution_files("tensorflow", "2.17.0", {"tensorflow/__init__.py": b""})
    base = Package("tensorflow-base", "2.17.0", build, files, ("python", *((f"cuda-version {cuda}.*",) * bool(cuda))))
    return base, Package("tensorflow", "2.17.0", build, {}, (f"tensorflow-base 2.17.0 {build}",))


TWO_BUILDS = (
    cuda_version("12.6"),
    cuda_version("13.0"),
    torch_by_conda("2.6.0", ""),
    *(each for cuda in ("12.6", "13.0") for each in (torch_by_conda("2.6.0", cuda), torch_gpu("2.6.0", cuda))),
    *tensorflow_by_conda(""),
    *tensorflow_by_conda("12.6"),
)
VISION = Package(
    "torchvision",
    "0.21.0",
    "cuda126_py_h0_1",
    distribution_files("torchvision", "0.21.0", {"torchvision/__init__.py": b""}),
    ("python", "pytorch 2.6.0 cuda126*"),
)


def test_condas_cpu_build_of_torch(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    record_gpu(monkeypatch, ward.folder / "machine", H100)
    prefix = conda(ward, "pytorch ==2.6.0 cpu*", more=TWO_BUILDS)
    done = ward.repair(prefix, "GPU001", "torch")
    assert build_of(done, "pytorch").startswith("cuda")


def test_condas_build_for_a_newer_driver(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    record_gpu(monkeypatch, ward.folder / "machine", Recorded("NVIDIA H100 80GB HBM3", "9.0", "550.54.15", "12.4"))
    prefix = conda(ward, "pytorch ==2.6.0 cuda130*", more=TWO_BUILDS)
    done = ward.repair(prefix, "GPU002", "torch")
    assert build_of(done, "pytorch").startswith("cuda126")


def test_condas_cpu_build_of_tensorflow(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    record_gpu(monkeypatch, ward.folder / "machine", L4)
    prefix = conda(ward, "tensorflow ==2.17.0 cpu*", more=TWO_BUILDS)
    done = ward.repair(prefix, "GPU006", "tensorflow")
    assert {build_of(done, name)[:7] for name in ("tensorflow", "tensorflow-base")} == {"cuda126"}


def test_torchvision_of_pip_over_torch_of_conda(ward: Ward) -> None:
    prefix = conda(ward, "pytorch ==2.6.0 cuda126*", more=(*TWO_BUILDS, VISION))
    install(prefix, framework_wheel(ward.wheels, "torchvision", "0.20.1", "cu124", requires=["torch==2.5.1"]))
    done = ward.repair(prefix, "GPU004", "torch")
    assert build_of(done, "torchvision") == VISION.build


def test_cuda_of_conda_that_nothing_uses(ward: Ward) -> None:
    toolkit = Package("cudatoolkit", "11.8.0", "h0_13", {"lib/libcudart.so.11.0": b""})
    prefix = conda(ward, "cudatoolkit", more=(toolkit,))
    install(prefix, *torch_with_nccl(ward))
    done = ward.repair(prefix, "GPU011", "CUDA by conda")
    assert "cudatoolkit" not in {record.name for record in done.after.facts.conda.records}


def build_of(done: Repaired, name: str) -> str:
    return next(record.build for record in done.after.facts.conda.records if record.name == name)


def test_cuda_of_the_system_that_comes_first_in_conda(ward: Ward) -> None:
    foreign_cublas(ward)
    prefix = conda(ward)
    install(prefix, *own_cublas(ward))
    done = ward.repair(prefix, "GPU010", "LD_LIBRARY_PATH")
    assert done.after.facts.binaries.search.library_path == ()
