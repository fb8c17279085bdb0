"""A library of the environment is now a link to a file outside of it.

## Why it matters
Forums answer "GLIBCXX not found" with `ln -sf /usr/lib/.../libstdc++.so.6` into the environment. From then on every
package here loads the system's library, which is often older than the one that conda's packages were built with, and
which changes with every update of the system. The next installation puts the package's own file back, and the first
error with it.

## How it is found
Links that are named like a library and lead out of the environment, where a package recorded a file of that name, or
where the name belongs to a C or C++ runtime. Links into package caches, which conda and uv make where they are told
to, and environments of the operating system itself do not count.

## What the fix does
Installs exactly the same package once more, which brings its own file back. If that library is too old for something
here, the finding about it offers a newer one of the environment's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Alias, Binaries, CondaRecord, Facts
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.native_remedies import again, bare, label
from doctor.judgement.owners import owner_of, package_of
from doctor.model import Check, Evidence, Example, Finding, Move, Remedy, Safety, Severity

#: runtimes that such advice is about
_RUNTIME = re.compile(r"lib(?:stdc\+\+|gcc_s|gomp|gfortran|tinfo|crypto|ssl|z|ffi|curl)\.so(?:\.\d+)*")
#: where managers keep files for all environments
_CACHES = re.compile(r"/pkgs/|/archive-v\d+/|/\.?cache/|/nix/store/|/opt/spack/")
_SHOWN = 4


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each package whose libraries were replaced."""
    if facts.identity.kind == "system":
        return
    owners = owner_of(facts)
    several: dict[str, list[Alias]] = {}
    for alias in facts.binaries.aliases:
        owner = owners.get(alias.path, "")
        name = alias.path.rpartition("/")[2]
        if alias.inside or not alias.written.startswith(("/", "~", "..")) or ".so" not in name:
            continue
        if _from_cache(alias, owner, facts) or not (owner or _RUNTIME.fullmatch(name)):
            continue
        several.setdefault(owner, []).append(alias)
    for owner, aliases in sorted(several.items()):
        yield _finding(owner, aliases, facts)


def _from_cache(alias: Alias, owner: str, facts: Facts) -> bool:
    """Whether a manager itself linked the file from where it keeps packages."""
    where = alias.target or alias.written
    if _CACHES.search(where) or any(cache and where.startswith(f"{cache}/") for cache in facts.conda.caches):
        return True
    package = package_of(facts, owner)
    return isinstance(package, CondaRecord) and package.link == "soft"


def _finding(owner: str, aliases: list[Alias], facts: Facts) -> Finding:
    first = aliases[0]
    name = first.path.rpartition("/")[2]
    target = first.target or first.written
    gone = "" if first.target else ", which is gone"
    evidence = [
        Evidence(f"is a link to {alias.target or alias.written}{'' if alias.target else ', which is gone'}", alias.path)
        for alias in aliases[:_SHOWN]
    ]
    who = label(facts, owner)
    evidence.append(Evidence(f"{who} put a file of its own there" if who else "no package put it there"))
    again_ = again(facts, owner)
    paths = tuple(alias.path for alias in aliases)
    remedy = again_ or Remedy("Move the link aside", Safety.CAREFUL, (Move(paths),))
    summary = f"{name} was replaced by a link to {target}{gone}"
    return Finding(
        Severity.ERROR,
        bare(owner) or name,
        summary if len(summary) <= 100 else f"{name} was replaced by a link out of this environment"[:100],
        tuple(evidence),
        (bare(owner),) if owner else (),
        (remedy,),
    )


def examples() -> Iterator[Example]:
    """The forum's advice followed in conda and in a venv; and links that managers make."""
    path, system = "lib/libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30"
    held = record("libstdcxx", "13.2.0", files=(path,))
    link = Alias(path, system, False, "/usr/lib/x86_64-linux-gnu/libstdc++.so.6")

    def patient(alias: Alias, kind: str = "conda", **more: object) -> Facts:
        records = (held._replace(**more),) if kind == "conda" else ()  # type: ignore[arg-type]
        return environment(kind=kind, records=records, binaries=Binaries(aliases=(alias,)))

    yield Example("linked to the system's", patient(link), ("libstdcxx",), Severity.ERROR)
    yield Example("linked to what is gone", patient(link._replace(target="")), ("libstdcxx",), Severity.ERROR)
    site = site_packages()
    module = f"{site}/demo.libs/libgomp.so.1"
    demo = distribution("demo", "1.0", files=("demo.libs/libgomp.so.1",), pure=False)
    replaced = environment(distributions=(demo,), binaries=Binaries(aliases=(link._replace(path=module),)))
    yield Example("in a wheel's folder", replaced, ("demo",), Severity.ERROR)
    loose = environment(kind="conda", binaries=Binaries(aliases=(link,)))
    yield Example("without a package", loose, ("libstdc++.so.6",), Severity.ERROR)

    own = Alias(path, "lib/libstdc++.so.6.0.32", True, "libstdc++.so.6.0.32")
    yield Example("the package's own link", patient(own))
    cached = link._replace(target="~/miniforge3/pkgs/libstdcxx-13.2.0-h0_0/lib/libstdc++.so.6.0.32")
    yield Example("linked from conda's cache", patient(cached))
    yield Example("conda told to link softly", patient(link._replace(target="/data/kept/libstdc++.so.6"), link="soft"))
    uv = Alias(module, "~/.cache/uv/archive-v0/x/demo.libs/libgomp.so.1", False, "/home/ada/.cache/uv/archive-v0/x")
    yield Example("linked from uv's cache", environment(distributions=(demo,), binaries=Binaries(aliases=(uv,))))
    plug_in = Alias(f"{site}/mine/libmine.so", "/opt/mine/libmine.so", False, "/opt/mine/libmine.so")
    yield Example("a link of one's own", environment(binaries=Binaries(aliases=(plug_in,))))
    yield Example("the operating system", patient(link, kind="system"))


CHECK = Check(
    "NAT007",
    "replaced-libstdcxx",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda", "files", "binaries"),
)
