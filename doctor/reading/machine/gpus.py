"""Reads which NVIDIA GPUs and driver are there: the kernel's files first, NVML only where a driver is.

nvidia-smi is never run. NVML is a library of the driver that a wedged driver never answers from, so it is asked
in a thread that is left behind after its time.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from doctor.facts.machine import Gpu, Gpus
from doctor.reading.clean import clean
from doctor.reading.machine.processor import kernel_text

#: seconds that NVML gets; a healthy driver answers in 0.05, one that must first wake its GPUs in about 1
NVML_SECONDS = 2.0
#: nvmlReturn_t NVML_ERROR_LIB_RM_VERSION_MISMATCH
_MISMATCH = 18
_GPU_LIMIT = 64

_VERSION = re.compile(r"(?:Kernel Module|NVRM version:)[^\n]*?\s(\d{3,4}\.\d{1,3}(?:\.\d{1,3})?)\s")
_MODEL = re.compile(r"^Model:\s*(.+?)\s*$", re.MULTILINE)
_MINOR = re.compile(r"^Device Minor:\s*(\d+)", re.MULTILINE)
_LIBRARY = re.compile(r"lib(?:nvidia-ml|cuda)\.so\.(\d{3,4}\.\d{1,3}(?:\.\d{1,3})?)")
_LIBRARY_FOLDERS = (
    "usr/lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib64",
    "usr/lib",
    "lib/x86_64-linux-gnu",
    "lib64",
)
_WSL_LIBRARY = "usr/lib/wsl/lib/libnvidia-ml.so.1"


class Answer(NamedTuple):
    """What NVML said; error is its number, 0 for success and -1 where it could not be asked."""

    error: int = -1
    driver: str = ""
    cuda: str = ""
    devices: tuple[Gpu, ...] = ()


def read_gpus(root: Path, windows: bool, ask: Callable[[], Answer] | None) -> Gpus:
    """See which NVIDIA GPUs there are; ask is None where the machine is a recorded one that NVML knows nothing of."""
    module = _kernel_module(root)
    usable = (root / "dev/nvidiactl").exists()
    wsl = (root / "dev/dxg").exists() and (root / _WSL_LIBRARY).exists()
    if not module and not wsl and not windows:
        return Gpus()
    answer = ask() if ask and (usable or wsl or windows) else Answer()
    if answer.error == 0:
        return Gpus(answer.devices, answer.driver, module, answer.cuda, "nvml" if answer.devices else "proc")
    if not module:
        return Gpus()
    library = _library_version(root)
    # In a container that was given no GPU the host's /proc files still show: without device files nothing can use
    # them, and the library beside them may be any.
    differs = usable and bool(library) and library != module
    return Gpus(_shown_by_kernel(root), library, module, "", "proc", answer.error == _MISMATCH or differs)


def _kernel_module(root: Path) -> str:
    found = _VERSION.search(kernel_text(root / "proc/driver/nvidia/version"))
    if found:
        return found[1]
    text = kernel_text(root / "sys/module/nvidia/version").strip()
    return text if re.fullmatch(r"\d{3,4}(\.\d{1,3}){1,2}", text) else ""


def _shown_by_kernel(root: Path) -> tuple[Gpu, ...]:
    """The GPUs of /proc that have a device file here."""
    found: list[Gpu] = []
    folder = root / "proc/driver/nvidia/gpus"
    try:
        entries = sorted(folder.iterdir())[:_GPU_LIMIT]
    except OSError:
        return ()
    for entry in entries:
        text = kernel_text(entry / "information")
        model, minor = _MODEL.search(text), _MINOR.search(text)
        if minor and (root / f"dev/nvidia{minor[1]}").exists():
            found.append(Gpu(clean(model[1], 100) if model else "NVIDIA GPU"))
    return tuple(found)


def _library_version(root: Path) -> str:
    """The version of the driver's user-space library, from what libnvidia-ml.so.1 or libcuda.so.1 links to."""
    for folder in _LIBRARY_FOLDERS:
        for name in ("libnvidia-ml.so.1", "libcuda.so.1"):
            try:
                target = (root / folder / name).readlink()
            except OSError:
                continue
            found = _LIBRARY.fullmatch(target.name)
            if found:
                return found[1]
    return ""


def ask_nvml(seconds: float = NVML_SECONDS) -> Answer:
    """Ask NVML of this machine, for at most that long."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(_ask()), daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else Answer()


def _ask() -> Answer:
    try:
        import pynvml
    except Exception:  # also what a broken replacement of that module raises
        return Answer()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return Answer(int(getattr(error, "value", -1)) or -1)
    except Exception:
        return Answer()
    try:
        devices = [_device(pynvml, number) for number in range(min(pynvml.nvmlDeviceGetCount(), _GPU_LIMIT))]
        driver = _text(pynvml.nvmlSystemGetDriverVersion())
        cuda = int(pynvml.nvmlSystemGetCudaDriverVersion_v2())
        return Answer(0, driver, f"{cuda // 1000}.{cuda % 1000 // 10}", tuple(devices))
    except pynvml.NVMLError as error:
        return Answer(int(getattr(error, "value", -1)) or -1)
    except Exception:
        return Answer()
    finally:
        with contextlib.suppress(Exception):
            pynvml.nvmlShutdown()


def _device(pynvml: Any, number: int) -> Gpu:
    handle = pynvml.nvmlDeviceGetHandleByIndex(number)
    name = _text(pynvml.nvmlDeviceGetName(handle))
    try:
        major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
        capability = f"{major}.{minor}"
    except pynvml.NVMLError:
        capability = ""
    try:
        memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
    except pynvml.NVMLError:
        memory = 0
    return Gpu(name, capability, memory)


def _text(value: str | bytes) -> str:
    return clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else value, 100)
