"""Makes real wheels: small, valid, the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

#: what a file name of a zip says about when it was written
_WHEN = (2026, 11, 1, 0, 0, 0)


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, bytes | str],
    *,
    requires: Iterable[str] = (),
    requires_python: str = "",
    tag: str = "py3-none-any",
    entry_points: str = "",
    extra_dist_info: Mapping[str, bytes | str] = {},
) -> Path:
    """Write a wheel into a folder and return its path.

    files go to site-packages; those below NAME-VERSION.data/ where the wheel format says. extra_dist_info adds
    files to the dist-info or replaces those made here; RECORD is always right.
    """
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    info = f"{stem}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: The {name} of a test\n"]
    metadata += [f"Requires-Python: {requires_python}\n"] if requires_python else []
    metadata += [f"Requires-Dist: {line}\n" for line in requires]
    own: dict[str, bytes | str] = {
        "METADATA": "".join(metadata) + f"\n# {name}\n",
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: patients\n"
        f"Root-Is-Purelib: {'true' if tag.endswith('-none-any') else 'false'}\nTag: {tag}\n",
    }
    if entry_points:
        own["entry_points.txt"] = entry_points
    own |= extra_dist_info
    held = {path: _bytes(data) for path, data in files.items()}
    held |= {f"{info}/{path}": _bytes(data) for path, data in own.items()}
    rows = [f"{_quoted(path)},sha256={_digest(data)},{len(data)}\n" for path, data in held.items()]
    held[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, data in held.items():
            entry = zipfile.ZipInfo(path, _WHEN)
            entry.external_attr = (0o100755 if ".data/scripts/" in path else 0o100644) << 16
            archive.writestr(entry, data)
    return wheel


def _bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _quoted(path: str) -> str:
    return '"' + path.replace('"', '""') + '"' if "," in path or '"' in path else path


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
