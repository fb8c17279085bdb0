"""What of the machine, of variables and of configuration decides results, as items of a fingerprint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doctor.compare.addresses import public_address, without_places
from doctor.facts import Facts
from doctor.facts.settings import Setting

Items = Mapping[str, Mapping[str, str]]

#: variables that decide what is computed, and on what
_DECIDING = re.compile(
    r"(?:OMP|GOMP|KMP|MKL|OPENBLAS|GOTO|BLIS|VECLIB|NUMEXPR|NUMBA|NPY|CUBLAS|CUDNN|XLA)_[A-Z0-9_]+"
    r"|(?:TORCH|PYTORCH|JAX|TF)_[A-Z0-9_]+|NVIDIA_TF32_OVERRIDE|NCCL_(?:ALGO|PROTO)"
    r"|CUDA_(?:VISIBLE_DEVICES|LAUNCH_BLOCKING|MODULE_LOADING)|HIP_VISIBLE_DEVICES|KERAS_BACKEND|GLIBC_TUNABLES"
    r"|PYTHON(?:HASHSEED|OPTIMIZE|NOUSERSITE|PATH)|LD_LIBRARY_PATH|LD_PRELOAD|DYLD_[A-Z_]+"
)
#: of those the ones that name folders, logs and other machines
_PLACES = re.compile(
    r".*_(?:HOME|DIR|DIRS|FOLDER|CACHE|LOG|LOGS|LEVEL|VERBOSE|DISPLAY_ENV|FILE|ADDRESS|HOST|HOSTS|PORT)"
    r"|TF_CONFIG|TF_CPP_.*|CUDNN_PATH|JAX_COORDINATOR.*|TORCH_(?:LOGS|TRACE).*|NUMBA_CACHE.*"
)
#: values that are lists of folders, or of devices by their serial numbers
_LISTS = re.compile(r"LD_LIBRARY_PATH|LD_PRELOAD|DYLD_[A-Z_]+|PYTHONPATH")
_DEVICES = re.compile(r"(?:CUDA|HIP)_VISIBLE_DEVICES")
_INDEX_KEYS = ("index-url", "extra-index-url", "default-index", "index", "no-index", "find-links", "pre", "prerelease")


def machine_items(facts: Facts) -> Items:
    """Processor, cores, memory, GPU, driver, C library and system; no name of the machine."""
    machine = facts.machine
    return {
        "processor": {
            "architecture": machine.architecture,
            "level": f"x86-64-v{machine.x86_64_level}" if machine.x86_64_level else "",
        },
        "cores": {"usable": str(machine.cores or ""), "quota": f"{machine.quota:g}" if machine.quota else ""},
        "memory": {"class": _memory_class(min(filter(None, (machine.memory, machine.memory_limit)), default=0))},
        "system": {"name": machine.system, "release": _short_release(machine.release)},
        "C library": _library(machine.libc),
        "GPU": {
            "devices": _devices([gpu.name for gpu in machine.gpus.devices]),
            "capability": ", ".join(sorted({gpu.capability for gpu in machine.gpus.devices if gpu.capability})),
            "memory": _memory_class(min((gpu.memory for gpu in machine.gpus.devices), default=0)),
        },
        "GPU driver": {"version": machine.gpus.driver or machine.gpus.kernel_module, "cuda": machine.gpus.cuda},
    }


def _library(libc: str) -> Mapping[str, str]:
    name, _, version = libc.partition(" ")
    return {"name": name, "version": version}


def _short_release(release: str) -> str:
    """A kernel's first two numbers: the rest tells whose machine it is, and nothing of results."""
    found = re.match(r"\d+(?:\.\d+)?", release)
    return found[0] if found else ""


def _memory_class(amount: int) -> str:
    """The next power of two of gigabytes: machines of one kind differ by what their firmware keeps."""
    if not amount:
        return ""
    size = 1
    while size * 1_000_000_000 < amount * 0.93 and size < 1 << 20:
        size *= 2
    return f"{size} GB"


def _devices(names: list[str]) -> str:
    return ", ".join(
        f"{names.count(name)} x {name}" if names.count(name) > 1 else name for name in dict.fromkeys(sorted(names))
    )


def settings_items(facts: Facts) -> Items:
    """Variables in effect once the environment is active, and where packages are installed from."""
    settings = facts.settings
    names = {variable.name for variable in (*settings.activation, *settings.variables)}
    found: dict[str, Mapping[str, str]] = {}
    for name in sorted(names):
        variable = settings.variable(name)
        if variable is None or not _DECIDING.fullmatch(name) or _PLACES.fullmatch(name):
            continue
        found[name] = {"value": _value(name, variable.value, facts)}
    for tool, entries in (("pip", settings.pip), ("uv", settings.uv)):
        told = {key: ", ".join(dict.fromkeys(values)) for key, values in _indexes(entries)}
        if told:
            found[f"{tool} indexes"] = told
    return found


def _value(name: str, value: str, facts: Facts) -> str:
    if _LISTS.fullmatch(name):
        return _in_words(name, value, facts)
    if _DEVICES.fullmatch(name) and not re.fullmatch(r"[\d,\s-]*", value):
        return f"{len(value.split(','))} by serial number"
    return without_places(value) or "empty"


def _in_words(name: str, value: str, facts: Facts) -> str:
    """How many folders or files a search path has, and how many of them lie in the environment."""
    separator = ";" if facts.identity.system == "windows" else ":"
    entries = [entry for entry in re.split(rf"[{separator}\s]+" if "PRELOAD" in name else separator, value) if entry]
    if not entries:
        return "empty"
    word = "file" if "PRELOAD" in name or "INSERT" in name else "folder"
    prefixes = tuple(f"{prefix.rstrip('/')}/" for prefix in (*facts.binaries.search.prefixes, facts.identity.prefix))
    inside = sum(f"{entry}/".startswith(prefixes) for entry in entries)
    said = f"{len(entries)} {word}{'' if len(entries) == 1 else 's'}"
    return said if not inside else f"{said}, {inside} in the environment"


def _indexes(entries: tuple[Setting, ...]) -> Iterator[tuple[str, list[str]]]:
    """Option -> its addresses; of options of which one value counts the strongest."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        option = entry.key.rpartition(".")[2]
        if option not in _INDEX_KEYS or entry.value in (None, ""):
            continue
        values = found.setdefault(option, [])
        if not values or option not in ("index-url", "default-index", "no-index"):
            values.append(public_address(str(entry.value)) if "://" in str(entry.value) else _flag(entry.value))
    yield from sorted(found.items())


def _flag(value: object) -> str:
    text = str(value)
    return text.lower() if re.fullmatch(r"[\w-]{1,20}", text) else "this machine"
