"""What the environment has to run on, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.facts import Disk, Facts
from doctor.facts.units import size
from doctor.report.as_html.marks import section, table
from doctor.report.words import count

_ROLES = {"environment": "the environment", "cache": "caches", "temporary": "temporary files", "home": "home"}


def machine(facts: Facts) -> str:
    """The section; empty where the machine was not looked at."""
    rows = list(_rows(facts)) if "machine" in facts.layers else []
    return section("machine", "The machine", [table((), rows)] if rows else [])


def _rows(facts: Facts) -> Iterator[tuple[str, str]]:
    seen = facts.machine
    system = ", ".join(part for part in (f"{seen.system} {seen.release}".strip(), seen.libc) if part)
    if system:
        yield "system", system
    level = f"x86-64 level {seen.x86_64_level}" if seen.x86_64_level else ""
    quota = f"quota of {seen.quota:g}" if seen.quota else ""
    cores = count(seen.cores, "core") if seen.cores else ""
    if said := ", ".join(part for part in (seen.architecture, level, cores, quota) if part):
        yield "processor", said
    if seen.memory:
        yield "memory", size(seen.memory) + (f", limited to {size(seen.memory_limit)}" if seen.memory_limit else "")
    for gpu in seen.gpus.devices:
        told = (
            gpu.name,
            f"capability {gpu.capability}" if gpu.capability else "",
            size(gpu.memory) if gpu.memory else "",
        )
        yield "GPU", ", ".join(part for part in told if part)
    if seen.gpus.driver or seen.gpus.cuda:
        cuda = f"CUDA up to {seen.gpus.cuda}" if seen.gpus.cuda else ""
        yield "GPU driver", ", ".join(part for part in (seen.gpus.driver, cuda) if part)
    yield from _disks(seen.disks)
    tools: dict[str, str] = {}
    for tool in seen.tools:
        if not tools.get(tool.name):
            tools[tool.name] = tool.version
    if tools:
        yield "tools on PATH", ", ".join(f"{name} {version}".strip() for name, version in tools.items())


def _disks(disks: Iterable[Disk]) -> Iterator[tuple[str, str]]:
    """A row for each file system, with all that lies on it."""
    roles: dict[tuple[str, int], list[Disk]] = {}
    for disk in disks:
        if disk.total:
            roles.setdefault((disk.device, disk.total), []).append(disk)
    for found in roles.values():
        names = ", ".join(dict.fromkeys(_ROLES[disk.role] for disk in found))
        yield "disk", f"{size(found[0].free)} of {size(found[0].total)} free, for {names}"
