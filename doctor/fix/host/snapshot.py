"""The way back of one operation: where it lies, how it is taken, used, and reduced to what is needed."""

from __future__ import annotations

import errno
import filecmp
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from doctor.failure import Failure
from doctor.fix.folders import INSIDE, operation_folder
from doctor.fix.host import outside, picture
from doctor.fix.host.farm import can_link, in_place, save_tree
from doctor.fix.host.files import private_folder, remove_folder, write_new
from doctor.fix.host.moving import rename
from doctor.fix.host.picture import Difference, FileRow, Picture, difference, look, skipped, take_picture
from doctor.fix.host.put_back import put_back
from doctor.fix.host.way import remove_way
from doctor.fix.plan import Anew, Aside, Command, Forecast, PlannedStep, Protect, Write
from doctor.fix.plan import outside as outside_of

Method = Literal["links", "copies", "rename", "new", "none"]  #: new: the operation creates the prefix

_BEFORE = "before.json"
_CHANGES = "changes.json"
#: what was known of the environment before
FACTS = "facts.json"
#: room that is left alone when an environment has to be copied
_SPARE = 64 * 1024 * 1024


class Places(NamedTuple):
    """Where the parts of one operation's way back lie."""

    prefix: Path
    folder: Path  #: journal, plan, pictures, saved settings
    store: Path  #: saved files; on the prefix's file system
    method: Method

    @property
    def tree(self) -> Path:
        """The saved prefix, whole; later only what the operation changed is kept, in kept."""
        return self.store / "tree"

    @property
    def kept(self) -> Path:
        """Of the saved prefix what the operation changed."""
        return self.store / "kept"

    @property
    def aside(self) -> Path:
        """What the plan moves aside."""
        return self.store / "aside"

    @property
    def trash(self) -> Path:
        """What going back takes out of the prefix."""
        return self.store / "trash"

    @property
    def old(self) -> Path:
        """The old prefix itself, where it is renamed as a whole."""
        return self.store / "old"


def method_for(prefix: Path, steps: Iterable[PlannedStep], state: Path) -> Method:
    """How a prefix is saved for these steps."""
    steps = tuple(steps)
    if any(isinstance(step, Anew) or (isinstance(step, Aside) and "." in step.paths) for step in steps):
        return "rename"
    if not any(_changes_prefix(step) for step in steps):
        return "none"
    return "links" if can_link(prefix, _existing(store_for(prefix, "", "links", state))) else "copies"


def store_for(prefix: Path, operation: str, method: Method, state: Path) -> Path:
    """Where saved files go: the state folder, else a place on the prefix's own file system."""
    beside = operation_folder(state, operation)
    if method == "none" or _existing(beside).stat().st_dev == _existing(prefix).stat().st_dev:
        return beside
    if method in ("rename", "new"):
        return prefix.parent / f".{prefix.name}.envdoctor-{operation}"
    return prefix / INSIDE / operation


def forecast(prefix: Path, steps: Sequence[PlannedStep], state: Path) -> Forecast:
    """Say what the snapshot will hold and take. Looks at every file of the prefix, if files are to be saved."""
    method = method_for(prefix, steps, state)
    store = store_for(prefix, "", method, state)
    if method in ("rename", "none"):
        return Forecast(method, str(store), outside=outside_of(steps))
    rows = take_picture(prefix, skipped(prefix, state)).files
    copied = sum(
        row.size
        for path, row in rows.items()
        if method == "copies" or (stat.S_ISREG(row.mode) and in_place(path, row.size))
    )
    return Forecast(method, str(store), len(rows), copied, outside_of(steps))


def save(places: Places, state: Path, tell: Callable[[int], None]) -> tuple[int, int]:
    """Save the prefix; return how many files, and how many bytes the copies take. Raises Failure: no room."""
    private_folder(places.folder)
    status = places.prefix.stat()
    private_folder(places.store)
    if places.store.is_relative_to(places.prefix):  # a folder in the prefix must not leave a trace in its times
        os.utime(places.prefix, ns=(status.st_atime_ns, status.st_mtime_ns))
    if places.method in ("rename", "none"):
        return 0, 0
    if places.method == "copies":
        _room_for_copies(places, state)
    try:
        saved = save_tree(
            places.prefix, places.tree, skipped(places.prefix, state), links=places.method == "links", tell=tell
        )
    except FileNotFoundError as error:
        raise Failure(f"{error.filename} vanished while it was being saved: something else changes it") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Failure(f"there is no room to save the environment below {places.store}; make room first") from None
        raise Failure(f"{error.filename or places.prefix} cannot be saved: {_words(error)}") from None
    write_new(places.folder / _BEFORE, json.dumps([picture.dump(saved.picture), saved.copied]), mode=0o600)
    return len(saved.picture.files), saved.bytes


def restore(places: Places, state: Path) -> tuple[int, tuple[str, ...]]:
    """Bring a prefix back from its whole snapshot; return how many paths had changed, and what could not be done."""
    text, copied = json.loads((places.folder / _BEFORE).read_text())
    before, copied = picture.load(text), frozenset(copied)
    skip = skipped(places.prefix, state)

    def wanted() -> Difference:
        return difference(before, take_picture(places.prefix, skip), lambda *rows: _same(places, copied, *rows))

    first = wanted()
    problems: list[str] = []
    for _ in range(2):  # again, if there was no room for the copies before the trash was emptied
        changes = wanted()
        if not changes:
            break
        problems = put_back(places.prefix, changes, places.tree, places.trash, copied)
        remove_folder(places.trash)
    left = wanted()
    if not problems and left:
        problems = [f"{path}: still differs" for path in list({**left.files, **left.folders})[:5]]
    return len(first.files) + sum(row is None for row in first.folders.values()), tuple(problems)


def _same(places: Places, copied: frozenset[str], path: str, row: FileRow, there: FileRow) -> bool:
    """Whether a file that was brought back as a copy is the one that was there."""
    if path not in copied or there._replace(inode=row.inode) != row:
        return False
    return stat.S_ISLNK(row.mode) or filecmp.cmp(places.tree / path, places.prefix / path, shallow=False)


def bring_back(places: Places, state: Path) -> tuple[int, tuple[str, ...]]:
    """Put the prefix and the files outside it back, from wherever an operation was; forget the snapshot after that.

    Returns how many paths had changed, and what could not be done. Can be cut short and done again.
    """
    changed, problems = 0, tuple[str, ...]()
    if places.method == "rename":
        changed, problems = swap_back(places)
    elif places.method == "new":
        changed, problems = take_away(places)
    elif (places.folder / _BEFORE).exists():
        changed, problems = restore(places, state)
    problems = (*problems, *outside.put_back_outside(places.folder))
    if not problems:
        forget(places)
    return changed, problems


def swap_back(places: Places) -> tuple[int, tuple[str, ...]]:
    """Let the old prefix have its name again; what has it now goes into the trash."""
    if not places.old.exists():
        return 0, ()
    try:
        if os.path.lexists(places.prefix):
            rename(places.prefix, private_folder(places.trash) / secrets.token_hex(8))
        rename(places.old, places.prefix)
    except Failure as error:
        return 1, (str(error),)
    return 1, ()


def take_away(places: Places) -> tuple[int, tuple[str, ...]]:
    """Move a prefix that the operation created into the trash, as a whole."""
    if not os.path.lexists(places.prefix):
        return 0, ()
    try:
        rename(places.prefix, private_folder(places.trash) / secrets.token_hex(8))
    except Failure as error:
        return 1, (str(error),)
    return 1, ()


def note_changes(places: Places, state: Path) -> None:
    """Write down what the operation changed, before and after: what undo needs."""
    if places.method == "none":
        return
    if places.method in ("rename", "new"):
        new = take_picture(places.prefix, frozenset()) if places.prefix.exists() else Picture({}, {})
        write_new(places.folder / _CHANGES, json.dumps({"new": picture.dump(new)}), mode=0o600)
        return
    text, copied = json.loads((places.folder / _BEFORE).read_text())
    before = picture.load(text)
    after = take_picture(places.prefix, skipped(places.prefix, state))
    changed = difference(before, after, lambda *_: False)
    paths = [*changed.files, *changed.folders]
    kept = {path: row for path, row in after.files.items() if path in changed.files}
    folders = {path: row for path, row in after.folders.items() if path in changed.folders}
    body = {
        "before": [changed.folders, changed.files],
        "after": picture.dump(Picture(folders, kept)),
        "copied": sorted(set(copied).intersection(paths)),
    }
    write_new(places.folder / _CHANGES, json.dumps(body), mode=0o600)


def reduce(places: Places) -> None:
    """Keep of the saved tree only what the operation changed. Can be cut short and done again."""
    before, _, _ = read_changes(places)
    for path, row in before.files.items():
        source, target = places.tree / path, places.kept / path
        if row is not None and os.path.lexists(source):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            source.rename(target)
    for leftover in (places.tree, places.aside, places.trash):
        remove_folder(leftover)
    (places.folder / _BEFORE).unlink(missing_ok=True)


def read_changes(places: Places) -> tuple[Difference, Picture, frozenset[str]]:
    """What the operation changed: as it was before, as it was after, and which saved files are copies."""
    body = json.loads((places.folder / _CHANGES).read_text())
    folders, files = body["before"]
    before = Difference(
        {path: picture.FolderRow(*row) if row else None for path, row in folders.items()},
        {path: FileRow(*row) if row else None for path, row in files.items()},
    )
    return before, picture.load(body["after"]), frozenset(body["copied"])


def take_back(places: Places) -> tuple[int, tuple[str, ...]]:
    """Undo what the operation changed, from what was kept of the snapshot. Can be cut short and done again."""
    changed, problems = 0, tuple[str, ...]()
    if places.method == "rename":
        changed, problems = swap_back(places)
    elif places.method == "new":
        changed, problems = take_away(places)
    elif places.method != "none":
        before, _, copied = read_changes(places)
        problems = tuple(put_back(places.prefix, before, places.kept, places.trash, copied))
        changed = len(before.files)
    return changed, (*problems, *outside.put_back_outside(places.folder))


def changed_since(places: Places) -> tuple[str, ...]:
    """Paths that the operation changed and that somebody has changed again; bytecode does not count."""
    return tuple(path for path in (*_changed_inside(places), *outside.changed_outside(places.folder)) if _counts(path))


def _counts(path: str) -> bool:
    return "__pycache__" not in path and not path.endswith(".pyc")


def _changed_inside(places: Places) -> tuple[str, ...]:
    if places.method == "none":
        return ()
    if places.method in ("rename", "new"):
        new = picture.load(json.loads((places.folder / _CHANGES).read_text())["new"])
        live = take_picture(places.prefix, frozenset()) if places.prefix.exists() else Picture({}, {})
        return tuple(difference(new, live, _alike).files)
    before, after, _ = read_changes(places)
    live = look(places.prefix, [*before.files, *before.folders])
    found = [path for path in before.files if live.files.get(path) != after.files.get(path)]
    for path, row in before.folders.items():
        if path in after.folders and path not in live.folders:
            found.append(path)
        elif row is None and path in live.folders:  # a folder that goes away with all that is in it
            names = (f"{path}/{name}" for name in os.listdir(places.prefix / path))  # noqa: PTH208
            found += [name for name in names if name not in after.files and name not in after.folders]
    return tuple(sorted(found))


def _alike(path: str, row: FileRow, there: FileRow) -> bool:  # noqa: ARG001 - difference calls it so
    """Whether a file is as it was but for its inode, which undoing a later operation may have changed."""
    return there._replace(inode=row.inode) == row


def forget(places: Places) -> None:
    """Delete everything that was kept of an operation but its journal and plan."""
    for name in (_BEFORE, _CHANGES, FACTS):  # first: without them nobody looks for the rest
        (places.folder / name).unlink(missing_ok=True)
    remove_folder(trial_of(places))
    if places.store != places.folder:
        remove_folder(places.store)
    for part in (places.tree, places.kept, places.aside, places.trash, places.old, places.folder / outside.FOLDER):
        remove_folder(part)
    above = places.prefix / INSIDE
    if above.is_dir() and not os.listdir(above):  # noqa: PTH208
        status = places.prefix.stat()
        above.rmdir()
        os.utime(places.prefix, ns=(status.st_atime_ns, status.st_mtime_ns))
    if not os.path.lexists(places.prefix):
        remove_way(places.folder)


def trial_of(places: Places) -> Path:
    """Where an environment is created on trial: beside the old one, so that it lies on the same file system."""
    return places.prefix.with_name(f".{places.prefix.name}.envdoctor-trial-{places.folder.name}")


def takes(places: Places) -> int:
    """Bytes that would be free if what was saved were deleted: those of files that have no other name."""
    total = 0
    for part in (places.tree, places.kept, places.aside, places.trash, places.old, places.folder / outside.FOLDER):
        for folder, _, names in os.walk(part):
            for name in names:
                status = os.lstat(os.path.join(folder, name))  # noqa: PTH118
                total += status.st_size if status.st_nlink == 1 else 0
    return total


def _changes_prefix(step: PlannedStep) -> bool:
    match step:
        case Command(changes=changes):
            return changes == "environment"
        case Write(path=path):
            return not Path(path).is_absolute()
    return isinstance(step, Aside | Protect)


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _room_for_copies(places: Places, state: Path) -> None:
    rows = take_picture(places.prefix, skipped(places.prefix, state)).files
    needed = sum(row.size for row in rows.values()) + 4096 * len(rows)
    free = shutil.disk_usage(places.store).free
    if needed + _SPARE > free:
        raise Failure(
            f"the environment cannot be saved: this file system has no hard links, a copy takes {needed >> 20} MB, and "
            f"{free >> 20} MB are free; make room, or do the steps by hand"
        )


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
