"""Packs conda packages and channels for tests: real .conda files with real repodata, out of nothing.

A file's content is bytes, or text for a symbolic link's target, or (bytes, mode). Bytes that hold PLACEHOLDER
get the prefix patched in when they are linked, as in packages that conda-build makes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

Content = bytes | str | tuple[bytes, int]

PYTHON = "{}.{}".format(*sys.version_info[:2])
NEXT_PYTHON = f"3.{sys.version_info[1] + 1}"
SITE = f"lib/python{PYTHON}/site-packages"
PLACEHOLDER = "/home/conda/feedstock_root/build_artifacts/demo_1700000000000/_h_env" + "_placehold" * 18
BUILT = 1_700_000_000
SUBDIRS = ("linux-64", "noarch")


class Package(NamedTuple):
    """One build of a conda package."""

    name: str
    version: str
    build: str = "h0_0"
    files: Mapping[str, Content] = {}
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    noarch: Literal["", "python", "generic"] = ""
    entry_points: tuple[str, ...] = ()
    channel: str = "conda-forge"  #: canonical name: conda-forge, pkgs/main, nvidia, ...

    @property
    def subdir(self) -> str:
        """The platform's folder in the channel."""
        return "noarch" if self.noarch else "linux-64"


def channel_url(name: str) -> str:
    """Where a channel of that canonical name lives."""
    host = "https://repo.anaconda.com" if name.startswith("pkgs/") else "https://conda.anaconda.org"
    return f"{host}/{name}"


def write_channels(root: Path, packages: Iterable[Package]) -> None:
    """Add packages to the channels below root, one folder for each; the same packages give the same bytes."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for package in packages:
        for subdir in SUBDIRS:
            rows.setdefault((package.channel, subdir), {})
        file_name, row = _write_package(root, package)
        rows[package.channel, package.subdir][file_name] = row
    for (channel, subdir), found in rows.items():
        folder = root / channel / subdir
        folder.mkdir(parents=True, exist_ok=True)
        index = folder / "repodata.json"
        before = json.loads(index.read_text())["packages.conda"] if index.exists() else {}
        index.unlink(missing_ok=True)  # it may be a hard link of another channel's
        repodata = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": before | found, "repodata_version": 1}
        index.write_text(json.dumps(repodata))


def distribution_files(
    name: str, version: str, modules: Mapping[str, bytes], where: str = SITE, **extra: bytes
) -> dict[str, Content]:
    """Files of a Python distribution as a conda package holds them: RECORD and a build folder's direct_url."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    pure = "false" if any(path.endswith(".so") for path in modules) else "true"
    built_in = f"file:///home/conda/feedstock_root/build_artifacts/{name}_1700000000000/work"
    files = dict(modules) | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: {pure}\n".encode(),
        f"{info}/INSTALLER": b"conda",
        f"{info}/REQUESTED": b"",
        f"{info}/direct_url.json": json.dumps({"dir_info": {}, "url": built_in}).encode(),
    }
    files |= {f"{info}/{path}": data for path, data in extra.items()}
    rows = [f"{path},sha256={_urlsafe(data)},{len(data)}\n" for path, data in sorted(files.items())]
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    return {f"{where}/{path}": data for path, data in files.items()}


def running_python() -> dict[str, Content]:
    """The running interpreter's files, without the parts that no test needs."""
    library = Path(sysconfig.get_path("stdlib"))
    skipped = {"test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "pydoc_data"}
    skipped |= {"site-packages", "dist-packages", "__pycache__"}
    files: dict[str, Content] = {f"{SITE}/README.txt": b"site-packages\n"}
    for folder, folders, names in os.walk(library):
        folders[:] = [name for name in folders if name not in skipped and not name.startswith("config-")]
        for path in (Path(folder) / name for name in names if not name.endswith((".pyc", ".a"))):
            mode = 0o755 if path.suffix == ".so" else 0o644
            files[f"lib/python{PYTHON}/{path.relative_to(library).as_posix()}"] = (path.read_bytes(), mode)
    executable = Path(sys.executable)
    if sys.prefix != sys.base_prefix:
        executable = Path(sysconfig.get_config_var("BINDIR")) / f"python{PYTHON}"
    files[f"bin/python{PYTHON}"] = (executable.resolve().read_bytes(), 0o755)
    files["bin/python"] = files["bin/python3"] = f"python{PYTHON}"
    shared = Path(sysconfig.get_config_var("LIBDIR") or "/", sysconfig.get_config_var("INSTSONAME") or "none")
    if ".so" in shared.name and shared.is_file():
        files[f"lib/{shared.name}"] = (shared.read_bytes(), 0o755)
    return files


def next_python() -> dict[str, Content]:
    """What shows of a Python one minor version later; it cannot be started."""
    return {
        f"bin/python{NEXT_PYTHON}": (b"\x7fELF\2\1\1" + bytes(57), 0o755),
        "bin/python": f"python{NEXT_PYTHON}",
        "bin/python3": f"python{NEXT_PYTHON}",
        f"lib/python{NEXT_PYTHON}/os.py": b"",
        f"lib/python{NEXT_PYTHON}/site-packages/README.txt": b"site-packages\n",
    }


def bundled_pip() -> tuple[str, dict[str, Content]]:
    """The version and the files of the pip that ensurepip carries."""
    import ensurepip

    wheel = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    with zipfile.ZipFile(wheel) as opened:
        files = {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    version = wheel.name.split("-")[1]
    files[f"pip-{version}.dist-info/INSTALLER"] = b"conda"
    return version, {f"site-packages/{path}": data for path, data in files.items()}


def shared_object() -> bytes:
    """A small real shared object: an extension module of the running Python, else something that looks like one."""
    found = sorted(
        (Path(sysconfig.get_path("stdlib")) / "lib-dynload").glob("*.so"), key=lambda path: path.stat().st_size
    )
    return found[0].read_bytes() if found else b"\x7fELF\2\1\1" + bytes(57)


def _write_package(root: Path, package: Package) -> tuple[str, dict[str, object]]:
    members = {path: data if isinstance(data, tuple) else (data, 0o644) for path, data in package.files.items()}
    paths = [_paths_entry(path, data) for path, (data, _) in sorted(members.items())]
    index: dict[str, object] = {
        "name": package.name,
        "version": package.version,
        "build": package.build,
        "build_number": int(package.build.rsplit("_", 1)[-1]),
        "subdir": package.subdir,
        "depends": list(package.depends),
        "constrains": list(package.constrains),
        "license": "MIT",
        "timestamp": BUILT * 1000,
    }
    if package.noarch:
        index["noarch"] = package.noarch
    info: dict[str, object] = {
        "info/index.json": index,
        "info/paths.json": {"paths_version": 1, "paths": paths},
        "info/about.json": {},
    }
    if package.noarch == "python":
        noarch = {"type": "python", "entry_points": list(package.entry_points)}
        info["info/link.json"] = {"package_metadata_version": 1, "noarch": noarch}
    about = [(path, json.dumps(value).encode(), 0o644) for path, value in info.items()]
    about.append(("info/files", "".join(f"{path}\n" for path in sorted(members)).encode(), 0o644))
    stem = f"{package.name}-{package.version}-{package.build}"
    target = root / package.channel / package.subdir / f"{stem}.conda"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        packed = _tar_zst((path, *members[path]) for path in sorted(members))
        archive.writestr(zipfile.ZipInfo("metadata.json"), '{"conda_pkg_format_version": 2}')
        archive.writestr(zipfile.ZipInfo(f"pkg-{stem}.tar.zst"), packed)
        archive.writestr(zipfile.ZipInfo(f"info-{stem}.tar.zst"), _tar_zst(about))
    data = target.read_bytes()
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return target.name, index | {"md5": md5, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def _paths_entry(path: str, data: bytes | str) -> dict[str, object]:
    body = b"" if isinstance(data, str) else data
    entry: dict[str, object] = {
        "_path": path,
        "path_type": "softlink" if isinstance(data, str) else "hardlink",
        "sha256": hashlib.sha256(body).hexdigest(),
        "size_in_bytes": len(body),
    }
    if PLACEHOLDER.encode() in body:
        entry |= {"prefix_placeholder": PLACEHOLDER, "file_mode": "binary" if b"\0" in body else "text"}
    return entry


def _tar_zst(members: Iterable[tuple[str, bytes | str, int]]) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, data, mode in members:
            member = tarfile.TarInfo(name)
            member.mode, member.mtime = mode, BUILT
            if isinstance(data, str):
                member.type, member.linkname = tarfile.SYMTYPE, data
                archive.addfile(member)
            else:
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    packed: bytes = zstd.compress(raw.getvalue(), level=1)
    return packed


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
