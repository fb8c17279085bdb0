"""A distribution is installed that only bears the name of what the project imports.

## Why it matters
`import serial` belongs to pyserial, `import jwt` to PyJWT, `import fitz` to PyMuPDF. Who types `pip install serial`
after "No module named 'serial'" gets another project, and then "module 'serial' has no attribute 'Serial'". pip
finds nothing wrong with it, and neither does `pip check`.

## How it is found
Installed distributions against a dated table of such names, where the project imports the module and the
distribution that it belongs to is not installed. An error where the name holds nothing of use, where hardly anybody
wants it, or where the project's own files ask for the right one; a warning where it is a library that somebody may
want. Silent where another package needs it, or where a library that some people want is asked for by its name.

## What the fix does
Uninstalls it and installs the distribution that the import belongs to, in the version that the project asks for
where it says one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from doctor.facts import Asked, Distribution, Facts, Imported, Project, Specification
from doctor.facts.build import distribution, environment
from doctor.judgement.dependencies import Visible, visible_distributions
from doctor.judgement.shared_paths import requires
from doctor.knowledge.wrong_names import WRONG_NAMES, WrongName
from doctor.model import (
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
    Uninstall,
)

_SHOWN = 3


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each distribution of a wrong name."""
    visible = visible_distributions(facts)
    for row in WRONG_NAMES:
        places = [place for place in facts.project.imports.get(row.module, ()) if not place.optional]
        if not places or _key(row.meant) in visible:
            continue
        for dist in visible.get(row.key, ()):
            severity = _severity(row, dist, visible, facts)
            if dist.installer != "conda" and severity is not None:
                yield _finding(row, dist, places, severity, facts)


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _severity(row: WrongName, dist: Distribution, visible: Visible, facts: Facts) -> Severity | None:
    """How bad it is, by what it holds and by what the project asks for; None where it may well be meant."""
    if row.kind == "useless" or (row.meant and _asked(facts, _key(row.meant))):
        return Severity.ERROR
    if any(requires(other, dist) for others in visible.values() for other in others):
        return None
    by_name = _asked(facts, row.key) is not None
    if row.kind == "mistaken":
        return Severity.WARNING if by_name else Severity.ERROR
    return None if by_name else Severity.WARNING


def _asked(facts: Facts, key: str) -> tuple[Specification, Asked] | None:
    """Where the project's files ask for a distribution by its name."""
    for specification in facts.project.specifications:
        for asked in specification.asked:
            if asked.manager == "pip" and asked.name == key:
                return specification, asked
    return None


def _finding(row: WrongName, dist: Distribution, places: list[Imported], severity: Severity, facts: Facts) -> Finding:
    meant = row.meant or f"another project called {row.module}"
    evidence = [Evidence(f"{dist.name} {dist.version} is installed: {row.what}", f"{dist.site}/{dist.folder}")]
    evidence += [Evidence(f"imports {row.module}", place.path, place.line) for place in places[:_SHOWN]]
    for name in (row.key, _key(row.meant)):
        found = _asked(facts, name) if name else None
        if found is not None:
            evidence.append(Evidence(f"asked for: {found[1].text}", found[0].path, found[1].line))
    evidence.append(Evidence(f"what programs then say: {row.symptom}"))
    return Finding(
        severity,
        dist.key,
        f"{dist.name} is not what import {row.module} means: that is {meant}"[:100],
        tuple(evidence),
        (dist.key,),
        (_remedy(row, dist, facts),),
    )


def _remedy(row: WrongName, dist: Distribution, facts: Facts) -> Remedy:
    away = Uninstall("pip", (dist.name,))
    if not row.meant:
        return Remedy(
            f"Uninstall {dist.name}, and get what is meant from its own place",
            Safety.CAREFUL,
            (away, Tell(row.advice)),
        )
    asked = _asked(facts, _key(row.meant))
    spec = asked[1].text.partition(";")[0].strip() if asked else row.meant
    steps: list[Step] = [away, Install("pip", (spec,))]
    wrongly = _asked(facts, row.key)
    if wrongly is not None:
        where = f"{wrongly[0].path}, line {wrongly[1].line}" if wrongly[1].line else wrongly[0].path
        steps.append(Tell(f"Write {row.meant} in place of {wrongly[1].text} in {where}."))
    return Remedy(
        f"Install {spec} in place of {dist.name}",
        Safety.CAREFUL,
        tuple(steps),
        f"code that was written for {dist.name} itself stops working" if row.kind != "useless" else "",
    )


def examples() -> Iterator[Example]:
    """By mistake, asked for, needed by others, beside the right one, and imported by nobody."""

    def project(module: str, *asked: str, optional: bool = False) -> Project:
        wanted = tuple(Asked(text, _key(re.split(r"[<>=]", text)[0]), line=n) for n, text in enumerate(asked, 1))
        listed = (Specification("requirements.txt", "requirements", asked=wanted),) if asked else ()
        places = {module: (Imported("port.py", 1, optional),)}
        return Project(present=True, root="~/demo", specifications=listed, imports=places)

    def facts(module: str, *names: str, asked: tuple[str, ...] = (), **more: Any) -> Facts:
        dists = [distribution(name, "1.0", **more) for name in names]
        return environment(distributions=dists, project=project(module, *asked))

    error, warning = Severity.ERROR, Severity.WARNING
    yield Example("serial for pyserial", facts("serial", "serial"), ("serial",), error)
    yield Example("an empty placeholder", facts("sklearn", "sklearn", asked=("sklearn",)), ("sklearn",), error)
    yield Example("asked for by the mistaken name", facts("serial", "serial", asked=("serial",)), ("serial",), warning)
    yield Example("a library that some want", facts("jwt", "jwt"), ("jwt",), warning)
    yield Example("the project asks for PyJWT", facts("jwt", "jwt", asked=("PyJWT>=2",)), ("jwt",), error)
    yield Example("no index has what is meant", facts("apex", "apex"), ("apex",), error)
    yield Example("asked for by its own name", facts("jwt", "jwt", asked=("jwt==1.4.0",)))
    yield Example("the right one", facts("serial", "pyserial"))
    yield Example("both are there", facts("jwt", "jwt", "PyJWT"))
    yield Example("nobody imports it", facts("numpy", "serial"))
    needing = distribution("app", "1.0", requires=("jwt>=1.3",))
    needed = environment(distributions=(needing, distribution("jwt", "1.4.0")), project=project("jwt"))
    yield Example("another package needs it", needed)
    maybe = environment(distributions=(distribution("serial", "0.0.97"),), project=project("serial", optional=True))
    yield Example("imported if it is there", maybe)
    yield Example("conda's package of that name", facts("snappy", "snappy", installer="conda"))
    yield Example("no project", environment(distributions=(distribution("serial", "0.0.97"),)))


CHECK = Check(
    "DEP004",
    "wrong-distribution",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "project"),
    records=False,
)
