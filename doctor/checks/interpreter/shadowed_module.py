"""A file of the project has the name of a module that others import.

## Why it matters
Python looks into the folder of a script or notebook before anything else. A file `random.py` there is imported
instead of the standard library's, by every package that needs it. The error then appears far away: "partially
initialized module", "cannot import name", or an attribute that a well-known module suddenly lacks.

## How it is found
Python files in the project's top folder, and folders there with an `__init__.py`, against the names of the standard
library and of installed distributions. Names that Python takes before it looks into any folder, ordinary ones such
as `tests`, `utils` or `setup`, folders below `src`, and the project's own installed package are left out. An error
where nearly everything imports the hidden module; a folder that hides a lesser package is a note.

## What the fix does
Renaming is yours to do, as your own imports change with it. The command is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import DirectUrl, Distribution, Facts, Project
from doctor.facts.build import distribution, environment
from doctor.knowledge.foundations import FOUNDATION_MODULES, ORDINARY_NAMES, SHARED_NAMESPACES
from doctor.knowledge.stdlib import ALWAYS_FIRST, EVERYBODY_IMPORTS, SOMETIMES_FIRST, module_names
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell


class Own(NamedTuple):
    """Something in the project's top folder that can be imported."""

    path: str  #: random.py, datasets
    name: str  #: random, datasets
    is_file: bool


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each name of the project that hides another's."""
    project = facts.project
    if not project.present or "__init__.py" in project.modules:  # a package itself, imported from above
        return
    files = [Own(path, path[:-3], True) for path in project.modules if path.endswith(".py") and "/" not in path]
    folders = [Own(path, path, False) for path in project.packages if "/" not in path]
    library = module_names(facts.identity.python_minor) - ALWAYS_FIRST
    installed = _main_modules(facts)
    for own in sorted((*files, *folders)):
        if own.name in ORDINARY_NAMES or own.name.startswith(("_", "test_")):
            continue
        dist = installed.get(own.name)
        if own.name in library:
            grave = own.name in EVERYBODY_IMPORTS and own.name not in SOMETIMES_FIRST
            hidden = Evidence(f"hidden: the standard library's {own.name}", facts.identity.stdlib)
            severity = Severity.ERROR if grave else Severity.WARNING
            yield _finding(own, f"the standard library's {own.name}", severity, hidden, facts)
        elif dist is not None:
            severity = Severity.WARNING if own.is_file else Severity.NOTE
            severity = Severity.ERROR if own.name in FOUNDATION_MODULES else severity
            hidden = Evidence(f"hidden: {dist.name} {dist.version}", f"{dist.site}/{dist.folder}")
            yield _finding(own, f"the installed {dist.name} {dist.version}", severity, hidden, facts)


def _main_modules(facts: Facts) -> dict[str, Distribution]:
    """Import name -> the installed distribution that is known by it, unless that is the project's own."""
    sites = {folder.path for folder in facts.identity.site_folders if folder.active}
    found: dict[str, Distribution] = {}
    for dist in facts.distributions.installed:
        if dist.site not in sites or dist.key == facts.project.name or _is_own(dist):
            continue
        for name in dist.top_level:
            known = len(dist.top_level) == 1 or name in FOUNDATION_MODULES or name.lower().replace("_", "-") == dist.key
            if known and name not in SHARED_NAMESPACES:
                found.setdefault(name, dist)
    return found


def _is_own(dist: Distribution) -> bool:
    """Whether it came from a folder or a repository, as the project's own package does."""
    url = dist.direct_url
    return dist.kind == "egg-link" or (
        url is not None and (url.editable or bool(url.vcs) or url.url.startswith("file:"))
    )


def _finding(own: Own, what: str, severity: Severity, hidden: Evidence, facts: Facts) -> Finding:
    renamed = f"my_{own.path}"
    return Finding(
        severity,
        own.path,
        f"The project's {own.path} hides {what}"[:100].rstrip("."),
        (Evidence(f"found first: {own.path}", f"{facts.project.root}/{own.path}"), hidden),
        (),
        (
            Remedy(
                f"Rename {own.path}",
                Safety.MANUAL,
                (
                    Tell("Give it a name of its own, and change the imports of it.", ("mv", own.path, renamed)),
                    Tell(f"Delete __pycache__/{own.name}.*.pyc beside it, if there is one."),
                ),
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Files and packages that hide others by gravity; and all the names that may well be there."""
    numpy = distribution("numpy", "2.1.0", top_level=("numpy",))
    hugging = distribution("datasets", "4.0", top_level=("datasets",))
    careless = distribution("mytool", "1.0", top_level=("mytool", "tests", "tools", "examples"))

    def patient(*modules: str, packages: tuple[str, ...] = (), name: str = "", **more: object) -> Facts:
        project = Project(present=True, root="~/demo", modules=modules, packages=packages, name=name)
        parts = {"distributions": (numpy, hugging, careless), "project": project}
        return environment(**(parts | more))  # type: ignore[arg-type]

    error, warning, note = Severity.ERROR, Severity.WARNING, Severity.NOTE
    yield Example("random.py", patient("main.py", "random.py"), ("random.py",), error)
    yield Example("numpy.py", patient("numpy.py"), ("numpy.py",), error)
    yield Example("a package named code", patient("code", packages=("code",)), ("code",), error)
    yield Example("turtle.py, which little imports", patient("turtle.py"), ("turtle.py",), warning)
    yield Example("math.py, which some Pythons have built in", patient("math.py"), ("math.py",), warning)
    yield Example("mytool.py", patient("mytool.py"), ("mytool.py",), warning)
    yield Example("a package named datasets", patient("datasets", packages=("datasets",)), ("datasets",), note)
    ordinary = ("setup.py", "conftest.py", "test.py", "tests", "docs", "utils.py", "test_random.py", "_random.py")
    yield Example("ordinary names", patient(*ordinary, packages=("tests", "docs", "tools", "examples")))
    yield Example("folders without __init__.py", patient("code", "datasets", "numpy"))
    yield Example("a src layout", patient("src/random.py", "src/numpy"))
    yield Example("names that Python takes first", patient("time.py", "os.py", "site.py", "sys.py"))
    yield Example("parser.py, gone since 3.10", patient("parser.py", "imp.py", python="3.12.1"))
    yield Example("the project is numpy", patient("numpy", packages=("numpy",), name="numpy"))
    local = numpy._replace(direct_url=DirectUrl("file://~/demo", editable=True))
    yield Example("installed in place", patient("numpy", packages=("numpy",), distributions=(local,)))
    yield Example("the folder is a package itself", patient("__init__.py", "types.py"))
    yield Example("no project", environment(distributions=(numpy,)))


CHECK = Check(
    "PYT007",
    "shadowed-module",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "project"),
)
