"""The colours of the app: dark, light, or the terminal's own."""

from __future__ import annotations

from collections.abc import Mapping

#: name -> Textual's theme and what the user reads
COLOURS: Mapping[str, tuple[str, str]] = {
    "dark": ("textual-dark", "dark"),
    "light": ("textual-light", "light"),
    "terminal": ("ansi-dark", "the terminal's own"),
}


def suggested(chosen: str, variables: Mapping[str, str]) -> str:
    """The colours that were chosen, else what the terminal says of its background, else dark."""
    if chosen in COLOURS:
        return chosen
    background = variables.get("COLORFGBG", "").rpartition(";")[2]  # rxvt, Konsole and others: 15;0 is white on black
    return "light" if background in ("7", "15") else "dark"


def following(name: str) -> str:
    """The colours that a key press leads to."""
    names = list(COLOURS)
    return names[(names.index(name) + 1) % len(names)]
