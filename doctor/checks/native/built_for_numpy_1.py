"""A package was compiled for NumPy 1, and NumPy 2 is installed.

## Why it matters
`A module that was compiled using NumPy 1.x cannot be run in NumPy 2.2.6 as it may crash`, `_ARRAY_API not found`,
`numpy.core.multiarray failed to import`: the import fails, or works until the first array is handed over. Many
releases of 2023 and early 2024 did not say that they need NumPy 1, so that `pip check` finds no broken requirements.

## How it is found
A module that uses NumPy's C interface holds the name under which it asks NumPy for it: `numpy.core` if it was
compiled against NumPy 1, `numpy._core` against NumPy 2; the latter runs with both. These names are searched in the
constants of compiled modules. A module that holds neither gets no verdict.

## What the fix does
Upgrades the package to a release that was compiled against NumPy 2, staying within its major release. As another
way, where nothing here needs NumPy 2, it installs the last NumPy 1; that repairs all such packages at once, and
holds the environment back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Binaries, Binary, CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.dependencies import held_requirements, visible_distributions
from doctor.judgement.native_modules import fits_python, short
from doctor.judgement.native_remedies import bare, from_conda, label
from doctor.judgement.overlap import own_sites
from doctor.judgement.owners import owner_of, package_of
from doctor.judgement.requirements import compatible
from doctor.knowledge.numpy_builds import CONDA_NAMES, LAST_PYTHON_OF_NUMPY_1, since
from doctor.knowledge.torch import INDEX, companion_specs, find_release
from doctor.model import Check, Evidence, Example, Finding, Install, Manager, Remedy, Safety, Severity, Step, Tell

_SHOWN = 4
_OLD, _NEW = "numpy-1", "numpy-2"
#: the release of torch to go to from those that were compiled for NumPy 1
_TORCH = "2.3.1"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package with modules for NumPy 1."""
    numpy = _numpy(facts)
    if numpy is None or not re.match(r"[2-9]\.", numpy.version):
        return
    owners = owner_of(facts)
    starts = tuple(f"{site}/" for site in own_sites(facts))
    old: dict[str, list[Binary]] = {}
    using: dict[str, int] = {}
    for file in facts.binaries.files:
        if not file.markers or not file.path.startswith(starts) or not fits_python(file.tag, facts):
            continue
        owner = owners.get(file.path) or short(file.path, facts).partition("/")[0]
        if bare(owner) in ("numpy", "numpy-base"):
            continue
        using[owner] = using.get(owner, 0) + 1
        if _OLD in file.markers and _NEW not in file.markers:
            old.setdefault(owner, []).append(file)
    for owner, files in sorted(old.items()):
        yield _finding(owner, files, using[owner], numpy, facts)


def _numpy(facts: Facts) -> Distribution | CondaRecord | None:
    dists = visible_distributions(facts).get("numpy", ())
    return max(dists, key=lambda dist: dist.modified) if dists else facts.conda.record("numpy")


def _finding(owner: str, files: list[Binary], using: int, numpy: Distribution | CondaRecord, facts: Facts) -> Finding:
    who = label(facts, owner) or owner
    where = f"{numpy.site}/{numpy.folder}" if isinstance(numpy, Distribution) else f"conda-meta/{numpy.dist}.json"
    evidence = [Evidence("compiled for NumPy 1: it asks for numpy.core", file.path) for file in files[:_SHOWN]]
    evidence.append(Evidence(f"{len(files)} of its {using} compiled modules that use NumPy"))
    evidence.append(Evidence(f"numpy {numpy.version} is installed", where))
    package = package_of(facts, owner)
    if isinstance(package, Distribution) and not any(line.startswith("numpy") for line in package.requires):
        evidence.append(Evidence("its metadata does not say that it needs NumPy"))
    return Finding(
        Severity.ERROR,
        bare(owner),
        f"{who} was compiled for NumPy 1 and fails with numpy {numpy.version}"[:100],
        tuple(evidence),
        (bare(owner), "numpy"),
        tuple(_remedies(owner, facts)),
    )


def _remedies(owner: str, facts: Facts) -> Iterator[Remedy]:
    package = package_of(facts, owner)
    if isinstance(package, CondaRecord):
        spec = since(CONDA_NAMES.get(package.name, package.name))
        wanted = f"{package.name}{spec}" if spec else f"{package.name}>{package.version}"
        yield from_conda(facts, (wanted,), f"Upgrade to a build for NumPy 2: {wanted}")
    elif package is None:
        told = Tell(f"Compile {owner} again, with NumPy 2 installed, or install a newer release of it.")
        yield Remedy(f"Compile {owner} anew", Safety.MANUAL, (told,))
    elif package.direct_url is not None:
        told = Tell(f"Install {package.name} again from {package.direct_url.url}, so that it is compiled anew.")
        yield Remedy(f"Compile {package.name} anew", Safety.MANUAL, (told,))
    elif package.key == "torch":
        yield _torch(package, facts)
    else:
        spec = since(package.key)
        wanted = f"{package.name}{spec or '>' + package.version.partition('+')[0]}"
        trade_off = "" if spec else "It is not known which release is the first that was compiled against NumPy 2."
        step = Install("pip", (wanted,))
        yield Remedy(f"Upgrade to a release for NumPy 2: {wanted}", Safety.CAREFUL, (step,), trade_off)
    if _may_go_back(facts):
        manager: Manager = "conda" if facts.conda.record("numpy") else "pip"
        title = "Go back to NumPy 1 instead"
        trade_off = "It repairs every such package at once, and keeps this environment from newer releases."
        if manager == "conda":
            yield from_conda(facts, ("numpy<2",), title, trade_off)
        else:
            yield Remedy(title, Safety.CAREFUL, (Install("pip", ("numpy<2",)),), trade_off)


def _torch(dist: Distribution, facts: Facts) -> Remedy:
    """The nearest release of torch that was compiled against NumPy 2, in the same build and with its companions."""
    release = find_release(_TORCH)
    builds = {f"cu{cuda.replace('.', '')}" for cuda in release.builds} if release else set()
    steps: tuple[Step, ...]
    if dist.build == "cpu" or dist.build in builds:
        installed = {other.key for other in facts.distributions.installed}
        specs = (f"torch=={_TORCH}+{dist.build}", *companion_specs(_TORCH, dist.build, installed))
        steps = (Install("pip", specs, index_url=INDEX + dist.build),)
        return Remedy(f"Install {', '.join(specs)}", Safety.CAREFUL, steps, "Downloads 0.2 to 3 GB.")
    steps = (Tell(f"Install torch 2.3 or newer, with the torchvision and torchaudio that fit it ({dist.build})."),)
    return Remedy("Choose a torch that was compiled against NumPy 2", Safety.MANUAL, steps)


def _may_go_back(facts: Facts) -> bool:
    """Whether NumPy 1 has wheels for this Python, and nobody here asks for NumPy 2."""
    minor = tuple(int(part) for part in facts.identity.python_minor.split(".") if part.isdecimal())
    if minor > LAST_PYTHON_OF_NUMPY_1:
        return False
    needs, _ = held_requirements(facts, visible_distributions(facts))
    return compatible(["<2", *(wanted.specifier for _, wanted in needs.get("numpy", ()) if wanted.specifier)])


def examples() -> Iterator[Example]:
    """Packages of pip and conda, torch; and what runs with NumPy 2."""
    site = site_packages()

    def module(name: str, *markers: str) -> Binary:
        return Binary(f"{site}/{name}/_core.abi3.so", "elf", "x86_64", tag="abi3", is_extension=True, markers=markers)

    def patient(*files: Binary, version: str = "2.2.6", **more: str) -> Facts:
        dists = [
            distribution(file.path.split("/")[-2], "1.0", files=(short_of(file),), pure=False, **more) for file in files
        ]
        numpy = distribution("numpy", version, files=("numpy/__init__.py",))
        return environment(distributions=(*dists, numpy), binaries=Binaries(files))

    def short_of(file: Binary) -> str:
        return file.path.removeprefix(f"{site}/")

    yield Example("compiled for NumPy 1", patient(module("h5py", _OLD)), ("h5py",), Severity.ERROR)
    yield Example("several", patient(module("h5py", _OLD), module("pandas", _OLD)), ("h5py", "pandas"))
    yield Example("torch", patient(module("torch", _OLD), build="cpu"), ("torch",), Severity.ERROR)
    yield Example("a package of which nothing is known", patient(module("demo", _OLD)), ("demo",))
    yield Example("compiled against NumPy 2", patient(module("pandas", _NEW)))
    yield Example("made for both", patient(module("pandas", _OLD, _NEW)))
    yield Example("no word of NumPy", patient(module("lxml")))
    yield Example("NumPy 1 installed", patient(module("pandas", _OLD), version="1.26.4"))
    yield Example("numpy's own modules", patient(module("numpy", _OLD)))
    core = module("pandas", _OLD)
    record_of = record("pandas", "2.0.3", "py311h1_0", files=(core.path,))
    numpy = record("numpy", "2.0.1", "py311h2_0", files=(f"{site}/numpy/__init__.py",))
    conda = environment(kind="conda", records=(record_of, numpy), binaries=Binaries((core,)))
    yield Example("conda packages", conda, ("pandas",), Severity.ERROR)
    left = module("old", _OLD)._replace(tag="cpython-39-x86_64-linux-gnu")
    yield Example("a module of another Python", patient(left))


CHECK = Check(
    "NAT006",
    "built-for-numpy-1",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
)
