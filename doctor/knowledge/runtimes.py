"""Releases of GCC's and glibc's runtime libraries, and the operating systems that hold them.

GCC's table: libstdc++'s manual, "ABI Policy and Guidelines" (documented; GLIBCXX_3.4.30 was seen with GCC 12 on
Debian 12). glibc's: the distributions' package lists (documented). Collected on 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping

from doctor.knowledge.sources import Source

SOURCES = [
    Source(
        "gcc_runtimes",
        "the release of GCC that brought each version of libstdc++",
        "2026-11-22",
        "libstdc++'s manual, ABI Policy and Guidelines",
        "documented; one row seen on a machine",
    ),
    Source(
        "glibc",
        "the release of glibc in each operating system",
        "2026-11-22",
        "the distributions' package lists",
        "documented",
    ),
]

#: version of libstdc++ -> the first GCC with it
GLIBCXX: Mapping[str, str] = {
    "GLIBCXX_3.4.19": "4.8.3",
    "GLIBCXX_3.4.20": "4.9",
    "GLIBCXX_3.4.21": "5.1",
    "GLIBCXX_3.4.22": "6.1",
    "GLIBCXX_3.4.23": "7.1",
    "GLIBCXX_3.4.24": "7.2",
    "GLIBCXX_3.4.25": "8.1",
    "GLIBCXX_3.4.26": "9.1",
    "GLIBCXX_3.4.27": "9.2",
    "GLIBCXX_3.4.28": "9.3",
    "GLIBCXX_3.4.29": "11.1",
    "GLIBCXX_3.4.30": "12.1",
    "GLIBCXX_3.4.31": "13.1",
    "GLIBCXX_3.4.32": "13.2",
    "GLIBCXX_3.4.33": "14.1",
    "GLIBCXX_3.4.34": "15.1",
    "CXXABI_1.3.8": "4.9",
    "CXXABI_1.3.9": "5.1",
    "CXXABI_1.3.10": "6.1",
    "CXXABI_1.3.11": "7.1",
    "CXXABI_1.3.12": "9.1",
    "CXXABI_1.3.13": "11.1",
    "CXXABI_1.3.14": "13.1",
    "CXXABI_1.3.15": "14.1",
}

#: operating system -> its glibc, oldest first
GLIBC: Mapping[str, str] = {
    "CentOS 7": "2.17",
    "Amazon Linux 2": "2.26",
    "RHEL 8, Rocky 8": "2.28",
    "Ubuntu 20.04": "2.31",
    "Debian 11": "2.31",
    "RHEL 9, Rocky 9": "2.34",
    "Ubuntu 22.04": "2.35",
    "Debian 12": "2.36",
    "Ubuntu 24.04": "2.39",
    "RHEL 10": "2.39",
    "Debian 13": "2.41",
}


def numbers(version: str) -> tuple[int, ...]:
    """GLIBC_2.34 and 2.34 as (2, 34); empty for what is no number."""
    parts = version.rpartition("_")[2].split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() and len(part) < 9 for part in parts) else ()


def systems_with(glibc: str) -> list[str]:
    """The operating systems whose glibc is at least of this version, oldest first."""
    return [name for name, version in GLIBC.items() if numbers(version) >= numbers(glibc) > ()]
