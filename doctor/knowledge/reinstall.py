"""How to install exactly what is installed once more, and how to take it away: the steps that remedies share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doctor.facts import CondaRecord, DirectUrl, Distribution
from doctor.knowledge.shared_libraries import TORCH_BUILDS
from doctor.knowledge.torch import INDEX
from doctor.model import Install, Move, Safety, Step, Tell, Uninstall

#: a folder below another, by plain names
_SUBDIRECTORY = re.compile(r"(?!/)(?:(?:^|/)(?!\.\.?(?:/|$))[\w.+][\w.+-]*)+", re.ASCII)


def reinstalled(dist: Distribution) -> tuple[Step, ...]:
    """Install a distribution of pip's again; metadata without RECORD is moved aside first, as pip stops at it."""
    again = same_distribution(dist)
    return (Move((f"{dist.site}/{dist.folder}",)), again) if _has_no_list(dist) else (again,)


def taken_away(*dists: Distribution) -> tuple[Step, ...]:
    """Uninstall distributions of pip's; without RECORD nothing can, so that their metadata is moved aside."""
    bare = tuple(f"{dist.site}/{dist.folder}" for dist in dists if _has_no_list(dist))
    whole = tuple(dist.name for dist in dists if not _has_no_list(dist))
    return (*((Move(bare),) if bare else ()), *((Uninstall("pip", whole),) if whole else ()))


def safety_of(steps: Iterable[Step]) -> Safety:
    """Careful, or by hand where an install among the steps has to be told."""
    return Safety.MANUAL if any(isinstance(step, Tell) for step in steps) else Safety.CAREFUL


def _has_no_list(dist: Distribution) -> bool:
    return dist.paths is None and dist.kind != "egg-link"


def same_distribution(dist: Distribution, version: str = "", *, fresh: bool = False) -> Step:
    """Install a distribution of pip's again from where it came, alone; fresh goes past the caches."""
    source = dist.direct_url
    if source is not None and not version:
        if source.editable:
            return Tell(f"Install {dist.name} in editable mode again from {source.url}")
        if "***" in source.url or not source.target_exists:
            return Tell(f"Install {dist.name} {dist.version} again from where it came: {source.url}")
        if not can_be_told(source):
            return Tell(f"Install {dist.name} {dist.version} again from its folder in {source.url}")
        origin = f"{source.vcs}+{source.url}@{source.commit}" if source.vcs and source.commit else source.url
        return Install(
            "pip", (f"{dist.name} @ {origin}{address_end(source)}",), force=True, dependencies=False, fresh=fresh
        )
    wanted = version or dist.version
    index = torch_index(wanted)
    return Install("pip", (f"{dist.name}=={wanted}",), force=True, dependencies=False, index_url=index, fresh=fresh)


def can_be_told(source: DirectUrl) -> bool:
    """Whether the folder in a repository or archive can stand in a requirement."""
    return not source.subdirectory or _SUBDIRECTORY.fullmatch(source.subdirectory) is not None


def address_end(source: DirectUrl) -> str:
    """What follows an address in a requirement: the digest of the archive and the folder in it."""
    digest = source.digest if not source.vcs else ""
    folder = f"subdirectory={source.subdirectory}" if source.subdirectory else ""
    parts = [part for part in (digest, folder) if part]
    return f"#{'&'.join(parts)}" if parts else ""


def same_package(record: CondaRecord, *, fresh: bool = False) -> Install:
    """Link exactly this conda build again, alone; fresh goes past the cache."""
    return Install("conda", (record.spec,), force=True, dependencies=False, fresh=fresh)


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
