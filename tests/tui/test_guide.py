"""The guide in a real terminal: real damage, real repairs by real tools, driven by keys alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel
from tests.tui.terminal import Terminal


class Patient(NamedTuple):
    """A project with a sick environment, and where its wheels are."""

    project: Path
    prefix: Path
    wheels: Path
    state: Path

    @property
    def lost(self) -> Path:
        return site_packages_of(self.prefix) / "lost_file/part.py"

    @property
    def leftover(self) -> Path:
        return site_packages_of(self.prefix) / "~eedy-1.9.dist-info"

    def tree(self) -> dict[str, tuple[object, ...]]:
        """Every path with all that undo promises to bring back."""
        found: dict[str, tuple[object, ...]] = {}
        for folder, _, names in os.walk(self.prefix):
            for path in (Path(folder), *(Path(folder) / name for name in names)):
                status = path.lstat()
                held = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
                found[str(path)] = (status.st_mode, status.st_mtime_ns, held)
        return found


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    """A deleted file, a requirement that is not met, and what an interrupted pip left behind."""
    wheels = tmp_path / "wheels"
    prefix = make_venv(tmp_path / "project" / ".venv")
    install(
        prefix,
        make_wheel(wheels, "lost-file", "1.0", {"lost_file/__init__.py": "", "lost_file/part.py": "x = 1\n"}),
        make_wheel(wheels, "needy", "2.0", {"needy.py": ""}, requires=["absent>=3"]),
    )
    make_wheel(wheels, "absent", "3.1", {"absent.py": ""})
    sick = Patient(tmp_path / "project", prefix, wheels, tmp_path / "state")
    sick.lost.unlink()
    sick.leftover.mkdir()
    (sick.leftover / "METADATA").write_text("Name: needy\n")
    (tmp_path / "home").mkdir()
    return sick


def start(patient: Patient, *, columns: int = 80, rows: int = 24, program: str = "", **variables: str) -> Terminal:
    outside = {
        "HOME": str(patient.project.parent / "home"),
        "ENVDOCTOR_STATE": str(patient.state),
        "VIRTUAL_ENV": "",
        "CONDA_PREFIX": "",
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(patient.wheels),
        "UV_CACHE_DIR": str(patient.project.parent / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(patient.wheels),
    }
    return Terminal(
        ["-c", program] if program else ["-m", "doctor", ".venv"],
        columns=columns,
        rows=rows,
        variables=outside | variables,
        cwd=patient.project,
    )


def wait_until_gone(terminal: Terminal, text: str) -> None:
    """Wait until a text is no longer shown."""
    deadline = time.monotonic() + 30
    while text in terminal.text():
        assert time.monotonic() < deadline, terminal.text()
        terminal.press("")


def to_plan(terminal: Terminal, *keys: str) -> None:
    """From the start to the plan, with these keys pressed among the choices."""
    terminal.wait_for("2 errors, 1 warning")
    terminal.press("f")
    terminal.wait_for("of 3 findings chosen")
    terminal.press(*keys, "enter")
    terminal.wait_for("a applies it", seconds=60)


def test_from_examination_to_fixed_and_back_by_undo(patient: Patient) -> None:
    before = patient.tree()
    with start(patient) as terminal:
        terminal.wait_for("2 errors, 1 warning")
        terminal.press("f")
        shown = terminal.wait_for("1 of 3 findings chosen", "$ envdoctor fix .venv MIX004")
        assert "[x] ! warning MIX004" in shown, "what is safe is chosen"
        assert "[ ] ✗ error MIX006" in shown, "what is careful never is"
        assert "[ ] ✗ error DEP001" in shown
        terminal.press("down", " ")
        terminal.wait_for("2 of 3 findings chosen, 1 of them careful", "$ envdoctor fix .venv MIX004 MIX006")
        terminal.press("enter")
        terminal.wait_for("careful · can be undone · a applies it", "[sentence]", "MIX006 lost-file", seconds=60)
        terminal.press("2")
        terminal.wait_for("[packages]", "lost-file")
        terminal.press("3")
        terminal.wait_for("[commands]", "uv pip install", "lost-file==1.0")
        assert patient.tree() == before, "making and reading a plan changes nothing"
        terminal.press("a")
        terminal.wait_for("Apply this plan to .venv of project?")
        terminal.press("enter")
        wait_until_gone(terminal, "Apply this plan")
        assert patient.tree() == before, "Enter alone is a no"
        terminal.press("a", "y")
        terminal.wait_for("✓ Fixed", "✓ MIX004 ~eedy", "✓ MIX006 lost-file", seconds=60)
        assert patient.lost.read_text() == "x = 1\n"
        assert not patient.leftover.exists()
        terminal.press("l")
        terminal.wait_for("lost-file==1.0")
        terminal.press("l")
        terminal.wait_for("✓ Fixed")
        terminal.press("u")
        terminal.wait_for("✓ Undone", "$ envdoctor undo", seconds=60)
        assert patient.tree() == before
        terminal.press("enter")
        terminal.wait_for("2 errors, 1 warning", "$ envdoctor check .venv")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_one_finding_then_the_next(patient: Patient) -> None:
    with start(patient) as terminal:
        terminal.wait_for("2 errors, 1 warning")
        terminal.press("enter")  # the first one is the gravest
        terminal.wait_for("What was seen", "f Fix")
        terminal.press("f")
        shown = terminal.wait_for("1 of 1 finding chosen", "$ envdoctor fix .venv DEP001")
        assert "MIX006" not in shown
        terminal.press("enter")
        terminal.wait_for("a applies it", "DEP001 needy", seconds=60)
        terminal.press("a", "y")
        terminal.wait_for("✓ Fixed", "✓ DEP001", seconds=60)
        terminal.press("n")
        terminal.wait_for("1 of 2 findings chosen", "MIX006", seconds=60)
        assert "DEP001" not in terminal.text()
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == 0
    assert (site_packages_of(patient.prefix) / "absent.py").is_file()


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (200, 60)])
def test_other_sizes_have_no_dead_end(patient: Patient, columns: int, rows: int) -> None:
    with start(patient, columns=columns, rows=rows) as terminal:
        to_plan(terminal)
        terminal.press("a")
        terminal.wait_for("y  apply it", "n  change nothing")
        terminal.press("y")
        terminal.wait_for("✓ Fixed", "MIX004 ~eedy", seconds=60)
        terminal.press("u")
        terminal.wait_for("✓ Undone", seconds=60)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert patient.leftover.is_dir()


def test_no_colour_is_sent_where_none_is_wanted(patient: Patient) -> None:
    with start(patient, NO_COLOR="1") as terminal:
        to_plan(terminal)
        terminal.press("a", "y")
        terminal.wait_for("✓ Fixed", seconds=60)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    for line in terminal.screen.buffer.values():
        for character in line.values():
            for colour in (character.fg, character.bg):
                grey = len({colour[i : i + 2] for i in (0, 2, 4)}) == 1
                assert colour in ("default", "white", "black") or grey, colour


def test_a_plan_is_written_for_the_command_line(patient: Patient) -> None:
    with start(patient) as terminal:
        to_plan(terminal)
        terminal.press("w")
        terminal.wait_for("Write the plan to which file?", ".plan.json")
        terminal.press("enter")
        terminal.wait_for("Written:")
        terminal.press("escape")
        terminal.wait_for("of 3 findings chosen")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    (written,) = patient.project.glob("*.plan.json")
    assert '"MIX004"' in written.read_text()
    assert patient.leftover.is_dir()


def test_what_cannot_be_solved_is_no_plan_and_says_why(patient: Patient) -> None:
    shutil.rmtree(patient.wheels)
    patient.wheels.mkdir()
    with start(patient) as terminal:
        terminal.wait_for("2 errors, 1 warning")
        terminal.press("f")
        terminal.wait_for("of 3 findings chosen")
        terminal.press("down", "down", " ", "enter")
        terminal.wait_for("✗ No plan:", "absent", "Esc goes back to the choices", seconds=60)
        terminal.press("escape")
        terminal.wait_for("2 of 3 findings chosen")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_remedies_that_exclude_each_other_are_told_while_choosing(patient: Patient) -> None:
    wheels = patient.wheels
    install(
        patient.prefix,
        make_wheel(wheels, "wants-new", "1.0", {"wants_new.py": ""}, requires=["lost-file>=2"]),
    )
    with start(patient) as terminal:
        terminal.wait_for("errors")
        terminal.press("f")
        terminal.wait_for("findings chosen")
        terminal.press("a")
        terminal.wait_for("lost-file==1.0", "lost-file>=2", "choose one of them")
        terminal.press("enter")
        time.sleep(0.3)
        assert "Repair .venv" in terminal.wait_for("choose one of them")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_package_manager_at_work_blocks_the_plan(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "pip").symlink_to(shutil.which("sleep") or "/bin/sleep")
    with subprocess.Popen([tmp_path / "pip", "600"], env={"VIRTUAL_ENV": str(patient.prefix)}) as busy:
        try:
            with start(patient) as terminal:
                terminal.wait_for("2 errors, 1 warning")
                terminal.press("f")
                terminal.wait_for("of 3 findings chosen")
                terminal.press("enter")
                terminal.wait_for("! Would be refused:", f"pip (process {busy.pid}) is at work", seconds=60)
                terminal.press("a", "y")
                assert "Apply this plan" not in terminal.wait_for("! Would be refused:")
                terminal.press("q")
                assert terminal.wait_for_end() == 0
        finally:
            busy.kill()
    assert patient.leftover.is_dir()


class Slow(NamedTuple):
    """A folder of wheels behind a server that can hold them back."""

    address: str
    holding: threading.Event  #: from here on a wheel waits
    asked: threading.Event  #: for a wheel that waits
    let: threading.Event  #: until here


@pytest.fixture
def slow(patient: Patient) -> Iterator[Slow]:
    """Serve the patient's wheels."""
    holding, asked, let = threading.Event(), threading.Event(), threading.Event()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".whl") and holding.is_set():
                asked.set()
                let.wait(60)
            with contextlib.suppress(ConnectionError):  # whoever asked may have been killed meanwhile
                super().do_GET()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(patient.wheels)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Slow(f"http://127.0.0.1:{server.server_port}/", holding, asked, let)
    finally:
        let.set()
        server.shutdown()
        server.server_close()
        thread.join()


def begin_slowly(patient: Patient, slow: Slow) -> Terminal:
    """Begin a repair whose command waits for its wheel."""
    terminal = start(patient, UV_OFFLINE="0", UV_FIND_LINKS=slow.address, PIP_FIND_LINKS=slow.address)
    terminal.wait_for("2 errors, 1 warning")
    terminal.press("f")
    terminal.wait_for("of 3 findings chosen")
    terminal.press("down", " ", "enter")
    terminal.wait_for("a applies it", seconds=60)
    slow.holding.set()
    terminal.press("a", "y")
    deadline = time.monotonic() + 60
    while not slow.asked.is_set() and time.monotonic() < deadline:
        terminal.press("")
    assert slow.asked.is_set(), terminal.text()
    return terminal


def test_leaving_asks_and_puts_back_after_the_step(patient: Patient, slow: Slow) -> None:
    before = patient.tree()
    with begin_slowly(patient, slow) as terminal:
        shown = terminal.wait_for("… Reinstall lost-file==1.0", "✓ Save everything as it is", "%")
        assert "Examine again" in shown
        question = "Stop after this step and put the old state back?"
        terminal.press("escape")
        terminal.wait_for(question)
        terminal.press("enter")
        wait_until_gone(terminal, question)
        terminal.press("escape")
        terminal.wait_for(question)
        terminal.press("y")
        terminal.wait_for("stopping after this step")
        slow.let.set()
        terminal.wait_for("! Put back", "the old state is there again", seconds=60)
        assert patient.tree() == before
        terminal.press("enter")
        terminal.wait_for("2 errors, 1 warning", "$ envdoctor check .venv")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_interrupting_twice_quits_once_all_is_as_it_was(patient: Patient, slow: Slow) -> None:
    before = patient.tree()
    with begin_slowly(patient, slow) as terminal:
        terminal.press("ctrl+c")
        terminal.wait_for("Stop after this step, put the old state back, and quit?")
        terminal.press("ctrl+c")
        terminal.wait_for("stopping after this step")
        slow.let.set()
        assert terminal.wait_for_end(60) == 0
    assert patient.tree() == before


def test_killed_in_the_middle_the_next_start_says_so_and_recovers(patient: Patient, slow: Slow) -> None:
    before = patient.tree()
    with begin_slowly(patient, slow) as terminal:
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.wait_for_end() == -signal.SIGKILL
    with start(patient) as terminal:
        terminal.wait_for("cut off", "h shows it")
        terminal.press("h")
        terminal.wait_for("! 1 unfinished: r recovers", "! unfinished  .venv of project", "fix of MIX004, MIX006")
        terminal.press("r")
        terminal.wait_for("Put the environment back?")
        terminal.press("y")
        terminal.wait_for("! Put back", "the old state is there again", seconds=60)
        assert patient.tree() == before
        terminal.press("enter")
        shown = terminal.wait_for("! put back  .venv of project", "$ envdoctor history")
        assert "unfinished" not in shown
        terminal.press("escape")
        shown = terminal.wait_for("2 errors, 1 warning", "$ envdoctor check .venv")
        assert "cut off" not in shown
        terminal.press("q")
        assert terminal.wait_for_end() == 0


#: the app on a disk that notes when files are read, which not every test machine has
_NOTED = (
    "import sys, types, doctor.collect.sizes as sizes\n"
    "sizes.mount_of = lambda *place: types.SimpleNamespace(notes_reading=True)\n"
    "from doctor.__main__ import main\n"
    "sys.argv = ['envdoctor', '.venv']\n"
    "sys.exit(main())"
)


def test_what_takes_the_environment_away_wants_its_name(patient: Patient) -> None:
    long_ago = time.time() - 400 * 86_400
    cached = site_packages_of(patient.prefix) / "__pycache__"
    cached.mkdir()
    (cached / "needy.cpython-311.pyc").write_bytes(b"")
    for path in [patient.prefix, *patient.prefix.rglob("*")]:
        os.utime(path, (long_ago, long_ago), follow_symlinks=False)
    before = patient.tree()
    os.utime(cached / "needy.cpython-311.pyc", (long_ago, long_ago))  # looking at it counts as use
    with start(patient, program=_NOTED) as terminal:
        terminal.wait_for("SIZ007 unused-environment")
        terminal.press("up", "enter")  # a note stands last
        terminal.wait_for("f Fix")
        terminal.press("f")
        terminal.wait_for("2 ways, choose one", "(•) Write down", "( ) Export it, then move it aside")
        terminal.press("down", "down", " ")
        terminal.wait_for("(•) Export it, then move it aside", "SIZ007#2")
        terminal.press("enter")
        terminal.wait_for("a applies it", seconds=60)
        terminal.press("a")
        terminal.wait_for("Type the", "Enter goes on")
        terminal.press("no", "enter")
        terminal.wait_for("This is not .venv of project")
        assert patient.leftover.is_dir()
        terminal.press("\x7f\x7f", ".venv of project", "enter")
        terminal.wait_for("✓ Done", "u     undo it", seconds=60)
        assert not patient.prefix.exists()
        terminal.press("u")
        terminal.wait_for("✓ Undone", seconds=60)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert patient.tree() == before
