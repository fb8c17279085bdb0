"""Room on disk, doors left open and the wrong build of torch are repaired, proven and taken back."""

from __future__ import annotations

import ensurepip
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from doctor.checks.size import duplicate_cuda_stack, gpu_stack_without_gpu, reclaimable_caches, unimported_heavyweight
from doctor.collect import machine, sizes
from doctor.facts import Gpu, Gpus, Machine
from doctor.facts.project import Policy
from doctor.fix.events import Ended
from doctor.fix.history import operations, prune
from doctor.fix.operate import operate
from doctor.fix.options import Options
from doctor.fix.planning.choose import Choice
from doctor.fix.planning.making import make_plan
from doctor.fix.undo import undo
from tests.fix.trees import differences, picture
from tests.fix.ward import Ward
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import SITE, Package
from tests.patients.conda_command import make_conda_command
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


def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has no GPU, and fewer bytes than usual count as much."""
    read = machine.read
    monkeypatch.setattr(machine, "read", lambda request, facts: read(request, facts)._replace(gpus=Gpus()))
    monkeypatch.setattr(gpu_stack_without_gpu, "WORTH_IT", 1_000_000)


def library(name: str, version: str, path: str) -> Wheel:
    return Wheel(name, version, {path: bytes(3_000_000)})


class Wheel(NamedTuple):
    """What a wheel of the CUDA stack holds."""

    name: str
    version: str
    files: Mapping[str, bytes | str]


CUBLAS = library("nvidia-cublas-cu12", "12.6.4.1", "nvidia/cublas/lib/libcublas.so.12")
OLD_CUBLAS = library("nvidia-cublas-cu11", "11.11.3.6", "nvidia/cublas11/lib/libcublas.so.11")
CUDNN = library("nvidia-cudnn-cu12", "9.5.1.17", "nvidia/cudnn/lib/libcudnn.so.9")


def with_cuda(ward: Ward, *wheels: Wheel) -> Path:
    """An environment with torch for CUDA and the libraries that it needs; its build for CPUs lies in the folder."""
    prefix = make_venv(ward.folder / "env")
    for wheel in wheels:
        install(prefix, make_wheel(ward.wheels, *wheel))
    needs = [f"{wheel.name}=={wheel.version}" for wheel in (CUDNN, CUBLAS)]
    files = {"torch/__init__.py": "", "torch/version.py": "cuda = '12.6'\n"}
    install(prefix, make_wheel(ward.wheels, "torch", "2.6.0", files, requires=needs))
    make_wheel(ward.wheels, "torch", "2.6.0+cpu", {"torch/__init__.py": "", "torch/version.py": "cuda = None\n"})
    return prefix


def test_cuda_libraries_where_no_gpu_is(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    no_gpu(monkeypatch)
    prefix = with_cuda(ward, CUBLAS, CUDNN)
    done = ward.repair(prefix, "SIZ002", "CUDA", "Use CPU builds")
    assert {dist.key: dist.version for dist in done.after.facts.distributions.installed} == {"torch": "2.6.0+cpu"}


PYTORCH = tuple(
    Package("pytorch", "2.6.0", build, files, ("python", *needs))
    for build, files, needs in (
        ("cuda126_py_0", {f"{SITE}/torch/__init__.py": b"cuda = 1\n"}, ("libcublas 12.*", "libtorch * cuda126_*")),
        ("cpu_py_0", {f"{SITE}/torch/__init__.py": b"cuda = 0\n"}, ("libtorch * cpu_*",)),
    )
)
LIBTORCH = tuple(Package("libtorch", "2.6.0", build, {"lib/libtorch.so": b"t"}) for build in ("cuda126_0", "cpu_0"))
LIBCUBLAS = Package("libcublas", "12.6.4", "h0_0", {"lib/libcublas.so.12": bytes(3_000_000)})
TOOLKIT = Package("cudatoolkit", "11.8.0", "h0_0", {"lib/libcublas.so.11": bytes(3_000_000)})


def conda_with_cuda(ward: Ward, *more: str) -> Path:
    """A conda environment with pytorch for CUDA and the libraries that it needs."""
    packages = (*PYTORCH, *LIBTORCH, LIBCUBLAS, TOOLKIT)
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, more=packages, cache=cache)
    ward.offline = False  # the build for CPUs has to be fetched, from the test's own channel
    wanted = ("python", "pytorch ==2.6.0 cuda126_py_0", *more)
    folder = ward.folder / "miniforge3/envs"
    folder.mkdir(parents=True)
    return make_conda_prefix(folder / "work", packages=wanted, more=packages, cache=cache)


def test_cuda_libraries_of_conda_where_no_gpu_is(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    no_gpu(monkeypatch)
    done = ward.repair(conda_with_cuda(ward), "SIZ002", "CUDA", "Use CPU builds")
    builds = {record.name: record.build for record in done.after.facts.conda.records}
    assert (builds["pytorch"], builds["libtorch"]) == ("cpu_py_0", "cpu_0")
    assert "libcublas" not in builds


def test_a_solver_that_drops_the_libraries_itself(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some solvers take away what nothing needs any more, so that a removal after them finds nothing to remove."""
    no_gpu(monkeypatch)
    prefix = conda_with_cuda(ward)
    monkeypatch.setenv("DEMO_CONDA_PRUNES", "1")
    done = ward.repair(prefix, "SIZ002", "CUDA", "Use CPU builds")
    assert "libcublas" not in {record.name for record in done.after.facts.conda.records}


def test_a_cuda_library_that_is_there_twice(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicate_cuda_stack, "_LARGE", 1_000_000)
    prefix = with_cuda(ward, OLD_CUBLAS, CUBLAS, CUDNN)
    done = ward.repair(prefix, "SIZ003", "CUDA", "Remove the copies")
    left = {dist.key for dist in done.after.facts.distributions.installed}
    assert left == {"torch", "nvidia-cublas-cu12", "nvidia-cudnn-cu12"}


def test_a_cuda_library_of_conda_that_is_there_twice(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicate_cuda_stack, "_LARGE", 1_000_000)
    done = ward.repair(conda_with_cuda(ward, "cudatoolkit"), "SIZ003", "CUDA", "Remove the copies")
    left = {record.name for record in done.after.facts.conda.records}
    assert "cudatoolkit" not in left
    assert "libcublas" in left


def test_a_large_package_that_the_project_does_not_use(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unimported_heavyweight, "HEAVY", 4_000_000)
    done = ward.repair(heavy(ward, "uv"), "SIZ008", "idle", "Remove idle")
    left = {dist.key for dist in done.after.facts.distributions.installed} - {"pip", "setuptools"}
    assert left == {"used", "common"}, "with what only it needs, and nothing else"


def caches(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A small cache of each tool inside the test's own folder, and no other within reach of any tool."""
    monkeypatch.setattr(reclaimable_caches, "WORTH_IT", 1_000_000)
    places = {"pip": ward.home / ".cache/pip", "uv": ward.home / ".cache/uv", "conda": ward.folder / "cache/pkgs"}
    variables = {"PIP_CACHE_DIR": "pip", "UV_CACHE_DIR": "uv", "CONDA_PKGS_DIRS": "conda"}
    told = {variable: str(places[tool]) for variable, tool in variables.items()}
    ward.more = told
    for variable, place in {**told, "HOME": str(ward.home)}.items():
        assert Path(place).is_relative_to(ward.folder)
        monkeypatch.setenv(variable, place)
    for tool, below in (("pip", "http/0/1/body"), ("uv", "archive-v0/x/big.bin")):
        file = places[tool] / below
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x" * 2_000_000)
    return places


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_a_cache_that_nobody_shares(ward: Ward, tool: By, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool itself empties its own cache, and no other."""
    places = caches(ward, monkeypatch)
    prefix = make_venv(ward.folder / "env")
    if tool == "pip":
        install(prefix, pip_wheel(ward))
    before = {name: place.is_dir() and set(place.rglob("*")) for name, place in places.items()}
    subject = f"~/.cache/{tool}"
    done = ward.repair(prefix, "SIZ005", subject)
    assert not done.plan.reversible
    assert done.plan.destructive
    assert not (places[tool] / {"uv": "archive-v0", "pip": "http/0/1/body"}[tool]).exists()
    other = "pip" if tool == "uv" else "uv"
    assert set(places[other].rglob("*")) == before[other]


def pip_wheel(ward: Ward) -> Path:
    (bundled,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    return Path(shutil.copy(bundled, ward.wheels))


def test_condas_cache_that_nobody_shares(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that an environment is linked from stay."""
    places = caches(ward, monkeypatch)
    prefix = conda_with_cuda(ward)
    idle = places["conda"] / "idle-1.0-h0_0"
    (idle / "info").mkdir(parents=True)
    (idle / "info/index.json").write_text("{}")
    (idle / "big.bin").write_bytes(b"x" * 2_000_000)
    done = ward.repair(prefix, "SIZ005", str(places["conda"]))
    assert not done.plan.reversible
    assert not idle.exists()
    assert any(places["conda"].glob("numpy-*")) or any(places["conda"].glob("pytorch-*"))


def forgotten(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that nobody has used for years."""
    old = 1_600_000_000.0
    prefix = make_venv(ward.folder / "env")
    install(prefix, make_wheel(ward.wheels, "demo", "1.0", {"demo/__init__.py": ""}))
    monkeypatch.setattr(
        sizes, "read", lambda request, facts: read_sizes(request, facts)._replace(newest_use=old, use_recorded=True)
    )
    return prefix


def test_a_forgotten_environment_is_written_down(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = forgotten(ward, monkeypatch)
    done = ward.repair(prefix, "SIZ007", ward.examine(prefix).facts.identity.name, "Write down", ending="done")
    assert "demo==1.0" in "".join(done.written.values())


def test_a_forgotten_environment_goes_as_a_whole_and_comes_back(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is moved aside, and nothing is examined where nothing is; undo is a rename, and pruning frees the room."""
    prefix = forgotten(ward, monkeypatch)
    before = picture(prefix)
    put_aside(ward, prefix)
    *_, end = undo(operations(ward.state)[0], ward.state)
    assert isinstance(end, Ended)
    assert differences(before, picture(prefix)) == []
    put_aside(ward, prefix)
    aside = operations(ward.state)[0]
    assert aside in prune(ward.state, keep=0)
    assert not list(ward.folder.rglob("demo/__init__.py")), "nowhere, so that the room is free"
    assert not any(operation.can_undo for operation in operations(ward.state))


def put_aside(ward: Ward, prefix: Path) -> None:
    examination = ward.examine(prefix)
    finding = ward.finding(examination, "SIZ007", examination.facts.identity.name)
    options = Options(offline=True, export_first=False)
    request = ward.request(prefix)
    plan = make_plan(request, examination, (Choice(finding, finding.remedies[1]),), options, ward.state)
    assert plan.destructive
    *_, end = operate(plan, request, options, ward.state)
    assert isinstance(end, Ended)
    assert (end.ending, end.can_undo) == ("done", True)
    assert not prefix.exists()
