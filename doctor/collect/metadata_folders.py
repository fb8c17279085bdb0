"""Reads one distribution: the dist-info, egg-info or egg-link that its installer left in a site folder.

Called once a distribution and opening up to six files each, so it works on strings and opens only what it must.
"""

from __future__ import annotations

import os
import stat
from typing import Any, NamedTuple

from doctor.collect.presence import is_remote, is_there, real_path
from doctor.facts.distributions import DirectUrl, Distribution, Leftover, Unreadable
from doctor.facts.identity import Identity, SiteFolder
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_bytes
from doctor.reading.python.builds import read_build
from doctor.reading.python.installed_files import Installed, Place, parse_installed_files, parse_record
from doctor.reading.python.metadata import (
    Header,
    Wheel,
    name_and_version,
    normalise,
    parse_direct_url,
    parse_header,
    parse_requires_txt,
    parse_wheel,
)
from doctor.reading.redact import redact
from doctor.target.environment import Request

#: bytes of INSTALLER, WHEEL, top_level.txt and direct_url.json
SMALL = 1024 * 1024

_NO_WHEEL = Wheel()

SUFFIXES = (".dist-info", ".egg-info", ".egg-link", ".egg")

#: installers other than Python's own, whose packages need no RECORD
_SYSTEM_INSTALLERS = frozenset({"conda", "debian", "rpm", "apk", "pacman", "portage", "spack", "nix", "guix"})


class Site(NamedTuple):
    """One site folder, as shown and as it really is, and what goes wrong in it."""

    folder: SiteFolder
    real: str
    within: str  #: the folder that links must not lead out of
    where: Place
    identity: Identity
    request: Request
    problems: list[Unreadable]
    leftovers: list[Leftover]

    def shown(self, name: str) -> str:
        """Say a path in this folder."""
        return f"{self.folder.path}/{clean(name)}"

    @property
    def ours(self) -> bool:
        """Whether the folder belongs to the environment itself."""
        return self.folder.kind == "environment"


def read_distribution(site: Site, name: str) -> Distribution | None:
    """Read the distribution that a folder or file of this name describes; None where it describes none."""
    path = f"{site.real}/{name}"
    try:
        is_folder = _is_folder(path, site)
        if name.endswith(".dist-info"):
            return _dist_info(site, name, path)
        if name.endswith(".egg-link"):
            return _egg_link(site, name, path)
        return _egg_info(site, name, is_folder)
    except OSError as error:
        site.problems.append(Unreadable(site.shown(name), (error.strerror or "cannot be read").lower()))
    except Unfit as error:
        site.problems.append(Unreadable(site.shown(name), error.reason))
    return _unread(site, name)


def _is_folder(path: str, site: Site) -> bool:
    """Whether it is a folder. Raises Unfit for a link that leads out and a dist-info that is none, or OSError."""
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        if not _leads_home(path, site):
            raise Unfit("a link that leads out of the environment")
        status = os.stat(path)  # noqa: PTH116 - a string
    is_folder = stat.S_ISDIR(status.st_mode)
    if not is_folder and path.endswith(".dist-info"):
        raise Unfit("not a folder")
    return is_folder


def _leads_home(path: str, site: Site) -> bool:
    """Whether a link leads into the environment, or elsewhere to the same name as in a store. Raises OSError."""
    real = os.path.realpath(path, strict=True)
    inside = os.path.realpath(site.within)
    return real.startswith(inside + os.sep) or real.rpartition(os.sep)[2] == path.rpartition("/")[2]


def _dist_info(site: Site, name: str, path: str) -> Distribution | None:
    try:
        header = parse_header(read_bytes(f"{path}/METADATA", within=site.within))
    except Missing:
        if site.ours:
            site.leftovers.append(Leftover(site.shown(name), "no-metadata"))
        return None
    except Unfit as error:
        site.problems.append(Unreadable(f"{site.shown(name)}/METADATA", error.reason, error.line))
        header = Header()
    else:
        if not header.name or not header.version:
            lacking = "Version" if header.name else "Name"
            site.problems.append(Unreadable(f"{site.shown(name)}/METADATA", f"says no {lacking}"))
    installer = clean(_small(site, f"{name}/INSTALLER").partition(b"\n")[0].decode("utf-8", "replace").strip(), 40)
    all_wanted = site.request.records
    tops = _top_level(site, f"{name}/top_level.txt") if all_wanted else ()
    record = _record(site, name, installer, tops)
    wheel = parse_wheel(_small(site, f"{name}/WHEEL")) if all_wanted else _NO_WHEEL
    url = _small(site, f"{name}/direct_url.json")
    return _built(
        site,
        name,
        header,
        installer=installer,
        requested=os.path.lexists(f"{path}/REQUESTED"),
        direct_url=_direct_url(url, installer, site) if url else None,
        wheel=wheel,
        record=record,
        top_level=tops or (record.top_level if record else ()),
    )


def _direct_url(data: bytes, installer: str, site: Site) -> DirectUrl | None:
    """Read direct_url.json and look whether the local folder that it names is still there."""
    parsed = parse_direct_url(data, installer)
    if parsed is None or not parsed.folder:
        return parsed.shown if parsed else None
    return parsed.shown._replace(target_exists=is_there(parsed.folder, site.request))


def _record(site: Site, name: str, installer: str, tops: tuple[str, ...]) -> Installed | None:
    relative = f"{name}/RECORD"
    try:
        if not site.request.records:
            os.stat(f"{site.real}/{relative}")  # noqa: PTH116
            return None
        data = read_bytes(f"{site.real}/{relative}", within=site.within)
    except (Missing, FileNotFoundError):
        if site.ours and not _needs_no_record(site, installer):
            site.leftovers.append(Leftover(site.shown(name), "no-record"))
        return None
    except (Unfit, OSError) as error:
        reason = error.reason if isinstance(error, Unfit) else "cannot be read"
        site.problems.append(Unreadable(site.shown(relative), reason))
        return None
    found = parse_record(data, site.where, derive=not tops)
    if found.refused:
        many = "1 path" if found.refused == 1 else f"{found.refused:,} paths"
        reason = f"{many} with characters that no path should hold"
        site.problems.append(Unreadable(site.shown(relative), reason, found.refused_line))
    return found


def _needs_no_record(site: Site, installer: str) -> bool:
    """Whether a distribution was brought by a package manager that keeps its own list of files."""
    return (
        installer in _SYSTEM_INSTALLERS
        or site.identity.kind == "system"
        or "dist-packages" in site.folder.path
        or (site.identity.kind == "conda" and not installer)
    )


def _egg_info(site: Site, name: str, is_folder: bool) -> Distribution | None:
    """Read an egg-info folder or file, or an egg: old ways to install, and the way Debian still does."""
    below = f"{name}/EGG-INFO" if name.endswith(".egg") else name
    if not is_folder and name.endswith(".egg"):
        return _unread(site, name)  # zipped: its name says enough
    relative = f"{below}/PKG-INFO" if is_folder else name
    try:
        header = parse_header(read_bytes(f"{site.real}/{relative}", within=site.within))
    except Missing:
        return None
    except Unfit as error:
        site.problems.append(Unreadable(site.shown(relative), error.reason, error.line))
        return _unread(site, name)
    record = None
    if is_folder:
        if not header.requires:
            header = header._replace(requires=tuple(parse_requires_txt(_small(site, f"{below}/requires.txt"))))
        listed = _small(site, f"{below}/installed-files.txt") if site.request.records else b""
        if listed:
            inside = site.where._replace(
                folder=f"{site.folder.path}/{below}", real_folder=f"{site.where.real_folder}/{below}"
            )
            record = parse_installed_files(listed, inside)
    tops = _top_level(site, f"{below}/top_level.txt") if is_folder else ()
    return _built(site, name, header, kind="egg-info", record=record, top_level=tops)


def _egg_link(site: Site, name: str, path: str) -> Distribution | None:
    """Read an egg-link: an old editable install, whose metadata lies beside its sources."""
    target = read_bytes(path, limit=SMALL, within=site.within).decode("utf-8", "replace").partition("\n")[0].strip()
    named, _ = name_and_version(name)
    header = Header(named)
    there = is_there(target, site.request)
    folder = real_path(target, site.request) if there and not is_remote(target) else ""
    for spelling in dict.fromkeys((named.replace("-", "_"), named)) if folder else ():
        try:
            header = parse_header(read_bytes(f"{folder}/{spelling}.egg-info/PKG-INFO"))
            break
        except Unfit:
            continue
    url = DirectUrl(redact(clean(f"file://{target}")), editable=True, target_exists=there)
    return _built(site, name, header, kind="egg-link", direct_url=url)


def _unread(site: Site, name: str) -> Distribution | None:
    """A distribution of which only its folder's name is known; None where that tells no version."""
    kind = "dist-info" if name.endswith(".dist-info") else "egg-info"
    return _built(site, name, Header(), kind=kind) if name_and_version(name)[1] else None


def _built(
    site: Site,
    name: str,
    header: Header,
    *,
    wheel: Wheel = _NO_WHEEL,
    record: Installed | None = None,
    **more: Any,
) -> Distribution:
    named, version = (header.name, header.version) if header.name and header.version else name_and_version(name)
    named, version = header.name or named, header.version or version
    key = normalise(named)
    try:
        modified = os.stat(f"{site.real}/{name}").st_mtime  # noqa: PTH116
    except OSError:
        modified = 0.0
    return Distribution(
        name=named,
        key=key,
        version=version,
        site=site.folder.path,
        folder=clean(name),
        requires=header.requires,
        requires_python=header.requires_python,
        summary=header.summary,
        tags=wheel.tags,
        pure=wheel.pure,
        paths=record.paths if record else None,
        digests=record.digests if record else (),
        modified=modified,
        build=read_build(site.real, key),
        **more,
    )


def _top_level(site: Site, relative: str) -> tuple[str, ...]:
    text = _small(site, relative).decode("utf-8", "replace")
    names = [line.strip().replace("\\", "/").partition("/")[0] for line in text.split("\n")[:1000]]
    return tuple(dict.fromkeys(name for name in names if name.isidentifier()))


def _small(site: Site, relative: str) -> bytes:
    """Read a small file that may be missing; one that is there and unfit is a problem."""
    try:
        return read_bytes(f"{site.real}/{relative}", limit=SMALL, within=site.within)
    except Missing:
        return b""
    except Unfit as error:
        site.problems.append(Unreadable(site.shown(relative), error.reason, error.line))
        return b""
