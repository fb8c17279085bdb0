"""An installed release was withdrawn: it is malicious, an empty placeholder or retired.

## Why it matters
A malicious release has already run and may have copied tokens, keys and passwords: removing it is not enough. A
placeholder does nothing although its name promises a library. A retired name gets no fixes, and pip will never say
that the project goes on elsewhere.

## How it is found
Names and versions of the installed distributions against a dated table of such releases; every row names its source.
Only rows that are certain give a warning or an error. An old name that another distribution still needs
(tensorflow-intel beneath tensorflow on Windows) is silent. Packages that conda installed count for malicious
releases only, since conda's names are its own.

## What the fix does
For a malicious release: it is removed, a clean release is installed where there is one, and you are told what only
you can do: treat the machine as broken into. Else: the old name is uninstalled and its successor installed.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Distribution, Facts, StartupFile
from doctor.facts.build import distribution, environment
from doctor.judgement.dependencies import Visible, visible_distributions
from doctor.judgement.requirements import meets
from doctor.knowledge.withdrawn import HARMLESS, WITHDRAWN, Withdrawn
from doctor.model import (
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Move,
    Remedy,
    Safety,
    Severity,
    Step,
    Tell,
    Uninstall,
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each withdrawn release."""
    visible = visible_distributions(facts)
    for row in WITHDRAWN:
        for dist in visible.get(row.key, ()):
            if _applies(row, dist, visible) and not (row.beside and _is_told(dist, facts)):
                yield _finding(row, dist, facts)


def _applies(row: Withdrawn, dist: Distribution, visible: Visible) -> bool:
    if row.versions and dist.version.partition("+")[0] not in row.versions:
        return False
    if dist.installer == "conda" and row.kind != "malicious":
        return False
    if row.part_of and any(whole.version == dist.version for whole in visible.get(row.part_of, ())):
        return False
    if row.beside:
        key, specifier = row.beside
        return any(meets(other.version, specifier) is True for other in visible.get(key, ()))
    return True


def _is_told(dist: Distribution, facts: Facts) -> bool:
    """Whether family GPU tells that it is of another build than torch, with the same remedy."""
    from doctor.judgement.gpu_frameworks import imported, other_build, torch_of  # seldom needed, and its tables weigh

    torch = torch_of(facts, imported(facts))
    return torch is not None and bool(other_build(torch, dist))


def _finding(row: Withdrawn, dist: Distribution, facts: Facts) -> Finding:
    if not row.certain or row.key in HARMLESS:
        severity = Severity.NOTE
    else:
        severity = Severity.ERROR if row.kind == "malicious" else Severity.WARNING
    left = [file for file in facts.distributions.startup if file.path.rpartition("/")[2] in row.files]
    seen = [Evidence(f"{dist.name} {dist.version} is installed", f"{dist.site}/{dist.folder}")]
    seen += [Evidence("left by it: run at every start of Python", file.path) for file in left]
    return Finding(
        severity,
        dist.key,
        f"{dist.name} {dist.version[:20]} {row.why}",
        (*seen, Evidence(f"source: {row.source}")),
        (dist.key,),
        tuple(_remedies(row, dist, left)),
    )


def _remedies(row: Withdrawn, dist: Distribution, left: list[StartupFile]) -> Iterator[Remedy]:
    manager = "conda" if dist.installer == "conda" else "pip"
    aside: list[Step] = [Move(tuple(file.path for file in left))] if left else []
    replace: list[Step] = [Uninstall("conda" if manager == "conda" else "pip", (dist.key,), dependencies=False)]
    if row.instead and manager == "pip":
        replace.append(Install("pip", row.instead))
    what = f"Remove {dist.name} {dist.version}"
    if row.kind == "malicious":
        yield Remedy(
            "Treat this machine as broken into",
            Safety.MANUAL,
            (
                Tell("Change every password, token and key that was within reach: cloud, git, package index, SSH."),
                Tell("Tell those who look after your machines, and look for what else it left behind."),
            ),
        )
        clean = f" and install a clean release ({row.instead[0]})" if row.instead else ""
        yield Remedy(what + clean, Safety.CAREFUL, (*aside, *replace), "Removing it does not undo what it did.")
    elif row.instead:
        trade_off = row.advice or "Code that imports the old name may need a change."
        yield Remedy(f"{what} and install {row.instead[0]}", Safety.CAREFUL, tuple(replace), trade_off)
    else:
        yield Remedy(
            what, Safety.CAREFUL, tuple(replace), "Code that imports it stops working; keep it if it works for you."
        )


def examples() -> Iterator[Example]:
    """Malicious, placeholder, retired and renamed; and the sound ones of the same names."""
    error, warning, note = Severity.ERROR, Severity.WARNING, Severity.NOTE
    startup = StartupFile("lib/python3.11/site-packages/litellm_init.pth", "pth", ((1, "import os"),))
    stolen = environment(distributions=(distribution("litellm", "1.82.8"),), installed={"startup": (startup,)})
    yield Example("a malicious release", stolen, ("litellm",), error)
    yield Example("a clean release of it", environment(distributions=(distribution("litellm", "1.83.0"),)))
    yield Example(
        "a placeholder", environment(distributions=(distribution("sklearn", "0.0.post12"),)), ("sklearn",), warning
    )
    old = distribution("pandas-profiling", "3.6.6")
    yield Example("a name that moved", environment(distributions=(old,)), ("pandas-profiling",), warning)
    nvml = distribution("pynvml", "12.0.0")
    yield Example("a name that does no harm", environment(distributions=(nvml,)), ("pynvml",), note)
    intel, flow = distribution("tensorflow-intel", "2.17.0"), distribution("tensorflow", "2.17.0")
    yield Example("an old name that is part of a whole", environment(distributions=(intel, flow)))
    yield Example("the same left alone", environment(distributions=(intel,)), ("tensorflow-intel",), note)
    audio, text = distribution("torchaudio", "2.11.0"), distribution("torchtext", "0.18.0")
    newer, older = distribution("torch", "2.14.1"), distribution("torch", "2.3.1")
    yield Example(
        "beside a torch it was not made for", environment(distributions=(audio, newer)), ("torchaudio",), note
    )
    builds = (audio._replace(build="cu130"), newer._replace(build="cu132"))
    yield Example("of another build, which the GPU family tells", environment(distributions=builds))
    yield Example("beside the torch it was made for", environment(distributions=(text, older)))
    rapids, by_conda = distribution("cudf", "24.10.1"), distribution("pynvml", "11.5.0", installer="conda")
    yield Example("conda's packages of such names", environment(kind="conda", distributions=(rapids, by_conda)))
    uncertain = distribution("torchtriton", "3.0.0")
    yield Example("a row that is not certain", environment(distributions=(uncertain,)), ("torchtriton",), note)


CHECK = Check(
    "DEP005",
    "withdrawn-release",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions",),
    optional=("conda",),
    records=False,
)
