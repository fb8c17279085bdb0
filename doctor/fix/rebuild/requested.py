"""Carries over who asked for what: a list of exact packages makes installers note that everything was asked for.

Exports tell what was asked for, conda keeps to it when it solves, and pip's side answers who needs a package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.fix.host.files import write_new
from doctor.fix.host.marks import MARK, take_mark_away
from doctor.reading.clean import is_clean
from doctor.reading.conda.channel_names import canonical_channel
from doctor.reading.files import JSON_LIMIT, Unfit, read_bytes, read_text
from doctor.reading.python.metadata import name_and_version, normalise
from doctor.reading.rooted import is_folder, names_in

_PYTHONS = re.compile(r"(?:python|pypy)\d+\.\d+t?")
#: conda-meta/NAME-VERSION-BUILD.json of one prefix, and entries of site-packages
_MOST = 100_000
_SPECS = ("requested_spec", "requested_specs")
#: a spec that names neither channel nor build: numpy, numpy=1.26, numpy >=1.26
_LOOSE = re.compile(r"[\w.-]+\s*(?:[=<>!~]=?\s*)?[^=:\s\[\]]*", re.ASCII)
_ASKED = re.compile(r"^# update specs:.*$", re.MULTILINE)


def carry_over(old: Path, new: Path) -> None:
    """Let the new environment note as asked for what the old one did, and nothing else. Raises OSError."""
    asked = {name for name, folder in _metadata(old) if (folder / MARK).exists()}
    for name, folder in _metadata(new):
        if name not in asked and (folder / MARK).exists() and not _is_of_conda(folder):
            take_mark_away(folder)
    if is_folder(new / "conda-meta"):
        _carry_specs(old, new)


def _metadata(prefix: Path) -> Iterator[tuple[str, Path]]:
    """Name and dist-info folder of every distribution in the prefix's own site-packages."""
    lib = prefix / "lib"
    sites = [prefix / "Lib/site-packages"]
    sites += [lib / name / "site-packages" for name in names_in(lib, _MOST) if _PYTHONS.fullmatch(name)]
    for site in sites:
        for name in names_in(site, _MOST):
            if name.endswith(".dist-info") and is_folder(site / name) and not (site / name).is_symlink():
                yield normalise(name_and_version(name)[0]), site / name


def _is_of_conda(folder: Path) -> bool:
    try:
        return read_text(folder / "INSTALLER", within=folder).strip() == "conda"
    except Unfit:
        return False


def _carry_specs(old: Path, new: Path) -> None:
    """Give records and history the specs of the old records; of a package that is another now, its name alone."""
    before = {str(record.get("name")): record for _, record in _records(old)}
    asked: list[str] = []
    for path, record in _records(new):
        name = str(record.get("name"))
        was = before.get(name, {})
        specs = [spec for spec in _specs(was) if "://" not in spec]  # addresses: a clone, nobody's wish
        specs = list(dict.fromkeys(spec if _still_true(spec, was, record) else name for spec in specs))
        asked += specs
        if specs != _specs(record):
            kept = {key: value for key, value in record.items() if key not in _SPECS}
            more = {"requested_spec": specs[-1], "requested_specs": specs} if specs else {}
            write_new(path, json.dumps(kept | more, indent=2) + "\n")
    if asked:
        _tell_history(new / "conda-meta/history", asked)


def _records(prefix: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The records of a prefix, untouched; what cannot be read is passed over."""
    meta = prefix / "conda-meta"
    for name in names_in(meta, _MOST):
        if name.endswith(".json"):
            try:
                record = json.loads(read_bytes(meta / name, limit=JSON_LIMIT, within=prefix))
            except (Unfit, ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                yield meta / name, record


def _specs(record: Mapping[str, Any]) -> list[str]:
    several, one = record.get("requested_specs"), record.get("requested_spec")
    listed = several if isinstance(several, list) and several else [one]
    return [spec for spec in listed if isinstance(spec, str) and spec not in ("", "None") and is_clean(spec)]


def _still_true(spec: str, was: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a wish can hold for what is there: the same build, or its version where no more was asked for."""
    if was.get("version") != record.get("version"):
        return False
    channels = {canonical_channel(str(each.get("channel", ""))) for each in (was, record)}
    return (was.get("build") == record.get("build") and len(channels) == 1) or _LOOSE.fullmatch(spec) is not None


def _tell_history(history: Path, asked: list[str]) -> None:
    """Let the one entry of a new history name what was asked for: conda keeps to it when it solves."""
    try:
        text = read_bytes(history, within=history.parent).decode("utf-8", "surrogateescape")
    except Unfit:
        return
    if len(_ASKED.findall(text)) == 1:
        write_new(history, _ASKED.sub(lambda _: f"# update specs: {json.dumps(asked, ensure_ascii=False)}", text))
