"""Reads the block by which a script says what it needs (PEP 723)."""

from __future__ import annotations

import re

from doctor.facts.project import Specification
from doctor.reading.clean import clean
from doctor.reading.files import Unfit
from doctor.reading.repository.specifications.entries import ENTRY_LIMIT, ask
from doctor.reading.repository.specifications.toml_places import Places
from doctor.reading.toml_lines import Toml, parse_toml

#: what entries of a script belong to: its own environment, and none of the project's
GROUP = "script"
_BLOCK = re.compile(r"^# /// script[ \t]*\r?\n(?P<content>(?:^#(?: [^\n]*)?\r?\n)+)", re.MULTILINE)
_END = re.compile(r"^# ///[ \t]*\r?$", re.MULTILINE)


def inline_script(path: str, text: str) -> Specification | None:
    """What a script asks for; None where it has no such block. Raises Unfit for one that cannot be read."""
    if "# /// script" not in text:
        return None
    found = _BLOCK.search(text if text.endswith("\n") else f"{text}\n")
    ends = list(_END.finditer(found["content"])) if found else []
    if not found or not ends:
        return None
    above = text.count("\n", 0, found.start("content"))
    content = found["content"][: ends[-1].start()]
    try:
        toml = parse_toml(
            "".join(line[2:] if line[:2] == "# " else line[1:] for line in content.splitlines(keepends=True))
        )
    except Unfit as error:
        line = above + error.line if error.line else above
        raise Unfit(
            f"line {line}: the block of PEP 723 is {error.reason.partition(': ')[2] or error.reason}", line
        ) from None
    places = Places(toml.text)
    texts = Toml.texts(toml.values.get("dependencies"))[:ENTRY_LIMIT]
    asked = (ask(item.strip(), above + places.member(item, "dependencies"), GROUP) for item in texts)
    python = toml.values.get("requires-python")
    told = clean(python.replace(" ", ""), 200) if isinstance(python, str) else ""
    return Specification(
        path,
        "script",
        asked=tuple(entry for entry in asked if entry),
        requires_python=told,
        python_line=above + places.line("requires-python") if told else 0,
    )
