"""Says which package owns a folder, and in folders that several share, which owns a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from doctor.facts import Distribution, Facts

_BYTECODE = "/__pycache__"


class _Claim(NamedTuple):
    owner: str
    paths: tuple[str, ...]
    folders: set[str]


class Owners:
    """Owners by folder. A folder that one package alone put files into is that package's with all below it."""

    def __init__(self, facts: Facts) -> None:
        self._sites = tuple(site.path for site in facts.identity.site_folders)
        self._stdlib = facts.identity.stdlib or "lib/python"
        #: folders in which anybody may put something: what lies unclaimed in them is nobody's
        self._common = {"", *self._sites, facts.identity.stdlib}
        self._only: dict[str, str] = {}  # folder -> its only owner
        self._names: dict[str, dict[str, str]] = {}  # folder of several owners -> name -> owner
        claims = list(_claims(facts))
        several = self._find_shared(claims)
        for claim in claims:
            if not claim.folders.isdisjoint(several):
                for path in claim.paths:
                    folder, _, name = path.rpartition("/")
                    if folder in several:
                        self._names.setdefault(folder, {})[name] = claim.owner

    def _find_shared(self, claims: list[_Claim]) -> set[str]:
        several = set()
        for claim in claims:
            for folder in claim.folders:
                if self._only.setdefault(folder, claim.owner) != claim.owner or self._is_common(folder):
                    several.add(folder)
        for folder in several:
            del self._only[folder]
        return several

    def _is_common(self, folder: str) -> bool:
        return "/" not in folder or folder.removesuffix(_BYTECODE) in self._common

    def of_folder(self, path: str) -> str:
        """The owner of a folder and of what nobody claims in it; empty for nobody."""
        asked = path
        while path not in self._only:
            if path in self._names or self._is_common(path):
                self._only[asked] = ""
                return ""
            path = path.rpartition("/")[0]
        owner = self._only[asked] = self._only[path]
        return owner

    def by_name(self, path: str) -> Callable[[str], str] | None:
        """For a folder of several owners, what tells the owner of a name in it; None for other folders."""
        names = self._names.get(path)
        modules = self._names.get(path.removesuffix(_BYTECODE)) if path.endswith(_BYTECODE) else None
        if names is None and modules is None:
            return None

        def owner(name: str) -> str:
            found = names.get(name, "") if names else ""
            return found or (modules or {}).get(name.partition(".")[0] + ".py", "")

        return owner

    def place(self, path: str) -> str:
        """The topmost folder to name when something below it is nobody's; empty where it came with Python."""
        for site in sorted(self._sites, key=len, reverse=True):
            if path.startswith(f"{site}/"):
                return f"{site}/{path[len(site) + 1 :].partition('/')[0]}"
        if "/" not in path or path.startswith((self._stdlib, "include/")):
            return ""
        return "/".join(path.split("/")[:2])


def _claims(facts: Facts) -> Iterator[_Claim]:
    """What packages say that they own; where two name the same file, the later one has it."""
    metadata: set[str] = set()
    for record in facts.conda.records:
        folders = {path.rpartition("/")[0] for path in record.files}
        metadata |= {folder for folder in folders if folder.endswith(("-info", ".egg-info"))}
        yield _Claim(f"conda:{record.name}", record.files, folders)
    for dist in sorted(facts.distributions.installed, key=lambda dist: dist.modified):
        if dist.site.startswith(("/", "~")):
            continue
        if f"{dist.site}/{dist.folder}" in metadata and dist.installer in ("conda", ""):
            continue
        if dist.paths is None:
            yield _without_record(dist)
        else:
            yield _Claim(dist.key, dist.paths, {path.rpartition("/")[0] for path in dist.paths})


def _without_record(dist: Distribution) -> _Claim:
    here = [f"{dist.site}/{dist.folder}", *(f"{dist.site}/{name}" for name in dist.top_level)]
    files = (here[0], *(f"{path}.py" for path in here[1:]))
    return _Claim(dist.key, files, {dist.site, *here})
