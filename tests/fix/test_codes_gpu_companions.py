"""torch's companions and NVIDIA's wheels are brought to the torch that is there, proven and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fix.gpus import (
    H100,
    Case,
    framework_wheel,
    heal,
    nccl,
    no_settings,
    nvidia_wheel,
    venv,
)
from tests.fix.ward import Ward
from tests.patients.wheels import make_wheel


@pytest.fixture(autouse=True)
def own_settings(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's."""
    no_settings(ward, monkeypatch)


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


CASES = {
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


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_it_is_brought_to_what_fits(ward: Ward, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    heal(ward, case, monkeypatch)
