"""The program that the environment's own Python runs: imports one module, or asks torch, and answers as JSON.

Standard library alone, Python 3.7 or newer. It is handed over as text (python -I -S -B -c TEXT JOB), so that nothing
of envdoctor lies on the path. -S keeps start-up files from running, so the folders of packages are put on the path
here. JOB: {"before": [folders], "after": [folders], "prefix": folder, "what": "import MODULE", "torch" or "nothing"}.
The answer goes to standard output alone; what is printed meanwhile goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    """Do the job and leave at once: what would run at the end of Python is not what is asked about."""
    job = json.loads(sys.argv[1])
    out = os.dup(1)
    os.dup2(2, 1)
    sys.argv[1:] = []
    sys.path[:] = job["before"] + sys.path + job["after"]
    sys.prefix = sys.exec_prefix = job["prefix"]  # as site would have found it
    answer: dict[str, Any] = {}
    try:
        _fall_loudly()
        what = job["what"]
        if what == "torch":
            answer = _torch()
        elif what.startswith("import "):
            __import__(what[len("import ") :])
    except BaseException as error:  # SystemExit and KeyboardInterrupt too are ways not to be importable
        answer = _told(error, job["what"], tuple(job["before"] + job["after"]))
    _flush()
    data = (json.dumps(answer) + "\n").encode("utf-8", "replace")
    while data:
        data = data[os.write(out, data) :]
    os._exit(0)


def _flush() -> None:
    """Let out what was printed; what was imported may have put anything in the place of the streams."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # noqa: S112 - there is nobody to tell
            continue


def _fall_loudly() -> None:
    """Have a crash say where it happened."""
    try:
        import faulthandler

        faulthandler.enable()
    except Exception:
        return


def _told(error: BaseException, what: str, folders: tuple[str, ...]) -> dict[str, Any]:
    """An exception as data: its type and text, that of the first cause, and the last place among the packages."""
    chain = [error]
    while len(chain) < 20:
        above = chain[-1].__cause__ or chain[-1].__context__
        if above is None or any(above is known for known in chain):
            break
        chain.append(above)
    place, frame = ("", 0), error.__traceback__
    for _ in range(2000):
        if frame is None:
            break
        if frame.tb_frame.f_code.co_filename.startswith(folders):
            place = (frame.tb_frame.f_code.co_filename, frame.tb_lineno)
        frame = frame.tb_next
    return {
        "error": type(error).__name__,
        "text": _text(error),
        "cause": type(chain[-1]).__name__ if len(chain) > 1 else "",
        "cause_text": _text(chain[-1]) if len(chain) > 1 else "",
        "path": place[0],
        "line": place[1],
        "missing": isinstance(error, ModuleNotFoundError) and f"import {error.name}" == what,
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)[-4000:]
    except BaseException:
        return ""


def _torch() -> dict[str, Any]:
    """What torch sees of GPUs, and whether one of them computes."""
    import importlib
    import warnings

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        torch = importlib.import_module("torch")
        answer: dict[str, Any] = {
            "version": str(torch.__version__),
            "cuda": str(torch.version.cuda or ""),
            "hip": str(getattr(torch.version, "hip", None) or ""),
            "available": bool(torch.cuda.is_available()),
            "devices": [],
            "architectures": [],
            "computed": "",
            "text": "",
        }
        try:
            if answer["available"]:
                for number in range(min(torch.cuda.device_count(), 64)):
                    major, minor = torch.cuda.get_device_capability(number)
                    answer["devices"].append([str(torch.cuda.get_device_name(number)), f"{major}.{minor}"])
                answer["architectures"] = [str(name) for name in torch.cuda.get_arch_list()][:64]
            where = _device(torch)
            if where and float((torch.ones(64, device=where) * 2).sum().item()) == 128.0:
                answer["computed"] = where
            elif where:
                answer["text"] = f"a small sum on {where} came out wrong"
        except Exception as error:
            answer["text"] = f"{type(error).__name__}: {_text(error)}"
    for warning in warned:
        if not answer["text"] and "cuda" in str(warning.message).lower():
            answer["text"] = str(warning.message)[:4000]
    return answer


def _device(torch: Any) -> str:
    """The kind of GPU that there is, or an empty text."""
    if torch.cuda.is_available():
        return "cuda"
    mps = getattr(torch.backends, "mps", None)
    if mps is not None and mps.is_available():
        return "mps"
    xpu = getattr(torch, "xpu", None)
    return "xpu" if xpu is not None and xpu.is_available() else ""


if __name__ == "__main__":
    main()
