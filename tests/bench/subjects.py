"""Makes the environments that are measured: their metadata is valid, their files are filler."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import sys
import venv
from pathlib import Path

WORDS = (
    *("alpha", "beta", "gamma", "delta", "core", "io", "utils", "plot", "model", "data"),
    *("frame", "text", "image", "graph", "linear", "sparse", "signal", "stats"),
)


def wheels(folder: Path, distributions: int, files: int) -> Path:
    """Make a virtual environment with pip and distributions that depend on each other, each with a full RECORD."""
    prefix = folder / f"venv-{distributions}-{files}"
    if prefix.exists():
        return prefix
    venv.create(prefix, with_pip=True, symlinks=True)
    site = prefix / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    each = files // distributions
    for number in range(distributions):
        _distribution(site, number, each)
    return prefix


def conda(folder: Path, records: int, files: int) -> Path:
    """Make a prefix with conda's records, hard-linked from a package cache as conda does."""
    root = folder / f"conda-{records}-{files}"
    prefix, cache = root / "envs" / "demo", root / "pkgs"
    if prefix.exists():
        return prefix
    (prefix / "conda-meta").mkdir(parents=True)
    history = ["==> 2026-11-01 10:00:00 <==", "# cmd: conda create -n demo", "# conda version: 26.7.0"]
    for number in range(records):
        dist = f"package{number}-1.{number}-h{number:07x}_0"
        paths = _package(cache / dist, prefix, number, files // records)
        record = {
            "name": f"package{number}",
            "version": f"1.{number}",
            "build": f"h{number:07x}_0",
            "build_number": 0,
            "channel": "https://conda.anaconda.org/conda-forge/linux-64",
            "subdir": "linux-64",
            "fn": f"{dist}.conda",
            "url": f"https://conda.anaconda.org/conda-forge/linux-64/{dist}.conda",
            "depends": [f"package{other} >=1.0" for other in range(max(0, number - 3), number)],
            "constrains": [],
            "extracted_package_dir": str(cache / dist),
            "link": {"source": str(cache / dist), "type": 1},
            "files": [path["_path"] for path in paths],
            "paths_data": {"paths_version": 1, "paths": paths},
        }
        (prefix / "conda-meta" / f"{dist}.json").write_text(json.dumps(record, indent=2))
        history.append(f"+conda-forge/linux-64::{dist}")
    (prefix / "conda-meta" / "history").write_text("\n".join(history) + "\n")
    return prefix


def libraries(folder: Path, count: int) -> Path:
    """Make a virtual environment with copies of native libraries of this machine, each beside its neighbours."""
    prefix = folder / f"native-{count}"
    if prefix.exists():
        return prefix
    venv.create(prefix, with_pip=False, symlinks=True)
    target = prefix / "lib" / "copied"
    found = 0
    for source in (Path(sys.prefix) / "lib", Path(sys.base_prefix) / "lib", Path("/usr/lib")):
        for path in sorted(source.rglob("*.so*")):
            if found >= count:
                return prefix
            if path.is_file() and not path.is_symlink():
                copy = target / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                found += 1
    return prefix


def _distribution(site: Path, number: int, files: int) -> None:
    name = f"demo_{WORDS[number % len(WORDS)]}_{number}"
    rows = []
    for n in range(files):
        sub = "/".join(WORDS[(n // 12 + step) % len(WORDS)] for step in range(n // 12 % 4))
        where = f"{name}/{sub}/" if sub else f"{name}/"
        rows.append(_write(site, f"{where}{'__init__' if n == 0 else f'module_{n}'}.py", _filler(number, n)))
    info = f"{name}-1.{number}.dist-info"
    needs = "".join(
        f"Requires-Dist: demo-{WORDS[other % len(WORDS)]}-{other}>=1.0,<2\n"
        for other in range(max(0, number - 12), number)
    )
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.{number}\n{needs}\nFiller.\n"
    rows.append(_write(site, f"{info}/METADATA", metadata.encode()))
    wheel = b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    rows.append(_write(site, f"{info}/WHEEL", wheel))
    rows.append(_write(site, f"{info}/INSTALLER", b"pip\n"))
    rows.append(f"{info}/RECORD,,")
    (site / info / "RECORD").write_text("\n".join(rows) + "\n")


def _write(site: Path, path: str, data: bytes) -> str:
    target = site / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}"


def _filler(number: int, n: int) -> bytes:
    size = 300 + (n * 7919 + number * 104_729) % 9_000
    return (f"VALUE_{number}_{n} = {n}\n".encode() * (size // 12 + 1))[:size]


def _package(cache: Path, prefix: Path, number: int, files: int) -> list[dict[str, object]]:
    paths: list[dict[str, object]] = []
    for n in range(files):
        path = f"share/package{number}/{WORDS[n // 15 % len(WORDS)]}/file_{n}.txt"
        data = _filler(number, n)
        source, target = cache / path, prefix / path
        source.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(data)
        os.link(source, target)
        digest = hashlib.sha256(data).hexdigest()
        paths.append(
            {
                "_path": path,
                "path_type": "hardlink",
                "sha256": digest,
                "sha256_in_prefix": digest,
                "size_in_bytes": len(data),
            }
        )
    return paths
