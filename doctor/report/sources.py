"""Where the facts behind a check come from and of what date they are: told by the tables that its rule can reach.

A name leads to the names in its definition, through the modules of judgement and knowledge; a table that is reached
so counts, and no other of its module.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from functools import cache
from types import ModuleType
from typing import NamedTuple

from doctor.knowledge.sources import Source
from doctor.knowledge.tables import TABLES
from doctor.model import Check

_ROOMS = ("doctor.knowledge", "doctor.judgement")
_DATE = re.compile(r"\b20\d\d-[01]\d(?:-[0-3]\d)?\b")
_ORIGIN = re.compile(r"\b20\d\d\b|source|certain|measured|documented|general knowledge", re.IGNORECASE)

Place = tuple[str, str]  #: a module and a name at its top


class _Names(NamedTuple):
    """What a module's source says of its names."""

    uses: dict[str, frozenset[str]]  #: defined at its top -> names in the definition, with those behind a dot
    imported: dict[str, Place]  #: name -> where it comes from; the name there is empty where it is a module


def sources_of(check: Check) -> tuple[Source, ...]:
    """The tables that a check may ask, by name; none for one that reads the environment alone."""
    found: dict[Source, None] = {}
    for place in _reached((check.find.__module__, check.find.__name__)):
        found |= dict.fromkeys(told_by(*place))
    return tuple(sorted(found, key=lambda source: source.name))


def _reached(start: Place) -> set[Place]:
    found: set[Place] = set()
    pending = [start]
    while pending:
        place = pending.pop()
        if place in found:
            continue
        found.add(place)
        module, name = place
        names = _names_in(module)
        for used in names.uses.get(name, ()):
            holder, _, member = used.partition(".")
            origin = names.imported.get(holder)
            if origin is None:
                pending += [(module, used)] if used in names.uses else []
            elif origin[1] or member:
                pending.append((origin[0], origin[1] or member))
    return found


@cache
def _names_in(module: str) -> _Names:
    uses: dict[str, frozenset[str]] = {}
    imported: dict[str, Place] = {}
    source = inspect.getsource(sys.modules.get(module) or importlib.import_module(module))
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_ROOMS):
            for alias in node.names:
                whole = node.module in _ROOMS
                place = (f"{node.module}.{alias.name}", "") if whole else (node.module or "", alias.name)
                imported[alias.asname or alias.name] = place
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            uses[node.name] = _used(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            uses |= {target.id: _used(node) for target in targets if isinstance(target, ast.Name)}
    return _Names(uses, imported)


def _used(definition: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return frozenset(found)


def told_by(name: str, table: str = "") -> tuple[Source, ...]:
    """The sources of a name of a module, or of all of it: a table's, or those of the whole where it tells of itself."""
    if not name.startswith("doctor.knowledge."):
        return ()
    module = importlib.import_module(name)
    own = [known for known in TABLES if f"doctor.knowledge.{known.module}" == name]
    if own:
        return tuple(known.source() for known in own if table in ("", known.rows))
    told = getattr(module, "SOURCES", None)
    return tuple(told) if told is not None else _by_documentation(module)


def _by_documentation(module: ModuleType) -> tuple[Source, ...]:
    """What the documentation of a module of tables says; nothing where it is dated nowhere, for it holds none."""
    text = inspect.cleandoc(module.__doc__ or "")
    first, _, rest = text.partition("\n")
    date = _DATE.search(text)
    if date is None:
        return ()
    sentences = re.split(r"(?<=[.;])\s+", " ".join((rest or first).split()))
    origin = " ".join(sentence for sentence in sentences if _ORIGIN.search(sentence))
    name = module.__name__.removeprefix("doctor.knowledge.").replace("_", "-")
    return (Source(name, first.rstrip("."), date[0], origin.rstrip(".;"), ""),)
