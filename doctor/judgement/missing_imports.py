"""Which of the project's imports its environment cannot satisfy, how much that matters, and what brings them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from doctor.facts import Asked, Facts, Imported, Specification
from doctor.judgement.dependencies import visible_distributions
from doctor.judgement.expectations.applying import holds
from doctor.judgement.expectations.roles import role_of
from doctor.knowledge.brought_along import BROUGHT_ALONG
from doctor.knowledge.conda_forge import conda_name
from doctor.knowledge.elsewhere import is_provided_elsewhere, may_be_elsewhere
from doctor.knowledge.import_names import DISTRIBUTION_OF, MEANT
from doctor.knowledge.stdlib import module_names
from doctor.knowledge.wrong_names import WRONG_NAMES

#: parts of a project that need not work in every environment of it, so that what they import may be missing
_ASIDE = (
    r"(^|/)((?:\w+_)?tests?|testing|test_?data|docs?|docs?_?src|examples?|tutorials?|demos?|benchmarks?|asv_bench|ci|fixtures"
    r"|templates?|vendor(?:ed)?|_vendor|third_?party|external|extern|contrib|plugins?|samples?|recipes?|stubs?"
    r"|typings|migrations|packaging|_?pyinstaller|website|dev|devtools|legacy|archive|old|deprecated|sandbox|attic|experimental|obsolete|wip|scratch)/"
    r"|(^|/)(setup|conf|conftest|noxfile|fabfile|tasks|dodo|wscript|SConstruct|hatch_build|versioneer"
    r"|hook-[\w.-]+|test_\w+|\w+_test|tests?|_?build\w*|pavement|release|gunicorn\w*)\.py$"
)
#: parts in which the developers of a library have their own tools
_TOOLS = r"(^|/)(scripts?|tools?|bin|utils|notebooks?|maint\w*|hack|etc|admin|infra|misc|ops|script)/"
_RUNS = re.compile(r"[-_.]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: written by a tool when the project is built
_GENERATED = re.compile(r".*(?:_pb2|_pb2_grpc|_rc|_ui|_version|_antlr)$")

#: versions of Python whose standard library held modules that later ones lack
_OLDER = ("3.7", "3.9", "3.11")

#: needed at once; needed, by a name that nobody knows; by a library that does not ask for it; of an extra; in a
#: function; installed by its own notebook; in tests, or in a folder that says for itself what it needs
Weight = Literal["needed", "unknown", "undeclared", "extra", "later", "itself", "aside"]


class MissingImport(NamedTuple):
    """One module that is imported and cannot be found."""

    module: str
    weight: Weight
    places: tuple[Imported, ...]
    distribution: str = ""  #: what brings it, as one installs it; empty where nobody knows
    certain: bool = False  #: whether that name is known, and not only likely
    asked: tuple[Specification, Asked] | None = None  #: where the project asks for it
    removed: bool = False  #: it was part of Python until a version before this one


def missing_imports(facts: Facts) -> Iterator[MissingImport]:
    """The imports that no folder of the import path satisfies, by module; of importable and belonging facts."""
    project, identity = facts.project, facts.identity
    there = {*(project.importable or ()), *module_names(identity.python_minor)}
    own = {name.rpartition("/")[2].removesuffix(".py") for name in project.modules} | {project.name.replace("-", "_")}
    brought = {name for dists in visible_distributions(facts).values() for d in dists for name in d.top_level}
    told: set[str] = set()
    for module, places in sorted(project.imports.items()):
        if module in there or module in own or module in brought or _is_silent(module, identity.system):
            continue
        if module in ("IPython", "ipykernel") and all("#" in place.path for place in places):
            continue  # whatever runs the notebooks brings it
        found = _weighed(module, places, facts)
        if found is not None and found.distribution not in told:
            told.add(found.distribution or module)
            yield found


def _is_silent(module: str, system: str) -> bool:
    return (
        module.startswith("_")
        or not module.isidentifier()
        or is_provided_elsewhere(module, system)
        or _GENERATED.fullmatch(module) is not None
    )


def _weighed(module: str, places: tuple[Imported, ...], facts: Facts) -> MissingImport | None:
    """One missing module with what is known of it; None where it need not be there."""
    certain = tuple(place for place in places if not place.optional)
    if not certain:
        return None
    distribution, known = brings(module)
    removed = any(module in module_names(minor) for minor in _OLDER)
    if removed and module == "distutils":
        distribution, known = "setuptools", True
    asked = _asked(module, distribution, facts) or _bringer(module, facts)
    if may_be_elsewhere(module) and asked is None:
        return None
    is_library = bool(facts.project.name)
    nested = tuple(f"{folder}/" for folder in facts.project.nested)
    central = tuple(
        place
        for place in certain
        if not _is_aside(place.path, is_library=is_library) and not place.path.startswith(nested)
    )
    at_once = tuple(place for place in central if not place.later)
    weight: Weight
    if asked is not None:
        distribution, known = _spec(asked[1]), True
    if not central:
        weight = "aside"
    elif not at_once:
        weight = "later"
    elif asked is not None:
        weight = "needed" if _is_for_all(asked, facts, is_library=is_library) else "extra"
    elif all(_installs(place, module, distribution, facts) for place in at_once):
        weight = "itself"
    else:
        weight = "undeclared" if is_library else "needed" if known or removed else "unknown"
    if weight == "undeclared" and is_library and not (known or removed):
        return None
    return MissingImport(module, weight, at_once or central or certain, distribution, known, asked, removed)


def _is_for_all(asked: tuple[Specification, Asked], facts: Facts, *, is_library: bool) -> bool:
    """Whether every environment of the project is to hold it."""
    role = role_of(asked[0], facts.project.specifications)
    return not asked[1].group and (role == "main" or (role == "alternative" and not is_library))


def _installs(place: Imported, module: str, distribution: str, facts: Facts) -> bool:
    """Whether the notebook that imports a module installs what brings it by itself."""
    notebook, is_cell, _ = place.path.partition("#")
    start = _RUNS.sub("-", module).lower()
    return bool(is_cell) and any(
        each.path.partition("#")[0] == notebook
        and any(
            name == _key(distribution) or start in name.split("-") or name.startswith(start) for name in each.packages
        )
        for each in facts.project.installs
    )


def is_aside(path: str) -> bool:
    """Whether a file or cell is of tests, documentation, examples or builds, which need not work everywhere."""
    return re.search(_ASIDE, path.partition("#")[0]) is not None


def _is_aside(path: str, *, is_library: bool) -> bool:
    return is_aside(path) or (is_library and re.search(_TOOLS, path.partition("#")[0]) is not None)


def brings(module: str) -> tuple[str, bool]:
    """The distribution of PyPI that brings a module, and whether that is known; empty where it is not to be guessed."""
    if module in DISTRIBUTION_OF:
        return DISTRIBUTION_OF[module], True
    for row in WRONG_NAMES:
        if row.module == module:
            return row.meant, bool(row.meant)
    name = _RUNS.sub("-", module).lower()
    if name in MEANT:
        return "", False
    return name, bool(conda_name(name))


def _asked(module: str, distribution: str, facts: Facts) -> tuple[Specification, Asked] | None:
    """Where the project asks for what brings a module; what is always needed before what a group needs."""
    likely = {_RUNS.sub("-", module).lower()}
    if found := _NAME.match(distribution):
        likely |= {_key(found[0]), _key(conda_name(found[0])), _key(f"python-{module}")}
    likely.discard("")
    entries = [
        (spec, asked)
        for spec in facts.project.specifications
        if spec.kind != "constraints"
        for asked in spec.asked
        if _key(asked.name) in likely and holds(asked.marker, facts)
    ]
    return min(entries, key=lambda entry: not _is_for_all(entry, facts, is_library=True), default=None)


def _bringer(module: str, facts: Facts) -> tuple[Specification, Asked] | None:
    """Where the project asks for a package that always brings a module along, and that is not installed itself."""
    here = visible_distributions(facts)
    entries = (_asked(name, name, facts) for name in BROUGHT_ALONG.get(module, ()) if name not in here)
    return next((entry for entry in entries if entry is not None), None)


def _key(name: str) -> str:
    return _RUNS.sub("-", name).lower()


def _spec(asked: Asked) -> str:
    """What to install for an entry of pip's: as written, without its marker."""
    if asked.manager != "pip" or asked.url or asked.editable:
        return asked.name
    return asked.text.partition(";")[0].strip() or asked.name
