"""Makes small wheels, real and the same bytes each time, and installs them as pip would."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.demo.writing import folder, write

#: when everything in a wheel was written, as zip wants it
_WHEN = (2026, 1, 5, 9, 0, 0)


class Wheel(NamedTuple):
    """A distribution of pure Python."""

    name: str
    version: str
    files: Mapping[str, str | bytes]  #: path in site-packages -> content
    requires: Sequence[str] = ()
    commands: Mapping[str, str] = {}  #: command -> module:function

    @property
    def stem(self) -> str:
        """The name and version as file names hold them."""
        return f"{re.sub(r'[-_.]+', '_', self.name)}-{self.version}"

    @property
    def info(self) -> str:
        """The folder of its metadata."""
        return f"{self.stem}.dist-info"

    @property
    def file_name(self) -> str:
        """What the wheel's file is called."""
        return f"{self.stem}-py3-none-any.whl"


def pack(wheel: Wheel, into: Path) -> Path:
    """Write the wheel's file into a folder, and return its path."""
    held = _content(wheel)
    held[f"{wheel.info}/RECORD"] = "".join([*_rows(held), f"{wheel.info}/RECORD,,\n"]).encode()
    path = folder(into) / wheel.file_name
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return path


def unpack(wheel: Wheel, prefix: Path, site: Path, *, installer: str = "pip", python: str | Path = "") -> None:
    """Install a wheel into an environment: its files, its commands, and the record of who installed it.

    The commands start the environment's own Python unless another is named.
    """
    held = _content(wheel)
    for command, entry in wheel.commands.items():
        module, _, function = entry.partition(":")
        first = f"#!{python or prefix / 'bin/python'}\n"
        body = f"{first}import sys\nfrom {module} import {function}\n\nsys.exit({function}())\n"
        held[f"{_up(prefix, site)}bin/{command}"] = body.encode()
    held[f"{wheel.info}/INSTALLER"] = f"{installer}\n".encode()
    held[f"{wheel.info}/REQUESTED"] = b""
    record = "".join([*_rows(held), f"{wheel.info}/RECORD,,\n"])
    for name, data in held.items():
        target = prefix / "bin" / name.rpartition("/")[2] if name.startswith("..") else site / name
        write(target, data, program=name.startswith(".."))
    write(site / wheel.info / "RECORD", record)


def digest(data: bytes) -> str:
    """A hash as RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _content(wheel: Wheel) -> dict[str, bytes]:
    lines = [f"Metadata-Version: 2.1\nName: {wheel.name}\nVersion: {wheel.version}\n"]
    lines += ["Summary: A stand-in of envdoctor's demonstration\n"]
    lines += [f"Requires-Dist: {requirement}\n" for requirement in wheel.requires]
    held = {path: data.encode() if isinstance(data, str) else data for path, data in wheel.files.items()}
    held[f"{wheel.info}/METADATA"] = "".join(lines).encode()
    held[f"{wheel.info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: envdoctor\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    if wheel.commands:
        rows = "".join(f"{command} = {entry}\n" for command, entry in wheel.commands.items())
        held[f"{wheel.info}/entry_points.txt"] = f"[console_scripts]\n{rows}".encode()
    return held


def _rows(held: Mapping[str, bytes]) -> list[str]:
    return [f"{path},sha256={digest(data)},{len(data)}\n" for path, data in held.items()]


def _up(prefix: Path, site: Path) -> str:
    return "../" * len(site.relative_to(prefix).parts)
