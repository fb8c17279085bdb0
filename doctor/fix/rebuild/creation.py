"""Carries out the creation of one folder: files are written, commands run, settings copied, wishes carried over."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from doctor.fix.host.commands import run
from doctor.fix.host.files import make_folder, private_folder, write_new
from doctor.fix.plan import Anew
from doctor.fix.rebuild.requested import carry_over
from doctor.reading.files import Missing, Unfit, read_bytes
from doctor.reading.redact import show

#: bytes of a settings file that is copied
_LIMIT = 1024 * 1024
_PLACES = re.compile(r"\{(prefix|work)\}")


def create(
    anew: Anew,
    prefix: Path,
    old: Path | None,
    work: Path,
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool],
    began: Callable[[int], None] | None = None,
    keep: Sequence[int] = (),
) -> str:
    """Create the environment at a prefix that must not exist yet; return why it failed, or an empty text.

    old is where the old environment lies now, whose settings are copied, if there is one; work is an empty folder of
    the operation. began is told each command's process id; commands inherit the descriptors of keep. What a failure
    leaves behind at the prefix is for the caller to remove.
    """
    if prefix.is_symlink() or prefix.exists():
        return f"{show(prefix)} is there already"
    places = {"prefix": str(prefix), "work": str(work)}
    try:
        private_folder(work)
        for name, text in anew.files:
            write_new(work / _plain(name), text, mode=0o600)
        for number, command in enumerate(anew.commands):
            if stop():
                return "stopped"
            say(command.sentence)
            arguments = [_filled(argument, places) for argument in command.arguments]
            variables = {name: _filled(value, places) for name, value in command.variables.items()}
            folder = Path(command.folder) if command.folder else work
            ran = run(arguments, folder=folder, variables=variables, say=say, stop=stop, began=began, keep=keep)
            if stop():
                return "stopped"
            if ran.status:
                return f"{command.sentence}: {ran.why}"
            if (
                old is not None and not number and prefix.is_dir()
            ):  # before anything is installed: pip's own settings may lie in it
                for path in anew.copies:
                    _copy(path, old, prefix)
        if old is not None:
            carry_over(old, prefix)
    except OSError as error:
        return f"{show(error.filename) if error.filename else 'a file'}: {(error.strerror or str(error)).lower()}"
    return "" if prefix.is_dir() else "the commands ran and created nothing"


def _filled(text: str, places: dict[str, str]) -> str:
    return _PLACES.sub(lambda found: places[found[1]], text)


def _plain(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise ValueError(f"{name!r} is no name of a file")
    return name


def _copy(path: str, old: Path, prefix: Path) -> None:
    """Copy one settings file with its mode; one that is gone meanwhile, or no longer plain, is left."""
    if path.startswith("/") or ".." in Path(path).parts:
        raise ValueError(f"{path!r} leads out of the environment")
    source, target = old / path, prefix / path
    try:
        text = read_bytes(source, limit=_LIMIT, within=old).decode("utf-8", "surrogateescape")
        mode = stat.S_IMODE(source.stat().st_mode)
    except (Missing, Unfit, FileNotFoundError):
        return
    make_folder(target.parent)
    write_new(target, text, mode=mode)
