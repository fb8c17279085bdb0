"""Takes one requirement apart, as pip's files and conda's hold them; what cannot be taken apart keeps its name."""

from __future__ import annotations

import re

from doctor.facts.project import Asked
from doctor.judgement.requirements import normalise, parse
from doctor.judgement.versions import Unsupported, parse_spec
from doctor.reading.clean import clean
from doctor.reading.redact import redact

ENTRY_LIMIT = 2_000

_LONGEST = 500
#: of one requirement; the most on PyPI have 80 files a version
_HASHES = 100

_NAME = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?=$|[<>=!~;@(,])")
_CONDA_NAME = re.compile(r"(?:.*::)?([A-Za-z0-9_][\w.-]*)\s*(?=$|[<>=!~\s\[,])")
_CONDA_FILE = re.compile(r"/([a-z0-9_][\w.-]*)-([^-/]+)-([^-/]+)$")
_CONDA_ENDING = re.compile(r"(?:\.conda|\.tar\.bz2)(?:#.*)?$")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][\w.-]*)")
_WHEEL = re.compile(r"(?:^|[/\\])([A-Za-z0-9_.]+)-([^/\\-]+)(?:-[^/\\]+)?-[^/\\-]+-[^/\\-]+-[^/\\-]+\.whl")
_EDITABLE = re.compile(r"(?:-e\s*|--editable[\s=])\s*(.+)")
_OPTION = re.compile(r"\s--?[a-z]")
_HASH = re.compile(r"--hash[=\s]\s*([a-z0-9]{2,20}:[0-9A-Fa-f]{1,256})(?![0-9A-Fa-f])")
_DIRECT = re.compile(r"[^\s\[@]+\s*(?:\[([^\]]*)\])?\s*@\s*(\S+?)\s*(?:(?:^|(?<=\s)|(?<=;));\s*(.+))?")
_EXTRAS = re.compile(r"\[([^\]]*)\]")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|git@|\.{0,2}[/\\]|[A-Za-z]:[\\/]", re.IGNORECASE)


def ask(line: str, number: int, group: str = "") -> Asked | None:
    """Read one requirement as pip's files hold it; None for options and for what names no distribution."""
    editable = _EDITABLE.fullmatch(line)
    text, *options = _OPTION.split(editable[1] if editable else line, maxsplit=1)
    text = text.strip()
    if text.startswith("-"):
        return None
    found = _NAME.match(text) or _EGG.search(text) or _WHEEL.search(text)
    if not found:
        return None
    shown = clean(text, _LONGEST)
    shown = redact(shown) if "://" in shown or "@" in shown else shown
    asked = Asked(shown, normalise(found[1]), "pip", number, group, editable=editable is not None)
    if options and "--hash" in line:
        asked = asked._replace(hashes=tuple(_HASH.findall(line)[:_HASHES]))
    return _with_source(asked, shown) if editable or "@" in shown or _ADDRESS.match(shown) else _with_versions(asked)


def _with_versions(asked: Asked) -> Asked:
    wanted = parse(asked.text)
    if wanted is None:  # no requirement at all, so that it may be anything
        return asked._replace(text=redact(asked.text))
    specifier = wanted.specifier.replace(" ", "") if " " in wanted.specifier else wanted.specifier
    return asked._replace(specifier=specifier, marker=wanted.marker, extras=tuple(sorted(wanted.extras)))


def _with_source(asked: Asked, shown: str) -> Asked:
    """NAME @ ADDRESS, an address or a path alone; the text is redacted already, and so are its parts."""
    direct = _DIRECT.fullmatch(shown) if not _ADDRESS.match(shown) else None
    if direct:
        return asked._replace(url=direct[2], extras=_extras(direct[1]), marker=(direct[3] or "").strip())
    address, _, marker = shown.partition(" ;") if " ;" in shown else shown.partition("; ")
    inside = _EXTRAS.search(address)
    version = _WHEEL.search(address)
    return asked._replace(
        url=address.strip(),
        marker=marker.strip(),
        extras=_extras(inside[1] if inside else ""),
        specifier=f"=={version[2]}" if version else "",
    )


def _extras(text: str | None) -> tuple[str, ...]:
    return tuple(sorted({normalise(extra.strip()) for extra in text.split(",") if extra.strip()})) if text else ()


def ask_conda(text: str, number: int, group: str = "") -> Asked | None:
    """Read one match spec of conda; None where it names no package."""
    spec = clean(text.strip(), _LONGEST)
    channel, _, rest = spec.rpartition("::")
    if "://" in rest:
        return _conda_file(spec, number, group)
    found = _CONDA_NAME.match(rest if "://" in channel else spec)
    if not found:
        return None
    shown = redact(spec) if "=" in spec or "://" in spec else spec
    asked = Asked(shown, found[1].lower(), "conda", number, group, channel=redact(channel) if channel else "")
    try:
        wanted = parse_spec(rest.strip() if shown == spec or "://" in spec else shown)
    except Unsupported:
        return asked
    told = redact(clean(wanted.channel, _LONGEST)) or asked.channel
    version = "" if wanted.version == "*" else wanted.version
    return asked._replace(specifier=version, build="" if wanted.build == "*" else wanted.build, channel=told)


def _conda_file(spec: str, number: int, group: str) -> Asked | None:
    """A package file by its address, as explicit lists name it."""
    found = _CONDA_FILE.search(spec)
    if not found:
        return None
    shown = redact(spec)
    build = _CONDA_ENDING.sub("", found[3])
    return Asked(shown, found[1].lower(), "conda", number, group, f"=={found[2]}", build, url=shown)
