"""A package holds compiled modules for another Python only, which this one does not see.

## Why it matters
`No module named 'pandas._libs.lib'`, although the file is there. A compiled module carries the Python it was built
for in its name, `cpython-310` for 3.10, and any other Python passes it over. It happens after an upgrade of Python in
place, after a copy of site-packages, and with packages that were fetched for another Python.

## How it is found
The names of compiled modules, compared with the environment's Python: its release, and whether it is the build
without the global lock. Only packages of which no module fits are reported. Modules that work with any Python
(`abi3`, or no mark at all) fit, and packages that run without their compiled part get a warning instead of an error.

## What the fix does
Installs the same release once more, for which the installer takes the build for this Python. A conda build brings
the same files each time, so that choosing another one is left to you.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Binaries, Binary, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.native_modules import fits_python, importable
from doctor.judgement.native_remedies import again, bare, label
from doctor.judgement.owners import owner_of, package_of
from doctor.knowledge.shared_libraries import WORKS_WITHOUT_ACCELERATOR
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 4
_RELEASE = re.compile(r"(cpython|cp|pypy)-?(\d)(\d{1,2})(t?)")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package without a single module for this Python."""
    owners = owner_of(facts)
    several: dict[str, list[Binary]] = {}
    for file in importable(facts):
        if "/lib-dynload/" not in file.path:
            several.setdefault(owners.get(file.path, ""), []).append(file)
    for owner, files in sorted(several.items()):
        package = package_of(facts, owner)
        if package is None or (isinstance(package, Distribution) and package.pure is True):
            continue
        if not facts.identity.abi:
            raise CannotTell("this environment's Python version is unknown")
        if not any(fits_python(file.tag, facts) for file in files):
            yield _finding(owner, files, facts)


def _said(tag: str) -> str:
    """A tag as people say it."""
    found = _RELEASE.match(tag)
    if tag == "abi3":
        return "Python with the global lock"
    if found is None:
        return tag
    name = "PyPy" if found[1] == "pypy" else "Python"
    return f"{name} {found[2]}.{found[3]}" + (" without the global lock" if found[4] else "")


def _finding(owner: str, files: list[Binary], facts: Facts) -> Finding:
    slower = bare(owner) in WORKS_WITHOUT_ACCELERATOR
    theirs = " and ".join(dict.fromkeys(_said(file.tag) for file in files[:50]))
    here = _said(facts.identity.abi)
    evidence = [Evidence(f"a module for {_said(file.tag)}", file.path) for file in files[:_SHOWN]]
    evidence.append(Evidence(f"none of its {len(files)} compiled modules is for this Python, {facts.identity.abi}"))
    if slower:
        evidence.append(Evidence("it works without its compiled part, only slower"))
    remedy = again(facts, owner) if isinstance(package_of(facts, owner), Distribution) else None
    told = Tell(f"Install a build of {bare(owner)} for {here}.")
    summary = f"{label(facts, owner)} was built for {theirs}, and this is {here}"
    return Finding(
        Severity.WARNING if slower else Severity.ERROR,
        bare(owner),
        summary if len(summary) <= 100 else f"{bare(owner)[:50]} was built for another Python than {here}"[:100],
        tuple(evidence),
        (bare(owner),),
        (remedy or Remedy(f"Install a build for {here}", Safety.MANUAL, (told,)),),
    )


def examples() -> Iterator[Example]:
    """Left over from another Python, from a free-threaded one; and what fits, or is chosen among several."""
    site = site_packages()

    def patient(*tags: str, name: str = "demo", pure: bool = False, **identity: str) -> Facts:
        paths = [f"demo/_core.{tag}.so" if tag else f"demo/_core{number}.so" for number, tag in enumerate(tags)]
        files = [
            Binary(f"{site}/{path}", "elf", "x86_64", tag=tag, is_extension=True)
            for path, tag in zip(paths, tags, strict=True)
        ]
        dist = distribution(name, "1.0", files=paths, pure=pure)
        return environment(distributions=(dist,), binaries=Binaries(tuple(files)), identity=identity)

    old, own = "cpython-310-x86_64-linux-gnu", "cpython-311-x86_64-linux-gnu"
    yield Example("left from Python 3.10", patient(old), ("demo",), Severity.ERROR)
    yield Example("for a Python without the global lock", patient("cpython-311t-x86_64-linux-gnu"), ("demo",))
    yield Example("abi3 in a Python without the global lock", patient("abi3", abi="cp313t"), ("demo",))
    yield Example("an accelerator", patient(old, name="markupsafe"), ("markupsafe",), Severity.WARNING)
    yield Example("for this Python", patient(own))
    yield Example("for any Python", patient("abi3", ""))
    yield Example("for several", patient(old, own))
    yield Example("helpers in a wheel for any Python", patient(old, pure=True))
    yield Example("on PyPy", patient("pypy310-pp73-x86_64-linux-gnu", abi="pp310"))
    yield Example("for CPython, on PyPy", patient(old, abi="pp310"), ("demo",), Severity.ERROR)
    held = record("demo", "1.0", "py310_0", files=(f"{site}/demo/_core.{old}.so",))
    files = Binaries((Binary(f"{site}/demo/_core.{old}.so", "elf", "x86_64", tag=old, is_extension=True),))
    conda = environment(kind="conda", records=(held,), binaries=files)
    yield Example("a conda package", conda, ("demo",), Severity.ERROR)
    yield Example("an unknown Python", patient(old, abi=""), cannot_tell=True)


CHECK = Check(
    "NAT005",
    "wrong-python-tag",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
)
