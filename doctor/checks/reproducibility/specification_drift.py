"""The environment is not what the project's files ask for.

## Why it matters
A colleague who builds the environment from the files gets other packages than are here, or other versions. What runs
here fails there, or computes something else, and nobody sees the difference in the code.

## How it is found
Only in an environment that belongs to the project. What is always needed by its requirements, pyproject.toml,
Pipfile or environment.yml is set against what is installed: missing, or at a version that the file excludes. The same
for the versions in a lock, where no lock of the project agrees with the environment, and for the Python that the
files ask for. Packages that somebody installed by name, and that no file in any group asks for, are a note. Extras
and groups may be left out, and files for another platform, Python or purpose count for nothing. What the project's
installed metadata needs already is told by unmet-requirement; lists of everything that was once installed by
stale-lock; up to three packages that the project imports and lacks by missing-import. More of them make it an error.

## What the fix does
Installs what the file or the lock asks for. Where the environment is right and the file is not, change the file
instead: then nothing is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from doctor.facts import Asked, Distribution, Facts, Lock, Locked, Locks, Project, PythonWish, Specification
from doctor.facts.build import distribution, environment, record
from doctor.facts.project import Imported
from doctor.facts.units import several
from doctor.judgement.expectations.belonging import belongs, speaking
from doctor.model import Check, Evidence, Example, Finding, Install, Manager, Rebuild, Remedy, Safety, Severity, Tell

if TYPE_CHECKING:
    from doctor.judgement.expectations.by_hand import ByHand
    from doctor.judgement.expectations.drifting import Drift

_SHOWN = 12
#: packages that one command installs; a longer list is for the tool that keeps the lock
_MOST = 60

#: lock -> how its own tool makes the environment follow it
_SYNC = {
    "uv.lock": ("uv", "sync"),
    "poetry.lock": ("poetry", "sync"),
    "pdm.lock": ("pdm", "sync"),
    "Pipfile.lock": ("pipenv", "sync"),
    "pylock.toml": ("uv", "pip", "sync", "pylock.toml"),
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for Python, one for each file that is not met, and one for what no file asks for."""
    if not belongs(facts) or not facts.identity.python:
        return
    from doctor.judgement.expectations.by_hand import undeclared
    from doctor.judgement.expectations.drifting import from_lock
    from doctor.judgement.expectations.unmet import imported_in_vain, is_told_by_file, unmet_files

    yield from _python(facts)
    specs = speaking(facts)
    locked = from_lock(facts)
    in_lock = {drift.name.lower() for drift in locked[1]} if locked else set()
    in_vain = imported_in_vain(facts)
    by_file = is_told_by_file(in_vain)
    for spec, drifts in unmet_files(facts, in_lock):
        own = [drift for drift in drifts if by_file or drift.found or drift.name not in in_vain]
        if own:
            stops = any(not drift.found and drift.name in in_vain for drift in own)
            yield _moved(own, len(spec.asked), spec.path, (), Severity.ERROR if stops else Severity.WARNING)
    if locked:
        yield _moved(locked[1], 0, locked[0].path, _SYNC.get(locked[0].kind, ()))
    unread = any(not problem.path.endswith((".py", ".ipynb")) for problem in facts.project.problems)
    if (specs or facts.locks.files) and not unread and not facts.locks.problems:
        by_conda = any(spec.kind == "environment.yml" for spec in specs)
        loose = tuple(undeclared(facts, conda=by_conda))
        if loose:
            yield _undeclared(loose, specs)


def _moved(
    drifts: Sequence[Drift],
    asked: int,
    path: str,
    sync: tuple[str, ...],
    severity: Severity = Severity.WARNING,
) -> Finding:
    missing = [drift for drift in drifts if not drift.found]
    others = [drift for drift in drifts if drift.found]
    evidence = [
        Evidence(f"{d.name}{_wanted(d)}: {f'{d.found} is installed' if d.found else 'not installed'}", d.path, d.line)
        for d in (*others, *missing)[:_SHOWN]
    ]
    if len(drifts) > _SHOWN:
        evidence.append(Evidence(f"and {len(drifts) - _SHOWN} more", path))
    parts = [f"{several(len(others), 'package')} at other versions"] if others else []
    if missing:
        parts.append(f"{len(missing) if parts else several(len(missing), 'package')} missing")
    told = " and ".join(parts)
    return Finding(
        severity,
        path,
        _short(f"{told}, by what {path} {'holds' if not asked else 'asks for'}", told, path),
        tuple(evidence),
        tuple(dict.fromkeys(drift.name for drift in (*others, *missing))),
        tuple(_remedies(drifts, path, sync)),
    )


def _short(text: str, told: str, path: str) -> str:
    return text if len(text) <= 100 else f"{told}, by {path[-40:]}"[:100]


def _wanted(drift: Drift) -> str:
    if drift.asked is None:
        return f" {drift.wanted} is locked"
    return f" {drift.wanted} is asked for" if drift.wanted else " is asked for"


def _remedies(drifts: Sequence[Drift], path: str, sync: tuple[str, ...]) -> Iterator[Remedy]:
    from doctor.judgement.expectations.drifting import requirement_of

    by_manager: dict[Manager, list[str]] = {}
    for drift in drifts:
        if drift.asked is None or _can_be_installed(drift.asked):
            by_manager.setdefault("conda" if drift.manager == "conda" else "pip", []).append(requirement_of(drift))
    changes = any(drift.found for drift in drifts)
    if 0 < sum(map(len, by_manager.values())) <= _MOST:
        steps = tuple(
            Install(manager, tuple(dict.fromkeys(specs)), dependencies=not sync)
            for manager, specs in sorted(by_manager.items())
        )
        yield Remedy(
            f"Install what {path} {'holds' if sync else 'asks for'}",
            Safety.CAREFUL,
            steps,
            "Results that were computed with the versions here may come out otherwise." if changes else "",
        )
    if sync:
        text = f"Let {sync[0]} make the whole environment follow {path}; it also removes what the lock does not hold"
        yield Remedy(f"Follow {path} as a whole", Safety.MANUAL, (Tell(text, sync),))
    text = f"Where the versions here are the right ones, write them into {path}"
    if not changes:
        text = f"Where the project can do without them, take them out of {path}"
    yield Remedy("Keep the environment and change the file", Safety.MANUAL, (Tell(text),))


def _can_be_installed(asked: Asked) -> bool:
    """Whether an entry can stand in a command: not an editable folder, nor an address with a hidden password."""
    return not asked.editable and (not asked.url or ("://" in asked.url and "***" not in asked.url))


def _undeclared(loose: Sequence[ByHand], specs: Sequence[Specification]) -> Finding:
    ordered = sorted(loose, key=lambda each: each.imported is None)
    evidence = []
    for each in ordered[:_SHOWN]:
        place = each.imported
        used = f", imported in {place.path}:{place.line}" if place else ""
        evidence.append(Evidence(f"{each.name} {each.version} was installed by name{used}", each.where))
    if len(ordered) > _SHOWN:
        evidence.append(Evidence(f"and {len(ordered) - _SHOWN} more"))
    names = tuple(each.name for each in ordered)
    file = specs[0].path if specs else "a file of the project"
    lines = ", ".join(
        f"{each.name}{'=' if each.manager == 'conda' else '=='}{each.version}" for each in ordered[:_SHOWN]
    )
    imported = sum(each.imported is not None for each in ordered)
    ending = f"; the project imports {imported} of them" if imported and len(names) > 1 else ""
    them = "was installed by hand and no file asks for it" if len(names) == 1 else "were installed by hand, in no file"
    return Finding(
        Severity.NOTE,
        "undeclared",
        f"{several(len(names), 'package')} {them}{ending}",
        tuple(evidence),
        names,
        (
            Remedy(
                f"Add what the project needs to {file}",
                Safety.MANUAL,
                (Tell(f"Add to {file} what the project needs of: {lines}"),),
            ),
        ),
    )


def _python(facts: Facts) -> Iterator[Finding]:
    """Where the files ask for another Python than the environment has; its last number is no difference."""
    from doctor.judgement.expectations.pythons import minor_of, unmet_pythons

    unmet = unmet_pythons(facts)
    if not unmet:
        return
    version = next((minor for item in unmet if (minor := minor_of(item.value))), "")
    text = "Create the environment anew with a Python that the files ask for"
    anew = Remedy(text, Safety.CAREFUL, (Rebuild(python=version),), "Every package is installed again.")
    yield Finding(
        Severity.WARNING,
        "python",
        f"the environment has Python {facts.identity.python}, and {unmet[0].path[-30:]} asks for another"[:100],
        tuple(Evidence(item.text, item.path, item.line) for item in unmet),
        (),
        (
            *((anew,) if version else ()),
            Remedy("Decide which Python it is to be", Safety.MANUAL, (Tell(f"{text}, or correct them"),)),
        ),
    )


def examples() -> Iterator[Example]:
    """Missing, other versions, by hand, by lock, another Python; groups, markers, other platforms and tools."""
    warning, note = Severity.WARNING, Severity.NOTE

    def project(*asked: Asked, path: str = "requirements.txt", kind: str = "requirements", **more: object) -> Project:
        spec = Specification(path, kind, asked=asked)
        return Project(True, "~/demo", specifications=(spec,), **more)  # type: ignore[arg-type]

    def case(*dists: Distribution, project: Project, **more: object) -> Facts:
        return environment(distributions=dists, project=project, **more)  # type: ignore[arg-type]

    numpy = distribution("numpy", "1.26.4", requested=True)
    pandas = distribution("pandas", "2.2.0", requires=("numpy>=1.22",), requested=True)
    wanted = Asked("numpy>=2", "numpy", "pip", 3, specifier=">=2")
    file = ("requirements.txt",)
    names = ("numpy", "pandas", "scipy", "seaborn")
    places = {name: (Imported("run.py", 1),) for name in names}
    every = project(*(Asked(name, name) for name in names), imports=places, importable=())
    yield Example("nothing of what is imported is there", case(project=every), file, Severity.ERROR)
    yield Example(
        "one is, which its import tells",
        case(project=project(wanted, imports=dict([*places.items()][:1]), importable=())),
    )
    second = Specification("pyproject.toml", "pyproject", asked=(wanted,))
    twice = project(wanted)._replace(specifications=(second, *project(wanted).specifications))
    yield Example("missing, by two files", case(project=twice), ("pyproject.toml",), warning)
    yield Example("another version", case(numpy, project=project(wanted)), file, warning)
    yield Example("missing", case(project=project(wanted)), file, warning)
    fits = wanted._replace(text="numpy>=1.26", specifier=">=1.26")
    yield Example("all as asked for", case(numpy, project=project(fits)))
    elsewhere = project(wanted)._replace(root="~/other")
    yield Example("another project's environment", case(numpy, project=elsewhere))
    extra = wanted._replace(group="gpu")
    yield Example("an extra that is left out", case(project=project(extra)))
    windows = wanted._replace(marker='sys_platform == "win32"')
    yield Example("a marker for another system", case(project=project(windows)))
    for path in ("requirements-py38.txt", "requirements-dev.txt"):
        yield Example(f"a file of another purpose: {path}", case(numpy, project=project(wanted, path=path)))
    loose = case(numpy, pandas, project=project(fits, imports={"pandas": (Imported("main.py", 2),)}))
    yield Example("by hand", loose, ("undeclared",), note)
    tool = distribution("ruff", "0.9.0", requested=True)
    by_uv = distribution("tzdata", "2025.1", requested=True, installer="uv")
    needs = distribution("numpy", "1.26.4", requires=("tzdata",))
    yield Example("a tool, and what another needs", case(needs, tool, by_uv, project=project(fits)))
    meta = distribution("demo", "0.1", requires=("numpy>=2",))
    own = project(wanted, path="pyproject.toml", kind="pyproject", name="demo")
    yield Example("told by the metadata of the project", case(numpy, meta, project=own))
    lock = Lock("uv.lock", "uv.lock", (Locked("numpy", "2.1.0", line=7), Locked("demo", "0.1", source="editable")))
    held = case(numpy, project=project(fits), locks=Locks((lock,)))
    yield Example("another version than locked", held, ("uv.lock",), warning)
    agrees = Lock("poetry.lock", "poetry.lock", (Locked("numpy", "1.26.4"),))
    yield Example("one of two locks agrees", case(numpy, project=project(fits), locks=Locks((lock, agrees))))
    cpu = distribution("torch", "2.6.0+cpu")
    torch = Lock("uv.lock", "uv.lock", (Locked("torch", "2.6.0"), Locked("torch", "2.6.0+cu126")))
    asks = Asked("torch", "torch")
    yield Example("a local build of the locked release", case(cpu, project=project(asks), locks=Locks((torch,))))
    python = PythonWish("==3.12.*", "3.12", ".python-version", 1)
    yield Example("another Python", case(numpy, project=project(fits, pythons=(python,))), ("python",), warning)
    patch = python._replace(specifier="==3.11.4", text="3.11.4")
    yield Example("another release of the same Python", case(numpy, project=project(fits, pythons=(patch,))))
    several_ = (python, patch._replace(line=2))
    yield Example("one of several Pythons", case(numpy, project=project(fits, pythons=several_)))
    gdal = Asked("gdal=3.9", "gdal", "conda", 5, specifier="=3.9")
    yml = Specification("environment.yml", "environment.yml", "demo", asked=(gdal,))
    conda = Project(True, "~/project", specifications=(yml,))
    old, new = record("gdal", "3.8.1"), record("gdal", "3.9.2")
    yield Example(
        "conda's package of another version",
        environment(kind="conda", records=(old,), project=conda),
        ("environment.yml",),
    )
    yield Example("conda's package as asked for", environment(kind="conda", records=(new,), project=conda))
    other = conda._replace(specifications=(yml._replace(name="other"),))
    yield Example("an environment.yml of another name", environment(kind="conda", records=(old,), project=other))
    old_python = Asked("python=3.5", "python", "conda", 4, specifier="=3.5")
    both = yml._replace(asked=(old_python, gdal))
    beside = conda._replace(root="~/demo", specifications=(both,))
    yield Example("an environment.yml beside a venv", case(project=beside))
    asked_ = record("xarray", "2025.1", requested=("xarray",))
    more = environment(kind="conda", records=(new, asked_), project=conda)
    yield Example("conda was asked for more", more, ("undeclared",), note)


CHECK = Check(
    "REP002",
    "specification-drift",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "project", "locks"),
    records=False,
)
