"""Looks for libraries as macOS and Windows do, as far as files alone can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from doctor.judgement.loaded import Answer, Found, How, Missing, Place, Untold

if TYPE_CHECKING:
    from doctor.judgement.loader import Loader

#: what macOS keeps in one cache, so that no file need be there
_OF_MACOS = ("/usr/lib/", "/System/")
#: what Windows brings itself. Certainty: high for the first two, the others seen in wheels of ten distributions
_OF_WINDOWS = re.compile(
    r"(?:api-ms-|ext-ms-).*|(?:kernel32|user32|gdi32|advapi32|ole32|oleaut32|shell32|ws2_32|msvcrt|ntdll|ucrtbase|rpcrt4"
    r"|shlwapi|comdlg32|comctl32|version|winmm|bcrypt|bcryptprimitives|ncrypt|crypt32|secur32|iphlpapi|psapi|dbghelp"
    r"|userenv|mswsock|imm32|winspool|setupapi|powrprof|netapi32|wldap32|wsock32|opengl32|glu32|d3d\w*|dxgi|dwrite"
    r"|d2d1|mf\w*|wintrust|propsys|uxtheme|dwmapi|cfgmgr32|normaliz|dnsapi|pdh|wtsapi32|authz|winhttp|wininet|urlmon"
    r"|combase|shcore|avicap32|avrt|hid|credui|activeds|winscard|kernelbase|msimg32|mpr|dsound|usp10|sspicli|cabinet"
    r"|msi|odbc32|netutils|samcli|virtdisk|rstrtmgr|wevtapi|ktmw32|fwpuclnt|tdh|runtimeobject|oleacc)\.(?:dll|drv)",
    re.IGNORECASE,
)
_WINDOWS_LOOKS_ELSEWHERE = "Windows also looks in folders that a program adds while it runs"


def find_on_macos(loader: Loader, name: str, machine: str, folder: str, rpaths: Sequence[Place]) -> Answer:
    """Find a library by its install name, for a file in a folder, with the run paths that led to it."""
    if name.startswith(_OF_MACOS):
        return Found(name, name, "default")
    leaf = name.rpartition("/")[2]
    candidates: list[tuple[How, str]] = [(how, f"{place}/{leaf}") for how, place in loader.library_path]
    if name.startswith("@rpath/"):
        rest = name.removeprefix("@rpath/")
        candidates += [("rpath", loader.normal(f"{loader.absolute(place)}/{rest}")) for _, place in rpaths]
    elif name.startswith("@loader_path/"):
        candidates.append(("path", loader.normal(f"{folder}/{name.removeprefix('@loader_path/')}")))
    elif name.startswith("@executable_path/"):
        candidates.append(("path", loader.normal(f"{loader.program_folder}/{name.removeprefix('@executable_path/')}")))
    elif name.startswith(("/", "~")):
        candidates.append(("path", loader.normal(name)))
    else:
        return Untold(name, "it has no path, and the folder in which the program is started counts")
    candidates.append(("default", f"/usr/local/lib/{leaf}"))
    searched: list[tuple[How, str]] = []
    passed_over: list[tuple[str, str]] = []
    for how, path in candidates:
        known = loader.file_at(path)
        if known is None:
            searched.append((how, path.rpartition("/")[0]))
        elif known.machine and machine and not fits(known.machine, machine):
            passed_over.append((path, known.machine))
        else:
            return Found(name, path, how, known)
    return Missing(name, tuple(searched), tuple(passed_over), loader.named(leaf))


def fits(machine: str, wanted: str) -> bool:
    """Whether a Mach-O file holds code for one of the processors that another one is for."""
    universal = {"universal2": {"x86_64", "arm64"}}
    return bool(universal.get(machine, set(machine.split("+"))) & universal.get(wanted, set(wanted.split("+"))))


def find_on_windows(loader: Loader, name: str, machine: str, folder: str) -> Answer:
    """Find a library by its name: the system's, one beside the file, or any of the environment's."""
    if _OF_WINDOWS.fullmatch(name):
        return Found(name, name, "default")
    several = [path for path in loader.named(name) if loader.is_for(path, machine)]
    beside = [path for path in several if loader.absolute(path).rpartition("/")[0].lower() == folder.lower()]
    if several:
        path = (beside or several)[0]
        return Found(name, path, "path", loader.file_at(path))
    return Untold(name, _WINDOWS_LOOKS_ELSEWHERE)
