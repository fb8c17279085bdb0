"""Says which conda channel an address or a name means, in one spelling for all package managers.

conda writes channels with their platform's folder, rattler with a slash at the end, mirrors under another host:
all are conda-forge.
"""

from __future__ import annotations

import functools
import re

from doctor.reading.redact import redact

_SUBDIR = re.compile(r"/(?:noarch|(?:linux|osx|win|emscripten|wasi|freebsd|zos)-[a-z0-9_]+)$")
_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@]*@)?(?P<host>[^/]*)(?:/t/[^/]+)?(?P<path>/.*)?$", re.I)

#: channels of conda's own hosts; what follows the host is their name (docs.conda.io, "Channels")
_HOSTS = {"conda.anaconda.org", "anaconda.org", "repo.anaconda.com", "repo.continuum.io"}
#: the parts of defaults, which have their own folder there
_PARTS_OF_DEFAULTS = {"main", "r", "msys2", "free", "pro", "archive", "mro"}
#: channels that are mirrored under their own name: by prefix.dev, universities and companies
_MIRRORED = {
    "bioconda",
    "conda-forge",
    "deepmodeling",
    "intel",
    "menpo",
    "nvidia",
    "pytorch",
    "pytorch-lts",
    "pytorch-nightly",
    "pytorch-test",
    "rapidsai",
    "rapidsai-nightly",
    "simpleitk",
}


@functools.lru_cache(maxsize=256)
def canonical_channel(channel: str) -> str:
    """Name a channel: conda-forge, pkgs/main, nvidia/label/cuda-12.4.1; the redacted address of an unknown host."""
    text = _SUBDIR.sub("", channel.strip().rstrip("/")).rstrip("/")
    found = _ADDRESS.match(text)
    if found is None:
        return redact(f"pkgs/{text}" if text in _PARTS_OF_DEFAULTS else text)
    path = (found["path"] or "").strip("/")
    if found["host"].lower() in _HOSTS and path:
        return redact(f"pkgs/{path}" if path in _PARTS_OF_DEFAULTS else path)
    parts = path.split("/")
    if parts[-1] in _MIRRORED:
        return parts[-1]
    if len(parts) > 1 and parts[-2] == "pkgs" and parts[-1] in _PARTS_OF_DEFAULTS:
        return f"pkgs/{parts[-1]}"
    return redact(text)
