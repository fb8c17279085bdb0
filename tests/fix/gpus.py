"""Recorded machines with GPUs, and tiny wheels of the frameworks that compute on them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from doctor.facts.machine import Gpu, Gpus
from doctor.reading.machine.gpus import Answer, read_gpus
from tests.patients.elf import make_library
from tests.patients.wheels import make_wheel

#: the libraries' folder inside torch's wheel, and what a library there says to find NVIDIA's wheels
_TO_CUBLAS = "$ORIGIN/../../nvidia/cublas/lib"


class Recorded(NamedTuple):
    """A GPU as its driver shows it."""

    name: str
    capability: str
    driver: str = "580.65.06"
    cuda: str = "13.0"  #: the newest that the driver knows


H100 = Recorded("NVIDIA H100 80GB HBM3", "9.0")
L4 = Recorded("NVIDIA L4", "8.9")
OLD_DRIVER = Recorded("NVIDIA A100-SXM4-80GB", "8.0", "550.54.15", "12.4")
BLACKWELL = Recorded("NVIDIA GeForce RTX 5090", "12.0")
VOLTA = Recorded("Tesla V100-SXM2-16GB", "7.0")
MAXWELL = Recorded("NVIDIA GeForce GTX 980", "5.2")


def record_gpu(monkeypatch: pytest.MonkeyPatch, root: Path, gpu: Recorded) -> None:
    """Let the collector read a tree of the driver's files and a recorded answer of NVML."""
    module = f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {gpu.driver}  Sun Jul 27 07:12:29 UTC 2025\n"
    for path, text in {"proc/driver/nvidia/version": module, "dev/nvidiactl": ""}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    told = Answer(0, gpu.driver, gpu.cuda, (Gpu(gpu.name, gpu.capability, 85_520_809_984),))

    def recorded(*_: Any) -> Gpus:
        return read_gpus(root, False, lambda: told)

    monkeypatch.setattr("doctor.collect.machine.read_gpus", recorded)


def built_for(name: str, version: str, build: str) -> str:
    """The text of version.py of torch or a companion; a build is cpu or cu126."""
    cuda = "None" if build == "cpu" else f"'{build[2:4]}.{build[4:]}'"
    return f"__version__ = '{version}+{build}'\ncuda = {cuda}\nhip = None\n"


def framework_wheel(
    folder: Path,
    name: str,
    version: str,
    build: str = "",
    *,
    requires: Iterable[str] = (),
    code: str = "",
    local: bool = True,
) -> Path:
    """A wheel of torch or a companion for one CUDA; code is the machine code that it holds: sm_80 compute_90.

    Without `local` the version does not name the build, as in the wheels of the ordinary index.
    """
    files: dict[str, bytes | str] = {f"{name}/__init__.py": "", f"{name}/version.py": built_for(name, version, build)}
    if code:
        files[f"{name}/lib/libtorch_python.so"] = _library(folder, "libtorch_python.so", f"x\0{code}\0".encode())
    return make_wheel(folder, name, f"{version}+{build}" if local else version, files, requires=requires)


def tensorflow_wheel(
    folder: Path, name: str, version: str, cuda: str = "", code: Iterable[str] = (), extra: Iterable[str] = ()
) -> Path:
    """A wheel of TensorFlow, built for a CUDA or for none; extra is what [and-cuda] asks for."""
    told = f'build_info = collections.OrderedDict([("is_cuda_build", {bool(cuda)}), ("is_rocm_build", False)'
    told += f', ("cuda_version", "{cuda}"), ("cuda_compute_capabilities", {list(code)})' if cuda else ""
    files: dict[str, bytes | str] = {"tensorflow/__init__.py": ""}
    files["tensorflow/python/platform/build_info.py"] = f"{told}])\n"
    return make_wheel(folder, name, version, files, requires=[f"{spec} ; extra == 'and-cuda'" for spec in extra])


def nvidia_wheel(folder: Path, name: str, version: str, libraries: Iterable[str] = ()) -> Path:
    """A wheel of one CUDA library: nvidia-nccl-cu12 lays its libraries at nvidia/nccl/lib."""
    part = name.removeprefix("nvidia-").partition("-cu1")[0].replace("-", "_")
    files: dict[str, bytes | str] = {f"nvidia/{part}/__init__.py": f"# {version}\n"}
    files |= {f"nvidia/{part}/lib/{each}": _library(folder, each, b"") for each in libraries}
    return make_wheel(folder, name, version, files)


def torch_that_loads_cublas(folder: Path) -> Path:
    """A torch whose library asks for cuBLAS, by a RUNPATH, which comes after LD_LIBRARY_PATH."""
    made = make_library(folder / "libtorch_cuda.so", needed=("libcublas.so.12",), runpath=_TO_CUBLAS, symbols=())
    files: dict[str, bytes | str] = {"torch/version.py": built_for("torch", "2.6.0", "cu124")}
    files["torch/lib/libtorch_cuda.so"] = made.read_bytes()
    return make_wheel(folder, "torch", "2.6.0+cu124", files)


def jax_wheels(folder: Path, version: str) -> None:
    """A release of jax: itself, its library, and the plugins for two CUDA families with what they need."""
    asks = [f"jaxlib<={version},>={version}"]
    for family in (12, 13):
        name = f"jax-cuda{family}"
        asks.append(f"{name}-plugin[with-cuda]<={version},>={version} ; extra == 'cuda{family}'")
        needs = [f"{name}-pjrt=={version}", f"nvidia-nccl-cu{family}>=2.18.1 ; extra == 'with-cuda'"]
        make_wheel(folder, f"{name}-plugin", version, {f"jax_cuda{family}_plugin/__init__.py": ""}, requires=needs)
        make_wheel(folder, f"{name}-pjrt", version, {f"jax_plugins/xla_cuda{family}/__init__.py": ""})
    make_wheel(folder, "jax", version, {"jax/__init__.py": ""}, requires=asks)
    make_wheel(folder, "jaxlib", version, {"jaxlib/__init__.py": ""})


def _library(folder: Path, name: str, text: bytes) -> bytes:
    made = make_library(folder / "libraries" / name, soname=name, text=text, symbols=())
    return made.read_bytes()
