"""The projects that lie in a folder which is none itself, as in a repository of several."""

from __future__ import annotations

from pathlib import Path

from doctor.collect.project import is_marked
from doctor.reading.clean import is_clean
from doctor.reading.rooted import is_folder, names_in

#: folders that are looked into, levels down, and projects that are looked for
_MOST, _DEPTH, _ENOUGH = 300, 2, 50
#: folders that hold the code of others
_FOREIGN = frozenset({"node_modules", "vendor", "third_party", "site-packages", "build", "dist"})


def projects_inside(folder: Path) -> tuple[str, ...]:
    """Folders that say what they need, relative to it, the nearest first."""
    found: list[str] = []
    level, looked = [""], 0
    for _ in range(_DEPTH):
        below: list[str] = []
        for parent in level:
            for name in sorted(names_in(folder / parent, _MOST)):
                place = f"{parent}/{name}".lstrip("/")
                if looked >= _MOST or len(found) >= _ENOUGH:
                    return tuple(found)
                if name.startswith((".", "_")) or name in _FOREIGN or not is_clean(name):
                    continue
                if not is_folder(folder / place):
                    continue
                looked += 1
                names = names_in(folder / place, _MOST)
                if is_marked(names):
                    found.append(place)
                elif "pyvenv.cfg" not in names and "conda-meta" not in names:
                    below.append(place)
        level = below
    return tuple(found)
