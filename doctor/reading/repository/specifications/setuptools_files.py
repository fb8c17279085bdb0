"""Reads setup.cfg by its lines and setup.py by its syntax tree; neither is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from doctor.facts.project import Asked, Specification
from doctor.reading.clean import clean
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask

if TYPE_CHECKING:
    import ast

_COMMENT = re.compile(r"(?:^|\s)#.*$")


def setup_cfg(path: str, text: str) -> Iterator[Specification]:
    """Its name, python_requires, install_requires and extras_require; nothing where none of them is there."""
    asked: list[Asked | None] = []
    section, key, name, python, seen = "", "", "", "", False
    python_line = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", raw).rstrip()
        if line.startswith("["):
            section, key = line.strip("[] "), ""
        elif line[:1] not in ("", " ", "\t"):
            key, _, line = (part.strip() for part in line.partition("="))
            if section == "metadata" and key == "name":
                name = clean(line, 200)
        if section == "options" and key == "python_requires" and line.strip() and not python:
            python, python_line, seen = clean(line.strip().replace(" ", ""), 200), number, True
        wanted = (section == "options" and key == "install_requires") or section == "options.extras_require"
        if wanted and key:
            seen = True
            if line.strip() and len(asked) < ENTRY_LIMIT:
                asked.append(ask(line.strip(), number, "" if section == "options" else key))
    if seen or name:
        yield Specification(
            path, "setup.cfg", name, asked=_present(asked), requires_python=python, python_line=python_line
        )


def setup_py(path: str, text: str) -> Iterator[Specification]:
    """What the call of setup is given as plain text, lists and a mapping of them, by itself or by a plain variable."""
    if "setup" not in text:
        return
    import ast

    from doctor.reading.repository.parsing import parse_source

    try:
        tree = parse_source(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    call = next((node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_setup(node)), None)
    if call is None:
        return
    plain = _Plain(tree)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    asked = [ask(item.strip(), line) for item, line in plain.texts(given.get("install_requires"))]
    extras = plain.value(given.get("extras_require"))
    if isinstance(extras, ast.Dict):
        for key, value in zip(extras.keys, extras.values, strict=True):
            group = plain.text(key)[0].strip()
            if group:
                asked += (ask(item.strip(), line, clean(group, 100)) for item, line in plain.texts(value))
    name, _ = plain.text(given.get("name"))
    python, line = plain.text(given.get("python_requires"))
    yield Specification(
        path,
        "setup.py",
        clean(name, 200),
        asked=_present(asked),
        requires_python=clean(python.replace(" ", ""), 200),
        python_line=line if python else 0,
    )


class _Plain:
    """The values that are written out in a module, or assigned once at its top under a name."""

    def __init__(self, tree: ast.Module) -> None:
        import ast

        self.ast = ast
        self.named: dict[str, ast.expr] = {}
        twice: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                twice |= {name} if name in self.named else set()
                self.named[name] = node.value
        for name in twice:
            del self.named[name]

    def value(self, node: ast.expr | None) -> ast.expr | None:
        """What a name stands for; every other expression as it is."""
        return self.named.get(node.id) if isinstance(node, self.ast.Name) else node

    def text(self, node: ast.expr | None) -> tuple[str, int]:
        """A plain text with its line; empty for anything else."""
        found = self.value(node)
        if isinstance(found, self.ast.Constant) and isinstance(found.value, str):
            return found.value, found.lineno
        return "", 0

    def texts(self, node: ast.expr | None) -> Iterator[tuple[str, int]]:
        """The plain texts of a list, or the lines of a text, with their lines in the file."""
        found = self.value(node)
        if isinstance(found, self.ast.List | self.ast.Tuple):
            for item in found.elts[:ENTRY_LIMIT]:
                text, line = self.text(item)
                if text:
                    yield text, line
        elif isinstance(found, self.ast.Constant) and isinstance(found.value, str):
            for offset, written in enumerate(found.value.splitlines()[:ENTRY_LIMIT]):
                yield written, found.lineno + offset


def _present(asked: list[Asked | None]) -> tuple[Asked, ...]:
    return tuple(entry for entry in asked if entry)[:ENTRY_LIMIT]


def _is_setup(call: ast.Call) -> bool:
    return getattr(call.func, "id", getattr(call.func, "attr", "")) == "setup"
