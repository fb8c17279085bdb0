"""Compiled code was built for another kind of processor than this environment's Python.

## Why it matters
`incompatible architecture (have 'x86_64', need 'arm64')`, `wrong ELF class` or simply `No module named ...`: the
import fails. It happens when an environment is copied between machines, when packages are fetched for another
platform, and on Macs with Apple silicon, where both kinds of Python can live side by side. There a Python for Intel
processors runs, but translated: slowly, and without the GPU.

## How it is found
The header of each compiled module says which processor it is for; it is compared with the environment's Python. Only
packages of which no module fits are reported, since some bring helpers for several kinds at once, and libraries that
the loader passes over because of their architecture.

## What the fix does
Installs the same release once more, for which the installer takes the build for this processor. Where the Python
itself is for the other kind, a new environment is the way.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Distribution, Facts, Machine, Search
from doctor.facts.build import distribution, environment, site_packages
from doctor.judgement.loaded import Missing
from doctor.judgement.loader import loader_of
from doctor.judgement.native_modules import fits_python, importable, machine_of, modules
from doctor.judgement.native_remedies import again, bare, label
from doctor.judgement.owners import owner_of, package_of
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 4
#: one architecture, spelled by different systems
_SAME = {"amd64": "x86_64", "aarch64": "arm64", "x86": "i686", "i386": "i686", "arm64e": "arm64"}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package, one for libraries of the wrong kind, one for a translated Python."""
    yield from _translated(facts)
    if not facts.binaries.files:
        return
    machine = _plain(machine_of(facts))
    files = [file for file in importable(facts) if file.machine]
    if not machine:
        if files:
            raise CannotTell("which processor this environment's Python is for cannot be read")
        return
    owners = owner_of(facts)
    several: dict[str, list[Binary]] = {}
    for file in files:
        several.setdefault(owners.get(file.path, ""), []).append(file)
    for owner, held in sorted(several.items()):
        wrong = _wrong(held, machine, facts) if owner else []
        if wrong and not _for_several(owner, facts):
            yield _finding(owner, wrong, machine, facts)
    if facts.identity.system == "linux":
        yield from _libraries(facts)


def _plain(machine: str) -> str:
    lower = machine.lower()
    return _SAME.get(lower, lower)


def _fits(file: Binary, machine: str) -> bool:
    return _plain(file.machine) == machine or "universal2" in (file.machine, machine)


def _wrong(held: list[Binary], machine: str, facts: Facts) -> list[Binary]:
    """Modules of the wrong kind, where none fits, or where the name says that this Python would import them."""
    wrong = [file for file in held if not _fits(file, machine)]
    if len(wrong) == len(held):
        return wrong
    return [file for file in wrong if file.tag.count("-") >= 2 and _claims(file, facts)]


def _claims(file: Binary, facts: Facts) -> bool:
    """Whether a module's name says that it is for this very Python and processor."""
    return fits_python(file.tag, facts) and facts.identity.architecture in file.tag


def _for_several(owner: str, facts: Facts) -> bool:
    """Whether a wheel says that it is for any platform: its native files are helpers that it chooses among."""
    package = package_of(facts, owner)
    return isinstance(package, Distribution) and package.pure is True


def _finding(owner: str, wrong: list[Binary], machine: str, facts: Facts) -> Finding:
    theirs = wrong[0].machine
    who = label(facts, owner) or owner
    evidence = [Evidence(f"built for {file.machine}", file.path) for file in wrong[:_SHOWN]]
    evidence.append(Evidence(f"{len(wrong)} such files; this environment's Python is for {machine}"))
    package = package_of(facts, owner)
    if isinstance(package, Distribution) and package.tags:
        evidence.append(Evidence(f"it was built as {package.tags[0]}", f"{package.site}/{package.folder}/WHEEL"))
    remedy = again(facts, owner)
    told = Tell(f"Install a build of {bare(owner)} for {machine}.")
    return Finding(
        Severity.ERROR,
        bare(owner),
        f"{who} was built for {theirs}, and this Python is for {machine}"[:100],
        tuple(evidence),
        (bare(owner),),
        (remedy or Remedy(f"Install a build for {machine}", Safety.MANUAL, (told,)),),
    )


def _libraries(facts: Facts) -> Iterator[Finding]:
    """Libraries of the environment that the loader passes over, by the package that brought them."""
    owners, loader = owner_of(facts), loader_of(facts)
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for module in modules(facts):
        for step in module.steps:
            if isinstance(step.answer, Missing) and not module.optional:
                for path, machine in step.answer.passed_over:
                    real = loader.real_path(path)
                    if not real.startswith(("/", "~")):
                        found.setdefault(owners.get(real, ""), {})[real] = (machine, step.chain[-1])
    for owner, paths in sorted(found.items()):
        path, (machine, asking) = next(iter(paths.items()))
        remedy = again(facts, owner)
        evidence = [Evidence(f"built for {other}", place) for place, (other, _) in list(paths.items())[:_SHOWN]]
        told = Tell(f"Replace {path} by a build for {machine_of(facts)}.")
        yield Finding(
            Severity.ERROR,
            bare(owner) or path.rpartition("/")[2],
            f"{path.rpartition('/')[2]} was built for {machine}, and this Python is for {machine_of(facts)}"[:100],
            (*evidence, Evidence("needs it, and does not load without", asking)),
            (bare(owner),) if owner else (),
            (remedy or Remedy("Replace the library", Safety.MANUAL, (told,)),),
        )


def _translated(facts: Facts) -> Iterator[Finding]:
    identity = facts.identity
    if identity.system != "macos" or facts.machine.system != "macos" or facts.machine.architecture != "arm64":
        return
    if _plain(machine_of(facts)) != "x86_64":
        return
    commands = (
        Tell(
            "With conda: make a new environment for Apple silicon and install the same packages there.",
            ("conda", "create", "--platform", "osx-arm64", "--name", f"{identity.name}-arm64", "python"),
        ),
        Tell("Without conda: install a Python for Apple silicon and make the virtual environment anew with it."),
    )
    yield Finding(
        Severity.WARNING,
        "python",
        "This Python is for Intel processors and runs translated on Apple silicon",
        (
            Evidence("built for x86_64", identity.interpreter.path if identity.interpreter else ""),
            Evidence("this Mac's processor is arm64"),
            Evidence("PyTorch sees no GPU (MPS), and wheels that need AVX may end with Illegal instruction"),
        ),
        (),
        (Remedy("Make a new environment for Apple silicon", Safety.MANUAL, commands),),
    )


def examples() -> Iterator[Example]:
    """Copied from another machine, one wrong library, a Mac with both kinds; and helpers for several kinds."""
    site = site_packages()
    search = Search(("~/demo/.venv",), "glibc", "bin/python", cache=True)
    python = Binary("bin/python", "elf", "x86_64")

    def module(name: str, machine: str, tag: str = "abi3", **more: object) -> Binary:
        return Binary(f"{site}/demo/{name}.{tag}.so", "elf", machine, tag=tag, is_extension=True, **more)  # type: ignore[arg-type]

    def patient(*files: Binary, pure: bool = False) -> Facts:
        paths = tuple(file.path.removeprefix(f"{site}/") for file in files)
        demo = distribution("demo", "1.0", files=paths, pure=pure)
        return environment(distributions=(demo,), binaries=Binaries((python, *files), search=search))

    yield Example("copied from an ARM machine", patient(module("_core", "aarch64")), ("demo",), Severity.ERROR)
    yield Example("for this machine", patient(module("_core", "x86_64")))
    tag = "cpython-311-x86_64-linux-gnu"
    one = patient(module("_core", "x86_64", tag), module("_fast", "aarch64", tag))
    yield Example("one file that is not what its name says", one, ("demo",), Severity.ERROR)
    helpers = patient(module("attach_x86", "i686", ""), module("attach_amd64", "x86_64", ""))
    yield Example("helpers for several kinds", helpers)
    yield Example("a helper in a wheel for any platform", patient(module("attach", "aarch64", ""), pure=True))
    needing = module("_core", "x86_64", needed=("libown.so.1",), rpath=("$ORIGIN",))
    own = Binary(f"{site}/demo/libown.so.1", "elf", "aarch64", "libown.so.1")
    yield Example("a library of the wrong kind", patient(needing, own), ("demo",), Severity.ERROR)

    mac = {"system": "macos", "architecture": "x86_64"}
    intel = Binary("bin/python", "macho", "x86_64")
    host = Machine(system="macos", architecture="arm64")
    rosetta = environment(identity=mac, machine=host, binaries=Binaries((intel,)))
    yield Example("an Intel Python on Apple silicon", rosetta, ("python",), Severity.WARNING)
    silicon = Binary(f"{site}/demo/_core.abi3.so", "macho", "universal2", tag="abi3", is_extension=True)
    arm = Binary("bin/python", "macho", "arm64")
    both = environment(identity=mac | {"architecture": "arm64"}, machine=host, binaries=Binaries((arm, silicon)))
    yield Example("a module for both kinds", both)
    mixed = Binaries((arm, silicon._replace(machine="x86_64")))
    demo = distribution("demo", "1.0", files=("demo/_core.abi3.so",), pure=False)
    wrong = environment(identity=mac | {"architecture": "arm64"}, machine=host, binaries=mixed, distributions=(demo,))
    yield Example("an Intel module in a Python for Apple silicon", wrong, ("demo",), Severity.ERROR)
    unknown = environment(identity={"architecture": ""}, binaries=Binaries((module("_core", "x86_64"),), search=search))
    yield Example("an unknown Python", unknown, cannot_tell=True)


CHECK = Check(
    "NAT004",
    "wrong-architecture",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
    optional=("machine",),
)
