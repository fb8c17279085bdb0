"""The checks: one folder a family, one file a check, each complete in itself.

A check imports doctor.model, doctor.facts, doctor.knowledge, doctor.judgement, doctor.compare, packaging and
harmless parts of the standard library, and nothing else. To add one, copy a neighbour; nothing lists them.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from pathlib import Path

from doctor.model import Check

#: letters of a family's codes -> its folder; the folder's docstring is the family's heading
FAMILIES = {
    "MIX": "mixed",
    "CHN": "channels",
    "NAT": "native",
    "GPU": "gpu",
    "SIZ": "size",
    "NUM": "numerics",
    "DEP": "dependencies",
    "PYT": "interpreter",
    "NBK": "notebooks",
    "REP": "reproducibility",
    "SEC": "security",
}


def matches(code: str, selectors: Iterable[str]) -> bool:
    """Whether a code is named by one of the selectors: a code or the beginning of one."""
    return any(code.startswith(selector) for selector in selectors)


def load(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Check, ...]:
    """All checks by code, or those selected and not ignored; families without a selected check stay unread."""
    chosen, refused = tuple(select), tuple(ignore)
    found: list[Check] = []
    for family, folder in FAMILIES.items():
        if (chosen and not any(s.startswith(family) or family.startswith(s) for s in chosen)) or family in refused:
            continue
        package = importlib.import_module(f"{__name__}.{folder}")
        for name in _modules(package.__path__[0]):
            check: Check = importlib.import_module(f"{package.__name__}.{name}").CHECK
            if (not chosen or matches(check.code, chosen)) and not matches(check.code, refused):
                found.append(check)
    return tuple(sorted(found, key=lambda check: check.code))


def _modules(folder: str) -> list[str]:
    """The names of the modules in a family's folder."""
    try:
        files = os.listdir(folder)  # noqa: PTH208 - pathlib and pkgutil take longer than the list itself
    except OSError:
        import pkgutil  # the family lies in an archive

        return [module.name for module in pkgutil.iter_modules([folder])]
    return sorted(name.removesuffix(".py") for name in files if name.endswith(".py") and name != "__init__.py")


def count(code: str) -> int:
    """How many checks there are at least that a code names: for the beginning of one, all of its family."""
    if len(code) == 6 or code[:3] not in FAMILIES:
        return 1
    return len(_modules(importlib.import_module(f"{__name__}.{FAMILIES[code[:3]]}").__path__[0]))


def heading(family: str) -> str:
    """The family's heading: the first line of its folder's docstring."""
    package = importlib.import_module(f"{__name__}.{FAMILIES[family]}")
    return (package.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def folder_of(family: str) -> Path:
    """Where a family's files lie."""
    return Path(__file__).parent / FAMILIES[family]
