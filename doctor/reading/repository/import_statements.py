"""Finds what one Python source or notebook cell imports, by parsing and never by running it.

What IPython understands and Python does not is cut out first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from doctor.knowledge.elsewhere import is_part_elsewhere
from doctor.reading.files import Unfit
from doctor.reading.repository.parsing import parse_source, parsed_imports

if TYPE_CHECKING:
    import ast

#: an import at the very beginning of a line
_IMPORT_LINE = re.compile(r"(?:import\s+([^\W\d]\w*)|from\s+([^\W\d]\w*)[\w.]*\s+import\b)")
#: %magic, !shell, ?help, help?, x = !shell; not an operator that begins a line, nor a comment that ends in ?
_NOT_PYTHON = re.compile(r"""\s*+(?:%{1,2}\w|!(?!=)|\?|[^#]*[^\s?#]\?{1,2}\s*$|[\w.,\s\[\]"']+=\s*(?:%\w|!))""")
#: where a cell begins in a Python file: # %%
_CELL_MARK = re.compile(r"^# ?%%", re.MULTILINE)
_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")
#: cell magics whose cell is Python all the same
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "memit", "mprun", "skip"})
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
#: what a test speaks of where the import under it is for some machines or readers only
_CONDITIONS = frozenset({"TYPE_CHECKING", "platform", "os_name", "version_info", "find_spec"})


def _plain(cell: str) -> str:
    """A cell without what only IPython understands, its lines kept in number."""
    lines = cell.split("\n")
    first = next((line for line in lines if line.strip()), "")
    magic = _CELL_MAGIC.match(first)
    if magic and magic[1] not in _PYTHON_MAGICS:
        return ""
    return "\n".join(
        f"{line[: len(line) - len(line.lstrip())]}pass" if _NOT_PYTHON.match(line) else line for line in lines
    )


def imports_of(text: str, *, notebook: bool) -> Iterator[tuple[str, int, bool, bool]]:
    """(top-level module, line, optional, later) of each absolute import. Raises Unfit where it does not parse."""
    try:
        parts = [(parse_source(_plain(text)), 0)] if notebook else _parsed(text)
    except SyntaxError as error:
        yield from _guessed(text)
        if notebook:  # half-written cells are everyday life
            return
        raise Unfit(f"line {error.lineno or 0}: not this Python's syntax", error.lineno or 0) from None
    except (RecursionError, MemoryError):
        raise Unfit("nested too deeply") from None
    except ValueError as error:
        raise Unfit(f"cannot be parsed: {error}") from None
    for tree, lines in parts:
        for module, line, optional, later in _of_tree(tree):
            yield module, lines + line, optional, later


def _parsed(text: str) -> list[tuple[ast.Module, int]]:
    """The statements of a Python file; one with cells, as editors run them one by one, may hold magics too."""
    try:
        return parsed_imports(text)
    except SyntaxError:
        if not _CELL_MARK.search(text):
            raise
        return [(parse_source(_plain(text)), 0)]


def _of_tree(tree: ast.Module) -> Iterator[tuple[str, int, bool, bool]]:
    """What imports_of gives, of parsed statements."""
    import ast

    pending: list[tuple[ast.stmt, bool, bool]] = [(statement, False, False) for statement in reversed(tree.body)]
    while pending:
        statement, optional, later = pending.pop()
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                maybe = optional or is_part_elsewhere(alias.name)
                yield alias.name.partition(".")[0], statement.lineno, maybe, later
        elif isinstance(statement, ast.ImportFrom):
            if not statement.level and statement.module:
                whole = (f"{statement.module}.{alias.name}" for alias in statement.names)
                maybe = optional or is_part_elsewhere(statement.module) or all(map(is_part_elsewhere, whole))
                yield statement.module.partition(".")[0], statement.lineno, maybe, later
        else:
            late = later or _runs_later(statement)
            pending += reversed([(child, optional or maybe, late) for child, maybe in _children(statement)])


def _guessed(text: str) -> Iterator[tuple[str, int, bool, bool]]:
    """What a file that does not parse seems to import, by lines alone: told as optional, for it may be prose."""
    for number, line in enumerate(text.split("\n"), 1):
        found = _IMPORT_LINE.match(line)
        if found:
            yield found[1] or found[2], number, True, False


def _runs_later(statement: ast.stmt) -> bool:
    """Whether what a statement holds runs only when it is called, or where a condition is met."""
    import ast

    if isinstance(statement, ast.If):
        return "__name__" not in _names(statement.test)
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Match)


def _children(statement: ast.stmt) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements inside a statement, and whether what they import may be missing."""
    import ast

    maybe = False
    if isinstance(statement, ast.Try | ast.TryStar):
        maybe = any(_catches_import_errors(handler.type) for handler in statement.handlers)
        for handler in statement.handlers:
            yield from ((child, True) for child in handler.body)
        yield from ((child, maybe) for child in (*statement.body, *statement.orelse))
        yield from ((child, False) for child in statement.finalbody)
        return
    if isinstance(statement, ast.If):
        maybe = not _CONDITIONS.isdisjoint(_names(statement.test))
    elif isinstance(statement, ast.With | ast.AsyncWith):
        named = [name for item in statement.items for name in _names(item.context_expr)]
        maybe = "suppress" in named and not _IMPORT_ERRORS.isdisjoint(named)
    for field in ("body", "orelse"):
        children = getattr(statement, field, ())
        if isinstance(children, list):
            yield from ((child, maybe) for child in children)
    for case in getattr(statement, "cases", ()):
        yield from ((child, maybe) for child in case.body)


def _catches_import_errors(kind: ast.expr | None) -> bool:
    return kind is None or not _IMPORT_ERRORS.isdisjoint(_names(kind))


def _names(expression: ast.expr) -> Iterator[str]:
    """Every name and attribute in an expression; sys.platform and os.name under the names that _CONDITIONS holds."""
    import ast

    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            is_os_name = node.attr == "name" and isinstance(node.value, ast.Name) and node.value.id == "os"
            yield "os_name" if is_os_name else node.attr
