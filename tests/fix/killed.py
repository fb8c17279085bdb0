"""Kills operations with SIGKILL at every change they make to the file system, and recovers; runs as a script.

    python -m tests.fix.killed PREFIX STATE PLAN [STEP [DEPTH]]

Each operation runs in a fork in which an audit hook counts what changes files or starts commands, and kills the
process before the N-th of them. STEP leaves out points between; with a DEPTH, recovery is killed as well, that many
times, at points of its own. The answer, as JSON on standard output, says how many points there were and what was not
as it should be.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from doctor.facts.project import Policy
from doctor.fix import as_json
from doctor.fix.history import operations, unfinished
from doctor.fix.operate import operate
from doctor.fix.operating.state import read_state
from doctor.fix.options import Options
from doctor.fix.plan import Plan
from doctor.fix.recover import recover
from doctor.fix.undo import undo
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.fix.trees import differences, picture

_CHANGES = {"os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.symlink"}
_STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn"}


def main() -> None:
    """Try every point of one plan."""
    prefix, state = Path(sys.argv[1]), Path(sys.argv[2])
    plan = as_json.load(Path(sys.argv[3]).read_text())
    stride, depth = ([int(word) for word in sys.argv[4:6]] + [1, 0])[:2] if sys.argv[4:] else (1, 0)
    chance = random.Random(1)
    before = picture(prefix)
    wrong: list[str] = []
    point = tried = 0
    while True:
        point += 1 if stride == 1 else chance.randrange(1, 2 * stride)
        tried += 1
        again = plan._replace(id=f"{plan.id}-{point}", state=read_state(prefix, map(Path, plan.outside)))
        ended = _killed_at(point, lambda again=again: _operate(again, state))  # type: ignore[misc]
        for _ in range(depth):
            _killed_at(chance.randrange(1, 60), lambda: _recover(state))
        _recover(state)
        if unfinished(state):
            wrong.append(f"point {point}: still unfinished")
        for operation in operations(state):
            if operation.can_undo:
                undone = _killed_at(chance.randrange(1, 60), lambda: _undo(state)) if depth else False
                _recover(state)
                if not undone:
                    _undo(state)
        left = differences(before, picture(prefix))
        if left:
            wrong.append(f"point {point}: {left[:3]}")
            break
        if ended:
            break
    strays = [path.name for path in prefix.parent.iterdir() if ".envdoctor" in path.name]
    print(json.dumps({"points": tried, "last": point, "wrong": wrong, "strays": strays}))


def _killed_at(point: int, work: Callable[[], None]) -> bool:
    """Run work in a fork that is killed before its point-th change; True if it ended before that."""
    child = os.fork()
    if not child:
        count = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            if event in _CHANGES or event in _STARTS or (event == "open" and _writes(arguments)):
                count += 1
                if count == point:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            work()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("an operation failed by itself")
    return os.WIFEXITED(status)


def _writes(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def _operate(plan: Plan, state: Path) -> None:
    environment = inspect_prefix(Path(plan.prefix))
    assert environment is not None
    home = Path(plan.prefix).parent / "home"
    request = Request(environment, policy=Policy(), variables={"PATH": "/usr/bin:/bin"}, home=home)
    for _ in operate(plan, request, Options(), state):
        pass


def _recover(state: Path) -> None:
    for operation in unfinished(state):
        for _ in recover(operation, state):
            pass


def _undo(state: Path) -> None:
    for operation in operations(state):
        if operation.can_undo:
            for _ in undo(operation, state):
                pass


if __name__ == "__main__":
    main()
