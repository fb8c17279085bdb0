"""The SIZ checks on real environments: sick ones with exact numbers, sound ones silent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from doctor import checks
from doctor.checks.size import duplicate_cuda_stack, gpu_stack_without_gpu, unimported_heavyweight, unlinked_cache
from doctor.examine import Examined, examine
from doctor.facts import Facts, units
from doctor.facts.project import Policy
from doctor.judgement.needs import brought_by, closure, freed_by, graph
from doctor.knowledge.cuda_stack import is_cuda_conda, is_cuda_wheel, library
from doctor.model import Examination, Finding, Install, Uninstall
from doctor.target.environment import Environment, Request
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

CHECKS = checks.load(select=("SIZ",))


def examination_of(prefix: Path, kind: str = "venv", **more: Any) -> Examination:
    request = Request(Environment(prefix, kind), home=Path("/nowhere"))._replace(**more)  # type: ignore[arg-type]
    *_, last = examine(request, CHECKS)
    assert isinstance(last, Examined)
    assert not last.examination.crashed
    return last.examination


def found(code: str, prefix: Path, kind: str = "venv", **more: Any) -> list[Finding]:
    return [finding for finding in examination_of(prefix, kind, **more).findings if finding.code == code]


def grow(path: Path, megabytes: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(megabytes * 1_000_000))


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring the thresholds down, so that no test fills a disk."""
    monkeypatch.setattr(gpu_stack_without_gpu, "WORTH_IT", 5_000_000)
    monkeypatch.setattr(duplicate_cuda_stack, "_LARGE", 2_000_000)
    monkeypatch.setattr(unimported_heavyweight, "HEAVY", 2_000_000)
    monkeypatch.setattr(unlinked_cache, "WORTH_IT", 2_000_000)


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env")


@pytest.mark.parametrize("kind", ["venv", "conda"])
def test_a_fresh_environment_is_silent(tmp_path: Path, kind: str) -> None:
    made = make_venv(tmp_path / "env") if kind == "venv" else make_conda_prefix(tmp_path / "env")
    disks = ("SIZ006",)  # speaks of the machine that the tests run on
    assert [f.code for f in examination_of(made, kind).findings if f.code not in disks] == []


def test_an_oversized_one_names_what_is_heavy_and_why(prefix: Path, tmp_path: Path) -> None:
    heavy = make_wheel(tmp_path, "heavy", "1.0", {"heavy/__init__.py": ""})
    user = make_wheel(tmp_path, "user", "1.0", {"user.py": ""}, requires=["heavy>=1", 'other; extra == "more"'])
    install(prefix, heavy, user)
    grow(site_packages_of(prefix) / "heavy/model.bin", 6)
    policy = Policy("pyproject.toml", max_size=5_000_000)
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[tool.envdoctor]\nmax-size = "5 MB"\n')
    (finding,) = found("SIZ001", prefix, project=project, policy=policy)
    assert any("heavy: 6 MB, pulled in by user" in evidence.text for evidence in finding.evidence)
    assert finding.remedies[0].steps == (Uninstall("pip", ("heavy", "user")),)
    assert found("SIZ001", prefix) == []


def test_cuda_libraries_of_a_leftover_version_are_told(prefix: Path, tmp_path: Path) -> None:
    old = make_wheel(tmp_path, "nvidia-cublas-cu12", "12.8.4.1", {"nvidia/cublas/lib/libcublas.so.12": "x"})
    new = make_wheel(tmp_path, "nvidia-cublas", "13.1.0.3", {"nvidia/cu13/lib/libcublas.so.13": "x"})
    torch = make_wheel(tmp_path, "torch", "2.15.0", {"torch/version.py": ""}, requires=["nvidia-cublas==13.1.0.3"])
    install(prefix, new, torch)
    site = site_packages_of(prefix)
    grow(site / "nvidia/cu13/lib/libcublas.so.13", 3)
    assert found("SIZ003", prefix) == []
    install(prefix, old)
    grow(site / "nvidia/cublas/lib/libcublas.so.12", 3)
    (finding,) = found("SIZ003", prefix)
    assert finding.remedies[0].steps == (Uninstall("pip", ("nvidia-cublas-cu12",)),)


def test_cuda_libraries_without_a_gpu(prefix: Path, tmp_path: Path) -> None:
    cublas = make_wheel(tmp_path, "nvidia-cublas-cu12", "12.8.4.1", {"nvidia/cublas/lib/libcublas.so.12": "x"})
    requires = ["nvidia-cublas-cu12==12.8.4.1", "triton"]
    torch = make_wheel(tmp_path, "torch", "2.9.1", {"torch/version.py": ""}, requires=requires)
    vision = make_wheel(tmp_path, "torchvision", "0.24.1", {"torchvision/version.py": ""}, requires=["torch==2.9.1"])
    install(prefix, cublas, torch, vision)
    grow(site_packages_of(prefix) / "nvidia/cublas/lib/libcublas.so.12", 6)
    bare = tmp_path / "machine"  # a recorded machine without a GPU
    (bare / "proc").mkdir(parents=True)
    (finding,) = found("SIZ002", prefix, root=bare)
    cpu, rest = finding.remedies[0].steps
    assert isinstance(cpu, Install)
    assert cpu.specs == ("torch==2.9.1", "torchvision==0.24.1")
    assert cpu.index_url.endswith("/cpu")
    assert rest == Uninstall("pip", ("nvidia-cublas-cu12",))
    (bare / "proc/driver/nvidia").mkdir(parents=True)
    version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:17:52 UTC 2026\n"
    (bare / "proc/driver/nvidia/version").write_text(version)
    assert found("SIZ002", prefix, root=bare) == []


def test_a_project_that_does_not_use_a_heavy_package(tmp_path: Path) -> None:
    project = tmp_path / "project"
    prefix = make_venv(project / ".venv")
    heavy = make_wheel(tmp_path, "heavy", "1.0", {"heavy/__init__.py": ""})
    light = make_wheel(tmp_path, "light", "1.0", {"light/__init__.py": ""}, requires=['heavy; extra == "more"'])
    install(prefix, heavy)
    grow(site_packages_of(prefix) / "heavy/model.bin", 3)
    (project / "main.py").write_text("import light\n")
    (finding,) = found("SIZ008", prefix, project=project)
    assert finding.subject == "heavy"
    install(prefix, light)
    assert found("SIZ008", prefix, project=project) == [], "an extra of what is imported may want it"
    (project / "main.py").write_text("import heavy\n")
    assert found("SIZ008", prefix, project=project) == []


def test_uv_s_cache_elsewhere(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(prefix, make_wheel(tmp_path, "heavy", "1.0", {"heavy/__init__.py": ""}), by="uv")
    grow(site_packages_of(prefix) / "heavy/model.bin", 3)
    (tmp_path / ".cache/uv").mkdir(parents=True)
    assert found("SIZ004", prefix, home=tmp_path) == []
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == prefix.stat().st_dev:
        pytest.skip("one file system only")
    (finding,) = found("SIZ004", prefix, variables={"UV_CACHE_DIR": str(memory)})
    assert "3 MB here are copies" in finding.summary


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (812_000_000, "812 MB"),
        (4_600_000_000, "4.6 GB"),
        (12_345_678_901, "12 GB"),
        (999_999_999_999, "1 TB"),
        (5 * 10**18, "5000 PB"),
    ],
)
def test_bytes_are_said_in_units(count: int, said: str) -> None:
    assert units.size(count) == said


def test_who_needs_whom() -> None:
    needs = {
        "a": frozenset({"b", "c"}),
        "b": frozenset({"d"}),
        "c": frozenset(),
        "d": frozenset(),
        "e": frozenset({"c"}),
    }
    assert closure(needs, ("a",)) == {"a", "b", "c", "d"}
    assert freed_by(needs, "a") == {"a", "b", "d"}
    assert brought_by(needs, "c") == ("a", "e")
    assert brought_by(needs, "a") == ("a",)
    circle = {"x": frozenset({"y"}), "y": frozenset({"x"})}
    assert freed_by(circle, "x") == {"x", "y"}
    assert brought_by(circle, "x") == ()


def test_conda_and_pip_packages_share_one_graph() -> None:
    from doctor.facts.build import distribution, environment, record

    own = distribution("numpy", "2.1.0", installer="conda")
    conda = record("numpy", "2.1.0", files=own.paths or (), depends=("python >=3.11", "libblas"))
    user = distribution(
        "Demo.Tool", "1", requires=("NumPy>=2 ; python_version >= '3'", "absent", "extra-one; extra == 'x'")
    )
    facts: Facts = environment(
        kind="conda",
        records=(conda, record("python", "3.11.7"), record("libblas", "3.9")),
        distributions=(own, user, distribution("extra-one", "1")),
    )
    needs = graph(facts)
    assert needs["demo-tool"] == {"conda:numpy"}
    assert needs["conda:numpy"] == {"conda:python", "conda:libblas"}
    assert graph(facts, extras=True)["demo-tool"] == {"conda:numpy", "extra-one"}


def test_parts_of_the_cuda_stack_are_known_by_their_names() -> None:
    wheels = ("nvidia-cublas-cu12", "nvidia-cublas", "nvidia-cudnn-cu13", "nvidia-nccl-cu12", "jax-cuda12-plugin")
    assert all(map(is_cuda_wheel, wheels))
    assert not any(map(is_cuda_wheel, ("nvidia-ml-py", "nvidia-smi", "cublas", "torch", "nvidia-pyindex", "jax")))
    assert all(map(is_cuda_conda, ("libcublas", "cudatoolkit", "libcublas-dev", "cuda-cudart-dev_linux-64")))
    assert not any(map(is_cuda_conda, ("curl", "libcurl", "cudf", "cuda-version", "custodian-dev")))
    named = {
        "torch/lib/libcudart-e409450e.so.11.0": "",
        "torch/lib/libcublas.so.11": "cuBLAS",
        "nvidia/cu13/lib/libcublas.so.13": "cuBLAS",
        "nvidia/cublas/lib/libcublasLt.so.12": "",
        "lib/libcudnn.so.9.1.1": "cuDNN",
        "torch.libs/libnccl-1a2b3c4d.so.2": "NCCL",
        "nvidia/cublas/bin/cublas64_12.dll": "cuBLAS",
        "nvidia/cublas/include/cublas.h": "",
    }
    assert {path: library(path) for path in named} == named
