"""Turns what the user typed into one environment, or says plainly why it cannot be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.rooted import REAL_ROOT, follow, is_absolute, is_folder, place, shown, there
from doctor.target.active import activations, is_program, pyenv_choice, pythons_on_path
from doctor.target.discover import discover, environments_in_project
from doctor.target.environment import Environment
from doctor.target.layout import is_executable_name
from doctor.target.places import Surroundings
from doctor.target.recognise import environment_of, inspect_prefix

_FORMS = (
    "give the folder of an environment, a project folder with .venv, a Python interpreter, "
    "or a name that 'envdoctor list' shows"
)
_SHOWN = 8


class TargetError(Exception):
    """No environment, or not just one, is meant; the text says what is wrong and what to do."""

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates  #: what the user may have meant


def resolve(
    text: str | None, *, variables: Mapping[str, str], cwd: Path, home: Path, root: Path = REAL_ROOT
) -> Environment:
    """Find the environment that a name, prefix, project folder or interpreter means; None means the active one.

    Raises TargetError where there is none, or more than one.
    """
    around = Surroundings(variables, cwd, home, root)
    if text is None:
        return _default(around)
    if not text.strip() or "\0" in text:
        raise TargetError(f"an empty name means no environment: {_FORMS}")
    return _named(around, text)


def _default(around: Surroundings) -> Environment:
    stale = ""
    for activation in activations(around.variables, root=around.root):
        found = inspect_prefix(activation.prefix, root=around.root)
        if found is not None:
            return found._replace(origins=("active",))
        stale = stale or f"{activation.variable} names {_show(around, activation.prefix)}, which is no environment"
    if stale:
        raise TargetError(f"{stale}: deactivate it, or {_FORMS}")
    in_project = environments_in_project(around.cwd, root=around.root)
    if in_project:
        return _one_of(around, around.cwd, in_project)._replace(origins=("project",))
    for environment in pythons_on_path(around.variables, cwd=around.cwd, root=around.root):
        return environment._replace(origins=("PATH",))
    raise TargetError(
        f"no environment is active, {_show(around, around.cwd)} holds no .venv and no python is on PATH: {_FORMS}"
    )


def _named(around: Surroundings, text: str) -> Environment:
    path = _path_of(around, text)
    separated = "/" in text or "\\" in text
    is_path = separated or text.startswith((".", "~"))
    if not separated and not there(path) and (not is_path or _find_name(around, text)):
        return _by_name(around, text)
    try:
        return _at(around, path)
    except TargetError:
        if is_path:
            raise
        by_name = _find_name(around, text)
        if len(by_name) == 1:
            return by_name[0]
        raise


def _path_of(around: Surroundings, text: str) -> Path:
    if text == "~" or text.startswith(("~/", "~\\")):
        return around.home / text[2:]
    path = place(text, around.root) if is_absolute(text) else around.cwd / text
    return Path(os.path.normpath(path))


def _at(around: Surroundings, path: Path) -> Environment:
    try:
        path.lstat()
        if is_folder(path):
            return _in_folder(around, path)
    except (FileNotFoundError, NotADirectoryError):
        raise TargetError(f"{_show(around, path)} does not exist: {_FORMS}") from None
    except OSError as error:
        raise TargetError(f"{_show(around, path)} cannot be read: {_reason(error)}") from None
    return _by_interpreter(around, path)


def _in_folder(around: Surroundings, folder: Path) -> Environment:
    names = os.listdir(folder)  # noqa: PTH208 - raises OSError, and only the names are wanted
    found = inspect_prefix(folder, root=around.root)
    if found is not None:
        return found
    in_project = environments_in_project(folder, root=around.root)
    if in_project:
        return _one_of(around, folder, in_project)
    pointed = _pointed_to(around, folder / ".venv")
    if pointed is not None:
        return pointed
    if folder.name in ("bin", "Scripts"):
        above = inspect_prefix(folder.parent, root=around.root)
        if above is not None:
            return above
    if not names:
        raise TargetError(f"{_show(around, folder)} is an empty folder: {_FORMS}")
    raise TargetError(
        f"{_show(around, folder)} is no environment (neither pyvenv.cfg nor conda-meta nor a Python in it) "
        f"and no project with one (.venv, venv, env or .pixi/envs): {_FORMS}"
    )


def _one_of(around: Surroundings, folder: Path, found: tuple[Environment, ...]) -> Environment:
    """The customary environment of a project: .venv before others, pixi's default; else there must be just one."""
    first = found[0]
    pixi = [environment for environment in found if ".pixi" in environment.prefix.parts]
    if first not in pixi or first.prefix.name == "default" or len(pixi) == 1:
        return first
    names = tuple(_show(around, environment.prefix) for environment in pixi)
    raise TargetError(f"{_show(around, folder)} has several environments: give one of {_list(names)}", names)


def _pointed_to(around: Surroundings, file: Path) -> Environment | None:
    """A .venv that is a file and names the folder of the environment, as pipenv allows."""
    try:
        text = read_text(file, limit=4096).strip()
    except Unfit:
        return None
    path = place(text, around.root) if is_absolute(text) else file.parent / text
    return inspect_prefix(path, root=around.root) if text and "\n" not in text else None


def _by_interpreter(around: Surroundings, path: Path) -> Environment:
    real = follow(path, around.root)
    chosen: Path | None = None
    if path.parent.name == "shims" and is_executable_name(path.name):
        chosen = pyenv_choice(path.parent.parent, around.variables, cwd=around.cwd)
    if chosen is not None:
        path = chosen / "bin" / path.name
    named = is_executable_name(path.name) or (real is not None and is_executable_name(real.name))
    if named and is_program(path, around.root):
        found = environment_of(path, root=around.root)
        if found is not None:
            return found
        if real is None:
            raise TargetError(
                f"{_show(around, path)} is a link that leads nowhere, and lies in no environment: {_FORMS}"
            )
        raise TargetError(
            f"{_show(around, path)} is a Python, but its standard library was not found near it: {_FORMS}"
        )
    if real is None:
        raise TargetError(f"{_show(around, path)} is a link that leads nowhere: {_FORMS}")
    message = f"{_show(around, path)} is a file, but no Python interpreter"
    owner = inspect_prefix(path.parent.parent, root=around.root) or inspect_prefix(path.parent, root=around.root)
    if owner is not None and owner.kind != "system":
        prefix = _show(around, owner.prefix)
        raise TargetError(f"{message}; it lies in the environment {prefix}: give that", (prefix,))
    raise TargetError(f"{message}: {_FORMS}")


def _by_name(around: Surroundings, name: str) -> Environment:
    found = _find_name(around, name)
    if len(found) == 1:
        return found[0]
    if found:
        prefixes = tuple(_show(around, environment.prefix) for environment in found)
        raise TargetError(
            f"{clean(name, 100)!r} names {len(found)} environments: give one of {_list(prefixes)}", prefixes
        )
    known = tuple(dict.fromkeys(environment.name for environment in _everything(around)))
    close = _close(name, known)
    offered = close or known
    what = f"no environment is called {clean(name, 100)!r} and {_show(around, around.cwd)} holds no such folder"
    if close:
        raise TargetError(f"{what}: did you mean {_list(close)}? 'envdoctor list' shows all", offered)
    if known:
        raise TargetError(f"{what}: known are {_list(known)}; 'envdoctor list' shows all", offered)
    raise TargetError(f"{what}, and no environment was found on this machine: {_FORMS}")


def _find_name(around: Surroundings, name: str) -> list[Environment]:
    """The environments of that name; conda's before others, as its names are meant to be said alone."""
    everything = _everything(around)
    for fits in (
        [environment for environment in everything if environment.name == name and environment.kind == "conda"],
        [environment for environment in everything if environment.name == name],
        [environment for environment in everything if environment.prefix.name == name],
    ):
        if fits:
            return fits
    return []


def _everything(around: Surroundings) -> tuple[Environment, ...]:
    return tuple(discover(variables=around.variables, cwd=around.cwd, home=around.home, root=around.root))


def _show(around: Surroundings, path: Path) -> str:
    return shown(path, around.root, around.home)


def _list(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _close(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    from difflib import get_close_matches

    plain = {candidate.lower(): candidate for candidate in known}
    return tuple(plain[match] for match in get_close_matches(name.lower(), plain, 3, 0.6))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


__all__ = ["TargetError", "inspect_prefix", "resolve"]
