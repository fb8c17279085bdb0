"""The tables that a user may bring a newer copy of, and where they live.

Each is a list of records of one kind in a module of this folder. A newer copy takes the place of the whole list, in
that list itself, so that it does not matter who has it in hand by then. doctor.reading.newer_knowledge reads the
files; tables.schema.json says what they hold.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

from doctor.knowledge.sources import Source

SCHEMA_VERSION = 1

_VERSION = re.compile(r"\d+(?:\.\d+)*(?:(?:\.post|rc|a|b)\d+)?")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_ARCHITECTURE = re.compile(r"(?:sm|compute)_\d{2,3}[af]?")
_REQUIREMENT = re.compile(
    rf"{_NAME}(?:\[{_NAME}(?:,{_NAME})*\])?(?:[<>=!~]=?[\w.*+]+(?:,[<>=!~]=?[\w.*+]+)*)?", re.ASCII
)
#: what texts must look like, by the field that holds them
_SHAPES = {
    **dict.fromkeys(("version", "versions", "minor", "last", "cuda", "driver", "linux", "windows", "since"), _VERSION),
    **dict.fromkeys(("pythons", "builds", "arm", "torchvision", "torchaudio", "torch", "capability"), _VERSION),
    "capabilities": _ARCHITECTURE,
    "instead": _REQUIREMENT,
    "key": re.compile(_NAME),
    "part_of": re.compile(_NAME),
}
_LONGEST = {"why": 60}
_LONGEST_TEXT = 500


class Table(NamedTuple):
    """One table."""

    name: str  #: as its file is called, without .json
    module: str  #: of doctor.knowledge
    rows: str  #: the list's name
    row: str  #: the name of its record

    def home(self) -> ModuleType:
        """The module that holds it."""
        return importlib.import_module(f"doctor.knowledge.{self.module}")

    def record(self) -> Any:
        """The kind of its rows."""
        return getattr(self.home(), self.row)

    def source(self) -> Source:
        """Where it comes from, as it is used today."""
        source: Source = next(source for source in self.home().SOURCES if source.name == self.name)
        return source

    def replace(self, rows: Iterable[Any], source: Source) -> None:
        """Put other rows in its place."""
        getattr(self.home(), self.rows)[:] = rows
        sources: list[Source] = self.home().SOURCES
        sources[:] = [source if known.name == self.name else known for known in sources]


TABLES = (
    Table("cuda-floors", "cuda", "FLOORS", "Floor"),
    Table("cuda-toolkits", "cuda", "TOOLKITS", "Toolkit"),
    Table("gpus", "cuda", "GPU_NAMES", "GpuName"),
    Table("jax", "jax", "PLUGINS", "Plugin"),
    Table("tensorflow", "tensorflow", "RELEASES", "Release"),
    Table("torch", "torch", "RELEASES", "Release"),
    Table("withdrawn", "withdrawn", "WITHDRAWN", "Withdrawn"),
    Table("xformers", "torch", "XFORMERS", "XformersRelease"),
)


def unfit(row: Any) -> str:
    """Why a row cannot be used although its fields are of the right kinds: field and reason; empty where it can."""
    for field, value in zip(row._fields, row, strict=True):
        shape, longest = _SHAPES.get(field), _LONGEST.get(field, _LONGEST_TEXT)
        for text in _texts(value):
            if len(text) > longest or not text.isprintable():
                return f"{field}: longer than {longest} characters, or not printable"
            if shape and text and not shape.fullmatch(text):
                return f"{field}: {text!r} does not look like one"
            if field == "pattern" and not _compiles(text):
                return f"{field}: {text!r} is no regular expression"
    return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
