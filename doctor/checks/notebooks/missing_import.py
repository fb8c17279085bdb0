"""The project imports a module that its environment does not have.

## Why it matters
The program or notebook stops with ModuleNotFoundError: at once, or after an hour, where the import stands in a late
cell. Who then types `pip install` with the name of the import may get another project of that name.

## How it is found
Only in an environment that belongs to the project. The imports of its .py files and notebooks are looked for where
Python would look: the folders of the import path, those that .pth files add, editable installs, packages without
metadata. An error where the module is needed at once; a warning where nobody knows what brings it; a note where a
library imports what it does not ask for, where only a function imports it, or a group that was not installed would
bring it. In a library, which has such imports by the dozen, all notes but the first are left out. Where a file of the
project asks for more than three packages that are imported and missing, specification-drift tells of them at once.
Silent for imports that may fail (try/except, TYPE_CHECKING, a test of the platform), those of tests, documentation and
examples, of folders that say for themselves what they need, and of notebooks that install it; for the project's own
modules, and what services such as Colab and Databricks or applications such as Blender and ArcGIS bring along. A
submodule is not told from its package.

## What the fix does
Installs the distribution that brings the module, in the version that the project asks for where it says one: with
conda in a conda environment where conda-forge has it, else with pip. Where nobody knows what brings it, you are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from doctor.facts import Asked, Facts, Imported, Project, ShellInstall, Specification
from doctor.facts.build import distribution, environment
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.native_remedies import from_conda
from doctor.knowledge.conda_forge import conda_name
from doctor.model import (
    CannotTell,
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Remedy,
    Safety,
    Severity,
    Step,
    Tell,
)

if TYPE_CHECKING:
    from doctor.judgement.missing_imports import MissingImport

_SHOWN = 4
#: modules of one extra or image that are told one by one
_FEW = 2
_SEVERITIES = {
    "needed": Severity.ERROR,
    "unknown": Severity.WARNING,
    "undeclared": Severity.NOTE,
    "extra": Severity.NOTE,
    "later": Severity.NOTE,
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each module that is missing and should not be."""
    if not facts.project.imports or not belongs(facts):
        return
    if facts.project.importable is None:
        raise CannotTell("not every folder from which this environment's Python imports could be listed")
    from doctor.judgement.expectations.unmet import imported_in_vain, is_told_by_file
    from doctor.judgement.missing_imports import missing_imports

    in_vain = imported_in_vain(facts)
    by_file = in_vain if is_told_by_file(in_vain) else ()
    grouped: dict[str, list[MissingImport]] = {}
    for missing in missing_imports(facts):
        told = missing.asked is not None and missing.asked[1].name in by_file
        if not told and _is_worth_telling(missing, facts.project):
            group = _bringer(missing) if missing.weight == "extra" else missing.module
            grouped.setdefault(group, []).append(missing)
    for group, members in grouped.items():
        if len(members) > _FEW:
            yield _of_group(group, members, facts)
        else:
            yield from (_of_one(missing, facts) for missing in members)


def _of_one(missing: MissingImport, facts: Facts) -> Finding:
    return Finding(
        _SEVERITIES[missing.weight],
        missing.module,
        _summary(missing)[:100],
        tuple(_evidence(missing, facts)),
        (missing.distribution,) if missing.certain else (),
        (_remedy(missing, facts),),
    )


def _of_group(group: str, members: list[MissingImport], facts: Facts) -> Finding:
    """One for all that an extra or an image would bring, which was left out as a whole."""
    evidence = [Evidence(f"imports {each.module}", *each.places[0][:2]) for each in members[:_SHOWN]]
    if len(members) > _SHOWN:
        evidence.append(Evidence(f"and {len(members) - _SHOWN} more"))
    remedies = [_remedy(each, facts) for each in members]
    steps = tuple(dict.fromkeys(step for remedy in remedies for step in remedy.steps))
    return Finding(
        Severity.NOTE,
        group,
        f"{len(members)} imported packages are not installed; {group} brings them"[:100],
        tuple(evidence),
        tuple(each.distribution for each in members),
        (Remedy("Install them", Safety.CAREFUL, _together(steps)),),
    )


def _together(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """One step for what one manager installs from the same channels."""
    joined: list[Step] = []
    for step in steps:
        last = joined[-1] if joined else None
        if isinstance(step, Install) and isinstance(last, Install) and step._replace(specs=last.specs) == last:
            joined[-1] = last._replace(specs=tuple(dict.fromkeys((*last.specs, *step.specs))))
        else:
            joined.append(step)
    return tuple(joined)


def _is_worth_telling(missing: MissingImport, project: Project) -> bool:
    """Tests and examples need not run in every environment; libraries import much that not everybody needs."""
    return missing.weight in _SEVERITIES and (missing.weight in ("needed", "unknown", "undeclared") or not project.name)


def _summary(missing: MissingImport) -> str:
    if missing.removed:
        return f"{missing.module} is imported, which is no longer part of Python"
    match missing.weight:
        case "extra":
            return f"{missing.module} is imported and not installed; {_bringer(missing)} brings it"
        case "later":
            return f"{missing.module} is not installed, and imported where it may never come to it"
        case "unknown" | "undeclared":
            return f"{missing.module} is imported and neither installed nor asked for"
        case _:
            return f"{missing.module} is imported and not installed"


def _bringer(missing: MissingImport) -> str:
    """What would bring a module: an extra, an image, a script's own list, a file for those who want it."""
    if missing.asked is None:
        return "something else"
    specification, asked = missing.asked
    if asked.group in ("", "image", "script"):
        return specification.path[-40:]
    return f"the extra or group {asked.group}"


def _evidence(missing: MissingImport, facts: Facts) -> Iterator[Evidence]:
    for place in missing.places[:_SHOWN]:
        yield Evidence(f"imports {missing.module}", place.path, place.line)
    if missing.asked is not None:
        specification, asked = missing.asked
        yield Evidence(f"asked for: {asked.text}", specification.path, asked.line)
    folders = [folder.path for folder in facts.identity.site_folders if folder.active]
    yield Evidence(f"no {missing.module} lies in {', '.join(folders[:3])}")


def _remedy(missing: MissingImport, facts: Facts) -> Remedy:
    title = f"Install {missing.distribution}"
    steps: tuple[Step, ...] = ()
    if missing.removed and not missing.certain:
        advice = "Change the code to its successor"
        also = {"imp": "", "asyncore": "pyasyncore", "asynchat": "pyasynchat"}
        name = also.get(missing.module, f"standard-{missing.module}")
        text = f"{advice}; {name} on the index brings the old module back for now." if name else f"{advice}: importlib."
        return Remedy(f"Do without {missing.module}", Safety.MANUAL, (Tell(text),))
    if not missing.certain:
        likely = f" It may be called {missing.distribution}, which nobody has checked." if missing.distribution else ""
        text = f"Find out which package brings {missing.module}: ask its authors or their documentation.{likely}"
        return Remedy(f"Find what brings {missing.module}", Safety.MANUAL, (Tell(text),))
    if facts.identity.kind == "conda":
        spec = _conda_spec(missing)
        if spec:
            return from_conda(facts, (spec,), f"Install {spec} with conda")
    steps = (Install("pip", (missing.distribution,)),)
    return Remedy(title, Safety.CAREFUL, steps)


def _conda_spec(missing: MissingImport) -> str:
    """What conda is asked for; empty where no channel is known to have it."""
    if missing.asked is not None and missing.asked[1].manager == "conda":
        return missing.asked[1].text.partition("#")[0].strip()
    name = missing.distribution
    for mark in "<>=!~[; ":
        name = name.partition(mark)[0]
    return conda_name(name)


def examples() -> Iterator[Example]:
    """Needed, in a conda environment, undeclared, of an extra, later, aside; found, optional, own and of services."""

    def project(*modules: str, path: str = "run.py", asked: tuple[Asked, ...] = (), **more: object) -> Project:
        listed = (Specification("requirements.txt", "requirements", asked=asked),) if asked else ()
        places = dict.fromkeys(modules, (Imported(path, 3),))
        filled = Project(True, "~/demo", imports=places, specifications=listed, importable=())
        return filled._replace(**more)  # type: ignore[arg-type]

    def facts(*modules: str, **more: object) -> Facts:
        return environment(project=project(*modules, **more))  # type: ignore[arg-type]

    error, warning, note = Severity.ERROR, Severity.WARNING, Severity.NOTE
    yield Example("needed by a script", facts("numpy", "os"), ("numpy",), error)
    yield Example("of another name", facts("sklearn", path="a.ipynb#3"), ("sklearn",), error)
    wanted = (Asked("umap-learn==0.5.7", "umap-learn", line=4),)
    yield Example("asked for", facts("umap", asked=wanted), ("umap",), error)
    unknown = facts("their_private_lab")
    yield Example("nobody knows what brings it", unknown, ("their_private_lab",), warning)
    conda = environment(kind="conda", project=project("yaml", "numpy", given=True))
    yield Example("in a conda environment", conda, ("numpy", "yaml"), error)
    yield Example("a library asks for less", facts("rich", name="mine", path="src/mine/a.py"), ("rich",), note)
    extra = (Asked("matplotlib", "matplotlib", group="plot"),)
    yield Example("of a group", facts("matplotlib", asked=extra), ("matplotlib",), note)
    yield Example("of a library's extra", facts("matplotlib", asked=extra, name="mine"))
    itself = ShellInstall("a.ipynb#1", 1, "%pip install umap-learn", False, ("umap-learn",))
    by_itself = facts("umap", path="a.ipynb#3", installs=(itself,))
    yield Example("the notebook installs it", by_itself)
    yield Example("in a notebook, with what runs it", facts("IPython", path="a.ipynb#3"))
    yield Example("two modules of one package", facts("matplotlib", "mpl_toolkits"), ("matplotlib",), error)
    yield Example("of Python 2", facts("urllib2"))
    later = {"tqdm": (Imported("run.py", 9, later=True),)}
    yield Example("in a function", facts(imports=later), ("tqdm",), note)
    yield Example("in tests", facts("pytest", path="tests/test_a.py"))
    apart = facts("numpy", path="libs/a/run.py", nested=("libs/a",))
    yield Example("in a folder that says for itself what it needs", apart)
    extra = (Asked("pydantic", "pydantic", group="api"),)
    yield Example("brought by a library's extra", facts("pydantic_core", asked=extra, name="mine"))
    image = Specification("Dockerfile", "Dockerfile", asked=(Asked("numpy", "numpy", group="image"),))
    yield Example("in the image", facts("numpy", specifications=(image,)), ("numpy",), note)
    several = tuple(Asked(name, name, group="image") for name in ("numpy", "pandas", "scipy"))
    whole = project("numpy", "pandas", "scipy", specifications=(image._replace(asked=several),))
    yield Example("all of an image", environment(project=whole), ("Dockerfile",), note)
    asked_for = tuple(Asked(name, name) for name in ("numpy", "pandas", "scipy", "seaborn"))
    yield Example(
        "so many that their file tells of them", facts("numpy", "pandas", "scipy", "seaborn", asked=asked_for)
    )
    yield Example("in a library's tests", facts("pytest", path="tests/test_a.py", name="demo"))
    yield Example("in a library's scripts", facts("boto3", path="scripts/up.py", name="demo"))
    old = environment(python="3.12.4", project=project("imp"))
    yield Example("gone from Python", old, ("imp",), error)
    yield Example("found", facts("numpy", importable=("numpy",)))
    listed = distribution("zipped", "1.0", top_level=("zipped",))
    yield Example("a distribution lists it", environment(distributions=(listed,), project=project("zipped")))
    yield Example("optional", facts(imports={"cupy": (Imported("run.py", 2, True),)}))
    yield Example("the project's own", facts("helpers", "mine", modules=("helpers.py", "src/mine")))
    yield Example("of a service", facts("dbutils", "arcpy", "bpy", "pyspark", "win32api"))
    yield Example("private and generated", facts("_core", "service_pb2"))
    yield Example("another project's environment", facts("numpy", root="~/elsewhere"))
    yield Example("a folder that cannot be listed", facts("numpy", importable=None), cannot_tell=True)


CHECK = Check(
    "NBK004",
    "missing-import",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "project"),
    optional=("conda",),
)
