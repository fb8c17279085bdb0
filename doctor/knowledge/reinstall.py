"""How to install exactly what is installed once more: the step that remedies share."""

from __future__ import annotations

from doctor.facts import CondaRecord, Distribution
from doctor.knowledge.shared_libraries import TORCH_BUILDS
from doctor.knowledge.torch import INDEX
from doctor.model import Install, Step, Tell


def same_distribution(dist: Distribution, version: str = "") -> Step:
    """Install a distribution of pip's again from where it came, alone."""
    source = dist.direct_url
    if source is not None and not version:
        if source.editable:
            return Tell(f"Install {dist.name} in editable mode again from {source.url}")
        if "***" in source.url or not source.target_exists:
            return Tell(f"Install {dist.name} {dist.version} again from where it came: {source.url}")
        origin = f"{source.vcs}+{source.url}@{source.commit}" if source.vcs and source.commit else source.url
        return Install("pip", (f"{dist.name} @ {origin}",), force=True, dependencies=False)
    wanted = version or dist.version
    return Install("pip", (f"{dist.name}=={wanted}",), force=True, dependencies=False, index_url=torch_index(wanted))


def same_package(record: CondaRecord) -> Install:
    """Link exactly this conda build again, alone."""
    return Install("conda", (record.spec,), force=True, dependencies=False)


def torch_index(version: str) -> str:
    """The index that holds a build such as 2.4.1+cu121; empty for releases of the ordinary index."""
    local = version.partition("+")[2]
    return INDEX + local if local.startswith(TORCH_BUILDS) and local.replace(".", "").isalnum() else ""


def spec_of(dist: str) -> str:
    """conda-forge/linux-64::numpy-1.26.3-py311h0_0, as history writes it, as the spec of exactly that build."""
    where, found, package = dist.rpartition("::")
    parts = package.rsplit("-", 2)
    if len(parts) != 3:
        return package
    channel = where.rpartition("/")[0] or where
    return f"{channel}::{'='.join(parts)}" if found and channel else "=".join(parts)
