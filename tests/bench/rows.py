"""What is measured against what, and how fast it must be: one row each."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench import subjects
from tests.bench.contest import Side

ROOT = Path(__file__).parent.parent.parent


_BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("ready")
Bare().run()
"""
#: the same with a text over it that a key brings and takes away
_BARE_HELP = """
from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Static
class Help(ModalScreen):
    BINDINGS = [("escape", "dismiss")]
    def compose(self):
        yield Static("Esc closes it")
class Bare(App):
    BINDINGS = [("question_mark", "help")]
    def compose(self):
        yield Static("ready")
    def action_help(self):
        self.push_screen(Help())
Bare().run()
"""


class Row(NamedTuple):
    """One row of the table; skipped says why there is nothing to run."""

    what: str
    against: str
    must: float
    aim: float
    ours: Side = Side(())
    theirs: Side = Side(())
    files: int = 0  #: of the subject, where memory is judged by file
    skipped: str = ""


def rows(folder: Path, small_only: bool) -> Iterator[Row]:
    """Make each subject when its first row comes."""
    yield from _start_up()
    yield from _screen()
    yield from _small(subjects.wheels(folder, 72, 7_700))
    if not small_only:
        prefix = subjects.wheels(folder, 250, 100_000)
        yield from _large(prefix)
        yield _complete(prefix)
        yield _keys(prefix)
        yield from _sizes(prefix)
        yield from _deep(prefix, folder)
        yield from _saving(subjects.wheels(folder, 150, 60_000), folder / "saved")
        yield from _conda(subjects.conda(folder, 450, 100_000))
    yield _libraries(folder, 300 if small_only else 1_700)
    yield from _elsewhere()


def _check(prefix: Path, *options: str) -> Side:
    project = prefix.parent / "project"
    project.mkdir(exist_ok=True)
    return Side((*_envdoctor(), "--check", str(prefix), "--project", str(project), *options))


def _envdoctor() -> tuple[str, ...]:
    """As people start it: the installed script, where there is one; python -m loads 3 ms more."""
    script = Path(sys.executable).parent / "envdoctor"
    return (str(script),) if script.exists() else (sys.executable, "-m", "doctor")


def _pip_check(prefix: Path) -> Side:
    return Side((str(prefix / "bin/python"), "-m", "pip", "check"))


def _start_up() -> Iterator[Row]:
    bare = Side((sys.executable, "-I", "-c", "pass"))
    for option, must, aim in (("--version", 4, 3), ("--help", 8, 6)):
        yield Row(option, "python -I -c pass", must, aim, Side((*_envdoctor(), option)), bare)


def _screen() -> Iterator[Row]:
    bare = Side((sys.executable, "-c", _BARE), shows=b"ready")
    ours = Side((sys.executable, "-m", "doctor"), shows=b"choose an environment")
    yield Row("app, first paint", "a bare Textual app", 1.3, 1.1, ours, bare)


def _complete(prefix: Path) -> Row:
    """The same work in the app and on the command line; a verdict ends with the number of checks."""
    check = _check(prefix)
    command = tuple(word for word in check.command if word != "--check")
    return Row("app, complete, large", "--check", 1.6, 1.3, Side(command, shows=rb"in \d+ checks"), check)


def _keys(prefix: Path) -> Row:
    """From a key to the changed screen while a large environment is examined: the longest of some presses."""
    command = tuple(word for word in _check(prefix).command if word != "--check")
    pressed = Side((), key=b"?", answer=b"closes it", back=b"\x1b")
    ours = pressed._replace(command=command, shows=b"reading|judging")
    bare = pressed._replace(command=(sys.executable, "-c", _BARE_HELP), shows=b"ready")
    return Row("app, longest wait for a key", "a bare Textual app, idle", 0, 0, ours, bare)


def _small(prefix: Path) -> Iterator[Row]:
    yield Row("--check, small", "pip check", 0.5, 0.25, _check(prefix), _pip_check(prefix))


def _large(prefix: Path) -> Iterator[Row]:
    pip = _pip_check(prefix)
    yield Row("--check, large", "pip check", 1.5, 1.0, _check(prefix), pip, files=100_000)
    yield Row("--check --ignore SIZ", "pip check", 1.0, 0.7, _check(prefix, "--ignore", "SIZ"), pip)
    dependencies = _check(prefix, "--select", "DEP")
    yield Row("--check --select DEP", "pip check", 0.25, 0.10, dependencies, pip)
    if uv := shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent)):
        theirs = Side((uv, "pip", "check", "--python", str(prefix / "bin/python")))
        yield Row("--check --select DEP", "uv pip check", 4, 1.5, dependencies, theirs)
    else:
        yield Row("--check --select DEP", "uv pip check", 4, 1.5, skipped="uv is not here")


def _sizes(prefix: Path) -> Iterator[Row]:
    du = shutil.which("du")
    ours = _check(prefix, "--select", "SIZ001")
    theirs = Side((du or "", "-s", str(prefix)))
    what = "sizes of every file, by owner"
    yield Row(what, "du -s", 1.0, 0.8, ours, theirs, skipped="" if du else "du is not here")
    yield Row(f"{what}, cold", "du -s", 0.7, 0.5, skipped="emptying the file system's cache would disturb others")


def _deep(prefix: Path, folder: Path) -> Iterator[Row]:
    ours = _check(prefix, "--deep", "--select", "MIX007")
    listed = folder / "hashed.txt"
    site = next(prefix.glob("lib/python3*/site-packages"))
    paths = [str(path) for path in site.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    listed.write_text("\0".join(paths))
    if shutil.which("cat") and shutil.which("xargs"):
        cat = Side(("/bin/sh", "-c", f"xargs -0 cat < '{listed}'"))
        yield Row("--deep, all hashes", "cat of the same files", 1.25, 1.1, ours, cat)
    else:
        yield Row("--deep, all hashes", "cat of the same files", 1.25, 1.1, skipped="cat or xargs is not here")
    if shutil.which("openssl"):
        cores = os.cpu_count() or 1
        command = f"xargs -0 -n 2000 -P {cores} openssl dgst -sha256 < '{listed}'"
        yield Row(
            "--deep, all hashes", f"openssl, {cores} processes", 1.0, 0.85, ours, Side(("/bin/sh", "-c", command))
        )
    else:
        yield Row("--deep, all hashes", "openssl", 1.0, 0.85, skipped="openssl is not here")


def _conda(prefix: Path) -> Iterator[Row]:
    what = "--check, 450 conda packages"
    conda = os.environ.get("BENCH_CONDA") or shutil.which("conda")
    ours = _check(prefix)
    if conda:
        yield Row(what, "conda doctor", 0.15, 0.10, ours, Side((conda, "doctor", "--prefix", str(prefix))), 100_000)
    else:
        yield Row(what, "conda doctor", 0.15, 0.10, skipped="conda is not here; name one by BENCH_CONDA")
    yield Row(what, "du -s of it", 0, 0, ours, Side(("du", "-s", str(prefix))), 100_000)


def _saving(prefix: Path, folder: Path) -> Iterator[Row]:
    """What a way back costs: taken, used when a step failed, and used by undo."""

    def ours(what: str, prepare: str) -> Side:
        start = (sys.executable, "-m", "tests.bench.saving")
        return Side((*start, what, str(prefix), str(folder)), (0,), (*start, prepare, str(prefix), str(folder)))

    def copy(how: str) -> Side:
        target = folder.with_name("copied")
        fresh = ("/bin/sh", "-c", f"rm -rf '{target}'")
        return Side(("cp", how, str(prefix), str(target)), (0,), fresh)

    if os.name == "nt" or not shutil.which("cp"):
        yield Row("snapshot of 60,000 files", "cp -al", 1.3, 1.1, skipped="cp is not here")
        return
    save = ours("save", "clear")
    yield Row("snapshot of 60,000 files", "cp -al", 1.3, 1.1, save, copy("-al"))
    yield Row("snapshot of 60,000 files", "cp -a", 0, 0, save, copy("-a"))
    yield Row("put back, 1 in 30 was changed", "cp -al", 0, 0, ours("put-back", "spoil"), copy("-al"))
    yield Row("undo, 1 in 30 was changed", "cp -al", 0, 0, ours("undo", "change"), copy("-al"))
    yield Row("undo, 1 in 30 was changed", "cp -a", 0, 0, ours("undo", "change"), copy("-a"))


def _libraries(folder: Path, count: int) -> Row:
    """The libraries of an environment that BENCH_NATIVE names, else copies of those that lie on this machine."""
    what, must, aim = "all libraries resolved", 0.05, 0.03
    if not shutil.which("ldd"):
        return Row(what, "ldd on each", must, aim, skipped="ldd is not here")
    named = os.environ.get("BENCH_NATIVE")
    prefix = Path(named) if named else subjects.libraries(folder, count)
    listed = folder / "libraries"
    paths = sorted(str(path) for path in prefix.rglob("*.so*") if path.is_file() and not path.is_symlink())
    listed.write_text("\0".join(paths))
    ours = Side((sys.executable, "-m", "tests.bench.resolving", str(prefix)), (0,))
    each = f"xargs -0 -n 1 ldd < '{listed}' > {folder}/ldd.out 2>&1"
    return Row(f"{what}, {len(paths)}", "ldd on each", must, aim, ours, Side(("/bin/sh", "-c", each), (0, 1, 123)))


def _elsewhere() -> Iterator[Row]:
    yield Row("app, first finding", "its first paint", 0, 0, skipped="told in milliseconds after it, not as a ratio")
