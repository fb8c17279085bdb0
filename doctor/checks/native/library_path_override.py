"""LD_LIBRARY_PATH or LD_PRELOAD puts foreign libraries before this environment's own.

## Why it matters
A package brings the libraries that it was built with, and then loads others of the same name: those of another
Python, of MATLAB, of a module of the cluster. What follows is `undefined symbol`, `version not found`, other numbers
or a crash, in this environment only and in this terminal only. The variable was often set for one program, in a
shell file, for good.

## How it is found
For each compiled module the libraries are looked for twice, with the variable and without it. It is reported where
a library of this environment is passed over for one that lies outside. A path that only adds what is not here stays
unmentioned, and so do CUDA libraries, which have a finding of their own. On macOS the names of DYLD_LIBRARY_PATH's
folders are compared with the libraries that are needed.

## What the fix does
Unsets the variable whenever this environment is activated; other environments and programs keep it. Where a shell
file sets it, file and line are shown, so that the cause can be removed for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Facts, Outside, Search, SearchFolder, Settings, Variable
from doctor.facts.build import distribution, environment, site_packages
from doctor.judgement.loaded import Found
from doctor.judgement.loader import Loader
from doctor.judgement.native_modules import Module, importable, modules
from doctor.judgement.native_remedies import bare
from doctor.judgement.overlap import own_sites
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, SetVariable, Severity, Tell

_OF_CUDA = re.compile(r"lib(?:cu|nv|nccl|npp|caffe2_nvrtc)")
_SHOWN = 4

#: library -> (its own file here, the foreign one, the file that asks)
Passed = dict[str, tuple[str, str, str]]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each folder that wins over this environment's own libraries, one for what is preloaded."""
    search = facts.binaries.search
    mac = facts.identity.system == "macos"
    if any(not folder.inside and folder.names for folder in search.library_path):
        passed = _by_name(facts) if mac else _passed_over(facts)
        folders: dict[str, Passed] = {}
        for name, row in passed.items():
            folders.setdefault(row[1].rpartition("/")[0], {})[name] = row
        for folder, rows in sorted(folders.items()):
            yield _finding("DYLD_LIBRARY_PATH" if mac else "LD_LIBRARY_PATH", folder, rows, facts)
    preloaded = _preloaded(facts)
    if preloaded:
        yield _finding("DYLD_INSERT_LIBRARIES" if mac else "LD_PRELOAD", "", preloaded, facts)


def _passed_over(facts: Facts) -> Passed:
    """Libraries of this environment for which the loader takes others because of the variable."""
    if facts.identity.system != "linux":
        return {}
    plain = facts.binaries.search._replace(library_path=())
    without = Loader(facts._replace(binaries=facts.binaries._replace(search=plain)))
    found: Passed = {}
    for module in modules(facts):
        foreign = {
            step.answer.name: (step.answer.path, step.chain[-1])
            for step in module.steps
            if isinstance(step.answer, Found) and step.answer.how == "LD_LIBRARY_PATH"
        }
        wanted = [name for name in foreign if name not in found and not _OF_CUDA.match(name)]
        if not any(foreign[name][0].startswith(("/", "~")) for name in wanted):
            continue
        for step in without.load(module.file):
            answer = step.answer
            if isinstance(answer, Found) and answer.name in wanted and not answer.path.startswith(("/", "~")):
                path, asking = foreign[answer.name]
                if path.startswith(("/", "~")):
                    found.setdefault(answer.name, (answer.path, path, asking))
    return found


def _by_name(facts: Facts) -> Passed:
    """On macOS the folders of the variable win by a library's mere file name."""
    sites = tuple(f"{site}/" for site in own_sites(facts))
    own = {file.name: file.path for file in facts.binaries.files if file.path.startswith((*sites, "lib/"))}
    found: Passed = {}
    for folder in facts.binaries.search.library_path:
        for name in folder.names if not folder.inside else ():
            asking = next(
                (file for file in importable(facts) if any(n.endswith(f"/{name}") for n in file.needed)), None
            )
            if name in own and asking is not None:
                found.setdefault(name, (own[name], f"{folder.path}/{name}", asking.path))
    return found


def _preloaded(facts: Facts) -> Passed:
    """Foreign libraries that are loaded before all others, and that this environment has of its own."""
    loader = Loader(facts)
    own = {file.soname: file.path for file in facts.binaries.files if file.soname}
    found: Passed = {}
    for entry in facts.binaries.search.preload:
        name = entry.rpartition("/")[2]
        known = next((out for out in facts.binaries.outside if out.by == "preload" and _is(out.path, entry)), None)
        soname = (known.soname if known is not None else "") or name
        if not entry.startswith(("/", "~")) or not loader.place(entry).startswith(("/", "~")):
            continue
        if soname in own:
            found[soname] = (own[soname], known.path if known is not None else entry, "")
    return found


def _is(shown: str, written: str) -> bool:
    """Whether a path as people see it, with ~ for the home folder, may be one that is written in full."""
    return shown == written or (shown.startswith("~/") and written.endswith(shown[1:]))


def _finding(variable: str, folder: str, rows: Passed, facts: Facts) -> Finding:
    names = sorted(rows)
    many = f" and {len(names) - 1} more" if len(names) > 1 else ""
    evidence = []
    for name in names[:_SHOWN]:
        own, foreign, asking = rows[name]
        evidence.append(Evidence(f"{name}: this environment's own is passed over", own))
        evidence.append(Evidence("this one is loaded instead" + (f", for {asking}" if asking else ""), foreign))
    evidence.append(_set_by(variable, facts))
    packages = sorted({bare(module.owner) for module in _users(rows, facts) if module.owner})
    source = evidence[-1].path or "your shell files, job scripts and modules"
    subject = folder or rows[names[0]][1]
    return Finding(
        Severity.WARNING,
        subject,
        f"{variable} puts {names[0]}{many} of {folder or 'another place'} before this environment's own"[:100],
        tuple(evidence),
        tuple(packages[:8]),
        (
            Remedy(
                f"Unset {variable} whenever this environment is activated",
                Safety.CAREFUL,
                (SetVariable(variable, ""),),
                "Programs that you start from here and that need the variable no longer get it.",
            ),
            Remedy(
                "Remove the cause",
                Safety.MANUAL,
                (Tell(f"Take {subject} out of {variable} in {source}, then open a new terminal."),),
            ),
        ),
    )


def _set_by(variable: str, facts: Facts) -> Evidence:
    """Who sets the variable: the environment's activation, a shell file, or whoever started this process."""
    for known in facts.settings.activation:
        if known.name == variable:
            return Evidence(f"{variable} is set when this environment is activated", known.source, known.line)
    shell = facts.settings.shell_source(variable)
    if shell is not None:
        return Evidence(f"{variable} is set in a shell file", shell.source, shell.line)
    return Evidence(f"{variable} is set in the running process")


def _users(rows: Passed, facts: Facts) -> Iterator[Module]:
    if facts.identity.system == "linux":
        for module in modules(facts):
            if any(step.answer.name in rows for step in module.steps):
                yield module


def examples() -> Iterator[Example]:
    """Another package's library, a preloaded runtime; and paths that only add."""
    site, elsewhere = site_packages(), "/opt/other/lib"
    module = Binary(
        f"{site}/demo/_core.abi3.so",
        "elf",
        "x86_64",
        needed=("libarrow.so.14",),
        runpath=("$ORIGIN",),
        tag="abi3",
        is_extension=True,
    )
    own = Binary(f"{site}/demo/libarrow.so.14", "elf", "x86_64", "libarrow.so.14")
    theirs = Outside("libarrow.so.14", f"{elsewhere}/libarrow.so.14", "LD_LIBRARY_PATH", "x86_64", "libarrow.so.14")
    demo = distribution("demo", "1.0", files=("demo/_core.abi3.so", "demo/libarrow.so.14"), pure=False)
    led = Search(
        ("~/demo/.venv",),
        "glibc",
        "/usr/bin/python3.11",
        (SearchFolder(elsewhere, names=("libarrow.so.14",)),),
        "$",
        cache=True,
    )
    lines = (Variable("LD_LIBRARY_PATH", elsewhere, "~/.bashrc", 7),)

    def patient(*files: Binary, search: Search = led, outside: tuple[Outside, ...] = (theirs,)) -> Facts:
        binaries = Binaries(files, (), outside, search)
        return environment(distributions=(demo,), binaries=binaries, settings=Settings(shell=lines))

    yield Example("another place's library", patient(module, own), (elsewhere,), Severity.WARNING)
    firm = module._replace(runpath=(), rpath=("$ORIGIN",))
    yield Example("a path in the module that wins", patient(firm, own))
    yield Example("a library that is not here", patient(module))
    nothing = led._replace(library_path=(SearchFolder("/usr/local/nothing", False),))
    yield Example("a folder that is not there", patient(module, own, search=nothing, outside=()))
    cuda = module._replace(needed=("libcudart.so.12",))
    runtime = own._replace(path=f"{site}/demo/libcudart.so.12", soname="libcudart.so.12")
    other = theirs._replace(name="libcudart.so.12", path=f"{elsewhere}/libcudart.so.12", soname="libcudart.so.12")
    folder = led._replace(library_path=(SearchFolder(elsewhere, names=("libcudart.so.12",)),))
    yield Example("CUDA, which is told elsewhere", patient(cuda, runtime, search=folder, outside=(other,)))

    system = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"
    forced = led._replace(library_path=(), preload=(system,), preload_source="$")
    libstdcxx = Binary("lib/libstdc++.so.6", "elf", "x86_64", "libstdc++.so.6")
    yield Example("a preloaded runtime", patient(libstdcxx, search=forced, outside=()), (system,), Severity.WARNING)
    memory = forced._replace(preload=("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",))
    yield Example("another memory allocator", patient(libstdcxx, search=memory, outside=()))
    yield Example("nothing set", environment(distributions=(demo,), binaries=Binaries((module, own))))

    mac = Binary(f"{site}/demo/_core.abi3.so", "macho", "arm64", needed=("@rpath/libomp.dylib",), is_extension=True)
    dylib = Binary(f"{site}/demo/libomp.dylib", "macho", "arm64")
    brew = Search(("~/demo/.venv",), library_path=(SearchFolder("/opt/homebrew/lib", names=("libomp.dylib",)),))
    files = Binaries((mac, dylib), search=brew)
    apple = environment(distributions=(demo,), binaries=files, identity={"system": "macos", "architecture": "arm64"})
    yield Example("DYLD_LIBRARY_PATH", apple, ("/opt/homebrew/lib",), Severity.WARNING)


CHECK = Check(
    "NAT009",
    "library-path-override",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "settings", "binaries"),
)
