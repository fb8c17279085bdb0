"""Reads the kernels layer: the Jupyter kernel specs that can be chosen here, in the order in which Jupyter looks.

The order is that of jupyter_core and jupyter_client for a notebook server that runs in this environment: JUPYTER_PATH,
then environment before user or the other way round, then the system, then IPython's old folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from doctor.collect.presence import is_remote
from doctor.facts import Facts, Kernels, Unreadable
from doctor.facts.kernels import Kernel, Place
from doctor.knowledge.kernels import FOLDER, is_own_python, is_valid_name
from doctor.reading.clean import clean, is_clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import REDACTED, has_secret, hide_home, redact
from doctor.reading.rooted import chain, exists, is_absolute, is_folder, names_in, place, real_folder, shown, there
from doctor.target.environment import Environment, Request
from doctor.target.layout import is_executable_name, read_layout, site_folders
from doctor.target.places import Surroundings, conda_environment_folders, conda_roots
from doctor.target.recognise import environment_of, inspect_prefix

#: bytes of a kernel.json; those in the wild have 200 to 2,000
_LIMIT = 256 * 1024
#: characters of one that is kept whole
_SHORT = 8_000
#: kernels of one folder, folders, and words of one command
_KERNELS = 200
_FOLDERS = 60
_WORDS = 40
_TEXT = 500

_CONDA_TOOLS = ("conda", "mamba", "micromamba", "conda.exe", "mamba.exe", "micromamba.exe", "mamba-package-manager")
_SECRET_OPTION = re.compile(r"-{1,2}[\w.-]*(?:token|secret|passwd|password|key|credentials?|auth)", re.IGNORECASE)
_OFF = ("no", "n", "false", "off", "0", "0.0")


class _Folder(NamedTuple):
    """One folder of kernel specs."""

    path: Path
    place: Place


class _Started(NamedTuple):
    """What a kernel's command would start."""

    interpreter: str = ""
    exists: bool = True
    inside: bool = False
    environment: Environment | None = None


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
        path = _said(file, request)
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
    started = _started(argv, request, facts) if _is_python(language, argv) else _Started()
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
        environment=_said(belongs.prefix, request) if belongs and not started.inside else "",
        has_ipykernel=_has_ipykernel(belongs, request) if belongs else None,
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
    return any("ipykernel" in word or "xpython" in word for word in argv) or is_executable_name(_file_name(argv[0]))


def _file_name(program: str) -> str:
    return program.replace("\\", "/").rpartition("/")[2]


def _started(argv: list[str], request: Request, facts: Facts) -> _Started:
    program = argv[0]
    if "\0" in program or is_remote(program):  # nobody reaches for another machine
        return _Started()
    if is_own_python(program, facts.identity.python_minor):
        own = facts.identity.interpreter
        if own is None:
            return _Started(exists=False)
        return _Started(own.path, own.exists, inside=True, environment=request.environment)
    if is_absolute(program):
        started = _at(place(program, request.root), request)
        if started.exists and _file_name(program).lower() in _CONDA_TOOLS:
            return _by_conda(argv, started, request)
        return started
    return _by_conda(argv, _Started(), request) if _file_name(program).lower() in _CONDA_TOOLS else _Started()


def _at(program: Path, request: Request) -> _Started:
    """What starts at an absolute path."""
    said = _said(program, request)
    if not exists(program):
        return _Started(said, exists=False)
    if not any(is_executable_name(step.name) for step in chain(program, request.root)):
        return _Started(said)
    found = environment_of(program, root=request.root)
    if found is None:
        return _Started(said)
    inside = real_folder(found.prefix) == real_folder(request.environment.prefix)
    return _Started(said, inside=inside, environment=found)


def _by_conda(argv: list[str], started: _Started, request: Request) -> _Started:
    """What conda run -n NAME or -p PREFIX starts; an environment that cannot be found is taken for one elsewhere."""
    options = dict(pairwise(argv))
    prefix = options.get("-p") or options.get("--prefix") or ""
    name = options.get("-n") or options.get("--name") or ""
    if is_absolute(prefix) and "\0" not in prefix:
        folder = place(prefix, request.root)
        if not is_folder(folder):
            return _Started(_said(folder, request), exists=False)
        return _whole(folder, started, request)
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        return started
    around = Surroundings(request.variables, Path("/"), request.home, request.root)
    roots = [place(argv[0], request.root).parent.parent] if is_absolute(argv[0]) else []
    roots += [*conda_roots(around)][:_FOLDERS]
    folders = [root if name == "base" else root / "envs" / name for root in roots]
    folders += [folder / name for folder in [*conda_environment_folders(around)][:_FOLDERS]]
    for folder in folders:
        if is_folder(folder / "conda-meta"):
            return _whole(folder, started, request)
    return started


def _whole(folder: Path, started: _Started, request: Request) -> _Started:
    """The Python of an environment that is named as a whole."""
    found = inspect_prefix(folder, root=request.root)
    if found is None or found.python is None:
        return started._replace(environment=found)
    inside = real_folder(folder) == real_folder(request.environment.prefix)
    return _Started(_said(found.python, request), exists(found.python), inside, found)


def _has_ipykernel(environment: Environment, request: Request) -> bool | None:
    """Whether ipykernel lies in an environment; None where it may borrow it from the Python that it was made from."""
    folders = site_folders(read_layout(environment.prefix, interpreter=environment.python, root=request.root))
    if any(is_folder(folder / "ipykernel") for folder in folders):
        return True
    return False if folders and environment.kind == "conda" else None if not folders else _closed(environment)


def _closed(environment: Environment) -> bool | None:
    """False for a virtual environment that sees no other packages than its own, else None."""
    try:
        text = read_text(environment.prefix / "pyvenv.cfg", limit=_LIMIT)
    except Unfit:
        return None
    lines = [line.replace(" ", "").lower() for line in text.splitlines()]
    return None if "include-system-site-packages=true" in lines else False


def _said(path: Path, request: Request) -> str:
    """A path as facts have it: relative to the prefix inside, else absolute with ~."""
    prefix = request.environment.prefix
    if path != prefix and path.is_relative_to(prefix):
        return clean(path.relative_to(prefix).as_posix())
    real = Path(os.path.realpath(prefix))
    if path != real and path.is_relative_to(real):
        return clean(path.relative_to(real).as_posix())
    return shown(path, request.root, request.home)
