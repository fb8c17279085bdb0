"""Releases that nobody should have: malicious ones, and names that get no releases any more.

Collected on 2026-11-22 from the projects' own notices and from METADATA on PyPI; each row names its source and its
certainty. Only rows of high certainty give more than a note.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "withdrawn",
        "releases that are malicious, placeholders or retired",
        "2026-11-22",
        "the projects' own notices and METADATA on PyPI; each row names its own",
        "high but for the rows that say otherwise, which give a note",
    ),
]


class Withdrawn(NamedTuple):
    """Releases of one distribution."""

    key: str  #: normalised name on PyPI
    kind: Literal["malicious", "renamed", "retired", "placeholder"]
    why: str  #: what follows on "NAME VERSION ", at most 60 characters
    source: str
    certain: bool
    versions: tuple[str, ...] = ()  #: empty for all
    instead: tuple[str, ...] = ()  #: requirements to install in its place
    files: tuple[str, ...] = ()  #: names of start-up files that it leaves behind
    part_of: str = ""  #: sound where this distribution of the same version is installed: it needs the old name
    beside: tuple[str, str] = ()  # type: ignore[assignment]  #: (distribution, specifier): only a matter beside that
    advice: str = ""  #: what else to do


WITHDRAWN: list[Withdrawn] = [
    Withdrawn(
        "litellm",
        "malicious",
        "was malicious: it stole credentials at every start of Python",
        "the project's notice of March 2026; OSV MAL-2026-2144, PYSEC-2026-2",
        True,
        ("1.82.7", "1.82.8"),
        ("litellm!=1.82.7,!=1.82.8",),
        ("litellm_init.pth",),
    ),
    Withdrawn(
        "ultralytics",
        "malicious",
        "was malicious: it ran a crypto miner",
        "the project's security advisory of December 2024; clean from 8.3.47 on",
        True,
        ("8.3.41", "8.3.42", "8.3.45", "8.3.46"),
        ("ultralytics>=8.3.47",),
    ),
    Withdrawn(
        "torchtriton",
        "malicious",
        "on PyPI was malicious; PyTorch's own came from its index",
        "PyTorch's notice of December 2022; not looked up again",
        False,
        ("3.0.0",),
    ),
    Withdrawn(
        "tensorflow-gpu",
        "retired",
        "is the last of its name; tensorflow holds the GPU code",
        "PyPI: 2.12.0 only raises an error",
        True,
        (),
        ("tensorflow[and-cuda]",),
        advice="On Windows itself, 2.10 is the last release with GPU code; newer ones need WSL2.",
    ),
    Withdrawn(
        "tensorflow-intel",
        "retired",
        "gets no releases any more",
        "PyPI: the last is 2.18.0",
        True,
        (),
        ("tensorflow",),
        part_of="tensorflow",
    ),
    Withdrawn(
        "tensorflow-macos",
        "retired",
        "gets no releases any more",
        "PyPI: the last is 2.16.2",
        True,
        (),
        ("tensorflow",),
        part_of="tensorflow",
    ),
    Withdrawn(
        "sklearn",
        "placeholder",
        "is an empty placeholder for scikit-learn",
        "its description on PyPI",
        True,
        (),
        ("scikit-learn",),
    ),
    Withdrawn(
        "cudf",
        "placeholder",
        "is a placeholder of 2020, not RAPIDS",
        "PyPI's file list",
        True,
        ("0.6.1.post1",),
        ("cudf-cu12",),
    ),
    Withdrawn(
        "cuml",
        "placeholder",
        "is a placeholder of 2020, not RAPIDS",
        "PyPI's file list",
        True,
        ("0.6.1.post1",),
        ("cuml-cu12",),
    ),
    Withdrawn(
        "pandas-profiling",
        "renamed",
        "is called ydata-profiling today",
        "the project's README",
        True,
        (),
        ("ydata-profiling",),
    ),
    Withdrawn(
        "polars-lts-cpu",
        "renamed",
        "ended with 1.33.1; polars[rtcompat] follows it",
        "METADATA of polars",
        True,
        (),
        ("polars[rtcompat]",),
    ),
    Withdrawn(
        "polars-u64-idx",
        "renamed",
        "ended with 1.33.1; polars[rt64] follows it",
        "METADATA of polars",
        True,
        (),
        ("polars[rt64]",),
    ),
    Withdrawn(
        "pynvml",
        "renamed",
        "is deprecated; nvidia-ml-py brings the same module",
        "its METADATA",
        True,
        (),
        ("nvidia-ml-py",),
        advice="Libraries that require pynvml by name may warn as long as it is there; it does no harm.",
    ),
    Withdrawn(
        "torchtext",
        "retired",
        "is the end of it: made for torch 2.3",
        "PyPI: the last is 0.18.0; that newer torch breaks it was seen, not measured",
        False,
        beside=("torch", ">=2.4"),
    ),
    Withdrawn(
        "torchaudio",
        "retired",
        "is the last release, and this torch is newer",
        "PyPI: the last is 2.11.0, whose METADATA asks for no torch",
        False,
        ("2.11.0",),
        beside=("torch", ">=2.12"),
    ),
    Withdrawn(
        "pycrypto",
        "retired",
        "gets no fixes since 2013; pycryptodome follows it",
        "common knowledge, not looked up",
        False,
        (),
        ("pycryptodome",),
    ),
]

#: names whose old releases work as they did: worth knowing, no more
HARMLESS = frozenset({"pynvml", "tensorflow-gpu", "tensorflow-intel", "tensorflow-macos"})
