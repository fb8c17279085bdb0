"""The compiled modules that an environment's Python can import, and what the loader does for each: pure.

Checks of missing libraries and of versions ask the same; the loader goes through a thousand modules only once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doctor.facts import Binary, Facts
from doctor.judgement.foreign_loaders import fits
from doctor.judgement.loaded import Step
from doctor.judgement.loader import loader_of
from doctor.judgement.overlap import own_sites
from doctor.judgement.owners import owner_of
from doctor.knowledge.native_modules import IMPORTED_WHOLE, LOADED_AT_IMPORT, OPTIONAL, OPTIONAL_OF_PYTHON
from doctor.model import CannotTell

#: the kind of native file that each operating system loads
KINDS = {"linux": "elf", "macos": "macho", "windows": "pe"}

_TAG = re.compile(r"(cpython|cp|pypy|graalpy)-?(\d{2,4})([a-z]*)")


class Module(NamedTuple):
    """A compiled module, or a library that an import loads by itself."""

    file: Binary
    owner: str  #: a distribution's key, conda:NAME, or empty for one that nobody recorded
    optional: bool  #: whether its package does without it
    steps: tuple[Step, ...]  #: what the loader does for it


def fits_python(tag: str, facts: Facts) -> bool:
    """Whether this environment's Python imports an extension module with such a tag; odd tags get the doubt."""
    abi = facts.identity.abi
    free_threaded = abi.endswith("t")
    if tag == "abi3":
        return not free_threaded
    found = _TAG.match(tag)
    own = re.fullmatch(r"(cp|pp)(\d{2,4})([a-z]*)", abi)
    if found is None or own is None or tag.startswith("graalpy"):
        return True
    family = "pp" if found[1] == "pypy" else "cp"
    return (family, found[2], "t" in found[3]) == (own[1], own[2], free_threaded)


def importable(facts: Facts) -> Iterator[Binary]:
    """Extension modules in the environment's own folders, whatever they were built for."""
    kind = KINDS[facts.identity.system]
    starts = tuple(f"{site}/" for site in own_sites(facts) if not site.startswith(("/", "~")))
    dynload = f"{facts.identity.stdlib}/lib-dynload/"
    for file in facts.binaries.files:
        if file.is_extension and file.kind == kind and file.path.startswith((*starts, dynload)):
            yield file


def machine_of(facts: Facts) -> str:
    """The machine that the environment's Python was built for, as a file's header says it; empty where unknown."""
    loader = loader_of(facts)
    if loader.program is not None and loader.program.machine:
        return loader.program.machine
    python = facts.identity.interpreter
    known = loader.file_at(python.path) if python is not None else None
    if known is not None and known.machine:
        return known.machine
    return facts.identity.architecture


def modules(facts: Facts) -> tuple[Module, ...]:
    """What this environment's Python can load, with what the loader does for it. Raises CannotTell on Windows."""
    global _last
    key = (facts.identity, facts.binaries, facts.files, facts.distributions, facts.conda)
    if _last is None or any(one is not other for one, other in zip(_last[0], key, strict=True)):
        _last = (key, tuple(_modules(facts)))
    return _last[1]


_last: tuple[tuple[object, ...], tuple[Module, ...]] | None = None


def _modules(facts: Facts) -> Iterator[Module]:
    files = [file for file in importable(facts) if not file.problem and fits_python(file.tag, facts)]
    alone = _loaded_at_import(facts)
    if not files and not alone:
        return
    system = facts.identity.system
    if system == "windows":
        raise CannotTell("Windows also looks in folders that a program adds while it runs")
    if system == "linux" and not facts.binaries.search.libc:
        raise CannotTell("the interpreter cannot be read, so that its loader is not known")
    loader, owners, machine = loader_of(facts), owner_of(facts), machine_of(facts)
    for file in (*files, *alone):
        if (
            machine
            and file.machine
            and not (fits(file.machine, machine) if system == "macos" else file.machine == machine)
        ):
            continue
        owner = owners.get(file.path, "")
        yield Module(file, owner, _optional(file, owner, facts), loader.load(file))


def _loaded_at_import(facts: Facts) -> list[Binary]:
    kind = KINDS[facts.identity.system]
    ending = ".dylib" if kind == "macho" else ".so"
    places = {f"{site}/{path}{ending}" for site in own_sites(facts) for path in LOADED_AT_IMPORT.values()}
    return [file for file in facts.binaries.files if file.path in places and file.kind == kind and not file.problem]


def _optional(file: Binary, owner: str, facts: Facts) -> bool:
    if file.path.startswith(f"{facts.identity.stdlib}/lib-dynload/"):
        return OPTIONAL_OF_PYTHON.search(file.path) is not None
    known = OPTIONAL.get(owner.removeprefix("conda:"))
    return known is not None and known.search(file.path) is not None


def needed_whole(owner: str, failing: Sequence[Module], every: Sequence[Module]) -> bool:
    """Whether a package cannot be imported, or hardly, where these of its modules do not load."""
    counted = [module for module in every if not module.optional]
    lost = [module for module in failing if not module.optional]
    if not lost:
        return False
    name = owner.removeprefix("conda:")
    if name in IMPORTED_WHOLE or not name or any("/lib-dynload/" in module.file.path for module in lost):
        return True
    return len(lost) * 2 >= len(counted)


def by_owner(several: Sequence[Module]) -> dict[str, list[Module]]:
    """Modules by the package that brought them, in stable order."""
    found: dict[str, list[Module]] = {}
    for module in sorted(several, key=lambda module: (module.owner, module.file.path)):
        found.setdefault(module.owner, []).append(module)
    return found


def short(path: str, facts: Facts) -> str:
    """A path below site-packages without the folder's own name."""
    site = next((site for site in own_sites(facts) if path.startswith(f"{site}/")), "")
    return path[len(site) + 1 :] if site else path


def module_name(module: Module, facts: Facts) -> str:
    """How Python imports it: cv2.cv2, sklearn.utils._openmp_helpers."""
    text = short(module.file.path, facts).rpartition("/lib-dynload/")[2]
    return re.sub(r"\.(?:cpython|cp|pypy|abi3)[\w-]*(?=\.)", "", text).rpartition(".")[0].replace("/", ".")
