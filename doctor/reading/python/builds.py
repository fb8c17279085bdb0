"""Reads which build of a framework is installed where its metadata does not say: torch writes it into a file.

The wheels of the ordinary index carry no local version, so that torch 2.4.1 may be a CPU or a CUDA build.
"""

from __future__ import annotations

import re

from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text

#: bytes; the file has a few hundred
_LIMIT = 65_536
#: distributions whose import package has a version.py that says it
_TELLING = frozenset({"torch", "torchvision", "torchaudio"})
#: __version__ = '2.15.0+cu132', cuda: Optional[str] = None
_ASSIGNED = re.compile(
    r"""^(__version__|cuda|hip|rocm|xpu)\s*(?::[^=\n]+)?=\s*(?:'([^'\n]*)'|"([^"\n]*)"|(None))""", re.MULTILINE
)


def read_build(site_folder: str, key: str) -> str:
    """Tell the build of torch, torchvision or torchaudio: cpu, cu126, rocm6.2, xpu; empty where it is unknown.

    Source: version.py of 17 wheels of torch, 1.13 to 2.15, and of 7 of its companions; certainty: measured.
    """
    if key not in _TELLING:
        return ""
    try:
        text = read_text(f"{site_folder}/{key}/version.py", limit=_LIMIT)
    except Unfit:
        return ""
    told = {found[1]: found[2] or found[3] or "" for found in _ASSIGNED.finditer(text)}
    if told.get("cuda"):
        return clean("cu" + told["cuda"].replace(".", ""), 20)
    if told.get("rocm") or told.get("hip"):
        return clean("rocm" + ".".join((told.get("rocm") or told["hip"]).split(".")[:2]), 20)
    local = told.get("__version__", "").partition("+")[2]
    if told.get("xpu") or local.startswith("xpu"):
        return "xpu"
    return "cpu" if "cuda" in told else clean(local, 20)
