"""Texts from outside in Markdown, where names may be hostile: nothing becomes a mark, a tag, a link or a mention.

GitHub and GitLab look for mentions (@name), references (#12, GH-12, !12) and addresses in what is rendered already, so
that neither a backslash nor an entity keeps them away. A space of no width does, and code is left alone.
"""

from __future__ import annotations

import re

from doctor.reading.clean import clean_lines

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$])")
_REFERENCE = re.compile(r"([#!@&%]|GH-|://|\bwww)(?=\S)", re.IGNORECASE)
_LEADING = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)]))")
_FENCE = re.compile(r"`+")
_NARROW = "\u200b"


def escape(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    safe = _SPECIAL.sub(r"\\\1", unlinked(_one_line(text)).replace("&", "&amp;"))
    safe = safe.replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _LEADING.sub(lambda found: found[0] + "\\" if found[0].isdigit() else "\\" + found[0], safe)


def in_html(text: str) -> str:
    """The same between tags of HTML, where Markdown does not look."""
    safe = unlinked(_one_line(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;")


def unlinked(text: str) -> str:
    """A text that looks the same and mentions nobody, refers to nothing and leads nowhere."""
    return _REFERENCE.sub(rf"\1{_NARROW}", text)


def code(text: str, limit: int = 300) -> str:
    """A text as code within a line, in a fence that is longer than any within it."""
    text = cut(_one_line(text), limit)
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in _FENCE.findall(text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def fenced(lines: list[str], lead: str = "", limit: int = 2_000) -> list[str]:
    """Lines of code in a fence that is longer than any within them."""
    one = [cut(" ".join(clean_lines(line).splitlines()), limit) for line in lines]
    longest = max((len(run) for line in one for run in _FENCE.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{lead}{fence}sh", *(f"{lead}{line}" for line in one), f"{lead}{fence}"]


def _one_line(text: str) -> str:
    return " ".join(clean_lines(text).split())


def cut(text: str, limit: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
