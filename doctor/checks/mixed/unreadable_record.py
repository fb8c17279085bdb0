"""A record of what is installed cannot be read.

## Why it matters
conda stops at a record that is no valid JSON: `conda list`, `install` and `update` all fail. A METADATA that is
broken hides a package's version and requirements; one that is a pipe or a device lets pip and Python's own
`importlib.metadata` wait for ever.

## How it is found
Each file is opened without waiting, and read only if it is a regular file of sensible size. What does not parse, is
nested too deeply, says neither name nor version, or names places outside the environment is told with the reason
and the line.

## What the fix does
Moves the unreadable record aside and installs exactly the version again that its file name tells, from the channel
that conda's history remembers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import CondaRecord, Distribution, Facts, Unreadable
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.judgement.overlap import name_and_version, own_sites, owners, record_name
from doctor.knowledge.reinstall import safety_of, same_distribution, same_package, spec_of, torch_index
from doctor.model import Check, Evidence, Example, Finding, Install, Move, Remedy, Safety, Severity, Step, Tell

_METADATA = ("/METADATA", "/PKG-INFO", ".dist-info", ".egg-info", ".egg", ".egg-link")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each record of conda's and each distribution whose metadata cannot be read."""
    for problem in facts.conda.problems:
        if problem.path.startswith("conda-meta/") and problem.path.endswith(".json"):
            yield _record(problem, facts)
        else:
            yield _about_conda(problem)
    by_folder: dict[tuple[str, str], list[Unreadable]] = defaultdict(list)
    sites = own_sites(facts)
    for problem in facts.distributions.problems:
        for site in sites:
            folder = problem.path.removeprefix(f"{site}/").partition("/")[0]
            if problem.path.startswith(f"{site}/") and folder.endswith(_METADATA):
                by_folder[site, folder].append(problem)
    held = owners(facts) if by_folder else {}
    for (site, folder), problems in sorted(by_folder.items()):
        own = next((d for d in facts.distributions.installed if (d.site, d.folder) == (site, folder)), None)
        yield _distribution(site, folder, problems, held.get((site, folder)), own)


def _seen(problem: Unreadable) -> Evidence:
    return Evidence(problem.reason, problem.path, problem.line)


def _record(problem: Unreadable, facts: Facts) -> Finding:
    name = record_name(problem.path)
    dist = problem.path.removeprefix("conda-meta/").removesuffix(".json")
    remembered = facts.conda.remembered.get(name, "")
    spec = spec_of(remembered if remembered.rpartition("::")[2] == dist else dist)
    again: Step = Install("conda", (spec,), force=True, dependencies=False)
    if dist.count("-") < 2:
        again = Tell("Install the package that this record belonged to again")
    steps = (Move((problem.path,)), again)
    return Finding(
        Severity.ERROR,
        name,
        f"conda's record of {name} cannot be used"[:100],
        (_seen(problem),),
        (name,),
        (
            Remedy(
                f"Move the record aside and install {spec} again",
                safety_of(steps),
                steps,
                "conda finds the package's files already there and writes over them",
            ),
        ),
    )


def _about_conda(problem: Unreadable) -> Finding:
    told = Tell(f"Put {problem.path} back from a backup or a copy of the environment, or build the environment anew")
    return Finding(
        Severity.WARNING,
        problem.path,
        f"{problem.path} cannot be read"[:100],
        (_seen(problem),),
        (),
        (Remedy(f"Bring {problem.path} back", Safety.MANUAL, (told,)),),
    )


def _distribution(
    site: str, folder: str, problems: list[Unreadable], held: CondaRecord | None, own: Distribution | None
) -> Finding:
    key, version = name_and_version(folder)
    broken = any(problem.path.endswith(_METADATA) for problem in problems)
    what = "metadata" if broken else f"{problems[0].path.rpartition('/')[2]} file"
    moved = Move((f"{site}/{folder}",))
    steps: tuple[Step, ...]
    if held is not None:
        steps = (moved, same_package(held))
        title = f"Move it aside and link exactly {held.name} {held.version}, build {held.build}, again"
    elif version:
        again: Step = Install(
            "pip", (f"{key}=={version}",), force=True, dependencies=False, index_url=torch_index(version)
        )
        if own is not None and own.direct_url is not None:
            again = same_distribution(own)
        steps = (moved, again)
        title = f"Move it aside and install {key} {version} again"
    else:
        steps = (moved, Tell(f"Install {key} again; its version cannot be told"))
        title = f"Move it aside and install {key} again"
    return Finding(
        Severity.ERROR if broken else Severity.WARNING,
        key,
        f"The {what} of {key} {version} cannot be used".replace("  ", " ")[:100],
        tuple(_seen(problem) for problem in problems),
        (key,),
        (Remedy(title, safety_of(steps), steps),),
    )


def examples() -> Iterator[Example]:
    """A corrupt conda record, METADATA that is a pipe, a RECORD with odd rows; and all in order."""
    corrupt = Unreadable("conda-meta/numpy-1.26.3-py311h0_0.json", "line 3: not JSON: Expecting value", 3)
    history = {"problems": (corrupt,), "remembered": {"numpy": "conda-forge/linux-64::numpy-1.26.3-py311h0_0"}}
    yield Example("a corrupt record", environment(kind="conda", conda=history), ("numpy",), Severity.ERROR)

    site = site_packages()
    pipe = (Unreadable(f"{site}/demo_lib-1.0.dist-info/METADATA", "not a regular file but a FIFO"),)
    sick = environment(distributions=(distribution("demo-lib", "1.0"),), installed={"problems": pipe})
    yield Example("METADATA that is a pipe", sick, ("demo-lib",), Severity.ERROR)
    odd = (Unreadable(f"{site}/demo_lib-1.0.dist-info/RECORD", "1 path with characters that no path should hold", 4),)
    sick = environment(distributions=(distribution("demo-lib", "1.0"),), installed={"problems": odd})
    yield Example("a RECORD with an odd row", sick, ("demo-lib",), Severity.WARNING)
    unread = {"problems": (Unreadable("conda-meta/history", "permission denied"),)}
    yield Example(
        "an unreadable history", environment(kind="conda", conda=unread), ("conda-meta/history",), Severity.WARNING
    )

    sound = environment(
        kind="conda", records=(record("numpy", "1.26.3"),), distributions=(distribution("demo", "1.0"),)
    )
    yield Example("all in order", sound)
    elsewhere = {
        "problems": (Unreadable(f"{site}/odd.pth", "not text"), Unreadable("/usr/lib/x.dist-info/METADATA", "no"))
    }
    yield Example("a .pth file and other people's packages", environment(installed=elsewhere))


CHECK = Check(
    "MIX009",
    "unreadable-record",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "conda"),
)
