"""Room on disk, doors left open and the wrong build of torch are repaired, proven and taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from doctor.collect import machine, sizes
from doctor.facts import Gpu, Gpus, Machine
from doctor.facts.project import Policy
from doctor.fix.choose import Choice
from doctor.fix.events import Ended
from doctor.fix.history import operations
from doctor.fix.operate import operate
from doctor.fix.options import Options
from doctor.fix.planning import make_plan
from doctor.fix.undo import undo
from tests.fix.trees import differences, picture
from tests.fix.ward import Ward
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

By = Literal["uv", "pip"]
read_sizes = sizes.read
H100 = Gpus((Gpu("NVIDIA H100 80GB HBM3", "9.0"),), "580.65.06", "580.65.06", "13.0", "nvml")


def heavy(ward: Ward, by: By) -> Path:
    """A project with an environment in which two packages are large; one of them it imports."""
    ward.project = ward.folder / "project"
    ward.project.mkdir()
    (ward.project / "main.py").write_text("import used\n")
    (ward.project / "pyproject.toml").write_text("")
    prefix = make_venv(ward.project / ".venv", by="uv" if by == "uv" else "venv")
    body = bytes(3_000_000)
    install(prefix, make_wheel(ward.wheels, "part", "1.0", {"part/__init__.py": "", "part/data.bin": body}), by=by)
    install(prefix, make_wheel(ward.wheels, "common", "1.0", {"common.py": ""}), by=by)
    idle: dict[str, bytes | str] = {"idle/__init__.py": "", "idle/data.bin": body}
    install(prefix, make_wheel(ward.wheels, "idle", "1.0", idle, requires=["part", "common"]), by=by)
    used: dict[str, bytes | str] = {"used/__init__.py": "", "used/data.bin": body}
    install(prefix, make_wheel(ward.wheels, "used", "1.0", used, requires=["common"]), by=by)
    return prefix


def test_an_environment_above_its_limit(ward: Ward, installer: By) -> None:
    prefix = heavy(ward, installer)
    ward.policy = Policy(path="pyproject.toml", max_size=8_000_000)
    subject = ward.examine(prefix).facts.identity.name
    done = ward.repair(prefix, "SIZ001", subject, "Remove idle")
    left = {dist.key for dist in done.after.facts.distributions.installed} - {"pip", "setuptools"}
    assert left == {"used", "common"}, "what the project needs stays"


@pytest.fixture
def reachable() -> Iterator[Ward]:
    """A ward that everybody on the machine can get to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Ward(Path(folder))


def test_doors_left_open(reachable: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are links of uv's cache are closed here, and in the cache they stay as they are."""
    monkeypatch.setenv("HOME", str(reachable.home))
    prefix = make_venv(reachable.folder / "env", by="venv")
    install(prefix, make_wheel(reachable.wheels, "demo", "1.0", {"demo/__init__.py": "", "demo/core.py": ""}))
    package = site_packages_of(prefix) / "demo"
    (reachable.folder / "cached.py").hardlink_to(package / "core.py")
    for path in (package / "__init__.py", package / "core.py"):
        path.chmod(0o666)
    reachable.repair(prefix, "SEC002", str(prefix), "Take the permission")
    assert (reachable.folder / "cached.py").stat().st_mode & 0o777 == 0o666


def test_the_cuda_build_of_torch(ward: Ward, installer: By, monkeypatch: pytest.MonkeyPatch) -> None:
    read = machine.read
    monkeypatch.setattr(
        machine, "read", lambda request, facts: _with_gpu(read(request, facts)),
    )  # fmt: skip
    prefix = make_venv(ward.folder / "env", by="uv" if installer == "uv" else "venv")
    for name, version in (("torch", "2.6.0"), ("torchvision", "0.21.0")):
        for build in ("cpu", "cu126"):
            files = {f"{name}/__init__.py": "", f"{name}/version.py": f"cuda = {_cuda(build)}\n"}
            wheel = make_wheel(ward.wheels, name, f"{version}+{build}", files)
            if build == "cpu":
                install(prefix, wheel, by=installer)
    done = ward.repair(prefix, "GPU001", "torch")
    versions = {dist.key: dist.version for dist in done.after.facts.distributions.installed}
    assert versions["torch"] == "2.6.0+cu126"
    assert versions["torchvision"] == "0.21.0+cu126"


def _with_gpu(found: Machine) -> Machine:
    return found._replace(gpus=H100)


def _cuda(build: str) -> str:
    return "None" if build == "cpu" else "'12.6'"


def test_a_forgotten_environment_goes_as_a_whole_and_comes_back(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is moved aside, and nothing is examined where nothing is; undo is a rename."""
    old = 1_600_000_000.0
    prefix = make_venv(ward.folder / "env")
    install(prefix, make_wheel(ward.wheels, "demo", "1.0", {"demo/__init__.py": ""}))
    monkeypatch.setattr(
        sizes, "read", lambda request, facts: read_sizes(request, facts)._replace(newest_use=old, use_recorded=True)
    )
    before = picture(prefix)
    examination = ward.examine(prefix)
    (finding,) = (finding for finding in examination.findings if finding.code == "SIZ007")
    options = Options(offline=True, export_first=False)
    request = ward.request(prefix)
    plan = make_plan(request, examination, (Choice(finding, finding.remedies[1]),), options, ward.state)
    assert plan.destructive
    *_, end = operate(plan, request, options, ward.state)
    assert isinstance(end, Ended)
    assert (end.ending, end.can_undo) == ("done", True)
    assert not prefix.exists()
    *_, end = undo(operations(ward.state)[0], ward.state)
    assert isinstance(end, Ended)
    assert differences(before, picture(prefix)) == []
