"""pip or uv installed a package over the one that conda had installed.

## Why it matters
conda still believes that its own build is there and resolves every later change against it, while Python imports
the other one. Packages that conda compiled against its build now run against code with another binary interface,
other BLAS and other numbers. The next `conda install` or `conda update` links conda's files over pip's and leaves a
mixture of both. A mere `conda list` deletes the record, and with it the trace of what happened.

## How it is found
A record in conda-meta lists the metadata folder of a Python package, and that folder is gone while another
installer's stands beside it, or it says that another installer wrote it; or a distribution that pip or uv installed
later recorded the same code files as a conda package. It is an error where native code or a package that others
are compiled against is concerned, and a warning where only Python code was replaced or where both are the same
version.

## What the fix does
One of three. Keep conda's: pip's copy is uninstalled first, then exactly the recorded build is linked again, alone.
Keep pip's: conda's record is moved aside, so that conda no longer claims the files. Or the environment is built
anew beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.absent import absent
from doctor.judgement.overlap import Overwrite, depend_name, overwrites
from doctor.judgement.shared_paths import is_native
from doctor.knowledge.forgetting import forgotten
from doctor.knowledge.reinstall import same_package, taken_away
from doctor.knowledge.shared_libraries import ABI_CRITICAL, SHARED
from doctor.model import Check, Evidence, Example, Export, Finding, Rebuild, Remedy, Safety, Severity


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each conda package that lies under another installer's."""
    for found in overwrites(facts):
        record, dist = found.record, found.dist
        who = dist.installer or "another tool"
        if found.same_files:
            summary = f"{who} installed {dist.name} {dist.version} over conda's build of the same version"
        elif found.version == dist.version:
            summary = f"{who} installed another build of {dist.name} {dist.version} over conda's"
        else:
            summary = f"{who} installed {dist.name} {dist.version} over conda's {record.name} {found.version}"
        yield Finding(
            _severity(found),
            record.name,
            summary if len(summary) <= 100 else f"{who} installed {dist.name} over conda's {record.name}"[:100],
            tuple(_evidence(found, facts)),
            tuple(dict.fromkeys((record.name, dist.key))),
            tuple(_remedies(found, facts)),
        )


def _severity(found: Overwrite) -> Severity:
    if found.same_files:
        return Severity.WARNING
    native = any(is_native(path) for path in found.record.files) or found.dist.native
    critical = found.dist.key in ABI_CRITICAL or found.record.name in ABI_CRITICAL
    return Severity.ERROR if native or critical else Severity.WARNING


def _evidence(found: Overwrite, facts: Facts) -> Iterator[Evidence]:
    record, dist = found.record, found.dist
    origin = f" from {record.channel}" if record.channel else ""
    yield Evidence(
        f"conda recorded {record.name} {record.version}, build {record.build}{origin}", f"conda-meta/{record.dist}.json"
    )
    yield Evidence(
        f"{dist.name} {dist.version} is there, INSTALLER says {dist.installer or 'nothing'}",
        f"{dist.site}/{dist.folder}",
    )
    if found.shared:
        both = "1 code file was" if len(found.shared) == 1 else f"{len(found.shared)} code files were"
        yield Evidence(f"{both} recorded by both", found.shared[0])
    gone = absent(record.files, facts)
    if gone:
        yield Evidence(f"{len(gone)} of the {len(record.files)} files that conda recorded are gone", gone[0])
    built_on = _dependents(found, facts)
    if built_on:
        yield Evidence(f"conda installed packages that need it: {', '.join(built_on[:6])}")


def _remedies(found: Overwrite, facts: Facts) -> Iterator[Remedy]:
    record, dist = found.record, found.dist
    steps = (*taken_away(dist), same_package(record))
    yield Remedy(
        f"Keep conda's {record.name} {record.version}: uninstall the other copy, link conda's build again",
        Safety.CAREFUL,
        steps,
        f"{dist.name} {dist.version} goes; what was installed because it needs that version may need another"
        if dist.version != found.version
        else "",
    )
    forget = None if _is_wanted_of_conda(found, facts) else forgotten(record, facts)
    if forget is not None:
        yield Remedy(
            f"Keep {dist.name} {dist.version} of {dist.installer or 'the other tool'}: make conda forget its own",
            Safety.CAREFUL,
            forget,
            "files of conda's build that nobody overwrote stay behind without an owner",
        )
    yield Remedy(
        "Build the environment anew beside this one, each package from one installer only",
        Safety.CAREFUL,
        (Export(("explicit", "environment.yml", "requirements")), Rebuild()),
        "takes the longest and leaves nothing mixed",
    )


def _is_wanted_of_conda(found: Overwrite, facts: Facts) -> bool:
    """Whether conda would miss the package, or pip's copy would bring a library that conda's packages share."""
    row = SHARED.get(found.dist.key)
    shares = row is not None and any(r.name in row.providers for r in facts.conda.records)
    return bool(_dependents(found, facts)) or (shares and found.dist.native)


def _dependents(found: Overwrite, facts: Facts) -> list[str]:
    name = found.record.name
    needing = (r.name for r in facts.conda.records if name in map(depend_name, r.depends))
    return sorted(needing)


_SITE = site_packages()


def _numpy(version: str = "1.26.3") -> tuple[str, ...]:
    return tuple(
        f"{_SITE}/{path}"
        for path in (
            "numpy/__init__.py",
            "numpy/core/_umath.so",
            f"numpy-{version}.dist-info/METADATA",
            f"numpy-{version}.dist-info/INSTALLER",
        )
    )


def _plain(**more: Any) -> Distribution:
    return distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",), **more)


def examples() -> Iterator[Example]:
    """Another version, another name, the same version; and what only looks like it."""
    conda_numpy = record("numpy", "1.26.3", "py311h64a7726_0", files=_numpy())
    pip_numpy = distribution("numpy", "2.0.2", files=("numpy/__init__.py", "numpy/_core/_umath.so"), pure=False)
    gone = tuple(path for path in conda_numpy.files if not path.endswith("numpy/__init__.py"))
    sick = environment(kind="conda", records=(conda_numpy,), distributions=(pip_numpy,), missing=gone)
    yield Example("another version with native code", sick, ("numpy",), Severity.ERROR)

    files = tuple(f"{_SITE}/{path}" for path in ("demo_lib/__init__.py", "demo_lib-0.9.dist-info/METADATA"))
    conda_plain = record("demo-lib", "0.9", "pyh_0", noarch="python", files=files)
    sick = environment(kind="conda", records=(conda_plain,), distributions=(_plain(installer="uv"),), missing=files[1:])
    yield Example("another version of pure Python by uv", sick, ("demo-lib",), Severity.WARNING)

    same = record("demo-lib", "1.0", "pyh_0", noarch="python", files=tuple(_plain().paths or ()))
    sick = environment(
        kind="conda",
        records=(same,),
        distributions=(_plain(),),
        extra=(f"{_SITE}/demo_lib-1.0.dist-info/REQUESTED",),
    )
    yield Example("the same version", sick, ("demo-lib",), Severity.WARNING)

    torch = distribution("torch", "2.4.0", files=("torch/__init__.py", "torch/_C.so"), pure=False)
    conda_torch = record("pytorch", "2.1.0", "cpu_0", files=(f"{_SITE}/torch/__init__.py", f"{_SITE}/torch/_C.so"))
    sick = environment(kind="conda", records=(conda_torch,), distributions=(torch,))
    yield Example("a conda package of another name, without Python metadata", sick, ("pytorch",), Severity.ERROR)

    own = distribution("numpy", "1.26.3", files=("numpy/__init__.py", "numpy/core/_umath.so"), installer="conda")
    pure = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",))
    yield Example("both side by side", environment(kind="conda", records=(conda_numpy,), distributions=(own, pure)))

    built = _plain(modified=same.installed - 1.0)
    yield Example(
        "a conda package that was built with pip and says so",
        environment(kind="conda", records=(same,), distributions=(built,)),
    )
    tests = record("other", "1.0", files=(f"{_SITE}/tests/__init__.py", f"{_SITE}/other/__init__.py"))
    careless = distribution("careless", "1.0", files=("tests/__init__.py", "careless/__init__.py"))
    yield Example(
        "only a folder of tests in common", environment(kind="conda", records=(tests,), distributions=(careless,))
    )


CHECK = Check(
    "MIX001",
    "pip-overwrote-conda",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
