"""What a requirements file says beside its packages: indexes, links, other files. Read before anybody is asked.

pip and uv read the file themselves later; what stands here is what a person should know of it beforehand. Lines are
put together, and options cut short are understood, exactly as pip does it: what pip obeys must not stay unseen.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.fix.managers.operands import Unusable
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_bytes
from doctor.reading.redact import redact

_INDEXES = {"-i": "index", "--index-url": "index", "--pypi-url": "index", "--extra-index-url": "further index",
            "-f": "links", "--find-links": "links", "--trusted-host": "host without checked certificate"}  # fmt: skip
_FILES = {"-r", "--requirement", "-c", "--constraint"}
_EDITABLE = {"-e", "--editable"}
_WITH_VALUE = {*_INDEXES, *_FILES, *_EDITABLE, "--no-binary", "--only-binary", "--use-feature", "-C",
               "--config-settings", "--config-setting", "--global-option", "--hash"}  # fmt: skip
#: every option that pip takes in such a file: it understands the shortest beginning that fits one of them alone
_OPTIONS = {*_WITH_VALUE, "--no-index", "--prefer-binary", "--require-hashes", "--pre"}
#: files that include each other, bytes and lines of one
_MOST_FILES, _MOST_BYTES, _MOST_LINES = 50, 4 * 1024 * 1024, 200_000

_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
#: encodings in which plain letters are what they seem to be
_PLAIN = re.compile(
    r"(?:utf-?8(?:-?sig)?|ascii|us-ascii|latin-?1|iso-?8859-?\d{1,2}|(?:cp|windows-)125\d)", re.IGNORECASE
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ARCHIVE = re.compile(r".*\.(?:whl|zip|tgz|tar(?:\.\w+)?)", re.IGNORECASE)


class Said(NamedTuple):
    """What a requirements file and those that it includes say."""

    indexes: tuple[str, ...] = ()  #: index https://example.org/simple, redacted
    addresses: tuple[str, ...] = ()  #: packages that come from an address, a repository or a file, redacted
    editable: tuple[str, ...] = ()  #: folders that are installed in editable mode
    hashed: bool = False  #: whether every package has a hash
    pinned: bool = False  #: whether every package has one version
    without_index: bool = False  #: whether they say that no index is asked


def read_options(project: Path, path: str) -> Said:
    """Read a requirements file of a project. Raises Unusable where it reaches out of the project or cannot be read."""
    indexes: dict[str, None] = {}
    addresses: dict[str, None] = {}
    editable: dict[str, None] = {}
    hashed = pinned = True
    without_index, found = False, 0
    waiting, seen = [project / path], set[Path]()
    while waiting:
        file = waiting.pop(0)
        real = file.resolve()
        if real in seen:
            continue
        if len(seen) >= _MOST_FILES:
            raise Unusable(f"{path} includes more than {_MOST_FILES} files")
        seen.add(real)
        if not real.is_relative_to(project.resolve()):
            raise Unusable(f"{path} includes {clean(str(file), 200)}, which lies outside the repository")
        for line in _lines(file, project):
            if not line.startswith("-"):
                found += 1
                hashed = hashed and "--hash" in line
                wanted = line.partition(" --")[0].partition(";")[0].strip()
                pinned = pinned and ("==" in wanted or "===" in wanted) and ".*" not in wanted
                if _is_place(wanted):
                    addresses[redact(clean(wanted, 200))] = None
                continue
            for name, value in _options(line, path):
                if name in _INDEXES:
                    indexes[f"{_INDEXES[name]} {redact(clean(value, 200))}"] = None
                elif name in _FILES and "://" in value:
                    raise Unusable(f"{path} includes {redact(clean(value, 200))} from the network")
                elif name in _FILES and ("${" in value or "\0" in value):
                    raise Unusable(f"{path} includes {clean(value, 200)}, which is no file's name")
                elif name in _FILES:
                    waiting.append(file.parent / value)
                elif name == "--no-index":
                    without_index = True
                elif name in _EDITABLE:
                    editable[redact(clean(value, 200))] = None
                    hashed = pinned = False
    told = (tuple(indexes), tuple(addresses), tuple(editable))
    return Said(*told, hashed and found > 0, pinned and found > 0, without_index)


def _is_place(wanted: str) -> bool:
    """Whether a requirement is an address or a file rather than a name that an index knows."""
    return "://" in wanted or wanted.startswith((".", "/", "~", "file:")) or _ARCHIVE.fullmatch(wanted) is not None


def _options(line: str, path: str) -> Iterator[tuple[str, str]]:
    """Each option of a line by its whole name, with its value. Raises Unusable."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise Unusable(f"{path} has a line whose quotes do not end: {redact(clean(line, 100))}") from None
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        name = _whole_name(name)
        if not equals and name in _WITH_VALUE:
            value = words.pop(0) if words else ""
        yield name, value


def _whole_name(name: str) -> str:
    fitting = [option for option in _OPTIONS if option.startswith(name)]
    return fitting[0] if len(fitting) == 1 and name.startswith("--") else name


def _lines(file: Path, project: Path) -> Iterator[str]:
    """Logical lines without comments, put together as pip does it. Raises Unusable."""
    name = clean(str(file.relative_to(project)) if file.is_relative_to(project) else file.name, 200)
    try:
        text = _text(read_bytes(file, limit=_MOST_BYTES, within=project))
    except Unfit as error:
        raise Unusable(f"{name} cannot be read: {error.reason}") from None
    lines = text.splitlines()
    if len(lines) > _MOST_LINES:
        raise Unusable(f"{name} has more than {_MOST_LINES:,} lines")
    parts: list[str] = []
    for number, raw in enumerate(lines, 1):
        is_comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not is_comment and number < len(lines):
            parts.append(raw.strip("\\"))
            continue
        parts.append(f" {raw}" if is_comment else raw.strip("\\"))
        line = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if line:
            yield line


def _text(data: bytes) -> str:
    """The text as pip decodes it: nothing is cleaned, for what looks like a space may begin a line. Raises Unfit."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for line in data.split(b"\n", 2)[:2]:
        found = _CODING.search(line) if line.startswith(b"#") else None
        if found and not _PLAIN.fullmatch(found[1].decode("ascii", "replace").replace("_", "-")):
            raise Unfit(f"is written in {clean(found[1].decode('ascii', 'replace'), 40)}, which hides what it says")
    return data.decode("utf-8", "replace")
