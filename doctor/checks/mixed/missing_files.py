"""Files that an installer recorded are gone from disk.

## Why it matters
The package looks installed to every tool and is not whole. Sometimes its import fails; worse, it often succeeds: a
package that lost its `__init__.py` imports as an empty namespace, and one that lost its compiled part falls back to
slow Python code without a word.

## How it is found
Every path in a distribution's RECORD, and for conda packages in their conda-meta record, is looked for on disk.
Bytecode, the marks that installers leave about themselves, what npm, R and JupyterLab manage by themselves, and
places outside the environment do not count. Where only tests, headers, static libraries or documentation are gone,
as from a slimmed container image, one note says so. A package that pip wrote over conda's has a finding of its own.

## What the fix does
Installs exactly the same version, for conda the same build, once more and leaves all other packages alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doctor.checks.mixed.clobbered_files import clobbered
from doctor.facts import CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.facts.files import Files
from doctor.facts.units import several
from doctor.judgement.absent import absent, lost_packages, unimported
from doctor.judgement.overlap import by_system, overwrites, own_sites, owners, record_name, superseded
from doctor.judgement.shared_paths import is_native
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.reinstall import reinstalled, safety_of, same_package
from doctor.knowledge.shared_libraries import WORKS_WITHOUT_ACCELERATOR
from doctor.knowledge.twins import TWINS
from doctor.model import Check, Evidence, Example, Finding, Remedy, Severity, Step

_SHOWN = 5


class Owner(NamedTuple):
    """A package that recorded files, whoever installed it."""

    subject: str
    label: str
    key: str  #: normalised name on PyPI
    paths: tuple[str, ...]
    source: str  #: where they were recorded
    dist: Distribution | None = None
    record: CondaRecord | None = None


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package with files gone, and one note for all that lost only what nothing imports."""
    slimmed: dict[str, list[str]] = {}
    short = [(owner, gone) for owner in _owners(facts) if (gone := absent(owner.paths, facts))]
    told = {path for clobber in clobbered(facts) for path in clobber.paths} if short else set()
    for owner, every in short:
        gone = [path for path in every if path not in told]
        if gone and all(map(unimported, gone)):
            slimmed[owner.subject] = gone
        elif gone:
            yield _finding(owner, gone, facts)
    if slimmed:
        yield _note(slimmed)


def _owners(facts: Facts) -> Iterator[Owner]:
    sites, held = own_sites(facts), owners(facts)
    over = overwrites(facts)
    overwritten = {item.record.name for item in over}
    free = {(item.dist.site, item.dist.folder) for item in over}
    stale = {(dist.site, dist.folder) for others in superseded(facts).values() for dist in others}
    for dist in facts.distributions.installed:
        place = (dist.site, dist.folder)
        elsewhere = (place in held and place not in free) or dist.installer == "conda" or by_system(dist, facts)
        if dist.paths and dist.site in sites and place not in stale and not elsewhere:
            label = f"{dist.name} {dist.version}"
            yield Owner(dist.key, label, dist.key, dist.paths, f"{dist.site}/{dist.folder}/RECORD", dist)
    for rec in facts.conda.records:
        if rec.name not in overwritten:
            paths = (*rec.files, *rec.dropped)
            label = f"conda's {rec.name} {rec.version}"
            yield Owner(rec.name, label, pypi_key(rec.name), paths, f"conda-meta/{rec.dist}.json", None, rec)


def _finding(owner: Owner, gone: list[str], facts: Facts) -> Finding:
    lost = lost_packages(owner.paths, gone, facts)
    natives = [path for path in gone if is_native(path)]
    works = owner.key in WORKS_WITHOUT_ACCELERATOR and len(natives) == len(gone)
    hollow = next((top for top, state in lost.items() if state != "gone"), "")
    if hollow and lost[hollow] == "empty":
        summary = f"{owner.label} is gone, yet import {hollow} succeeds as an empty folder"
    elif hollow:
        summary = f"{owner.label} lost its __init__.py: import {hollow} succeeds and finds nothing in it"
    elif lost:
        summary = f"{owner.label} is gone from disk: import {next(iter(lost))} fails"
    elif works:
        summary = f"{owner.label} lost its compiled part: its import still works, only slower"
    else:
        some = "compiled file" if len(natives) == len(gone) else "file"
        summary = f"{len(gone)} {some}{'s are' if len(gone) > 1 else ' is'} gone from {owner.label}"
    evidence = [
        Evidence("recorded and gone", path) for path in sorted(gone, key=lambda path: not is_native(path))[:_SHOWN]
    ]
    evidence.append(Evidence(f"{len(gone)} of {len(owner.paths)} recorded files are gone", owner.source))
    if natives and not works and not lost:
        evidence.append(
            Evidence(f"{len(natives)} of them compiled: importing it fails, or falls back to slow Python code silently")
        )
    if len(gone) * 2 > len(owner.paths) or lost:
        evidence += _causes(owner, gone, facts)
    return Finding(
        Severity.ERROR,
        owner.subject,
        summary if len(summary) <= 100 else f"{len(gone)} files are gone from {owner.subject}"[:100],
        tuple(evidence),
        tuple(dict.fromkeys((owner.subject, owner.key) if owner.key else (owner.subject,))),
        (_remedy(owner, gone),),
    )


def _causes(owner: Owner, gone: Sequence[str], facts: Facts) -> Iterator[Evidence]:
    moved = [path for path in gone if facts.files.has(f"{path}.c~")]
    if moved:
        yield Evidence(f"a killed conda transaction renamed {len(moved)} of them to .c~", f"{moved[0]}.c~")
        return
    row = next((row for row in TWINS if owner.key in row.members), None)
    if row is not None:
        others = ", ".join(member for member in row.members if member != owner.key)
        yield Evidence(f"probably another package with the same {row.imported} was uninstalled ({others})")
    if owner.record is not None:
        if any(path.endswith((".dist-info/METADATA", ".egg-info/PKG-INFO")) for path in gone):
            yield Evidence("its Python metadata is gone too: pip or uv probably uninstalled what conda had installed")
        return
    for change in facts.conda.history:
        for dist in change.removed:
            later = owner.dist is not None and (not change.time or change.time > owner.dist.modified)
            if later and pypi_key(record_name(dist)) == owner.key:
                text = f"conda removed its own {record_name(dist)} on {change.date}, and shared files with it"
                yield Evidence(text, "conda-meta/history", change.line)


def _remedy(owner: Owner, gone: Sequence[str]) -> Remedy:
    steps: tuple[Step, ...]
    trade_off = ""
    if owner.record is not None:
        title = f"Link exactly {owner.record.name} {owner.record.version}, build {owner.record.build}, again"
        damaged = not set(owner.record.dropped).isdisjoint(gone)
        steps = (same_package(owner.record, fresh=damaged),)
        if damaged:
            trade_off = f"the copy in conda's cache is damaged and stays so: {owner.record.extracted}"
    else:
        assert owner.dist is not None
        title = f"Install exactly {owner.dist.name} {owner.dist.version} again and nothing else"
        steps = reinstalled(owner.dist)
    return Remedy(title, safety_of(steps), steps, trade_off)


def _note(slimmed: dict[str, list[str]]) -> Finding:
    count = sum(map(len, slimmed.values()))
    first = [Evidence(f"{len(gone)} gone from {subject}", gone[0]) for subject, gone in list(slimmed.items())[:_SHOWN]]
    more = len(slimmed) - len(first)
    return Finding(
        Severity.NOTE,
        "unimported files",
        f"Gone: {several(count, 'file')} that nothing imports (tests, headers, documentation)",
        (*first, *([Evidence(f"and from {several(more, 'more package')}")] if more else [])),
        tuple(slimmed),
    )


def examples() -> Iterator[Example]:
    """A lost accelerator, an empty namespace, a conda library; and all that may be gone."""
    site = site_packages()
    files = ("markupsafe/__init__.py", "markupsafe/_native.py", "markupsafe/_speedups.cpython-311-x86_64-linux-gnu.so")
    safe = distribution("MarkupSafe", "2.1.5", files=files, pure=False)
    gone = (f"{site}/{files[2]}",)
    yield Example(
        "a lost accelerator", environment(distributions=(safe,), missing=gone), ("markupsafe",), Severity.ERROR
    )

    headless = distribution("opencv-python-headless", "4.10.0.84", files=("cv2/__init__.py", "cv2/cv2.abi3.so"))
    lost = tuple(path for path in headless.paths or () if "/cv2/" in path)
    left = environment(
        distributions=(headless,), missing=lost, extra=(f"{site}/cv2/__pycache__/__init__.cpython-311.pyc",)
    )
    yield Example(
        "an empty namespace after its twin was uninstalled", left, ("opencv-python-headless",), Severity.ERROR
    )

    init = (f"{site}/markupsafe/__init__.py",)
    hollow = environment(distributions=(safe,), missing=init)
    yield Example("an import package without its __init__.py", hollow, ("markupsafe",), Severity.ERROR)

    blas = record("libopenblas", "0.3.28", files=("lib/libopenblas.so.0", "include/cblas.h"))
    broken = environment(kind="conda", records=(blas,), missing=("lib/libopenblas.so.0",))
    yield Example("a library of conda's", broken, ("libopenblas",), Severity.ERROR)

    headers = environment(kind="conda", records=(blas,), missing=("include/cblas.h",))
    yield Example("only a header", headers, ("unimported files",), Severity.NOTE)

    yield Example("whole", environment(distributions=(safe, headless)))
    cache = "demo_lib/__pycache__"  # virtualenv records the folder, pip the files
    pyc = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py", cache, f"{cache}/__init__.cpython-311.pyc"))
    bare = tuple(path for path in pyc.paths or () if path.endswith((cache, ".pyc", "INSTALLER", "RECORD")))
    yield Example("bytecode and marks", environment(distributions=(pyc,), missing=bare))
    twice = distribution("demo-lib", "1.0", files=("demo.py", "../../../bin/demo", "demo_lib-1.0.data/scripts/demo"))
    never = tuple(path for path in twice.paths or () if ".data/" in path)
    yield Example("a script whose place a program of its name took", environment(distributions=(twice,), missing=never))
    outside = distribution("demo-lib", "1.0", paths=("/opt/demo/demo.conf", "~/bin/demo"))
    yield Example("outside the environment", environment(distributions=(outside,), missing=outside.paths or ()))

    own = distribution("demo-lib", "1.0", files=("demo_lib/stripped_by_the_recipe.py",), installer="conda")
    listed = tuple(path for path in own.paths or () if "stripped" not in path)
    stale = environment(
        kind="conda",
        records=(record("demo-lib", "1.0", files=listed),),
        distributions=(own,),
        missing=own.paths[:1] if own.paths else (),
    )
    yield Example("a RECORD from build time in a conda package", stale)
    npm = record("nodejs", "22.0", files=("lib/node_modules/npm/lib/old.js",))
    upgraded = environment(kind="conda", records=(npm,), missing=npm.files)
    yield Example("what npm upgraded by itself", upgraded)
    debian = distribution("distro", "1.8.0", paths=("lib/python3/dist-packages/scripts/distro",), installer="")
    system = environment(kind="system", distributions=(debian,), missing=debian.paths or ())
    yield Example("a RECORD from build time in the operating system's package", system)
    partly = Files({site: frozenset({"six.py"})}, entries=1, complete=False)
    away = distribution("demo-lib", "1.0", files=("../../../bin/demo",), paths=("bin/demo", f"{site}/demo/core.py"))
    yield Example("where nobody looked", environment(distributions=(away,), files=partly))


CHECK = Check(
    "MIX006",
    "missing-files",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files"),
)
