"""Recorded machines with GPUs, and tiny wheels of the frameworks that compute on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from doctor.facts.machine import Gpu, Gpus
from doctor.reading.machine.gpus import Answer, read_gpus
from tests.fix.ward import Ward
from tests.patients.elf import make_library
from tests.patients.venvs import install, make_venv
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


class Case(NamedTuple):
    """A patient, what it suffers from, on which machine, and what is to be installed when it is healed."""

    make: Callable[[Ward], Path]
    code: str
    subject: str
    gpu: Recorded | None
    versions: Mapping[str, str]  #: by normalised name; empty for what is to be gone


def heal(ward: Ward, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a patient on its machine, repair it, and hold what is installed then."""
    if case.gpu is not None:
        record_gpu(monkeypatch, ward.folder / "machine", case.gpu)
    done = ward.repair(case.make(ward), case.code, case.subject)
    there = {dist.key: dist.version for dist in done.after.facts.distributions.installed}
    assert {name: there.get(name, "") for name in case.versions} == case.versions


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


def no_settings(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's configuration of pip away."""
    ward.more = {"PIP_CONFIG_FILE": os.devnull}
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


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
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: and-cuda\n"]
    lines += [f"Requires-Dist: {spec} ; extra == 'and-cuda'\n" for spec in extra]
    return make_wheel(folder, name, version, files, extra_dist_info={"METADATA": "".join(lines)})


def nvidia_wheel(folder: Path, name: str, version: str, libraries: Iterable[str] = ()) -> Path:
    """A wheel of one CUDA library: nvidia-nccl-cu12 lays its libraries at nvidia/nccl/lib."""
    part = name.removeprefix("nvidia-").partition("-cu1")[0].replace("-", "_")
    files: dict[str, bytes | str] = {f"nvidia/{part}/__init__.py": f"# {version}\n"}
    files |= {f"nvidia/{part}/lib/{each}": _library(folder, each, b"") for each in libraries}
    return make_wheel(folder, name, version, files)


def _torch_that_loads_cublas(folder: Path) -> Path:
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


def jax_wheel(ward: Ward, name: str, version: str) -> Path:
    """One of the wheels of a release of jax."""
    return ward.wheels / f"{name}-{version}-py3-none-any.whl"


def venv(ward: Ward, *wheels: Path) -> Path:
    """An environment with these wheels, in this order; all of them can be had again."""
    prefix = make_venv(ward.folder / "env")
    for wheel in wheels:
        install(prefix, wheel)
    return prefix


def nccl(ward: Ward, family: int, version: str) -> Path:
    """A wheel of NCCL: both families lay their library at one path."""
    return nvidia_wheel(ward.wheels, f"nvidia-nccl-cu{family}", version, ("libnccl.so.2",))


def torch_with_nccl(ward: Ward) -> tuple[Path, Path]:
    """Wheels of torch and of the NCCL that it names."""
    torch = framework_wheel(ward.wheels, "torch", "2.6.0", "cu126", requires=["nvidia-nccl-cu12==2.21.5"])
    return nccl(ward, 12, "2.21.5"), torch


def foreign_cublas(ward: Ward) -> None:
    """Put another cuBLAS on LD_LIBRARY_PATH."""
    system = ward.folder / "cuda/lib64"
    make_library(system / "libcublas.so.12", soname="libcublas.so.12", symbols=())
    ward.more = {**ward.more, "LD_LIBRARY_PATH": str(system)}


def own_cublas(ward: Ward) -> tuple[Path, Path]:
    """Wheels of cuBLAS and of a torch that loads it."""
    cublas = nvidia_wheel(ward.wheels, "nvidia-cublas-cu12", "12.4.5.8", ("libcublas.so.12",))
    return cublas, _torch_that_loads_cublas(ward.wheels)


def _library(folder: Path, name: str, text: bytes) -> bytes:
    made = make_library(folder / "libraries" / name, soname=name, text=text, symbols=())
    return made.read_bytes()
