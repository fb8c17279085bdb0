"""Makes real conda prefixes for tests, offline, in less than a second each.

    prefix = make_conda_prefix(tmp_path / "env")                                # sound: one channel
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "pkgs/main::demo-lib"))      # two channels
    prefix = make_conda_prefix(tmp_path / "env", style="rattler")
    make_conda_prefix(prefix, packages=...)                                     # again: changes what is there

A working Python and pip come packed from the running interpreter. The packages are packed once in a run and
linked from one cache; the records carry the real addresses of the channels. Pass `cache` for a test that
damages files in place, because the prefix's files are hard links of the cache's.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from tests.patients.conda_channel import (
    NEXT_PYTHON,
    PLACEHOLDER,
    PYTHON,
    SITE,
    Package,
    bundled_pip,
    channel_url,
    distribution_files,
    next_python,
    running_python,
    shared_object,
    write_channels,
)

Style = Literal["conda", "mamba", "rattler", "pixi"]

#: a sound environment: Python, pip, a tool that needs a library, and libraries of the native kind
SOUND = ("python", "pip", "demo-tool", "numpy", "openssl")


def make_conda_prefix(
    prefix: Path,
    style: Style = "conda",
    packages: Iterable[str] = SOUND,
    *,
    more: Iterable[Package] = (),
    reinstall: Iterable[str] = (),
    cache: Path | None = None,
) -> Path:
    """Link the wanted packages with all they need, and nothing else, into a prefix; return it.

    Packages are conda specs; one may name its channel (pkgs/main::demo-lib), else conda-forge is meant. `more`
    adds packages to those of catalogue(). On a prefix that exists this is the change from what it held.
    """
    extra = tuple(more)
    root = _channels()
    if extra:
        root = Path(tempfile.mkdtemp(prefix="channels-", dir=prefix.parent)) / "channels"
        shutil.copytree(_channels(), root, copy_function=os.link)
        write_channels(root, extra)
    names = {package.channel for package in (*catalogue(), *extra)}
    wanted = tuple(packages)
    before = _records(prefix)
    job = {
        "prefix": str(prefix),
        "root": str(root),
        "cache": str(cache or _shared_folder() / "cache"),
        "channels": {name: channel_url(name) for name in sorted(names)},
        "specs": [_with_channel(spec) for spec in wanted],
        "requested": wanted,
        "constraints": [f"python {PYTHON}.*"] if not any(_names(spec, "python") for spec in wanted) else [],
        "reinstall": list(reinstall),
    }
    _as_rattler(prefix)
    script = Path(__file__).with_name("conda_link.py")
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", str(script)],
        input=json.dumps(job), text=True, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"no prefix for {wanted}: {done.stderr.strip()}")
    if style in ("conda", "mamba"):
        _as_conda(prefix, wanted, before, style)
    elif style == "pixi":
        _as_pixi(prefix)
    return prefix


@functools.cache
def catalogue() -> tuple[Package, ...]:
    """The packages that every test may ask for."""
    pip_version, pip_files = bundled_pip()
    noarch_site = "site-packages"
    tool = distribution_files(
        "demo-tool", "3.1", {"demo_tool/__init__.py": b"def main(): print('tool')\n"}, noarch_site
    )
    plain = distribution_files("demo-plain", "1.0", {"demo_plain/__init__.py": b"__version__ = '1.0'\n"}, noarch_site)
    needs_python = ("python >=3.9",)
    packages = [
        Package("python", "{}.{}.{}".format(*sys.version_info[:3]), "h0demo0_0", running_python(), ("tzdata",)),
        Package("python", f"{NEXT_PYTHON}.0", "h0demo9_0", next_python(), ("tzdata",)),
        Package("tzdata", "2026c", "h0demo1_0", {"share/zoneinfo/UTC": b"TZif2"}, noarch="generic"),
        Package(
            "pip", pip_version, "pyh0demo2_0", pip_files, needs_python,
            noarch="python", entry_points=("pip = pip._internal.cli.main:main",),
        ),
        Package(
            "demo-tool", "3.1", "pyh0demo3_0", tool, (*needs_python, "demo-lib >=1.0"),
            noarch="python", entry_points=("demo-tool = demo_tool:main",),
        ),
        Package("demo-plain", "1.0", "pyh0demo5_0", plain, needs_python, noarch="python"),
    ]  # fmt: skip
    for channel, number in (("conda-forge", 1), ("pkgs/main", 0)):
        library: dict[str, Any] = {"lib/libcrypto.so.3": shared_object(), "lib/libcrypto.so": "libcrypto.so.3"}
        packages.append(Package("openssl", "3.4.0", f"h0demo7_{number}", library, channel=channel))
        for python in (PYTHON, NEXT_PYTHON):
            packages += _for_python(python, channel, number)
    return tuple(packages)


def _for_python(python: str, channel: str, number: int) -> Iterable[Package]:
    """Packages that are built once for each minor version of Python, by conda-forge and by defaults."""
    short = python.replace(".", "")
    site = f"lib/python{python}/site-packages"
    needs = (f"python >={python},<3.{int(python.partition('.')[2]) + 1}.0a0",)
    for version in ("1.0", "1.1"):
        modules = {
            "demo_lib/__init__.py": f"__version__ = '{version}'\n".encode(),
            f"demo_lib/only_{version.replace('.', '_')}.py": b"x = 1\n",
            "demo_lib/data.bin": bytes(range(256)) * 8,
        }
        script = f"#!{PLACEHOLDER}/bin/python\nimport demo_lib; print(demo_lib.__version__)\n"
        files = distribution_files("demo-lib", version, modules, site) | {
            "bin/demo-lib": (script.encode(), 0o755),
            "lib/libdemo.so.1": b"\x7fELF\0" + PLACEHOLDER.encode() + b"/etc/demo.conf" + bytes(40),
            "lib/libdemo.so": "libdemo.so.1",
        }
        yield Package("demo-lib", version, f"py{short}h0demo4_{number}", files, needs, channel=channel)
    umath = f"numpy/core/_multiarray_umath.cpython-{short}-x86_64-linux-gnu.so"
    modules = {"numpy/__init__.py": b"__version__ = '1.26.3'\n", umath: shared_object()}
    files = distribution_files("numpy", "1.26.3", modules, site)
    yield Package("numpy", "1.26.3", f"py{short}h0demo6_{number}", files, needs, channel=channel)


@functools.cache
def _shared_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="conda-patients-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _channels() -> Path:
    root = _shared_folder() / "channels"
    write_channels(root, catalogue())
    return root


def _with_channel(spec: str) -> str:
    channel, found, rest = spec.rpartition("::")
    rest = f"python {PYTHON}.*" if rest == "python" else rest
    return f"{channel_url(channel if found else 'conda-forge')}::{rest}"


def _names(spec: str, name: str) -> bool:
    return re.split(r"[ =<>]", spec.rpartition("::")[2])[0] == name


def _records(prefix: Path) -> dict[Path, dict[str, Any]]:
    return {path: json.loads(path.read_bytes()) for path in sorted((prefix / "conda-meta").glob("*.json"))}


def _replace(path: Path, text: str) -> None:
    """Write a record as conda does: a new file, and none where nothing changes."""
    if path.read_text() != text:
        path.unlink()
        path.write_text(text)
    if path.stat().st_mode & 0o777 != 0o644:
        path.chmod(0o644)


def _as_rattler(prefix: Path) -> None:
    """Give noarch files their real paths, so that rattler finds those that conda-styled records name otherwise."""
    for path, record in _records(prefix).items():
        for entry in record["paths_data"]["paths"]:
            if entry["_path"].startswith("site-packages/"):
                entry["_path"] = f"{SITE.rpartition('/')[0]}/{entry['_path']}"
        _replace(path, json.dumps(record, indent=2))


def _as_conda(prefix: Path, specs: tuple[str, ...], before: dict[Path, dict[str, Any]], style: Style) -> None:
    """Rewrite rattler's records as conda or mamba write them, field for field as seen in real ones."""
    after = _records(prefix)
    asked = {re.split(r"[ =<>]", spec.rpartition("::")[2])[0]: spec for spec in specs}
    for path, record in after.items():
        base = record["channel"].rstrip("/").removesuffix(f"/{record['subdir']}")
        record["channel"] = f"{base}/{record['subdir']}"
        record.setdefault("constrains", [])
        record.pop("requested_specs", None)
        spec = asked.get(record["name"], "")
        if style == "mamba":
            record["requested_spec"] = spec
        elif spec:
            record["requested_spec"], record["requested_specs"] = spec, [spec]
        if record.get("noarch"):
            record["package_type"] = f"noarch_{record['noarch']}"
        record["package_tarball_full_path"] = record["extracted_package_dir"] + ".conda"
        for entry in record["paths_data"]["paths"]:
            _entry_as_conda(entry, record, style)
        _replace(path, json.dumps(record, indent=2))
    (prefix / "CACHEDIR.TAG").unlink(missing_ok=True)
    _write_history(prefix, specs, before, after, style)


def _entry_as_conda(entry: dict[str, Any], record: dict[str, Any], style: Style) -> None:
    if entry["path_type"] == "hardlink":
        entry.setdefault("sha256_in_prefix", entry["sha256"])
        if style == "conda" and record.get("noarch") == "python" and "/site-packages/" in entry["_path"]:
            entry["_path"] = "site-packages/" + entry["_path"].partition("/site-packages/")[2]
    elif style == "conda":
        entry.pop("sha256_in_prefix", None)
        if entry["path_type"] == "unix_python_entry_point":
            entry.pop("sha256", None)


def _write_history(
    prefix: Path,
    specs: tuple[str, ...],
    before: dict[Path, dict[str, Any]],
    after: dict[Path, dict[str, Any]],
    style: Style,
) -> None:
    history = prefix / "conda-meta/history"
    old = history.read_text() if before else ""
    verb = "install" if before else "create"
    day = old.count("==> ") + 2
    changes = [f"-{_dist(record)}" for path, record in before.items() if path not in after]
    changes += [f"+{_dist(record)}" for path, record in after.items() if path not in before]
    quoted = json.dumps(list(specs)) if style == "mamba" else repr(list(specs))
    lines = [
        f"==> 2026-01-{day:02} 03:04:05 <==",
        f"# cmd: /opt/conda/bin/{style} {verb} -p {prefix} {' '.join(specs)}",
        "# conda version: " + ("3.8.0" if style == "mamba" else "26.7.2"),
        *changes,
        f"# update specs: {quoted}",
    ]
    history.write_text(old + "\n".join(lines) + "\n")


def _dist(record: dict[str, Any]) -> str:
    base = record["channel"].rstrip("/").removesuffix(f"/{record['subdir']}")
    name = "defaults" if "/pkgs/" in base else base.rpartition("/")[2]
    return f"{name}/{record['subdir']}::{record['name']}-{record['version']}-{record['build']}"


def _as_pixi(prefix: Path) -> None:
    meta = prefix / "conda-meta"
    (meta / "history").write_text("// not relevant for pixi but for `conda run -p`\n")
    (meta / "pixi").write_text(json.dumps({"manifest_path": str(prefix / "pixi.toml"), "environment_name": "default"}))
    (meta / "pixi_env_prefix").write_text(f"{prefix}\n")
    (prefix / ".pixi-environment-fingerprint").write_text("0123456789abcdef")
