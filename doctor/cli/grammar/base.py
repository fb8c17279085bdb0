"""What the grammars of all commands share."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any, NoReturn


class Usage(Exception):
    """A command line that does not parse (status 2), or help that was asked for (status 0)."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse makes one of these for each option, and by itself imports shutil."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Break paragraphs where the terminal ends; what stands in columns keeps its lines and their places."""
        return "\n\n".join(_filled(paragraph, width, indent) for paragraph in text.strip("\n").split("\n\n"))


def _filled(paragraph: str, width: int, indent: str) -> str:
    lines = [indent + line for line in paragraph.splitlines()]
    if all(len(line) <= width for line in lines):
        return "\n".join(lines)
    import textwrap

    flowing: list[str] = []
    for line in lines:
        if flowing and not line.startswith(" ") and not flowing[-1].startswith(" "):
            flowing[-1] += f" {line}"
        else:
            flowing.append(line)
    return "\n".join(
        textwrap.fill(
            line, max(width, 20), subsequent_indent=_hanging(line), break_long_words=False, break_on_hyphens=False
        )
        for line in flowing
    )


def _hanging(line: str) -> str:
    """How deep what does not fit is set in: below the second column, where there is one."""
    first = re.match(r" +\S.*? {2,}(?=\S)", line)
    return " " * (len(first[0]) if first else len(line) - len(line.lstrip()) + (2 if line.startswith(" ") else 0))


def _columns() -> int:
    told = os.environ.get("COLUMNS", "")
    try:
        return int(told) if told.isdecimal() and int(told) else os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):  # no terminal, or no output at all
        return 80


class Parser(argparse.ArgumentParser):
    """Raises Usage where argparse would print and leave."""

    def error(self, message: str) -> NoReturn:
        """Say what does not parse."""
        raise Usage(f"envdoctor: {message}\nTry: {self.prog} --help", 2)

    def print_help(self, file: Any = None) -> None:  # noqa: ARG002 - argparse calls it so
        """Hand the help over instead of printing it."""
        raise Usage(self.format_help().rstrip(), 0)


def new_parser(command: str, description: str, epilog: str = "", example: str = "") -> Parser:
    """A command's parser, to which its words and options are added; an example ends its help."""
    told = f"Example: envdoctor {command} {example}".rstrip()
    prog = f"envdoctor {command}".rstrip()
    return Parser(
        prog=prog,
        description=description,
        epilog=f"{epilog}\n{told}".lstrip("\n") if command else epilog,
        formatter_class=_Help,
        allow_abbrev=False,
    )


def add_environment(parser: Parser) -> None:
    """ENV, as a position or as an option."""
    parser.add_argument("environment", nargs="?", metavar="ENV", help="which environment; see envdoctor --help")
    parser.add_argument("--env", metavar="ENV", help="the same, where a position would be unclear")


def add_project(parser: Parser) -> None:
    """--project."""
    parser.add_argument("--project", metavar="DIR", help="the repository whose policy and files count")


def add_knowledge(parser: Parser) -> None:
    """--knowledge."""
    parser.add_argument(
        "--knowledge", metavar="DIR", help="tables of facts newer than this release; refused where they are not"
    )
