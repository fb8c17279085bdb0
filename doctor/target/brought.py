"""Whether a repository itself brings the environment that lies in it: then its programs are those of strangers."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.reading.git_index import repository_of, tracked_below
from doctor.reading.redact import show
from doctor.reading.rooted import real_folder

#: what only an environment holds; a note or a .gitkeep in an otherwise empty folder is none
_PARTS = ("bin/", "Scripts/", "lib/", "Lib/", "lib64/", "conda-meta/")


def brought_by_repository(prefix: Path) -> Path | None:
    """The repository whose git tracks the environment's own files, or the link that leads to it; else None."""
    for place in dict.fromkeys((Path(os.path.abspath(prefix)), real_folder(prefix))):  # noqa: PTH100 - links stay
        for repository in dict.fromkeys((repository_of(place), repository_of(place.parent))):
            if repository is None:
                continue
            for path in tracked_below(repository, place.relative_to(repository).as_posix()):
                if path in ("", "pyvenv.cfg") or path.startswith(_PARTS):
                    return repository
    return None


def about_brought(prefix: Path) -> str:
    """What to know before anything of an environment is started that its repository brings; else an empty text."""
    if brought_by_repository(prefix) is None:
        return ""
    return (
        f"{show(prefix)} came with the repository itself, where git tracks it: whatever starts in it is the code of "
        "whoever committed it."
    )
