"""The NVIDIA driver that is loaded and the driver's libraries on disk are of different versions.

## Why it matters
No program can use the GPU: `nvidia-smi` answers "Driver/library version mismatch", PyTorch says that CUDA is not
available, and code falls back to the processor or fails. It comes after an update of the driver, often an automatic
one, while the old kernel module is still loaded.

## How it is found
The version of the loaded kernel module stands in `/proc/driver/nvidia/version`; that of the library in its file's
name, and the library itself (NVML) refuses with error 18. Judged only where the GPU's device files are there: a
container without a GPU sees the host's kernel module and brings libraries of its own.

## What the fix does
Nothing is run for you: a restart loads the new module. In a container the libraries come from outside, so the
container must be started anew instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts
from doctor.facts.build import environment
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell


def find(facts: Facts) -> Iterator[Finding]:
    """One finding where the two versions differ."""
    gpus = facts.machine.gpus
    if not gpus.mismatch:
        return
    module, library = gpus.kernel_module or "unknown", gpus.driver or "of another version"
    seen = [Evidence(f"kernel module {module} is loaded", "/proc/driver/nvidia/version")]
    seen.append(Evidence(f"the driver's library on disk is {library}"))
    yield Finding(
        Severity.ERROR,
        "nvidia-driver",
        f"NVIDIA kernel module {module} is loaded, its library is {library}; no GPU can be used"[:100],
        tuple(seen),
        (),
        (
            Remedy(
                "Restart the machine, so that the kernel loads the driver that is installed",
                Safety.MANUAL,
                (
                    Tell("Save your work, then restart.", ("sudo", "reboot")),
                    Tell(
                        "On a machine that must not restart: end every program that uses the GPU, unload the modules "
                        "nvidia_uvm, nvidia_drm, nvidia_modeset and nvidia, then load nvidia again."
                    ),
                    Tell("Inside a container: stop it and start it anew; it keeps the libraries of its start."),
                ),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """A driver that was updated without a restart; one in order; none."""
    gpu = Gpu("NVIDIA A100-SXM4-80GB", "8.0")
    updated = Machine(gpus=Gpus((gpu,), "535.161.08", "535.129.03", "", "proc", mismatch=True))
    yield Example("updated without a restart", environment(machine=updated), ("nvidia-driver",), Severity.ERROR)
    silent = Machine(gpus=Gpus((gpu,), "", "535.129.03", "", "proc", mismatch=True))
    yield Example("a library that tells no version", environment(machine=silent), ("nvidia-driver",))
    fine = Machine(gpus=Gpus((gpu,), "535.129.03", "535.129.03", "12.2", "nvml"))
    yield Example("both of one version", environment(machine=fine))
    foreign = Machine(gpus=Gpus((), "535.161.08", "535.129.03", "", "proc"))
    yield Example("a container that was given no GPU", environment(machine=foreign))
    yield Example("no GPU", environment())


CHECK = Check(
    "GPU008", "driver-library-mismatch", Severity.ERROR, __doc__, find, examples, needs=("machine",), records=False
)
