"""An environment in which nearly every file that a doctor reads is malicious or broken."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.patients.venvs import make_venv

#: what must never reach a terminal: a red colour, a clipboard write, a title, a cleared screen, a C1 control
ESCAPES = "\x1b[31mRED\x1b]52;c;RVZJTA==\x07\x1b]0;OWNED\x07\x1b[2J\x9b31m"
BIDI = "\u202egnp.exe\u2066\u200b"
MARKUP = "[bold red]loud[/bold red][@click=app.bell]x[/]"


def make_hostile(folder: Path) -> Path:
    """Make the environment and return its prefix; everything in it was seen in the wild or is easily made."""
    prefix = make_venv(folder)
    site = next(prefix.glob("lib/python3*/site-packages"))
    _dist(
        site, "esc-1.0", f"Name: esc{ESCAPES}\nVersion: 1.0{ESCAPES}\nSummary: {ESCAPES}\nRequires-Dist: no{ESCAPES}\n"
    )
    _dist(site, "bidi-1.0", f"Name: bidi{BIDI}\nVersion: 1.0\nSummary: {BIDI}\n")
    _dist(site, "markup-1.0", f"Name: markup\nVersion: 1.0\nSummary: {MARKUP}\nRequires-Dist: {MARKUP}\n")
    _dist(site, "bytes-1.0", b"Name: bytes\xff\xfe\nVersion: \x00\x01\n")
    _dist(
        site, "climb-1.0", "Name: climb\nVersion: 1.0\n", "../../../../../../etc/passwd,,\n/etc/shadow,,\nclimb.py,,\n"
    )
    _dist(site, "long-1.0", "Name: " + "a" * 100_000 + "\nVersion: " + "9." * 10_000 + "\n")
    _dist(site, "many-1.0", "Name: many\nVersion: 1.0\n" + "Requires-Dist: a\n" * 20_000)
    for name in ("fifo", "device", "endless", "folder", "sparse"):
        (site / f"{name}-1.0.dist-info").mkdir()
    os.mkfifo(site / "fifo-1.0.dist-info/METADATA")
    os.mkfifo(site / "fifo-1.0.dist-info/RECORD")
    (site / "device-1.0.dist-info/METADATA").symlink_to("/dev/zero")
    (site / "endless-1.0.dist-info/METADATA").symlink_to("METADATA")
    (site / "folder-1.0.dist-info/METADATA").mkdir()
    with (site / "sparse-1.0.dist-info/METADATA").open("wb") as file:
        file.truncate(1 << 30)
    with (site / "sparse-1.0.dist-info/RECORD").open("wb") as file:
        file.truncate(1 << 30)
    (site / f"name{ESCAPES}{BIDI}.dist-info").mkdir()
    (site / f"na\nme{MARKUP.replace('/', '')}.pth").write_text(f"import os # {ESCAPES}\n")
    (site / "undecodable.pth").write_bytes(b"\xff\xfe\x00import x\n" * 100)
    os.mkfifo(site / "pipe.pth")
    (site / "loop").symlink_to(".")
    (site / "up").symlink_to("/")
    deep = site
    for _ in range(120):
        deep /= "d"
    deep.mkdir(parents=True)
    meta = prefix / "conda-meta"
    meta.mkdir()
    (meta / "history").write_text(f"==> {ESCAPES} <==\n# cmd: conda {ESCAPES}\n+x/y::{BIDI}-1-0\n")
    (meta / "deep-1-0.json").write_text("[" * 100_000)
    (meta / "broken-1-0.json").write_text('{"name": "broken",\n "version": ')
    (meta / "list-1-0.json").write_text("[]")
    (meta / "numbers-1-0.json").write_text(
        json.dumps({"name": 1, "version": [], "build": {}, "files": 7, "depends": "x"})
    )
    record = {
        "name": f"sly{ESCAPES}", "version": "1", "build": "0", "channel": f"https://x/{ESCAPES}", "subdir": BIDI,
        "files": ["/etc/passwd", "../../outside", f"lib/{ESCAPES}"], "depends": [MARKUP, ESCAPES, "a [version="],
    }  # fmt: skip
    (meta / "sly-1-0.json").write_text(json.dumps(record))
    os.mkfifo(meta / "fifo-1-0.json")
    (meta / "pinned").write_text(ESCAPES)
    (meta / "state").write_text("{")
    (meta / "frozen").write_text(ESCAPES)
    (prefix / ".condarc").write_text("channels: &a [*a]\nx: {" * 50)
    (prefix / "pip.conf").write_text("[global\nindex-url = https://u:hunter2@x/\n")
    return prefix


def _dist(site: Path, name: str, metadata: str | bytes, record: str = "") -> None:
    folder = site / f"{name}.dist-info"
    folder.mkdir()
    data = metadata if isinstance(metadata, bytes) else metadata.encode("utf-8", "surrogateescape")
    (folder / "METADATA").write_bytes(b"Metadata-Version: 2.1\n" + data)
    (folder / "RECORD").write_text(record or f"{name}.dist-info/METADATA,,\n")
    (folder / "INSTALLER").write_text(f"pip{ESCAPES}")
