"""Lists to choose from with the keyboard, whose Enter key is named in the footer."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList
from textual.widgets.option_list import Option

#: what a line of an entry begins with: spaces, or a mark or digit and spaces
_LEAD = re.compile(r"(?:\S? +)?")
#: cells by which the rest of a long line is moved to the right, at least and at most
_LEAST, _MOST = 2, 4
#: cells below which not every line of what is wrapped fits
_NARROW = 8


class Choices(OptionList):
    """Options of one or more lines; texts are shown as they are, never as markup."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Open")]


class Answers(Choices):
    """Answers to a question."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Choose")]


def entry(text: Content, key: str) -> Option:
    """An option whose long lines go on below their own text."""
    return Option(_Hanging(text), id=key)


class _Hanging(Visual):
    """A text that is wrapped for whatever width its list has, the rest of each line indented as the line is."""

    def __init__(self, text: Content) -> None:
        self._text = text
        self._wrapped = (0, text)
        self._height = (0, 0)  #: for a width

    def __str__(self) -> str:
        return self._text.plain

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Draw it."""
        return self._for(options.rules, width).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Say how wide it is where nothing has to be wrapped."""
        return self._text.get_optimal_width(rules, container_width)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Say how many lines it takes, without making them: lists ask it of every entry, shown or not."""
        if width < _NARROW or rules.get("text_wrap") == "nowrap":
            return self._for(rules, width).get_height(rules, max(width, 1))
        if self._height[0] != width:
            lines = self._text.plain.removesuffix("\n").split("\n")
            self._height = (width, sum(_height(line, width) for line in lines))
        return self._height[1]

    def _for(self, rules: RulesMap, width: int) -> Content:
        if rules.get("text_wrap") == "nowrap":
            return self._text
        if self._wrapped[0] != width:
            self._wrapped = (width, hanging(self._text, width))
        return self._wrapped[1]


def hanging(text: Content, width: int) -> Content:
    """Wrap each line to a width; what goes on stands below the line's own text, not below its mark."""
    lines: list[Content] = []
    for line in text.split("\n"):
        if line.cell_length <= width:
            lines.append(line)
            continue
        indent = _indent(line.plain)
        rest = line[indent:].wrap(max(width - max(indent, line[:indent].cell_length), 1))
        lines += [line[:indent] + rest[0], *(part.pad_left(indent) for part in rest[1:])]
    return Content("\n").join(lines)


def _indent(line: str) -> int:
    """Cells by which what goes on of a line is moved to the right."""
    lead = _LEAD.match(line)
    return min(max(lead.end() if lead else 0, _LEAST), _MOST)


def _height(line: str, width: int) -> int:
    """How many lines become of one."""
    if cell_len(line) <= width:
        return 1
    indent = _indent(line)
    return len(Content(line[indent:]).wrap(max(width - max(indent, cell_len(line[:indent])), 1)))
