"""The first release of each distribution whose wheels were compiled against NumPy 2, and so run with 1 and 2.

Measured on 2026-11-22 in wheels of PyPI by the names of NumPy's C interface that a module holds; the GPU, contrib and
headless variants of a package by their twin. conda-forge rebuilt older releases as well, so that a row says what is
enough there, not what is needed.
"""

from __future__ import annotations

from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "numpy_builds",
        "the first release of each distribution that was compiled against NumPy 2",
        "2026-11-22",
        "the compiled modules in PyPI's wheels",
        "measured",
    ),
]

#: normalised distribution name -> release
FIRST_NUMPY_2: dict[str, str] = {
    "astropy": "6.1.0",
    "bottleneck": "1.4.0",
    "cftime": "1.6.4",
    "contourpy": "1.2.1",
    "faiss-cpu": "1.9.0",
    "h5py": "3.11.0",
    "matplotlib": "3.9.0",
    "ml-dtypes": "0.4.0",
    "netcdf4": "1.7.1.post1",
    "numba": "0.60.0",
    "numcodecs": "0.13.0",
    "numexpr": "2.10.0",
    "onnxruntime": "1.19.0",
    "onnxruntime-gpu": "1.19.0",
    "opencv-contrib-python": "4.10.0.84",
    "opencv-contrib-python-headless": "4.10.0.84",
    "opencv-python": "4.10.0.84",
    "opencv-python-headless": "4.10.0.84",
    "pandas": "2.2.2",
    "pyarrow": "16.0.0",
    "pyerfa": "2.0.1.4",
    "pywavelets": "1.6.0",
    "rasterio": "1.4.0",
    "scikit-image": "0.23.1",
    "scikit-learn": "1.4.2",
    "scipy": "1.13.0",
    "shapely": "2.0.4",
    "statsmodels": "0.14.2",
    "tables": "3.10.1",
    "thinc": "8.3.0",
    "torch": "2.3.0",
}

#: the last Python for which numpy 1 has wheels
LAST_PYTHON_OF_NUMPY_1 = (3, 12)


def since(key: str) -> str:
    """What to ask for so that a distribution fits NumPy 2 and stays within its major release; empty for unknown."""
    first = FIRST_NUMPY_2.get(key, "")
    if not first:
        return ""
    major = first.partition(".")[0]
    return f">={first},<{int(major) + 1}" if major.isdecimal() else f">={first}"


#: conda's name where it is not PyPI's
CONDA_NAMES: Mapping[str, str] = {"pytorch": "torch", "libopencv": "opencv-python", "py-opencv": "opencv-python"}
