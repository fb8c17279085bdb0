"""Frameworks are brought to what the driver and the GPU run, proven and taken back.

The GPU is a recorded one; the environments, their wheels and uv are real.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fix.gpus import (
    BLACKWELL,
    H100,
    L4,
    MAXWELL,
    OLD_DRIVER,
    VOLTA,
    Case,
    foreign_cublas,
    framework_wheel,
    heal,
    jax_wheel,
    jax_wheels,
    nccl,
    no_settings,
    nvidia_wheel,
    own_cublas,
    tensorflow_wheel,
    torch_with_nccl,
    venv,
)
from tests.fix.ward import Ward
from tests.patients.wheels import make_wheel


@pytest.fixture(autouse=True)
def own_settings(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's."""
    no_settings(ward, monkeypatch)


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


CASES = BUILDS | {
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


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_it_is_brought_to_what_runs_here(ward: Ward, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    release = case.versions.get("tensorflow", "")
    if release and sys.version_info[:2] > ((3, 12) if release == "2.16.2" else (3, 13)):
        pytest.skip("no TensorFlow of that release is made for this Python")
    heal(ward, case, monkeypatch)


@pytest.mark.skipif(sys.version_info[:2] > (3, 13), reason="no TensorFlow of that release is made for this Python")
@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_pip_installs_tensorflow_once_more_and_then_what_it_needs(
    ward: Ward, installer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heal(ward, CASES["TensorFlow built without CUDA"], monkeypatch)


def test_cuda_of_the_system_that_comes_first(ward: Ward) -> None:
    foreign_cublas(ward)
    done = ward.repair(venv(ward, *own_cublas(ward)), "GPU010", "LD_LIBRARY_PATH")
    assert done.after.facts.binaries.search.library_path == ()
