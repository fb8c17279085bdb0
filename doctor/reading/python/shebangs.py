"""Reads which Python a script names in its first line.

Only the beginning of a file is read, so that a folder of large programs costs little.
"""

from __future__ import annotations

import os
import re
import stat

from doctor.reading.clean import clean, is_clean

#: bytes of a file that are looked at: a path may have 4,096
BEGINNING = 4400

_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)  # fmt: skip
#: what pip and uv write where a path has blanks or is longer than a first line may be
_BY_SHELL = re.compile(rb"""\A#!/bin/sh[^\n]*\n'''exec' (?:"([^"$`\n]+)"|'([^'\n]+)'|([^\s"'$`]+)) """)


def named_interpreter(path: str) -> str:
    """The absolute path of the Python that a script asks for; empty where it asks for none, or for env's."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        if os.read(descriptor, 2) != b"#!":
            return ""
        beginning = b"#!" + os.read(descriptor, BEGINNING)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return parse_beginning(beginning)


def parse_beginning(beginning: bytes) -> str:
    """Parse a script's first bytes."""
    by_shell = _BY_SHELL.match(beginning)
    if by_shell:
        raw = next(group for group in by_shell.groups() if group)
    else:
        line = beginning[2:].partition(b"\n")[0].strip()
        raw = line[1:].partition(b'"')[0] if line.startswith(b'"') else _program(line)
    text = raw.decode("utf-8", "surrogateescape")
    name = text.replace("\\", "/").rpartition("/")[2].lower()
    if not name.startswith(("python", "pypy")) or not (text.startswith("/") or text[1:3] in (":\\", ":/")):
        return ""
    return text if is_clean(text) else clean(text)


def _program(line: bytes) -> bytes:
    """The program of a first line; Windows paths may hold blanks, so they end with the program's suffix."""
    if line[1:2] == b":":
        end = line.lower().find(b".exe")
        return line[: end + 4] if end != -1 else line
    return line.partition(b" ")[0].partition(b"\t")[0]
