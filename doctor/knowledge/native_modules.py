"""Compiled modules that behave otherwise than most: optional ones, and libraries that are loaded without an import.

Read in the newest wheels of each distribution and in their `__init__.py` on 2026-11-22 (certainty: measured where
the distribution was installed for it, else documented by the project; a row only ever softens a verdict, but for
LOADED_AT_IMPORT and IMPORTED_WHOLE, whose rows were all measured).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "native_modules",
        "compiled modules that nothing imports unasked, and libraries that are loaded without an import",
        "2026-11-22",
        "the wheels of each distribution and their __init__.py",
        "measured for the common ones, documented by the project for the others",
    ),
]

#: libraries that come with a driver: absent on every machine that has none, and loaded only on demand
OF_A_DRIVER = re.compile(
    r"lib(?:cuda|nvidia-[\w-]+|nvcuvid|nvoptix|cudadebugger|vdpau_nvidia|amdhip64|hsa-runtime64|ze_loader|mlx[45])"
    r"\.so(?:\.\d+)*"
)

#: what only torch and TensorFlow bring: packages hold modules for both and need neither
OF_A_FRAMEWORK = re.compile(r"lib(?:torch\w*|c10\w*|tensorflow\w*|_pywrap_tensorflow\w*)\.so(?:\.\d+)*")

#: normalised distribution name -> what in the paths of its compiled modules marks those that it does without
OPTIONAL: Mapping[str, re.Pattern[str]] = {
    "numba": re.compile(r"/(?:tbbpool|omppool)\."),  # another threading layer is taken
    "torchaudio": re.compile(r"ffmpeg|/_?(?:sox|torio)"),  # one for each release of FFmpeg and for sox
    "torchcodec": re.compile(r"core\d|pybind_ops"),  # one for each release of FFmpeg
    "torchvision": re.compile(r"/(?:image|video_reader)\."),  # a warning, and the rest works
    "mpi4py": re.compile(r""),  # one for each MPI, and MPI comes from the system
    "daal4py": re.compile(r"/mpi_transceiver\."),  # for runs over several machines
    "scikit-learn-intelex": re.compile(r"/mpi_transceiver\."),
    "cupy": re.compile(r""),
    "tensorrt": re.compile(r""),
    "pyspark": re.compile(r""),
    "pyside6": re.compile(r"/(?!Qt(?:Core|Gui|Widgets)\.)Qt\w+\."),
    "pyside6-addons": re.compile(r""),
    "pyside6-essentials": re.compile(r"/(?!Qt(?:Core|Gui|Widgets)\.)Qt\w+\."),
    "pyqt5": re.compile(r"/(?!Qt(?:Core|Gui|Widgets)\.)Qt\w+\."),
    "pyqt6": re.compile(r"/(?!Qt(?:Core|Gui|Widgets)\.)Qt\w+\."),
    "greenlet": re.compile(r"/tests/"),
    "sqlalchemy": re.compile(r""),
}

#: modules of the standard library that Python is often built without
OPTIONAL_OF_PYTHON = re.compile(
    r"/_?(?:tkinter|curses(?:_panel)?|dbm|gdbm|readline|nis|crypt|test\w*|xx\w*|uuid|ossaudiodev|zstd)\."
)

#: normalised distribution name -> the library that its import loads by itself, below site-packages, without its ending
LOADED_AT_IMPORT: Mapping[str, str] = {
    "lightgbm": "lightgbm/lib/lib_lightgbm",
    "llvmlite": "llvmlite/binding/libllvmlite",
    "xgboost": "xgboost/lib/libxgboost",
    "xgboost-cpu": "xgboost/lib/libxgboost",
}

#: normalised names of distributions whose import loads every compiled module
IMPORTED_WHOLE = frozenset(("vtk",))

#: a library that a wheel brings along under a name of its own: libgfortran-040039e1.so.5.0.0, libhdf5-45610c27.so
BUNDLED = re.compile(r".*-[0-9a-f]{8,}(?:\.\w+)*\.(?:so(?:\.\d[\w.]*)?|dylib|dll)")

#: normalised name of a distribution -> its twin without windows and OpenGL
HEADLESS: Mapping[str, str] = {
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
}
#: what only the twin with windows needs
OF_WINDOWS = frozenset(("libGL.so.1", "libEGL.so.1", "libgthread-2.0.so.0", "libglib-2.0.so.0", "libSM.so.6",
                        "libICE.so.6", "libX11.so.6", "libXext.so.6", "libXrender.so.1"))  # fmt: skip
