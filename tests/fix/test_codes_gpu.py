"""A CPU build of torch beside a GPU is exchanged for the CUDA build, with its companions and in one command.

The GPU is a recorded one: the collector reads it from a tree of the driver's files and a recorded answer of NVML,
before the repair and when it is verified. All else is real: the environment, the wheels, uv and pip, the index.
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doctor.failure import Failure
from doctor.fix.options import Options
from doctor.fix.plan import Command
from doctor.fix.planning.choose import Choice
from doctor.fix.planning.making import make_plan
from doctor.knowledge import torch
from tests.fix.gpus import H100, framework_wheel, no_settings, record_gpu
from tests.fix.ward import Repaired, Ward
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

INDEX = "https://download.pytorch.org/whl/cu126"
TRIO = {"torch": "2.6.0", "torchvision": "0.21.0", "torchaudio": "2.6.0"}


@pytest.fixture(autouse=True)
def own_settings(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's, and a GPU."""
    no_settings(ward, monkeypatch)
    record_gpu(monkeypatch, ward.folder / "machine", H100)


def make_torch(folder: Path, build: str, *needs: str) -> dict[str, Path]:
    """Tiny wheels of torch and its companions of one build, which need each other as the real ones do."""
    requires = {"torch": ["filelock", *needs], "torchvision": ["torch==2.6.0"], "torchaudio": ["torch==2.6.0"]}
    return {
        name: framework_wheel(folder, name, version, build, requires=requires[name]) for name, version in TRIO.items()
    }


def patient(ward: Ward, *names: str) -> Path:
    prefix = make_venv(ward.folder / "env")
    built = make_torch(ward.folder / "cpu", "cpu")
    install(prefix, make_wheel(ward.folder / "cpu", "filelock", "3.16.1", {"filelock.py": ""}))
    install(prefix, *(built[name] for name in names))
    return prefix


def installed(repaired: Repaired) -> dict[str, str]:
    return {dist.key: dist.version for dist in repaired.after.facts.distributions.installed}


def test_the_three_go_together(ward: Ward, installer: str) -> None:
    prefix = patient(ward, *TRIO)
    make_torch(ward.wheels, "cu126", "nvidia-cublas-cu12==12.6.4.1")
    make_torch(ward.wheels, "cu118")
    make_wheel(ward.wheels, "torch", "2.9.1+cu130", {"torch/__init__.py": ""})
    make_wheel(ward.wheels, "filelock", "3.20.0", {"filelock.py": ""})
    make_wheel(ward.wheels, "nvidia-cublas-cu12", "12.6.4.1", {"nvidia/cublas/__init__.py": ""})
    repaired = ward.repair(prefix, "GPU001", "torch")
    (command,) = (step for step in repaired.plan.steps if isinstance(step, Command))
    assert command.tool == installer
    words = command.arguments
    assert words[words.index("--index-url") + 1] == INDEX
    wanted = {name: f"{version}+cu126" for name, version in TRIO.items()}
    assert [*words[words.index("--") + 1 :]] == [f"{name}=={version}" for name, version in wanted.items()]
    assert {change.name: change.after for change in repaired.plan.changes} == wanted | {
        "nvidia-cublas-cu12": "12.6.4.1"
    }
    assert repaired.plan.source.startswith(f"dry run by {installer}")
    assert installed(repaired) == wanted | {"nvidia-cublas-cu12": "12.6.4.1", "filelock": "3.16.1"}
    assert not any(change.major for change in repaired.plan.changes)


def test_torch_alone_brings_no_companions(ward: Ward) -> None:
    prefix = patient(ward, "torch")
    make_torch(ward.wheels, "cu126")
    assert installed(ward.repair(prefix, "GPU001", "torch")) == {"torch": "2.6.0+cu126", "filelock": "3.16.1"}


class _Index(http.server.SimpleHTTPRequestHandler):
    """Serves folders as lists of files, which is all that a package index has to do."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def index(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index of torch's own, reached over HTTP; the folder it serves."""
    folder = ward.folder / "whl"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Index, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(torch, "INDEX", f"http://127.0.0.1:{server.server_port}/")
        for name in ("PIP_NO_INDEX", "UV_NO_INDEX"):
            monkeypatch.delenv(name)
        ward.offline = False
        yield folder
        server.shutdown()


def fill(folder: Path, source: Path) -> None:
    """List every wheel of a folder below its project's name."""
    for wheel in source.glob("*.whl"):
        place = folder / wheel.name.partition("-")[0].replace("_", "-")
        place.mkdir(parents=True, exist_ok=True)
        wheel.rename(place / wheel.name)


def test_all_comes_from_the_index_that_is_named(ward: Ward, installer: str, index: Path) -> None:
    """As on torch's own index, which holds what its builds need as well."""
    prefix = patient(ward, *TRIO)
    made = ward.folder / "made"
    make_torch(made, "cu126", "nvidia-cublas-cu12==12.6.4.1")
    make_wheel(made, "nvidia-cublas-cu12", "12.6.4.1", {"nvidia/cublas/__init__.py": ""})
    fill(index / "cu126", made)
    repaired = ward.repair(prefix, "GPU001", "torch")
    assert installed(repaired)["torchvision"] == "0.21.0+cu126"
    assert repaired.plan.network


def test_what_the_index_lacks_is_told_before_anything_changes(ward: Ward, installer: str, index: Path) -> None:
    prefix = patient(ward, "torch")
    made = ward.folder / "made"
    make_torch(made, "cu126", "nvidia-cublas-cu12==12.6.4.1")
    fill(index / "cu126", made)
    examination = ward.examine(prefix)
    finding = ward.finding(examination, "GPU001", "torch")
    with pytest.raises(Failure, match=r"cannot be carried out: .*nvidia-cublas-cu12"):
        make_plan(ward.request(prefix), examination, (Choice(finding, finding.remedies[0]),), Options(), ward.state)
