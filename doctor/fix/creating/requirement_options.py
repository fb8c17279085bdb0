"""What a requirements file says beside its packages: indexes, links, other files. Read before anybody is asked.

pip and uv read the file themselves later; what stands here is what a person should know of it beforehand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from doctor.fix.managers.operands import Unusable
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import redact

_OPTION = re.compile(
    r"(?P<name>-[A-Za-z]|--[a-z][a-z-]*)(?:\s*=\s*|\s+|(?<=^-[A-Za-z]))(?P<value>.*)|(?P<flag>--[a-z-]+)"
)
_INDEXES = {"-i": "index", "--index-url": "index", "--pypi-url": "index", "--extra-index-url": "further index",
            "-f": "links", "--find-links": "links", "--trusted-host": "host without checked certificate"}  # fmt: skip
_FILES = {"-r", "--requirement", "-c", "--constraint"}
#: files that include each other, and lines of one
_MOST_FILES, _MOST_LINES = 50, 200_000


class Said(NamedTuple):
    """What a requirements file and those that it includes say."""

    indexes: tuple[str, ...] = ()  #: index https://example.org/simple, redacted
    addresses: tuple[str, ...] = ()  #: packages that come from an address or a repository, redacted
    editable: tuple[str, ...] = ()  #: folders that are installed in editable mode
    hashed: bool = False  #: whether every package has a hash
    pinned: bool = False  #: whether every package has one version


def read_options(project: Path, path: str) -> Said:
    """Read a requirements file of a project. Raises Unusable where it reaches out of the project or cannot be read."""
    indexes: dict[str, None] = {}
    addresses: dict[str, None] = {}
    editable: dict[str, None] = {}
    hashed = pinned = True
    found = 0
    waiting, seen = [project / path], set[Path]()
    while waiting:
        file = waiting.pop(0)
        real = file.resolve()
        if real in seen or len(seen) >= _MOST_FILES:
            continue
        seen.add(real)
        if not real.is_relative_to(project.resolve()):
            raise Unusable(f"{path} includes {clean(str(file), 200)}, which lies outside the repository")
        for line in _lines(file, project):
            option = _OPTION.fullmatch(line) if line.startswith("-") else None
            if option is None:
                found += 1
                hashed = hashed and "--hash" in line
                wanted = line.partition(" --")[0].partition(";")[0]
                pinned = pinned and ("==" in wanted or "===" in wanted) and ".*" not in wanted
                if re.search(r"(?:^|\s@\s*|^\s*)(?:\w+\+)?(?:https?|git|ssh|file)://", line):
                    addresses[redact(clean(wanted.strip(), 200))] = None
                continue
            name, value = option["name"] or option["flag"] or "", (option["value"] or "").strip().strip("'\"")
            if name in _INDEXES:
                indexes[f"{_INDEXES[name]} {redact(clean(value, 200))}"] = None
            elif name in _FILES and "://" in value:
                raise Unusable(f"{path} includes {redact(clean(value, 200))} from the network")
            elif name in _FILES:
                waiting.append(file.parent / value)
            elif name in ("-e", "--editable"):
                editable[redact(clean(value, 200))] = None
                hashed = pinned = False
    return Said(tuple(indexes), tuple(addresses), tuple(editable), hashed and found > 0, pinned and found > 0)


def _lines(file: Path, project: Path) -> list[str]:
    """Logical lines without comments. Raises Unusable."""
    try:
        text = read_text(file, within=project)
    except Unfit as error:
        name = file.name if not file.is_relative_to(project) else str(file.relative_to(project))
        raise Unusable(f"{clean(name, 200)} cannot be read: {error.reason}") from None
    joined = re.sub(r"\\\r?\n[ \t]*", " ", text)
    lines = (re.sub(r"(?:^|\s)#.*$", "", line).strip() for line in joined.splitlines()[:_MOST_LINES])
    return [line for line in lines if line]
