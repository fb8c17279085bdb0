"""On a slow file system: the app answers keys at once, says truly how far it is, and leaves when it is told to."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel
from tests.tui.terminal import KEYS, Terminal

#: makes every look at the environment slow, and notes when the thread that draws and answers keys takes one
_SLOW = """
import builtins, os, sys, threading, time
root, notes, seconds = {root!r}, {notes!r}, {seconds!r}
os.environ["ENVDOCTOR_CHILD"] = "1"  # the walk stays in this process, where it is slow
def slow(what, path):
    if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(root) and armed:
        if threading.current_thread() is threading.main_thread():
            with real_open(notes, "a") as opened:
                opened.write(what + " " + os.fsdecode(path) + chr(10))
        time.sleep(seconds)
armed = []
def wrap(module, name):
    real = getattr(module, name)
    def wrapped(*arguments, **named):
        slow(name, arguments[0] if arguments else None)
        return real(*arguments, **named)
    setattr(module, name, wrapped)
    return real
real_open = builtins.open
for name in ("open", "stat", "lstat", "listdir", "readlink", "access"):
    wrap(os, name)
real_scandir = os.scandir
sys.addaudithook(lambda event, arguments: slow(event, arguments[0]) if event == "os.scandir" else None)
wrap(builtins, "open")
from doctor.tui.app import EnvDoctor
real_mount = EnvDoctor.on_mount
def mount(self):
    armed.append(1)
    real_mount(self)
EnvDoctor.on_mount = mount
from doctor.__main__ import main
sys.argv = ["envdoctor", *{arguments!r}]
sys.exit(main())
"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment has some packages and folders."""
    folder = tmp_path_factory.mktemp("slow")
    prefix = make_venv(folder / "project/.venv")
    wheels = [
        make_wheel(
            folder / "wheels", f"part{number}", "1.0", {f"part{number}/a{at}/__init__.py": "" for at in range(8)}
        )
        for number in range(30)
    ]
    sick = make_wheel(folder / "wheels", "needy", "2.0", {"needy.py": ""}, requires=["absent>=3"])
    install(prefix, *wheels, sick)
    return folder / "project"


def start(project: Path, seconds: float, notes: Path, *arguments: str) -> Terminal:
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    program = _SLOW.format(root=str(project.parent), notes=str(notes), seconds=seconds, arguments=arguments)
    variables = {
        "HOME": str(home),
        "ENVDOCTOR_STATE": str(project.parent / "state"),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
    }
    return Terminal(["-c", program], cwd=project, variables=variables)


def answered(terminal: Terminal, key: str, text: str, *, there: bool = True) -> None:
    """Press a key and see its effect on the screen while the reading goes on: a text comes, or goes."""
    before = time.monotonic()
    os.write(terminal.descriptor, KEYS.get(key, key).encode())
    while (text in terminal.text()) is not there:
        terminal._read(0.005)
        assert time.monotonic() - before < 5, terminal.text()


def test_keys_are_answered_at_once_and_progress_is_told_while_files_come_slowly(crowded: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with start(crowded, 0.02, notes, ".venv") as terminal:
        terminal.wait_for("reading", "distributions")
        for key, text in (("?", "Esc closes it"), ("g", "Go to")) * 3:
            answered(terminal, key, text)
            answered(terminal, "escape", text, there=False)
            time.sleep(0.2)  # a key right after Escape would be read as Alt and that key
        shown = terminal.wait_for("of 31 packages")
        assert re.search(r"\(\d+ s, ", shown), "how long it takes is told"
        first = re.search(r"(\d+) of 31", shown)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            terminal.press("")
            later = re.search(r"(\d+) of 31", terminal.text())
            if first and later and later[1] != first[1]:
                break
        else:
            pytest.fail(f"the count stands still:\n{terminal.text()}")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert not notes.exists(), f"the thread that answers keys looked at the environment:\n{notes.read_text()}"


def test_leaving_while_one_file_hangs_takes_no_time(crowded: Path, tmp_path: Path) -> None:
    with start(crowded, 1000, tmp_path / "notes", ".venv") as terminal:
        terminal.wait_for("envdoctor check", seconds=20)
        for key, title in (("p", "packages"), ("z", "sizes"), ("o", "where packages came from")):
            answered(terminal, key, f" — {title}")
            answered(terminal, "escape", f" — {title}", there=False)
            time.sleep(0.1)
        terminal.press("q")
        assert terminal.wait_for_end() == 0


#: keys from an examination through screens that read and back, each with the title that is there at once
_WALK = (
    ("p", " — packages"),
    ("z", " — sizes"),
    ("o", " — where packages came from"),
    ("t", " — what changed, and when"),
    ("m", "Compare .venv of project with"),
    ("h", "envdoctor history"),
    ("", ".venv of project"),
    ("escape", "choose an environment"),
    ("o", "from here to a verified environment"),
)
_GOES_ON = re.compile("reading|looking|judging|so far")


def test_every_screen_answers_keys_while_it_reads(crowded: Path, tmp_path: Path) -> None:
    """Each look at a file takes 50 ms: a screen is there, help comes and goes, and reading goes on behind it."""
    notes = tmp_path / "notes"
    with start(crowded, 0.05, notes, ".venv") as terminal:
        terminal.wait_for("virtual environment, ")
        for key, title in _WALK:
            if key:
                answered(terminal, key, title)
            answered(terminal, "?", "Esc closes it")
            answered(terminal, "escape", "Esc closes it", there=False)
            time.sleep(0.1)
            assert _GOES_ON.search(terminal.text()) or key in ("h", "escape"), terminal.text()
            if key not in ("", "escape") and "verified" not in title:
                answered(terminal, "escape", title, there=False)
                time.sleep(0.1)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert not notes.exists(), f"the thread that answers keys looked at files:\n{notes.read_text()}"
