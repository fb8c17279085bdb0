"""The project imports packages, and no file of it says which packages it needs.

## Why it matters
The environment is then the only record of what the code needs. When it breaks, or a colleague starts from the
repository, names and versions have to be guessed, and results cannot be reproduced from the code alone.

## How it is found
Only in an environment that belongs to the project. Its .py files and notebooks, other than tests, documentation and
examples, import at least one installed package, and there is no requirements file, environment.yml, pyproject.toml,
setup.py, setup.cfg, Pipfile, pixi.toml, lock, or script with its own list of dependencies. Files that cannot be read
give no verdict.

## What the fix does
Writes down what is installed at its exact versions: requirements.txt, or environment.yml for a conda environment.
That is a record to go back to. Shorten it to what the project itself imports, and keep the exact versions in a lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Asked, Facts, Lock, Locked, Locks, Project, Specification
from doctor.facts.build import distribution, environment, record
from doctor.facts.distributions import Unreadable
from doctor.facts.project import Imported
from doctor.facts.units import several
from doctor.judgement.expectations.belonging import belongs
from doctor.judgement.requirements import normalise
from doctor.knowledge.import_names import DISTRIBUTION_OF
from doctor.knowledge.stdlib import module_names
from doctor.model import CannotTell, Check, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 5
#: kinds that speak of another environment or of the machine
_ELSEWHERE = frozenset({"devcontainer.json", "constraints"})
_SPECIFICATION = (
    r"(?:requirements|environment|constraints).*|.*requirements.*\.(?:txt|in)|pyproject\.toml|setup\.(?:py|cfg)|Pipfile"
    r"|pixi\.toml|.*\.lock|.*lock\.(?:toml|ya?ml)"
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding: the project as a whole."""
    project = facts.project
    if not belongs(facts) or any(spec.kind not in _ELSEWHERE for spec in project.specifications) or facts.locks.files:
        return
    used = _imported(facts)
    if not used:
        return
    for problem in (*project.problems, *facts.locks.problems):
        if re.fullmatch(_SPECIFICATION, problem.path.rpartition("/")[2]):
            raise CannotTell(f"{problem.path} could not be read: {problem.reason}")
    name = project.root.rstrip("/").rpartition("/")[2] or project.root
    seen = [Evidence(f"imports {module}", place.path, place.line) for module, place in list(used.items())[:_SHOWN]]
    conda = facts.identity.kind == "conda"
    file = "environment.yml" if conda else "requirements.txt"
    yield Finding(
        Severity.WARNING,
        name,
        f"{name[:40]} imports {several(len(used), 'package')} and no file says which it needs",
        (*seen, Evidence("no requirements, environment.yml, pyproject.toml or lock", project.root)),
        tuple(sorted({normalise(DISTRIBUTION_OF.get(module, module)) for module in used})),
        (
            Remedy(
                f"Write down what is installed, as {file}",
                Safety.SAFE,
                (
                    Export(("environment.yml" if conda else "requirements",)),
                    Tell(
                        "Then keep in it what the project itself needs; envdoctor advise says from where each is best"
                    ),
                ),
            ),
        ),
    )


def _imported(facts: Facts) -> dict[str, Imported]:
    """Modules of installed packages with the first place that imports each."""
    from doctor.judgement.missing_imports import is_aside

    own = {re.sub(r"\.py$", "", module.rpartition("/")[2]) for module in facts.project.modules}
    nested = tuple(f"{folder}/" for folder in facts.project.nested)
    standard = module_names(facts.identity.python_minor)
    installed = {dist.key for dist in facts.distributions.installed} | {r.name for r in facts.conda.records}
    return {
        module: central[0]
        for module, places in sorted(facts.project.imports.items())
        if (central := [p for p in places if not p.path.startswith(nested) and not is_aside(p.path)])
        and module not in own | standard
        and {normalise(module), normalise(DISTRIBUTION_OF.get(module, module))} & installed
    }


def examples() -> Iterator[Example]:
    """Imports without any file; every kind of file; imports of the project's own and of nothing installed."""
    numpy = distribution("numpy", "2.1.0")
    bare = Project(True, "~/demo", imports={"numpy": (Imported("main.py", 1),), "os": (Imported("main.py", 2),)})
    dists = (numpy,)
    sick = environment(distributions=dists, project=bare)
    yield Example("imports and no file", sick, ("demo",), Severity.WARNING)
    conda = environment(
        kind="conda",
        records=(record("numpy", "2.1.0"),),
        project=bare._replace(root="~/miniforge3/envs"),
    )
    yield Example("a conda environment", conda, ("envs",))
    listed = Specification("requirements.txt", "requirements", asked=(Asked("numpy", "numpy"),))
    for spec in (listed, Specification("setup.py", "setup.py", "demo"), Specification("a.py", "script")):
        told = bare._replace(specifications=(spec,))
        yield Example(f"says what it needs: {spec.kind}", environment(distributions=dists, project=told))
    locks = Locks((Lock("uv.lock", "uv.lock", (Locked("numpy", "2.1.0"),)),))
    yield Example("a lock alone", environment(distributions=dists, project=bare, locks=locks))
    own = bare._replace(modules=("numpy.py",))
    apart = bare._replace(imports={"numpy": (Imported("libs/a/run.py", 1),)}, nested=("libs/a",))
    yield Example("a folder that says for itself what it needs", environment(distributions=dists, project=apart))
    aside = bare._replace(imports={"numpy": (Imported("examples/a.ipynb#1", 1),)})
    yield Example("only in examples", environment(distributions=dists, project=aside))
    yield Example("imports its own modules alone", environment(distributions=dists, project=own))
    yield Example("nothing of it is installed", environment(project=bare))
    yield Example("imports nothing", environment(distributions=dists, project=bare._replace(imports={})))
    elsewhere = bare._replace(root="~/other")
    yield Example("another project's environment", environment(distributions=dists, project=elsewhere))
    given = elsewhere._replace(given=True)
    yield Example("a project that the user named", environment(distributions=dists, project=given), ("other",))
    broken = bare._replace(problems=(Unreadable("environment.yml", "not YAML", 3),))
    yield Example("a file that cannot be read", environment(distributions=dists, project=broken), cannot_tell=True)
    code = bare._replace(problems=(Unreadable("old.py", "not Python 3", 3),))
    yield Example("only code that cannot be read", environment(distributions=dists, project=code), ("demo",))


CHECK = Check(
    "REP001",
    "no-specification",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "project", "locks"),
    records=False,
)
