"""GPU checks over recorded machines: driver, GPU and build in all the ways in which they meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doctor.checks.gpu import cpu_only_torch, hidden_gpu
from doctor.examine import judge
from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.settings import Settings, Variable
from doctor.knowledge.cuda import capability_of, driver_suffices, newest_cuda, runs
from doctor.knowledge.torch import RELEASES, Host, builds_for, choose, find_release
from doctor.model import Finding, Install, Severity, Tell, Uninstall
from doctor.reading.python.builds import read_build


def machine(name: str, capability: str, driver: str, cuda: str = "", count: int = 1) -> Machine:
    return Machine(gpus=Gpus((Gpu(name, capability),) * count, driver, driver, cuda, "nvml" if cuda else "proc"))


def finding(facts: Facts) -> Finding:
    (found,) = judge(cpu_only_torch.CHECK, facts).findings
    return found


def install(facts: Facts) -> Install:
    steps = finding(facts).remedies[0].steps
    return next(step for step in steps if isinstance(step, Install))


def cpu(version: str, *more: Distribution, python: str = "3.11.7", **layers: Any) -> Facts:
    torch = distribution("torch", version, build="cpu", python=python)
    return environment(python=python, distributions=(torch, *more), **layers)


#: (torch, python, GPU, capability, driver) -> the requirement for torch and the index; None where only words help
COMBINATIONS = [
    ("2.6.0", "3.11.7", "NVIDIA H100 80GB HBM3", "9.0", "580.65.06", ("2.6.0+cu126", "cu126")),
    ("2.6.0", "3.11.7", "NVIDIA H100 80GB HBM3", "9.0", "550.54.15", ("2.6.0+cu124", "cu124")),
    ("2.6.0", "3.11.7", "NVIDIA H100 80GB HBM3", "9.0", "535.129.03", ("2.6.0+cu118", "cu118")),
    ("2.8.0", "3.11.7", "NVIDIA A100-SXM4-80GB", "8.0", "535.129.03", ("2.8.0+cu129", "cu129")),
    ("2.6.0", "3.11.7", "NVIDIA A100-SXM4-80GB", "8.0", "470.82.01", ("2.6.0+cu118", "cu118")),
    ("2.9.1", "3.12.1", "NVIDIA GeForce RTX 4090", "8.9", "580.95.05", ("2.9.1+cu130", "cu130")),
    ("2.9.1", "3.12.1", "NVIDIA GeForce RTX 4090", "8.9", "570.26", ("2.9.1+cu128", "cu128")),
    ("2.9.1", "3.12.1", "NVIDIA GeForce RTX 5090", "12.0", "570.124.06", ("2.9.1+cu128", "cu128")),
    ("2.6.0", "3.12.1", "NVIDIA GeForce RTX 5090", "12.0", "570.124.06", ("2.7.0+cu128", "cu128")),
    ("2.6.0", "3.12.1", "NVIDIA GeForce RTX 5090", "12.0", "470.82.01", None),
    ("2.15.0", "3.13.0", "NVIDIA B200", "10.0", "595.45.04", ("2.15.0+cu132", "cu132")),
    ("2.15.0", "3.13.0", "NVIDIA B200", "10.0", "580.65.06", ("2.15.0+cu132", "cu132")),
    ("2.15.0", "3.13.0", "Tesla V100-SXM2-16GB", "7.0", "580.65.06", ("2.14.1+cu126", "cu126")),
    ("2.15.0", "3.13.0", "NVIDIA GeForce GTX 1080", "6.1", "535.129.03", ("2.14.1+cu126", "cu126")),
    ("2.10.0", "3.11.7", "Tesla V100-SXM2-16GB", "7.0", "570.26", ("2.10.0+cu128", "cu128")),
    ("2.15.0", "3.15.0", "Tesla V100-SXM2-16GB", "7.0", "580.65.06", None),
    ("2.4.1", "3.11.7", "Tesla T4", "7.5", "450.80.02", ("2.4.1+cu118", "cu118")),
    ("2.4.1", "3.11.7", "Tesla T4", "7.5", "440.33.01", None),
    ("2.4.1", "3.11.7", "Tesla T4", "", "535.129.03", ("2.4.1+cu121", "cu121")),
    ("2.0.1", "3.10.13", "Tesla K80", "3.7", "470.82.01", ("2.0.1+cu118", "cu118")),
    ("2.16.0", "3.13.0", "NVIDIA H100 80GB HBM3", "9.0", "595.45.04", None),
]


@pytest.mark.parametrize(("version", "python", "name", "capability", "driver", "wanted"), COMBINATIONS)
def test_remedy_fits_driver_and_gpu(
    version: str, python: str, name: str, capability: str, driver: str, wanted: tuple[str, str] | None
) -> None:
    facts = cpu(version, python=python, machine=machine(name, capability, driver))
    if wanted is None:
        (step,) = finding(facts).remedies[0].steps
        assert isinstance(step, Tell)
        assert driver in step.text
    else:
        step = install(facts)
        assert step.specs == (f"torch=={wanted[0]}",)
        assert step.index_url.endswith(f"/{wanted[1]}")


def test_companions_come_along_only_where_they_are_installed() -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "580.65.06", "13.0")
    vision, audio = distribution("torchvision", "0.21.0"), distribution("torchaudio", "2.6.0")
    assert install(cpu("2.6.0", vision, audio, machine=host)).specs == (
        "torch==2.6.0+cu126",
        "torchvision==0.21.0+cu126",
        "torchaudio==2.6.0+cu126",
    )
    vision, audio = distribution("torchvision", "0.29.2"), distribution("torchaudio", "2.11.0")
    assert install(cpu("2.14.1", vision, audio, machine=host)).specs[1:] == (
        "torchvision==0.29.2+cu130",
        "torchaudio==2.11.0+cu130",
    )


def test_a_torchaudio_of_no_fitting_build_goes() -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "595.71.05", "13.2")
    audio = distribution("torchaudio", "2.11.0", build="cpu")
    facts = cpu("2.15.0", audio, machine=host)
    assert install(facts).specs == ("torch==2.15.0+cu132",)
    assert Uninstall("pip", ("torchaudio",)) in finding(facts).remedies[0].steps


def test_windows_needs_its_own_driver_numbers() -> None:
    host = machine("NVIDIA GeForce RTX 3090", "8.6", "531.14")
    facts = cpu("2.6.0", machine=host, identity={"system": "windows"})
    assert install(facts).specs == ("torch==2.6.0+cu118",)
    newer = machine("NVIDIA GeForce RTX 3090", "8.6", "551.61")
    assert install(cpu("2.6.0", machine=newer, identity={"system": "windows"})).specs == ("torch==2.6.0+cu124",)


def test_arm_takes_only_builds_known_for_it() -> None:
    host = machine("NVIDIA GH200 480GB", "9.0", "560.35.03")
    assert install(cpu("2.13.0", machine=host, identity={"architecture": "aarch64"})).specs == ("torch==2.13.0+cu126",)
    assert install(cpu("2.0.1", machine=host, identity={"architecture": "aarch64"})).specs == ("torch==2.4.0+cu124",)


def test_two_kinds_of_gpu_take_a_build_for_both() -> None:
    gpus = Gpus((Gpu("Tesla V100", "7.0"), Gpu("NVIDIA H100", "9.0")), "580.65.06", "580.65.06", "13.0", "nvml")
    assert install(cpu("2.10.0", machine=Machine(gpus=gpus))).specs == ("torch==2.10.0+cu128",)


def test_macos_and_rocm_are_no_mistake() -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "580.65.06")
    assert not judge(cpu_only_torch.CHECK, cpu("2.6.0", machine=host, identity={"system": "macos"})).findings
    rocm = environment(distributions=(distribution("torch", "2.6.0", build="rocm6.2"),), machine=host)
    assert not judge(cpu_only_torch.CHECK, rocm).findings


def test_the_torch_that_is_imported_counts() -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "580.65.06")
    theirs = distribution("torch", "2.6.0", build="cpu", site="~/.local/lib/python3.11/site-packages")
    ours = distribution("torch", "2.6.0", build="cu124")
    assert not judge(cpu_only_torch.CHECK, environment(distributions=(theirs, ours), machine=host)).findings


@pytest.mark.parametrize(
    ("channel", "build", "more", "specs", "channels"),
    [
        (
            "conda-forge",
            "cpu_generic_py311_h1_0",
            (),
            ("pytorch-gpu=2.5.1", "cuda-version<13"),
            ("conda-forge",),
        ),
        ("pytorch", "py3.11_cpu_0", ("cpuonly",), ("pytorch=2.5.1", "pytorch-cuda"), ("pytorch", "nvidia")),
        ("pkgs/main", "cpu_py311h6a5fee3_1", (), ("pytorch-gpu=2.5.1", "cuda-version<13"), ("pkgs/main",)),
    ],
)
def test_conda_builds(
    channel: str, build: str, more: tuple[str, ...], specs: tuple[str, ...], channels: tuple[str, ...]
) -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "550.54.15", "12.4")
    records = [record("pytorch", "2.5.1", build, channel=channel), *(record(name, "1.0") for name in more)]
    facts = environment(kind="conda", records=records, machine=host)
    assert finding(facts).severity is Severity.ERROR
    step = install(facts)
    assert (step.manager, step.specs, step.channels) == ("conda", specs, channels)
    assert any(isinstance(step, Uninstall) for step in finding(facts).remedies[0].steps) == bool(more)


@pytest.mark.parametrize("build", ["py3.11_cuda12.4_cudnn9.1.0_0", "cuda126_mkl_py312_h1_300", "gpu_cuda124_py311h1_1"])
def test_conda_cuda_builds_are_fine(build: str) -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "550.54.15", "12.4")
    facts = environment(kind="conda", records=(record("pytorch", "2.5.1", build),), machine=host)
    assert judge(cpu_only_torch.CHECK, facts).state == "fine"


def test_pip_over_conda_is_judged_by_pips_files() -> None:
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "550.54.15", "12.4")
    records = (record("pytorch", "2.5.1", "cuda124_py311_h1_300"),)
    facts = environment(
        kind="conda", records=records, distributions=(distribution("torch", "2.6.0", build="cpu"),), machine=host
    )
    assert install(facts).manager == "pip"
    unknown = environment(kind="conda", records=records, distributions=(distribution("torch", "2.6.0"),), machine=host)
    assert judge(cpu_only_torch.CHECK, unknown).state == "skipped"


@pytest.mark.parametrize(
    ("code", "capability", "expected"),
    [
        (86, "8.9", True),
        (80, "8.6", True),
        (86, "8.0", False),
        (90, "12.0", False),
        (120, "12.1", True),
        (100, "10.3", True),
        (60, "6.2", False),
        (87, "8.7", True),
        (87, "8.9", False),
        (80, "8.7", False),
    ],
)
def test_machine_code_and_capability(code: int, capability: str, expected: bool) -> None:
    assert runs(code, capability) is expected


def test_drivers_and_toolkits() -> None:
    assert driver_suffices("525.60.13", "12.9", "linux")
    assert not driver_suffices("525.53", "12.0", "linux")
    assert not driver_suffices("575.57.08", "13.0", "linux")
    assert not driver_suffices("999", "10.2", "linux")
    assert newest_cuda("550.54.15", "linux") == "12.4"
    assert newest_cuda("566.03", "windows") == "12.6"
    assert newest_cuda("300", "linux") == ""


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("NVIDIA H200", "9.0"),
        ("NVIDIA A100-SXM4-80GB", "8.0"),
        ("NVIDIA A10", "8.6"),
        ("Tesla T4", "7.5"),
        ("NVIDIA L4", "8.9"),
        ("NVIDIA GeForce RTX 5090", "12.0"),
        ("NVIDIA RTX 6000 Ada Generation", "8.9"),
        ("Quadro P2200", ""),
    ],
)
def test_capability_by_name(name: str, capability: str) -> None:
    assert capability_of(name) == capability


def test_every_release_has_a_build_for_a_common_gpu() -> None:
    host = Host("595.71.05", ("8.0",))
    for release in RELEASES:
        assert builds_for(release, host), release.version
        assert choose(release.version, host) is not None
    assert find_release("2.6.0+cpu") == find_release("2.6.0")
    assert find_release("2.6.0.dev1") is None


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("__version__ = '2.15.0+cu132'\ncuda: Optional[str] = '13.2'\nhip: Optional[str] = None\n", "cu132"),
        ("__version__ = '2.6.0'\ndebug = False\ncuda = '12.4'\nhip = None\n", "cu124"),
        ("__version__ = '2.6.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n", "cpu"),
        ("__version__ = '2.6.0'\ncuda = None\nhip = '6.2.41133-dd7f95766'\n", "rocm6.2"),
        ("__version__ = '2.6.0+xpu'\ncuda = None\nhip = None\nxpu = '20250000'\n", "xpu"),
        ("__version__ = '2.5.0a0+872d972e41.nv24.08'\ncuda: str = '12.6'\n", "cu126"),
        ("something else", ""),
        ("__version__ = 'x'\ncuda = '\x1b[31m'\n", "cu\ufffd[31m"),
    ],
)
def test_build_of_version_file(tmp_path: Path, text: str, build: str) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch/version.py").write_text(text)
    assert read_build(str(tmp_path), "torch") == build
    assert read_build(str(tmp_path), "torchvision") == ""


def test_build_without_the_file(tmp_path: Path) -> None:
    assert read_build(str(tmp_path), "torch") == ""


def test_hidden_gpu_names_the_line_only_where_it_is_the_cause() -> None:
    torch = distribution("torch", "2.6.0", build="cu124")
    host = machine("NVIDIA A100-SXM4-80GB", "8.0", "580.65.06", "13.0")
    line = Variable("CUDA_VISIBLE_DEVICES", "-1", "~/.bashrc", 12)
    for value, source in (("-1", "~/.bashrc"), ("", "")):
        settings = Settings(variables=(Variable("CUDA_VISIBLE_DEVICES", value),), shell=(line,))
        facts = environment(distributions=(torch,), machine=host, settings=settings)
        (found,) = judge(hidden_gpu.CHECK, facts).findings
        assert found.evidence[0].path == source
