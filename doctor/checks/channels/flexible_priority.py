"""Channels of several builders are configured, and conda may take any package from any of them.

## Why it matters
With flexible priority, which is conda's default, a package may come from a channel further down when that gives a
newer version or a solution at all. With defaults and conda-forge both configured, every update may carry a few more
packages over to the other side, until Python, OpenSSL and numpy are from two builders. Strict priority rules that out,
and solving becomes faster.

## How it is found
The merged condarc names both conda-forge and defaults, and its `channel_priority` is not strict. One builder is fine
with any priority, also together with channels that build upon it (bioconda, pytorch).

## What the fix does
Sets `channel_priority: strict` in this environment's own condarc; other environments stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Setting, Settings
from doctor.facts.build import environment, record
from doctor.judgement.written import strict_priority
from doctor.knowledge.channels import BUILDERS, builder, configured, reads_condarc
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell


def find(facts: Facts) -> Iterator[Finding]:
    """One finding if builders can mix."""
    settings = facts.settings
    priority = settings.condarc.get("channel_priority", ())
    builders = tuple(dict.fromkeys(name for name in map(builder, configured(settings)) if name in BUILDERS))
    if not reads_condarc(facts) or len(builders) < 2 or _word(priority) == "strict":
        return
    evidence = [
        Evidence(f"channel: {item.value}", item.source, item.line) for item in settings.condarc.get("channels", ())
    ]
    evidence += [Evidence(f"channel_priority: {item.value}", item.source, item.line) for item in priority] or [
        Evidence("nobody sets channel_priority; conda's own default is flexible")
    ]
    yield Finding(
        Severity.WARNING,
        "channel_priority",
        f"{builders[0]} and {builders[1]} are both configured, with {_word(priority)} priority",
        tuple(evidence),
        (),
        (_strict(settings),),
    )


def _word(priority: tuple[Setting, ...]) -> str:
    """The priority in force; conda takes true for flexible and false for disabled."""
    word = str(priority[0].value).lower() if priority else "flexible"
    return {"true": "flexible", "yes": "flexible", "false": "disabled", "no": "disabled"}.get(word, word)


def _strict(settings: Settings) -> Remedy:
    step = strict_priority(settings)
    return Remedy(
        "Make the channel priority strict for this environment",
        Safety.MANUAL if isinstance(step, Tell) else Safety.CAREFUL,
        (step,),
        "a combination of packages that only a mixture could give can no longer be solved",
    )


def _settings(*channels: str, priority: str = "", source: str = "~/.condarc", own: str = "") -> Settings:
    condarc = {"channels": tuple(Setting("channels", name, "~/.condarc", n) for n, name in enumerate(channels, 2))}
    if priority:
        written = f"channel_priority: {priority}"
        condarc["channel_priority"] = (Setting("channel_priority", priority, source, 9, written=written),)
    every = tuple(item for items in condarc.values() for item in items)
    return Settings(condarc=condarc, condarc_all=every, channels=channels, environment_condarc=own)


def examples() -> Iterator[Example]:
    """Two builders with each priority; one builder."""
    records = (record("python", "3.11.7"),)

    def case(*channels: str, priority: str = "", source: str = "~/.condarc", own: str = "") -> Facts:
        settings = _settings(*channels, priority=priority, source=source, own=own)
        return environment(kind="conda", records=records, settings=settings)

    sick = ("channel_priority",)
    yield Example("nobody sets it", case("conda-forge", "defaults"), sick, Severity.WARNING)
    yield Example("disabled", case("conda-forge", "defaults", priority="disabled"), sick)
    yield Example("set by a variable", case("conda-forge", "main", priority="flexible", source="$X"), sick)
    own = case("conda-forge", "defaults", priority="flexible", source=".condarc", own=".condarc")
    yield Example("set by the environment's condarc", own, sick)
    yield Example("the environment has a condarc without it", case("conda-forge", "defaults", own=".condarc"), sick)

    yield Example("strict", case("conda-forge", "defaults", priority="strict"))
    yield Example("one builder", case("conda-forge"))
    yield Example("one builder and what builds upon it", case("conda-forge", "bioconda"))
    yield Example("parts of defaults", case("defaults", "pkgs/r"))
    yield Example("nothing configured", environment(kind="conda", records=records))
    yield Example("no conda", environment(settings=_settings("conda-forge", "defaults")))


CHECK = Check(
    "CHN003",
    "flexible-priority",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("conda", "settings"),
)
