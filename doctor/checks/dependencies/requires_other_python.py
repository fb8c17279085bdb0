"""An installed distribution says that it does not run on this environment's Python.

## Why it matters
It may import and then fail on syntax or on a function that this Python does not have, or take away; or run untested.
pip refuses such a release, so it came in by `--ignore-requires-python`, by copying, because the environment's Python
was changed under it, or by uv, which passes over the newest Python that a release names.

## How it is found
`Requires-Python` of every distribution in the environment's own folders, compared with the environment's Python and
not with the one that runs envdoctor. A pre-release of Python counts as its final release, as pip does it. Where only
X.Y of the Python is known, bounds within X.Y are given the benefit of the doubt. Where uv installed what was made
for older Pythons, it is a warning: nobody tested it here, and it may run. It is a note for what conda or the operating
system built for this very Python, and for backports of modules that this Python has by itself, which it never imports.

## What the fix does
Installs another release of the same distribution that does run here; or, as another way, makes the environment anew
with a Python that it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment
from doctor.judgement.dependencies import held_requirements, visible_distributions
from doctor.judgement.overlap import by_system
from doctor.judgement.requirements import compatible, meets, merge
from doctor.model import (
    CannotTell,
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Manager,
    Rebuild,
    Remedy,
    Safety,
    Severity,
    Tell,
    Uninstall,
)

#: minor releases of Python 3 that a new environment may be made with, on 2026-11-22
_MINORS = range(9, 16)
#: backports by the module that they bring, where it is called otherwise
_BACKPORTS = {"enum34": "enum", "futures": "concurrent"}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each distribution that excludes the interpreter."""
    python = re.match(r"\d{1,4}\.\d{1,4}(?:\.\d{1,4})?", facts.identity.python)
    own = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    for _, dists in sorted(visible_distributions(facts).items()):
        for dist in dists:
            if not dist.requires_python or (own and dist.site not in own):
                continue
            if python is None:
                raise CannotTell("this environment's Python version is unknown")
            if _excludes(dist.requires_python, python[0]):
                yield _finding(dist, facts)


def _excludes(specifier: str, python: str) -> bool:
    """Whether no Python that this may be is allowed: 3.11 alone may be any 3.11.x."""
    possible = (python,) if python.count(".") == 2 else (f"{python}.0", f"{python}.99")
    return all(meets(version, specifier) is False for version in possible)


def _finding(dist: Distribution, facts: Facts) -> Finding:
    from doctor.knowledge.stdlib import module_names  # a long table, for findings alone

    python = facts.identity.python
    packaged = dist.installer == "conda" or by_system(dist, facts)
    module = _BACKPORTS.get(dist.key, dist.key.replace("-", "_"))
    backport = module in module_names(facts.identity.python_minor)
    severity = Severity.NOTE if packaged or backport else Severity.ERROR
    if severity is Severity.ERROR and dist.installer == "uv" and _is_newer(dist.requires_python, facts):
        severity = Severity.WARNING
    summary = f"{dist.name} {dist.version} needs Python {dist.requires_python}, and this is {python}"
    path = f"{dist.site}/{dist.folder}" + ("/METADATA" if dist.kind == "dist-info" else "")
    seen = [
        Evidence(f"Requires-Python: {dist.requires_python}", path),
        Evidence(f"the environment's Python is {python}"),
    ]
    if packaged:
        seen.append(Evidence(f"{'conda' if dist.installer == 'conda' else 'the operating system'} built it for here"))
    if backport:
        seen.append(Evidence(f"this Python has {module} by itself, and imports its own"))
    return Finding(
        severity,
        dist.key,
        summary if len(summary) <= 100 else f"{dist.name[:40]} does not run on Python {python[:20]}",
        tuple(seen),
        (dist.key,),
        tuple(_without(dist, facts) if backport else _remedies(dist, facts)),
    )


def _is_newer(specifier: str, facts: Facts) -> bool:
    """Whether this Python is newer than all that a specifier allows."""
    own = int(facts.identity.python_minor.partition(".")[2] or 0)
    return any(meets(f"3.{minor}.50", specifier) for minor in range(own)) and not any(
        meets(f"3.{minor}.50", specifier) for minor in range(own, own + 20)
    )


def _without(dist: Distribution, facts: Facts) -> Iterator[Remedy]:
    """Take a backport away, where nobody asks for it by its name."""
    needs, _ = held_requirements(facts, visible_distributions(facts))
    if not needs.get(dist.key) and dist.installer != "conda":
        yield Remedy(f"Remove {dist.name}, which nothing imports", Safety.CAREFUL, (Uninstall("pip", (dist.name,)),))


def _remedies(dist: Distribution, facts: Facts) -> Iterator[Remedy]:
    minor = facts.identity.python_minor
    manager: Manager = "conda" if dist.installer == "conda" else "pip"
    if dist.direct_url is not None:
        yield Remedy(
            f"Install a state of {dist.name} that runs on Python {minor}",
            Safety.MANUAL,
            (Tell(f"It came from {dist.direct_url.url}: choose another branch or commit there."),),
        )
    else:
        yield Remedy(
            f"Install another release of {dist.name}, one for Python {minor}",
            Safety.CAREFUL,
            (Install(manager, (_another(dist, facts),)),),
            "There may be none; then nothing is changed.",
        )
    wanted = _nearest(dist.requires_python, minor)
    if wanted and facts.identity.kind in ("venv", "conda"):
        yield Remedy(
            f"Make the environment anew with Python {wanted}",
            Safety.CAREFUL,
            (Rebuild(python=wanted),),
            f"Everything else must run on Python {wanted} too.",
        )


def _another(dist: Distribution, facts: Facts) -> str:
    """Any other release that those who need this distribution accept."""
    needs, _ = held_requirements(facts, visible_distributions(facts))
    asked = (requirement.specifier for _, requirement in needs.get(dist.key, ()) if requirement.specifier)
    together = [specifier for specifier in dict.fromkeys(asked) if compatible((specifier, f"!={dist.version}"))]
    return f"{dist.key}{merge([*together, f'!={dist.version}'])}"


def _nearest(specifier: str, minor: str) -> str:
    """The Python nearest to X.Y that a specifier allows; empty where none of today's is."""
    found = re.fullmatch(r"\d\.(\d{1,4})", minor)
    here = int(found[1]) if found else 0
    allowed = [number for number in _MINORS if meets(f"3.{number}.50", specifier)]
    return f"3.{min(allowed, key=lambda number: (abs(number - here), number))}" if allowed else ""


def examples() -> Iterator[Example]:
    """Too old, too new, at the edge, and forms that say nothing."""
    error, note = Severity.ERROR, Severity.NOTE
    newer = distribution("scipy", "1.17.0", requires_python=">=3.12")
    older = distribution("old", "1.0", requires_python=">=3.7,<3.11")
    yield Example("made for a newer Python", environment(distributions=(newer,)), ("scipy",), error)
    yield Example("made for older ones", environment(distributions=(older,)), ("old",), error)
    by_uv = older._replace(installer="uv")
    yield Example("made for older ones, by uv", environment(distributions=(by_uv,)), ("old",), Severity.WARNING)
    too_old = newer._replace(installer="uv")
    yield Example("made for a newer Python, by uv", environment(distributions=(too_old,)), ("scipy",), error)
    port = distribution("dataclasses", "0.8", requires_python=">=3.6,<3.7")
    yield Example("a backport", environment(distributions=(port,)), ("dataclasses",), note)
    asks = distribution("demo", "1.0", requires=("dataclasses",))
    yield Example("a backport that is asked for", environment(distributions=(port, asks)), ("dataclasses",), note)
    fits = distribution("numpy", "2.0.1", requires_python=">=3.9")
    patch = distribution("picky", "1.0", requires_python="!=3.11.0,>=3.8.1")
    yield Example("made for this one", environment(distributions=(fits, patch)))
    broken = distribution("odd", "1.0", requires_python=">=3.6.*")
    yield Example("a text that is no specifier", environment(distributions=(broken, distribution("none", "1.0"))))
    close = distribution("close", "1.0", requires_python=">=3.11.5")
    vague = environment(distributions=(close,), identity={"python": "3.11"})
    yield Example("a Python known as 3.11 only", vague)
    candidate = distribution("new", "1.0", requires_python=">=3.15")
    ahead = environment(python="3.15.0rc2", distributions=(candidate,), identity={"python": "3.15.0rc2"})
    yield Example("a release candidate of the Python", ahead)
    built = distribution("numba", "0.58.0", installer="conda", requires_python="<3.11,>=3.8")
    yield Example("built by conda for this Python", environment(kind="conda", distributions=(built,)), ("numba",), note)
    unknown = environment(distributions=(fits,), identity={"python": ""})
    yield Example("an unknown Python", unknown, cannot_tell=True)


CHECK = Check(
    "DEP002",
    "requires-other-python",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions",),
    records=False,
)
