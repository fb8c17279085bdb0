"""pip put compiled code into a conda environment whose libraries it has to share.

## Why it matters
In a conda environment there is one BLAS, one HDF5, one PROJ, and every package is compiled against these. A wheel from
PyPI brings copies of its own. When packages of both kinds meet in one process, two versions of one library work on
the same data: crashes, `OMP: Error #15`, transformations without their database, or simply other numbers.

## How it is found
A distribution with compiled code that pip or uv installed, of which it is known which library it must share, and in
conda's records both that library and compiled Python packages that use it. Pure Python from pip is fine, and so is a
wheel that brings all it needs while nothing else in the environment uses that library.

## What the fix does
Uninstalls pip's copy and installs conda's package of the same version from the channel that the environment uses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doctor.facts import CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.overlap import depend_name, foreign, overwrites, vanished
from doctor.judgement.shared_paths import is_native
from doctor.knowledge.conda_names import PYPI_NAMES, pypi_key
from doctor.knowledge.reinstall import taken_away
from doctor.knowledge.shared_libraries import SHARED, Shared
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity

_SHOWN = 5
_CONDA_NAMES = {
    "tables": "pytables",
    "torch": "pytorch",
    "opencv-python": "py-opencv",
    "pyqt5": "pyqt",
    "pyqt6": "pyqt",
}


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
            yield _finding(dist, row, providers, users, facts)


def _uses(record: CondaRecord, row: Shared, dist: Distribution) -> bool:
    """Whether a conda package is compiled Python code that loads the library, and not the same package."""
    if record.name in row.providers or pypi_key(record.name) == dist.key:
        return False
    if not any(depend_name(depend) in row.providers for depend in record.depends):
        return False
    return any("site-packages/" in path and is_native(path) for path in record.files)


def _finding(
    dist: Distribution, row: Shared, providers: list[CondaRecord], users: list[CondaRecord], facts: Facts
) -> Finding:
    bundled = [path for path in dist.paths or () if ".libs/" in path or "/.dylibs/" in path]
    evidence = [
        Evidence(
            f"{dist.installer} installed {dist.name} {dist.version}, which has compiled code",
            f"{dist.site}/{dist.folder}",
        )
    ]
    if bundled:
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
        (_remedy(dist, facts),),
    )


def _remedy(dist: Distribution, facts: Facts) -> Remedy:
    channels = Counter(record.channel for record in facts.conda.records if record.channel)
    channel = channels.most_common(1)[0][0] if channels else ""
    others = {name: conda for conda, name in PYPI_NAMES.items()}
    name = _CONDA_NAMES.get(dist.key) or others.get(dist.key) or dist.key
    version = dist.version.partition("+")[0]
    return Remedy(
        f"Take {name} {version} from {channel or 'conda'} instead",
        Safety.CAREFUL,
        (
            *taken_away(dist),
            Install("conda", (f"{name}={version}",), channels=(channel,) if channel else ()),
        ),
        "conda may not have this version, and may move other packages to fit it; look at the difference first",
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


CHECK = Check(
    "MIX002",
    "native-pip-in-conda",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
