"""A small conda for tests: speaks conda's command line, solves and links with rattler, from channels made in the test.

    conda = make_conda_command(tmp_path / "tools")      # an executable file named conda; put its folder on PATH

It knows install, create and remove, with exact specs, explicit files, dry runs and JSON, and clean. What it writes
into the prefix is what conda writes. As conda does, it deletes the records of packages that pip wrote over as soon as
it loads a prefix, also in a dry run. With DEMO_CONDA_PRUNES set, its solver drops what nobody asked for and nothing
needs any more, as some of conda's do.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import http.server
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.patients.conda_channel import PYTHON, Package, channel_url, write_channels

VERSION = "26.7.2"
_EXACT = re.compile(r"(?P<name>[\w.-]+)==?(?P<version>[^=<>!~ ]+)(?:=(?P<build>[^= ]+))?")
_FILE = re.compile(r"(?P<channel>.+)/[\w-]+/(?P<name>[^/]+)-(?P<version>[^/-]+)-(?P<build>[^/-]+)\.(?:conda|tar\.bz2)")
_ANCHOR = re.compile(r".*/site-packages/[^/]+\.dist-info/METADATA")


def make_conda_command(folder: Path, *, more: Iterable[Package] = (), cache: Path | None = None) -> Path:
    """Write an executable named conda into a folder; its channels hold catalogue() and more."""
    from tests.patients import conda

    extra = tuple(more)
    folder.mkdir(parents=True, exist_ok=True)
    root = conda._channels()
    if extra:
        root = folder.absolute() / "channels"
        shutil.copytree(conda._channels(), root, copy_function=os.link)
        write_channels(root, extra)
    names = sorted({package.channel for package in (*conda.catalogue(), *extra)})
    job = {
        "root": str(root),
        "repodata": str(folder.absolute() / "repodata"),
        "cache": str(cache or conda._shared_folder() / "cache"),
        "channels": {name: channel_url(name) for name in names},
    }
    (folder / "conda.json").write_text(json.dumps(job))
    command = folder / "conda"
    command.write_text(
        f"#!{sys.executable} -I\nimport sys\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from tests.patients.conda_command import main\n"
        f"main(sys.argv[1:], {str(folder.absolute() / 'conda.json')!r})\n"
    )
    command.chmod(0o755)
    return command


def main(arguments: Sequence[str], job_file: str) -> None:
    """Do what a command line of conda's says; ends the process, for rattler may crash while Python shuts down."""
    status = 1
    try:
        given = _parsed(arguments)
        job = json.loads(Path(job_file).read_text())
        status = _clean(given, _packages(job)) if given.verb == "clean" else _conda(given, job)
    except _Refused as error:
        _complain(arguments, error.args[0], error.args[1])
    except Exception as error:
        _complain(arguments, type(error).__name__, str(error))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class _Refused(Exception):
    """(exception_name, message) as conda says them."""


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    if list(arguments) in (["--version"], ["-V"]):
        print(f"conda {VERSION}")
        sys.stdout.flush()
        os._exit(0)
    if not arguments or arguments[0] not in ("install", "create", "remove", "clean"):
        raise _Refused("CommandNotFoundError", f"No command {' '.join(arguments[:1])!r}")
    parser = argparse.ArgumentParser(f"conda {arguments[0]}")
    parser.add_argument("-p", "--prefix", required=arguments[0] != "clean")
    parser.add_argument("-c", "--channel", action="append", default=[])
    parser.add_argument("--file", action="append", default=[])
    for flag in ("--override-channels", "--dry-run", "--json", "--force-reinstall", "--no-deps", "--offline"):
        parser.add_argument(flag, action="store_true")
    for flag in ("--tarballs", "--packages"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-y", "--yes", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--force", "--force-remove", action="store_true", dest="force")
    parser.add_argument("specs", nargs="*")
    return parser.parse_args(list(arguments[1:]), argparse.Namespace(verb=arguments[0]))


def _complain(arguments: Sequence[str], name: str, message: str) -> None:
    if "--json" in arguments:
        body = {"error": message, "exception_name": name, "message": message, "success": False}
        print(json.dumps(body, indent=2))
    else:
        print(f"{name}: {message}", file=sys.stderr)


def _conda(given: argparse.Namespace, job: dict[str, Any]) -> int:
    prefix = Path(given.prefix).absolute()
    if given.verb != "create" and not (prefix / "conda-meta/history").is_file():
        raise _Refused("EnvironmentLocationNotFound", f"Not a conda environment: {prefix}")
    specs = [*given.specs, *(spec for file in given.file for spec in _explicit(Path(file)))]
    if not specs:
        raise _Refused("CondaValueError", "no package names supplied")
    _forget_overwritten(prefix)
    handler = functools.partial(_Quiet, directory=job["root"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return asyncio.run(_transact(given, specs, prefix, _packages(job), job, server.server_port))


def _packages(job: dict[str, Any]) -> Path:
    """The cache of packages."""
    return Path(os.environ.get("CONDA_PKGS_DIRS", "").split(",")[0] or Path(job["cache"]) / "pkgs")


def _clean(given: argparse.Namespace, packages: Path) -> int:
    """Delete archives, and packages of which no environment shares a file."""
    if not given.yes:
        raise _Refused("CondaSystemExit", "Exiting.")
    for path in sorted(packages.iterdir()):
        if path.is_dir() and given.packages:
            files = [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
            if (path / "info/index.json").is_file() and all(file.stat().st_nlink == 1 for file in files):
                shutil.rmtree(path)
        elif given.tarballs and path.name.endswith((".conda", ".tar.bz2")):
            path.unlink()
    return 0


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def _explicit(file: Path) -> Iterable[str]:
    """The specs of an explicit list: the packages at these addresses."""
    lines = file.read_text().splitlines()
    for line in lines:
        found = _FILE.fullmatch(line.partition("#")[0].strip())
        if found:
            yield f"{found['channel']}::{found['name']}={found['version']}={found['build']}"
        elif "@EXPLICIT" not in lines and line.strip() and not line.startswith("#"):
            yield line.strip()


def _forget_overwritten(prefix: Path) -> None:
    """Delete the records of packages whose metadata is gone while pip's of the same name is there."""
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        files = json.loads(path.read_text()).get("files", [])
        for anchor in filter(_ANCHOR.fullmatch, files):
            info = prefix / anchor.rpartition("/")[0]
            name = info.name.partition("-")[0].lower()
            named = [other for other in info.parent.glob("*.dist-info") if other.name.partition("-")[0].lower() == name]
            if named and (info not in named or _installer(info) not in ("conda", "")):
                path.unlink()
                break


def _installer(info: Path) -> str:
    path = info / "INSTALLER"
    return path.read_text().strip() if path.is_file() else ""


def _match(spec: str, job: dict[str, Any]) -> str:
    """A spec as conda takes it, as rattler takes it."""
    channel, found, rest = spec.rpartition("::")
    if found and "://" not in channel:
        channel = job["channels"].get(channel) or channel_url(channel)
    exact = _EXACT.fullmatch(rest)
    if exact and exact["build"]:
        rest = f"{exact['name']} =={exact['version']} {exact['build']}"
    elif exact:
        rest = f"{exact['name']} {'==' if '==' in rest else ''}{exact['version']}{'' if '==' in rest else '.*'}"
    return f"{channel}::{rest}" if found else rest


def _name(spec: str) -> str:
    return re.split(r"[ =<>!~\[]", spec.rpartition("::")[2])[0].lower()


async def _transact(
    given: argparse.Namespace, specs: list[str], prefix: Path, packages: Path, job: dict[str, Any], port: int
) -> int:
    from rattler import Channel, Client, Gateway, PrefixRecord, install
    from rattler.networking import MirrorMiddleware

    installed = {}
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        record = PrefixRecord.from_path(path)
        installed[record.name.normalized] = record
    mirrors = {url: [f"http://127.0.0.1:{port}/{name}"] for name, url in job["channels"].items()}
    client = Client([MirrorMiddleware(mirrors)])
    gateway = Gateway(cache_dir=Path(job["repodata"]), client=client)
    told = [job["channels"].get(name, name) for name in given.channel]
    named = [spec.rpartition("::")[0] for spec in specs if "::" in spec]
    named = [job["channels"].get(name, name) for name in named]
    others = [] if given.override_channels else list(job["channels"].values())
    sources = [Channel(url) for url in dict.fromkeys((*told, *named, *others))]
    if given.verb == "remove":
        after = _without(specs, installed, given.force)
    elif given.no_deps or given.file:
        after = await _exactly(specs, installed, gateway, sources, job)
    else:
        after = await _solved(specs, installed, gateway, sources, job)
    forced = {_name(spec) for spec in specs} if given.force_reinstall else set()
    unlink = [r for name, r in installed.items() if name not in after or _differs(r, after[name]) or name in forced]
    link = [r for name, r in after.items() if name not in installed or _differs(installed[name], r) or name in forced]
    fetch = [record for record in link if not (packages / _dist(record)).is_dir()]
    if given.offline and fetch:
        raise _Refused("OfflineError", f"not in the cache: {', '.join(map(_dist, fetch))}")
    if given.json:
        body: dict[str, Any] = {"success": True, "prefix": str(prefix), "dry_run": given.dry_run}
        if link or unlink:
            groups = {"FETCH": fetch, "LINK": link, "UNLINK": unlink}
            body["actions"] = {"PREFIX": str(prefix)} | {
                key: [_told(r) for r in value] for key, value in groups.items()
            }
        else:
            body["message"] = "All requested packages already installed."
        print(json.dumps(body, indent=2))
    else:
        print("\n## Package Plan ##\n\n  environment location: " + str(prefix) + "\n")
        for title, rows in (("REMOVED", unlink), ("INSTALLED", link)):
            print(f"The following packages will be {title}:\n", *(f"  {_dist(row)}\n" for row in rows))
    if given.dry_run:
        if not given.json:
            print("DryRunExit: Dry run. Exiting.", file=sys.stderr)
        return 0 if given.json else 1
    if not given.yes:
        raise _Refused("CondaSystemExit", "Exiting.")
    if not link and not unlink:
        print("# All requested packages already installed.")
        return 0
    await _link(given, specs, prefix, packages, list(after.values()), forced & set(installed), client, install)
    print("Executing transaction: done")
    return 0


def _without(specs: Sequence[str], installed: dict[str, Any], force: bool) -> dict[str, Any]:
    gone = {_name(spec) for spec in specs}
    missing = gone - set(installed)
    if missing:
        raise _Refused(
            "PackagesNotFoundError", f"The following packages are missing from the target: {sorted(missing)}"
        )
    grown = not force
    while grown:
        needing = {name for name, r in installed.items() if {_name(need) for need in r.depends} & gone}
        grown = not needing <= gone
        gone |= needing
    return {name: record for name, record in installed.items() if name not in gone}


async def _exactly(
    specs: Sequence[str], installed: dict[str, Any], gateway: Any, sources: Any, job: dict[str, Any]
) -> dict[str, Any]:
    """What is installed, with the newest package that fits each spec in place of the one that is there."""
    after = dict(installed)
    for spec in specs:
        found = await gateway.query(sources, ["linux-64", "noarch"], [_match(spec, job)], recursive=False)
        fitting = [record for source in found for record in source]
        if not fitting:
            raise _Refused("PackagesNotFoundError", f"The following packages are not available: {spec}")
        best = max(fitting, key=lambda record: (record.version, record.build_number))
        there = installed.get(_name(spec))
        after[_name(spec)] = best if there is None or _differs(there, best) else there
        if there is not None and after[_name(spec)] is there:
            after[_name(spec)] = best
    return after


async def _solved(
    specs: Sequence[str], installed: dict[str, Any], gateway: Any, sources: Any, job: dict[str, Any]
) -> dict[str, Any]:
    from rattler import ChannelPriority, VirtualPackage, solve
    from rattler.exceptions import SolverError

    wanted = {_name(spec) for spec in specs}
    pinned = [] if any(_name(spec) == "python" and spec != "python" for spec in specs) else [f"python {PYTHON}.*"]
    if "python" in installed and pinned:  # conda keeps the minor version that is there
        pinned = [f"python {'.'.join(str(installed['python'].version).split('.')[:2])}.*"]
    others = {name for name, held in installed.items() if held.requested_spec or "DEMO_CONDA_PRUNES" not in os.environ}
    try:
        records = await solve(
            sources=sources,
            specs=[*(_match(spec, job) for spec in specs), *sorted(others - wanted)],
            platforms=["linux-64", "noarch"],
            gateway=gateway,
            locked_packages=[record for name, record in installed.items() if name not in wanted],
            constraints=pinned,
            virtual_packages=VirtualPackage.detect(),
            channel_priority=ChannelPriority.Disabled,
        )
    except SolverError as error:
        raise _Refused("UnsatisfiableError", str(error)) from None
    return {record.name.normalized: record for record in records}


async def _link(
    given: argparse.Namespace,
    specs: Sequence[str],
    prefix: Path,
    packages: Path,
    records: list[Any],
    forced: set[str],
    client: Any,
    install: Any,
) -> None:
    from tests.patients import conda

    kept = {path: path.read_bytes() for path in (prefix / "conda-meta").glob("*.json")}
    before = conda._records(prefix)
    conda._as_rattler(prefix)
    await install(
        records,
        target_prefix=str(prefix),
        cache_dir=packages,
        client=client,
        show_progress=False,
        reinstall_packages=forced,
    )
    asked = () if given.verb == "remove" else tuple(specs)
    history = prefix / "conda-meta/history"
    text = history.read_text() if history.exists() else ""
    conda._as_conda(prefix, asked, before, "conda")
    for path, data in kept.items():
        name = json.loads(data)["name"]
        if path.exists() and name not in forced and path.read_bytes() != data:
            path.unlink()
            path.write_bytes(data)
    _write_history(prefix, text, given, specs, before, forced)


def _write_history(
    prefix: Path, text: str, given: argparse.Namespace, specs: Sequence[str], before: dict[Path, Any], forced: set[str]
) -> None:
    """Add what was done as conda writes it: a package that was linked again is named on both sides."""
    from tests.patients import conda

    after = conda._records(prefix)
    gone = [r for path, r in before.items() if path not in after or r["name"] in forced]
    come = [r for path, r in after.items() if path not in before or r["name"] in forced]
    lines = [
        f"==> 2026-02-{min(text.count('==> ') + 1, 28):02} 03:04:05 <==",
        f"# cmd: /opt/conda/bin/conda {given.verb} --prefix {prefix} {' '.join(specs)}",
        f"# conda version: {VERSION}",
        *(f"-{conda._dist(record)}" for record in gone),
        *(f"+{conda._dist(record)}" for record in come),
        f"# {'remove' if given.verb == 'remove' else 'update'} specs: {list(specs)!r}",
    ]
    (prefix / "conda-meta/history").write_text(text + "\n".join(lines) + "\n")


def _differs(one: Any, other: Any) -> bool:
    return (str(one.version), one.build, one.subdir, _channel(one)) != (
        str(other.version), other.build, other.subdir, _channel(other),
    )  # fmt: skip


def _channel(record: Any) -> str:
    return str(record.channel).rstrip("/").removesuffix(f"/{record.subdir}")


def _dist(record: Any) -> str:
    return f"{record.name.normalized}-{record.version}-{record.build}"


def _told(record: Any) -> dict[str, Any]:
    """A record as conda's JSON shows it."""
    return {
        "name": record.name.normalized,
        "version": str(record.version),
        "build": str(record.build),
        "build_string": str(record.build),
        "build_number": record.build_number,
        "channel": _channel(record),
        "subdir": record.subdir,
        "fn": record.file_name,
        "url": str(record.url),
        "md5": record.md5.hex() if record.md5 else "",
        "size": record.size,
        "depends": list(record.depends),
        "dist_name": _dist(record),
    }
