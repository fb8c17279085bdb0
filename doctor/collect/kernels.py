"""Reads the kernels layer: the Jupyter kernel specs that can be chosen here, in the order in which Jupyter looks.

The order is that of jupyter_core and jupyter_client for a notebook server that runs in this environment: JUPYTER_PATH,
then environment before user or the other way round, then the system, then IPython's old folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from doctor.collect.kernel_commands import Started, file_name, has_ipykernel, said, started_by
from doctor.facts import Facts, Kernels, Unreadable
from doctor.facts.kernels import Kernel, Place
from doctor.knowledge.kernels import FOLDER, is_valid_name
from doctor.reading.clean import clean, is_clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import REDACTED, has_secret, hide_home, redact
from doctor.reading.rooted import is_folder, names_in, place, real_folder, there
from doctor.target.environment import Request
from doctor.target.layout import is_executable_name, read_layout, site_folders
from doctor.target.places import Surroundings

#: bytes of a kernel.json; those in the wild have 200 to 2,000
_LIMIT = 256 * 1024
#: characters of one that is kept whole
_SHORT = 8_000
#: kernels of one folder, folders, and words of one command
_KERNELS = 200
_FOLDERS = 60
_WORDS = 40
_TEXT = 500

_SECRET_OPTION = re.compile(r"-{1,2}[\w.-]*(?:token|secret|passwd|password|key|credentials?|auth)", re.IGNORECASE)
_OFF = ("no", "n", "false", "off", "0", "0.0")


class _Folder(NamedTuple):
    """One folder of kernel specs."""

    path: Path
    place: Place


def read(request: Request, facts: Facts) -> Kernels:
    """Read them all; one that cannot be read is among the problems."""
    found: list[Kernel] = []
    problems: list[Unreadable] = []
    first: dict[str, str] = {}
    seen: set[Path] = set()
    for folder in _folders(request, facts):
        real = real_folder(folder.path)
        if real in seen:
            continue
        seen.add(real)
        for kernel in _in_folder(folder, request, facts, problems):
            found.append(kernel._replace(hidden_by=first.get(kernel.name, "")))
            first.setdefault(kernel.name, kernel.path)
    return Kernels(tuple(found), tuple(problems))


def _folders(request: Request, facts: Facts) -> Iterator[_Folder]:
    """The folders of kernel specs, in Jupyter's order."""
    for path in _named("JUPYTER_PATH", request)[:_FOLDERS]:
        yield _Folder(path / "kernels", "jupyter-path")
    own = _Folder(request.environment.prefix / FOLDER, "environment")
    users = [_Folder(path / "kernels", "user") for path in _users(request, facts)]
    yield from (own, *users) if _environment_first(request, facts) else (*users, own)
    yield from (_Folder(path / "kernels", "system") for path in _systems(request, facts))
    ipython = _named("IPYTHONDIR", request) or (request.home / ".ipython",)
    yield from (_Folder(path / "kernels", "user") for path in ipython[:1])


def _named(variable: str, request: Request) -> tuple[Path, ...]:
    around = Surroundings(request.variables, Path("/"), request.home, request.root)
    return tuple(around.named(variable))


def _users(request: Request, facts: Facts) -> Iterator[Path]:
    """Where Jupyter keeps what the user installed: its data folder, then the one beside the user's packages."""
    named = _named("JUPYTER_DATA_DIR", request)
    if named:
        yield named[0]
    elif facts.identity.system == "macos":
        yield request.home / "Library" / "Jupyter"
    elif facts.identity.system == "windows":
        yield from (path / "jupyter" for path in _named("APPDATA", request)[:1])
    else:
        data = _named("XDG_DATA_HOME", request) or (request.home / ".local" / "share",)
        yield data[0] / "jupyter"
    if any(folder.kind == "user" and folder.active for folder in facts.identity.site_folders):
        base = _named("PYTHONUSERBASE", request) or (request.home / ".local",)
        yield base[0] / "share" / "jupyter"


def _systems(request: Request, facts: Facts) -> Iterator[Path]:
    if facts.identity.system == "windows":
        yield from (path / "jupyter" for path in _named("PROGRAMDATA", request)[:1])
        yield from (path / "jupyter" for path in _named("ProgramData", request)[:1])
        return
    for path in ("/usr/local/share/jupyter", "/usr/share/jupyter"):
        yield place(path, request.root)


def _environment_first(request: Request, facts: Facts) -> bool:
    """Whether the environment's kernels hide the user's: in virtual environments since jupyter_core 5."""
    told = request.variables.get("JUPYTER_PREFER_ENV_PATH")
    if told is not None:
        return told.lower() not in _OFF
    identity = facts.identity
    if identity.kind not in ("venv", "conda") or identity.is_conda_base or not identity.owner_is_me:
        return False
    return not any(
        name.startswith("jupyter_core-4.")
        for folder in site_folders(read_layout(request.environment.prefix, root=request.root))
        for name in names_in(folder)
    )


def _in_folder(folder: _Folder, request: Request, facts: Facts, problems: list[Unreadable]) -> Iterator[Kernel]:
    if not is_folder(folder.path):
        return
    for name in names_in(folder.path)[:_KERNELS]:
        file = folder.path / name / "kernel.json"
        if not is_valid_name(name) or not there(file):
            continue
        path = said(file, request)
        try:
            text = read_text(file, limit=_LIMIT)
            spec = _parsed(text)
        except Missing:
            continue
        except Unfit as error:
            problems.append(Unreadable(path, error.reason, error.line))
            continue
        yield _kernel(name.lower(), path, folder.place, text, spec, request, facts)


def _parsed(text: str) -> dict[str, Any]:
    import json

    try:
        spec = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unfit(f"line {error.lineno}: not JSON: {error.msg}", error.lineno) from None
    except (RecursionError, MemoryError, ValueError):
        raise Unfit("cannot be parsed") from None
    argv = spec.get("argv") if isinstance(spec, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        raise Unfit("names no command to start: argv is no list of texts")
    return dict(spec)


def _kernel(
    name: str, path: str, where: Place, text: str, spec: dict[str, Any], request: Request, facts: Facts
) -> Kernel:
    argv = spec["argv"][:_WORDS]
    language = _text(spec.get("language"))
    started = started_by(argv, request, facts) if _is_python(language, argv) else Started()
    belongs = started.environment
    variables = spec.get("env")
    names = [clean(key, 100) for key in variables if is_clean(key)] if isinstance(variables, dict) else []
    return Kernel(
        name=name,
        path=path,
        place=where,
        display=redact(_text(spec.get("display_name"))),
        language=language,
        argv=_shown(argv),
        interpreter=started.interpreter,
        exists=started.exists,
        inside=started.inside,
        environment=said(belongs.prefix, request) if belongs and not started.inside else "",
        has_ipykernel=has_ipykernel(belongs, request) if belongs else None,
        variables=tuple(sorted(names)[:50]),
        written=hide_home(text) if len(text) <= _SHORT and not _is_secret(text, argv, variables) else "",
    )


def _is_secret(text: str, argv: list[str], variables: object) -> bool:
    """Whether the text must not be kept: values of variables may be secrets of a form that nobody knows."""
    return has_secret(text) or bool(variables) or REDACTED in " ".join(_shown(argv))


def _shown(argv: list[str]) -> tuple[str, ...]:
    """The command as people may see it: without secrets, also where a secret follows its option as a word."""
    hidden = [False, *(_SECRET_OPTION.fullmatch(word) is not None for word in argv)]
    return tuple(REDACTED if secret else redact(clean(word, _TEXT)) for word, secret in zip(argv, hidden, strict=False))


def _text(value: object) -> str:
    return clean(value, 200) if isinstance(value, str) else ""


def _is_python(language: str, argv: list[str]) -> bool:
    """Whether a kernel runs Python; where the language is left out, its command tells."""
    if language:
        return language.lower() in ("python", "ipython")
    return any("ipykernel" in word or "xpython" in word for word in argv) or is_executable_name(file_name(argv[0]))
