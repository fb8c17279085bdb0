"""BLAS and OpenMP libraries by the names of their files, and the conda packages that choose among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["blas", "openmp"]


class Family(NamedTuple):
    """Libraries that are one program, whoever built it."""

    name: str
    kind: Kind
    vendor: str  #: as people call it
    files: re.Pattern[str]  #: of a file's name in lower case


def _family(name: str, kind: Kind, vendor: str, files: str) -> Family:
    return Family(name, kind, vendor, re.compile(files))


#: in the order in which they are asked; a file's real name counts, for many are linked under others' names
FAMILIES: tuple[Family, ...] = (
    _family("libgomp", "openmp", "GNU OpenMP", r"libgomp(?=[-.]|$)"),
    _family("libiomp", "openmp", "Intel OpenMP", r"libiomp5(?:md)?(?=[-.]|$)"),
    _family("libomp", "openmp", "LLVM OpenMP", r"libomp(?:5|140)?(?=[-.]|$)"),
    _family("vcomp", "openmp", "Microsoft OpenMP", r"vcomp\d*(?=[-.]|$)"),
    _family("openblas", "blas", "OpenBLAS", r"lib(?:scipy_)?openblas"),
    _family("mkl", "blas", "Intel MKL", r"(?:lib)?mkl_(?:rt|core|(?:intel|gnu|tbb)_thread|sequential)(?=[-.]|$)"),
    _family("blis", "blas", "BLIS", r"libblis(?=[-.]|$)"),
    _family("flexiblas", "blas", "FlexiBLAS", r"libflexiblas(?=[-.]|$)"),
    _family("nvpl", "blas", "NVIDIA NVPL", r"libnvpl_blas"),
    _family("armpl", "blas", "Arm Performance Libraries", r"libarmpl"),
    _family("accelerate", "blas", "Apple Accelerate", r"(?:accelerate|veclib|libvmisc)$"),
    _family("atlas", "blas", "ATLAS", r"lib[st]?atlas(?=[-.]|$)"),
    _family("netlib", "blas", "Netlib's reference", r"lib(?:ref)?blas(?=[-.]|$)"),
)
BY_NAME: Mapping[str, Family] = {family.name: family for family in FAMILIES}

#: names by which a library may lead to one of the above without being one: links and thin wrappers
WRAPPERS = re.compile(r"lib(?:c?blas|lapacke?)(?=[-.]|$)")

#: MKL that is asked for by one name loads these by itself, by the value of MKL_THREADING_LAYER
MKL_LOADERS = re.compile(r"(?:lib)?mkl_(?:rt|intel_thread)(?=[-.]|$)")
MKL_LAYERS: Mapping[str, tuple[str, ...]] = {
    "": ("libiomp5.so", "libiomp5.dylib", "libiomp5md.dll"),
    "INTEL": ("libiomp5.so", "libiomp5.dylib", "libiomp5md.dll"),
    "GNU": ("libgomp.so.1",),
    "TBB": (),
    "SEQUENTIAL": (),
}

#: conda packages that say by their build which BLAS or OpenMP the environment is to use
SELECTORS: Mapping[str, Kind] = {"libblas": "blas", "blas": "blas", "nomkl": "blas", "_openmp_mutex": "openmp"}
#: words of such builds: 20_linux64_openblas, 8_mkl, 2_gnu, 3_kmp_llvm
BUILD_WORDS: Mapping[str, str] = {
    "openblas": "openblas",
    "mkl": "mkl",
    "blis": "blis",
    "netlib": "netlib",
    "accelerate": "accelerate",
    "newaccelerate": "accelerate",
    "nvpl": "nvpl",
    "gnu": "libgomp",
    "llvm": "libomp",
    "intel": "libiomp",
}


def family_of(name: str) -> Family | None:
    """The family that a library's own name tells; a path's last part counts."""
    plain = name.rpartition("/")[2].rpartition("\\")[2].lower()
    return next((family for family in FAMILIES if family.files.match(plain)), None)
