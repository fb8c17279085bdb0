"""Turns what was pasted into clean lines, and finds the lines that tell: exceptions, first errors of pip and conda.

What is pasted is hostile until it has been through here: escape sequences, gigabytes, endless lines.
"""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from doctor.reading.clean import clean, clean_lines
from doctor.reading.redact import redact

#: bytes kept of the beginning and of the end of a long paste
_HEAD, _TAIL = 256 * 1024, 768 * 1024
#: bytes read at most, so that a stream without an end ends
_MOST = 256 * 1024 * 1024
#: characters of a line that are looked at, and that are shown
_LINE, _SHOWN = 4_000, 300

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|[@-Z\\^_()#][0-9A-B]?)"
)
#: an escape as a notebook's JSON or a log writes it
_WRITTEN_ESCAPES = re.compile(r"(?:\\u001[bB]|\\x1[bB]|\\033|\\e)\[[0-9;?]{0,32}[A-Za-z]")
#: what pytest, log files, rich and continuous integration put before a line
_LEAD = re.compile(
    r"^(?:\s{0,200}(?:E\s{1,8}|[│┃|>╭╰❱]{1,3} ?|\[std(?:err|out)\]|(?:std(?:err|out)): ?|#\d{1,4} \d{1,5}\.\d{1,5} |"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,Z+-]{0,16}\s{1,4})){0,3}\s{0,200}"
)
_EXCEPTION = re.compile(
    r"(?P<type>(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Warning|Interrupt|Failure|Fault|Exit|Found|"
    r"Conflict|Impossible)\w{0,20})(?:: |:$|$)"
)
_SOLVER = re.compile(r"(?:ERROR|error|\u00d7 |FATAL|Fatal Python error|CRITICAL)[:\s]")
_CHAINED = ("The above exception was the direct cause", "During handling of the above exception")
_FILE = re.compile(
    r'File "?(?P<path>[^"\n]{1,400}?)"?(?:, line \d|:\d{1,7}|$)|^(?P<plain>[~/][^:\n]{1,400}\.py)(?::\d{1,7}|\()'
)
_SITE = re.compile(
    r"(?P<prefix>.{1,300}?)[/\\][Ll]ib(?:64)?[/\\](?:python\d\.\d{1,2}t?[/\\])?(?:site|dist)-packages[/\\](?P<top>\w{1,80})"
)


class Paste(NamedTuple):
    """What was pasted."""

    lines: tuple[str, ...]  #: clean, without what logs put before them
    telling: tuple[int, ...]  #: indexes of the lines that tell a cause, the most telling first
    prefixes: tuple[str, ...] = ()  #: of the environments whose site-packages the frames lie in
    through: tuple[str, ...] = ()  #: top-level names in site-packages that the frames go through, innermost first

    def shown(self, index: int) -> str:
        """A line as it may be shown."""
        return shown(self.lines[index])


def read(stream: BinaryIO) -> bytes:
    """Read a paste; of a long one its beginning and its end."""
    head, tail, cut = b"", b"", False
    total = 0
    while total < _MOST:
        data = stream.read1(65_536) if hasattr(stream, "read1") else stream.read(65_536)
        if not data:
            break
        total += len(data)
        if len(head) < _HEAD:
            head += data
        else:
            tail += data
            if len(tail) > 2 * _TAIL:
                tail, cut = tail[-_TAIL:], True
    return head + (b"\n" if cut else b"") + tail


def understand(data: bytes | str) -> Paste:
    """Make lines of a paste and find what tells in them."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    if len(text) > _HEAD + 2 * _TAIL:
        text = text[:_HEAD] + "\n" + text[-_TAIL:]
    if "\\u001b" in text or '"traceback"' in text or text.count("\\n") > text.count("\n"):
        text = text.replace("\\n", "\n").replace('\\"', '"')
    text = _ESCAPES.sub("", _WRITTEN_ESCAPES.sub("", text))
    text = clean_lines(text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    lines = tuple(_LEAD.sub("", line[:_LINE]).rstrip(' \t",') for line in text.split("\n"))
    prefixes, through = _places(lines)
    return Paste(lines, _telling(lines), prefixes, through)


def shown(line: str) -> str:
    """A line as it may be shown: redacted and short."""
    return clean(redact(line[:2_000]).strip(), _SHOWN)


def is_message(text: str) -> bool:
    """Whether what somebody typed or pasted looks like an error's text rather than like a word to filter by."""
    text = text.strip()[:_LINE]
    if len(text) < 12:
        return False
    return (
        len(text) > 60
        or "\n" in text
        or _EXCEPTION.match(text) is not None
        or text.startswith(("Traceback (", "ERROR:", "error:"))
        or any(part in text for part in (": cannot open shared object", "No module named", "undefined symbol"))
    )


def _telling(lines: tuple[str, ...]) -> tuple[int, ...]:
    """The last exception, then what it was raised from, then the first errors of package managers, then the rest."""
    exceptions = [index for index, line in enumerate(lines) if _EXCEPTION.match(line)]
    errors = [index for index, line in enumerate(lines) if _SOLVER.match(line)][:20]
    chained = any(line.startswith(_CHAINED) for line in lines)
    last = exceptions[-1:]
    before = exceptions[-2::-1][:20] if chained or len(exceptions) < 6 else exceptions[-2:-7:-1]
    found = [*last, *errors[:1], *before, *errors[1:5]]
    if not found:
        found = [index for index, line in enumerate(lines) if line.strip()][-3:][::-1]
    return tuple(dict.fromkeys(found))


def _places(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    prefixes: dict[str, None] = {}
    through: dict[str, None] = {}
    for line in reversed(lines):
        frame = _FILE.search(line[:600])
        site = _SITE.search(frame["path"] or frame["plain"]) if frame else None
        if site:
            prefixes[site["prefix"]] = None
            through[site["top"]] = None
    return tuple(prefixes)[:10], tuple(through)[:20]
