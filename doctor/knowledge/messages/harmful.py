"""Popular advice that does harm, with the reason; rows name it where it is likely to be met."""

from __future__ import annotations

from doctor.knowledge.messages import Advice

LINK_LIBRARIES = Advice(
    "ln -s the system's libstdc++ (or another .so) into the environment, or copy .so files around",
    "every other package of the environment then loads a library it was not built with, and the next install or "
    "update breaks it again without a word",
)
SILENCE_OPENMP = Advice(
    "KMP_DUPLICATE_LIB_OK=TRUE",
    "the runtime's own words: it may crash or silently give wrong results; both copies stay loaded",
)
BREAK_SYSTEM_PACKAGES = Advice(
    "pip install --break-system-packages, or deleting EXTERNALLY-MANAGED",
    "it overwrites packages that the operating system's own tools import",
)
SUDO_PIP = Advice(
    "sudo pip install, or chmod -R 777",
    "it leaves files of root in the environment that you can neither update nor remove later",
)
CONDA_UPDATE_ALL = Advice(
    "conda update --all",
    "it changes every package at once, so that what worked can break as well and nobody knows which change did it",
)
PIP_UPGRADE_EVERYTHING = Advice(
    "pip install --upgrade of everything, or --force-reinstall with all dependencies",
    "it takes the newest of each, which others here may not allow: one error becomes several",
)
CUDA_TOOLKIT = Advice(
    "installing the CUDA toolkit, nvcc or cuDNN for the whole system",
    "wheels and conda packages bring their own CUDA libraries and need only the driver; a CPU build stays one, and a "
    "second set of libraries can be loaded in place of the right one",
)
LIBRARY_PATH = Advice(
    "export LD_LIBRARY_PATH=... in ~/.bashrc",
    "it puts those libraries before every environment's own, for every program: a frequent cause of this very message",
)
CUDA_STUBS = Advice(
    "linking lib/stubs/libcuda.so as libcuda.so.1",
    "the stub is for building only: every call fails, and it hides the real driver once there is one",
)
BOTH_OPENCV = Advice(
    "pip install opencv-python-headless beside opencv-python",
    "both write into the same folder cv2: uninstall all opencv-* distributions first, then install the one you want",
)
REINSTALL_NUMPY = Advice(
    "reinstalling numpy again and again, or staying below numpy 2 for ever",
    "numpy is sound here: the module that was built for the other numpy is what has to change",
)
PURE_PYTHON_PROTOBUF = Advice(
    "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python as a permanent setting",
    "it makes everything that uses protobuf many times slower and hides the mismatch",
)
NO_CERTIFICATES = Advice(
    "--trusted-host, ssl_verify: false, or PYTHONHTTPSVERIFY=0",
    "anybody between you and the index can then hand you other packages; add your organisation's certificate instead",
)
IGNORE_INSTALLED = Advice(
    "pip install --ignore-installed",
    "it writes a second copy over the first and leaves both on record, so that files of two versions are mixed",
)
PIP_IN_CONDA_CELL = Advice(
    "!pip install in a notebook cell",
    "it may install into another Python than the kernel's; %pip installs into the kernel's",
)
SHADOWING_INSTALL = Advice(
    "installing the package once more",
    "the installed one is fine; it is never reached while a file of that name stands before it",
)
FORCE_CONDA = Advice(
    "conda install --force, --no-deps or conda remove --force",
    "it leaves an environment that no solver can make sense of afterwards",
)
RUN_AS_PATH = Advice(
    "sys.path.append of another environment's site-packages, or PYTHONPATH",
    "compiled packages of another Python or another set of libraries are then mixed with this one's",
)
