"""Messages of what the loader found and that does not run all the same: symbols, processors, plug-ins, crashes."""

from __future__ import annotations

from doctor.knowledge.messages import Message
from doctor.knowledge.messages.harmful import (
    BOTH_OPENCV,
    CONDA_UPDATE_ALL,
    LIBRARY_PATH,
    LINK_LIBRARIES,
)

_GONE = ("NAT001", "MIX001", "MIX005", "MIX006", "MIX012", "MIX004", "PYT008")

ROWS: tuple[Message, ...] = (
    Message(
        "static-tls",
        (r"(?<![\w.+-])(?P<library>lib[\w.+-]{1,80}): cannot allocate memory in static TLS block",),
        "this library has to be loaded early and came late, mostly GNU OpenMP on ARM processors",
        "Import the package that brings it first, or update it to a release with the repair",
        "general knowledge",
        False,
        directly=("NUM001",),
        related=("NAT001",),
    ),
    Message(
        "missing-symbol",
        (
            r"undefined symbol: (?P<symbol>[\w@.$]{1,200})",
            r"[Ss]ymbol not found in flat namespace '?(?P<symbol>[\w@.$]{1,200})",
            r"Symbol not found: (?P<symbol>[\w@.$]{1,200})",
            r"The specified procedure could not be found",
        ),
        "a compiled module was built for another version of a library than the one that is loaded",
        "Reinstall the module together with the library it was built for, from one installer",
        "the loader's own words",
        True,
        directly=("NAT009",),
        related=(
            "NAT001",
            "NAT002",
            "NAT005",
            "NAT006",
            "MIX001",
            "MIX002",
            "MIX003",
            "MIX005",
            "MIX006",
            "MIX012",
            "CHN001",
            "GPU004",
            "GPU005",
            "DEP001",
            "DEP003",
            "PYT001",
            "PYT002",
        ),
        harmful=(LINK_LIBRARIES, LIBRARY_PATH),
        collect=("the full path of the module in the message",),
        general=True,
    ),
    Message(
        "illegal-instruction",
        (
            r"Illegal instruction(?: \(core dumped\))?",
            r"Missing required CPU features",
            r"library was compiled to use (?:AVX|AVX2|SSE4\.\d|FMA)[^\n]{0,40} "
            r"instructions, but these aren't available",
            r"built using AVX instructions",
        ),
        "the package was built for newer processors than this one, or runs under emulation (Rosetta, a virtual "
        "machine that hides the processor)",
        "Install the build for older processors (polars[rtcompat], an older release), or set the machine's CPU to host",
        "general knowledge",
        False,
        directly=("NAT008", "NAT004"),
        collect=("lscpu", "the package that was being imported"),
    ),
    Message(
        "qt-plugin",
        (
            r"Could not load the Qt platform plugin \"?xcb\"? in \"(?P<path>[^\"\n]{0,300})\"",
            r"no Qt platform plugin could be initialized",
        ),
        "two copies of Qt meet (opencv-python brings its own beside PyQt or PySide), or a system library that the "
        "plugin needs is missing",
        "Install opencv-python-headless in place of opencv-python; on a server set QT_QPA_PLATFORM=offscreen",
        "read in wheels: opencv-python brings Qt plugins and points Qt to them",
        False,
        directly=("MIX005",),
        related=("NAT001", "MIX006", "CHN001"),
        harmful=(BOTH_OPENCV, LINK_LIBRARIES),
        collect=("QT_DEBUG_PLUGINS=1 and run it again",),
    ),
    Message(
        "crash",
        (
            r"Segmentation fault",
            r"Fatal Python error: (?:Segmentation fault|Aborted|Bus error)",
            r"[Kk]ernel (?:appears to have|seems to have) died",
            r"exit(?:ed with)? code (?:139|-11|3221225477)\b",
        ),
        "compiled code crashed; in an environment mostly because libraries that do not fit are loaded together",
        "Repair what is found below; if nothing is, run python -X faulthandler and see in which package it ends",
        "general knowledge",
        False,
        directly=("NUM001", "NAT002", "NAT006", "NAT007", "NAT009", "GPU005", "GPU010", "GPU011"),
        related=("MIX001", "MIX005", "MIX006", "MIX003", "CHN001"),
        harmful=(CONDA_UPDATE_ALL,),
        collect=("the output of python -X faulthandler",),
        general=True,
    ),
)
