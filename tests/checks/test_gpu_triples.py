"""Driver, GPU and framework build in the combinations that people have, each with what happens on such a machine.

The architectures are those that the wheels hold, as they were read out of them; the right answers were worked out by
hand from NVIDIA's tables, not by the code under test.
"""

from __future__ import annotations

import pytest

from doctor.checks.gpu import cpu_only_torch, driver_too_old, torch_companions_mismatch, unsupported_gpu
from doctor.examine import judge
from doctor.facts import Binaries, Distribution, Facts, Outside, Search, SearchFolder, TensorflowBuild
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.judgement.dependencies import visible_distributions
from doctor.judgement.gpu_needs import told_by_gpu
from doctor.model import Finding, Install, Severity, Uninstall

GPUS = {
    "K40": ("Tesla K40m", "3.5"),
    "K80": ("Tesla K80", "3.7"),
    "GTX 980": ("NVIDIA GeForce GTX 980", "5.2"),
    "P100": ("Tesla P100-PCIE-16GB", "6.0"),
    "GTX 1080": ("NVIDIA GeForce GTX 1080", "6.1"),
    "V100": ("Tesla V100-SXM2-16GB", "7.0"),
    "T4": ("Tesla T4", "7.5"),
    "A100": ("NVIDIA A100-SXM4-80GB", "8.0"),
    "RTX 3090": ("NVIDIA GeForce RTX 3090", "8.6"),
    "RTX 4090": ("NVIDIA GeForce RTX 4090", "8.9"),
    "L4": ("NVIDIA L4", "8.9"),
    "H100": ("NVIDIA H100 80GB HBM3", "9.0"),
    "B200": ("NVIDIA B200", "10.0"),
    "B300": ("NVIDIA B300 SXM6 AC", "10.3"),
    "RTX 5090": ("NVIDIA GeForce RTX 5090", "12.0"),
    "GB10": ("NVIDIA GB10", "12.1"),
}

_TO_CU118 = "sm_37 sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90"
_TO_90 = "sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90"
_FROM_75 = "sm_75 sm_80 sm_86 sm_90 sm_100 sm_120"
TORCH = {
    "torch 1.13.1 cu117": "sm_37 sm_50 sm_60 sm_70 sm_75 sm_80 sm_86",
    "torch 2.0.1 cu117": "sm_37 sm_50 sm_60 sm_70 sm_75 sm_80 sm_86",
    "torch 2.4.1 cu118": _TO_CU118,
    "torch 2.4.1 cu121": _TO_90,
    "torch 2.6.0 cu124": _TO_90,
    "torch 2.7.1 cu126": _TO_90,
    "torch 2.8.0 cu128": "sm_70 sm_75 sm_80 sm_86 sm_90 sm_100 sm_120",
    "torch 2.9.1 cu130": _FROM_75,
    "torch 2.13.0 cu130": _FROM_75 + " compute_120",
    "torch 2.15.0 cu132": _FROM_75,
}
_TF_OLD = ("sm_35", "sm_50", "sm_60", "sm_70", "sm_75", "compute_80")
_TF_NEW = ("sm_60", "sm_70", "sm_80", "sm_89", "compute_90")
TENSORFLOW = {
    "tensorflow 2.10.1": ("11.2", "8", _TF_OLD),
    "tensorflow 2.14.1": ("11.8", "8", _TF_OLD),
    "tensorflow 2.16.2": ("12.3", "8", ("sm_50", "sm_60", "sm_70", "sm_80", "compute_90")),
    "tensorflow 2.18.1": ("12.5.1", "9", _TF_NEW),
    "tensorflow 2.21.0": ("12.5.1", "9", _TF_NEW),
}

#: (driver, GPU, build, what happens): runs; driver too old; gpu without code; both; slow, for it compiles at start
TRIPLES = [
    # branch 470: CUDA 11 by minor-version compatibility, nothing of CUDA 12
    ("470.256.02", "K80", "torch 2.0.1 cu117", "runs"),
    ("470.256.02", "K80", "torch 2.4.1 cu118", "runs"),
    ("470.256.02", "K80", "torch 2.4.1 cu121", "both"),
    ("470.256.02", "K40", "torch 2.4.1 cu118", "gpu"),
    ("470.256.02", "K40", "tensorflow 2.14.1", "runs"),
    ("470.82.01", "A100", "torch 2.4.1 cu118", "runs"),
    ("470.82.01", "A100", "torch 2.4.1 cu121", "driver"),
    ("470.82.01", "T4", "tensorflow 2.10.1", "runs"),
    ("470.82.01", "T4", "tensorflow 2.18.1", "driver"),
    ("470.82.01", "V100", "jax cuda12", "driver"),
    # below every floor
    ("440.33.01", "V100", "torch 1.13.1 cu117", "driver"),
    ("450.80.02", "V100", "torch 1.13.1 cu117", "runs"),
    ("450.66", "V100", "torch 2.4.1 cu118", "driver"),
    # 510 to 520: CUDA 11 only
    ("510.47.03", "RTX 3090", "torch 2.0.1 cu117", "runs"),
    ("520.61.05", "RTX 4090", "torch 2.4.1 cu118", "runs"),
    ("520.61.05", "RTX 4090", "torch 2.6.0 cu124", "driver"),
    ("520.61.05", "H100", "torch 2.0.1 cu117", "gpu"),
    # from 525.60.13 on every CUDA 12
    ("525.60.13", "A100", "torch 2.8.0 cu128", "runs"),
    ("525.53", "A100", "torch 2.8.0 cu128", "driver"),
    ("525.147.05", "H100", "torch 2.7.1 cu126", "runs"),
    ("535.129.03", "H100", "torch 2.6.0 cu124", "runs"),
    ("535.129.03", "L4", "tensorflow 2.21.0", "runs"),
    ("535.129.03", "H100", "tensorflow 2.18.1", "runs"),
    ("535.129.03", "H100", "tensorflow 2.14.1", "slow"),
    ("535.129.03", "H100", "tensorflow 2.10.1", "slow"),
    ("535.129.03", "GTX 980", "tensorflow 2.16.2", "runs"),
    ("535.129.03", "GTX 980", "tensorflow 2.18.1", "gpu"),
    ("535.129.03", "GTX 980", "jax cuda12", "runs"),
    ("535.129.03", "P100", "torch 2.7.1 cu126", "runs"),
    ("535.129.03", "P100", "torch 2.8.0 cu128", "gpu"),
    ("535.129.03", "GTX 1080", "torch 2.7.1 cu126", "runs"),
    ("535.129.03", "H100", "torch 2.9.1 cu130", "driver"),
    ("535.129.03", "A100", "jax cuda13", "driver"),
    # PTX needs the driver of the toolkit that made it
    ("545.23.08", "B200", "tensorflow 2.18.1", "driver"),
    ("555.42.02", "B200", "tensorflow 2.18.1", "slow"),
    ("510.47.03", "H100", "tensorflow 2.14.1", "driver"),
    # 550 to 575
    ("550.54.15", "V100", "torch 2.8.0 cu128", "runs"),
    ("550.54.15", "RTX 4090", "torch 2.15.0 cu132", "driver"),
    ("560.35.05", "T4", "torch 2.7.1 cu126", "runs"),
    ("570.124.06", "RTX 5090", "torch 2.8.0 cu128", "runs"),
    ("570.124.06", "RTX 5090", "torch 2.6.0 cu124", "gpu"),
    ("570.124.06", "RTX 5090", "torch 2.9.1 cu130", "driver"),
    ("570.124.06", "RTX 5090", "tensorflow 2.21.0", "slow"),
    ("570.124.06", "B200", "torch 2.7.1 cu126", "gpu"),
    ("575.57.08", "B200", "torch 2.15.0 cu132", "driver"),
    ("575.57.08", "V100", "torch 2.9.1 cu130", "both"),
    ("575.57.08", "V100", "jax cuda13", "both"),
    # 580 and newer: CUDA 13, and everything before it
    ("580.65.06", "A100", "torch 2.15.0 cu132", "runs"),
    ("580.65.06", "A100", "torch 2.4.1 cu118", "runs"),
    ("580.65.06", "V100", "torch 2.9.1 cu130", "gpu"),
    ("580.65.06", "V100", "torch 2.8.0 cu128", "runs"),
    ("580.65.06", "V100", "jax cuda12", "runs"),
    ("580.65.06", "V100", "jax cuda13", "gpu"),
    ("580.65.06", "GTX 980", "torch 2.15.0 cu132", "gpu"),
    ("580.95.05", "B300", "torch 2.9.1 cu130", "runs"),
    ("580.95.05", "GB10", "torch 2.9.1 cu130", "runs"),
    ("580.95.05", "GB10", "torch 2.7.1 cu126", "gpu"),
    ("595.45.04", "RTX 5090", "torch 2.13.0 cu130", "runs"),
    ("595.45.04", "RTX 5090", "jax cuda13", "runs"),
    ("595.45.04", "K80", "tensorflow 2.16.2", "gpu"),
]


def patient(driver: str, gpu: str, build: str, *, search: Search | None = None) -> Facts:
    name, capability = GPUS[gpu]
    machine = Machine(gpus=Gpus((Gpu(name, capability),), driver, driver, "", "nvml"))
    dists, binaries = parts(build)
    if search:
        binaries = binaries._replace(search=search)
    return environment(distributions=dists, binaries=binaries, machine=machine)


def parts(build: str) -> tuple[tuple[Distribution, ...], Binaries]:
    if build.startswith("torch "):
        _, version, variant = build.split()
        code = tuple(TORCH[build].split())
        return (distribution("torch", version, build=variant),), Binaries(torch_architectures=code)
    if build.startswith("tensorflow "):
        cuda, cudnn, capabilities = TENSORFLOW[build]
        told = TensorflowBuild("tensorflow/python/platform/build_info.py", True, False, cuda, cudnn, capabilities)
        return (distribution("tensorflow", build.split()[1]),), Binaries(tensorflow=told)
    plugin = build.removeprefix("jax ")
    return (
        distribution("jax", "0.8.2"),
        distribution("jaxlib", "0.8.2"),
        distribution(f"jax-{plugin}-plugin", "0.8.2"),
        distribution(f"jax-{plugin}-pjrt", "0.8.2"),
    ), Binaries()


def verdict(facts: Facts) -> str:
    driver = judge(driver_too_old.CHECK, facts)
    gpu = judge(unsupported_gpu.CHECK, facts)
    assert {driver.state, gpu.state} <= {"fine", "findings"}, (driver.reason, gpu.reason)
    graver = [finding.severity for finding in gpu.findings]
    if driver.findings:
        return "both" if Severity.ERROR in graver else "driver"
    return "gpu" if Severity.ERROR in graver else "slow" if graver else "runs"


@pytest.mark.parametrize(("driver", "gpu", "build", "expected"), TRIPLES, ids=lambda value: str(value))
def test_what_happens(driver: str, gpu: str, build: str, expected: str) -> None:
    assert verdict(patient(driver, gpu, build)) == expected


def test_the_table_is_wide_enough() -> None:
    assert len(set(TRIPLES)) == len(TRIPLES) >= 40
    assert {gpu for _, gpu, _, _ in TRIPLES} == GPUS.keys()
    assert {build for _, _, build, _ in TRIPLES} >= TORCH.keys() | TENSORFLOW.keys()


@pytest.mark.parametrize(("driver", "gpu", "build", "expected"), TRIPLES, ids=lambda value: str(value))
def test_a_remedy_for_torch_runs_there(driver: str, gpu: str, build: str, expected: str) -> None:
    """What is offered as a build is one that the same tables call sound: no finding leads to the next."""
    facts = patient(driver, gpu, build)
    findings = (*judge(driver_too_old.CHECK, facts).findings, *judge(unsupported_gpu.CHECK, facts).findings)
    for finding in findings:
        for step in steps(finding):
            version, _, variant = step.specs[0].removeprefix("torch==").partition("+")
            name = f"torch {version} {variant}"
            if step.specs[0].startswith("torch==") and name in TORCH:
                assert verdict(patient(driver, gpu, name)) in ("runs", "slow")


def steps(finding: Finding) -> list[Install]:
    return [step for remedy in finding.remedies for step in remedy.steps if isinstance(step, Install)]


#: (driver, GPU, build, compatibility libraries, what happens); they work on data-centre GPUs only
FORWARD = [
    ("535.129.03", "H100", "torch 2.9.1 cu130", "580.65.06", "runs"),
    ("535.129.03", "H100", "torch 2.15.0 cu132", "595.45.04", "runs"),
    ("535.129.03", "H100", "torch 2.9.1 cu130", "550.54.15", "driver"),
    ("470.82.01", "A100", "torch 2.6.0 cu124", "550.54.15", "runs"),
    ("535.129.03", "RTX 4090", "torch 2.9.1 cu130", "580.65.06", "driver"),
    ("535.129.03", "V100", "torch 2.9.1 cu130", "580.65.06", "gpu"),
    ("580.95.05", "H100", "torch 2.9.1 cu130", "550.54.15", "runs"),
]


@pytest.mark.parametrize(("driver", "gpu", "build", "compat", "expected"), FORWARD)
def test_compatibility_libraries(driver: str, gpu: str, build: str, compat: str, expected: str) -> None:
    names = ("libcuda.so", "libcuda.so.1", f"libcuda.so.{compat}", "libnvidia-ptxjitcompiler.so.1")
    search = Search(library_path=(SearchFolder("/usr/local/cuda/compat", names=names),), library_path_source="$")
    assert verdict(patient(driver, gpu, build, search=search)) == expected


def test_compatibility_libraries_that_cannot_be_judged() -> None:
    nameless = Search(library_path=(SearchFolder("/opt/compat", names=("libcuda.so.1",)),))
    facts = patient("535.129.03", "H100", "torch 2.9.1 cu130", search=nameless)
    assert "libcuda.so.1 of its own" in judge(driver_too_old.CHECK, facts).reason
    names = ("libcuda.so.1", "libcuda.so.580.65.06")
    compat = Search(library_path=(SearchFolder("/opt/compat", names=names),))
    unknown = Machine(gpus=Gpus((Gpu("NVIDIA RTX 6000 Ada Generation", "8.9"),), "535.129.03", "535.129.03"))
    facts = patient("535.129.03", "H100", "torch 2.9.1 cu130", search=compat)._replace(machine=unknown)
    assert "is not known" in judge(driver_too_old.CHECK, facts).reason
    stub = SearchFolder("/usr/local/cuda/lib64/stubs", names=("libcuda.so.1",))
    facts = patient("535.129.03", "H100", "torch 2.9.1 cu130", search=Search(library_path=(stub,)))
    assert judge(driver_too_old.CHECK, facts).findings


def test_a_container_whose_cache_leads_to_compatibility_libraries() -> None:
    facts = patient("535.129.03", "H100", "torch 2.9.1 cu130")
    path = "/usr/local/cuda-13.0/compat/libcuda.so.1"
    found = Outside("libcuda.so.1", path, "cache", target="/usr/local/cuda-13.0/compat/libcuda.so.580.65.06")
    assert verdict(facts._replace(binaries=facts.binaries._replace(outside=(found,)))) == "runs"


@pytest.mark.parametrize(
    ("build", "driver", "expected"),
    [
        ("py3.11_cuda12.4_cudnn9.1.0_0", "535.129.03", False),
        ("py3.11_cuda12.4_cudnn9.1.0_0", "470.82.01", True),
        ("cuda130_mkl_py311_h1_300", "570.124.06", True),
        ("cuda129_generic_py311_h1_200", "570.124.06", False),
        ("gpu_cuda118_py311h1_0", "470.82.01", False),
    ],
)
def test_conda_builds(build: str, driver: str, expected: bool) -> None:
    machine = Machine(gpus=Gpus((Gpu("NVIDIA A100-SXM4-80GB", "8.0"),), driver, driver, "", "nvml"))
    facts = environment(kind="conda", records=(record("pytorch", "2.7.0", build),), machine=machine)
    found = judge(driver_too_old.CHECK, facts).findings
    assert bool(found) == expected
    for finding in found:
        assert all(step.manager == "conda" for step in steps(finding))


def test_windows_has_floors_of_its_own() -> None:
    facts = patient("527.40", "RTX 3090", "torch 2.6.0 cu124")
    on_windows = facts._replace(identity=facts.identity._replace(system="windows"))
    assert verdict(on_windows) == "driver"
    assert verdict(facts) == "runs"


def test_the_pair_that_fits_is_one_command() -> None:
    facts = patient("550.54.15", "H100", "torch 2.9.1 cu130")
    trio = (distribution("torchvision", "0.24.1", build="cu130"), distribution("torchaudio", "2.9.1", build="cu130"))
    installed = facts.distributions._replace(installed=(*facts.distributions.installed, *trio))
    (finding,) = judge(driver_too_old.CHECK, facts._replace(distributions=installed)).findings
    (step,) = steps(finding)
    assert step.specs == ("torch==2.9.1+cu128", "torchvision==0.24.1+cu128", "torchaudio==2.9.1+cu128")
    assert step.index_url == "https://download.pytorch.org/whl/cu128"
    assert any("580.65.06" in remedy.title for remedy in finding.remedies)


def test_no_driver_is_advised_that_is_not_made_for_the_gpu() -> None:
    facts = patient("470.256.02", "K80", "torch 2.4.1 cu121")
    (finding,) = judge(driver_too_old.CHECK, facts).findings
    assert not any("Update the NVIDIA driver" in remedy.title for remedy in finding.remedies)
    assert steps(finding)[0].specs == ("torch==2.4.1+cu118",)


def test_a_driver_of_two_halves_is_told_elsewhere() -> None:
    facts = patient("470.82.01", "A100", "torch 2.9.1 cu130")
    halves = facts.machine.gpus._replace(mismatch=True)
    assert judge(driver_too_old.CHECK, facts._replace(machine=Machine(gpus=halves))).state == "fine"


def clashing(driver: str, *dists: Distribution, gpu: str = "H100") -> Facts:
    name, capability = GPUS[gpu]
    gpus = Gpus((Gpu(name, capability),), driver, driver, "", "nvml")
    return environment(distributions=dists, machine=Machine(gpus=gpus))


def test_libraries_of_the_family_that_goes_do_not_stay_in_the_way() -> None:
    """Left where they are, the wheels for CUDA 13 would share their path with those that the new build brings."""
    torch = distribution("torch", "2.9.1", build="cu130", requires=("nvidia-nccl-cu13==2.27.7",))
    nccl = distribution("nvidia-nccl-cu13", "2.27.7")
    (finding,) = judge(driver_too_old.CHECK, clashing("550.54.15", torch, nccl)).findings
    first, second = finding.remedies[0].steps
    assert first == Uninstall("pip", ("nvidia-nccl-cu13",))
    assert isinstance(second, Install)
    asks = ("jax-cuda13-pjrt==0.8.2", "nvidia-nccl-cu13>=2.18; extra == 'with-cuda'")
    plugin = distribution("jax-cuda13-plugin", "0.8.2", requires=asks)
    jax = (distribution("jax", "0.8.2"), distribution("jaxlib", "0.8.2"), plugin, nccl)
    (finding,) = judge(driver_too_old.CHECK, clashing("550.54.15", *jax)).findings
    assert finding.remedies[0].steps[0] == Uninstall("pip", ("jax-cuda13-plugin", "nvidia-nccl-cu13"))


def test_a_build_is_chosen_whose_libraries_others_share() -> None:
    torch, nccl = distribution("torch", "2.9.1", build="cpu"), distribution("nvidia-nccl-cu12", "2.27.7")
    boost = distribution("xgboost", "3.2.0", requires=("nvidia-nccl-cu12; platform_system == 'Linux'",))
    (alone,) = judge(cpu_only_torch.CHECK, clashing("580.65.06", torch)).findings
    (beside,) = judge(cpu_only_torch.CHECK, clashing("580.65.06", torch, boost, nccl)).findings
    assert steps(alone)[0].specs == ("torch==2.9.1+cu130",)
    assert steps(beside)[0].specs == ("torch==2.9.1+cu128",)


def test_companions_follow_to_a_build_that_runs() -> None:
    torch = distribution("torch", "2.9.1", build="cu130")
    vision = distribution("torchvision", "0.23.0", build="cu129", requires=("torch==2.8.0",))
    (there,) = judge(torch_companions_mismatch.CHECK, clashing("580.65.06", torch, vision)).findings
    assert steps(there)[0].specs == ("torch==2.9.1", "torchvision==0.24.1+cu130")
    (older,) = judge(torch_companions_mismatch.CHECK, clashing("550.54.15", torch, vision)).findings
    assert steps(older)[0].specs == ("torch==2.9.1+cu128", "torchvision==0.24.1+cu128")


def test_what_family_gpu_tells_is_told_only_once() -> None:
    vision = distribution("torchvision", "0.23.0", requires=("torch==2.8.0",))
    torch = distribution("torch", "2.9.1", build="cu130", requires=("nvidia-cublas==13.0.0.19", "triton==3.5.1"))
    visible = visible_distributions(environment(distributions=(torch, vision, distribution("triton", "3.4.0"))))
    assert told_by_gpu(vision, "torch", visible)
    assert told_by_gpu(torch, "triton", visible)
    assert told_by_gpu(torch, "nvidia-cublas", visible)
    assert not told_by_gpu(torch, "numpy", visible)
    assert not told_by_gpu(torch._replace(installer="conda"), "nvidia-cublas", visible)
    assert not told_by_gpu(torch, "triton", {key: dists for key, dists in visible.items() if key != "triton"})
    plugin = distribution("jax-cuda12-plugin", "0.8.2", requires=("jax-cuda12-pjrt==0.8.2",))
    assert not told_by_gpu(plugin, "jax-cuda12-pjrt", visible), "without jax nobody else would tell"
