"""Whether an install asks anything beyond this machine, as far as options, settings and its own words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from doctor.facts.settings import Setting, Settings
from doctor.fix.managers.programs import CONDA_FAMILY
from doctor.fix.plan import Command

#: sections of pip's settings that count for an install
_SECTIONS = ("global.", "install.", "pip.")
_NO = frozenset({"", "0", "false", "no", "off", "f", "n"})
#: beginnings of addresses that lead to this machine
_LOCAL = "file:"
_OF_HERE = re.compile(r"(?<![\w.-])(?:\w+\+)?file://", re.IGNORECASE)


def by_pip(settings: Settings, words: Iterable[str] = (), *, closed: bool = False) -> bool:
    """Whether pip does; words are arguments, requirements and what else names an address; closed: they say no index."""
    return not ((closed or _is_on(settings.pip, "no-index")) and _stays(settings.pip, words))


def by_uv(settings: Settings, words: Iterable[str] = (), *, closed: bool = False) -> bool:
    """The same of uv."""
    if uv_is_offline(settings):
        return False
    return not ((closed or _is_on(settings.uv, "no-index")) and _stays(settings.uv, words))


def uv_is_offline(settings: Settings) -> bool:
    """Whether uv's settings keep it off the network altogether."""
    return _is_on(settings.uv, "offline")


def by_conda(settings: Settings, addresses: Iterable[str] = ()) -> bool:
    """Whether conda does, when these channels or packages are all that it may take; of none nothing is known."""
    offline = next(iter(settings.condarc.get("offline", ())), None)
    if offline is not None and _is_true(offline):
        return False
    named = list(addresses)
    return not named or not all(address.startswith(_LOCAL) for address in named)


def by_command(command: Command, settings: Settings) -> bool:
    """Whether a command does that was made without a look at settings."""
    if command.tool == "pip":
        return command.network and by_pip(settings, command.arguments)
    if command.tool == "uv":
        return command.network and by_uv(settings, command.arguments)
    return command.network and (command.tool not in CONDA_FAMILY or by_conda(settings))


def _stays(settings: Sequence[Setting], words: Iterable[str]) -> bool:
    """Whether links and requirements lead to this machine alone."""
    links = (str(setting.value) for setting in settings if _option(setting) == "find-links")
    return not _names_address((*links, *words))


def _is_on(settings: Sequence[Setting], option: str) -> bool:
    """Whether the strongest setting of an option says yes."""
    found = min((setting for setting in settings if _option(setting) == option), key=_weakness, default=None)
    return found is not None and _is_true(found)


def _weakness(setting: Setting) -> int:
    """Variables come before what files say of installs, and that before what they say of all; else as files rank."""
    return 0 if setting.source.startswith("$") else 1 if setting.key.startswith(("install.", "pip.")) else 2


def _is_true(setting: Setting) -> bool:
    return str(setting.value).strip().lower() not in _NO | {"none"}


def _option(setting: Setting) -> str:
    return next((setting.key.removeprefix(part) for part in _SECTIONS if setting.key.startswith(part)), setting.key)


def _names_address(words: Iterable[str]) -> bool:
    return any("://" in _OF_HERE.sub("", word) for word in words)
