"""A specification was exported in a form that only the machine it came from can install.

## Why it matters
`conda env export` writes the folder of the environment and the build of every package; `pip freeze` in a conda
environment writes folders in which packages were once built. Another operating system has none of these builds, and
another machine none of these folders, so that colleagues cannot create the environment from the file.

## How it is found
Only in an environment that belongs to the project. Its environment.yml and requirements files are searched for a
`prefix:` line, for three or more packages with one exact build, and for packages from absolute folders or file:
addresses. Builds that are patterns (`*=*mkl*`), files that say in their name that they are a lock or for one
platform, folders of the project itself, and locks made by tools are sound.

## What the fix does
Writes a portable file beside the old one: asked-for packages at their versions, with channels, without builds and
folders. Or takes those parts out of the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from doctor.facts import Asked, Distribution, Facts, Project, Specification
from doctor.facts.build import distribution, environment
from doctor.facts.units import several
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.expectations.frozen import exact_builds
from doctor.judgement.expectations.roles import is_compiled, is_ours
from doctor.model import Check, Edit, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Step, Tell

_SHOWN = 5
#: exact builds that somebody may well have chosen
_CHOSEN = 2
#: words of a name by which a file is for one platform, or a lock on purpose
_ON_PURPOSE = r"(?:^|[-_.])(?:lock|locked|pinned|explicit|linux|osx|macos|mac|win|windows|64|arm64)(?=$|[-_.])"
_LOCAL = r"(?i:file:|/|~|[A-Za-z]:[\\/])"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each file."""
    if not belongs(facts):
        return
    for spec in facts.project.specifications:
        if spec.kind not in ("environment.yml", "requirements") or is_ours(spec) or is_compiled(spec):
            continue
        builds = exact_builds(spec)
        named = re.search(_ON_PURPOSE, spec.path.rpartition("/")[2].lower())
        builds = () if len(builds) <= _CHOSEN or named else builds
        places = tuple(asked for asked in spec.asked if _is_local(asked, facts))
        if spec.prefix or builds or places:
            yield _finding(spec, builds, places, facts)


def _is_local(asked: Asked, facts: Facts) -> bool:
    """Whether an entry comes from a folder that only one machine has."""
    address = re.sub(r"^file:(?://(?=[/~$]))?", "", asked.url, flags=re.IGNORECASE)
    if not asked.url or not re.match(_LOCAL, asked.url) or "$" in address:
        return False
    root = facts.project.root.rstrip("/")
    inside = bool(root) and (address == root or address.startswith(f"{root}/"))
    return not inside and not address.startswith("./")


def _finding(spec: Specification, builds: tuple[Asked, ...], places: tuple[Asked, ...], facts: Facts) -> Finding:
    evidence = [Evidence(f"prefix: {spec.prefix}", spec.path, spec.prefix_line)] if spec.prefix else []
    evidence += [Evidence(f"one build: {asked.text}", spec.path, asked.line) for asked in builds[:_SHOWN]]
    evidence += [Evidence(f"one machine's folder: {asked.text}", spec.path, asked.line) for asked in places[:_SHOWN]]
    rest = max(len(builds) - _SHOWN, 0) + max(len(places) - _SHOWN, 0)
    evidence += [Evidence(f"and {rest} more", spec.path)] if rest else []
    told = ["the folder of one environment"] if spec.prefix else []
    told += [f"{len(builds)} exact builds"] if builds else []
    told += [f"{several(len(places), 'package')} from local folders"] if places else []
    edits = tuple(_edits(spec, builds, places, facts))
    form = "environment.yml" if spec.kind == "environment.yml" or facts.conda.present else "requirements"
    return Finding(
        Severity.WARNING,
        spec.path,
        f"{spec.path[-30:]} holds {' and '.join(told)}"[:100],
        tuple(evidence),
        tuple(dict.fromkeys(asked.name for asked in places)),
        (
            Remedy(
                "Write a portable file beside it",
                Safety.SAFE,
                (Export((form,)), Tell(f"Then put the new file in place of {spec.path}")),
            ),
            *(
                (
                    Remedy(
                        f"Take builds and folders out of {spec.path}",
                        Safety.CAREFUL,
                        edits,
                        "Who creates the environment from it may get other builds of the same versions.",
                    ),
                )
                if edits
                else ()
            ),
        ),
    )


def _edits(spec: Specification, builds: tuple[Asked, ...], places: tuple[Asked, ...], facts: Facts) -> Iterator[Step]:
    """What to replace, for the shape in which conda and pip write these files; none where something must be told."""
    installed = {dist.key: dist for dist in facts.distributions.installed}
    if any(not _is_release(installed.get(asked.name)) for asked in places):
        return
    if spec.prefix:
        yield Edit(spec.path, f"\nprefix: {spec.prefix}", "")
    start = "  - " if spec.kind == "environment.yml" else ""
    for _, group in groupby(enumerate(builds), lambda pair: pair[1].line - pair[0]):
        run = [asked for _, asked in group]
        before = "\n".join(f"{start}{asked.text}" for asked in run)
        after = "\n".join(f"{start}{asked.text.removesuffix(f'={asked.build}')}" for asked in run)
        if before != after:
            yield Edit(spec.path, before, after)
    for asked in places:
        yield Edit(spec.path, asked.text, f"{asked.name}=={installed[asked.name].version}")


def _is_release(dist: Distribution | None) -> bool:
    """Whether what is installed has a version that an index may know: no folder of somebody's own."""
    own = dist is not None and dist.direct_url is not None and dist.installer != "conda"
    return dist is not None and bool(dist.version) and not own


def examples() -> Iterator[Example]:
    """An unedited conda export, pip freeze's folders; chosen builds, locks on purpose, the project's own folder."""
    warning = Severity.WARNING
    names = ("numpy=1.26.4=py311h64a7726_0", "openssl=3.2.1=hd590300_0", "zlib=1.3.1=h4ab18f5_1")
    asked = tuple(
        Asked(text, text.partition("=")[0], "conda", line, specifier=text.split("=")[1], build=text.split("=")[2])
        for line, text in enumerate(names, 5)
    )

    def case(spec: Specification, *dists: Distribution) -> Facts:
        return environment(distributions=dists, project=Project(True, "~/demo", specifications=(spec,)))

    export = Specification("environment.yml", "environment.yml", "demo", asked=asked, prefix="~/envs/x", prefix_line=9)
    yield Example("conda env export", case(export), ("environment.yml",), warning)
    yield Example("a prefix alone", case(export._replace(asked=())), ("environment.yml",))
    yield Example("builds alone", case(export._replace(prefix="")), ("environment.yml",))
    two = export._replace(prefix="", asked=asked[:2])
    yield Example("two builds, as somebody chose them", case(two))
    patterns = tuple(each._replace(build="*mkl*") for each in asked)
    yield Example("patterns of builds", case(export._replace(prefix="", asked=patterns)))
    lock = export._replace(prefix="", path="environment-linux-64.lock.yml")
    yield Example("a lock on purpose", case(lock))
    plain = tuple(each._replace(build="") for each in asked)
    yield Example("asked-for packages with versions", case(export._replace(prefix="", asked=plain)))
    croot = "file:///croot/numpy_and_numpy_base_1708638617955/work"
    local = Asked(f"numpy @ {croot}", "numpy", "pip", 2, url=croot)
    freeze = Specification("requirements.txt", "requirements", asked=(local,))
    numpy = distribution("numpy", "1.26.4", installer="conda")
    yield Example("pip freeze in a conda environment", case(freeze, numpy), ("requirements.txt",), warning)
    for url in (".", "./libs/mine", "file:./libs/mine", "../mine", "file://~/demo/libs/mine"):
        own = Asked(f"mine @ {url}", "mine", "pip", 2, url=url)
        yield Example(f"the project's own folder: {url}", case(freeze._replace(asked=(own,))))
    index = Asked("https://example.org/mine-1.0-py3-none-any.whl", "mine", url="https://example.org/mine-1.0.whl")
    yield Example("from an address", case(freeze._replace(asked=(index,))))


CHECK = Check(
    "REP004",
    "unportable-export",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "project"),
    records=False,
    repository=True,
)
