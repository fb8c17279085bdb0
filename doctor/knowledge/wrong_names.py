"""Distributions that stand under the import name of another one, which nearly everybody means.

Collected on 2026-11-22 from PyPI's own descriptions and from METADATA; certainty: high unless a row says otherwise.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "wrong_names",
        "distributions that take the name of an import which belongs to another one",
        "2026-11-22",
        "descriptions and contents of the distributions on PyPI",
        "measured for jwt, serial, attr and fitz, documented for the others",
    )
]


class WrongName(NamedTuple):
    """A distribution that is not what its name makes people believe."""

    key: str  #: normalised
    module: str  #: what the project imports
    meant: str  #: the distribution that this import belongs to; empty where no index has it
    what: str  #: what it is instead, follows on "NAME VERSION is"; at most 50 characters
    symptom: str  #: what the import says
    #: useless: imports nothing that works; mistaken: hardly anybody wants it; library: of use to some
    kind: Literal["useless", "mistaken", "library"]
    advice: str = ""  #: where to get what is meant, if no index has it


WRONG_NAMES: tuple[WrongName, ...] = (
    WrongName(
        "sklearn", "sklearn", "scikit-learn", "an empty placeholder", "No module named 'sklearn'", "useless"
    ),
    WrongName(
        "fitz", "fitz", "PyMuPDF", "a placeholder, once neuroimaging", "No module named 'frontend'", "useless"
    ),
    WrongName("docx", "docx", "python-docx", "Python 2 code of 2014", "No module named 'exceptions'", "useless"),
    WrongName(
        "serial", "serial", "pyserial", "a serialiser, no serial ports", "module 'serial' has no attribute 'Serial'",
        "mistaken",
    ),
    WrongName(
        "attr", "attr", "attrs", "a small decorator, not attrs", "module 'attr' has no attribute 's'", "mistaken"
    ),
    WrongName(
        "community", "community", "python-louvain", "a tool for wellness checks",
        "module 'community' has no attribute 'best_partition'", "mistaken",
    ),
    WrongName(
        "slugify", "slugify", "python-slugify", "another, abandoned slugifier", "unexpected keyword argument",
        "mistaken",
    ),
    WrongName(
        "crypto", "Crypto", "pycryptodome", "a command for GPG files", "No module named 'Crypto'", "mistaken"
    ),
    WrongName(
        "parselmouth", "parselmouth", "praat-parselmouth", "for advertising services",
        "module 'parselmouth' has no attribute 'Sound'", "mistaken",
    ),
    WrongName(
        "ffmpeg", "ffmpeg", "ffmpeg-python", "another package, without filters",
        "module 'ffmpeg' has no attribute 'input'", "mistaken",
    ),
    WrongName(
        "haystack", "haystack", "haystack-ai", "for searching process memory", "cannot import name 'Pipeline'",
        "mistaken",
    ),
    WrongName(
        "apex", "apex", "", "a toolkit for Pyramid web sites", "cannot import name 'amp' from 'apex'", "mistaken",
        "NVIDIA's apex is built from its source, https://github.com/NVIDIA/apex; torch.amp does the same.",
    ),
    WrongName(
        "jwt", "jwt", "PyJWT", "another library than PyJWT", "module 'jwt' has no attribute 'encode'", "library"
    ),
    WrongName(
        "whisper", "whisper", "openai-whisper", "Graphite's database", "module 'whisper' has no attribute 'load_model'",
        "library",
    ),
    WrongName(
        "snappy", "snappy", "python-snappy", "for the topology of 3-manifolds",
        "module 'snappy' has no attribute 'compress'", "library",
    ),
    WrongName(
        "clip", "clip", "", "a clipboard manager", "module 'clip' has no attribute 'load'", "library",
        "OpenAI's CLIP is installed from https://github.com/openai/CLIP; open_clip_torch is on PyPI.",
    ),
)  # fmt: skip
