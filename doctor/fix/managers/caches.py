"""Where uv keeps what it unpacked, and whether it can be linked from there into an environment.

Linking replaces a file; older uv copies where it cannot link, and copies into files that are there. Such a file may
be a hard link of a saved copy, which would change with it. So uv is made to link: from its own cache where that
lies on the environment's file system, else from a folder of the operation's own, which does.
"""

from __future__ import annotations

import re
from pathlib import Path

from doctor.facts import Facts
from doctor.reading.machine.processor import kernel_text
from doctor.reading.settings.named_paths import named_path
from doctor.target.environment import Request

_ESCAPE = re.compile(r"\\([0-7]{3})")


def uv_links(request: Request, facts: Facts) -> bool:
    """Whether uv can link from the user's cache into the environment, and the user has nothing against it."""
    for setting in facts.settings.uv:
        option = setting.key.removeprefix("pip.")
        if option == "link-mode" and setting.value not in ("hardlink", "clone"):
            return False
        if option == "no-cache" and str(setting.value).lower() not in ("false", "0", "no", ""):
            return False
    return same_file_system(_uv_cache(request, facts), request.environment.prefix)


def _uv_cache(request: Request, facts: Facts) -> Path:
    told = next((str(setting.value) for setting in facts.settings.uv if setting.key == "cache-dir"), "")
    named = named_path(request.variables.get("UV_CACHE_DIR", "") or told, request.home, request.root)
    base = request.variables.get("XDG_CACHE_HOME", "")
    return named or (Path(base) if base.startswith("/") else request.home / ".cache") / "uv"


def same_file_system(one: Path, other: Path) -> bool:
    """Whether a file can be linked from one place to the other; a folder that is not there counts as its parent."""
    first, second = _there(one), _there(other)
    try:
        return first.stat().st_dev == second.stat().st_dev and _mount_point(first) == _mount_point(second)
    except OSError:
        return False


def _there(path: Path) -> Path:
    """The path itself or the nearest folder above it that exists, without links."""
    real = path.resolve()
    return next((folder for folder in (real, *real.parents) if folder.exists()), real)


def _mount_point(path: Path) -> str:
    """Where the mount that holds a real path is; a folder may be mounted twice, and no link leads across."""
    found = ""
    for line in kernel_text(Path("/proc/self/mountinfo")).splitlines():
        fields = line.split()
        if len(fields) > 4:
            point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
            if len(point) >= len(found) and path.is_relative_to(point):
                found = point
    return found
