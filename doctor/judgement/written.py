"""Edits of configuration files by the line that holds a value: exact, or none.

A line is known as it stands in its file (Setting.written). Where it has a form that is not understood, there is no
edit, and the user is told instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from doctor.facts import Setting, Settings
from doctor.model import Edit, Tell

#: `key: value # comment`, `key = value`, with or without quotes
_KEYED = re.compile(
    r"""(?P<key>\s*[\w.-]+\s*[:=]\s*)(?P<quote>["']?)(?P<value>[^"'#\s]+)(?P=quote)(?P<rest>\s*(?:#.*)?)"""
)
#: `  - value # comment`
_MEMBER = re.compile(r"""(?P<dash>\s*-\s+)(?P<quote>["']?)(?P<value>[^"'#\s]+)(?P=quote)\s*(?:#.*)?""")


def replaced(item: Setting, new: str) -> Edit | None:
    """The line of a value with another value in it."""
    if not item.written:
        return None
    if isinstance(item.value, str):
        found = list(re.finditer(rf"(?<![^\s\"'\[,=:-]){re.escape(item.value)}(?![^\s\"'\],#])", item.written))
        if len(found) != 1:
            return None
        start, end = found[0].span()
        return Edit(item.source, item.written, item.written[:start] + new + item.written[end:])
    keyed = _KEYED.fullmatch(item.written)
    return Edit(item.source, item.written, f"{keyed['key']}{new}{keyed['rest']}") if keyed else None


def taken_out(item: Setting) -> Edit | None:
    """The line of a list's member without it: a line of its own goes."""
    member = _MEMBER.fullmatch(item.written)
    if member is None or member["value"] != str(item.value):
        return None
    return Edit(item.source, f"{item.written}\n", "")


def added_after(item: Setting, values: Iterable[str]) -> Edit | None:
    """More members of a list, below one of them."""
    member = _MEMBER.fullmatch(item.written)
    if member is None:
        return None
    lines = "".join(f"\n{member['dash']}{value}" for value in values)
    return Edit(item.source, item.written, f"{item.written}{lines}")


def as_list(item: Setting) -> Edit | None:
    """`key: value` as a list of that one member."""
    keyed = _KEYED.fullmatch(item.written)
    if keyed is None or keyed["value"] != str(item.value) or "=" in keyed["key"]:
        return None
    key = keyed["key"].rstrip()
    return Edit(
        item.source, item.written, f"{key}\n  - {keyed['quote']}{keyed['value']}{keyed['quote']}{keyed['rest']}"
    )


def strict_priority(settings: Settings) -> Edit | Tell:
    """Make the channel priority strict in the environment's own condarc."""
    own, line = settings.environment_condarc, "channel_priority: strict\n"
    in_force = settings.condarc.get("channel_priority", ())
    if in_force and in_force[0].source.startswith("$"):
        return Tell(f"Unset {in_force[0].source[1:]}, or set it to strict: it wins over every condarc.")
    if not own:
        return Edit(".condarc", "", line)
    here = next((item for item in settings.condarc_all if item.key == "channel_priority" and item.source == own), None)
    if here is None:
        return Edit(own, "", line)
    return replaced(here, "strict") or Tell(f"Write `channel_priority: strict` in {own}, line {here.line}.")


def configured_instead(named: Iterable[Setting], old: str, new: str, settings: Settings) -> tuple[Edit | Tell, ...]:
    """Have another channel wherever one is configured; where the other is there already, the line goes."""
    others = {str(item.value) for item in settings.condarc.get("channels", ())}
    steps: list[Edit | Tell] = []
    for item in named:
        edit = (taken_out(item) if new in others else None) or replaced(item, new)
        if edit is not None:
            steps.append(edit)
        elif item.source.startswith("$"):
            steps.append(Tell(f"Replace {old} by {new} where {item.source[1:]} is set."))
        else:
            steps.append(Tell(f"Replace {old} by {new} in {item.source}, line {item.line}."))
    return tuple(steps)
