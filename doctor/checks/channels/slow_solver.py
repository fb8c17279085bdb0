"""conda solves with its old, slow solver, or with settings that give it far too much to choose from.

## Why it matters
The classic solver takes minutes to hours where libmamba takes seconds, and people give up and use pip inside the
environment instead. Many channels without strict priority multiply the builds that every solver has to look at, and
give other answers from day to day.

## How it is found
`solver: classic` in a condarc or in `CONDA_SOLVER`; a conda older than 23.10, whose default it was, in the base
environment or as the last one that changed this environment; five or more channels without strict priority. The
environments of mamba, pixi and rattler have a fast solver of their own.

## What the fix does
Sets the solver to libmamba where classic is set. Updating conda itself changes its base environment and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Facts, Setting, Settings, Transaction
from doctor.facts.build import environment, record
from doctor.judgement.written import replaced, strict_priority
from doctor.knowledge.channels import LIBMAMBA_BY_DEFAULT, reads_condarc
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_MANY = 5
#: the conda version that mamba writes into the history, whatever conda there is
_BY_MAMBA = "3.8.0"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding about the solver, one about what it is given."""
    if not reads_condarc(facts) or facts.identity.maker == "mamba":
        return
    solver = facts.settings.condarc.get("solver", ())
    if solver and str(solver[0].value).lower() == "classic":
        yield _classic(solver[0])
    elif not solver:
        yield from _old(facts)
    channels = facts.settings.channels
    priority = facts.settings.conda("channel_priority")
    if len(channels) >= _MANY and str(priority).lower() != "strict":
        yield _many(facts.settings)


def _classic(setting: Setting) -> Finding:
    title = "Use libmamba, which comes with conda since 23.10"
    edit = replaced(setting, "libmamba")
    if edit is not None:
        trade_off = "a conda before 23.10 needs conda-libmamba-solver in its base environment first"
        remedy = Remedy(title, Safety.CAREFUL, (edit,), trade_off)
    else:
        variable = setting.source.startswith("$")
        text = (
            f"Unset {setting.source[1:]}." if variable else f"Write libmamba in {setting.source}, line {setting.line}."
        )
        remedy = Remedy(title, Safety.MANUAL, (Tell(text),))
    return Finding(
        Severity.WARNING,
        "solver",
        "conda is set to its classic solver, which can take minutes to hours",
        (Evidence(f"solver: {setting.value}", setting.source, setting.line),),
        (),
        (remedy,),
    )


def _old(facts: Facts) -> Iterator[Finding]:
    """A conda whose default is the classic solver: the one here, else the last one that worked on this environment."""
    here = facts.conda.record("conda") if facts.identity.is_conda_base else None
    last = next((step for step in reversed(facts.conda.history) if step.conda_version), None)
    if last is not None and last.conda_version == _BY_MAMBA:
        last = None
    if here is not None:
        version, evidence = here.version, Evidence(f"conda {here.version}", f"conda-meta/{here.dist}.json")
    elif last is not None:
        version = last.conda_version
        evidence = Evidence(f"last changed by conda {version} on {last.date}", "conda-meta/history", last.line)
    else:
        return
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < LIBMAMBA_BY_DEFAULT:
        command = ("conda", "update", "--name", "base", "conda")
        remedy = Remedy("Update conda", Safety.MANUAL, (Tell("Update conda in its base environment.", command),))
        yield Finding(
            Severity.NOTE,
            "conda",
            f"conda {version[:20]} solves with its classic, slow solver",
            (evidence, Evidence("libmamba is the default since conda 23.10")),
            (),
            (remedy,),
        )


def _many(settings: Settings) -> Finding:
    strict = strict_priority(settings)
    named = settings.condarc.get("channels", ())
    evidence = [Evidence(f"channel: {item.value}", item.source, item.line) for item in named]
    priority = settings.condarc.get("channel_priority", ())
    told = [Evidence(f"channel_priority: {item.value}", item.source, item.line) for item in priority]
    return Finding(
        Severity.NOTE,
        "channels",
        f"{len(settings.channels)} channels without strict priority make solving slow",
        (*evidence, *(told or [Evidence("nobody sets channel_priority; conda's own default is flexible")])),
        (),
        (
            Remedy(
                "Make the priority strict for this environment; or name fewer channels",
                Safety.MANUAL if isinstance(strict, Tell) else Safety.CAREFUL,
                (strict,),
                "a combination of packages that only a mixture could give can no longer be solved",
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """The classic solver by setting and by age; many channels; what is fast."""
    python = record("python", "3.11.7")

    def case(*settings: Setting, channels: tuple[str, ...] = (), **identity: object) -> Facts:
        condarc = {item.key: (item,) for item in settings}
        return environment(
            kind="conda",
            records=(python,),
            settings=Settings(condarc=condarc, channels=channels),
            identity=identity,
        )

    classic = Setting("solver", "classic", "~/.condarc", 3, written="solver: classic")
    yield Example("set to classic", case(classic), ("solver",), Severity.WARNING)
    yield Example("set by a variable", case(classic._replace(source="$CONDA_SOLVER", line=0, written="")), ("solver",))
    old = environment(
        kind="conda", records=(record("conda", "4.12.0", channel="pkgs/main"),), identity={"is_conda_base": True}
    )
    yield Example("an old conda in base", old, ("conda",), Severity.NOTE)
    before = (Transaction("2022-05-01 10:00:00", conda_version="4.12.0", line=1),)
    last = environment(kind="conda", records=(python,), conda={"history": before})
    yield Example("last changed by an old conda", last, ("conda",), Severity.NOTE)
    many = ("a", "b", "c", "d", "conda-forge")
    yield Example("many channels", case(channels=many), ("channels",), Severity.NOTE)

    yield Example("libmamba", case(classic._replace(value="libmamba")))
    later = (*before, Transaction("2026-01-01 10:00:00", conda_version="26.1.0", line=9))
    new = environment(kind="conda", records=(python,), conda={"history": later})
    yield Example("changed by a new conda since", new)
    fast = (*before, Transaction("2026-01-01 10:00:00", conda_version="3.8.0", line=9))
    changed = environment(kind="conda", records=(python,), conda={"history": fast})
    yield Example("changed by mamba since", changed)
    yield Example("many channels, strict", case(Setting("channel_priority", "strict", "~/.condarc"), channels=many))
    yield Example("mamba has a solver of its own", case(classic, maker="mamba"))
    yield Example("no conda", environment())


CHECK = Check(
    "CHN010",
    "slow-solver",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("conda", "settings"),
)
