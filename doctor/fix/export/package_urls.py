"""Package URLs (purl): the names by which tools that look for vulnerabilities know packages."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from doctor.facts import CondaRecord, Distribution
from doctor.fix.export.archives import Archive, address
from doctor.reading.redact import REDACTED


def conda_purl(record: CondaRecord) -> str:
    """pkg:conda/numpy@1.26.4?build=py311h64a7726_0&channel=conda-forge&subdir=linux-64&type=conda."""
    kind = "tar.bz2" if record.fn.endswith(".tar.bz2") or record.url.endswith(".tar.bz2") else "conda"
    channel = "" if REDACTED in record.channel or record.channel.startswith(("file:", "<")) else record.channel
    told = {"build": record.build, "channel": channel, "subdir": record.subdir, "type": kind}
    return _purl("conda", record.name.lower(), record.version, told)


def pypi_purl(dist: Distribution, archive: Archive | None) -> str:
    """pkg:pypi/numpy@1.26.4, with the repository or address that it came from where it came from no index."""
    source = dist.direct_url
    told: dict[str, str] = {}
    if source is not None and source.vcs and address(source.url):
        told["vcs_url"] = f"{source.vcs}+{address(source.url)}" + (f"@{source.commit}" if source.commit else "")
    elif source is not None and address(source.url).startswith("http"):
        told["download_url"] = address(source.url)
    if archive is not None and archive.name:
        told["file_name"] = archive.name
    return _purl("pypi", dist.key, dist.version, told)


def generic_purl(name: str, version: str) -> str:
    """pkg:generic/cpython@3.11.7."""
    return _purl("generic", name, version, {})


def _purl(kind: str, name: str, version: str, told: Mapping[str, str]) -> str:
    more = "&".join(f"{key}={quote(value, safe=':/._-~')}" for key, value in sorted(told.items()) if value)
    return f"pkg:{kind}/{quote(name, safe='._-~')}@{quote(version, safe='._-~')}{f'?{more}' if more else ''}"
