"""Reads YAML into plain data in which every value knows its line: condarc, environment.yml.

Bounded on purpose: size, depth, and the nodes that aliases may unfold to. Values are clean but not redacted:
whoever puts one into facts does that. PyYAML is imported only when there is a file to parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text

#: bytes; condarc and environment.yml have a few thousand
YAML_LIMIT = 1024 * 1024
#: nodes after aliases are unfolded; a megabyte of the shortest items holds fewer
NODE_LIMIT = 300_000
#: levels of nesting; an environment.yml has three
DEPTH_LIMIT = 50

Scalar = str | int | float | bool | None
Value = Scalar | tuple["Node", ...] | dict[str, "Node"]

_FLAG = re.compile(r"(?:^|\s)#[#!]*(final|top|bottom)[#!]*\s*$")


class Node(NamedTuple):
    """One value: a scalar, a tuple of nodes or a mapping of nodes by key."""

    value: Value
    line: int = 0  #: 1-based: of a mapping's value the line of its key, of a list's member its own
    text: str = ""  #: a scalar as it is written, without quotes: 3.10 is the float 3.1, its text is 3.10
    flag: str = ""  #: final, top or bottom, where a comment #!final, ... stands on that line
    repeated: tuple[tuple[str, int], ...] = ()  #: of a mapping: (key, line) of keys given again; the last one counts

    def get(self, key: str) -> Node | None:
        """A mapping's member; None where there is none, or this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> tuple[Node, ...]:
        """A list's members; none where this is no list."""
        return self.value if isinstance(self.value, tuple) else ()


def read_yaml(path: Path | str, *, limit: int = YAML_LIMIT, within: Path | str | None = None) -> Node:
    """Read a YAML file; an empty one is a node of None.

    Raises Missing where there is none, and Unfit (with the line where it can be told) where it is not usable.
    """
    return parse_yaml(read_text(path, limit=limit, within=within))


def parse_yaml(text: str) -> Node:
    """Read YAML from a text that is clean already. Raises Unfit as read_yaml does."""
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return Node(None, 1)
            return _Unfolding(loader, _flags(text)).node(root, 1, root.start_mark.line + 1)._replace(flag="")
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        why = clean(error.problem or error.context or "cannot be parsed", 120)
        raise Unfit(f"line {line}: not YAML: {why}" if line else f"not YAML: {why}", line) from None
    except yaml.YAMLError as error:
        raise Unfit(f"not YAML: {clean(str(error), 120)}") from None
    except RecursionError:
        raise Unfit("nested too deeply") from None
    except (MemoryError, ValueError) as error:
        raise Unfit(f"cannot be parsed: {clean(str(error), 120) or 'too large'}") from None


class _Unfolding:
    """Turns PyYAML's nodes into ours and counts, so that aliases of aliases come to an end."""

    def __init__(self, loader: Any, flags: dict[int, str]) -> None:
        self.loader = loader
        self.flags = flags
        self.left = NODE_LIMIT

    def node(self, source: Any, depth: int, line: int) -> Node:
        self.left -= 1
        if self.left < 0:
            raise Unfit(f"more than {NODE_LIMIT:,} values once its aliases are unfolded", line)
        if depth > DEPTH_LIMIT:
            raise Unfit(f"line {line}: nested more than {DEPTH_LIMIT} levels deep", line)
        flag = self.flags.get(line, "")
        if source.id == "scalar":
            return Node(self.scalar(source), line, source.value, flag)
        if source.id == "sequence":
            members = (self.node(item, depth + 1, item.start_mark.line + 1) for item in source.value)
            return Node(tuple(members), line, "", flag)
        found: dict[str, Node] = {}
        repeated: list[tuple[str, int]] = []
        inherited: dict[str, Node] = {}
        for name, value in source.value:
            where = name.start_mark.line + 1
            child = self.node(value, depth + 1, where)
            if name.tag == "tag:yaml.org,2002:merge":
                for mapping in reversed(child.items() or (child,)):
                    inherited |= mapping.value if isinstance(mapping.value, dict) else {}
                continue
            key = name.value if name.id == "scalar" else "?"
            if key in found:
                repeated.append((key, where))
            found[key] = child
        return Node(inherited | found, line, "", flag, tuple(repeated))

    def scalar(self, source: Any) -> Scalar:
        """The plain value; dates, binary data and unknown tags stay text."""
        kind = source.tag.rpartition(":")[2]
        text: str = source.value
        if kind in ("int", "float", "bool", "null") and len(text) < 100:
            try:
                value: Scalar = self.loader.construct_object(source)
            except (LookupError, ValueError):  # a tag that promises what the text is not: !!int abc
                return text
            return value
        return text


def _flags(text: str) -> dict[int, str]:
    """The lines that end in a comment #!final, #!top or #!bottom."""
    found: dict[int, str] = {}
    if "#" in text:
        for number, line in enumerate(text.splitlines(), 1):
            flag = _FLAG.search(line, max(0, len(line) - 200)) if "#" in line else None
            if flag:
                found[number] = flag[1]
    return found


def scalars(node: Node, name: str = "") -> Iterator[tuple[str, Node]]:
    """Every scalar below a node with its dotted place: a.b for mappings, nothing added for a list's members."""
    if isinstance(node.value, tuple):
        for item in node.value:
            yield from scalars(item, name)
    elif isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from scalars(child, f"{name}.{key}" if name else key)
    else:
        yield name, node
