"""Reads conda-meta/history: what conda and mamba say they did to a prefix. pip is never in it.

rattler leaves the file empty and pixi writes one line of comment; both have no transactions.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from doctor.facts.conda import Transaction
from doctor.reading.clean import clean
from doctor.reading.redact import redact

#: characters of a command that are kept; some name hundreds of packages
_COMMAND_LIMIT = 4_000

_HEADER = re.compile(r"==>\s*(?P<date>.+?)\s*<==")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_COMMENT = re.compile(r"#\s*(?P<key>cmd|conda version|update specs|install specs|remove specs)\s*:\s*(?P<value>.*)")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_SUFFIX = re.compile(r"\.(?:conda|tar\.bz2)$")


def parse_history(text: str) -> tuple[Transaction, ...]:
    """Split the text of a history into its transactions, oldest first; lines that mean nothing are passed over."""
    found: list[Transaction] = []
    added: list[str] = []
    removed: list[str] = []
    state: list[str] = []  # a transaction of conda before 4 lists all that is installed, without signs

    def close() -> None:
        if found:
            everything = _replaced(found[:-1], state) if state else ()
            found[-1] = found[-1]._replace(added=(*added, *state), removed=(*removed, *everything))
        for names in (added, removed, state):
            names.clear()

    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            close()
            date = clean(header["date"], 40)
            found.append(Transaction(date, _seconds(date), line=number))
        elif not found or not line.strip():
            continue
        elif line.startswith("#"):
            found[-1] = _with_comment(found[-1], line)
        elif line[0] in "+-":
            (added if line[0] == "+" else removed).append(redact(clean(line[1:].strip(), 500)))
        else:
            state.append(redact(clean(line.strip(), 500)))
    close()
    return tuple(found)


def remembered(history: Iterable[Transaction]) -> dict[str, str]:
    """What the transactions leave installed: name -> channel/subdir::name-version-build, as the history writes it."""
    installed: dict[str, str] = {}
    for transaction in history:
        for dist in transaction.removed:
            installed.pop(name_of(dist), None)
        for dist in transaction.added:
            if name_of(dist):
                installed[name_of(dist)] = dist
    return installed


def name_of(dist: str) -> str:
    """The package's name in channel/subdir::name-version-build; empty where it has no such form."""
    parts = _SUFFIX.sub("", dist.rpartition("::")[2]).rsplit("-", 2)
    return parts[0] if len(parts) == 3 and _NAME.fullmatch(parts[0]) else ""


def _replaced(before: list[Transaction], state: list[str]) -> tuple[str, ...]:
    return tuple(dist for dist in remembered(before).values() if dist not in state)


def _with_comment(transaction: Transaction, line: str) -> Transaction:
    comment = _COMMENT.match(line)
    if comment is None:
        return transaction
    key, value = comment["key"], comment["value"]
    if key == "cmd":
        return transaction._replace(command=redact(clean(value, _COMMAND_LIMIT)))
    if key == "conda version":
        return transaction._replace(conda_version=clean(value, 40))
    if key == "remove specs":
        return transaction._replace(remove_specs=_specs(value))
    return transaction._replace(update_specs=(*transaction.update_specs, *_specs(value)))


def _specs(text: str) -> tuple[str, ...]:
    """The specs in Python's or JSON's way of writing a list, or in the old one with commas."""
    if text.lstrip().startswith("["):
        found = [re.sub(r"\\(.)", r"\1", single or double) for single, double in _QUOTED.findall(text)]
    else:
        found = re.split(r",(?!\s*[<>=!~])", text)
    return tuple(redact(clean(spec.strip(), 500)) for spec in found if spec.strip())


def _seconds(date: str) -> float:
    moment = _MOMENT.match(date)
    if moment is None:
        return 0.0
    year, month, day, hour, minute, second = map(int, moment.groups())
    try:
        return time.mktime((year, month, day, hour, minute, second, 0, 0, -1))
    except (OverflowError, ValueError):
        return 0.0
