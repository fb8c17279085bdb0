"""A channel has terms of use that may not cover you, or the project's policy forbids it.

## Why it matters
Packages from Anaconda's own channels (defaults: main, r, msys2) need a paid licence in organisations of more than 200
people; accredited education is exempt, and conda-forge is free for everyone. Organisations have been asked to pay
because a condarc somewhere named defaults. A project may also have reasons of its own, and say so in its policy.

## How it is found
The channels of the installed packages and of the merged condarc are compared with the list of channels that have terms
(a note), and with `channels` and `forbidden-channels` of `[tool.envdoctor]` (an error for what is installed, a warning
for what is only configured). Whether the terms apply to you is not for a program to say.

## What the fix does
Writes the environment down, to name the allowed channels in the project's file; or builds it anew from those.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts, Policy, Project, Setting, Settings
from doctor.facts.build import environment, record
from doctor.judgement.written import configured_instead
from doctor.knowledge.channels import PARTS_OF_DEFAULTS, WITH_TERMS, expand, is_known, plain_channel, reads_condarc
from doctor.model import Check, Edit, Evidence, Example, Export, Finding, Rebuild, Remedy, Safety, Severity, Tell

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each forbidden channel, and one note about all that have terms."""
    policy = facts.project.policy
    installed: dict[str, list[CondaRecord]] = {}
    for held in facts.conda.records:
        if is_known(held.channel):
            installed.setdefault(plain_channel(held.channel), []).append(held)
    named: dict[str, list[Setting]] = {}
    if reads_condarc(facts):
        for item in facts.settings.condarc.get("channels", ()):
            named.setdefault(plain_channel(str(item.value)), []).append(item)
    told = set()
    for channel in sorted({*installed, *named}):
        if _is_forbidden(channel, policy, facts.settings):
            told.add(channel)
            yield _forbidden(channel, installed.get(channel, []), named.get(channel, []), facts)
    records = [r for name, held in installed.items() if name in WITH_TERMS and name not in told for r in held]
    settings = [
        item for name, items in named.items() if name not in told and _has_terms(name, facts.settings) for item in items
    ]
    if (records or settings) and not _is_allowed_by_name(policy):
        yield _with_terms(records, settings, facts)


def _is_forbidden(channel: str, policy: Policy, settings: Settings) -> bool:
    if channel in expand(policy.forbidden_channels, {}):
        return True
    if channel == "defaults" and {*expand(policy.forbidden_channels, {})} & {*PARTS_OF_DEFAULTS}:
        return True
    if not policy.channels:
        return False
    allowed = {*expand(policy.channels, settings.members)}
    if "defaults" in allowed:
        allowed.add("anaconda")
    meant = {plain_channel(name) for name in settings.members.get(channel, (channel,))}
    return channel not in allowed and not meant <= allowed


def _has_terms(channel: str, settings: Settings) -> bool:
    """Whether a configured channel, or any that it stands for here, has terms."""
    return not WITH_TERMS.isdisjoint(map(plain_channel, settings.members.get(channel, (channel,))))


def _is_allowed_by_name(policy: Policy) -> bool:
    """Whether the project names defaults among its channels: then it has thought of the terms."""
    return any(name in WITH_TERMS for name in expand(policy.channels, {}))


def _forbidden(channel: str, records: list[CondaRecord], named: list[Setting], facts: Facts) -> Finding:
    policy, settings = facts.project.policy, facts.settings
    count = f"{len(records)} packages come" if len(records) > 1 else f"{records[0].name} comes" if records else ""
    what = f"{count} from {channel[:40]}" if records else f"{channel[:40]} is configured"
    allowed = tuple(name for name in policy.channels if name not in policy.forbidden_channels)
    rule = f"allowed: {', '.join(allowed)}" if allowed else f"forbidden: {', '.join(policy.forbidden_channels)}"
    instead = allowed or ("conda-forge",)
    configure = configured_instead(named, channel, instead[0], settings)
    if records:
        remedy = _rebuild(instead, configure)
    else:
        safety = Safety.MANUAL if any(isinstance(step, Tell) for step in configure) else Safety.CAREFUL
        remedy = Remedy(
            f"Take {channel} out of the configuration", safety, configure, "counts wherever that file is read"
        )
    return Finding(
        Severity.ERROR if records else Severity.WARNING,
        channel,
        f"{what}, which the project's policy does not allow",
        (*_evidence(records, named), Evidence(rule, policy.path or "pyproject.toml")),
        tuple(r.name for r in records),
        (_write_down(), remedy) if records else (remedy,),
    )


def _with_terms(records: list[CondaRecord], named: list[Setting], facts: Facts) -> Finding:
    configure = configured_instead(named, "defaults", "conda-forge", facts.settings)
    count = f"{len(records)} packages come" if len(records) > 1 else "a package comes"
    what = f"{count} from" if records else "The configuration names"
    return Finding(
        Severity.NOTE,
        "defaults",
        f"{what} Anaconda's channels, which have terms for larger organisations",
        (
            *_evidence(records, named),
            Evidence("more than 200 people need a paid licence, accredited education is exempt (Anaconda, 2025)"),
        ),
        tuple(r.name for r in records),
        (_write_down(), _rebuild(("conda-forge",), configure)) if records else (),
    )


def _evidence(records: list[CondaRecord], named: list[Setting]) -> Iterator[Evidence]:
    for r in records[:_SHOWN]:
        yield Evidence(f"{r.name} {r.version} {r.build} is from {r.channel}", f"conda-meta/{r.dist}.json")
    if len(records) > _SHOWN:
        yield Evidence(f"and {len(records) - _SHOWN} more")
    for item in named:
        yield Evidence(f"configured: {item.value}", item.source, item.line)


def _write_down() -> Remedy:
    return Remedy(
        "Write the environment down, to name the allowed channels in the project's file",
        Safety.SAFE,
        (Export(("environment.yml",)),),
    )


def _rebuild(channels: tuple[str, ...], configure: tuple[Edit | Tell, ...]) -> Remedy:
    """Create it from these channels, and configure them: as long as the other is configured, the finding stays."""
    return Remedy(
        f"Build the environment anew from {', '.join(channels)}",
        Safety.MANUAL if any(isinstance(step, Tell) for step in configure) else Safety.CAREFUL,
        (*configure, Rebuild(channels=channels)),
        "builds and some versions change",
    )


def examples() -> Iterator[Example]:
    """With terms; forbidden by name and by not being allowed; sound."""
    main, forge = record("python", "3.11.7", channel="pkgs/main"), record("python", "3.11.7")
    setting = Setting("channels", "defaults", "~/.condarc", 2)
    named = Settings(condarc={"channels": (setting,)}, channels=("defaults",))

    def ruled(**policy: tuple[str, ...]) -> Project:
        return Project(present=True, policy=Policy(path="pyproject.toml", **policy))  # type: ignore[arg-type]

    noted = environment(kind="conda", records=(main,), settings=named)
    yield Example("installed from defaults", noted, ("defaults",), Severity.NOTE)
    only = environment(kind="conda", records=(forge,), settings=named)
    yield Example("defaults only configured", only, ("defaults",), Severity.NOTE)
    forbidden = environment(kind="conda", records=(main,), project=ruled(forbidden_channels=("defaults",)))
    yield Example("forbidden", forbidden, ("pkgs/main",), Severity.ERROR)
    others = environment(
        kind="conda", records=(forge, record("x", "1", channel="bioconda")), project=ruled(channels=("conda-forge",))
    )
    yield Example("not among those allowed", others, ("bioconda",), Severity.ERROR)
    waits = environment(kind="conda", records=(forge,), settings=named, project=ruled(channels=("conda-forge",)))
    yield Example("configured and not allowed", waits, ("defaults",), Severity.WARNING)

    yield Example("conda-forge alone", environment(kind="conda", records=(forge,)))
    allowed = environment(kind="conda", records=(main,), settings=named, project=ruled(channels=("defaults",)))
    yield Example("the project allows defaults", allowed)
    mirror = named._replace(members={"defaults": ("conda-forge",)})
    own = environment(kind="conda", records=(forge,), settings=mirror, project=ruled(channels=("conda-forge",)))
    yield Example("defaults stands for an allowed channel", own._replace(settings=mirror._replace(condarc={})))
    company = environment(kind="conda", records=(forge,), settings=named._replace(members={"defaults": ("corp/main",)}))
    yield Example("defaults stands for a company's own channel", company)
    yield Example("no conda", environment(settings=named))


CHECK = Check(
    "CHN006",
    "restricted-channel",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("conda", "settings"),
    optional=("project",),
)
