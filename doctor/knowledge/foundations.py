"""Distributions that many others are compiled against or build upon, so that another copy of one breaks the rest.

Import names after the wheels' own contents (2026-11). A table of names that say nothing about who owns them stands
beside it: no verdict about hiding is built on those.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    """Read a table of names that is written as running text."""
    return frozenset(text.split())


#: normalised distribution name -> the modules it is imported by
FOUNDATIONS: Mapping[str, tuple[str, ...]] = {
    "h5py": ("h5py",),
    "jax": ("jax",),
    "jaxlib": ("jaxlib",),
    "llvmlite": ("llvmlite",),
    "matplotlib": ("matplotlib",),
    "numba": ("numba",),
    "numpy": ("numpy",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "pandas": ("pandas",),
    "pillow": ("PIL",),
    "polars": ("polars",),
    "pyarrow": ("pyarrow",),
    "scikit-learn": ("sklearn",),
    "scipy": ("scipy",),
    "tensorflow": ("tensorflow",),
    "torch": ("torch",),
    "torchvision": ("torchvision",),
}

FOUNDATION_MODULES = frozenset(module for modules in FOUNDATIONS.values() for module in modules)

#: tools that install or run others; another version of one changes nothing that is computed
INSTALLERS = frozenset(("distribute", "pip", "pipx", "setuptools", "uv", "virtualenv", "wheel"))

#: names that projects use for folders and files of their own, and that careless wheels install beside their package
ORDINARY_NAMES = _words(
    """
    api app apps assets benchmark benchmarks bin build cli common conf config configs conftest core data dataset
    demo demos dist doc docs example examples experiments fabfile helpers lib libs main manage misc model
    models nbs notebook notebooks noxfile out output pipeline pipelines plots results run sandbox scripts settings
    setup src tasks test testing tests third_party tool tools train utils vendor version versioneer
    """
)

#: packages that several distributions share; a second folder of that name joins instead of hiding
SHARED_NAMESPACES = _words("azure backports google jaraco mpl_toolkits nvidia paste repoze ruamel sphinxcontrib zope")
