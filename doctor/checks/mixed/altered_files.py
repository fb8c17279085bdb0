"""Files were changed after they were installed.

## Why it matters
Somebody edited a library in place, a disk or a copy damaged it, or another tool wrote over it. What runs is then
not the version that every list and lock file names, and nobody else can reproduce it. In a conda environment the
same file usually is a hard link into the package cache, so that the change is in all environments that share it,
and a forced reinstall links the changed file again.

## How it is found
With `--deep`, every file is hashed and compared with the checksum in RECORD or in the conda record. Left out is what
changes by right: bytecode, scripts whose first line was rewritten, files with the prefix patched in, signed
libraries of macOS, configuration below `etc`, caches that programs regenerate, and packages that have another
finding for the same cause.

## What the fix does
Installs exactly the same version, for conda the same build, again, and past the package cache: the copy there may be
the same file. The cache and other environments stay as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import Altered, CondaRecord, Distribution, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.facts.integrity import Integrity
from doctor.judgement.absent import KEPT_BY_OTHERS
from doctor.judgement.overlap import by_system, overwrites, own_sites, superseded
from doctor.judgement.shared_paths import is_native
from doctor.knowledge.reinstall import same_distribution, same_package
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Step, Tell

_SHOWN = 6

#: written again by programs or post-link scripts, or meant to be edited
_CHANGING = re.compile(
    r"^etc/|\.cache$|/gschemas\.compiled$|/share/info/dir$|/fonts\.(?:dir|scale)$|/mime/(?:globs|magic|types)"
)
#: what `conda init` rewrites in the environment that holds conda
_BY_CONDA_INIT = re.compile(r"^(?:bin|condabin|Scripts|shell|Library/bin)/|/xontrib/")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package with changed files."""
    told = {f"conda:{item.record.name}" for item in overwrites(facts)}
    told |= {dist.key for dist in facts.distributions.installed if by_system(dist, facts)}
    told |= {dist.key for others in superseded(facts).values() for dist in others}
    sites = own_sites(facts)
    installed = {dist.key: dist for dist in facts.distributions.installed if dist.site in sites}
    by_owner: dict[str, list[Altered]] = defaultdict(list)
    for altered in facts.integrity.altered:
        if altered.owner not in told and not _changes_by_right(altered, facts):
            by_owner[altered.owner].append(altered)
    for owner, changed in sorted(by_owner.items()):
        name = owner.removeprefix("conda:")
        record = facts.conda.record(name) if owner.startswith("conda:") else None
        dist = installed.get(name) if record is None else None
        version = record.version if record else dist.version if dist else ""
        many = f"{len(changed)} files of {name} {version}".rstrip() + " were"
        one = f"A file of {name} {version}".rstrip() + " was"
        yield Finding(
            Severity.WARNING,
            name,
            f"{one if len(changed) == 1 else many} changed after installation"[:100],
            tuple(_evidence(changed)),
            (name,),
            (_remedy(name, record, dist),),
        )


def _changes_by_right(altered: Altered, facts: Facts) -> bool:
    by_conda = altered.owner.startswith("conda:")
    signed = (
        by_conda and facts.identity.system == "macos" and (is_native(altered.path) or "/bin/" in f"/{altered.path}")
    )
    init = altered.owner == "conda:conda" and _BY_CONDA_INIT.search(altered.path) is not None
    script = not by_conda and altered.path.startswith(("bin/", "Scripts/"))
    kept = KEPT_BY_OTHERS.search(altered.path) or _CHANGING.search(altered.path)
    return signed or init or script or kept is not None


def _evidence(changed: list[Altered]) -> Iterator[Evidence]:
    for altered in changed[:_SHOWN]:
        text = f"sha256 {altered.found[:12]}… instead of {altered.expected[:12]}…"
        yield Evidence(text, altered.path)
    if len(changed) > _SHOWN:
        yield Evidence(f"and {len(changed) - _SHOWN} more files")


def _remedy(name: str, record: CondaRecord | None, dist: Distribution | None) -> Remedy:
    trade_off = "changes made on purpose are lost; keep a copy of them first"
    step: Step
    if record is not None:
        step = same_package(record, fresh=True)
        title = f"Link exactly {record.name} {record.version}, build {record.build}, again"
        if record.link != "copy" and record.extracted:
            trade_off += (
                f"; {record.extracted} and other environments that are linked to it keep the changed file until they"
                " are repaired too"
            )
    elif dist is not None:
        step = same_distribution(dist, fresh=True)
        title = f"Install exactly {dist.name} {dist.version} again and nothing else"
    else:
        return Remedy(f"Install {name} again", Safety.MANUAL, (Tell(f"Install {name} again in the same version"),))
    safety = Safety.MANUAL if isinstance(step, Tell) else Safety.CAREFUL
    return Remedy(title, safety, (step,), trade_off)


def examples() -> Iterator[Example]:
    """An edited wheel, an edited conda package; and what changes by right."""
    site = site_packages()
    demo = distribution("demo-lib", "1.0", files=("demo_lib/__init__.py",))
    edited = Altered(f"{site}/demo_lib/__init__.py", "demo-lib", "a" * 64, "b" * 64)
    sick = environment(distributions=(demo,), integrity=Integrity((edited,), hashed=3))
    yield Example("a wheel edited in place", sick, ("demo-lib",), Severity.WARNING)

    scipy = record("scipy", "1.14.0", files=(f"{site}/scipy/core.py",), extracted="~/miniforge3/pkgs/scipy-1.14.0-h0_0")
    edited = Altered(f"{site}/scipy/core.py", "conda:scipy", "a" * 64, "b" * 64)
    sick = environment(kind="conda", records=(scipy,), integrity=Integrity((edited,)))
    yield Example("a conda package edited in place", sick, ("scipy",), Severity.WARNING)

    yield Example("nothing changed", environment(distributions=(demo,), integrity=Integrity(hashed=3)))
    by_right = (
        Altered("etc/jupyter/jupyter_config.json", "conda:jupyter_core", "a" * 64, "b" * 64),
        Altered("bin/activate", "conda:conda", "a" * 64, "b" * 64),
        Altered("bin/demo", "demo-lib", "a" * 64, "b" * 64),
    )
    yield Example("what changes by right", environment(kind="conda", integrity=Integrity(by_right)))
    patched = Altered("lib/libdemo.dylib", "conda:demo", "a" * 64, "b" * 64)
    yield Example(
        "a signed library of macOS",
        environment(kind="conda", identity={"system": "macos"}, integrity=Integrity((patched,))),
    )
    files = (f"{site}/demo_lib/__init__.py", f"{site}/demo_lib-0.9.dist-info/METADATA")
    over = Altered(files[0], "conda:demo-lib", "a" * 64, "b" * 64)
    told = environment(
        kind="conda",
        records=(record("demo-lib", "0.9", files=files),),
        distributions=(demo,),
        missing=files[1:],
        integrity=Integrity((over,)),
    )
    yield Example("pip over conda, which has its own finding", told)


CHECK = Check(
    "MIX007",
    "altered-files",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "integrity"),
    deep=True,
)
