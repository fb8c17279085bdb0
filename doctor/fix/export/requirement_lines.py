"""A requirements file: what pip or uv installed, each at its version and from where it came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from doctor.facts import Distribution, Facts
from doctor.facts.units import several
from doctor.fix.export.archives import Archives
from doctor.fix.export.editable import editable
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


class Requirements(NamedTuple):
    """A requirements file and what to know of it."""

    text: str
    left_out: tuple[str, ...] = ()  #: packages that it could not name, with their reasons
    hashes: bool = False  #: whether every requirement has its hashes
    lacking: tuple[str, ...] = ()  #: packages without a known hash, where some have one


def requirements(facts: Facts) -> str:
    """The requirements file of what pip owns; what it cannot hold stands in it as comments."""
    return requirements_file(facts).text


def requirements_file(facts: Facts, archives: Archives | None = None, remotes: Mapping[str, str] = {}) -> Requirements:
    """The same with hashes where archives tell those of every package; None looks at none.

    An installer that sees one hash demands one for everything, so that some are as good as none.
    """
    lines = [requirement(dist, facts.project.root, remotes) for dist in of_pip(facts) if dist.key != "pip"]
    live = [line for line in lines if line.text]
    lacking = tuple(line.dist.name for line in live if not _hashes(line, archives or {}))
    hashes = archives is not None and bool(live) and not lacking
    said = list(_about_hashes(live, lacking)) if archives is not None else [_NO_HASHES_ASKED]
    text = "".join(
        f"{clean(line)}\n"
        for part in (_head(facts, said), _body(facts, lines, archives if hashes and archives else {}))
        for line in part
    )
    left_out = tuple(f"{line.dist.name} {line.dist.version}: {line.remark}" for line in lines if not line.text)
    return Requirements(text, left_out, hashes, () if hashes or len(lacking) == len(live) else lacking)


def requirement(dist: Distribution, root: str = "", remotes: Mapping[str, str] = {}) -> Line:
    """Say where one distribution comes from, in pip's language; $HOME stands for the home folder.

    root is the project's own folder, as facts show it; remotes tells where folders elsewhere were cloned from.
    """
    if not is_release(dist):
        return Line(dist, "", "its metadata holds no version that could be asked for")
    source = dist.direct_url
    if source is None:
        built = dist.version.partition("+")[2]
        unknown = bool(built) and not torch_index(dist.version)
        return Line(dist, f"{dist.name}=={dist.version}", "a build that public indexes do not carry" if unknown else "")
    if (one := editable(dist, root, remotes)) is not None:
        return Line(dist, "", one.why)
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


def _hashes(line: Line, archives: Archives) -> tuple[str, ...]:
    """The hashes that an installer may accept; none for repositories and folders, which have none."""
    source = line.dist.direct_url
    if source is not None and (source.vcs or source.editable):
        return ()
    return tuple(sorted(f"--hash=sha256:{archive.digest}" for archive in archives.get(line.dist.key, ())))


_NO_HASHES_ASKED = "It holds no hashes but those at the end of addresses: envdoctor export looks for them."


def _about_hashes(live: Sequence[Line], lacking: Sequence[str]) -> Iterator[str]:
    if not live or not lacking:
        yield "Every package has its hashes: installers refuse any other file."
        return
    yield f"Without hashes: they are known of {len(live) - len(lacking)} of {several(len(live), 'package')}, and"
    yield "installers take a file that holds them for all or for none. Not known of:"
    for start in range(0, len(lacking), 6):
        yield "  " + ", ".join(lacking[start : start + 6])


def _head(facts: Facts, said: Sequence[str]) -> Iterator[str]:
    identity = facts.identity
    tools = [dist for dist in of_pip(facts) if dist.key == "pip"]
    where = " ".join(filter(None, (identity.system, identity.architecture)))
    yield f"# packages of {file_name(facts)}" + (f", {day(facts)}" if day(facts) else "")
    yield f"# Python {identity.python or 'unknown'} on {where}"
    yield "# It holds names, versions and addresses as the installed metadata tells them, which do not tell the index"
    yield "# that a package came from."
    yield from (f"# {line}" for line in said)
    if facts.conda.records:
        yield "# What conda installed is not in it: see conda's explicit list or environment.yml."
    yield from (f"# {dist.name}=={dist.version} was there as the installer itself" for dist in tools)


def _body(facts: Facts, lines: Sequence[Line], archives: Archives) -> Iterator[str]:
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
            rows = [line.text, *_hashes(line, archives)]
            yield from (f"{'    ' if number else ''}{row} \\" for number, row in enumerate(rows[:-1]))
            yield f"{'    ' if len(rows) > 1 else ''}{rows[-1]}"
