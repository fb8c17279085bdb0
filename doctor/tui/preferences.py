"""What the app remembers of its user: the colours that were chosen, and that the first start was explained.

A small file in the state folder. Where it cannot be read or written the app goes on as at its first start.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple

from doctor.fix.folders import state_folder

_NAME, _LIMIT = "app.conf", 4096


class Preferences(NamedTuple):
    """What is remembered."""

    colours: str = ""  #: a name of doctor.tui.colours; empty where nothing was chosen
    welcomed: bool = False  #: whether the first start was explained


def remembered() -> Preferences:
    """Read what is remembered; nothing where the file is not there or is not ours."""
    try:
        with (state_folder() / _NAME).open("rb") as opened:
            lines = opened.read(_LIMIT).decode("utf-8", "replace").splitlines()
    except OSError:
        return Preferences()
    told = dict(line.split(" = ", 1) for line in lines if " = " in line)
    return Preferences(told.get("colours", ""), told.get("welcomed") == "yes")


def remember(preferences: Preferences) -> threading.Thread:
    """Write it down beside whatever goes on: a home folder on a slow file system must not hold up a key."""
    thread = threading.Thread(target=_write, args=(state_folder(), preferences), name="remember", daemon=True)
    thread.start()
    return thread


def _write(folder: Path, preferences: Preferences) -> None:
    from contextlib import suppress

    from doctor.fix.host.files import private_folder, write_new

    with suppress(OSError):  # a home that cannot be written: then it is asked and explained again
        told = [f"colours = {preferences.colours}", *(["welcomed = yes"] if preferences.welcomed else ())]
        write_new(private_folder(folder) / _NAME, "".join(f"{line}\n" for line in told))
