"""A requirements file: what pip or uv installed, each at its version and from where it came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.fix.export.installed import day, file_name, is_release, of_pip
from doctor.knowledge.reinstall import address_end, can_be_told, torch_index
from doctor.reading.clean import clean
from doctor.reading.redact import REDACTED

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>\\`$]+", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-zA-Z._-]+")


class Line(NamedTuple):
    """One distribution as a requirements file holds it."""

    dist: Distribution
    text: str  #: name==1.0, name @ address, or an empty text where there is none
    remark: str = ""  #: why there is none, or what to know of it


def requirements(facts: Facts) -> str:
    """The requirements file of what pip owns; what it cannot hold stands in it as comments."""
    return "".join(f"{clean(line)}\n" for line in _lines(facts))


def requirement(dist: Distribution) -> Line:
    """Say where one distribution comes from, in pip's language; $HOME stands for the home folder."""
    if not is_release(dist):
        return Line(dist, "", "its metadata holds no version that could be asked for")
    source = dist.direct_url
    if source is None:
        built = dist.version.partition("+")[2]
        unknown = bool(built) and not torch_index(dist.version)
        return Line(dist, f"{dist.name}=={dist.version}", "a build that public indexes do not carry" if unknown else "")
    if source.editable:
        gone = "" if source.target_exists else ", which is gone"
        return Line(dist, "", f"editable, its sources are {source.url}{gone}")
    if REDACTED in source.url:
        return Line(dist, "", f"its address holds a password or token: {source.url}")
    address = source.url.replace("file://~/", "file://${HOME}/", 1)
    if not _URL.fullmatch(address.replace("${HOME}", "", 1)):
        return Line(dist, "", "it came from an address that cannot be written here")
    if not can_be_told(source):
        return Line(dist, "", f"it lies in a folder of {source.url} that cannot be written here")
    if not source.target_exists:
        return Line(dist, "", f"it was built from {source.url}, which is gone")
    if source.vcs:
        if not _COMMIT.fullmatch(source.commit) or not source.vcs.isalpha():
            return Line(dist, "", f"it came from {source.url}, and nothing tells which commit")
        address = re.sub(r"^ssh://(?![^/]*@)", "ssh://git@", address) if source.vcs == "git" else address
        address = f"{source.vcs}+{address}@{source.commit}"
    local = "" if not address.startswith("file:") else "from this machine alone"
    return Line(dist, f"{dist.name} @ {address}{address_end(source)}", local)


def extra_indexes(dists: Iterable[Distribution]) -> tuple[str, ...]:
    """The indexes beside the ordinary one that builds such as 2.4.1+cu121 come from."""
    from_index = (dist for dist in dists if dist.direct_url is None)
    return tuple(sorted({index for dist in from_index if (index := torch_index(dist.version))}))


def _lines(facts: Facts) -> Iterator[str]:
    identity = facts.identity
    lines = [requirement(dist) for dist in of_pip(facts) if dist.key != "pip"]
    tools = [dist for dist in of_pip(facts) if dist.key == "pip"]
    where = " ".join(filter(None, (identity.system, identity.architecture)))
    yield f"# packages of {file_name(facts)}" + (f", {day(facts)}" if day(facts) else "")
    yield f"# Python {identity.python or 'unknown'} on {where}"
    yield "# It holds names, versions and addresses as the installed metadata tells them. Installers note a checksum"
    yield "# of what came from an address at most, and not the index that each other package came from."
    if facts.conda.records:
        yield "# What conda installed is not in it: see conda's explicit list or environment.yml."
    yield from (f"# {dist.name}=={dist.version} was there as the installer itself" for dist in tools)
    indexes = extra_indexes(line.dist for line in lines)
    for index in indexes:
        yield f"--extra-index-url {index}"
    if indexes:
        yield "# uv looks for a package in the first index that has its name; let it look in all:"
        yield "# uv pip install --index-strategy unsafe-best-match --requirement THIS-FILE"
    for setting in facts.settings.pip:
        if setting.key.endswith(("index-url", "find-links")) and isinstance(setting.value, str):
            yield f"# found with {setting.key.rpartition('.')[2]} = {setting.value} ({setting.source})"
    for line in lines:
        if line.remark:
            yield f"# {'' if line.text else 'left out: '}{line.dist.name} {line.dist.version}: {line.remark}"
        if line.text:
            yield line.text
