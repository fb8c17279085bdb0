"""Makes the fingerprint of an environment out of its facts.

No path, no user's name and no private host enters it, so that it can be sent to a colleague, and nothing that differs
between two clones of one environment, so that they are equal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from doctor import __version__
from doctor.compare.addresses import HIDDEN, public_address, public_channel
from doctor.compare.machine_items import machine_items, settings_items
from doctor.compare.native_items import native_items
from doctor.facts import FINGERPRINT_LAYERS, CondaRecord, Distribution, Facts, Fingerprint, Part
from doctor.judgement.dependencies import visible_distributions

Items = Mapping[str, Mapping[str, str]]

#: layers of facts that a fingerprint is made from: what a collector has to read for one
FACTS_NEEDED = ("identity", "distributions", "conda", "settings", "files", "machine", "binaries")
_ITEMS = 20_000
_TEXT = 1_000


def fingerprint_of(facts: Facts, *, made: float = 0.0) -> Fingerprint:
    """Everything of an environment that decides results; made is its time, 0 where none is wanted."""
    identity = facts.identity
    return Fingerprint(
        envdoctor=__version__,
        name=_readable(identity.name if not identity.name.startswith(("/", "~")) else identity.name.rpartition("/")[2]),
        kind=identity.kind,
        made=made,
        layers={name: _part(name, facts) for name in FINGERPRINT_LAYERS},
        numbers=facts.live.numbers,
    )


def hash_of(items: Items) -> str:
    """The sha256 of a layer's items, whatever their order."""
    import hashlib

    text = json.dumps(items, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _part(name: str, facts: Facts) -> Part:
    needed, items_of = _MADE[name]
    for layer in needed:
        if layer in facts.gaps:
            return Part(hash_of({}), {}, _readable(facts.gaps[layer]))
        if layer not in facts.layers:
            return Part(hash_of({}), {}, f"{layer} was not read")
    found = items_of(facts)
    items = {
        _readable(what): {_readable(field): _readable(value) for field, value in sorted(found[what].items()) if value}
        for what in sorted(found)[:_ITEMS]
        if any(found[what].values())
    }
    return Part(hash_of(items), items)


def _readable(text: str) -> str:
    """A text of one line that can be shown anywhere, and is read back as it was written."""
    short = text[:_TEXT]
    return short if short.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in short)


def _interpreter(facts: Facts) -> Items:
    identity = facts.identity
    record = facts.conda.record("python")
    told = {
        "implementation": identity.implementation,
        "version": identity.python,
        "abi": identity.abi,
        "architecture": identity.architecture,
        "system": identity.system,
        "build": f"{record.build} ({public_channel(record.channel)})" if record else "",
        "origin": "" if record else _origin(facts),
    }
    return {"python": told}


def _origin(facts: Facts) -> str:
    """Who built the Python that a virtual environment uses, as far as its place tells."""
    identity = facts.identity
    home = f"{identity.base.home if identity.base else identity.prefix}/".replace("\\", "/")
    if "/uv/python/" in home or identity.kind == "standalone":
        return "python-build-standalone"
    if "/.pyenv/" in home or identity.kind == "pyenv":
        return "pyenv"
    if "conda" in home or "mamba" in home or "miniforge" in home:
        return "conda"
    return "the system" if home.startswith("/usr/bin/") or identity.kind == "system" else ""


def _conda(facts: Facts) -> Items:
    return {record.name: _record(record) for record in facts.conda.records}


def _record(record: CondaRecord) -> Mapping[str, str]:
    channel = public_channel(record.channel)
    return {"version": record.version, "build": record.build, "channel": channel, "platform": record.subdir}


def _distributions(facts: Facts) -> Items:
    return {
        key: _distribution(max(copies, key=lambda copy: (copy.modified, copy.version, copy.folder)), facts)
        for key, copies in visible_distributions(facts).items()
    }


def _distribution(dist: Distribution, facts: Facts) -> Mapping[str, str]:
    url = dist.direct_url
    site = next((folder.kind for folder in facts.identity.site_folders if folder.path == dist.site), "environment")
    return {
        "version": dist.version,
        "build": dist.build or dist.version.partition("+")[2],
        "installer": dist.installer,
        "source": _source(dist),
        "commit": url.commit if url and dist.installer != "conda" else "",
        "digest": url.digest if url and not url.editable and dist.installer != "conda" else "",
        "in": "" if site == "environment" else site,
    }


def _source(dist: Distribution) -> str:
    url = dist.direct_url
    if dist.installer == "conda":
        return "conda"  # whose packages keep the address of the folder that they were built in
    if url is None:
        return "index" if dist.installer else ""
    if url.editable:
        return "editable"
    where = public_address(url.url)
    return f"{url.vcs} {where}" if url.vcs else where


def _channels(facts: Facts) -> Items:
    """Channels mean something only where conda does."""
    if not facts.conda.present:
        return {}
    configured = [public_channel(channel) for channel in facts.settings.channels]
    used: dict[str, int] = {}
    for record in facts.conda.records:
        name = public_channel(record.channel)
        used[name] = used.get(name, 0) + 1
    priority = facts.settings.conda("channel_priority")
    return {
        "configured": {"order": ", ".join(configured)},
        "channel_priority": {"value": str(priority).lower() if priority is not None else ""},
        **{f"packages from {name or HIDDEN}": {"number": str(number)} for name, number in used.items()},
    }


#: layer -> (layers of facts without which it cannot be told, how its items are made)
_MADE: Mapping[str, tuple[tuple[str, ...], Callable[[Facts], Items]]] = {
    "interpreter": (("identity",), _interpreter),
    "conda": (("conda",), _conda),
    "distributions": (("identity", "distributions"), _distributions),
    "channels": (("conda", "settings"), _channels),
    "native": (("identity", "files", "distributions", "conda", "settings", "binaries"), native_items),
    "machine": (("machine",), machine_items),
    "settings": (("settings",), settings_items),
}
