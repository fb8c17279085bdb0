"""Reads notebooks that are kept as text: the Markdown of jupytext, MyST, R Markdown and Quarto, and heads of .py files.

A text is a notebook where its head names a kernel or jupytext; any other Markdown holds examples, which nobody runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts.project import NotebookKernel
from doctor.reading.clean import clean
from doctor.reading.redact import redact

_NAME = 200
_HEAD_LINES = 60
#: of one text, and characters by which a cell says something of itself
_CELLS = 2_000
_ABOUT = 500

#: jupytext's head of a .py: comments between two lines of dashes
_COMMENTED = re.compile(r"#( {1,20}|$)(.*)")
_KEY = re.compile(r"( {0,20})([\w.-]+):(?:[ \t]+(.*))?")
_FENCE = re.compile(r"[ \t]{0,3}+(?P<fence>`{3,}+|~{3,}+|:{3,}+)[ \t]*+(?P<about>[^`]*+)")
_PYTHON = r"(?:i?python[23]?|py)"
#: ```python and ```python tags=["x"]
_PLAIN_CELL = re.compile(rf"{_PYTHON}(?P<more>(?:\s.*)?)", re.IGNORECASE)
#: ```{python} and ```{python name, echo=FALSE}
_BRACED_CELL = re.compile(rf"\{{\s*{_PYTHON}(?P<more>(?:[\s,].*)?)\}}.*", re.IGNORECASE)
#: ```{code-cell} and ```{code-cell} ipython3
_MYST_CELL = re.compile(rf"\{{code-cell\}}(?P<more>(?:\s+{_PYTHON})?)\s*", re.IGNORECASE)
#: cells that are shown and not run
_NOT_RUN = re.compile(r"\.?noeval\b|\beval\s*[=:]\s*false\b|\bactive\s*[=:]", re.IGNORECASE)
#: and those that jupytext leaves to the notebook beside: active="ipynb,md", tags=["active-ipynb"]
_RUN_THERE = re.compile(r"\bactive\b.*ipynb", re.IGNORECASE)
#: jupytext's marks around a text that holds fences of its own
_TEXT_BEGINS = re.compile(r"<!-- #(?:region|md|markdown|raw)\b.*")
_TEXT_ENDS = re.compile(r"<!-- #end(?:region|md|markdown|raw)\b.*")
#: what a cell says of itself in its first lines: :tags: [a], #| eval: false
_OPTION = re.compile(r"\s*(?::[\w-]+:|#\|)")


class Cell(NamedTuple):
    """One cell that is run."""

    text: str
    above: int  #: lines of the file before it


class TextNotebook(NamedTuple):
    """What a text says that is a notebook."""

    kernel: NotebookKernel
    cells: tuple[Cell, ...] = ()


def kernel_in_head(path: str, text: str) -> NotebookKernel | None:
    """The kernel that the head of a .py paired with a notebook names (jupytext); None where it names none."""
    if not text.startswith("# ---"):
        return None
    head: list[str] = []
    for line in text.split("\n", _HEAD_LINES)[1:_HEAD_LINES]:
        match = _COMMENTED.fullmatch(line.rstrip())
        if match is None or match[2].startswith("---"):
            break
        head.append(f"{match[1][1:]}{match[2]}")
    kernel = _kernel(path, _values(head))
    return kernel if kernel.name else None


def text_notebook(path: str, text: str) -> TextNotebook | None:
    """A Markdown file as a notebook; None where its head does not say that it is one."""
    if not text.startswith("---"):
        return None
    lines = text.splitlines()
    if lines[0].rstrip() != "---":
        return None
    end = next((n for n, line in enumerate(lines[1:_HEAD_LINES], 1) if line.rstrip() in ("---", "...")), 0)
    head = _values(lines[1:end])
    named = any(part in ("jupytext", "kernelspec") for keys in head for part in keys[:2])
    if not named and not (path.endswith(".qmd") and head.get(("jupyter",))):
        return None
    kernel = _kernel(path, head)
    if kernel.language.lower() not in ("", "python", "ipython"):
        return TextNotebook(kernel)
    shape = _BRACED_CELL
    if path.endswith(".md"):
        shape = _PLAIN_CELL if any(keys[0] == "jupyter" for keys in head) else _MYST_CELL
    cells = zip(_cells(shape, lines, end + 1), range(_CELLS), strict=False)
    return TextNotebook(kernel, tuple(cell for cell, _ in cells))


def _values(lines: list[str]) -> dict[tuple[str, ...], str]:
    """The keys of a head with those that they stand under, and their values; of YAML only what such heads use."""
    found: dict[tuple[str, ...], str] = {}
    above: list[tuple[int, str]] = []
    for line in lines:
        match = _KEY.fullmatch(line.rstrip())
        if match is None:
            continue
        depth = len(match[1])
        while above and above[-1][0] >= depth:
            above.pop()
        above.append((depth, match[2]))
        found.setdefault(tuple(key for _, key in above), (match[3] or "").strip().strip("'\""))
    return found


def _kernel(path: str, head: dict[tuple[str, ...], str]) -> NotebookKernel:
    """What a head says of its kernel: under jupyter, at its top as MyST has it, or by its name alone as Quarto."""

    def told(key: str) -> str:
        value = head.get(("jupyter", "kernelspec", key)) or head.get(("kernelspec", key), "")
        return redact(clean(value, _NAME))

    name = told("name") or redact(clean(head.get(("jupyter",), ""), _NAME))
    return NotebookKernel(path, name, told("display_name"), told("language"))


def _cells(shape: re.Pattern[str], lines: list[str], start: int) -> Iterator[Cell]:
    """The Python cells after the head, whose fences are followed by such words."""
    number = start
    inside = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("<!-- #"):
            inside = max(0, inside + bool(_TEXT_BEGINS.match(line)) - bool(_TEXT_ENDS.match(line)))
        fence = None if inside else _FENCE.fullmatch(line)
        number += 1
        if fence is None or (fence["fence"][0] == ":" and shape is not _MYST_CELL):
            continue  # elsewhere than in MyST, colons stand around parts of the text, in which cells are run too
        first = number
        while number < len(lines) and not _closes(lines[number], fence["fence"]):
            number += 1
        cell = shape.fullmatch(fence["about"].strip()[:_ABOUT])
        if cell is not None and _is_run(cell["more"]):
            told = _options(lines[first:number])
            if _is_run("\n".join(lines[first : first + told])[:_ABOUT]):
                yield Cell("\n".join(lines[first + told : number]), first + told)
        number += 1


def _is_run(about: str) -> bool:
    return not _NOT_RUN.search(about) or _RUN_THERE.search(about) is not None


def _closes(line: str, fence: str) -> bool:
    text = line.strip()
    return len(text) >= len(fence) and not text.strip(fence[0])


def _options(lines: list[str]) -> int:
    """How many of a cell's first lines say something of the cell."""
    if lines and lines[0].rstrip() == "---":
        return next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() == "---"), 0)
    return next((number for number, line in enumerate(lines) if not _OPTION.match(line)), len(lines))
