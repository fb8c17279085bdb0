"""Computes group after group; the last part of the program.

JOB: {"before": [folders], "after": [folders], "prefix": folder, "what": {"groups": [names], "digests": bool}}.
Lines: {"begin": group}, {"library": name, ...}, {"series": name, ...}, {"failed": group, ...}, {"end": seconds}.
"""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from doctor.live.computations.telling import tell


def main() -> None:
    """Do the job and leave at once: what would run at the end of Python is not what is asked about."""
    job = json.loads(sys.argv[1])
    sys.argv[1:] = []
    sys.path[:] = job["before"] + sys.path + job["after"]
    sys.prefix = sys.exec_prefix = job["prefix"]  # as site would have found it
    begun = time.perf_counter()
    for group in job["what"]["groups"]:
        tell({"begin": group})
        try:
            globals()["compute_" + group](bool(job["what"]["digests"]))
        except BaseException as error:
            missing = isinstance(error, ModuleNotFoundError) and error.name == group
            tell({"failed": group, "missing": missing, "error": type(error).__name__, "text": _text(error)})
    tell({"end": time.perf_counter() - begun})
    os._exit(0)


def _text(error: BaseException) -> str:
    try:
        return str(error)[-4000:]
    except BaseException:
        return ""


if __name__ == "__main__":
    main()
