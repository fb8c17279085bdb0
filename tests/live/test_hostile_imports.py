"""Packages that hang, crash, multiply, eat memory, kill and lie harm their own process and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from doctor.facts import Facts, Live, serialise
from doctor.reading.clean import is_clean
from tests.live.patient import SHORT, make, one, probed, request_of

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

#: twelve generations of two at the most, were nobody watching: 4,096 that sleep, and never more
BOMB = """
import os, time
for _ in range(12):
    os.fork()
    time.sleep(0.15)
time.sleep(600)
"""
MODULES = {
    "sound": "",
    "raises": "raise RuntimeError('first\\nlibnothing.so.1: cannot open shared object file: No such file\\nlast')",
    "chained": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ImportError('outer') from e",
    "lacks": "import absent_altogether",
    "faults": "import faulthandler; faulthandler._sigsegv()",
    "aborts": "import os; os.abort()",
    "leaves": "import os; os._exit(0)",
    "sysexits": "import sys; sys.exit(0)",
    "hangs": "import time; time.sleep(600)",
    "stubborn": "import signal, time\nfor n in range(1, 30):\n    try: signal.signal(n, signal.SIG_IGN)\n"
    "    except OSError: pass\ntime.sleep(600)",
    "parricide": "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(600)",
    "bomb": BOMB,
    "eater": "import time\nheld = []\nfor _ in range(40):\n    held.append(b'x' * 20_000_000)\n    time.sleep(0.02)\n"
    "time.sleep(600)",
    "prints": "import sys\nprint('\\x1b]52;c;ZXZpbA==\\x07\\x1b[2J\\u202etxt' * 9, file=sys.stderr)\n"
    "print('{\"error\": \"forged\"}')\nprint('y' * 20_000_000)\nraise ValueError('\\x1b[31mred\\x07 \\u202e')",
    "forges": "import os\nfor d in range(3, 40):\n    try: os.write(d, b'[' * 200_000)\n    except OSError: pass\n"
    "os._exit(0)",
    "daemon": "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        time.sleep(600)\n    os._exit(0)",
    "writes": "open('left-behind', 'w').write('x'); import os; os.mkdir('locked'); open('locked/x', 'w'); "
    "os.chmod('locked', 0)",
    "clutters": "import pathlib; (pathlib.Path.home() / '.cluttered').write_text('x')",
    "nameless": "class Odd(Exception):\n    def __str__(self): raise SystemExit\nraise Odd",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("hostile"), MODULES)


@pytest.fixture(scope="module")
def live(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Live:
    room = tmp_path_factory.mktemp("room")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(room))
        found = probed(request_of(project))
    assert list(room.iterdir()) == [], "what was written goes with the folder that it was written to"
    return found


@pytest.mark.parametrize(
    ("module", "ending", "text"),
    [
        ("sound", "fine", ""),
        ("raises", "error", "libnothing.so.1: cannot open shared object file: No such file"),
        ("lacks", "error", "No module named 'absent_altogether'"),
        ("faults", "crashed", "SIGSEGV"),
        ("aborts", "crashed", "SIGABRT"),
        ("leaves", "exited", "it ended Python with exit status 0"),
        ("sysexits", "error", "0"),
        ("hangs", "timed-out", "more than 5 seconds"),
        ("stubborn", "timed-out", "more than 5 seconds"),
        ("parricide", "stopped", "it ended the process that kept watch over it"),
        ("bomb", "stopped", "more than 12 processes"),
        ("eater", "stopped", "more than 315 MB of memory"),
        ("forges", "exited", "it ended Python with exit status 0"),
        ("daemon", "fine", ""),
        ("writes", "fine", ""),
        ("clutters", "fine", ""),
    ],
)
def test_each_ends_alone_and_is_told(live: Live, module: str, ending: str, text: str) -> None:
    tried = one(live, module)
    assert (tried.ending, tried.text) == (ending, text)
    assert tried.needed


def test_all_were_tried_and_the_sick_are_failures(live: Live) -> None:
    assert {tried.module for tried in live.imports} == set(MODULES)
    assert live.failed


def test_cause_place_and_error_are_told(live: Live) -> None:
    chained = one(live, "chained")
    assert (chained.error, chained.text, chained.cause) == ("ImportError", "outer", "KeyError: 'a'")
    assert chained.path.startswith("lib/python3")
    assert chained.path.endswith("site-packages/chained.py")
    assert chained.line == 4
    assert chained.place == "main.py:3"
    assert chained.distribution == "many"
    assert one(live, "faults").path.endswith("site-packages/faults.py")
    assert one(live, "nameless").error == "Odd"


def test_what_is_printed_is_cleaned_and_cut(live: Live) -> None:
    tried = one(live, "prints")
    assert tried.error == "ValueError"
    assert all(is_clean(line) and len(line) <= 300 for line in (tried.text, *tried.said))
    assert "forged" not in str(live.imports)
    facts = Facts(live=live)
    assert serialise.load(serialise.dump(facts)) == facts


@LINUX
def test_nothing_of_it_is_alive_afterwards(live: Live, project: Path) -> None:
    assert live.asked
    mark = os.fsencode(str(project / ".venv" / "bin" / "python"))
    for _ in range(50):
        alive = [p for p in Path("/proc").iterdir() if p.name.isdecimal() and mark in _command_of(p)]
        if not alive:
            break
        time.sleep(0.1)
    assert alive == []


def _command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_home_and_project_stay_as_they_were(live: Live, project: Path) -> None:
    assert live.asked
    assert list((project.parent / "home").iterdir()) == []
    assert sorted(p.name for p in project.iterdir()) == [".venv", "main.py"]
    assert not list((project / ".venv").rglob("__pycache__/sound*"))


def test_a_python_that_is_none_is_one_problem(tmp_path: Path) -> None:
    project = make(tmp_path, {"sound": ""})
    python = project / ".venv" / "bin" / "python"
    request = request_of(project)
    python.unlink()
    python.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    python.chmod(0o755)
    live = probed(request, SHORT)
    assert live.problem == "this Python does not start (it ended Python with exit status 3): broken"
    assert live.failed
    assert live.imports == ()
