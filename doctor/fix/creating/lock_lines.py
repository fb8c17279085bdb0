"""What a lock names, as lines that pip, uv and conda take: for whoever has the lock and not the tool that wrote it.

Every line is checked before it reaches a command; what cannot be named exactly makes the whole unusable, for half a
lock is another environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from doctor.facts import Facts, Lock, Locked
from doctor.fix.managers import operands
from doctor.fix.managers.operands import Unusable
from doctor.fix.plan import Change
from doctor.judgement.expectations.applying import holds
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import REDACTED

#: groups that the tools themselves install where nobody says otherwise
_DEFAULT_GROUPS = frozenset({"main", "default", "dev", "develop"})
_ADDRESS = re.compile(r"(?:https|file)://[^\s#'\"<>\\|$]+\.(?:conda|tar\.bz2)", re.ASCII)
_DIGEST = re.compile(r"(?:md5=(?P<md5>[0-9a-f]{32})|sha256=(?P<sha256>[0-9a-f]{64}))", re.IGNORECASE)
#: stands for the home folder, which no lock speaks of
_NOWHERE = Path("/nonexistent")
#: where a lock's own text names an address; only the host is taken, which holds no secret
_HOST = re.compile(r"[\s\"'](?:git\+)?(https?|ssh|git)://([\w.@:%+*~-]+)", re.IGNORECASE | re.ASCII)
_PUBLIC = {"https://pypi.org", "https://files.pythonhosted.org"}
#: bytes of a lock, and hosts of one
_LIMIT, _HOSTS = 16 * 1024 * 1024, 20
_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)


def of_pip(lock: Lock, platform: str) -> tuple[str, ...]:
    """A requirement for each package of the default groups, exact and with its marker. Raises Unusable."""
    lines = tuple(dict.fromkeys(_requirement(package) for package in taken(lock, platform) if package.manager == "pip"))
    bare = [line.partition("==")[0] for line in lines if ";" not in line]
    twice = next((name for name in bare if bare.count(name) > 1), "")
    if twice:
        raise Unusable(f"{lock.path} names {twice} at two versions, and does not say which one is for this machine")
    return lines


def of_conda(lock: Lock, platform: str) -> tuple[str, ...]:
    """The address of each conda package with its checksum, as an explicit list has them. Raises Unusable."""
    if lock.platforms and platform not in lock.platforms:
        raise Unusable(f"{lock.path} is for {', '.join(lock.platforms)}, and this machine is {platform}")
    return tuple(_address(package, lock) for package in taken(lock, platform) if package.manager == "conda")


def taken(lock: Lock, platform: str) -> Iterator[Locked]:
    """The packages that belong into the default environment on this platform; the project itself is not among them."""
    chosen = _groups(lock)
    for package in lock.packages:
        elsewhere = package.platform not in ("", "noarch", platform)
        if elsewhere or package.source in ("project", "editable"):
            continue
        if not package.groups or chosen.intersection(package.groups):
            yield package


def added(lock: Lock, platform: str, facts: Facts) -> tuple[Change, ...]:
    """The packages that go in, as a plan tells them."""
    return tuple(
        Change(package.name, package.manager, after=f"{package.version} {package.build}".strip())
        for package in taken(lock, platform)
        if holds(package.marker, facts)
    )


def hashes_compared(lock: Lock, platform: str) -> str:
    """How far a tool that compares the hashes of a lock proves what it installs: every hash, unless some have none."""
    bare = [package.name for package in taken(lock, platform) if not package.hashes and package.source != "vcs"]
    if not bare:
        return "every hash compared"
    return f"hashes compared but for {', '.join(bare[:3])}{' and more' if len(bare) > 3 else ''}, which it has none of"


def hosts(lock: Lock, project: Path) -> tuple[str, ...]:
    """Where a lock says that packages come from, beside the public index: https://example.org, in order."""
    try:
        text = read_text(project / lock.path, limit=_LIMIT, within=project)
    except Unfit:
        return ()
    found = (f"{match[1].lower()}://{match[2].rpartition('@')[2].lower()}" for match in _HOST.finditer(text))
    return tuple(host for host in dict.fromkeys(found) if host not in _PUBLIC)[:_HOSTS]


def _groups(lock: Lock) -> frozenset[str]:
    """The groups to install: of pixi its default environment, of others what their tools take by default."""
    return frozenset({"default"}) if lock.kind == "pixi.lock" else _DEFAULT_GROUPS


def _requirement(package: Locked) -> str:
    operands.names([package.name])
    marker = f" ; {package.marker}" if package.marker else ""
    if package.source == "index":
        text = f"{package.name}=={package.version}"
    elif REDACTED in package.url:
        raise Unusable(f"{package.name} comes from an address with a password, which envdoctor does not keep")
    elif package.source == "vcs" and _COMMIT.fullmatch(package.commit) and package.url.startswith(("https://", "git+")):
        text = f"{package.name} @ git+{package.url.removeprefix('git+').partition('#')[0]}@{package.commit}"
    elif package.source == "url" and package.url.startswith("https://"):
        text = f"{package.name} @ {package.url}"
    else:
        raise Unusable(f"{package.name} comes from {package.source} {package.url or 'that the lock does not tell'}")
    (line,) = operands.requirements([text + marker], _NOWHERE)
    return line


def _address(package: Locked, lock: Lock) -> str:
    url = package.url.partition("#")[0]
    if REDACTED in url:
        raise Unusable(f"{lock.path} names a channel with a password, which envdoctor does not keep: {package.name}")
    if not _ADDRESS.fullmatch(url):
        raise Unusable(f"{lock.path} does not tell where {package.name} comes from")
    digest = _DIGEST.fullmatch(package.digest)
    if digest is None:
        return url
    return f"{url}#{digest['md5'].lower()}" if digest["md5"] else f"{url}#sha256:{digest['sha256'].lower()}"
