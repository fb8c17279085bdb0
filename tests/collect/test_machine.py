"""The machine layer, read from recorded trees: what the kernel, PATH and the usual folders of a machine say."""

from __future__ import annotations

import os
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from doctor.collect import machine
from doctor.facts import Facts
from doctor.facts.machine import Gpu, Machine
from doctor.reading.machine import gpus
from doctor.reading.machine.gpus import Answer, read_gpus
from doctor.target.environment import Environment, Request

V2 = "fpu cmov cx8 fxsr mmx sse sse2 lm cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
V3 = f"{V2} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"
V4 = f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl"
OPEN_DRIVER = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22-I3)\n"
    "GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n"
)
CLOSED_DRIVER = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023\nGCC version:\n"
)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def program(path: Path, text: str = "\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def look(root: Path, **variables: str) -> Machine:
    home = root / "home/ada"
    home.mkdir(parents=True, exist_ok=True)
    prefix = root / "home/ada/project/.venv"
    prefix.mkdir(parents=True, exist_ok=True)
    return machine.read(Request(Environment(prefix, "venv"), variables=variables, home=home, root=root), Facts())


def cpuinfo(*flags: str) -> str:
    return "".join(f"processor\t: {n}\nmodel name\t: A CPU\nflags\t\t: {text}\n\n" for n, text in enumerate(flags))


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ((V4, V4), 4),
        ((V3,), 3),
        ((V3.replace(" movbe", ""),), 2),
        ((V2,), 2),
        (("fpu cmov cx8 fxsr mmx sse sse2 lm",), 1),
        ((V4, V2), 2),  # a mixed pair of processors runs only what both can
        (("fpu sse sse2",), 0),  # 32 bit
    ],
)
def test_level_of_the_processor(tmp_path: Path, flags: tuple[str, ...], level: int) -> None:
    write(tmp_path, {"proc/cpuinfo": cpuinfo(*flags)})
    found = look(tmp_path)
    assert found.x86_64_level == level
    assert found.cores == len(flags)


def test_arm_has_no_level(tmp_path: Path) -> None:
    write(tmp_path, {"proc/cpuinfo": "processor\t: 0\nCPU implementer\t: 0x41\nFeatures\t: fp asimd\n"})
    found = look(tmp_path)
    assert (found.x86_64_level, found.architecture) == (0, "aarch64")


def test_memory_release_and_libc(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/cpuinfo": cpuinfo(V2),
            "proc/meminfo": "MemTotal:       16314212 kB\nMemFree: 1 kB\n",
            "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
            "lib/x86_64-linux-gnu/libc.so.6": "\x7fELF\0GNU C Library (GNU libc) stable release version 2.31.\n",
        },
    )
    found = look(tmp_path)
    assert found.memory == 16_314_212 * 1024
    assert found.release == "6.1.0-18-amd64"
    assert found.libc == "glibc 2.31"


def test_musl(tmp_path: Path) -> None:
    write(tmp_path, {"proc/cpuinfo": cpuinfo(V2), "lib/ld-musl-x86_64.so.1": "\x7fELF\0libc.musl\x001.2.4\x00more"})
    assert look(tmp_path).libc == "musl 1.2"


UNIFIED = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"


def test_cgroup_2_takes_the_smallest_on_the_way_up(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/slice/job\n",
            "proc/self/mountinfo": UNIFIED,
            "sys/fs/cgroup/slice/job/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/slice/cpu.max": "250000 100000\n",
            "sys/fs/cgroup/cpu.max": "max 100000\n",
            "sys/fs/cgroup/slice/job/memory.max": "8589934592\n",
            "sys/fs/cgroup/slice/memory.max": "max\n",
        },
    )
    found = look(tmp_path)
    assert found.quota == 2.5
    assert found.memory_limit == 8 * 1024**3


def test_cgroup_1_of_a_container_that_sees_its_own_group_only(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "5:cpu,cpuacct:/docker/abc/job\n4:memory:/docker/abc\n0::/\n",
            "proc/self/mountinfo": (
                "33 31 0:30 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
                "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
            ),
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "150000\n",
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "2147483648\n",
        },
    )
    found = look(tmp_path)
    assert found.quota == 1.5
    assert found.memory_limit == 2 * 1024**3


def test_no_limit_is_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/\n3:cpu:/\n",
            "proc/self/mountinfo": (
                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                "36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
            ),
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    found = look(tmp_path)
    assert (found.quota, found.memory_limit) == (0.0, 0)


def test_the_real_machine_agrees_with_python() -> None:
    here = Path(sys.prefix)
    found = machine.read(Request(Environment(here, "venv"), variables=dict(os.environ), home=Path.home()), Facts())
    assert found.cores == len(os.sched_getaffinity(0))
    assert found.memory == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert found.release == os.uname().release
    assert found.libc.split()[0] in ("glibc", "musl")
    assert {disk.role for disk in found.disks} >= {"environment", "temporary", "home"}
    assert all(0 <= disk.free <= disk.total for disk in found.disks)


def gpu_tree(root: Path, *, version: str = OPEN_DRIVER, devices: bool = True, library: str = "580.65.06") -> None:
    model = "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 112\nDevice Minor: \t "
    write(
        root,
        {
            "proc/driver/nvidia/version": version,
            "proc/driver/nvidia/gpus/0000:17:00.0/information": f"{model}0\n",
            "proc/driver/nvidia/gpus/0000:65:00.0/information": f"{model}1\n",
        },
    )
    if library:
        folder = root / "usr/lib/x86_64-linux-gnu"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "libnvidia-ml.so.1").symlink_to(f"libnvidia-ml.so.{library}")
    if devices:
        write(root, {"dev/nvidiactl": "", "dev/nvidia0": ""})


def answering(answer: Answer) -> Callable[[], Answer]:
    return lambda: answer


def test_gpus_of_the_kernel_that_have_a_device_file(tmp_path: Path) -> None:
    gpu_tree(tmp_path)
    found = look(tmp_path).gpus
    assert found.devices == (Gpu("NVIDIA H100 80GB HBM3"),), "the second has no device file in here"
    assert (found.kernel_module, found.driver, found.source) == ("580.65.06", "580.65.06", "proc")
    assert not found.mismatch


def test_closed_driver_and_another_library(tmp_path: Path) -> None:
    gpu_tree(tmp_path, version=CLOSED_DRIVER, library="535.161.08")
    found = look(tmp_path).gpus
    assert (found.kernel_module, found.driver) == ("535.129.03", "535.161.08")
    assert found.mismatch


def test_container_without_a_gpu_still_sees_the_hosts_proc(tmp_path: Path) -> None:
    gpu_tree(tmp_path, devices=False, library="535.161.08")
    found = look(tmp_path).gpus
    assert found.devices == ()
    assert not found.mismatch


def test_nvml_is_asked_only_where_a_driver_is(tmp_path: Path) -> None:
    def never() -> Answer:
        raise AssertionError("asked without a driver")

    assert read_gpus(tmp_path, False, never).source == "none"
    gpu_tree(tmp_path, devices=False)
    assert read_gpus(tmp_path, False, never).devices == ()


def test_nvml_answers(tmp_path: Path) -> None:
    gpu_tree(tmp_path)
    device = Gpu("NVIDIA H100 80GB HBM3", "9.0", 85_520_809_984)
    found = read_gpus(tmp_path, False, answering(Answer(0, "580.65.06", "13.0", (device,))))
    assert found.devices == (device,)
    assert (found.source, found.cuda, found.mismatch) == ("nvml", "13.0", False)


def test_nvml_says_that_driver_and_library_differ(tmp_path: Path) -> None:
    gpu_tree(tmp_path, library="")
    found = read_gpus(tmp_path, False, answering(Answer(18)))
    assert found.mismatch
    assert found.devices, "the kernel still shows it"


def test_wsl_has_no_proc_files(tmp_path: Path) -> None:
    write(tmp_path, {"dev/dxg": "", "usr/lib/wsl/lib/libnvidia-ml.so.1": ""})
    device = Gpu("NVIDIA GeForce RTX 4090", "8.9", 1)
    assert read_gpus(tmp_path, False, answering(Answer(0, "566.03", "12.7", (device,)))).devices == (device,)
    assert read_gpus(tmp_path, False, None).source == "none"


def fake_nvml(monkeypatch: pytest.MonkeyPatch, **functions: object) -> None:
    module = types.ModuleType("pynvml")

    class NVMLError(Exception):
        def __init__(self, value: int) -> None:
            super().__init__(value)
            self.value = value

    def fails(value: int) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            raise NVMLError(value)

        return call

    plain: dict[str, object] = {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlSystemGetDriverVersion": lambda: b"580.65.06",
        "nvmlSystemGetCudaDriverVersion_v2": lambda: 13_010,
        "nvmlDeviceGetHandleByIndex": lambda number: number,
        "nvmlDeviceGetName": lambda handle: "NVIDIA \x1b[31mH200",
        "nvmlDeviceGetCudaComputeCapability": lambda handle: (9, 0),
        "nvmlDeviceGetMemoryInfo": fails(3),
    }
    for name, function in (plain | functions).items():
        setattr(module, name, fails(function) if isinstance(function, int) else function)
    monkeypatch.setitem(sys.modules, "pynvml", module)


def test_nvml_is_read_and_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_nvml(monkeypatch)
    assert gpus.ask_nvml() == Answer(0, "580.65.06", "13.1", (Gpu("NVIDIA \ufffd[31mH200", "9.0", 0),))


def test_nvml_that_fails_tells_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_nvml(monkeypatch, nvmlInit=18)
    assert gpus.ask_nvml().error == 18


def test_wedged_driver_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    fake_nvml(monkeypatch, nvmlInit=lambda: release.wait(20))
    start = time.perf_counter()
    assert gpus.ask_nvml(0.05).error == -1
    release.set()
    assert time.perf_counter() - start < 10


def test_no_gpu_costs_no_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)  # an import would raise
    assert look(tmp_path).gpus.source == "none"


def venv(root: Path, name: str) -> Path:
    prefix = root / name
    write(prefix, {"pyvenv.cfg": "home = /usr/bin\nversion = 3.11.7\n"})
    program(prefix / "bin/python")
    (prefix / "lib/python3.11/site-packages/pip-24.0.dist-info").mkdir(parents=True)
    (prefix / "lib/python3.11/site-packages/jupyter_core-5.7.2.dist-info").mkdir()
    program(prefix / "bin/pip", f"#!{prefix}/bin/python\nimport pip\n")
    return prefix


def test_tools_on_path(tmp_path: Path) -> None:
    prefix = venv(tmp_path, "home/ada/project/.venv")
    conda = tmp_path / "opt/conda"
    write(conda, {"conda-meta/conda-24.5.0-py311_0.json": "{}", "conda-meta/python-3.11.9-h955ad1f_0.json": "{}"})
    program(conda / "bin/python")
    program(conda / "bin/conda", f"#!{conda}/bin/python\n")
    program(conda / "condabin/conda", f"#!{conda}/bin/python\n")
    program(tmp_path / "home/ada/.local/bin/jupyter", f"#!{prefix}/bin/python3.11\n")
    program(tmp_path / "home/ada/.pyenv/shims/python", "#!/usr/bin/env bash\nexec pyenv exec python\n")
    write(tmp_path, {"home/ada/.local/bin/uv": "not a program", "home/ada/.config/uv/uv-receipt.json": "{}"})
    path = [prefix / "bin", tmp_path / "home/ada/.local/bin", conda / "bin", tmp_path / "home/ada/.pyenv/shims"]
    found = look(tmp_path, PATH=os.pathsep.join(map(str, path)), CONDA_EXE=str(conda / "bin/conda"))
    seen = [(tool.name, tool.path, tool.version, tool.environment) for tool in found.tools]
    assert seen == [
        ("pip", "~/project/.venv/bin/pip", "24.0", "~/project/.venv"),
        ("python", "~/project/.venv/bin/python", "3.11.7", "~/project/.venv"),
        ("jupyter", "~/.local/bin/jupyter", "5.7.2", "~/project/.venv"),
        ("conda", "/opt/conda/bin/conda", "24.5.0", "/opt/conda"),
        ("python", "/opt/conda/bin/python", "3.11.9", "/opt/conda"),
        ("python", "~/.pyenv/shims/python", "", ""),
    ]
    assert found.conda_roots == ("/opt/conda",)


def test_long_shebang_and_uv_receipt(tmp_path: Path) -> None:
    prefix = venv(tmp_path, "home/ada/project/.venv")
    program(tmp_path / "tools/pip", f"#!/bin/sh\n'''exec' \"{prefix}/bin/python\" \"$0\" \"$@\"\n' '''\nimport pip\n")
    program(tmp_path / "home/ada/.local/bin/uv")
    write(tmp_path, {"home/ada/.config/uv/uv-receipt.json": '{"version": "0.9.1"}'})
    path = f"{tmp_path}/tools{os.pathsep}{tmp_path}/home/ada/.local/bin{os.pathsep}relative"
    found = look(tmp_path, PATH=path)
    assert [(tool.name, tool.version, tool.environment) for tool in found.tools] == [
        ("pip", "24.0", "~/project/.venv"),
        ("uv", "0.9.1", ""),
    ]


def test_hostile_tools_do_not_hang(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    os.mkfifo(folder / "pip")
    (folder / "python").symlink_to("python")
    program(folder / "conda", "#!" + "x" * 100_000)
    (folder / "jupyter").mkdir()
    found = look(tmp_path, PATH=str(folder))
    assert [tool.name for tool in found.tools] == ["conda"]
    assert found.tools[0].environment == ""


def test_system_python_behind_links(tmp_path: Path) -> None:
    program(tmp_path / "usr/bin/python3.11")
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    program(tmp_path / "usr/bin/python")
    (tmp_path / "bin").symlink_to("usr/bin")
    write(tmp_path, {"usr/include/python3.11/patchlevel.h": '#define PY_VERSION      \t"3.11.2"\n'})
    found = look(tmp_path, PATH=f"/bin{os.pathsep}/usr/bin")
    assert [(tool.path, tool.version, tool.environment) for tool in found.tools] == [
        ("/bin/python", "3.11.2", "/usr"),
        ("/bin/python3", "3.11.2", "/usr"),
    ]


def test_disks_name_their_roles(tmp_path: Path) -> None:
    (tmp_path / "home/ada/.cache/pip").mkdir(parents=True)
    (tmp_path / "fast/uv").mkdir(parents=True)
    (tmp_path / "scratch").mkdir()
    found = look(tmp_path, UV_CACHE_DIR="/fast/uv", TMPDIR="/scratch")
    assert [(disk.role, disk.path) for disk in found.disks] == [
        ("environment", "~/project/.venv"),
        ("cache", "~/.cache/pip"),
        ("cache", "/fast/uv"),
        ("temporary", "/scratch"),
        ("home", "~"),
    ]
    assert len({disk.device for disk in found.disks}) == 1


def test_windows_and_macos_trees(tmp_path: Path) -> None:
    write(tmp_path / "w", {"Windows/System32/nvml.dll": "", "home/ada/AppData/Local/pip/Cache/x": ""})
    assert look(tmp_path / "w").system == "windows"
    assert [disk.path for disk in look(tmp_path / "w").disks if disk.role == "cache"] == ["~/AppData/Local/pip/Cache"]
    plist = "<key>ProductVersion</key>\n<string>14.5</string>"
    write(tmp_path / "m", {"System/Library/CoreServices/SystemVersion.plist": plist})
    assert (look(tmp_path / "m").system, look(tmp_path / "m").release) == ("macos", "14.5")
