"""Finds the BLAS and OpenMP runtimes of an environment and follows who loads them.

From each extension module through what it needs, to the file that its loader would take, through as many libraries
as lie between. Links are followed, for one file often stands under several makers' names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from doctor.facts import Binary, Facts, Outside
from doctor.judgement.loaded import Answer, Found
from doctor.judgement.loader import Loader, loader_of
from doctor.judgement.numeric_names import BY_NAME, MKL_LAYERS, MKL_LOADERS, WRAPPERS, family_of
from doctor.judgement.owners import owner_of, package_of
from doctor.judgement.runtimes import Runtime, threading_layer

#: libraries that may lie between an extension module and the runtime; the longest chain seen has 5
_DEPTH = 12
_VERSION_IN_ABOUT = re.compile(r"OpenBLAS (\d[\w.]*)")
#: libopenblasp-r0.3.27.so, and as wheels call it with a hash in the middle: libopenblasp-r0-09e95953.3.27.so
_VERSION_IN_NAME = re.compile(r"-r0(?:-[0-9a-f]+)?\.(\d+\.\d+)")
_TORCH = re.compile(r"(?:^|/)torch/lib/(?:libtorch_cpu\.(?:so|dylib)|torch_cpu\.dll)$")
_GOMP = re.compile(r"GOMP_(\d+(?:\.\d+)*)$")
_INTEL = ("x86_64", "AMD64", "universal2")
#: the parts of MKL, the one that stands for all of them in a folder first
_MKL_PARTS = ("mkl_rt", "mkl_core", "mkl_intel_thread", "mkl_gnu_thread", "mkl_tbb_thread", "mkl_sequential")


def find_runtimes(facts: Facts) -> tuple[Runtime, ...]:
    """Everything that was found, by kind, family and path."""
    return tuple(_Search(facts).runtimes())


class _Search:
    """From the files that name a runtime back to the packages that load those."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.loader: Loader = loader_of(facts)
        self.owners = owner_of(facts)
        self.sites = tuple(
            f"{site.path}/" for site in facts.identity.site_folders if not site.path.startswith(("/", "~"))
        )
        self.layer = MKL_LAYERS.get(threading_layer(facts), MKL_LAYERS[""])
        self.by_name: dict[str, list[str]] = defaultdict(list)
        self.asking: dict[str, list[Binary]] = defaultdict(list)
        for file in facts.binaries.files:
            self.by_name[file.name.lower()].append(file.path)
            for name in file.needed:
                self.asking[name].append(file)
        self.answers: dict[str, Mapping[str, Answer]] = {}
        self.static: dict[str, str] = {}
        self.edges: dict[str, set[str]] = defaultdict(set)  #: path of a file -> files it needs that matter here
        self.known: dict[str, Binary | Outside] = {}  #: real path -> the runtime that lies there

    def runtimes(self) -> Iterator[Runtime]:
        """Everything that was found, by kind, family and path."""
        self._follow()
        users = self._users()
        made = [self._runtime(path, file, users.get(path, {})) for path, file in self.known.items()]
        made += [self._static(path, family, users.get(path, {})) for path, family in self.static.items()]
        yield from sorted(_one_mkl(made), key=lambda runtime: (runtime.kind, runtime.family, runtime.path))

    def _follow(self) -> None:
        """Note who needs a runtime, then who needs those libraries, and so on."""
        names = {name for name in self.asking if family_of(name) or WRAPPERS.match(name.rpartition("/")[2].lower())}
        for file in self.facts.binaries.files:
            if family_of(file.name) and not file.is_extension:
                self.known[file.path] = file
            if self._holds_mkl(file):
                self.static[file.path] = "mkl"
                names |= {name for name in (file.soname, file.name) if name in self.asking}
        seen: set[str] = set()
        for _ in range(_DEPTH):
            names -= seen
            if not names:
                break
            seen |= names
            names = {name for path in self._step(names) for name in self._names_of(path)} & self.asking.keys()

    def _step(self, names: Iterable[str]) -> Iterator[str]:
        """Link each file that asks for one of these names to what it would get; yield those files."""
        for name in names:
            for file in self.asking[name]:
                target = self._target(name, file)
                if target is None or target == file.path:
                    continue
                if family_of(target) and target not in self.known:
                    found = self.loader.file_at(target)
                    self.known[target] = found if found is not None else Outside(name, target, "default")
                self.edges[file.path].add(target)
                yield file.path

    def _names_of(self, path: str) -> Iterator[str]:
        file = self.loader.files.get(path)
        if file is not None and not file.is_extension:
            yield from (file.soname, file.name)
            yield from (alias.path.rpartition("/")[2] for alias in self.facts.binaries.aliases if alias.target == path)

    def _target(self, name: str, file: Binary) -> str | None:
        """The real path of what a file gets by a name; what the system itself brings goes by its name."""
        near = self._near(name.rpartition("/")[2].lower(), file)
        if near is not None and self.facts.identity.system == "windows":
            return near  # which of several of one name is loaded there depends on the package, not on search paths
        if file.path not in self.answers:
            self.answers[file.path] = self.loader.resolve(file)
        answer = self.answers[file.path].get(name)
        return self.loader.real_path(answer.path) if isinstance(answer, Found) else near

    def _near(self, name: str, file: Binary) -> str | None:
        """Of the files of a name the one in the same folder, of the same package, or the only one."""
        candidates = self.by_name.get(name, [])
        folder, owner = file.path.rpartition("/")[0], self.owners.get(file.path)
        ranked = sorted(
            candidates,
            key=lambda path: (path.rpartition("/")[0] != folder, owner is None or self.owners.get(path) != owner, path),
        )
        if not ranked:
            return None
        best = ranked[0]
        near = best.rpartition("/")[0] == folder or (owner is not None and self.owners.get(best) == owner)
        sure = near or (len(ranked) == 1 and self.facts.identity.system != "linux")
        return self.loader.real_path(best) if sure else None

    def _holds_mkl(self, file: Binary) -> bool:
        """Whether it is torch's library out of a wheel for Intel's processors, into which MKL was linked."""
        if not _TORCH.search(file.path) or file.machine not in _INTEL or self._needs_blas(file):
            return False
        return not self.owners.get(file.path, "").startswith("conda:")

    def _needs_blas(self, file: Binary) -> bool:
        wanted = (family_of(name) for name in file.needed)
        wrapped = any(WRAPPERS.match(name.rpartition("/")[2].lower()) for name in file.needed)
        return wrapped or any(family is not None and family.kind == "blas" for family in wanted)

    def _users(self) -> Mapping[str, Mapping[str, str]]:
        """Runtime -> owner of Python code that reaches it -> the file by which it does."""
        self._let_mkl_load()
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for path in sorted({*self.edges, *self.static}):
            user = self._user(path)
            for runtime in self._reached(path) if user else ():
                found[runtime].setdefault(user, path)
        return found

    def _user(self, path: str) -> str:
        """Whose Python code a file is; empty for one that no import leads to by itself."""
        site = next((site for site in self.sites if path.startswith(site)), None)
        if site is None:
            return ""
        return self.owners.get(path) or path[len(site) :].partition("/")[0].partition(".")[0]

    def _reached(self, path: str) -> set[str]:
        reached: set[str] = {path} & self.static.keys()
        pending, seen = [path], {path}
        while pending:
            for target in self.edges.get(pending.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
                    if target in self.known or target in self.static:
                        reached.add(target)
        return reached

    def _let_mkl_load(self) -> None:
        """MKL loads its OpenMP itself when it is first used: the one beside it, else the one that is found."""
        for path in [path for path in self.known if MKL_LOADERS.match(path.rpartition("/")[2].lower())]:
            folder = path.rpartition("/")[0]
            for name in self.layer:
                beside = f"{folder}/{name}" if folder else name
                candidates = [beside, *self.by_name.get(name, ())]
                target = next((self.loader.real_path(one) for one in candidates if self.loader.file_at(one)), None)
                if target is not None and target != path:
                    self.edges[path].add(target)
                    file = self.loader.file_at(target)
                    if file is not None:
                        self.known.setdefault(target, file)

    def _runtime(self, path: str, file: Binary | Outside, users: Mapping[str, str]) -> Runtime:
        family = family_of(path)
        assert family is not None
        inside = isinstance(file, Binary)
        owner = self.owners.get(path, "")
        threading, integers = self._way(path, file, family.name) if family.kind == "blas" else ("", 0)
        return Runtime(
            family.kind,
            family.name,
            path,
            _version(file, family.name) or self._version_of_owner(owner, family.name),
            threading,
            integers,
            file.soname,
            owner,
            users,
            False,
            not inside,
        )

    def _static(self, path: str, family: str, users: Mapping[str, str]) -> Runtime:
        return Runtime(BY_NAME[family].kind, family, path, owner=self.owners.get(path, ""), users=users, static=True)

    def _version_of_owner(self, owner: str, family: str) -> str:
        """The version of a package that holds nothing but this library."""
        package = package_of(self.facts, owner)
        if package is None:
            return ""
        name = package.name.lower()
        own = ("openblas", "mkl", "blis", "openmp", "gomp", "libblas", "nvpl")
        return package.version if any(word in name for word in own) and family != "netlib" else ""

    def _way(self, path: str, file: Binary | Outside, family: str) -> tuple[str, int]:
        about = file.about if isinstance(file, Binary) else ""
        name = path.rpartition("/")[2].lower()
        if family == "mkl":
            layer = threading_layer(self.facts)
            part = next((word for word in ("intel", "gnu", "tbb", "sequential") if f"{word}_thread" in name), "")
            chosen = {"INTEL": "intel", "GNU": "gnu", "TBB": "tbb", "SEQUENTIAL": "none"}
            return part or chosen.get(layer, "intel"), 0
        if family != "openblas":
            return "", 0
        wide = "USE64BITINT" in about or "openblas64" in name or "64_" in name
        loads = any(family_of(target) for target in self.edges.get(path, ())) or "USE_OPENMP" in about
        alone = "SINGLE_THREADED" in about
        return "none" if alone else "openmp" if loads else "pthreads", 64 if wide else 32


def _version(file: Binary | Outside, family: str) -> str:
    """What the file itself says: its text, its name, or the newest symbols that it offers."""
    said = _VERSION_IN_ABOUT.search(file.about) if isinstance(file, Binary) else None
    if said:
        return said[1]
    if family == "openblas":
        named = _VERSION_IN_NAME.search(file.path)
        return f"0.{named[1]}" if named else ""
    if family == "libgomp":
        offered = [match[1] for match in map(_GOMP.match, file.offers) if match]
        best = max(offered, key=lambda text: tuple(map(int, text.split("."))), default="")
        return f"(GOMP {best})" if best else ""
    return ""


def _one_mkl(runtimes: list[Runtime]) -> Iterator[Runtime]:
    """All, with the parts of one MKL told as one runtime, which all their users use."""
    parts: dict[str, list[Runtime]] = defaultdict(list)
    for runtime in runtimes:
        if runtime.family == "mkl" and not runtime.static:
            parts[runtime.path.rpartition("/")[0]].append(runtime)
        else:
            yield runtime
    for together in parts.values():
        first = min(together, key=_rank_of_part)
        users: dict[str, str] = {}
        for part in together:
            users = {**part.users, **users}
        linked = {part.threading for part in together if "_thread" in part.path and part.users}
        yield first._replace(users=users, threading=linked.pop() if len(linked) == 1 else first.threading)


def _rank_of_part(runtime: Runtime) -> int:
    name = runtime.path.rpartition("/")[2].lower().removeprefix("lib")
    return next((rank for rank, part in enumerate(_MKL_PARTS) if name.startswith(part)), len(_MKL_PARTS))
