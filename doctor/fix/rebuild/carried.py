"""What of an environment is carried over to the new one, and what cannot be: pip's packages and settings files."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from doctor.facts import Distribution, Facts
from doctor.fix.export.requirement_lines import requirement
from doctor.knowledge.reinstall import address_end, torch_index
from doctor.reading.clean import is_clean
from doctor.reading.disk.hashes import hash_file
from doctor.reading.rooted import exists, is_folder, names_in
from doctor.target.environment import Request

#: files of a prefix that say how it behaves or to whom it belongs
_ANYWHERE = ("pip.conf", "pip.ini", "pipx_metadata.json", "uv-receipt.toml", ".project")
_CONDA = (".condarc", "condarc", "conda-meta/pinned", "conda-meta/state", "conda-meta/frozen")
_FOLDERS = ("condarc.d", "etc/conda/activate.d", "etc/conda/deactivate.d", "etc/conda/env_vars.d")
_HOOKS = ("postactivate", "preactivate", "postdeactivate", "predeactivate")
_KERNELS = "share/jupyter/kernels"


class Layer(NamedTuple):
    """The packages of pip as they are installed again."""

    lines: Mapping[str, tuple[str, ...]]  #: index ("" for the ordinary one) -> requirements, exact
    editable: tuple[str, ...] = ()  #: real folders of editable installs
    lost: tuple[str, ...] = ()  #: phrases that say what cannot be carried over, and why
    blocked: str = ""  #: why it must not be done at all

    @property
    def size(self) -> int:
        """How many packages it holds."""
        return sum(map(len, self.lines.values())) + len(self.editable)


def layer_of(dists: Sequence[Distribution], request: Request) -> Layer:
    """Say for each distribution where its like comes from on this machine."""
    lines: dict[str, list[str]] = {}
    editable, lost = [], []
    for dist in dists:
        source = dist.direct_url
        folder = _folder(source.url, request) if source is not None else None
        if source is not None and source.editable:
            folder = folder / source.subdirectory if folder is not None else None
            if folder is None or not is_folder(folder):
                lost.append(f"{dist.name} (its sources {source.url} are gone)")
            elif _inside(folder, request.environment.prefix):
                return Layer({}, blocked=_must_move(dist, source.url))
            else:
                editable.append(str(folder))
            continue
        line = requirement(dist)
        if source is not None and folder is not None and line.text:
            if not exists(folder) or _inside(folder, request.environment.prefix):
                lost.append(f"{dist.name} {dist.version} ({source.url} is gone)")
                continue
            if not _is_same(folder, source.digest):
                lost.append(f"{dist.name} {dist.version} ({source.url} has changed since)")
                continue
            line = line._replace(text=f"{dist.name} @ {folder.as_uri()}{address_end(source)}")
        if line.text:
            lines.setdefault(torch_index(dist.version) if source is None else "", []).append(line.text)
        else:
            lost.append(f"{dist.name} {dist.version} ({line.remark})")
    kept = {index: tuple(texts) for index, texts in sorted(lines.items())}
    return Layer(kept, tuple(sorted(editable)), tuple(lost))


def settings_files(request: Request, facts: Facts) -> tuple[str, ...]:
    """Files of the prefix that no package owns and that belong to the environment, relative to it."""
    prefix = request.environment.prefix
    owned = {path for record in facts.conda.records for path in record.files}
    owned |= {path for dist in facts.distributions.installed for path in dist.paths or ()}
    found = [path for path in _settings(prefix, facts) if path not in owned and is_clean(path)]
    return tuple(path for path in found if (prefix / path).is_file() and not (prefix / path).is_symlink())


def unowned_startup(facts: Facts) -> tuple[str, ...]:
    """Files that somebody laid into site-packages by hand and that every start of Python reads."""
    owned = {path for record in facts.conda.records for path in record.files}
    owned |= {path for dist in facts.distributions.installed for path in dist.paths or ()}
    own = {folder.path for folder in facts.identity.site_folders if folder.kind == "environment"}
    made = re.compile(r"(?:_virtualenv|distutils-precedence|easy-install|setuptools|__editable__.*|_editable_.*)\.pth$")
    return tuple(
        file.path
        for file in facts.distributions.startup
        if file.path not in owned
        and file.path.rpartition("/")[0] in own
        and not made.match(file.path.rpartition("/")[2])
    )


def told(lost: Iterable[str], limit: int = 6) -> str:
    """Say what is not carried over, as the end of a sentence; an empty text where nothing is lost."""
    listed = list(lost)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return f"; not carried over: {', '.join(listed[:limit])}{more}" if listed else ""


def _settings(prefix: Path, facts: Facts) -> Iterator[str]:
    yield from _ANYWHERE
    scripts = "Scripts" if facts.identity.system == "windows" else "bin"
    yield from (f"{scripts}/{name}" for name in _HOOKS)
    if facts.identity.kind == "conda":
        yield from _CONDA
        for folder in _FOLDERS:
            yield from (f"{folder}/{name}" for name in names_in(prefix / folder, 1_000))
    for kernel in names_in(prefix / _KERNELS, 100):
        yield from (f"{_KERNELS}/{kernel}/{name}" for name in names_in(prefix / _KERNELS / kernel, 20))


def _folder(url: str, request: Request) -> Path | None:
    """The real path that a file: address as shown names; None for any other."""
    if not url.startswith("file://"):
        return None
    path = unquote(url[7:].partition("#")[0])
    if path.startswith("~/"):
        return request.home / path[2:]
    path = path.removeprefix("localhost")
    if re.match(r"/[A-Za-z]:", path):
        path = path[1:]
    return Path(path) if Path(path).is_absolute() and "\0" not in path else None


def _is_same(file: Path, digest: str) -> bool:
    """Whether an archive is the one that was installed; what has no digest counts as the same."""
    name, _, wanted = digest.partition("=")
    if not wanted:
        return True
    try:
        return hash_file(os.path.realpath(file), hashlib.new(name))[0] == wanted
    except OSError:
        return False


def _inside(folder: Path, prefix: Path) -> bool:
    return any(folder.is_relative_to(place) for place in (prefix, prefix.resolve()))


def _must_move(dist: Distribution, url: str) -> str:
    return (
        f"{dist.name} is installed in editable mode from {url}, inside the environment itself; "
        "move its sources out first, for the old environment goes away"
    )
