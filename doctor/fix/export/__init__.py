"""Writes down what is installed: conda's explicit list, environment.yml and requirements, made from facts alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from doctor.facts import Facts
from doctor.fix.export.carried import carried, with_head
from doctor.fix.export.conda_file import environment_yml
from doctor.fix.export.explicit_list import explicit
from doctor.fix.export.installed import day, file_name, of_pip
from doctor.fix.export.requirement_lines import requirement, requirements
from doctor.fix.host.files import write_only_new

#: format -> (what its file is called, how it is made)
_FORMATS: Mapping[str, tuple[str, Callable[[Facts], str]]] = {
    "explicit": ("conda-explicit.txt", explicit),
    "environment.yml": ("environment.yml", environment_yml),
    "requirements": ("requirements.txt", requirements),
}

#: names that are tried before giving up; a folder with that many exports was filled by a mistake
_TRIES = 1_000


def write_down(formats: Sequence[str], facts: Facts, folder: Path) -> tuple[Path, ...]:
    """Write each format into a new file of the folder and return the files; none that is there is touched.

    What an environment cannot give is left out: an explicit list where conda installed nothing. Raises OSError.
    """
    written = []
    for name in dict.fromkeys(formats):
        if name == "explicit" and not facts.conda.records:
            continue
        usual, make = _FORMATS[name]
        layers = carried(name, facts, left_out=sum(not requirement(dist).text for dist in of_pip(facts)))
        written.append(_write(folder, usual, with_head(make(facts), layers), facts))
    return tuple(written)


def _write(folder: Path, usual: str, text: str, facts: Facts) -> Path:
    for name in _names(usual, facts):
        try:
            write_only_new(folder / name, text)
        except FileExistsError:
            continue
        return folder / name
    raise FileExistsError(f"{folder} holds more than {_TRIES} files of this name")


def _names(usual: str, facts: Facts) -> list[str]:
    """environment.yml, environment-NAME-2026-11-22.yml, the same with -2, ..."""
    stem, dot, suffix = usual.rpartition(".")
    named = "-".join(filter(None, (stem, re.sub(r"\W*[.]\W*", "-", file_name(facts)).strip("-"), day(facts))))
    return [usual, named + dot + suffix, *(f"{named}-{number}{dot}{suffix}" for number in range(2, _TRIES))]


__all__ = ["environment_yml", "explicit", "requirements", "write_down"]
