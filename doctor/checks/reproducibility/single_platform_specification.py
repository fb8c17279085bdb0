"""The project is to run on several platforms, and what it installs from serves only some of them.

## Why it matters
The colleague with the other laptop, or the cluster with the other processor, cannot create the environment from the
same file. What they install instead is another environment, and nobody wrote down which.

## How it is found
Only in an environment that belongs to the project, and where the project names several platforms: in its policy, in
environment.yml, in pixi's manifest. Told is a lock or explicit list that leaves one of them out, where no other lock
of the same kind has it; a package for which a lock names wheels of other platforms alone and no sources, where the
project asks for it directly, or where uv.lock or poetry.lock says that it always comes along; and one or two exact
builds in environment.yml. Markers are judged for each platform, those on the way to a package included.

## What the fix does
For builds: writes a portable environment.yml beside the old one. A lock is made for more platforms by its own tool:
that command is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from doctor.facts import Asked, Facts, Lock, Locked, Locks, Policy, Project, Specification
from doctor.facts.build import environment
from doctor.facts.units import several
from doctor.judgement.expectations import expectations_of
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.expectations.expected import Expectation
from doctor.judgement.expectations.roles import is_compiled, is_ours, of_role
from doctor.model import Check, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Tell

if TYPE_CHECKING:
    from doctor.judgement.expectations.served import Unserved

_SHOWN = 6
#: exact builds from which on a file is told of as an export
_EXPORTED = 3

#: what makes a lock serve another platform
_MORE = {
    "pixi.lock": "Add {0} to platforms in pixi's manifest and run: pixi lock",
    "conda-lock": "Lock for it as well: conda-lock lock --platform {0}",
    "explicit": "Write an explicit list on that platform as well, or lock for both with conda-lock or pixi",
    "uv.lock": "Name {0} in required-environments of tool.uv, or give what has no wheel there a marker; then: uv lock",
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each file that leaves a platform out."""
    if not belongs(facts):
        return
    wishes: dict[str, Expectation] = {}
    for item in expectations_of(facts).of("platform"):
        if item.strength in ("policy", "specification") and "-" in item.name:
            wishes.setdefault(item.name, item)
    if len(wishes) < 2:
        return
    from doctor.judgement.expectations.frozen import exact_builds
    from doctor.judgement.expectations.served import unserved

    by_kind: dict[str, list[tuple[Lock, tuple[Unserved, ...]]]] = {}
    for lock in facts.locks.files:
        by_kind.setdefault(lock.kind, []).append((lock, unserved(tuple(wishes.values()), lock, facts)))
    for locks in by_kind.values():
        # several locks of one kind share the platforms between them
        nowhere = set.intersection(*({each.platform for each in lacking} for _, lacking in locks))
        for lock, lacking in locks:
            left = [each for each in lacking if each.platform in nowhere]
            if left:
                yield _of_lock(lock, left)
                break
    for spec in of_role(facts, "main"):
        builds = exact_builds(spec)
        if spec.kind == "environment.yml" and 0 < len(builds) < _EXPORTED and not is_ours(spec) | is_compiled(spec):
            yield _of_builds(spec, builds, tuple(wishes.values()))


def _of_lock(lock: Lock, lacking: list[Unserved]) -> Finding:
    names = ", ".join(each.platform for each in lacking)
    evidence = [Evidence(each.wish.text, each.wish.path, each.wish.line) for each in lacking[:_SHOWN]]
    packages = dict.fromkeys(package for each in lacking for package in each.packages)
    for package in list(packages)[:_SHOWN]:
        wheels = f"{several(len(package.wheels), 'wheel')}, none for it, and no sources"
        evidence.append(Evidence(f"{package.name} {package.version}: {wheels}", lock.path, package.line))
    if not packages:
        there = ", ".join(lock.platforms) or ", ".join(sorted({p.platform for p in lock.packages if p.platform}))
        evidence.append(Evidence(f"locked for {there}", lock.path))
    text = _MORE.get(lock.kind, "Lock for {0} as well, or give what has no wheel there a marker").format(
        lacking[0].platform
    )
    return Finding(
        Severity.WARNING,
        lock.path,
        f"{lock.path[-40:]} cannot serve {names}"[:100],
        tuple(evidence),
        tuple(package.name for package in packages),
        (Remedy(f"Make {lock.path} serve {names}", Safety.MANUAL, (Tell(text),)),),
    )


def _of_builds(spec: Specification, builds: tuple[Asked, ...], wishes: tuple[Expectation, ...]) -> Finding:
    evidence = [Evidence(wish.text, wish.path, wish.line) for wish in wishes[:_SHOWN]]
    evidence += [Evidence(f"one build: {asked.text}", spec.path, asked.line) for asked in builds]
    return Finding(
        Severity.WARNING,
        spec.path,
        f"{spec.path[-40:]} names exact builds, which one platform has, and the project names {len(wishes)}"[:100],
        tuple(evidence),
        tuple(asked.name for asked in builds),
        (
            Remedy(
                "Write a portable file beside it",
                Safety.SAFE,
                (Export(("environment.yml",)), Tell(f"Then put the new file in place of {spec.path}")),
            ),
            Remedy(
                "Ask for versions, or for builds by a pattern",
                Safety.MANUAL,
                (Tell(f"In {spec.path} leave the build out, or write what matters of it: *=*mkl*"),),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Locks and builds of one platform, where several are named and where not."""
    warning = Severity.WARNING
    several_ = Policy("pyproject.toml", platforms=("linux-64", "osx-arm64"))
    one = Policy("pyproject.toml", platforms=("linux-64",))

    def case(*locks: Lock, policy: Policy = several_, specs: tuple[Specification, ...] = ()) -> Facts:
        project = Project(True, "~/demo", policy=policy, specifications=specs)
        return environment(project=project, locks=Locks(locks))

    pixi = Lock("pixi.lock", "pixi.lock", (Locked("numpy", "2.1.0", "conda", platform="linux-64"),), "", ("linux-64",))
    yield Example("a lock for one platform", case(pixi), ("pixi.lock",), warning)
    yield Example("a lock for both", case(pixi._replace(platforms=("linux-64", "osx-arm64"))))
    yield Example("one platform is named", case(pixi, policy=one))
    yield Example("none is named", case(pixi, policy=Policy()))
    explicit = Lock("linux.txt", "explicit", (Locked("numpy", "2.1.0", "conda", platform="linux-64"),))
    mac = Lock("mac.txt", "explicit", (Locked("numpy", "2.1.0", "conda", platform="osx-arm64"),))
    yield Example("an explicit list for one", case(explicit), ("linux.txt",))
    yield Example("an explicit list for each", case(explicit, mac))
    asked = Asked("numpy", "numpy")
    pyproject = Specification("pyproject.toml", "pyproject", asked=(asked,))
    linux = ("numpy-2.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",)
    both = (*linux, "numpy-2.1.0-cp311-cp311-macosx_14_0_arm64.whl")

    def uv(*wheels: str, sdist: bool = False, name: str = "numpy") -> Lock:
        return Lock("uv.lock", "uv.lock", (Locked(name, "2.1.0", line=8, wheels=wheels, sdist=sdist),))

    yield Example("wheels of one platform", case(uv(*linux), specs=(pyproject,)), ("uv.lock",), warning)
    yield Example("wheels of both", case(uv(*both), specs=(pyproject,)))
    yield Example("wheels of any", case(uv("numpy-2.1.0-py3-none-any.whl"), specs=(pyproject,)))
    yield Example("wheels of one platform and sources", case(uv(*linux, sdist=True), specs=(pyproject,)))
    other = uv(*linux, name="nvidia-nccl-cu12")
    yield Example("what another package always needs", case(other, specs=(pyproject,)), ("uv.lock",), warning)

    def locked(lock: Lock = other, **more: Any) -> Facts:
        package = lock.packages[0]._replace(**more)
        return case(lock._replace(packages=(package,)), specs=(pyproject,))

    yield Example("what another package needs on Linux", locked(marker='sys_platform == "linux"'))
    yield Example("what a group needs", locked(groups=("gpu",)))
    yield Example("what one of two groups needs", locked(marker="extra != 'group-4-demo-cpu'"))
    yield Example("in a lock that is out of date", locked(other._replace(stale="it asks for something else")))
    yield Example("in a lock that does not tell by whom", locked(other._replace(kind="pdm.lock")))
    marked = pyproject._replace(asked=(asked._replace(marker='sys_platform == "linux"'),))
    yield Example("asked for on one platform only", case(uv(*linux), specs=(marked,)))
    build = Asked("libblas=3.9=20_linux64_mkl", "libblas", "conda", 6, specifier="3.9", build="20_linux64_0")
    yml = Specification("environment.yml", "environment.yml", asked=(build,))
    yield Example("an exact build", case(specs=(yml,)), ("environment.yml",))
    yield Example("an exact build for the one platform", case(policy=one, specs=(yml,)))


CHECK = Check(
    "REP008",
    "single-platform-specification",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "project", "locks"),
    records=False,
    repository=True,
)
