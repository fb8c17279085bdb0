"""Wheels that need more of an x86-64 processor than every one has.

Levels are those of the x86-64 psABI: 2 has SSE4.2 and POPCNT, 3 has AVX2, BMI and FMA. Sources: numpy's and polars'
own start-up checks (read in the wheels of numpy 2.4 and polars 2.1) and their issue trackers (documented); which
runtime polars imports first (read in its release 1.36); for TensorFlow and jaxlib, which need AVX and so more than
level 2 and less than level 3, general knowledge.
Collected on 2026-11-22. conda-forge builds for level 1 unless it says otherwise, so that rows are about wheels.
"""

from __future__ import annotations

from typing import NamedTuple

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "processor_levels",
        "wheels that need a higher level of x86-64",
        "2026-11-22",
        "the start-up checks in the wheels of numpy 2.4 and polars 2.1; the projects' issue trackers",
        "documented; general for TensorFlow and jaxlib, which give an error only far below what they need",
    ),
]


class Needed(NamedTuple):
    """What the wheels of one distribution need."""

    key: str
    level: int
    features: str  #: what it needs, in words
    since: str = "0"  #: the first release that does
    until: str = ""  #: the first that does not any more
    sure: bool = True  #: False where a processor one level below may have what is needed
    instead: str = ""  #: a requirement that runs on every processor
    unless: str = ""  #: a distribution that is imported in its place where both have the same version
    advice: str = ""  #: for what no requirement repairs


NEEDED: list[Needed] = [
    Needed("numpy", 2, "SSE4.2 and POPCNT", "2.4", instead="numpy<2.4"),
    Needed("polars", 3, "AVX2, BMI and FMA", "0.20", "1.35", instead="polars[rtcompat]>=1.35"),
    Needed("polars-runtime-32", 3, "AVX2, BMI and FMA", instead="polars[rtcompat]", unless="polars-runtime-compat"),
    Needed("polars-runtime-64", 3, "AVX2, BMI and FMA", instead="polars[rtcompat]", unless="polars-runtime-compat"),
    Needed("tensorflow", 3, "AVX", "1.6", sure=False, advice="conda-forge builds tensorflow for every processor."),
    Needed("tensorflow-cpu", 3, "AVX", "1.15", sure=False, advice="conda-forge builds tensorflow for every processor."),
    Needed("jaxlib", 3, "AVX", "0.1.60", sure=False, advice="conda-forge builds jaxlib for every processor."),
]

#: level -> what it adds
FEATURES = {2: "SSE4.2 and POPCNT", 3: "AVX2, BMI and FMA", 4: "AVX-512"}
