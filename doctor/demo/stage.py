"""Sets the stage up and takes it down: a folder, a home in it, and the variables of a user who lives there."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import doctor
from doctor.demo.installer import have_installer
from doctor.demo.patient import Stage
from doctor.demo.writing import folder, link, take_away, write
from doctor.failure import Failure

#: the user's variables that say how the terminal and the system are, and nothing of Python environments
_KEPT = (
    "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME",
    "SHELL", "DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY", "TERM_PROGRAM", "WT_SESSION", "SYSTEMROOT", "COMSPEC",
    "PATHEXT",
)  # fmt: skip
#: which a shell finds out by itself
_SIZE = ("COLUMNS", "LINES")
_KEPT_FAMILIES = ("LC_", "SSH_", "TEXTUAL")
#: the signals that end a program without asking it
_ENDING = ("SIGTERM", "SIGHUP")
#: the file by which a folder is known to be a demonstration's
MARK = ".envdoctor-demo"


@contextmanager
def staged(named: Path | None, *, keep: bool) -> Iterator[Stage]:
    """Make the folder and live in it: variables, working folder and file modes; leave no trace of it unless kept."""
    before, cwd, umask = dict(os.environ), _cwd(), os.umask(0o022)
    is_theirs = named is not None and named.exists()
    root = None
    with _ending_raises():
        try:
            root = _new_folder(named)
            stage = _set_up(root)
            _live_by(variables_of(stage))
            os.chdir(stage.start)
            yield stage
        finally:
            os.umask(umask)
            os.chdir(cwd)
            _live_by(before)
            if root is not None and not keep:
                _remove(root, itself=not is_theirs)


def variables_of(stage: Stage) -> dict[str, str]:
    """The variables of the user of the demonstration."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_FAMILIES)}
    return {**kept, **_own(stage)}


def _own(stage: Stage) -> dict[str, str]:
    """What leads everything into the stage's folder, and away from networks."""
    home, wheels = stage.home, stage.wheels
    path = [str(stage.root / "bin"), *(place for place in ("/usr/bin", "/bin") if Path(place).is_dir())]
    own = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
        "ENVDOCTOR_STATE": home / ".local/state/envdoctor",
        "TMPDIR": stage.root / "tmp",
        "PATH": os.pathsep.join(path),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": wheels,
        "PIP_CACHE_DIR": home / ".cache/pip",
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": wheels,
        "UV_CACHE_DIR": home / ".cache/uv",
        "UV_PYTHON_DOWNLOADS": "never",
        "CONDA_OFFLINE": "true",
        "CONDA_PKGS_DIRS": home / ".conda/pkgs",
    }
    return {name: str(value) for name, value in own.items()}


def leave_behind(stage: Stage, text: str) -> None:
    """Write what lets another terminal enter the stage, and what to try on it."""
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in sorted(_own(stage).items()))
    handed = " ".join(f'${{{name}+"{name}=${name}"}}' for name in (*_KEPT, "LC_ALL", "LC_CTYPE") if name not in _SIZE)
    lines = [
        "#!/bin/sh",
        "# A shell in the demonstration, with its variables alone; with words behind it, the command that they are.",
        f"cd {shlex.quote(str(stage.start))} || exit 2",
        '[ $# -gt 0 ] || set -- "${SHELL:-/bin/sh}"',
        f'exec env -i {handed} {given} "$@"',
    ]
    write(stage.root / "enter", "\n".join(lines) + "\n", program=True)
    write(stage.home / ".bashrc", "PS1='envdoctor demo \\w $ '\n")
    write(stage.home / ".zshrc", "PS1='envdoctor demo %~ $ '\n")
    write(stage.start / "README.txt", text)


def entering(stage: Stage) -> str:
    """The command that starts a shell in the stage."""
    return shlex.quote(str(stage.root / "enter"))


def removing(stage: Stage) -> str:
    """The line that takes a kept stage away."""
    return f"rm -r {shlex.quote(str(stage.root))}"


def _set_up(root: Path) -> Stage:
    home = folder(root / "ada")
    stage = Stage(root, home, folder(root / "wheels"), time.time())
    folder(stage.start)
    folder(root / "tmp")
    write(root / MARK, "made by envdoctor demo; remove the folder when you are done\n")
    write(root / "bin/envdoctor", _starting_envdoctor(), program=True)
    python = str(Path(getattr(sys, "_base_executable", "") or sys.executable).resolve())
    for name in ("python3", "python{}.{}".format(*sys.version_info[:2])):
        link(root / "bin" / name, python)
    return stage._replace(can_install=have_installer(root))


def _starting_envdoctor() -> str:
    """A command that starts this very envdoctor, wherever it runs from."""
    place = str(Path(doctor.__file__).parent.parent)
    code = f"import sys; sys.path.insert(0, {place!r}); from doctor.__main__ import main; sys.exit(main())"
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n'


def _new_folder(named: Path | None) -> Path:
    """A folder that holds nothing. Raises Failure where there can be none."""
    try:
        if named is None:
            return Path(tempfile.mkdtemp(prefix="envdoctor-demo-")).resolve()
        if named.is_symlink() or (named.exists() and (not named.is_dir() or any(named.iterdir()))):
            raise Failure(f"--folder {named}: it is there and not empty; name a folder that is not there yet")
        return folder(named).resolve()
    except OSError as error:
        what = f"--folder {named}" if named else tempfile.gettempdir()
        raise Failure(f"{what}: cannot be made: {(error.strerror or str(error)).lower()}") from None


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return "/"


def _live_by(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = None  # it is looked up once, and TMPDIR has changed


def _remove(root: Path, *, itself: bool) -> None:
    """Delete all that is in the folder, and itself where it was made for this; say so where something is left."""
    with _deaf():
        with suppress(OSError):
            for path in [root] if itself else sorted(root.iterdir()):
                take_away(path)
        if root.exists() if itself else any(root.iterdir()):
            sys.stderr.write(f"envdoctor: {root} could not be removed as a whole; remove it by hand\n")


@contextmanager
def _ending_raises() -> Iterator[None]:
    """Let a wish to terminate unwind the program, so that it clears up."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal calls it so
        raise SystemExit(128 + number)

    with _handled(_ENDING, end):
        yield


@contextmanager
def _deaf() -> Iterator[None]:
    """Hear no signal while the folder goes: what has begun comes to its end."""
    with _handled(("SIGINT", *_ENDING), signal.SIG_IGN):
        yield


@contextmanager
def _handled(
    names: tuple[str, ...], handler: Callable[[int, FrameType | None], None] | signal.Handlers
) -> Iterator[None]:
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    try:
        before = {number: signal.signal(number, handler) for number in numbers}
    except ValueError:  # not the main thread, which alone may do so
        before = {}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
