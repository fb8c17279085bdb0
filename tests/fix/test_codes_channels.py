"""Channels and configuration are repaired on real files, proven and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from doctor.facts.project import Policy
from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import Package
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import change_record
from tests.patients.venvs import make_venv


class Case(NamedTuple):
    """A patient, what it suffers from, and which remedy is to heal it."""

    make: Callable[[Ward], Path]
    code: str
    subject: str
    title: str = ""
    note: str = ""  #: what may be told instead


BLAST = Package("blast", "2.16.0", "h0_0", {"bin/blast": (b"#!/bin/sh\n", 0o755)}, channel="bioconda")


def conda(ward: Ward, *packages: str, condarc: str = "", own: str | None = None) -> Path:
    """An environment in a conda below the home folder, with the user's condarc and its own."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, cache=cache)
    (ward.home / "miniforge3/conda-meta").mkdir(parents=True)
    wanted = packages or ("python", "numpy", "openssl")
    more = (BLAST,) if any("blast" in name for name in wanted) else ()
    folder = ward.home / "miniforge3/envs"
    folder.mkdir()
    prefix = make_conda_prefix(folder / "work", packages=wanted, more=more, cache=cache)
    if condarc:
        (ward.home / ".condarc").write_text(condarc)
    if own is not None:
        (prefix / ".condarc").write_text(own)
    return prefix


def mixed(ward: Ward) -> Path:
    ward.offline = False  # conda-forge's build has to be fetched, from the test's own channel
    return conda(ward, "python", "pkgs/main::demo-lib", "demo-plain")


def only_once(ward: Ward, own: str | None = None) -> Path:
    packages = ("python", "numpy", "bioconda::blast")
    return conda(ward, *packages, condarc="channels:\n  - conda-forge\n", own=own)


def from_defaults(ward: Ward) -> Path:
    packages = ("pkgs/main::demo-lib", "pkgs/main::numpy", "pkgs/main::openssl")
    return conda(ward, *packages, condarc="channels:\n  - conda-forge\n")


BUILDERS = "channels:\n  - conda-forge\n  - defaults\n"


def frozen_configured(ward: Ward) -> Path:
    return conda(ward, condarc="channels:\n  - conda-forge\n  - pytorch # for torch\n")


def forbidden(ward: Ward) -> Path:
    ward.project = ward.folder / "project"
    ward.project.mkdir()
    ward.policy = Policy(path="pyproject.toml", channels=("conda-forge",))
    return conda(ward, condarc="channels:\n  - bioconda\n  - conda-forge\n")


def over_http(ward: Ward) -> Path:
    prefix = conda(ward, condarc="channels:\n  - conda-forge\n  - http://conda.corp.example/main\n")
    url = "http://conda.corp.example/main/linux-64/openssl-3.4.0-h0demo7_1.conda"
    change_record(prefix, "openssl", url=url, channel="http://conda.corp.example/main/linux-64")
    return prefix


def pip_conf(ward: Ward) -> Path:
    (ward.home / ".config/pip").mkdir(parents=True)
    (ward.home / ".config/pip/pip.conf").write_text("[global]\nindex-url = http://pypi.corp.example/simple\n")
    return make_venv(ward.folder / "env")


CASES = {
    "another builder's package": Case(mixed, "CHN001", "conda-forge and defaults", "Take demo-lib"),
    "installed once with -c": Case(only_once, "CHN002", "bioconda", "Add bioconda"),
    "below the environment's own channels": Case(
        lambda ward: only_once(ward, "channels:\n  - conda-forge # ours\nsolver: libmamba\n"),
        "CHN002",
        "bioconda",
        "Add",
    ),
    "below other settings": Case(lambda ward: only_once(ward, "solver: libmamba"), "CHN002", "bioconda", "Add"),
    "another builder's environment": Case(from_defaults, "CHN002", "pkgs/main", "Add pkgs/main"),
    "flexible": Case(lambda ward: conda(ward, condarc=BUILDERS), "CHN003", "channel_priority"),
    "flexible in its own condarc": Case(
        lambda ward: conda(ward, condarc=BUILDERS, own="a: 1\nchannel_priority: flexible # why\n"),
        "CHN003",
        "channel_priority",
    ),
    "a frozen channel in the user's condarc": Case(frozen_configured, "CHN005", "pytorch", "Configure"),
    "a channel that the policy forbids": Case(forbidden, "CHN006", "bioconda", "Take bioconda"),
    "a misspelt key": Case(lambda ward: conda(ward, condarc="chanels:\n  - conda-forge\n"), "CHN007", "chanels"),
    "a text where a list belongs": Case(
        lambda ward: conda(ward, condarc="channels: conda-forge\n"), "CHN007", "channels", "as a list"
    ),
    "plain http": Case(over_http, "CHN008", "http://conda.corp.example/main", "https", "packages over http"),
    "no certificate checks": Case(
        lambda ward: conda(ward, condarc="ssl_verify: no\nchannels: [conda-forge]\n"), "CHN008", "ssl_verify", "Check"
    ),
    "an index over plain http": Case(pip_conf, "CHN009", "http://pypi.corp.example/simple"),
    "the classic solver": Case(
        lambda ward: conda(ward, condarc="solver: classic\nchannels: [conda-forge]\n"), "CHN010", "solver"
    ),
    "many channels": Case(
        lambda ward: conda(ward, condarc="channels: [conda-forge, bioconda, a, b, c, d]\n"), "CHN010", "channels"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_code(ward: Ward, case: Case) -> None:
    ward.repair(case.make(ward), case.code, case.subject, case.title, note=case.note)
