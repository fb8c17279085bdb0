"""Says what the file system under a path can be believed about: permissions, and when a file was read."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

from doctor.reading.machine.processor import kernel_text

#: file systems that show every file with the same made-up permissions
_WITHOUT_PERMISSIONS = frozenset(
    (
        "9p",
        "drvfs",
        "vfat",
        "msdos",
        "exfat",
        "ntfs",
        "ntfs3",
        "fuseblk",
        "cifs",
        "smb3",
        "smbfs",
        "vboxsf",
        "fuse.sshfs",
    )
)
#: file systems that note when a file is read, unless they are mounted otherwise; not so networks and overlays
_WITH_READING = frozenset(("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "bcachefs", "zfs", "tmpfs"))
_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """What is known of one mounted file system."""

    kind: str = ""
    options: frozenset[str] = frozenset()

    @property
    def keeps_permissions(self) -> bool:
        """Whether the permissions that it shows are those that hold."""
        return self.kind not in _WITHOUT_PERMISSIONS

    @property
    def notes_reading(self) -> bool:
        """Whether it notes, to the day, when a file is read."""
        return self.kind in _WITH_READING and not self.options & {"noatime", "ro"}


def mount_of(path: str, root: Path = Path("/")) -> Mount:
    """The file system that holds a real path; nothing is known of it where there is no Linux kernel to say so."""
    if root == Path("/") and sys.platform != "linux":
        return Mount()
    here = "/" + os.path.relpath(path, root) if root != Path("/") and path.startswith(str(root)) else path
    best, found = -1, Mount()
    for line in kernel_text(root / "proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields, rest = left.split(), right.split()
        if len(fields) < 6 or len(rest) < 1:
            continue
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
        if (here == point or here.startswith(point.rstrip("/") + "/")) and len(point) >= best:
            options = frozenset(",".join((fields[5], *rest[2:3])).split(","))
            best, found = len(point), Mount(rest[0], options)
    return found
