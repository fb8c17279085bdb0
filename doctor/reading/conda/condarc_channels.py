"""Says which channels a merged condarc means, by the names that conda's records carry.

A name may stand for an address (channel_alias, custom_channels), for several channels (defaults,
custom_multichannels) or for mirrors (mirrored_channels of mamba); see conda's models/channel.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from doctor.reading.conda.channel_names import canonical_channel
from doctor.reading.conda.condarc import Condarc

#: what defaults means where nobody says otherwise (conda 26.7, base/constants.py)
DEFAULTS = ("pkgs/main", "pkgs/r", "pkgs/msys2")


def effective_channels(condarc: Condarc) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """The channels in order, by canonical name, and for each that stands for others those others."""
    groups = _groups(condarc)
    custom = {name: url for name, (url, *_) in _below(condarc, "custom_channels").items()}
    alias = next((condarc.expanded(entry) for entry in condarc.merged.get("channel_alias", ())), "")
    names: dict[str, None] = {}
    members: dict[str, tuple[str, ...]] = {}
    for entry in condarc.merged.get("channels", ()):
        text = condarc.expanded(entry).strip()
        name = text if text in groups else canonical_channel(text)
        if not name or name == "nodefaults":
            continue
        names[name] = None
        if name in groups:
            meant = [_address(member, custom, alias) for member in groups[name]]
        else:
            meant = [_address(text, custom, alias)]
        found = tuple(dict.fromkeys(canonical_channel(address) for address in meant if address))
        if found != (name,):
            members[name] = found
    return tuple(names), members


def _groups(condarc: Condarc) -> dict[str, tuple[str, ...]]:
    """Names that stand for several channels; custom_multichannels may take defaults over, as in conda 26.1."""
    groups = {"defaults": tuple(condarc.expanded(entry) for entry in condarc.merged.get("default_channels", ()))}
    groups["defaults"] = groups["defaults"] or DEFAULTS
    groups |= {name: (name, *urls) for name, urls in _below(condarc, "mirrored_channels").items()}
    return groups | _below(condarc, "custom_multichannels")


def _below(condarc: Condarc, key: str) -> dict[str, tuple[str, ...]]:
    """A mapping's members, each with its values."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in condarc.merged.get(key, ()):
        name = entry.key.partition(".")[2]
        found[name] = (*found.get(name, ()), condarc.expanded(entry))
    return found


def _address(channel: str, custom: Mapping[str, str], alias: str) -> str:
    """Where a channel of that name lies, if a setting says so; a name that is an address already stays."""
    if "://" in channel:
        return channel
    parts = channel.strip("/").split("/")
    for length in range(len(parts), 0, -1):
        base = custom.get("/".join(parts[:length]))
        if base:
            return f"{base.rstrip('/')}/{'/'.join(parts)}"
    if alias and canonical_channel(f"{alias.rstrip('/')}/x") != "x" and parts[0] not in ("defaults", "pkgs", "local"):
        return f"{alias.rstrip('/')}/{'/'.join(parts)}"
    return channel
