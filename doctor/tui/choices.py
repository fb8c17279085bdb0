"""A list to choose from with the keyboard, whose Enter key is named in the footer."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class Choices(OptionList):
    """Options of one or more lines; texts are shown as they are, never as markup."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Open")]
