"""An installed distribution needs another one that is missing or of another version.

## Why it matters
The import fails, or worse: it works until the function that needs the other version is called, and then gives an
error or another result. pip leaves such a state behind whenever it is asked for one package at a time.

## How it is found
Every `Requires-Dist` of the distributions in this environment, its markers judged for this environment's Python and
platform, against what its import path offers: its own folder first, then those of the user and of the base Python
where they are active. Optional extras count only where an installed distribution, or the environment's own project,
asks for them. A package that conda installed without Python metadata counts by its conda name. Where conda or the
operating system packaged both sides and did not ask for the requirement, or where another distribution brings the
same import, it is a note.

## What the fix does
Installs the one distribution in a version that all who need it accept. Where no version can please them all, or as
another way, it asks for a newer release of the one that needs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import CondaRecord, DirectUrl, Distribution, Facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.identity import SiteFolder
from doctor.facts.project import Asked, Project, Specification
from doctor.judgement.dependencies import Needs, Visible, held_requirements, visible_distributions
from doctor.judgement.gpu_needs import told_by_gpu
from doctor.judgement.overlap import by_system, owners
from doctor.judgement.requirements import Requirement, compatible, is_below, meets, merge
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.twins import twins_of
from doctor.model import CannotTell, Check, Evidence, Example, Finding, Install, Manager, Remedy, Safety, Severity, Tell


class Scene(NamedTuple):
    """What all requirements are judged against."""

    facts: Facts
    visible: Visible
    needs: Needs  #: key -> who needs it, where the marker holds
    conda_owners: dict[tuple[str, str], CondaRecord]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each distribution and each other one that it needs and does not get."""
    if not facts.identity.markers.get("python_version"):
        raise CannotTell("this environment's Python version is unknown, so its requirements cannot be judged")
    visible = visible_distributions(facts)
    needs, broken = held_requirements(facts, visible)
    unmet: dict[tuple[str, str], list[tuple[Distribution, Requirement]]] = defaultdict(list)
    for key, entries in needs.items():
        for dist, requirement in entries:
            if not _is_met(requirement, visible.get(key, [])) and not told_by_gpu(dist, key, visible):
                unmet[dist.key, key].append((dist, requirement))
    if unmet:
        by_conda = _without_metadata(facts)
        scene = Scene(facts, visible, needs, dict(owners(facts)))
        for (_, key), entries in sorted(unmet.items()):
            if visible.get(key) or key not in by_conda:
                yield _finding(scene, entries[0][0], [requirement for _, requirement in entries])
    for dist, text in broken:
        yield Finding(
            Severity.NOTE,
            f"{dist.key}: {text[:40]}",
            f"{dist.name[:30]} {dist.version[:15]} states a requirement that cannot be read",
            (Evidence(f"Requires-Dist: {text[:200]}", _metadata(dist)),),
            (dist.key,),
        )


def _is_met(requirement: Requirement, there: list[Distribution]) -> bool:
    """Whether one of the copies satisfies it; an unknown version, or an address, is taken on trust."""
    return any(
        bool(requirement.url) or not dist.version or meets(dist.version, requirement.specifier) is not False
        for dist in there
    )


def _without_metadata(facts: Facts) -> set[str]:
    """Names that conda packages stand for which brought Python files and no metadata of their own."""
    found: set[str] = set()
    for conda in facts.conda.records:
        key = pypi_key(conda.name)
        if key and (conda.noarch == "python" or any("/site-packages/" in f"/{path}" for path in conda.files)):
            twins = twins_of([key])
            found |= {key, *(twins.members if twins and not conda.name.startswith("lib") else ())}
    return found


def _finding(scene: Scene, dist: Distribution, requirements: list[Requirement]) -> Finding:
    requirement = requirements[0]
    key, there = requirement.key, scene.visible.get(requirement.key, [])
    asked = ",".join(dict.fromkeys(r.specifier for r in requirements if r.specifier))
    if there:
        summary = f"{dist.name} {dist.version} needs {requirement.name}{asked}, and {there[0].version} is installed"
        short = f"{dist.name[:40]} needs another {requirement.name[:30]} than {there[0].version[:15]}"
    else:
        summary = f"{dist.name} {dist.version} needs {requirement.name}{asked}, which is not installed"
        short = f"{dist.name[:40]} needs {requirement.name[:40]}, which is missing"
    why = _why_not_asked(scene, dist, requirement)
    instead = "" if why else _brought_by_twin(scene, requirement)
    why = why or instead
    seen = [Evidence(_quoted(wanted), _metadata(dist)) for wanted in requirements[:10]]
    seen += [Evidence(f"{found.name} {found.version} is installed", f"{found.site}/{found.folder}") for found in there]
    return Finding(
        Severity.NOTE if why else Severity.ERROR,
        f"{dist.key}: {key}",
        summary if len(summary) <= 100 else short,
        (*seen, Evidence(why)) if why else tuple(seen),
        (dist.key, key),
        () if instead else tuple(_remedies(scene, dist, requirement)),
    )


def _quoted(requirement: Requirement) -> str:
    marker = f"; {requirement.marker[:200]}" if requirement.marker else ""
    return f"Requires-Dist: {requirement.text[:300]}{marker}"


def _metadata(dist: Distribution) -> str:
    return f"{dist.site}/{dist.folder}" + ("/METADATA" if dist.kind == "dist-info" else "")


def _why_not_asked(scene: Scene, dist: Distribution, requirement: Requirement) -> str:
    """Why whoever packaged them decided without this requirement; empty where nobody did."""
    there = scene.visible.get(requirement.key, [])
    packager = _packager(scene, dist)
    if packager and all(_packager(scene, found) == packager for found in there):
        conda = scene.conda_owners.get((dist.site, dist.folder))
        depends = (
            {pypi_key(entry.rpartition("::")[2].split()[0]) for entry in conda.depends if entry} if conda else set()
        )
        if there or requirement.key not in depends:
            return f"{packager} packaged both and did not ask for it" if there else f"{packager} did not ask for it"
    return ""


def _brought_by_twin(scene: Scene, requirement: Requirement) -> str:
    """Which other distribution brings the same import, so that installing this one would overwrite its files."""
    twins = twins_of([requirement.key])
    if twins is None or scene.visible.get(requirement.key):
        return ""
    other = next((member for member in twins.members if member in scene.visible), "")
    return (
        f"{other} is installed, which brings the same import ({twins.imported}); keep to one of them" if other else ""
    )


def _packager(scene: Scene, dist: Distribution) -> str:
    """Who decides on a distribution's dependencies in place of its metadata: conda, the system, or nobody."""
    if dist.installer == "conda" or (not dist.installer and (dist.site, dist.folder) in scene.conda_owners):
        return "conda"
    return "the operating system" if by_system(dist, scene.facts) else ""


def _remedies(scene: Scene, dist: Distribution, requirement: Requirement) -> Iterator[Remedy]:
    key, there = requirement.key, scene.visible.get(requirement.key, [])
    manager: Manager = "conda" if (there[0] if there else dist).installer == "conda" else "pip"
    entries = scene.needs[key]
    together = list(dict.fromkeys(r.specifier.replace(" ", "") for _, r in entries if r.specifier))
    possible = compatible(together)
    if requirement.url:
        yield Remedy(
            f"Install {requirement.name} from where {dist.name} wants it",
            Safety.CAREFUL,
            (Install("pip", (f"{requirement.name} @ {requirement.url}",)),),
        )
    elif possible:
        spec = f"{_name(scene, key, manager)}{_extras(entries, manager)}{merge(together)}"
        who = len({needing.key for needing, _ in entries})
        everyone = f"{'both' if who == 2 else f'all {who}'} who need it accept" if who > 1 else f"{dist.name} accepts"
        yield Remedy(f"Install {spec}, which {everyone}", Safety.CAREFUL, (Install(manager, (spec,)),))
    too_new = bool(there) and bool(there[0].version) and not is_below(there[0].version, requirement.specifier)
    if too_new and manager == "pip" and not (dist.direct_url and dist.direct_url.editable):
        yield Remedy(
            f"Look for a newer {dist.name} that accepts {requirement.name} {there[0].version}",
            Safety.CAREFUL,
            (Install("pip", (f"{dist.key}>{_public(dist.version)}", f"{key}=={there[0].version}")),),
            "There may be none; then nothing is changed.",
        )
    elif not possible:
        others = ", ".join(sorted({other.name for other, _ in entries})[:5])
        yield Remedy(
            "Decide which of them to keep",
            Safety.MANUAL,
            (Tell(f"No version of {requirement.name} pleases {others}: {'; '.join(together)}"),),
        )


def _extras(entries: list[tuple[Distribution, Requirement]], manager: Manager) -> str:
    """The extras that those who need it ask for, without which they would miss something next."""
    wanted = sorted({extra for _, requirement in entries for extra in requirement.extras})
    return f"[{','.join(wanted)}]" if wanted and manager == "pip" else ""


def _public(version: str) -> str:
    return version.partition("+")[0]


def _name(scene: Scene, key: str, manager: Manager) -> str:
    if manager == "pip":
        return key
    return next((conda.name for conda in scene.facts.conda.records if pypi_key(conda.name) == key), key)


def examples() -> Iterator[Example]:
    """Missing, too old, too new; markers, extras, the base's packages, conda's names."""
    error, note = Severity.ERROR, Severity.NOTE
    numba = distribution("numba", "0.60.0", requires=("numpy>=1.22,<2.1", 'colorama; sys_platform == "win32"'))
    numpy, newest = distribution("numpy", "2.0.1"), distribution("numpy", "2.3.0")
    yield Example("too new", environment(distributions=(numba, newest)), ("numba: numpy",), error)
    yield Example("missing", environment(distributions=(numba,)), ("numba: numpy",), error)
    yield Example("met, and a marker for another system", environment(distributions=(numba, numpy)))
    plain = distribution("dask", "2024.1", requires=('numpy>=1.21; extra == "array"', 'pandas; extra == "dataframe"'))
    user = distribution("xarray", "2024.1", requires=("dask[array]",))
    yield Example("extras that nobody asks for", environment(distributions=(plain,)))
    yield Example("an extra that another asks for", environment(distributions=(plain, user)), ("dask: numpy",), error)
    asked = Specification("requirements.txt", "requirements", asked=(Asked("dask[dataframe]", "dask", "pip", 1),))
    own = Project(present=True, root="~/demo", specifications=(asked,))
    yield Example(
        "an extra that the project asks for", environment(distributions=(plain,), project=own), ("dask: pandas",)
    )
    elsewhere = own._replace(root="~/other")
    yield Example("an extra of another project", environment(distributions=(plain,), project=elsewhere))
    base = distribution("numpy", "2.0.1", site="/usr/lib/python3/dist-packages")
    folders = (numba.site, "environment", True), (base.site, "base", True)
    sites = tuple(SiteFolder(path, kind, active) for path, kind, active in folders)  # type: ignore[arg-type]
    yield Example("in the base", environment(distributions=(numba, base), identity={"site_folders": sites}))
    off = (sites[0], sites[1]._replace(active=False))
    closed = environment(distributions=(numba, base), identity={"site_folders": off})
    yield Example("in a base that is not seen", closed, ("numba: numpy",), error)
    albumentations = distribution("albumentations", "1.4", requires=("opencv-python>=4.9",))
    py_opencv = record("py-opencv", "4.9.0", files=("lib/python3.11/site-packages/cv2/__init__.py",))
    no_metadata = environment(kind="conda", distributions=(albumentations,), records=(py_opencv,))
    yield Example("conda's package without metadata", no_metadata)
    headless = distribution("opencv-python-headless", "4.9.0.80")
    yield Example(
        "a twin with the same import",
        environment(distributions=(albumentations, headless)),
        ("albumentations: opencv-python",),
        note,
    )
    by_conda = distribution("tensorflow", "2.16.1", installer="conda", requires=("libclang>=13.0.0",))
    tensorflow = record("tensorflow-base", "2.16.1", files=by_conda.paths or (), depends=("numpy >=1.26,<2",))
    conda = environment(kind="conda", distributions=(by_conda,), records=(tensorflow,))
    yield Example("conda did not ask for it", conda, ("tensorflow: libclang",), note)
    over = distribution("numpy", "2.3.0")
    scipy = distribution("scipy", "1.11.4", installer="conda", requires=("numpy>=1.21.6,<1.28",))
    held = record("scipy", "1.11.4", files=scipy.paths or (), depends=("numpy >=1.23,<1.28",))
    mixed = environment(kind="conda", distributions=(scipy, over), records=(held,))
    yield Example("pip changed what conda's package needs", mixed, ("scipy: numpy",), error)
    editable = distribution("mine", "0.1", requires=("numpy<2",), direct_url=DirectUrl("file:///home/mine", True))
    yield Example("an editable project", environment(distributions=(editable, newest)), ("mine: numpy",), error)
    odd = distribution("old", "1.0", requires=("pytz (>dev)",))
    yield Example("a requirement that cannot be read", environment(distributions=(odd,)), ("old: pytz (>dev)",), note)
    yield Example("an unknown Python", environment(distributions=(numba,), identity={"markers": {}}), cannot_tell=True)


CHECK = Check(
    "DEP001",
    "unmet-requirement",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions",),
    records=False,
    optional=("conda", "project"),
)
