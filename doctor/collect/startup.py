"""Reads what any start of the environment's Python reads and runs: .pth, .start, sitecustomize, usercustomize."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Literal

from doctor.collect.presence import is_there, real_path
from doctor.facts.distributions import StartupFile, Unreadable
from doctor.facts.identity import Identity, SiteFolder
from doctor.knowledge.startup import suspicious_words
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_bytes
from doctor.reading.python.startup_files import Lines, parse_module, parse_pth, parse_start
from doctor.reading.redact import has_secret, hide_home, show
from doctor.target.environment import Request

#: bytes of a start-up file; the largest seen has 6 KB
LIMIT = 1024 * 1024
#: start-up files of one folder
FILE_LIMIT = 500

_MODULES: dict[str, Literal["sitecustomize", "usercustomize"]] = {
    "sitecustomize": "sitecustomize",
    "usercustomize": "usercustomize",
}
_COMPILED = (".so", ".pyd", ".pyc")


def startup_of_site(
    folder: SiteFolder, names: Iterable[str], identity: Identity, request: Request, problems: list[Unreadable]
) -> Iterator[StartupFile]:
    """Read the start-up files among the names in a site folder; .pth and .start count where site looks for them."""
    present = [name for name in names if name.endswith((".pth", ".start")) or name.partition(".")[0] in _MODULES]
    starts = {name.removesuffix(".start") for name in present if name.endswith(".start")}
    knows_start = not _is_before(identity.python_minor, (3, 15))
    runs_imports = _is_before(identity.python_minor, (3, 18))
    for name in present[:FILE_LIMIT]:
        if name.endswith((".pth", ".start")):
            if folder.kind == "pythonpath" or (name.endswith(".start") and not knows_start):
                continue
            data = _read(folder, name, request, problems)
            if data is None:
                continue
            lines = parse_start(data) if name.endswith(".start") else parse_pth(data)
            if lines.undecodable:
                reason = f"line {lines.undecodable}: not UTF-8, which stops pip and may stop Python"
                problems.append(Unreadable(f"{folder.path}/{clean(name)}", reason, lines.undecodable))
            if name.endswith(".start"):
                yield _startup(folder, name, "start", data, lines, request)
            else:
                replaced = knows_start and name.removesuffix(".pth") in starts
                yield _startup(folder, name, "pth", data, lines, request, runs=runs_imports and not replaced)
        else:
            yield from _module(folder, name, request, problems)


def startup_of_stdlib(identity: Identity, request: Request, problems: list[Unreadable]) -> Iterator[StartupFile]:
    """Read sitecustomize and usercustomize of the standard library's folder, where Debian keeps its own."""
    folder = SiteFolder(identity.stdlib, "base")
    for stem in _MODULES:
        if is_there(f"{identity.stdlib}/{stem}.py", request):
            yield from _module(folder, f"{stem}.py", request, problems)


def _module(folder: SiteFolder, name: str, request: Request, problems: list[Unreadable]) -> Iterator[StartupFile]:
    stem, _, suffix = name.partition(".")
    kind = _MODULES[stem]
    if not suffix:
        name = f"{name}/__init__.py"
        if not is_there(f"{folder.path}/{name}", request):
            return
    if name.endswith(".py"):
        data = _read(folder, name, request, problems)
        if data is not None:
            yield _startup(folder, name, kind, data, parse_module(data), request)
    elif name.endswith(_COMPILED):
        yield StartupFile(f"{folder.path}/{clean(name)}", kind, ((0, "compiled code"),))


def _read(folder: SiteFolder, name: str, request: Request, problems: list[Unreadable]) -> bytes | None:
    path = f"{folder.path}/{name}"
    inside = folder.path[:1] not in "~/" and folder.path[1:2] != ":"
    real = real_path(path, request)
    try:
        return read_bytes(real, limit=LIMIT, within=request.environment.prefix if inside else None)
    except Unfit as error:
        problems.append(Unreadable(clean(path), error.reason, error.line))
    return None


def _startup(
    folder: SiteFolder,
    name: str,
    kind: Literal["pth", "start", "sitecustomize", "usercustomize"],
    data: bytes,
    lines: Lines,
    request: Request,
    *,
    runs: bool = True,
) -> StartupFile:
    added = tuple([_added(number, text, folder, request) for number, text in lines.folders])
    gone = {number for number, _, there in added if not there}
    return StartupFile(
        f"{folder.path}/{clean(name)}",
        kind,
        lines.code if runs else (),
        added,
        len(data),
        suspicious_words(lines.whole) if runs else (),
        {str(number): hide_home(text) for number, text in lines.folders if number in gone and not has_secret(text)},
    )


def _added(number: int, text: str, folder: SiteFolder, request: Request) -> tuple[int, str, bool]:
    """Place a folder that a .pth names: relative to the prefix inside, as shown outside."""
    path = text if text[:1] in "/\\" or text[1:2] == ":" else posixpath.normpath(f"{folder.path}/{text}")
    if path.startswith(".."):
        path = posixpath.normpath(f"{request.environment.prefix.as_posix()}/{path}")
    there = is_there(path, request)
    prefix = request.environment.prefix.as_posix().rstrip("/") + "/"
    said = path[len(prefix) :] if path.startswith(prefix) else show(path)
    return number, clean(said, 1000), there


def _is_before(minor: str, other: tuple[int, int]) -> bool:
    """Whether a Python X.Y is older than another; one that is not known is taken for older."""
    major, _, rest = minor.partition(".")
    if not (major.isdigit() and rest.isdigit()):
        return True
    return (int(major), int(rest)) < other
