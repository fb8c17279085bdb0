"""The machine layer: what the environment has to run on."""

from typing import Literal, NamedTuple


class Gpu(NamedTuple):
    """One GPU that the driver or the kernel shows."""

    name: str
    capability: str = ""  #: 9.0; empty where it cannot be read
    memory: int = 0  #: bytes


class Gpus(NamedTuple):
    """What was seen of NVIDIA GPUs, by pynvml or by /proc."""

    devices: tuple[Gpu, ...] = ()
    driver: str = ""  #: user-space driver version: 580.65.06
    kernel_module: str = ""  #: version of the loaded kernel module
    cuda: str = ""  #: the newest CUDA that the driver speaks: 13.0
    source: Literal["none", "nvml", "proc"] = "none"
    mismatch: bool = False  #: NVML answered that driver and library versions differ


class Disk(NamedTuple):
    """One file system that an environment depends on."""

    role: Literal["environment", "cache", "temporary", "home"]
    path: str
    device: str  #: to tell whether two roles share a file system
    total: int = 0  #: bytes
    free: int = 0
    inodes: int = 0  #: 0 where the file system does not count them
    inodes_free: int = 0
    quota_free: int | None = None  #: bytes, where a quota could be read


class Tool(NamedTuple):
    """A package manager or interpreter found on PATH, read and not run."""

    name: str  #: pip, python, conda, mamba, micromamba, pixi, uv, jupyter
    path: str
    version: str = ""
    environment: str = ""  #: the prefix it belongs to, as shown to people; empty where it cannot be told


class Machine(NamedTuple):
    """The machine that envdoctor runs on."""

    system: str = ""  #: linux, macos, windows
    release: str = ""
    libc: str = ""  #: glibc 2.36, musl 1.2
    architecture: str = ""
    x86_64_level: int = 0  #: 1 to 4; 0 where it is no x86-64 or cannot be read
    cores: int = 0  #: that this process may use
    quota: float = 0.0  #: cores by cgroup; 0 without a quota
    memory: int = 0  #: bytes
    memory_limit: int = 0  #: bytes by cgroup; 0 without
    gpus: Gpus = Gpus()
    disks: tuple[Disk, ...] = ()
    tools: tuple[Tool, ...] = ()  #: first on PATH for each name first, then the hidden ones
    conda_roots: tuple[str, ...] = ()  #: conda installations seen
