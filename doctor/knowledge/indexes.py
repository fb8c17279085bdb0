"""Package indexes by who may put packages there, dated 2026-11-22.

Certainty: general; each index's own front page. An index that is not in these tables counts as private.
"""

from __future__ import annotations

import re

#: anybody may register a name there
OPEN = ("pypi.org", "pypi.python.org", "files.pythonhosted.org", "test.pypi.org", "upload.pypi.org")

#: one publisher puts chosen packages there, and its documentation says to add it beside PyPI
CURATED = (
    "download.pytorch.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "data.pyg.org",
    "piwheels.org",
    "storage.googleapis.com/jax-releases",
    "storage.googleapis.com/libtpu-releases",
    "abetlen.github.io",
    "pypi.anaconda.org/scientific-python-nightly-wheels",
    "pypi.anaconda.org/rapidsai-wheels-nightly",
    "wheels.vllm.ai",
    "download.openmmlab.com",
    "flashinfer.ai",
    "pypi.jetson-ai-lab.dev",
    "pypi.jetson-ai-lab.io",
)

#: whole copies of PyPI by universities and companies, kept in step with it
MIRRORS = (
    "pypi.tuna.tsinghua.edu.cn",
    "mirrors.tuna.tsinghua.edu.cn",
    "mirrors.aliyun.com",
    "pypi.mirrors.ustc.edu.cn",
    "mirrors.ustc.edu.cn",
    "mirrors.cloud.tencent.com",
    "repo.huaweicloud.com",
    "pypi.doubanio.com",
    "mirrors.bfsu.edu.cn",
    "mirror.sjtu.edu.cn",
)


_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@?#]*@)?(\[[^\]]*\]|[^/:?#]*)", re.IGNORECASE)


def host(address: str) -> str:
    """The host of an address without user and port; empty for a folder or none."""
    found = _HOST.match(address)
    return found[1].strip("[]").lower() if found else ""


def kind(address: str) -> str:
    """Open, test, curated or private; local for folders and this machine."""
    name = host(address)
    if not name or name in ("localhost", "::1") or name.startswith("127."):
        return "local"
    if name == "test.pypi.org":
        return "test"
    if name in OPEN or name in MIRRORS:
        return "open"
    place = f"{name}/{address.partition('://')[2].partition('/')[2]}".removeprefix("www.")
    return "curated" if any(place == row or place.startswith(f"{row}/") for row in CURATED) else "private"
