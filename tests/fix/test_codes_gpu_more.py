"""Frameworks and their CUDA libraries are brought to what fits each other and the GPU, proven and taken back.

The GPU is a recorded one; the environments, their wheels, uv and pip are real.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fix.gpus import (
    BLACKWELL,
    H100,
    L4,
    MAXWELL,
    OLD_DRIVER,
    VOLTA,
    Recorded,
    built_for,
    framework_wheel,
    jax_wheels,
    nvidia_wheel,
    record_gpu,
    tensorflow_wheel,
    torch_that_loads_cublas,
)
from tests.fix.ward import Repaired, Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import Package, distribution_files
from tests.patients.conda_command import make_conda_command
from tests.patients.elf import make_library
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


class Case(NamedTuple):
    """A patient, what it suffers from, on which machine, and what is to be installed when it is healed."""

    make: Callable[[Ward], Path]
    code: str
    subject: str
    gpu: Recorded | None
    versions: Mapping[str, str]  #: by normalised name; empty for what is to be gone
    title: str = ""


@pytest.fixture(autouse=True)
def own_settings(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's."""
    ward.more = {"PIP_CONFIG_FILE": os.devnull}
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def venv(ward: Ward, *wheels: Path) -> Path:
    """An environment with these wheels, in this order; all of them can be had again."""
    prefix = make_venv(ward.folder / "env")
    for wheel in wheels:
        install(prefix, wheel)
    return prefix


def nccl(ward: Ward, family: int, version: str) -> Path:
    """A wheel of NCCL: both families lay their library at one path."""
    return nvidia_wheel(ward.wheels, f"nvidia-nccl-cu{family}", version, ("libnccl.so.2",))


# what the driver and the GPU run


def cuda_13_on_an_old_driver(ward: Ward) -> Path:
    made = ward.wheels
    there = [nccl(ward, 13, "2.27.7"), nccl(ward, 12, "2.27.3")]
    for build, family in (("cu128", 12), ("cu130", 13)):
        there.append(framework_wheel(made, "torch", "2.9.1", build, requires=[f"nvidia-nccl-cu{family}"]))
        there.append(framework_wheel(made, "torchvision", "0.24.1", build, requires=["torch==2.9.1"]))
    return venv(ward, there[0], *there[4:])


def release_without_a_build(ward: Ward) -> Path:
    framework_wheel(ward.wheels, "torch", "2.14.1", "cu126")
    return venv(ward, framework_wheel(ward.wheels, "torch", "2.15.0", "cu132"))


def jax_for_cuda_13(ward: Ward) -> Path:
    jax_wheels(ward.wheels, "0.8.2")
    nccl(ward, 12, "2.27.3")
    names = ("jax", "jaxlib", "jax_cuda13_plugin", "jax_cuda13_pjrt")
    return venv(ward, nccl(ward, 13, "2.27.7"), *(jax_wheel(ward, name, "0.8.2") for name in names))


def jax_wheel(ward: Ward, name: str, version: str) -> Path:
    return ward.wheels / f"{name}-{version}-py3-none-any.whl"


def torch_of(before: str, after: str) -> Callable[[Ward], Path]:
    """A release whose build for one CUDA lacks the code that the build for another one has."""
    code = {"cu126": "sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90", "cu128": "sm_70 sm_75 sm_80 sm_86 sm_90 sm_120"}
    code |= {"cu130": "sm_75 sm_80 sm_86 sm_90 sm_100 sm_120"}

    def make(ward: Ward) -> Path:
        framework_wheel(ward.wheels, "torch", "2.9.1", after, code=code[after])
        return venv(
            ward, framework_wheel(ward.folder / "before", "torch", "2.9.1", before, code=code[before], local=False)
        )

    return make


def tensorflow_for_newer_gpus(ward: Ward) -> Path:
    brought = nvidia_wheel(ward.wheels, "nvidia-cuda-runtime-cu12", "12.3.101")
    extra = ["nvidia-cuda-runtime-cu12"]
    tensorflow_wheel(ward.wheels, "tensorflow", "2.16.2", "12.3", ("sm_50", "sm_60", "compute_90"), extra)
    now = tensorflow_wheel(ward.wheels, "tensorflow", "2.17.1", "12.3", ("sm_60", "compute_90"), extra)
    return venv(ward, brought, now)


BUILDS = {
    "a build for CUDA 13 on a driver of CUDA 12": Case(
        cuda_13_on_an_old_driver,
        "GPU002",
        "torch",
        OLD_DRIVER,
        {
            "torch": "2.9.1+cu128",
            "torchvision": "0.24.1+cu128",
            "nvidia-nccl-cu12": "2.27.3",
            "nvidia-nccl-cu13": "",
        },
    ),
    "an older release for the driver": Case(
        release_without_a_build, "GPU002", "torch", OLD_DRIVER, {"torch": "2.14.1+cu126"}
    ),
    "jax's plugin for the driver": Case(
        jax_for_cuda_13,
        "GPU002",
        "jax",
        OLD_DRIVER,
        {
            "jax-cuda12-plugin": "0.8.2",
            "jax-cuda12-pjrt": "0.8.2",
            "jax-cuda13-plugin": "",
            "nvidia-nccl-cu13": "",
        },
    ),
    "a GPU newer than the build": Case(
        torch_of("cu126", "cu130"), "GPU003", "torch", BLACKWELL, {"torch": "2.9.1+cu130"}
    ),
    "a GPU older than the build": Case(torch_of("cu130", "cu128"), "GPU003", "torch", VOLTA, {"torch": "2.9.1+cu128"}),
}


# torch's companions and NVIDIA's wheels


def only_torch_upgraded(ward: Ward) -> Path:
    framework_wheel(ward.wheels, "torchvision", "0.24.1", "cu128", requires=["torch==2.9.1"])
    framework_wheel(ward.wheels, "torchaudio", "2.9.1", "cu128", requires=["torch==2.9.1"])
    return venv(
        ward,
        framework_wheel(ward.wheels, "torch", "2.9.1", "cu128", local=False),
        framework_wheel(ward.wheels, "torchvision", "0.21.0", "cu124", requires=["torch==2.6.0"]),
        framework_wheel(ward.wheels, "torchaudio", "2.6.0", "cu124", requires=["torch==2.6.0"]),
    )


def torchvision_for_the_cpu(ward: Ward) -> Path:
    framework_wheel(ward.wheels, "torchvision", "0.21.0", "cu124", requires=["torch==2.6.0"])
    return venv(
        ward,
        framework_wheel(ward.wheels, "torch", "2.6.0", "cu124"),
        framework_wheel(ward.folder / "before", "torchvision", "0.21.0", "cpu", requires=["torch==2.6.0"], local=False),
    )


def cpu_torch_and_cuda_torchvision(ward: Ward) -> Path:
    framework_wheel(ward.wheels, "torch", "2.6.0", "cu126", requires=["nvidia-nccl-cu12"])
    framework_wheel(ward.wheels, "torchvision", "0.21.0", "cu126", requires=["torch==2.6.0"])
    nccl(ward, 12, "2.21.5")
    return venv(
        ward,
        nccl(ward, 13, "2.27.7"),
        framework_wheel(ward.wheels, "torch", "2.6.0", "cpu"),
        framework_wheel(ward.wheels, "torchvision", "0.21.0", "cu124", requires=["torch==2.6.0"]),
    )


def another_triton(ward: Ward) -> Path:
    make_wheel(ward.wheels, "triton", "3.2.0", {"triton/__init__.py": ""})
    return venv(
        ward,
        framework_wheel(ward.wheels, "torch", "2.6.0", "cu124", requires=["triton (==3.2.0); python_version > '3'"]),
        make_wheel(ward.wheels, "triton", "3.1.0", {"triton/__init__.py": ""}),
    )


def xformers_of_the_release_before(ward: Ward) -> Path:
    make_wheel(ward.wheels, "xformers", "0.0.29.post3", {"xformers/__init__.py": ""}, requires=["torch==2.6.0"])
    return venv(
        ward,
        framework_wheel(ward.wheels, "torch", "2.6.0", "cu124"),
        make_wheel(ward.wheels, "xformers", "0.0.29.post1", {"xformers/__init__.py": ""}, requires=["torch==2.5.1"]),
    )


def no_torchaudio_fits(ward: Ward) -> Path:
    return venv(
        ward,
        framework_wheel(ward.wheels, "torch", "2.15.0", "cu132"),
        framework_wheel(ward.wheels, "torchvision", "0.29.2", "cu132", requires=["torch>=2.14.0"]),
        framework_wheel(ward.wheels, "torchaudio", "2.11.0", "cu130"),
    )


def only_torchvision_fits(ward: Ward) -> Path:
    framework_wheel(ward.wheels, "torchvision", "0.29.2", "cu132", requires=["torch>=2.14.0"])
    return venv(
        ward,
        framework_wheel(ward.wheels, "torch", "2.15.0", "cu132"),
        framework_wheel(ward.wheels, "torchvision", "0.29.2", "cu126", requires=["torch>=2.14.0"]),
        framework_wheel(ward.wheels, "torchaudio", "2.11.0", "cu130"),
    )


PINS = ("nvidia-cublas-cu12==12.4.5.8", "nvidia-cudnn-cu12==9.1.0.70")


def cuda_wheels(cudnn: str) -> Callable[[Ward], Path]:
    """A torch with the cuBLAS that it names and another cuDNN, or none."""

    def make(ward: Ward) -> Path:
        nvidia_wheel(ward.wheels, "nvidia-cudnn-cu12", "9.1.0.70")
        there = [nvidia_wheel(ward.wheels, "nvidia-cublas-cu12", "12.4.5.8")]
        there += [nvidia_wheel(ward.wheels, "nvidia-cudnn-cu12", cudnn)] if cudnn else []
        return venv(ward, *there, framework_wheel(ward.wheels, "torch", "2.6.0", "cu124", requires=PINS))

    return make


def behind_cuda_toolkit(ward: Ward) -> Path:
    nvidia_wheel(ward.wheels, "nvidia-cublas", "13.1.0.3")
    asks = ["nvidia-cublas==13.1.0.3 ; extra == 'cublas'"]
    toolkit = make_wheel(ward.wheels, "cuda-toolkit", "13.0.2", {}, requires=asks)
    torch = framework_wheel(ward.wheels, "torch", "2.11.0", "cu130", requires=["cuda-toolkit[cublas]==13.0.2"])
    return venv(ward, toolkit, torch)


def without_cuda_toolkit(ward: Ward) -> Path:
    prefix = behind_cuda_toolkit(ward)
    for path in prefix.glob("lib/python*/site-packages/cuda_toolkit-*/*"):
        path.unlink()
    for path in prefix.glob("lib/python*/site-packages/cuda_toolkit-*"):
        path.rmdir()
    return prefix


COMPANIONS = {
    "only torch was upgraded": Case(
        only_torch_upgraded,
        "GPU004",
        "torch",
        None,
        {"torch": "2.9.1", "torchvision": "0.24.1+cu128", "torchaudio": "2.9.1+cu128"},
    ),
    "torchvision for the CPU": Case(
        torchvision_for_the_cpu,
        "GPU004",
        "torch",
        None,
        {"torch": "2.6.0+cu124", "torchvision": "0.21.0+cu124"},
    ),
    "a CPU torch beside a GPU": Case(
        cpu_torch_and_cuda_torchvision,
        "GPU004",
        "torch",
        H100,
        {"torch": "2.6.0+cu126", "torchvision": "0.21.0+cu126", "nvidia-nccl-cu12": "2.21.5", "nvidia-nccl-cu13": ""},
    ),
    "another triton": Case(another_triton, "GPU004", "torch", None, {"torch": "2.6.0+cu124", "triton": "3.2.0"}),
    "xformers of the release before": Case(
        xformers_of_the_release_before, "GPU004", "torch", None, {"torch": "2.6.0+cu124", "xformers": "0.0.29.post3"}
    ),
    "a torchaudio of which no release fits": Case(
        no_torchaudio_fits, "GPU004", "torch", None, {"torchvision": "0.29.2+cu132", "torchaudio": ""}
    ),
    "one that fits and one of which no release does": Case(
        only_torchvision_fits, "GPU004", "torch", None, {"torchvision": "0.29.2+cu132", "torchaudio": ""}
    ),
    "a CUDA wheel is missing": Case(cuda_wheels(""), "GPU005", "torch", None, {"nvidia-cudnn-cu12": "9.1.0.70"}),
    "an older CUDA wheel": Case(cuda_wheels("8.9.7.29"), "GPU005", "torch", None, {"nvidia-cudnn-cu12": "9.1.0.70"}),
    "a newer CUDA wheel": Case(cuda_wheels("9.10.2.21"), "GPU005", "torch", H100, {"nvidia-cudnn-cu12": "9.1.0.70"}),
    "missing behind cuda-toolkit": Case(behind_cuda_toolkit, "GPU005", "torch", None, {"nvidia-cublas": "13.1.0.3"}),
    "cuda-toolkit itself is missing": Case(
        without_cuda_toolkit, "GPU005", "torch", None, {"cuda-toolkit": "13.0.2", "nvidia-cublas": "13.1.0.3"}
    ),
}


# TensorFlow, jax, and libraries in each other's way


def tensorflow(name: str, cuda: str) -> Callable[[Ward], Path]:
    """TensorFlow under one of its names; the index has the plain one with its CUDA libraries."""

    def make(ward: Ward) -> Path:
        nvidia_wheel(ward.wheels, "nvidia-cuda-runtime-cu12", "12.5.82")
        code = ("sm_60", "sm_80", "compute_90")
        extra = ["nvidia-cuda-runtime-cu12"]
        tensorflow_wheel(ward.wheels, "tensorflow", "2.21.0", "12.5.1", code, extra)
        return venv(ward, tensorflow_wheel(ward.folder / "before", name, "2.21.0", cuda, code, extra))

    return make


def plugin_of_another_release(ward: Ward) -> Path:
    for version in ("0.8.0", "0.8.2"):
        jax_wheels(ward.wheels, version)
    pair = [jax_wheel(ward, name, "0.8.0") for name in ("jax_cuda12_plugin", "jax_cuda12_pjrt")]
    return venv(ward, nccl(ward, 12, "2.27.3"), *(jax_wheel(ward, name, "0.8.2") for name in ("jax", "jaxlib")), *pair)


def two_plugins(ward: Ward) -> Path:
    jax_wheels(ward.wheels, "0.8.2")
    names = ("jax", "jaxlib", *(f"jax_cuda{family}_{part}" for family in (12, 13) for part in ("plugin", "pjrt")))
    return venv(ward, nccl(ward, 13, "2.27.7"), *(jax_wheel(ward, name, "0.8.2") for name in names))


def no_plugin(ward: Ward) -> Path:
    jax_wheels(ward.wheels, "0.8.2")
    nccl(ward, 13, "2.27.7")
    return venv(ward, *(jax_wheel(ward, name, "0.8.2") for name in ("jax", "jaxlib")))


def jaxlib_of_another_release(ward: Ward) -> Path:
    for version in ("0.8.0", "0.8.2"):
        jax_wheels(ward.wheels, version)
    return venv(ward, jax_wheel(ward, "jax", "0.8.2"), jax_wheel(ward, "jaxlib", "0.8.0"))


def torch_with_nccl(ward: Ward) -> tuple[Path, Path]:
    torch = framework_wheel(ward.wheels, "torch", "2.6.0", "cu126", requires=["nvidia-nccl-cu12==2.21.5"])
    return nccl(ward, 12, "2.21.5"), torch


def left_over(ward: Ward) -> Path:
    return venv(ward, *torch_with_nccl(ward), nccl(ward, 13, "2.28.9"))


def xgboost(ward: Ward) -> Path:
    wants = ["nvidia-nccl-cu13 ; platform_system == 'Linux'"]
    boost = make_wheel(ward.wheels, "xgboost", "3.4.1", {"xgboost/__init__.py": ""}, requires=wants)
    make_wheel(ward.wheels, "xgboost-cpu", "3.4.1", {"xgboost/__init__.py": ""})
    return venv(ward, *torch_with_nccl(ward), nccl(ward, 13, "2.28.9"), boost)


def jax_beside_torch(ward: Ward) -> Path:
    jax_wheels(ward.wheels, "0.8.2")
    names = ("jax", "jaxlib", "jax_cuda13_plugin", "jax_cuda13_pjrt")
    there = [jax_wheel(ward, name, "0.8.2") for name in names]
    return venv(ward, *torch_with_nccl(ward), nccl(ward, 13, "2.28.9"), *there)


OTHERS = {
    "TensorFlow for the CPU, by its name": Case(
        tensorflow("tensorflow-cpu", ""),
        "GPU006",
        "tensorflow",
        L4,
        {"tensorflow": "2.21.0", "tensorflow-cpu": "", "nvidia-cuda-runtime-cu12": "12.5.82"},
    ),
    "TensorFlow built without CUDA": Case(
        tensorflow("tensorflow", ""),
        "GPU006",
        "tensorflow",
        L4,
        {"tensorflow": "2.21.0", "nvidia-cuda-runtime-cu12": "12.5.82"},
    ),
    "TensorFlow without CUDA libraries": Case(
        tensorflow("tensorflow", "12.5.1"),
        "GPU006",
        "tensorflow",
        L4,
        {"tensorflow": "2.21.0", "nvidia-cuda-runtime-cu12": "12.5.82"},
    ),
    "below TensorFlow's least GPU": Case(
        tensorflow_for_newer_gpus, "GPU003", "tensorflow", MAXWELL, {"tensorflow": "2.16.2"}
    ),
    "a plugin of another release": Case(
        plugin_of_another_release,
        "GPU007",
        "jax",
        None,
        {"jax-cuda12-plugin": "0.8.2", "jax-cuda12-pjrt": "0.8.2"},
    ),
    "plugins for two CUDA families": Case(
        two_plugins, "GPU007", "jax", L4, {"jax-cuda13-plugin": "0.8.2", "jax-cuda12-plugin": "", "jax-cuda12-pjrt": ""}
    ),
    "no plugin beside a GPU": Case(
        no_plugin, "GPU007", "jax", L4, {"jax-cuda13-plugin": "0.8.2", "nvidia-nccl-cu13": "2.27.7"}
    ),
    "a jaxlib of another release": Case(jaxlib_of_another_release, "GPU007", "jax", None, {"jaxlib": "0.8.2"}),
    "a library left over": Case(
        left_over, "GPU011", "CUDA", None, {"nvidia-nccl-cu12": "2.21.5", "nvidia-nccl-cu13": ""}
    ),
    "XGBoost's library": Case(
        xgboost, "GPU011", "CUDA", None, {"nvidia-nccl-cu13": "", "xgboost": "", "xgboost-cpu": "3.4.1"}
    ),
    "the library of jax's plugin": Case(
        jax_beside_torch,
        "GPU011",
        "CUDA",
        H100,
        {"nvidia-nccl-cu13": "", "nvidia-nccl-cu12": "2.21.5", "jax-cuda13-pjrt": "", "jax-cuda12-plugin": "0.8.2"},
    ),
}

CASES = BUILDS | COMPANIONS | OTHERS


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_it_is_brought_to_what_fits(ward: Ward, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    tensorflow = "tensorflow" in case.versions
    if tensorflow and sys.version_info[:2] > ((3, 12) if case.versions["tensorflow"] == "2.16.2" else (3, 13)):
        pytest.skip("no TensorFlow of that release is made for this Python")
    if case.gpu is not None:
        record_gpu(monkeypatch, ward.folder / "machine", case.gpu)
    done = ward.repair(case.make(ward), case.code, case.subject, case.title)
    there = {dist.key: dist.version for dist in done.after.facts.distributions.installed}
    assert {name: there.get(name, "") for name in case.versions} == case.versions


def foreign_cublas(ward: Ward) -> None:
    system = ward.folder / "cuda/lib64"
    make_library(system / "libcublas.so.12", soname="libcublas.so.12", symbols=())
    ward.more = {**ward.more, "LD_LIBRARY_PATH": str(system)}


def own_cublas(ward: Ward) -> tuple[Path, Path]:
    cublas = nvidia_wheel(ward.wheels, "nvidia-cublas-cu12", "12.4.5.8", ("libcublas.so.12",))
    return cublas, torch_that_loads_cublas(ward.wheels)


def test_cuda_of_the_system_that_comes_first(ward: Ward) -> None:
    foreign_cublas(ward)
    done = ward.repair(venv(ward, *own_cublas(ward)), "GPU010", "LD_LIBRARY_PATH")
    assert done.after.facts.binaries.search.library_path == ()


def test_cuda_of_the_system_that_comes_first_in_conda(ward: Ward) -> None:
    foreign_cublas(ward)
    prefix = conda(ward)
    install(prefix, *own_cublas(ward))
    done = ward.repair(prefix, "GPU010", "LD_LIBRARY_PATH")
    assert done.after.facts.binaries.search.library_path == ()


# builds of conda's


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
    build = f"cuda{cuda.replace('.', '')}_py_h0_300" if cuda else "cpu_py_h0_0"
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
    record_gpu(monkeypatch, ward.folder / "machine", Recorded("NVIDIA H100 80GB HBM3", "9.0", "560.35.03", "12.6"))
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
