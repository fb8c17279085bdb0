"""Native libraries that packages of one environment load together, and who must agree on them.

Written 2026-11-22 from the contents of wheels (what they bundle: measured) and the documentation of conda-forge,
h5py, rasterio, PROJ and threadpoolctl (what breaks: documented).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


class Shared(NamedTuple):
    """A native library that conda provides once for all, and a pip wheel brings along a second time."""

    library: str  #: as people call it
    providers: tuple[str, ...]  #: conda packages that hold it
    harm: str  #: what two copies do; completes "two copies of it in one process ..."
    by_activation: bool = False  #: conda's activation points every program to conda's data, users or not
    files: tuple[str, ...] = ()  #: how the names of its files begin


_BLAS = Shared(
    "BLAS",
    ("libblas", "libcblas", "liblapack", "blas", "libopenblas", "openblas", "mkl", "nomkl", "blis"),
    "give other rounding, other speed and competing thread pools",
    files=("libblas", "libcblas", "liblapack", "libopenblas", "libscipy_openblas", "libmkl_rt", "libblis"),
)
_HDF5 = Shared(
    "HDF5", ("hdf5", "libnetcdf"), "end in version mismatches, crashes or locked files", files=("libhdf5", "libnetcdf")
)
_PROJ = Shared(
    "PROJ",
    ("proj", "proj.4"),
    "read one data folder, and one of them cannot: transformations fail",
    by_activation=True,
    files=("libproj",),
)
_GDAL = Shared(
    "GDAL",
    ("libgdal", "libgdal-core"),
    "read one data folder, and drivers or projections go missing",
    by_activation=True,
    files=("libgdal",),
)
_GEOS = Shared("GEOS", ("geos",), "hand each other geometries that the other cannot read", files=("libgeos",))
_CUDA = Shared(
    "CUDA, MKL or libtorch",
    ("libtorch", "cudatoolkit", "cuda-cudart", "cuda-libraries", "cudnn", "nccl", "mkl", "intel-openmp"),
    "clash over symbols, memory and OpenMP threads",
)
_QT = Shared("Qt", ("qt", "qt-main", "qt6-main", "pyqt", "pyside2", "pyside6"), "cannot load each other's plug-ins")
_XML = Shared(
    "libxml2",
    ("libxml2", "libxml2-16", "libxslt"),
    "crash when they hand documents to each other",
    files=("libxml2", "libxslt"),
)
_ARROW = Shared(
    "Arrow",
    ("libarrow", "arrow-cpp", "pyarrow-core", "libarrow-all"),
    "crash when they hand tables to each other",
    files=("libarrow",),
)
_MPI = Shared(
    "MPI", ("openmpi", "mpich", "impi_rt", "msmpi"), "start as separate worlds of one process each", files=("libmpi",)
)

#: normalised distribution name -> the library it must share with conda's packages
SHARED: Mapping[str, Shared] = {
    "fiona": _GDAL,
    "gdal": _GDAL,
    "h5py": _HDF5,
    "lxml": _XML,
    "mpi4py": _MPI,
    "netcdf4": _HDF5,
    "numpy": _BLAS,
    "opencv-contrib-python": _QT,
    "opencv-python": _QT,
    "pyarrow": _ARROW,
    "pyogrio": _GDAL,
    "pyproj": _PROJ,
    "pyqt5": _QT,
    "pyqt6": _QT,
    "pyside2": _QT,
    "pyside6": _QT,
    "rasterio": _GDAL,
    "scikit-learn": _BLAS,
    "scipy": _BLAS,
    "shapely": _GEOS,
    "tables": _HDF5,
    "torch": _CUDA,
}

#: normalised names against whose binary interface others are compiled: another copy breaks more than itself
ABI_CRITICAL = _words(
    """
    cffi cryptography cython gdal grpcio h5py jaxlib llvmlite lxml matplotlib mpi4py netcdf4 numba numpy pandas
    protobuf pyarrow pyproj pyqt5 pyqt6 rasterio scikit-learn scipy shapely tables tensorflow torch torchaudio
    torchvision
    """
)

#: normalised names that import and work without their compiled part, only slower (documented by each project)
WORKS_WITHOUT_ACCELERATOR = _words(
    """
    aiohttp charset-normalizer coverage fonttools frozenlist markupsafe msgpack multidict mypy propcache protobuf
    pyrsistent pyyaml rapidfuzz simplejson sqlalchemy tomli tornado websockets wrapt yarl zope-interface
    """
)

#: the beginning of the local version of wheels that come from PyTorch's own index
TORCH_BUILDS = ("cpu", "cu", "rocm", "xpu")
