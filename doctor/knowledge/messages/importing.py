"""Messages of Python itself: modules and names that are not there, interpreters that do not start, kernels."""

from __future__ import annotations

from doctor.knowledge.messages import Message
from doctor.knowledge.messages.harmful import (
    BREAK_SYSTEM_PACKAGES,
    IGNORE_INSTALLED,
    PIP_IN_CONDA_CELL,
    PIP_UPGRADE_EVERYTHING,
    RUN_AS_PATH,
    SHADOWING_INSTALL,
)

_NOT_THERE = ("MIX006", "MIX004", "MIX003", "MIX005", "MIX001", "MIX012", "PYT012", "PYT009", "PYT001", "PYT002",
              "PYT007", "DEP001", "DEP004", "NBK004", "NAT005")  # fmt: skip

ROWS: tuple[Message, ...] = (
    Message(
        "pkg-resources",
        (r"No module named '?(?P<module>pkg_resources)",),
        "setuptools from 82 on no longer has pkg_resources, and environments of Python 3.12 and later have no "
        "setuptools by themselves; an older package still imports it",
        "Upgrade the package that imports it; else install 'setuptools<82'",
        "pre-commit/pre-commit 3621; setuptools' history",
        True,
        related=("MIX006", "DEP001"),
        harmful=(BREAK_SYSTEM_PACKAGES,),
    ),
    Message(
        "distutils",
        (r"No module named '?(?P<module>distutils)",),
        "Python 3.12 took distutils out of its standard library, and an older package still imports it",
        "Upgrade the package that imports it; else install setuptools, which stands in for it",
        "PEP 632",
        True,
        related=("DEP002", "MIX006"),
        harmful=(BREAK_SYSTEM_PACKAGES,),
    ),
    Message(
        "removed-from-python",
        (
            r"No module named '?(?P<module>(?:imp|asynchat|asyncore|smtpd|cgi|cgitb|crypt|imghdr|sndhdr|pipes|"
            r"telnetlib|nntplib|uu|xdrlib|aifc|audioop|chunk|lib2to3))'?(?:$|[\s;])",
            r"module 'pkgutil' has no attribute '(?P<name>ImpImporter)'",
        ),
        "this Python took the module out of its standard library, and an older package still uses it (for ImpImporter "
        "it is an old pip or setuptools)",
        "Upgrade the package that uses it, or use an older Python",
        "PEP 594; Python's release notes for 3.12 and 3.13",
        True,
        related=("DEP002", "PYT012"),
    ),
    Message(
        "collections-abc",
        (
            r"cannot import name '(?P<name>Mapping|Iterable|Iterator|Callable|MutableMapping|Sequence|MutableSet"
            r"|Hashable)' from 'collections'",
            r"module 'collections' has no attribute '(?P<name>\w{1,40})'",
        ),
        "the package that imports it is too old for Python 3.10 and later",
        "Upgrade that package: the frame above the message names it",
        "Python's release notes for 3.10",
        True,
        related=("DEP002", "PYT012"),
        harmful=(PIP_UPGRADE_EVERYTHING,),
    ),
    Message(
        "python-without-part",
        (r"No module named '?(?P<module>_(?:ctypes|sqlite3|bz2|lzma|ssl|tkinter|curses|hashlib|uuid|zoneinfo))'?",),
        "this Python was built where the library for that part of it was missing (pyenv and own builds)",
        "Build Python again after installing the library's development package, or use another Python",
        "pyenv's common build problems",
        True,
        directly=("PYT004",),
        related=("MIX006", "NAT001", "PYT002"),
        harmful=(RUN_AS_PATH,),
    ),
    Message(
        "python-home",
        (
            r"No module named '?(?P<module>encodings)'?",
            r"Could not find platform (?:in)?dependent libraries",
            r"init_fs_encoding: failed to get the Python codec",
        ),
        "Python does not find its own standard library: PYTHONHOME leads elsewhere, or the Python that the environment "
        "was made from is gone",
        "Unset PYTHONHOME and PYTHONPATH; create the environment anew if its Python is gone",
        "Python's documentation of PYTHONHOME",
        True,
        directly=("PYT002", "PYT004", "PYT008"),
        related=("MIX006",),
        harmful=(RUN_AS_PATH,),
    ),
    Message(
        "bad-interpreter",
        (
            r"(?<![^\s:])(?P<path>/[^\s:]{1,300}): bad interpreter: No such file or directory",
            r"(?:Fatal error|failed) in launcher:",
        ),
        "the script starts a Python that is no longer there: the environment was moved, or its Python is gone",
        "Use python -m NAME; create the environment anew where it now lies",
        "general knowledge",
        True,
        directly=("PYT004", "PYT008"),
        related=("PYT003",),
    ),
    Message(
        "not-a-package",
        (r"No module named '(?P<module>[\w.]{1,120})'; '(?P<name>[\w.]{1,80})' is not a package",),
        "a single file of that name stands before the installed package",
        "Rename your file, and delete its .pyc",
        "Python's own words",
        True,
        directly=(),
        related=("PYT007", "PYT002", "PYT001", "MIX006"),
        harmful=(SHADOWING_INSTALL,),
    ),
    Message(
        "circular-import",
        (
            r"cannot import name '(?P<name>\w{1,80})' from partially initialized module '(?P<module>[\w.]{1,80})' "
            r"\(most likely due to a circular import\)(?: \((?P<path>[^\n)]{1,300})\))?",
            r"partially initialized module '(?P<module>[\w.]{1,80})' (?:from '[^\n']{1,300}' )?has no attribute "
            r"'(?P<name>\w{1,80})'",
        ),
        "mostly a file of your own is called like the module that it imports; else two files import each other",
        "Rename your file (the path in the message names it), and delete its .pyc",
        "Python's own words",
        True,
        related=("PYT007", "PYT002", "PYT001", "MIX006", "MIX003", "NAT005"),
        harmful=(SHADOWING_INSTALL,),
    ),
    Message(
        "wrong-kernel",
        (r"No such kernel named (?P<name>[\w.-]{1,60})", r"Kernel '?(?P<name>[\w.-]{1,60})'? not found"),
        "the notebook names a kernel that this machine does not have, or whose environment is gone",
        "Choose another kernel, or register this environment: python -m ipykernel install --user --name NAME",
        "Jupyter's documentation of kernels",
        True,
        directly=("NBK001", "NBK003"),
        related=("NBK002", "NBK005"),
        harmful=(PIP_IN_CONDA_CELL,),
        collect=("jupyter kernelspec list",),
    ),
    Message(
        "widgets-missing",
        (r"IProgress not found\. Please update jupyter and (?P<module>ipywidgets)",),
        "the kernel's environment has no ipywidgets, or an old one",
        "Install ipywidgets into the kernel's environment",
        "tqdm's own words",
        True,
        related=("NBK002", "NBK004", "DEP001", "MIX006"),
        harmful=(PIP_IN_CONDA_CELL,),
    ),
    Message(
        "optional-dependency",
        (
            r"Missing optional dependency '(?P<module>[\w.-]{1,60})'",
            r"`Import (?P<module>[\w.-]{1,60})` failed",
            r"Unable to find a usable engine; tried using: '(?P<module>pyarrow)', 'fastparquet'",
        ),
        "the function needs a package that is not installed, or is and fails to load",
        "Install the package; if it is installed, look at why its own import fails",
        "pandas' own words",
        True,
        related=_NOT_THERE,
        harmful=(PIP_IN_CONDA_CELL,),
    ),
    Message(
        "metadata-missing",
        (
            r"PackageNotFoundError: (?:No package metadata was found for )?'?(?P<package>[A-Za-z0-9][\w.-]{0,79})'?$",
            r"The '(?P<package>[A-Za-z0-9][\w.-]{0,79})[^\n']{0,40}' distribution was not found",
            r"pkg_resources\.(?:DistributionNotFound|(?:Contextual)?VersionConflict): \(?(?P<package>[\w.-]{1,80})",
        ),
        "Python finds no record of an installed distribution of that name, or one of another version than wanted",
        "Install it again, with the installer that brought what needs it",
        "importlib.metadata's and setuptools' own words",
        True,
        related=("MIX004", "MIX003", "MIX006", "MIX009", "MIX012", "MIX001", "DEP001", "PYT009", "PYT012"),
        harmful=(IGNORE_INSTALLED,),
    ),
    Message(
        "startup-file",
        (
            r"Error processing line \d{1,6} of (?P<path>[^\n:]{1,200}\.pth):",
            r"Error in (?:sitecustomize|usercustomize); set PYTHONVERBOSE",
        ),
        "a file that every start of Python reads fails: what it names is gone, or its package is half uninstalled",
        "Move the .pth file aside, or reinstall the package it belongs to",
        "Python's own words",
        True,
        directly=("SEC001", "PYT009"),
        related=("MIX006", "MIX004"),
    ),
    Message(
        "damaged-source",
        (
            r"source code (?:string )?cannot contain null bytes",
            r"bad magic number in '(?P<module>[\w.]{1,80})'",
            r"EOFError: marshal data too short",
            r"bad marshal data",
        ),
        "a file of a package is damaged or belongs to another Python: a full disk, a crash or a copy that was cut off",
        "Reinstall exactly that version; delete __pycache__ folders",
        "Python's own words",
        True,
        related=("MIX007", "MIX006", "PYT012", "SIZ006", "MIX001"),
        directly=("MIX007",),
        deep=True,
    ),
    Message(
        "module-not-found",
        (
            r"No module named '(?P<module>[\w.-]{1,120})'",
            r"No module named \"?(?P<module>[A-Za-z_][\w.-]{0,119})\"?$",
            r"Error while finding module specification for '(?P<module>[\w.]{1,120})'",
        ),
        "Python finds no module of that name in the environment that runs: it is not installed there, is damaged, or "
        "another Python runs than the one it was installed for",
        "Install it into the environment that runs, with python -m pip or %pip",
        "Python's own words",
        True,
        related=(*_NOT_THERE, "PYT003", "PYT004", "NBK002"),
        harmful=(PIP_IN_CONDA_CELL, RUN_AS_PATH),
        collect=("import sys; print(sys.executable, sys.path)",),
        general=True,
    ),
    Message(
        "cannot-import-name",
        (
            r"cannot import name '?(?P<name>\w{1,80})'? from '(?P<module>[\w.]{1,120})'"
            r"(?: \((?P<path>[^\n)]{1,300})\))?",
        ),
        "the module was found and does not hold that name: another version than the caller expects, a file of your own "
        "with that name, or files of two versions mixed",
        "Install versions of the two packages that fit; the path in the message shows which file was found",
        "Python's own words",
        True,
        related=(*_NOT_THERE, "DEP003", "CHN001", "REP002"),
        harmful=(PIP_UPGRADE_EVERYTHING, IGNORE_INSTALLED),
        general=True,
    ),
    Message(
        "no-attribute",
        (r"[Mm]odule '(?P<module>[\w.]{1,120})' has no attribute '(?P<name>\w{1,80})'",),
        "the module was found and does not hold that name: another version than the caller expects, a file of your own "
        "with that name, or a package that lost its files and imports as an empty folder",
        "Look at the module's __file__; install the version that the caller expects",
        "Python's own words",
        True,
        related=(*_NOT_THERE, "REP002"),
        harmful=(PIP_UPGRADE_EVERYTHING,),
        collect=("print(MODULE.__file__, MODULE.__version__)",),
        general=True,
    ),
    Message(
        "no-name-in-module",
        (r"cannot import name '?(?P<name>\w{1,80})'?(?:$|\s)",),
        "the module was found and does not hold that name",
        "Install versions of the two packages that fit",
        "Python's own words",
        True,
        related=_NOT_THERE,
        general=True,
    ),
)
