"""A compiled module needs a library that is not found when it is imported.

## Why it matters
`ImportError: libGL.so.1: cannot open shared object file`. The package is installed, `pip check` is content, and the
import fails. The library belongs to the operating system and is not there, as in a slim container image; or it came
with the package and was deleted, or moved to where nobody looks for it.

## How it is found
For every compiled module that this environment's Python can import, the libraries it needs are looked for in the
order of the system's own loader: the paths written in the module and in those that load it, LD_LIBRARY_PATH, the
loader's cache, its default folders; and then what those libraries need in turn. Nothing is loaded. What comes with a
graphics driver, what NVIDIA's wheels bring that torch asks for and does not get (GPU005 tells), modules that a
package does without, plug-ins, and libraries that another package of the environment loads beforehand, do not count.
Where only a few modules of a package are affected, it is a note.

## What the fix does
Installs the same version of the package once more where the library was its own. For OpenCV it offers the twin
without windows, in a conda environment the conda package that brings the library; otherwise it tells which package
of the operating system brings it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Alias, Binaries, Binary, Distribution, Facts, Outside, Search
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.gpu_needs import unmet_cuda_wheels
from doctor.judgement.lost_libraries import Lost, lost_libraries
from doctor.judgement.native_modules import by_owner, module_name, modules, needed_whole, short
from doctor.judgement.native_remedies import again, bare, from_conda, from_system, label, twin
from doctor.judgement.owners import owner_of, package_of
from doctor.knowledge.cuda_stack import LIBRARY
from doctor.knowledge.native_modules import HEADLESS, OF_WINDOWS
from doctor.knowledge.system_libraries import BROUGHT_BY
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Remedy, Severity

_SHOWN = 4


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package that lost a library of its own, one for each set of libraries of the system."""
    every, owners = by_owner(modules(facts)), owner_of(facts)
    own: dict[str, list[Lost]] = {}
    of_system: dict[frozenset[str], list[Lost]] = {}
    partly: list[Lost] = []
    has_wheels = all(unmet.there for unmet in unmet_cuda_wheels(facts))  # lacking ones have a finding of their own
    for owner, several in every.items():
        lost = [item for module in several for item in lost_libraries(module, facts, owners)]
        if not lost:
            continue
        for item in lost:
            if item.origin and not item.module.optional:
                own.setdefault(item.origin, []).append(item)
        system = [item for item in lost if not item.origin and (has_wheels or not LIBRARY.fullmatch(item.missing.name))]
        if not needed_whole(owner, [item.module for item in system], several):
            partly += [item for item in system if not item.module.optional]
            continue
        if system:
            of_system.setdefault(frozenset(item.missing.name for item in system), []).extend(system)
    found = [_bundled(origin, lost, facts) for origin, lost in sorted(own.items())]
    search = facts.binaries.search
    if search.cache or search.libc == "musl" or facts.identity.system == "macos":
        found += [_absent(lost, facts) for _, lost in sorted(of_system.items(), key=lambda row: sorted(row[0]))]
        found += [_note(lost, facts) for _, lost in sorted(_grouped(partly).items())]
    elif of_system and not found:
        name = sorted(next(iter(of_system)))[0]
        raise CannotTell(f"the loader's cache could not be read, so that {name} may be there or not")
    yield from found


def _grouped(several: list[Lost]) -> dict[str, list[Lost]]:
    found: dict[str, list[Lost]] = {}
    for item in several:
        found.setdefault(item.module.owner, []).append(item)
    return found


def _names(lost: list[Lost]) -> list[str]:
    return list(dict.fromkeys(item.missing.name for item in lost))


def _packages(lost: list[Lost]) -> list[str]:
    return sorted({bare(item.module.owner) for item in lost if item.module.owner})


def _evidence(lost: list[Lost], facts: Facts) -> Iterator[Evidence]:
    shown: set[tuple[str, str]] = set()
    for item in lost:
        name = item.missing.name
        if (name, item.by) in shown:
            continue
        shown.add((name, item.by))
        if len(shown) > _SHOWN:
            break
        yield Evidence(f"needs {name}, which is not found", item.by)
    for name in _names(lost)[:_SHOWN]:
        item = next(item for item in lost if item.missing.name == name)
        if item.missing.elsewhere:
            yield Evidence(f"{name} lies where nobody looks for it", item.missing.elsewhere[0])
        for path, machine in item.missing.passed_over[:1]:
            yield Evidence(f"passed over, for it is built for {machine}", path)
    item = lost[0]
    places = list(dict.fromkeys(_place(how, folder, facts) for how, folder in item.missing.searched if folder))
    if places:
        cache = ["the loader's cache"] if facts.binaries.search.cache else []
        yield Evidence(f"looked for {item.missing.name} in: {', '.join([*places[:_SHOWN], *cache])}"[:300])


def _place(how: str, folder: str, facts: Facts) -> str:
    told = {"LD_LIBRARY_PATH": " (LD_LIBRARY_PATH)", "rpath": " (RPATH)", "runpath": " (RUNPATH)"}.get(how, "")
    return f"{short(folder, facts)}{told}"


def _imports(lost: list[Lost], facts: Facts) -> str:
    """What cannot be imported, in a few words."""
    packages = _packages(lost)
    if len(packages) == 1:
        owner = lost[0].module.owner
        every = [module for module in modules(facts) if module.owner == owner and not module.optional]
        affected = {item.module.file.path for item in lost}
        if len(affected) * 2 < len(every):
            verb = "do" if len(affected) > 1 else "does"
            return f"{len(affected)} of {packages[0]}'s {len(every)} modules {verb} not load"
        return f"{packages[0]} cannot be imported"
    if packages:
        return f"{packages[0]} and {len(packages) - 1} more cannot be imported"
    return f"{module_name(lost[0].module, facts)} cannot be imported"


def _bundled(origin: str, lost: list[Lost], facts: Facts) -> Finding:
    names = _names(lost)
    remedy = again(facts, origin)
    subject = bare(origin) if remedy else names[0]
    many = f" and {len(names) - 1} more" if len(names) > 1 else ""
    summary = f"{label(facts, origin) or 'A package'} lost {names[0]}{many}: {_imports(lost, facts)}"
    told = from_system(names)
    return Finding(
        Severity.ERROR,
        subject,
        summary if len(summary) <= 100 else f"{subject} lost a library: {_imports(lost, facts)}"[:100],
        tuple(_evidence(lost, facts)),
        tuple(dict.fromkeys((subject, *_packages(lost)))) if remedy else tuple(_packages(lost)),
        (remedy or told,),
    )


def _absent(lost: list[Lost], facts: Facts) -> Finding:
    names, packages = _names(lost), _packages(lost)
    first = names[0]
    many = f" and {len(names) - 1} more" if len(names) > 1 else ""
    summary = f"{first}{many} of the system {'are' if many else 'is'} missing: {_imports(lost, facts)}"
    return Finding(
        Severity.ERROR,
        packages[0] if len(packages) == 1 else first,
        summary if len(summary) <= 100 else f"{first} is missing: {_imports(lost, facts)}"[:100],
        tuple(_evidence(lost, facts)),
        tuple(packages),
        tuple(_remedies(names, packages, facts)),
    )


def _remedies(names: list[str], packages: list[str], facts: Facts) -> Iterator[Remedy]:
    if len(packages) == 1 and packages[0] in HEADLESS and OF_WINDOWS.issuperset(names):
        dist = package_of(facts, packages[0])
        if isinstance(dist, Distribution):
            yield twin(dist, HEADLESS[dist.key])._replace(trade_off="cv2.imshow and other windows are gone")
    conda = [BROUGHT_BY[name].conda for name in names if name in BROUGHT_BY and BROUGHT_BY[name].conda]
    if facts.identity.kind == "conda" and len(conda) == len(names):
        specs = tuple(dict.fromkeys(conda))
        yield from_conda(facts, specs, f"Install {', '.join(specs)} into this environment")
    yield from_system(names)


def _note(lost: list[Lost], facts: Facts) -> Finding:
    owner, names = lost[0].module.owner, _names(lost)
    affected = list(dict.fromkeys(module_name(item.module, facts) for item in lost))
    some = affected[0] if len(affected) == 1 else f"{len(affected)} of its modules"
    many = f" and {len(names) - 1} more" if len(names) > 1 else ""
    summary = f"{label(facts, owner)} works, but for {some}: {names[0]}{many} is missing"
    return Finding(
        Severity.NOTE,
        bare(owner),
        summary if len(summary) <= 100 else f"{bare(owner)} works, but for {len(affected)} of its modules"[:100],
        tuple(_evidence(lost, facts)),
        (bare(owner),),
        (from_system(names),) if not lost[0].origin else (),
    )


def examples() -> Iterator[Example]:
    """Libraries of the system, of a package, and what may well be absent."""
    site = site_packages()
    search = Search(("~/demo/.venv",), "glibc", "/usr/bin/python3.11", default=("/lib64",), cache=True)
    libc = Outside("libc.so.6", "/lib64/libc.so.6", "cache", "x86_64", "libc.so.6")

    def binary(path: str, *needed: str, **more: object) -> Binary:
        tag = "cpython-311-x86_64-linux-gnu" if ".cpython-" in path else ""
        extension = not path.rpartition("/")[2].startswith("lib")
        return Binary(f"{site}/{path}", "elf", "x86_64", needed=needed, tag=tag, is_extension=extension, **more)  # type: ignore[arg-type]

    def patient(*files: Binary, names: Search = search, aliases: tuple[Alias, ...] = ()) -> Binaries:
        return Binaries(files, aliases, (libc,), names)

    cv2 = binary("cv2/cv2.abi3.so", "libGL.so.1", "libc.so.6")
    opencv = distribution("opencv-python", "4.10.0.84", files=("cv2/cv2.abi3.so",), pure=False)
    slim = environment(distributions=(opencv,), binaries=patient(cv2))
    yield Example("OpenCV in a slim image", slim, ("opencv-python",), Severity.ERROR)

    own = "libgfortran-040039e1.so.5.0.0"
    module = binary("demo/_core.cpython-311-x86_64-linux-gnu.so", own, rpath=("$ORIGIN/../demo.libs",))
    demo = distribution(
        "demo", "1.0", files=("demo/_core.cpython-311-x86_64-linux-gnu.so", f"demo.libs/{own}"), pure=False
    )
    bundled = binary(f"demo.libs/{own}", soname=own)
    gone = environment(distributions=(demo,), missing=(bundled.path,), binaries=patient(module))
    yield Example("a library that came with the package is gone", gone, ("demo",), Severity.ERROR)
    yield Example("all there", environment(distributions=(demo,), binaries=patient(module, bundled)))
    lost = environment(distributions=(demo,), binaries=patient(module._replace(rpath=("/nowhere",)), bundled))
    yield Example("a path that leads nowhere", lost, ("demo",), Severity.ERROR)

    alone = binary("lightgbm/lib/lib_lightgbm.so", "libgomp.so.1")._replace(is_extension=False)
    lightgbm = distribution("lightgbm", "4.7.0", files=("lightgbm/lib/lib_lightgbm.so",), pure=False)
    ctypes = environment(distributions=(lightgbm,), binaries=patient(alone))
    yield Example("a library that the import itself loads", ctypes, ("lightgbm",), Severity.ERROR)

    numpy = record("numpy", "1.26.4", files=(f"{site}/numpy/_core.so",))
    blas = record("libopenblas", "0.3.28", files=("lib/libopenblas.so.0",))
    core = Binary(f"{site}/numpy/_core.so", "elf", "x86_64", needed=("libopenblas.so.0",), is_extension=True)
    conda = environment(kind="conda", records=(numpy, blas), missing=("lib/libopenblas.so.0",), binaries=patient(core))
    yield Example("a library of another conda package is gone", conda, ("libopenblas",), Severity.ERROR)

    several = tuple(binary(f"demo/_{letter}.abi3.so", "libc.so.6") for letter in "abc")
    odd = binary("demo/_sound.abi3.so", "libportaudio.so.2")
    files = tuple(file.path.removeprefix(f"{site}/") for file in (*several, odd))
    mostly = distribution("demo", "1.0", files=files, pure=False)
    partly = environment(distributions=(mostly,), binaries=patient(*several, odd))
    yield Example("one module of many", partly, ("demo",), Severity.NOTE)

    tbb = binary("numba/np/ufunc/tbbpool.cpython-311-x86_64-linux-gnu.so", "libtbb.so.12")
    numba = distribution("numba", "0.60.0", files=("numba/np/ufunc/tbbpool.cpython-311-x86_64-linux-gnu.so",))
    yield Example("a module that its package does without", environment(distributions=(numba,), binaries=patient(tbb)))
    stub = binary("demo/_gpu.abi3.so", "libcuda.so.1")
    yield Example("the driver's own library", environment(distributions=(demo,), binaries=patient(stub)))
    plug_in = binary("demo/plugins/libqsqloci.so", "libclntsh.so.23.1")
    yield Example("a plug-in", environment(distributions=(demo,), binaries=patient(plug_in)))
    vision = binary("torchvision/_C.so", "libtorch.so")
    torch = binary("torch/lib/libtorch.so", soname="libtorch.so")
    before = environment(distributions=(demo,), binaries=patient(vision, torch))
    yield Example("what another package loads before", before)
    bridge = binary("demo/_torch_ops.abi3.so", "libtorch_cuda.so", "libcudart.so.12")
    yield Example("a bridge to a framework that is not here", environment(binaries=patient(bridge)))
    other = binary("demo/_core.cpython-39-x86_64-linux-gnu.so", "libnone.so.1")._replace(
        tag="cpython-39-x86_64-linux-gnu"
    )
    yield Example("a module of another Python", environment(distributions=(demo,), binaries=patient(other)))
    pin = "nvidia-cudnn-cu12==9.1.0.70; platform_system == 'Linux' and platform_machine == 'x86_64'"
    cudnn = binary("torch/_C.cpython-311-x86_64-linux-gnu.so", "libcudnn.so.9", rpath=("$ORIGIN/../nvidia/cudnn/lib",))
    gpu = distribution("torch", "2.6.0", files=("torch/_C.cpython-311-x86_64-linux-gnu.so",), requires=(pin,))
    yield Example("a wheel that torch asks for", environment(distributions=(gpu,), binaries=patient(cudnn)))
    asks = environment(distributions=(gpu._replace(requires=()),), binaries=patient(cudnn))
    yield Example("CUDA that nobody asks for", asks, ("torch",), Severity.ERROR)
    mac = {"system": "macos", "architecture": "arm64"}
    inner = f"{site}/demo/.dylibs/libgfortran.5.dylib"
    apple = Binary(
        f"{site}/demo/_core.abi3.so",
        "macho",
        "arm64",
        needed=("@loader_path/.dylibs/libgfortran.5.dylib",),
        tag="abi3",
        is_extension=True,
    )
    wheel = distribution("demo", "1.0", files=("demo/_core.abi3.so", inner.removeprefix(f"{site}/")), pure=False)
    lost = environment(distributions=(wheel,), missing=(inner,), binaries=Binaries((apple,)), identity=mac)
    yield Example("a library that came with a package for macOS", lost, ("demo",), Severity.ERROR)
    brew = apple._replace(needed=("@rpath/libomp.dylib",), rpath=("/opt/homebrew/opt/libomp/lib",))
    yield Example("what Homebrew may have brought", environment(binaries=Binaries((brew,)), identity=mac))
    windows = apple._replace(kind="pe", path=f"{site}/demo/_core.pyd", needed=("libomp.dll",))
    unclear = environment(binaries=Binaries((windows,)), identity={"system": "windows"})
    yield Example("Windows", unclear, cannot_tell=True)
    unknown = environment(distributions=(opencv,), binaries=patient(cv2, names=search._replace(cache=False)))
    yield Example("a machine whose loader is not known", unknown, cannot_tell=True)
    dead = environment(distributions=(opencv,), binaries=patient(cv2, names=Search()))
    yield Example("an interpreter that cannot be read", dead, cannot_tell=True)


CHECK = Check(
    "NAT001",
    "missing-library",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
)
