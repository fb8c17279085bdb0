"""A channel is in use that gets no releases any more.

## Why it matters
Nothing in a frozen channel is repaired: no security updates, no builds for newer Python, numpy or CUDA. What comes
from it holds everything else back at versions that still fit, or is replaced by other builds without a word.

## How it is found
The channels of the installed packages and of the merged condarc are looked up in a dated list of channels whose owners
said that they are frozen: pytorch (last release 2.5.1), free (2017), r (2025). `defaults` as a whole names r too, and
is not counted for that.

## What the fix does
Takes the same packages from the successor, after showing what would change; or builds the environment anew from it.
The line that configures the channel is changed with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts, Setting, Settings
from doctor.facts.build import environment, record
from doctor.judgement.written import configured_instead
from doctor.knowledge.channels import FROZEN, Frozen, plain_channel, reads_condarc
from doctor.model import Check, Evidence, Example, Finding, Install, Rebuild, Remedy, Safety, Severity, Tell, Uninstall

_SHOWN = 5
#: packages that only the channel itself needs to choose among its builds
_MARKERS = ("pytorch-cuda", "pytorch-mutex")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each frozen channel that packages come from, or that is configured."""
    installed: dict[str, list[CondaRecord]] = {}
    for held in facts.conda.records:
        installed.setdefault(plain_channel(held.channel), []).append(held)
    named: dict[str, list[Setting]] = {}
    if reads_condarc(facts):
        for item in facts.settings.condarc.get("channels", ()):
            named.setdefault(plain_channel(str(item.value)), []).append(item)
    for channel, about in FROZEN.items():
        if channel in installed or channel in named:
            yield _finding(channel, about, installed.get(channel, []), named.get(channel, []), facts.settings)


def _finding(
    channel: str, about: Frozen, records: list[CondaRecord], named: list[Setting], settings: Settings
) -> Finding:
    evidence = [
        Evidence(f"{r.name} {r.version} {r.build} is from {r.channel}", f"conda-meta/{r.dist}.json")
        for r in records[:_SHOWN]
    ]
    if len(records) > _SHOWN:
        evidence.append(Evidence(f"and {len(records) - _SHOWN} more"))
    evidence += [Evidence(f"configured: {item.value}", item.source, item.line) for item in named]
    evidence.append(Evidence(f"frozen since {about.since}: {about.what} ({about.sources})"))
    count = f"{len(records)} packages come" if len(records) > 1 else "a package comes" if records else "nothing comes"
    summary = f"{count} from {channel}, which gets no releases since {about.since}"
    if not records:
        summary = f"{channel} is configured and gets no releases since {about.since}"
    return Finding(
        Severity.WARNING,
        channel,
        summary,
        tuple(evidence),
        tuple(r.name for r in records),
        tuple(_remedies(channel, about, records, named, settings)),
    )


def _remedies(
    channel: str, about: Frozen, records: list[CondaRecord], named: list[Setting], settings: Settings
) -> Iterator[Remedy]:
    configure = configured_instead(named, channel, about.successor, settings)
    by_hand = any(isinstance(step, Tell) for step in configure)
    wanted = [r for r in records if r.name not in _MARKERS]
    safety = Safety.MANUAL if by_hand else Safety.CAREFUL  # as long as it is configured, the finding stays
    if wanted:
        specs = tuple(f"{about.successor}::{r.name}={r.version}" for r in wanted)
        markers = tuple(r.name for r in records if r.name in _MARKERS)
        yield Remedy(
            f"Take these packages from {about.successor}",
            safety,
            (
                *configure,
                *((Uninstall("conda", markers, dependencies=False),) if markers else ()),
                Install("conda", specs, channels=(about.successor,)),
            ),
            f"{about.successor} may name or split some of them otherwise; look at the difference first",
        )
    if records:
        yield Remedy(
            f"Build the environment anew from {about.successor}",
            safety,
            (*configure, Rebuild(channels=(about.successor,))),
            "takes longer, and leaves nothing of the frozen channel",
        )
    else:
        yield Remedy(f"Configure {about.successor} instead of {channel}", safety, configure)


def examples() -> Iterator[Example]:
    """Installed from, only configured, and defaults that contains one."""
    torch = record("pytorch", "2.4.1", "py3.11_cuda12.4_cudnn9.1.0_0", channel="pytorch")
    marker = record("pytorch-cuda", "12.4", channel="pytorch")
    sick = environment(kind="conda", records=(torch, marker))
    yield Example("torch of the pytorch channel", sick, ("pytorch",), Severity.WARNING)
    old = environment(kind="conda", records=(record("numpy", "1.13.1", channel="pkgs/free"),))
    yield Example("packages of 2017", old, ("pkgs/free",), Severity.WARNING)
    setting = Setting("channels", "https://repo.anaconda.com/pkgs/free", "~/.condarc", 3)
    named = Settings(condarc={"channels": (setting,)}, channels=("pkgs/free",))
    forge = record("python", "3.11.7")
    yield Example("only configured", environment(kind="conda", records=(forge,), settings=named), ("pkgs/free",))

    whole = Settings(condarc={"channels": (Setting("channels", "defaults", "~/.condarc", 2),)}, channels=("defaults",))
    main = record("python", "3.11.7", channel="pkgs/main")
    yield Example("defaults names r too", environment(kind="conda", records=(main,), settings=whole))
    yield Example("torch of conda-forge", environment(kind="conda", records=(record("pytorch", "2.5.1"),)))


CHECK = Check(
    "CHN005",
    "frozen-channel",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("conda", "settings"),
)
