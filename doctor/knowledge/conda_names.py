"""Where conda and PyPI call one package differently.

Source: prefix-dev/parselmouth's map of conda-forge (snapshot 2026-08-19, BSD-3-Clause) and conda-forge's own
recipes, picked by hand on 2026-11-22; certainty: documented. Rows known to be wrong in the source (jaxlib,
libopencv, build, flit-core, qgis, ...) are left out. The files that a record lists name its distribution exactly;
this table is for records without Python metadata only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


#: conda name -> normalised name on PyPI, where the two differ
PYPI_NAMES: Mapping[str, str] = {
    "astropy-base": "astropy",
    "brotli-python": "brotli",
    "cupy-core": "cupy",
    "cvxpy-base": "cvxpy",
    "dask-core": "dask",
    "docker-py": "docker",
    "fastapi-core": "fastapi",
    "filesystem-spec": "fsspec",
    "geopandas-base": "geopandas",
    "h2o-py": "h2o",
    "h3-py": "h3",
    "matplotlib-base": "matplotlib",
    "mne-base": "mne",
    "modin-core": "modin",
    "msgpack-python": "msgpack",
    "nbconvert-core": "nbconvert",
    "opencv": "opencv-python",
    "ortools-python": "ortools",
    "osmnx-base": "osmnx",
    "pandera-base": "pandera",
    "panel-core": "panel",
    "playwright-python": "playwright",
    "pvlib-python": "pvlib",
    "py-opencv": "opencv-python",
    "py-xgboost": "xgboost",
    "pyarrow-core": "pyarrow",
    "pymc-base": "pymc",
    "pysoundfile": "soundfile",
    "pytables": "tables",
    "pytensor-base": "pytensor",
    "python-annoy": "annoy",
    "python-blosc": "blosc",
    "python-build": "build",
    "python-confluent-kafka": "confluent-kafka",
    "python-duckdb": "duckdb",
    "python-fastjsonschema": "fastjsonschema",
    "python-flatbuffers": "flatbuffers",
    "python-graphviz": "graphviz",
    "python-igraph": "igraph",
    "python-kaleido": "kaleido",
    "python-kubernetes": "kubernetes",
    "python-lmdb": "lmdb",
    "python-sounddevice": "sounddevice",
    "python-tzdata": "tzdata",
    "python-xxhash": "xxhash",
    "pytorch": "torch",
    "pytorch_cluster": "torch-cluster",
    "pytorch_geometric": "torch-geometric",
    "pytorch_scatter": "torch-scatter",
    "pytorch_sparse": "torch-sparse",
    "qtconsole-base": "qtconsole",
    "ray-core": "ray",
    "redis-py": "redis",
    "seaborn-base": "seaborn",
    "sentencepiece-python": "sentencepiece",
    "spyder-base": "spyder",
    "tensorflow-base": "tensorflow",
    "tiledb-py": "tiledb",
    "uproot-base": "uproot",
    "vtk-base": "vtk",
}

#: conda packages without Python code whose name on PyPI is another thing
NOT_PYTHON = _words(
    """
    blis blosc brotli build cmake duckdb graphviz h3 igraph lmdb ninja nodejs openssl sqlite tbb tzdata xxhash xz
    zlib zstd
    """
)

_RUNS = re.compile(r"[-_.]+")


def pypi_key(conda_name: str) -> str:
    """The normalised name on PyPI of a conda package; empty where it is known to be no Python package."""
    if conda_name in NOT_PYTHON:
        return ""
    return PYPI_NAMES.get(conda_name) or _RUNS.sub("-", conda_name).lower()
