"""Reads every condarc that counts for an environment and merges them as conda does (conda 26.7, configuration.py).

Values are clean but not redacted: paths and addresses are needed as they are. Whoever puts one into facts redacts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.knowledge.condarc_keys import ALIASES, BOOLEANS, CHOICES, EXPANDED, FALSE, KNOWN, LISTS, MAPS, TRUE
from doctor.reading.clean import clean
from doctor.reading.conda.condarc_merge import Entry, merge
from doctor.reading.files import Missing, Unfit
from doctor.reading.rooted import exists, is_folder, place
from doctor.reading.settings.named_paths import named_path
from doctor.reading.yaml_lines import Node, Scalar, Value, read_yaml, scalars

#: bytes; a condarc has a few hundred
_LIMIT = 128 * 1024
#: files read from one condarc.d
_FILES = 50
_NAMES = (".condarc", "condarc", "condarc.d")
_MAMBA_NAMES = (".mambarc", "mambarc", "mambarc.d")
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}|%(\w+)%")
#: what separates the members of a list in a variable, where it is no comma
_SEPARATORS = {"envs_dirs": os.pathsep, "pinned_packages": "&", "disallowed_packages": "&"}

Wrong = Literal["unknown-key", "wrong-type"]


class Condarc(NamedTuple):
    """All sources and what conda makes of them, strongest first."""

    merged: Mapping[str, tuple[Entry, ...]] = {}  #: by top-level key; lists in effective order
    entries: tuple[Entry, ...] = ()  #: every value of every source, also those that lost
    files: tuple[Path, ...] = ()  #: that were read
    problems: tuple[tuple[Path, str, int], ...] = ()  #: (file, reason, line) of what conda refuses or ignores
    wrong: tuple[tuple[Entry, Wrong], ...] = ()
    root_prefix: Path | None = None  #: of the conda that the environment belongs to
    variables: Mapping[str, str] = {}  #: that values may name: see expanded

    def expanded(self, entry: Entry) -> str:
        """A value as text, with environment variables put in where conda does so."""
        text = "" if entry.value is None else str(entry.value)
        if entry.key.partition(".")[0] not in EXPANDED or ("$" not in text and "%" not in text):
            return text
        return clean(_VARIABLE.sub(lambda m: self.variables.get(m[1] or m[2] or m[3], m[0]), text))

    def folders(self, key: str, home: Path, root: Path = Path("/")) -> tuple[Path, ...]:
        """The folders that envs_dirs or pkgs_dirs name, with ~ and variables resolved; relative ones are left out."""
        found = (named_path(self.expanded(entry), home, root) for entry in self.merged.get(key, ()))
        return tuple(path for path in found if path is not None)


def read_condarc(
    *,
    prefix: Path | None,
    variables: Mapping[str, str],
    home: Path,
    root: Path = Path("/"),
    mamba: bool = False,
) -> Condarc:
    """Read and merge all sources for the environment at prefix, or for the user alone where that is None.

    With mamba, its own mambarc files count too.
    """
    base = root_prefix_of(prefix, variables, root)
    found = list(dict.fromkeys(_files(_places(prefix, base, variables, home, root, mamba))))
    sources: list[list[tuple[Entry, ...]]] = []  # lowest first, each a list of one tuple a key
    read: list[Path] = []
    problems: list[tuple[Path, str, int]] = []
    wrong: list[tuple[Entry, Wrong]] = []
    for path in found:
        try:
            document = read_yaml(path, limit=_LIMIT)
            sources.append(list(_settings(path, document, problems, wrong)))
            read.append(path)
        except Missing:
            continue
        except Unfit as error:
            problems.append((path, error.reason, error.line))
    sources.append(list(_from_variables(variables, wrong)))
    return Condarc(
        merge(sources),
        tuple(entry for source in reversed(sources) for setting in source for entry in setting),
        tuple(reversed(read)),
        tuple(problems),
        tuple(wrong),
        base,
        variables,
    )


def root_prefix_of(prefix: Path | None, variables: Mapping[str, str], root: Path = Path("/")) -> Path | None:
    """The installation of conda that a prefix belongs to, else the one that the shell uses."""
    candidates: list[Path] = []
    if prefix is not None:
        candidates += [prefix.parent.parent] if prefix.parent.name == "envs" else []
        candidates += [prefix] if exists(prefix / "condabin") else []
    candidates += [place(variables[name], root) for name in ("CONDA_ROOT", "MAMBA_ROOT_PREFIX") if variables.get(name)]
    candidates += [place(variables["CONDA_EXE"], root).parent.parent] if variables.get("CONDA_EXE") else []
    return next((path for path in candidates if exists(path / "conda-meta") or exists(path / "pkgs")), None)


def _places(
    prefix: Path | None, base: Path | None, variables: Mapping[str, str], home: Path, root: Path, mamba: bool
) -> Iterator[Path]:
    """Files and folders that may hold a condarc, lowest first."""
    names = (*_NAMES, ".mambarc") if mamba else _NAMES
    system = [root / "ProgramData/conda", root / "etc/conda", root / "var/lib/conda"]
    if os.name == "nt" and root == Path("/"):
        system[0] = Path("C:/ProgramData/conda")
    xdg = variables.get("XDG_CONFIG_HOME")
    folders = [*system, *([base] if base else []), *([place(xdg, root) / "conda"] if xdg else [])]
    for folder in (*folders, home / ".config/conda", home / ".conda"):
        yield from (folder / name for name in names)
    yield home / ".condarc"
    if mamba:
        for folder in (home / ".config/mamba", home / ".mamba"):
            yield from (folder / name for name in _MAMBA_NAMES)
        yield home / ".mambarc"
    if prefix is not None:
        yield from (prefix / name for name in names)
    if variables.get("CONDARC"):
        named = named_path(variables["CONDARC"], home, root)
        if named is not None:
            yield named


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for path in places:
        folder = is_folder(path)
        named = path.name in (*_NAMES, *_MAMBA_NAMES) or path.suffix in (".yml", ".yaml")
        if not folder and named and exists(path):
            yield path
        elif folder:
            try:
                with os.scandir(path) as listing:
                    names = sorted(entry.name for entry in islice(listing, 5000) if _is_yaml(entry.name))
            except OSError:
                continue
            yield from (path / name for name in names[:_FILES])


def _is_yaml(name: str) -> bool:
    return name.endswith((".yml", ".yaml"))


def _settings(
    path: Path, document: Node, problems: list[tuple[Path, str, int]], wrong: list[tuple[Entry, Wrong]]
) -> Iterator[tuple[Entry, ...]]:
    """The settings of one file, each as the entries of one key."""
    if document.value is None:
        return
    if not isinstance(document.value, dict):
        raise Unfit("holds no settings: lines of the form key: value are expected", document.line)
    for key, line in document.repeated:
        problems.append((path, f"line {line}: {clean(key, 60)} is given a second time", line))
    seen: dict[str, str] = {}
    for name, node in document.value.items():
        key = ALIASES.get(name, name)
        if key in seen:
            why = f"line {node.line}: {clean(name, 60)} and {clean(seen[key], 60)} are two names of one setting"
            problems.append((path, why, node.line))
        seen[key] = name
        key = clean(key, 80)
        entries = tuple(
            Entry(clean(place, 200), _typed(key, leaf.value), path, leaf.line, leaf.flag, node.flag == "final")
            for place, leaf in scalars(node, key)
            if leaf.value is not None
        )
        if name not in KNOWN:
            wrong.append((entries[0] if entries else Entry(key, None, path, node.line), "unknown-key"))
        elif node.value is not None and not _fits(key, node):
            wrong.append((entries[0] if entries else Entry(key, None, path, node.line), "wrong-type"))
        if entries:
            yield entries


def _from_variables(variables: Mapping[str, str], wrong: list[tuple[Entry, Wrong]]) -> Iterator[tuple[Entry, ...]]:
    """The settings that CONDA_* variables make; those of other use (CONDA_PREFIX, ...) are none."""
    for name in sorted(variables):
        raw = name.removeprefix("CONDA_").lower()
        key = ALIASES.get(raw, raw)
        if raw == name.lower() or raw not in KNOWN or key in MAPS or key == "root_prefix":
            continue
        text = clean(variables[name])
        if key in LISTS:
            members = (part.strip() for part in text.split(_SEPARATORS.get(key, ",")))
            found = tuple(Entry(key, part, f"${name}") for part in members if part)
        else:
            value, important, _ = text.partition("!important")
            found = (Entry(key, _typed(key, value.strip()), f"${name}", final=bool(important)),)
            if not _fits(key, Node(found[0].value, 0, value.strip())):
                wrong.append((found[0], "wrong-type"))
        if found:
            yield found


def _typed(key: str, value: Value) -> Scalar:
    """One line of text, or a number; truths that are written as words are truths, as conda reads them."""
    if not isinstance(value, str):
        return None if isinstance(value, (tuple, dict)) else value
    if key in BOOLEANS or key == "ssl_verify":
        word = value.strip().lower()
        return True if word in TRUE else False if word in FALSE else clean(value, 500)
    return clean(value, 2000)


def _fits(key: str, node: Node) -> bool:
    """Whether a value is of the kind that conda takes for this key."""
    if key in LISTS:
        return isinstance(node.value, tuple)
    if key in MAPS:
        return isinstance(node.value, dict)
    if isinstance(node.value, (tuple, dict)):
        return False
    word = node.text.strip().lower()
    if key in CHOICES:
        return word in CHOICES[key]
    return key not in BOOLEANS or word in TRUE or word in FALSE or isinstance(node.value, (int, float))
