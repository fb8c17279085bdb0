"""Shared libraries that belong to the system rather than to wheels, and the packages that bring them.

Collected on 2026-11-22 from the contents lists of Debian 12, Fedora 40 and conda-forge (certainty: high; a later
release of Debian or Ubuntu adds t64 to some names). Only what wheels of data science look for and do not find.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Brought(NamedTuple):
    """Who brings a library; empty where there is none."""

    debian: str
    fedora: str
    conda: str


BROUGHT_BY: Mapping[str, Brought] = {
    "libGL.so.1": Brought("libgl1", "mesa-libGL", "libgl"),
    "libEGL.so.1": Brought("libegl1", "mesa-libEGL", "libegl"),
    "libGLU.so.1": Brought("libglu1-mesa", "mesa-libGLU", "libglu"),
    "libOpenGL.so.0": Brought("libopengl0", "libglvnd-opengl", "libopengl"),
    "libglib-2.0.so.0": Brought("libglib2.0-0", "glib2", "libglib"),
    "libgthread-2.0.so.0": Brought("libglib2.0-0", "glib2", "libglib"),
    "libSM.so.6": Brought("libsm6", "libSM", "xorg-libsm"),
    "libICE.so.6": Brought("libice6", "libICE", "xorg-libice"),
    "libX11.so.6": Brought("libx11-6", "libX11", "xorg-libx11"),
    "libXext.so.6": Brought("libxext6", "libXext", "xorg-libxext"),
    "libXrender.so.1": Brought("libxrender1", "libXrender", "xorg-libxrender"),
    "libxcb-cursor.so.0": Brought("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxkbcommon-x11.so.0": Brought("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon"),
    "libdbus-1.so.3": Brought("libdbus-1-3", "dbus-libs", "dbus"),
    "libgomp.so.1": Brought("libgomp1", "libgomp", "libgomp"),
    "libgfortran.so.5": Brought("libgfortran5", "libgfortran", "libgfortran5"),
    "libquadmath.so.0": Brought("libquadmath0", "libquadmath", ""),
    "libstdc++.so.6": Brought("libstdc++6", "libstdc++", "libstdcxx"),
    "libnuma.so.1": Brought("libnuma1", "numactl-libs", "libnuma"),
    "libaio.so.1": Brought("libaio1", "libaio", "libaio"),
    "libsndfile.so.1": Brought("libsndfile1", "libsndfile", "libsndfile"),
    "libportaudio.so.2": Brought("libportaudio2", "portaudio", "portaudio"),
    "libpq.so.5": Brought("libpq5", "libpq", "libpq"),
    "libodbc.so.2": Brought("unixodbc", "unixODBC", "unixodbc"),
    "libmagic.so.1": Brought("libmagic1", "file-libs", "libmagic"),
    "libcairo.so.2": Brought("libcairo2", "cairo", "cairo"),
    "libpango-1.0.so.0": Brought("libpango-1.0-0", "pango", "pango"),
    "libgobject-2.0.so.0": Brought("libglib2.0-0", "glib2", "libglib"),
    "libxml2.so.2": Brought("libxml2", "libxml2", "libxml2"),
    "libcrypt.so.1": Brought("libcrypt1", "libxcrypt-compat", "libxcrypt"),
    "libtk8.6.so": Brought("tk8.6", "tk", "tk"),
    "libOpenCL.so.1": Brought("ocl-icd-libopencl1", "ocl-icd", "ocl-icd"),
    "libopenblas.so.0": Brought("libopenblas0", "openblas", "libopenblas"),
    "libspatialindex.so.6": Brought("libspatialindex6", "spatialindex", "libspatialindex"),
    "libomp.so.5": Brought("libomp5", "libomp", "llvm-openmp"),
    "libmpi.so.40": Brought("libopenmpi3", "openmpi", "openmpi"),
}
