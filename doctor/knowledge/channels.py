"""Channels: who builds them, which are frozen or have terms, and which packages must come from one builder.

Dated 2026-11-22. Sources stand at the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from doctor.facts import Facts, Settings, Specification


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


#: builders of everything from the C library's level up; other channels build upon one of them (conda-forge's and
#: Anaconda's documentation)
BUILDERS = ("conda-forge", "defaults")

#: packages that compiled code of others links against, so that all must come from one builder. After conda-forge's
#: global pinning and the catalogue of checks; general knowledge, kept to libraries whose builds differ between builders
ABI_CRITICAL = _words(
    """
    abseil-cpp arpack arrow-cpp blas boost boost-cpp cudatoolkit fftw gdal geos glib gmp gsl hdf4 hdf5 icu
    intel-openmp libabseil libarrow libblas libboost libcblas libcurl libgcc libgcc-ng libgdal libgdal-core
    libgfortran libgfortran-ng libgfortran4 libgfortran5 libglib libgomp libgrpc liblapack liblapacke libnetcdf
    libopenblas libprotobuf libstdcxx libstdcxx-ng libtiff libtorch libxml2 llvm-openmp mkl mpich netcdf-fortran
    numpy numpy-base openblas openmpi openssl poppler proj protobuf python pytorch qt qt-main qt6-main re2
    suitesparse tbb tensorflow-base vtk vtk-base
    """
)

#: CUDA libraries that NVIDIA's own channel and the builders both carry, under the same names (conda-forge's
#: documentation, "Using CUDA": do not mix them)
CUDA_LIBRARIES = _words(
    """
    cuda-cudart cuda-cupti cuda-nvcc cuda-nvrtc cuda-nvtx cudnn cutensor libcublas libcufft libcufile libcurand
    libcusolver libcusparse libnpp libnvjitlink libnvjpeg nccl
    """
)


_SUBDIR = re.compile(r"/(?:noarch|(?:linux|osx|win|emscripten|wasi|freebsd|zos)-[a-z0-9_]+)$")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(?P<host>[^/]*)(?:/t/[^/]+)?(?P<path>/.*)?$", re.IGNORECASE)
_HOSTS = ("conda.anaconda.org", "anaconda.org", "repo.anaconda.com", "repo.continuum.io")
#: channels that others mirror under the same name, and what the mirrors of defaults end in
_MIRRORED = _words("bioconda conda-forge nvidia pytorch rapidsai")
_MIRRORED_PARTS = ("pkgs/main", "pkgs/r", "pkgs/msys2", "pkgs/free", "pkgs/pro")
_PLAIN_HTTP = re.compile(r"http://(?!(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$))", re.IGNORECASE)


class Frozen(NamedTuple):
    """A channel that gets no releases any more."""

    since: str
    what: str
    successor: str
    sources: str


#: canonical name -> what is known. Certainty: high; each from its own announcement or documentation
FROZEN: Mapping[str, Frozen] = {
    "pytorch": Frozen("2024-10", "its last torch is 2.5.1", "conda-forge", "pytorch/pytorch issue 138506"),
    "pkgs/free": Frozen(
        "2017-09", "it holds nothing built after September 2017", "defaults", "docs.conda.io, Using the free channel"
    ),
    "pkgs/r": Frozen(
        "2025-11", "no new R versions or security updates", "conda-forge", "anaconda.org/r, note of 2025-11-04"
    ),
}

#: channels with terms of use: a paid licence in organisations of more than 200 people, accredited education exempt
#: (Anaconda's terms of service FAQ, 2025; legal text changes)
WITH_TERMS = _words("defaults anaconda pkgs/main pkgs/r pkgs/msys2 pkgs/free pkgs/pro pkgs/archive pkgs/mro")

#: what defaults means in a policy or a specification
PARTS_OF_DEFAULTS = ("pkgs/main", "pkgs/r", "pkgs/msys2")

#: makers of environments that take channels from a manifest and never read a condarc
_WITHOUT_CONDARC = ("pixi", "rattler")

#: conda's first release with libmamba as its default solver (conda's CHANGELOG, 23.10.0 of 2023-10-30)
LIBMAMBA_BY_DEFAULT = (23, 10)


def reads_condarc(facts: Facts) -> bool:
    """Whether the environment is conda's or mamba's, so that its next change follows a condarc."""
    return facts.conda.present and facts.identity.maker not in _WITHOUT_CONDARC


def plain_channel(channel: str) -> str:
    """A channel as a person may write it, as records name it, and without label: https://.../conda-forge/noarch."""
    text = _SUBDIR.sub("", channel.strip().rstrip("/")).partition("/label/")[0]
    path = text
    found = _ADDRESS.match(text)
    if found is not None:
        path = (found["path"] or "").strip("/")
        known = found["host"].lower() in _HOSTS or path.endswith(_MIRRORED_PARTS)
        name = path.rpartition("/")[2]
        if not known:
            return name if name in _MIRRORED else text
        path = path if found["host"].lower() in _HOSTS else f"pkgs/{name}"
    return f"pkgs/{path}" if f"pkgs/{path}" in WITH_TERMS else path


def builder(channel: str) -> str:
    """Who builds what a channel holds: defaults for all of Anaconda's own, else the channel without its label."""
    name = plain_channel(channel)
    return "defaults" if name in WITH_TERMS else name


def is_known(channel: str) -> bool:
    """Whether a record's channel can be configured at all: local folders and unknown origins cannot."""
    return channel not in ("", "<unknown>", "local", "pypi") and not channel.startswith("file:")


def is_plain_http(address: str) -> bool:
    """Whether an address is reached without encryption and lies on another machine."""
    return _PLAIN_HTTP.match(address) is not None


def expand(channels: Iterable[str], members: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Channels with those that stand for others followed by these: defaults by pkgs/main, pkgs/r, ..."""
    found: dict[str, None] = {}
    for channel in channels:
        name = plain_channel(channel)
        found[name] = None
        for member in members.get(channel, PARTS_OF_DEFAULTS if name == "defaults" else ()):
            found[plain_channel(member)] = None
    return tuple(found)


def configured(settings: Settings) -> tuple[str, ...]:
    """All channels that the merged condarc names, by their plain names and in order."""
    return expand(settings.channels, settings.members)


def named_by(spec: Specification) -> tuple[str, ...]:
    """All channels that a specification names, by plain names: in its list, and before single packages."""
    single = (asked.text.partition("::")[0] for asked in spec.asked if asked.manager == "conda" and "::" in asked.text)
    return expand((*spec.channels, *single), {})
