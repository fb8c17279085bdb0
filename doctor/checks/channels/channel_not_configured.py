"""Packages come from a channel that the configuration does not name, so the next update replaces them.

## Why it matters
conda updates from the channels that are configured then, not from those a package came from. Packages installed once
with `-c CHANNEL` are swapped for builds of another channel at the next `conda update` or `conda install`: other
compilers, another BLAS, a CPU build in place of the CUDA build. The reason is never shown.

## How it is found
The channels of all conda records are compared with those of the merged condarc (files of the system, the
installation, the user and the environment, and `CONDA_*` variables) and of the project's file. Nothing is said where
no condarc names a channel, of local packages, of frozen channels (see frozen-channel), and of pixi's environments,
whose channels stand in its manifest.

## What the fix does
Writes the environment down with its channels; or adds the channel to this environment's own condarc, after those it
has already, so that other environments stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts, Project, Setting, Settings, Specification
from doctor.facts.build import environment, record
from doctor.judgement.written import added_after, strict_priority
from doctor.knowledge.channels import (
    BUILDERS,
    FROZEN,
    builder,
    configured,
    is_known,
    named_by,
    plain_channel,
    reads_condarc,
)
from doctor.model import Check, Edit, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Step, Tell

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each channel that has packages here and that nobody configures."""
    if not reads_condarc(facts) or not facts.settings.channels:
        return
    named = set(configured(facts.settings))
    named |= {name for spec in facts.project.specifications for name in named_by(spec)}
    named = {_over_https(name) for name in named}
    if "defaults" in named:
        named |= {"anaconda"}  # the same packages under another address
    lost: dict[str, list[CondaRecord]] = {}
    for held in facts.conda.records:
        channel = plain_channel(held.channel)
        if is_known(held.channel) and _over_https(channel) not in named and channel not in FROZEN:
            lost.setdefault(channel, []).append(held)
    for channel, records in sorted(lost.items()):
        yield _finding(channel, records, facts)


def _over_https(channel: str) -> str:
    """The address that a channel is the same by, whether it is reached safely or not."""
    return f"https{channel[4:]}" if channel.startswith("http://") else channel


def _finding(channel: str, records: list[CondaRecord], facts: Facts) -> Finding:
    count = f"{len(records)} packages come" if len(records) > 1 else f"{records[0].name} comes"
    evidence = [
        Evidence(f"{r.name} {r.version} {r.build} is from {r.channel}", f"conda-meta/{r.dist}.json")
        for r in records[:_SHOWN]
    ]
    if len(records) > _SHOWN:
        evidence.append(Evidence(f"and {len(records) - _SHOWN} more"))
    for item in facts.settings.condarc.get("channels", ()):
        evidence.append(Evidence(f"configured: {item.value}", item.source, item.line))
    return Finding(
        Severity.WARNING,
        channel,
        f"{count} from {channel[:40]}, which no configuration names",
        tuple(evidence),
        tuple(r.name for r in records),
        (_write_down(), _configure(channel, records, facts)),
    )


def _write_down() -> Remedy:
    return Remedy(
        "Write the environment down with its channels, for the project's environment.yml",
        Safety.SAFE,
        (Export(("environment.yml",)),),
    )


def _configure(channel: str, records: list[CondaRecord], facts: Facts) -> Remedy:
    """Name the channel after those in force; one of a second builder before them, and with strict priority.

    Lists of all condarcs are joined, so that naming a channel never takes another one out of force.
    """
    settings, named = facts.settings, _in_condarc(channel)
    builders = {name for name in map(builder, (*configured(settings), channel)) if name in BUILDERS}
    main = len(records) * 2 > len(facts.conda.records)
    strict = len(builders) > 1 and str(settings.conda("channel_priority")).lower() != "strict"
    members = (named, *settings.channels) if main and len(builders) > 1 else (*settings.channels, named)
    steps: list[Step] = []
    own = settings.environment_condarc
    here = [item for item in settings.condarc_all if item.key == "channels" and item.source == own] if own else []
    if here:
        held = {str(item.value) for item in here}
        edit = added_after(here[-1], [name for name in members if name not in held])
        steps.append(edit or Tell(f"Add `- {named}` at the end of channels in {own}."))
    else:
        lines = "".join(f"  - {name}\n" for name in members)
        steps.append(Edit(own or ".condarc", "", f"channels:\n{lines}"))
    if strict:
        priority = strict_priority(settings)
        first = steps[0]
        if isinstance(priority, Edit) and isinstance(first, Edit) and not first.before and not priority.before:
            steps = [first._replace(after=first.after + priority.after)]
        else:
            steps.append(priority)
    return Remedy(
        f"Add {channel} to this environment's own condarc",
        Safety.MANUAL if any(isinstance(step, Tell) for step in steps) else Safety.CAREFUL,
        tuple(steps),
        "the environment then keeps this order of channels, whatever the user's condarc says"
        + ("; strict priority keeps what two builders make from being mixed" if strict else ""),
    )


def _in_condarc(channel: str) -> str:
    return "defaults" if builder(channel) == "defaults" else channel


def _settings(*channels: str) -> Settings:
    found = tuple(Setting("channels", name, "~/.condarc", number) for number, name in enumerate(channels, 2))
    return Settings(condarc={"channels": found}, channels=channels, condarc_files=("~/.condarc",))


def examples() -> Iterator[Example]:
    """Installed once with -c; configured, by the project, by nobody."""
    python, blast = record("python", "3.11.7"), record("blast", "2.16.0", channel="bioconda")
    sick = environment(kind="conda", records=(python, blast), settings=_settings("conda-forge"))
    yield Example("installed once with -c bioconda", sick, ("bioconda",), Severity.WARNING)
    main = record("python", "3.11.7", channel="pkgs/main")
    switched = environment(kind="conda", records=(main,), settings=_settings("conda-forge"))
    yield Example("made from defaults, conda-forge configured since", switched, ("pkgs/main",))
    own = _settings("conda-forge")._replace(environment_condarc=".condarc")
    told = environment(kind="conda", records=(python, blast), settings=own)
    yield Example("the environment has a condarc", told, ("bioconda",))

    safe = _settings("https://conda.corp.example/main")
    http = record("mine", "1", channel="http://conda.corp.example/main")
    yield Example("configured over https by now", environment(kind="conda", records=(http,), settings=safe))
    yield Example("configured", environment(kind="conda", records=(python,), settings=_settings("conda-forge")))
    yield Example("a part of defaults", environment(kind="conda", records=(main,), settings=_settings("defaults")))
    mirror = _settings("corp")._replace(members={"corp": ("conda-forge",)})
    yield Example("a name that stands for it", environment(kind="conda", records=(python,), settings=mirror))
    yield Example("no condarc names a channel", environment(kind="conda", records=(python, blast)))
    spec = Specification("environment.yml", "environment.yml", channels=("conda-forge", "bioconda"))
    project = Project(present=True, root="~/demo", specifications=(spec,))
    whole = environment(kind="conda", records=(python, blast), settings=_settings("conda-forge"), project=project)
    yield Example("the project's file names it", whole)
    pixi = environment(
        kind="conda", records=(python, blast), settings=_settings("defaults"), identity={"maker": "pixi"}
    )
    yield Example("pixi's channels stand in its manifest", pixi)
    local = environment(
        kind="conda", records=(record("mine", "1", channel="file:///bld"),), settings=_settings("conda-forge")
    )
    yield Example("a local package", local)


CHECK = Check(
    "CHN002",
    "channel-not-configured",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("conda", "settings"),
    optional=("project",),
)
