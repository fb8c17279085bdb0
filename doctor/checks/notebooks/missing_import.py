"""The project imports a module that its environment does not have.

## Why it matters
The program or notebook stops with ModuleNotFoundError: at once, or after an hour, where the import stands in a late
cell. Who then types `pip install` with the name of the import may get another project of that name.

## How it is found
Only in an environment that belongs to the project. The imports of its .py files and notebooks are looked for where
Python would look: the folders of the import path, those that .pth files add, editable installs, packages without
metadata. An error where the module is needed at once, or the project asks for it; a warning where nobody knows what
brings it; a note where a library imports what it does not ask for, where only a function imports it, tests,
documentation or examples do, a group that was not installed would bring it, or the notebook installs it. In a
library, which has such imports by the dozen, all notes but the first are left out. Silent for imports that may fail
(try/except, TYPE_CHECKING, a test of the platform), the project's own modules, and what services such as Colab and
Databricks or applications such as Blender and ArcGIS bring along. A submodule is not told from its package.

## What the fix does
Installs the distribution that brings the module, in the version that the project asks for where it says one: with
conda in a conda environment where conda-forge has it, else with pip. Where nobody knows what brings it, you are told.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Asked, Facts, Imported, Project, ShellInstall, Specification
from doctor.facts.build import distribution, environment
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.missing_imports import MissingImport, missing_imports
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

_SHOWN = 4
_SEVERITIES = {
    "needed": Severity.ERROR,
    "unknown": Severity.WARNING,
    "undeclared": Severity.NOTE,
    "extra": Severity.NOTE,
    "later": Severity.NOTE,
    "itself": Severity.NOTE,
    "aside": Severity.NOTE,
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each module that is missing and should not be."""
    if not facts.project.imports or not belongs(facts):
        return
    if facts.project.importable is None:
        raise CannotTell("not every folder from which this environment's Python imports could be listed")
    for missing in missing_imports(facts):
        if _is_worth_telling(missing, facts.project):
            yield Finding(
                _SEVERITIES[missing.weight],
                missing.module,
                _summary(missing)[:100],
                tuple(_evidence(missing, facts)),
                (missing.distribution,) if missing.certain else (),
                (_remedy(missing, facts),),
            )


def _is_worth_telling(missing: MissingImport, project: Project) -> bool:
    """Libraries import much that not everybody needs; others say what they use."""
    return missing.weight in ("needed", "unknown", "undeclared") or not project.name


def _summary(missing: MissingImport) -> str:
    if missing.removed:
        return f"{missing.module} is imported, which is no longer part of Python"
    match missing.weight:
        case "extra":
            group = missing.asked[1].group if missing.asked else ""
            return f"{missing.module} is imported and not installed; the extra or group {group} brings it"
        case "later":
            return f"{missing.module} is not installed, and imported where it may never come to it"
        case "aside":
            return f"{missing.module} is not installed; tests, documentation or examples import it"
        case "unknown" | "undeclared":
            return f"{missing.module} is imported and neither installed nor asked for"
        case "itself":
            return f"{missing.module} is not installed; the notebook that imports it installs it by itself"
        case _:
            return f"{missing.module} is imported and not installed"


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
    yield Example("the notebook installs it", by_itself, ("umap",), note)
    yield Example("in a notebook, with what runs it", facts("IPython", path="a.ipynb#3"))
    yield Example("two modules of one package", facts("matplotlib", "mpl_toolkits"), ("matplotlib",), error)
    yield Example("of Python 2", facts("urllib2"))
    later = {"tqdm": (Imported("run.py", 9, later=True),)}
    yield Example("in a function", facts(imports=later), ("tqdm",), note)
    yield Example("in tests", facts("pytest", path="tests/test_a.py"), ("pytest",), note)
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
