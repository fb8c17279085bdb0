"""pip put compiled code into a conda environment whose libraries it has to share.

## Why it matters
In a conda environment there is one BLAS, one HDF5, one PROJ, and every package is compiled against these. A wheel from
PyPI brings copies of its own. When packages of both kinds meet in one process, two versions of one library work on
the same data: crashes, `OMP: Error #15`, transformations without their database, or simply other numbers.

## How it is found
A distribution with compiled code that pip or uv installed, of which it is known which library it must share, and in
conda's records both that library and compiled Python packages that use it. Pure Python from pip is fine, and so is a
wheel that brings all it needs while nothing else in the environment uses that library, and code that pip compiled
here against conda's own library. Two makers' BLAS have a finding of their own (NUM002).

## What the fix does
Uninstalls pip's copy and installs conda's package of the same version from the channel that the environment uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.facts import Binaries, Binary, CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.loaded import Found
from doctor.judgement.loader import loader_of
from doctor.judgement.numerics import numerics_of
from doctor.judgement.overlap import depend_name, foreign, overwrites, vanished
from doctor.judgement.owners import owner_of
from doctor.judgement.shared_paths import is_native
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.numeric_remedies import condas_instead
from doctor.knowledge.shared_libraries import SHARED, Shared
from doctor.model import Check, Evidence, Example, Finding, Severity

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each compiled distribution that brings a library which conda's packages share."""
    if not facts.conda.records:
        return
    told = {(item.dist.site, item.dist.folder) for item in overwrites(facts)}
    told |= {(item.dist.site, item.dist.folder) for item in vanished(facts, pypi_key)}
    for dist in foreign(facts):
        row = SHARED.get(dist.key)
        if row is None or not dist.native or (dist.site, dist.folder) in told:
            continue
        providers = [record for record in facts.conda.records if record.name in row.providers]
        users = [record for record in facts.conda.records if _uses(record, row, dist)]
        if providers and (users or row.by_activation):
            loaded = _loaded(dist, row, facts)
            shares = bool(loaded) and all(owner.startswith("conda:") for owner in loaded.values())
            if not shares and not _told_by_blas(dist, row, facts):
                yield _finding(dist, row, providers, users, loaded, facts)


def _loaded(dist: Distribution, row: Shared, facts: Facts) -> dict[str, str]:
    """The files of the library that a distribution's own code loads -> their owners; empty where nobody can tell."""
    if "binaries" not in facts.layers or not row.files:
        return {}
    owners, loader = owner_of(facts), loader_of(facts)
    found: dict[str, str] = {}
    for file in facts.binaries.files:
        if owners.get(file.path) == dist.key and any(name.startswith(row.files) for name in file.needed):
            for name, answer in loader.resolve(file).items():
                if name.startswith(row.files) and isinstance(answer, Found):
                    path = loader.real_path(answer.path)
                    found[path] = owners.get(path, "")
    return found


def _told_by_blas(dist: Distribution, row: Shared, facts: Facts) -> bool:
    """Whether its BLAS is another maker's than that of conda's packages, which NUM002 says with both versions."""
    if "BLAS" not in row.library or "binaries" not in facts.layers or dist.key not in ("numpy", "scipy"):
        return False
    numerics = numerics_of(facts)
    families = {
        runtime.family
        for package in ("numpy", "scipy", "torch")
        for runtime in numerics.blas_of(package)
        if not runtime.static
    }
    return bool(numerics.blas_of(dist.key)) and len(families) > 1


def _uses(record: CondaRecord, row: Shared, dist: Distribution) -> bool:
    """Whether a conda package is compiled Python code that loads the library, and not the same package."""
    if record.name in row.providers or pypi_key(record.name) == dist.key:
        return False
    if not any(depend_name(depend) in row.providers for depend in record.depends):
        return False
    return any("site-packages/" in path and is_native(path) for path in record.files)


def _finding(
    dist: Distribution,
    row: Shared,
    providers: list[CondaRecord],
    users: list[CondaRecord],
    loaded: dict[str, str],
    facts: Facts,
) -> Finding:
    bundled = [path for path in dist.paths or () if ".libs/" in path or "/.dylibs/" in path]
    evidence = [
        Evidence(
            f"{dist.installer} installed {dist.name} {dist.version}, which has compiled code",
            f"{dist.site}/{dist.folder}",
        )
    ]
    if loaded:
        evidence += [Evidence(f"it loads this {row.library}", path) for path in sorted(loaded)[:_SHOWN]]
    elif bundled:
        evidence.append(Evidence(f"it brings {len(bundled)} libraries of its own", bundled[0]))
    for provider in providers[:_SHOWN]:
        text = f"conda provides {row.library}: {provider.name} {provider.version}"
        evidence.append(Evidence(text, f"conda-meta/{provider.dist}.json"))
    if users:
        names = ", ".join(record.name for record in users[:_SHOWN])
        evidence.append(Evidence(f"conda's packages that load it: {names}"))
    evidence.append(Evidence(f"two copies of it in one process {row.harm}"))
    return Finding(
        Severity.WARNING,
        dist.key,
        f"{dist.name} {dist.version} from {dist.installer} does not share conda's {row.library}"[:100],
        tuple(evidence),
        tuple(dict.fromkeys((dist.key, *(record.name for record in users[:_SHOWN])))),
        (condas_instead(dist, facts),),
    )


def examples() -> Iterator[Example]:
    """Libraries that others use, that activation points to, that nobody shares."""
    site = site_packages()
    hdf5 = record("hdf5", "1.14.3", files=("lib/libhdf5.so.310",))
    pytables = record("pytables", "3.10.1", depends=("hdf5 >=1.14.3,<1.14.4.0a0",), files=(f"{site}/tables/core.so",))
    h5py = distribution("h5py", "3.11.0", files=("h5py/_core.so", "h5py.libs/libhdf5-1.so"), pure=False)
    sick = environment(kind="conda", records=(hdf5, pytables), distributions=(h5py,))
    yield Example("two HDF5", sick, ("h5py",), Severity.WARNING)

    blas = record("libblas", "3.9.0", "20_linux64_openblas", files=("lib/libblas.so.3",))
    numpy = record("numpy", "1.26.4", depends=("libblas >=3.9.0,<4.0a0",), files=(f"{site}/numpy/core/_umath.so",))
    scipy = distribution("scipy", "1.14.0", files=("scipy/linalg/_fblas.so", "scipy.libs/libopenblas.so"), pure=False)
    sick = environment(kind="conda", records=(blas, numpy), distributions=(scipy,))
    yield Example("two BLAS", sick, ("scipy",), Severity.WARNING)

    proj = record("proj", "9.4.0", files=("lib/libproj.so.25", "etc/conda/activate.d/proj4-activate.sh"))
    pyproj = distribution("pyproj", "3.6.1", files=("pyproj/_crs.so", "pyproj.libs/libproj.so"), pure=False)
    sick = environment(kind="conda", records=(proj,), distributions=(pyproj,))
    yield Example("activation points both to one PROJ", sick, ("pyproj",), Severity.WARNING)

    yield Example("nobody else uses HDF5", environment(kind="conda", records=(hdf5,), distributions=(h5py,)))
    tool = record("h5tool", "1.0", depends=("hdf5",), files=("bin/h5tool",))
    yield Example("a program uses it", environment(kind="conda", records=(hdf5, tool), distributions=(h5py,)))
    pure = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",))
    yield Example("pure Python", environment(kind="conda", records=(hdf5, pytables), distributions=(pure,)))
    orjson = distribution("orjson", "3.10.0", files=("orjson/orjson.so",), pure=False)
    alone = environment(kind="conda", records=(hdf5, pytables), distributions=(orjson,))
    yield Example("compiled code that shares nothing", alone)
    yield Example("wheels in a venv", environment(distributions=(h5py, scipy)))
    core = Binary(f"{site}/h5py/_core.so", needed=("libhdf5.so.310",), runpath=("$ORIGIN/../../..",))
    condas, own = Binary("lib/libhdf5.so.310"), Binary(f"{site}/h5py.libs/libhdf5-1.so", soname="libhdf5-1.so")
    both: dict[str, Any] = {"kind": "conda", "records": (hdf5, pytables), "distributions": (h5py,)}
    yield Example("compiled here against conda's", environment(**both, binaries=Binaries((condas, core))))
    bundles = core._replace(needed=("libhdf5-1.so",), runpath=("$ORIGIN/../h5py.libs",))
    apart = environment(**both, binaries=Binaries((condas, bundles, own)))
    yield Example("its code loads its own", apart, ("h5py",), Severity.WARNING)


CHECK = Check(
    "MIX002",
    "native-pip-in-conda",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
    optional=("binaries",),
    conda_only=True,
)
