"""From what a start answered and printed to facts: hostile until cleaned, and no more than a few lines of it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any, NamedTuple

from doctor.facts import Device, Distributions, TorchTried, Tried
from doctor.facts.live import Ending
from doctor.facts.units import size
from doctor.knowledge.startup import known_owner
from doctor.live.processes import Limits, Ran
from doctor.live.wanted import Wanted
from doctor.reading.clean import clean
from doctor.reading.redact import redact, show

_TEXT = 300
_LINES = 4
#: lines of an exception's text that say what is wrong below Python
_TELLING = re.compile(
    r"cannot open shared object|undefined symbol|version `|DLL load failed|Library not loaded|Symbol not found"
    r"|image not found|invalid ELF header|wrong ELF class|incompatible architecture|static TLS|executable stack"
    r"|cannot allocate memory|compiled using NumPy|binary incompatibility|_ARRAY_API",
)
#: what numpy prints before an extension for NumPy 1 fails with something that says less
_NUMPY = re.compile(r"A module that was compiled using NumPy 1\.x cannot be run in\s+NumPy \d[\d.]*\d")
#: what faulthandler prints of the innermost frame
_FRAME = re.compile(r'^\s+File "([^"\n]+)", line (\d+)', re.MULTILINE)
_FAULTS = {0xC0000005: "access violation", 0xC00000FD: "stack overflow", 0xC0000409: "stack buffer overrun"}
#: owners of start-up code that puts nothing on the path
_HARMLESS = frozenset({"setuptools", "coverage", "pytest-cov", "virtualenv or uv"})


class Told(NamedTuple):
    """How a start came out, whatever it was for."""

    ending: Ending
    text: str = ""
    answer: dict[str, Any] = {}
    said: tuple[str, ...] = ()
    path: str = ""
    line: int = 0


def told(ran: Ran, limits: Limits, prefix: Path) -> Told:
    """Tell how a start came out; the answer holds whatever the environment's Python wrote into it."""
    answer = _answer(ran.answer)
    if ran.ended:
        ending: Ending = "timed-out" if ran.ended == "time" else "unclear" if ran.ended == "alone" else "stopped"
        text = {
            "time": f"more than {limits.seconds:g} seconds",
            "memory": f"more than {size(limits.memory)} of memory",
            "processes": f"more than {limits.processes} processes",
            "alone": "it was called off",
        }.get(ran.ended, "it ended the process that kept watch over it")
        return Told(ending, text, {}, _said(ran.printed))
    if answer is not None:
        return Told("error" if answer.get("error") else "fine", "", answer, _said(ran.printed))
    path, line = _crash_site(ran.printed, prefix)
    if ran.status < 0 or ran.status in _FAULTS:
        return Told("crashed", _signal(ran.status), {}, _said(ran.printed), path, line)
    return Told("exited", f"it ended Python with exit status {ran.status}", {}, _said(ran.printed))


def tried(wish: Wanted, ran: Ran, limits: Limits, prefix: Path) -> Tried:
    """What came of one import."""
    how = told(ran, limits, prefix)
    found = Tried(
        wish.module,
        how.ending,
        wish.needed,
        text=how.text,
        path=how.path,
        line=how.line,
        said=how.said if how.ending != "fine" else (),
        distribution=wish.distribution,
        place=wish.place,
    )
    if how.ending != "error":
        return found
    answer = how.answer
    text, cause = _telling(answer.get("text")), _telling(answer.get("cause_text"))
    kind = _name(answer.get("cause"))
    numpy_said = _NUMPY.search(ran.printed)
    cause = f"{kind}: {cause}".removesuffix(": ") if kind and cause != text else ""
    is_missing = answer.get("missing") is True
    line = answer.get("line")
    return found._replace(
        ending="missing" if is_missing else "error",
        needed=wish.needed and (wish.needed_here or not is_missing),
        error=_name(answer.get("error")) or "an exception",
        text=text,
        cause=" ".join(numpy_said[0].split()) if numpy_said else cause,
        path=_place(answer.get("path"), prefix),
        line=line if type(line) is int and 0 < line < 10_000_000 else 0,
    )


def torch_tried(ran: Ran, limits: Limits, prefix: Path) -> TorchTried | None:
    """What torch answered; None where there is no torch."""
    how = told(ran, limits, prefix)
    answer = how.answer
    if how.ending != "fine":
        text = how.text or f"{_name(answer.get('error'))}: {_telling(answer.get('text'))}"
        if "No module named 'torch'" in text:
            return None
        return TorchTried(how.ending, text=text)
    computed = answer.get("computed")
    pairs = [pair for pair in _list(answer.get("devices")) if isinstance(pair, list) and len(pair) == 2]
    return TorchTried(
        version=_name(answer.get("version")),
        cuda=_name(answer.get("cuda")),
        hip=_name(answer.get("hip")),
        available=answer.get("available") is True,
        devices=tuple(Device(_name(pair[0]), _name(pair[1])) for pair in pairs),
        architectures=tuple(_name(name) for name in _list(answer.get("architectures"))),
        computed=computed if computed in ("cuda", "mps", "xpu") else "",
        text=_telling(answer.get("text")),
    )


def without_startup(found: Tried, distributions: Distributions) -> Tried:
    """Withdraw "missing" where code in a start-up file, which was not run, may be what brings the module."""
    if found.ending != "missing":
        return found
    for file in distributions.startup:
        code = [text for _, text in file.code]
        if code and known_owner(file.path.rpartition("/")[2], code, file.suspicious) not in _HARMLESS:
            why = f"not on the path by itself; {file.path} may put it there by code, which was not run"
            return found._replace(ending="unclear", needed=False, error="", text=why, cause="", path="", line=0)
    return found


def _answer(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _signal(status: int) -> str:
    try:
        return _FAULTS.get(status) or signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _crash_site(printed: str, prefix: Path) -> tuple[str, int]:
    """The innermost frame that faulthandler printed, leaving out Python's own import machinery."""
    _, _, stack = printed.rpartition("(most recent call first):")
    for match in _FRAME.finditer(stack):
        if not match[1].startswith("<"):
            return _place(match[1], prefix), int(match[2][:7])
    return "", 0


def _place(path: Any, prefix: Path) -> str:
    """A path as facts tell it: relative to the prefix, or absolute with ~."""
    if not isinstance(path, str) or not path:
        return ""
    inside = f"{prefix}/"
    text = path.replace("\\", "/") if prefix.drive else path
    return clean(redact(text[len(inside) :] if text.startswith(inside) else show(text)), _TEXT)


def _telling(text: Any) -> str:
    """The line of an exception's text that says most, else its last."""
    plain = _ESCAPES.sub("", text) if isinstance(text, str) else ""
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    best = next((line for line in lines if _TELLING.search(line)), lines[-1] if lines else "")
    return redact(clean(best, _TEXT))


def _said(printed: str) -> tuple[str, ...]:
    lines = [redact(clean(_ESCAPES.sub("", line), _TEXT)).strip() for line in re.split(r"[\r\n]+", printed)]
    return tuple([line for line in lines if line and not line.startswith('File "<')][-_LINES:])


_ESCAPES = re.compile("\x1b(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?)")


def _name(value: Any) -> str:
    return redact(clean(value, 100)) if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value[:64] if isinstance(value, list) else []
