"""What is known of an environment, as frozen data; one module a layer.

Every string in here was cleaned and redacted when it was read. Paths inside the environment are relative
to its prefix with forward slashes; others are absolute, with ~ for the home folder.

Annotations in the layers' modules are no texts: typing would compile each of them whenever envdoctor starts.
"""

from collections.abc import Mapping
from typing import NamedTuple

from doctor.facts.binaries import Alias, Binaries, Binary, Outside, Search, SearchFolder, TensorflowBuild
from doctor.facts.conda import Conda, CondaRecord, Transaction
from doctor.facts.distributions import (
    DirectUrl,
    Distribution,
    Distributions,
    Leftover,
    Script,
    StartupFile,
    Unreadable,
)
from doctor.facts.files import Cache, Files, Size, Sizes
from doctor.facts.fingerprint import FINGERPRINT_LAYERS, Fingerprint, Part
from doctor.facts.identity import Base, Identity, Interpreter, SiteFolder
from doctor.facts.integrity import Altered, Integrity
from doctor.facts.kernels import Kernel, Kernels
from doctor.facts.live import Device, Live, TorchTried, Tried
from doctor.facts.locks import Lock, Locked, Locks
from doctor.facts.machine import Disk, Gpu, Gpus, Machine, Tool
from doctor.facts.numbers import Library, Numbers, Run, Series
from doctor.facts.project import (
    Asked,
    EditorInterpreter,
    GpuWish,
    HostWish,
    Ignored,
    Imported,
    NotebookKernel,
    Policy,
    Project,
    PythonWish,
    ShellInstall,
    Specification,
)
from doctor.facts.settings import Setting, Settings, Variable

#: layer -> the layers that its collector reads from
LAYERS: Mapping[str, tuple[str, ...]] = {
    "identity": (),
    "distributions": ("identity",),
    "conda": ("identity",),
    "settings": ("identity",),
    "files": ("identity",),
    "machine": ("identity",),
    "project": ("identity",),
    "locks": ("identity",),
    "kernels": ("identity",),
    "sizes": ("identity", "distributions", "conda", "files"),
    "integrity": ("identity", "distributions", "conda"),
    "binaries": ("identity", "settings", "files"),
}


class Facts(NamedTuple):
    """All layers. One that was not read is empty; one that could not be read is in gaps with the reason."""

    identity: Identity = Identity()
    distributions: Distributions = Distributions()
    conda: Conda = Conda()
    settings: Settings = Settings()
    files: Files = Files()
    sizes: Sizes = Sizes()
    machine: Machine = Machine()
    project: Project = Project()
    locks: Locks = Locks()
    kernels: Kernels = Kernels()
    integrity: Integrity = Integrity()
    binaries: Binaries = Binaries()
    live: Live = Live()  #: no layer: read only when the user asks for it, and no check can
    layers: tuple[str, ...] = ()  #: that were read
    gaps: Mapping[str, str] = {}  #: layer -> why it could not be read
    now: float = 0.0  #: seconds since the epoch when the facts were collected


__all__ = [
    "FINGERPRINT_LAYERS",
    "LAYERS",
    "Alias",
    "Altered",
    "Asked",
    "Base",
    "Binaries",
    "Binary",
    "Cache",
    "Conda",
    "CondaRecord",
    "Device",
    "DirectUrl",
    "Disk",
    "Distribution",
    "Distributions",
    "EditorInterpreter",
    "Facts",
    "Files",
    "Fingerprint",
    "Gpu",
    "GpuWish",
    "Gpus",
    "HostWish",
    "Identity",
    "Ignored",
    "Imported",
    "Integrity",
    "Interpreter",
    "Kernel",
    "Kernels",
    "Leftover",
    "Library",
    "Live",
    "Lock",
    "Locked",
    "Locks",
    "Machine",
    "NotebookKernel",
    "Numbers",
    "Outside",
    "Part",
    "Policy",
    "Project",
    "PythonWish",
    "Run",
    "Script",
    "Search",
    "SearchFolder",
    "Series",
    "Setting",
    "Settings",
    "ShellInstall",
    "SiteFolder",
    "Size",
    "Sizes",
    "Specification",
    "StartupFile",
    "TensorflowBuild",
    "Tool",
    "TorchTried",
    "Transaction",
    "Tried",
    "Unreadable",
    "Variable",
]
