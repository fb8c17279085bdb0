"""Turns the words of a command line into options."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Callable, Sequence

from doctor.cli.grammar.base import Parser, Usage

#: a finding, where an environment could stand as well: MIX006, MIX006:numpy, MIX003:numpy#2
_FINDING = re.compile(r"([A-Za-z]{3})\d{3}([:#].*)?", re.DOTALL)
#: an operation: 20261122-143015-3fa9
_OPERATION = re.compile(r"\d{8}-\d{6}-[0-9a-f]+")

#: command -> the room of its grammar
_ROOMS = {
    "app": "examining",
    "check": "examining",
    "list": "examining",
    "checks": "examining",
    "explain": "examining",
    "find": "examining",
    "fix": "repairing",
    "undo": "repairing",
    "history": "repairing",
    "recover": "repairing",
    "snapshot": "comparing",
    "compare": "comparing",
    "timeline": "comparing",
    "export": "comparing",
    "onboard": "joining",
    "advise": "joining",
    "demo": "joining",
    "completion": "carrying",
    "zipapp": "carrying",
}
COMMANDS = tuple(_ROOMS)


def grammar(command: str) -> Callable[[], Parser]:
    """What makes a command's parser."""
    room = importlib.import_module(f"doctor.cli.grammar.{_ROOMS[command]}")
    found: Callable[[], Parser] = getattr(room, f"{'list_' if command == 'list' else command}_parser")
    return found


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Turn arguments into options; options.command names the command. Raises Usage."""
    words = list(arguments)
    if words[:1] and words[0] in COMMANDS:
        command = words.pop(0)
    elif "--check" in words:
        command = "check"
        words.remove("--check")
    else:
        command = "app"
    parser = grammar(command)()
    mixed = command in ("fix", "undo")  # whose words may stand before and behind options
    options = parser.parse_intermixed_args(words) if mixed else parser.parse_args(words)
    options.command = {"list": "listing", "checks": "catalogue", "zipapp": "packing"}.get(command, command)
    if hasattr(options, "words"):
        _sort_words(options, command)
    positional = getattr(options, "environment", None)
    if positional and getattr(options, "env", None):
        raise Usage("envdoctor: name the environment once, either as ENV or with --env\nTry: envdoctor --help", 2)
    if hasattr(options, "env"):
        options.environment = positional or options.env
    return options


def _sort_words(options: argparse.Namespace, command: str) -> None:
    """Tell the environment from what is to be repaired, or from the operation that is to be undone."""
    words = list(options.words)
    fits = _is_finding if command == "fix" else _is_operation
    options.environment = words.pop(0) if words and not fits(words[0]) else None
    options.codes = words
    strange = [word for word in words if not fits(word)]
    if strange or (command == "undo" and len(words) > 1):
        expected = "CODE, CODE:SUBJECT or CODE:SUBJECT#2" if command == "fix" else "one operation, as history names it"
        raise Usage(
            f"envdoctor: {(strange or words[1:])[0]!r} is out of place; expected {expected}\n"
            f"Try: envdoctor {command} --help",
            2,
        )


def _is_finding(word: str) -> bool:
    """Whether a word names a finding: env312 may well be an environment, for no family is called ENV."""
    found = _FINDING.fullmatch(word)
    if found is None:
        return False
    from doctor.checks import FAMILIES

    return found[1].upper() in FAMILIES


def _is_operation(word: str) -> bool:
    return _OPERATION.fullmatch(word) is not None


__all__ = ["COMMANDS", "Usage", "grammar", "parse"]
