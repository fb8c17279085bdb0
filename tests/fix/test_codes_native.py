"""Native libraries that do not fit are repaired, proven and taken back.

The libraries hold no code, but the real loader takes them. Processors are recorded ones: the collector reads them
from a tree with the kernel's file, before the repair and when it is verified. All else is real.
"""

from __future__ import annotations

import ctypes
import os
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from doctor.knowledge.system_libraries import BROUGHT_BY
from doctor.model import Safety
from doctor.reading.machine.processor import read_processor
from tests.fix.ward import Ward, cases_of
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_channel import Content, Package, distribution_files
from tests.patients.conda_command import make_conda_command
from tests.patients.elf import make_library
from tests.patients.examined import SITE
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

By = Literal["uv", "pip"]

TAG = sysconfig.get_config_var("EXT_SUFFIX")
OTHER_TAG = ".cpython-36m-x86_64-linux-gnu.so"
WHEEL = "py3-none-linux_x86_64"
OWN = "libown-0a1b2c3d.so.1"
STDCXX = "libstdc++.so.6"
ABOVE = "$ORIGIN/../../.."  #: of an extension module in site-packages/NAME: the environment's lib

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine != "x86_64", reason="x86-64 Linux loads these"
)


class Case(NamedTuple):
    """A patient, what it suffers from, and which remedy is to heal it."""

    make: Callable[[Ward, By], Path]
    code: str
    subject: str
    title: str = ""


def library(ward: Ward, **more: Any) -> bytes:
    """A library that has no code."""
    return make_library(ward.folder / "made.so", **more).read_bytes()


def module(ward: Ward, name: str = "demo", tag: str = TAG, **more: Any) -> dict[str, bytes]:
    """A package with one extension module."""
    return {f"{name}/__init__.py": b"", f"{name}/_core{tag}": library(ward, **more)}


def wheel(
    ward: Ward, files: Mapping[str, bytes], name: str = "demo", version: str = "1.0", needs: tuple[str, ...] = ()
) -> Path:
    return make_wheel(ward.wheels, name, version, files, tag=WHEEL, requires=needs)


def filled(ward: Ward, by: By, *wheels: Path) -> Path:
    """A virtual environment with these."""
    prefix = make_venv(ward.folder / "env", by="uv" if by == "uv" else "venv")
    for each in wheels:
        install(prefix, each, by=by)
    return prefix


def with_own(ward: Ward, **more: Any) -> dict[str, bytes]:
    """A package whose module needs a library that came with it."""
    own = {f"demo.libs/{OWN}": library(ward, soname=OWN, **more)}
    return module(ward, needed=[OWN, "libc.so.6"], rpath="$ORIGIN/../demo.libs") | own


def own_library_gone(ward: Ward, by: By) -> Path:
    prefix = filled(ward, by, wheel(ward, with_own(ward)))
    (prefix / SITE / "demo.libs" / OWN).unlink()
    return prefix


def not_here() -> str:
    """A library of the system that conda has too, and that this machine lacks."""
    for name, brought in BROUGHT_BY.items():
        try:
            ctypes.CDLL(name)
        except OSError:
            if brought.conda:
                return name
    pytest.skip("this machine has every library that anybody asks for")


def too_new_for_glibc(ward: Ward, by: By, name: str = "libc.so.6") -> Path:
    """The release as it was built elsewhere is installed; the one for this system is to be had."""
    needs = {name: ["GLIBC_2.99"]} if name == "libc.so.6" else {}
    prefix = filled(ward, by, wheel(ward, module(ward, needed=[name], needs=needs)))
    wheel(ward, module(ward, needed=["libc.so.6"]))
    return prefix


def only_older_fits_glibc(ward: Ward, by: By) -> Path:
    wheel(ward, module(ward, needed=["libc.so.6"]), version="0.9")
    return filled(ward, by, wheel(ward, module(ward, needs={"libc.so.6": ["GLIBC_2.99"]}), version="1.0+here"))


def made_for_alpine(ward: Ward, by: By) -> Path:
    return too_new_for_glibc(ward, by, "libc.musl-x86_64.so.1")


def of_another_processor(ward: Ward, by: By) -> Path:
    prefix = filled(ward, by, wheel(ward, module(ward, machine="aarch64")))
    wheel(ward, module(ward))
    return prefix


def library_of_another_processor(ward: Ward, by: By) -> Path:
    prefix = filled(ward, by, wheel(ward, with_own(ward, machine="aarch64")))
    wheel(ward, with_own(ward))
    return prefix


def of_another_python(ward: Ward, by: By) -> Path:
    prefix = filled(ward, by, wheel(ward, module(ward, tag=OTHER_TAG)))
    wheel(ward, module(ward))
    return prefix


def asking_numpy(ward: Ward, name: str, core: str) -> dict[str, bytes]:
    """A package whose module asks NumPy for its C interface by the name of NumPy 1 or 2."""
    return module(ward, name, text=b"PyCapsule_Import\0" + core.encode() + b"._multiarray_umath\0")


def numpy_2(ward: Ward, version: str = "2.2.6") -> Path:
    return wheel(ward, module(ward, "numpy"), "numpy", version)


def built_for_numpy_1(ward: Ward, by: By) -> Path:
    wheel(ward, asking_numpy(ward, "pandas", "numpy._core"), "pandas", "2.2.3", ("numpy>=1.22.4",))
    wheel(ward, asking_numpy(ward, "pandas", "numpy._core"), "pandas", "3.0.0", ("numpy>=1.26.0",))
    wheel(ward, module(ward, "numpy"), "numpy", "1.26.4")
    old = wheel(ward, asking_numpy(ward, "pandas", "numpy.core"), "pandas", "2.0.3", ("numpy>=1.20.3",))
    return filled(ward, by, numpy_2(ward), old)


def of_nobody_known_for_numpy_1(ward: Ward, by: By) -> Path:
    wheel(ward, asking_numpy(ward, "demo", "numpy._core"), version="1.1")
    old = wheel(ward, asking_numpy(ward, "demo", "numpy.core"), version="1.0+here")
    return filled(ward, by, numpy_2(ward), old)


def torch_for_numpy_1(ward: Ward, by: By) -> Path:
    old, new = ({"torch": torch, "torchvision": vision} for torch, vision in (("2.2.2", "0.17.2"), ("2.3.1", "0.18.1")))
    wheels = []
    for versions, core in ((new, "numpy._core"), (old, "numpy.core")):
        torch = asking_numpy(ward, "torch", core)
        torch["torch/version.py"] = f"__version__ = '{versions['torch']}+cpu'\ncuda = None\nhip = None\n".encode()
        needs = (f"torch=={versions['torch']}",)
        wheels = [
            wheel(ward, torch, "torch", f"{versions['torch']}+cpu"),
            wheel(ward, module(ward, "torchvision"), "torchvision", f"{versions['torchvision']}+cpu", needs),
        ]
    return filled(ward, by, numpy_2(ward), *wheels)


def replaced(ward: Ward, by: By) -> Path:
    """The forum's advice, followed in a wheel's folder."""
    prefix = filled(ward, by, wheel(ward, with_own(ward)))
    (prefix / SITE / "demo.libs" / OWN).unlink()
    theirs = make_library(ward.home / "lib" / "libown.so.1", soname=OWN)
    (prefix / SITE / "demo.libs" / OWN).symlink_to(theirs)
    return prefix


def linked_by_hand(ward: Ward, by: By) -> Path:
    prefix = filled(ward, by, wheel(ward, module(ward)))
    theirs = make_library(ward.home / "lib" / STDCXX, soname=STDCXX)
    (prefix / SITE / STDCXX).symlink_to(theirs)
    return prefix


def passed_over(ward: Ward, by: By) -> Path:
    """LD_LIBRARY_PATH brings another library of the name of this environment's own."""
    files = module(ward, needed=["libown.so.1"], runpath="$ORIGIN") | {
        "demo/libown.so.1": library(ward, soname="libown.so.1")
    }
    theirs = ward.home / "theirs"
    make_library(theirs / "libown.so.1", soname="libown.so.1")
    ward.more = {"LD_LIBRARY_PATH": str(theirs)}
    return filled(ward, by, wheel(ward, files))


def preloaded(ward: Ward, by: By) -> Path:
    prefix = passed_over(ward, by)
    ward.more = {"LD_PRELOAD": str(ward.home / "theirs/libown.so.1")}
    return prefix


def old_runtime_on_the_path(ward: Ward, by: By) -> Path:
    """LD_LIBRARY_PATH brings an old libstdc++ for a module that the system's would do for."""
    try:
        ctypes.CDLL(STDCXX)
    except OSError:
        pytest.skip("this machine has no libstdc++")
    theirs = ward.home / "matlab"
    make_library(theirs / STDCXX, soname=STDCXX, offers=["GLIBCXX_3.4", "GLIBCXX_3.4.1"])
    ward.more = {"LD_LIBRARY_PATH": str(theirs)}
    return filled(ward, by, wheel(ward, module(ward, needs={STDCXX: ["GLIBCXX_3.4.11"]})))


VENV = {
    "its own library is gone": Case(own_library_gone, "NAT001", "demo"),
    "an old runtime on the path": Case(old_runtime_on_the_path, "NAT002", STDCXX),
    "built on a newer system": Case(too_new_for_glibc, "NAT003", "demo", "that fits this system"),
    "an older release fits": Case(only_older_fits_glibc, "NAT003", "demo", "an older release"),
    "made for Alpine": Case(made_for_alpine, "NAT003", "demo"),
    "of another processor": Case(of_another_processor, "NAT004", "demo"),
    "a library of another processor": Case(library_of_another_processor, "NAT004", "demo"),
    "of another Python": Case(of_another_python, "NAT005", "demo"),
    "built for NumPy 1": Case(built_for_numpy_1, "NAT006", "pandas", "Upgrade"),
    "built for NumPy 1, unknown": Case(of_nobody_known_for_numpy_1, "NAT006", "demo", "Upgrade"),
    "torch for NumPy 1": Case(torch_for_numpy_1, "NAT006", "torch", "torch==2.3.1+cpu"),
    "replaced by a link": Case(replaced, "NAT007", "demo"),
    "a link of nobody's": Case(linked_by_hand, "NAT007", STDCXX),
    "another folder wins": Case(passed_over, "NAT009", "~/theirs"),
    "preloaded": Case(preloaded, "NAT009", "~/theirs/libown.so.1"),
}

BY_PIP = ("replaced by a link", "built on a newer system")


@pytest.mark.parametrize(("installer", "case"), cases_of(VENV, BY_PIP), indirect=["installer"])
def test_of_a_virtual_environment(ward: Ward, installer: By, case: Case) -> None:
    ward.repair(case.make(ward, installer), case.code, case.subject, case.title)


def test_opencv_gives_way_to_its_twin_without_windows(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has, a library that only windows need is not there."""
    name = not_here()
    monkeypatch.setattr("doctor.checks.native.missing_library.OF_WINDOWS", frozenset({name}))
    wheel(ward, module(ward, "cv2"), "opencv-python-headless", "4.10.0.84")
    wheels = [wheel(ward, module(ward, "cv2", needed=[name]), "opencv-python", "4.10.0.84")]
    wheels.append(make_wheel(ward.wheels, "asker", "1.0", {"asker.py": ""}, requires=["opencv-python>=4"]))
    done = ward.repair(filled(ward, "uv", *wheels), "NAT001", "opencv-python", "headless", note="asker: opencv-python")
    assert "opencv-python-headless" in {dist.key for dist in done.after.facts.distributions.installed}


def by_conda(ward: Ward, name: str, version: str, *depends: str, **more: Any) -> Package:
    """A Python package of conda's whose module finds the environment's libraries."""
    files = distribution_files(name, version, module(ward, name, runpath=ABOVE, **more))
    return Package(name, version, "h0_0", files, ("python", *depends))


def of_libraries(ward: Ward, name: str, version: str, soname: str, **more: Any) -> Package:
    """A package of conda's that brings one library."""
    files: dict[str, Content] = {f"lib/{soname}": library(ward, soname=soname, **more)}
    return Package(name, version, "h0_0", files)


def conda(ward: Ward, *wanted: str, more: tuple[Package, ...]) -> Path:
    """An environment below a conda that can change it, out of the test's own channel."""
    cache = ward.folder / "cache"
    make_conda_command(ward.tools, more=more, cache=cache)
    ward.offline = False
    prefix = ward.home / "miniforge3" / "envs" / "work"
    prefix.parent.mkdir(parents=True, exist_ok=True)
    return make_conda_prefix(prefix, packages=("python", *wanted), more=more, cache=cache)


def lacks_a_library_of_the_system(ward: Ward) -> Path:
    name = not_here()
    more = (by_conda(ward, "demo", "1.0", needed=[name]), of_libraries(ward, BROUGHT_BY[name].conda, "1.7", name))
    return conda(ward, "demo", more=more)


def lost_a_library(ward: Ward) -> Path:
    blas = of_libraries(ward, "libopenblas", "0.3.28", "libopenblas.so.0")
    more = (blas, by_conda(ward, "demo", "1.0", "libopenblas", needed=["libopenblas.so.0"]))
    prefix = conda(ward, "demo", more=more)
    (prefix / "lib/libopenblas.so.0").unlink()
    return prefix


def old_runtime(ward: Ward, stem: str = "libstdcxx") -> Path:
    """Compiled by a newer GCC than the one whose runtime is installed."""
    old, new = ("GLIBCXX_3.4.28", "GLIBCXX_3.4.9"), ("GLIBCXX_3.4.28", "GLIBCXX_3.4.32")
    more = (
        of_libraries(ward, stem, "9.3.0", STDCXX, offers=old),
        of_libraries(ward, stem, "14.2.0", STDCXX, offers=new),
        by_conda(ward, "demo", "1.0", stem, needs={STDCXX: ["GLIBCXX_3.4.32"]}),
    )
    return conda(ward, f"{stem} ==9.3.0", "demo", more=more)


def old_runtime_by_its_old_name(ward: Ward) -> Path:
    return old_runtime(ward, "libstdcxx-ng")


def old_libgcc(ward: Ward) -> Path:
    more = (
        of_libraries(ward, "libgcc", "9.3.0", "libgcc_s.so.1", offers=["GCC_3.0", "GCC_7.0.0"]),
        of_libraries(ward, "libgcc", "14.2.0", "libgcc_s.so.1", offers=["GCC_3.0", "GCC_7.0.0", "GCC_13.0.0"]),
        by_conda(ward, "demo", "1.0", "libgcc", needs={"libgcc_s.so.1": ["GCC_13.0.0"]}),
    )
    return conda(ward, "libgcc ==9.3.0", "demo", more=more)


def older_release_of_conda_fits(ward: Ward) -> Path:
    more = (
        by_conda(ward, "demo", "0.9", needed=["libc.so.6"]),
        by_conda(ward, "demo", "1.0", needs={"libc.so.6": ["GLIBC_2.99"]}),
    )
    return conda(ward, "demo ==1.0", more=more)


def written_over(ward: Ward) -> Path:
    """A file was copied here from another machine."""
    prefix = conda(ward, "demo", more=(by_conda(ward, "demo", "1.0"),))
    path = prefix / SITE / f"demo/_core{TAG}"
    path.unlink()
    path.write_bytes(library(ward, machine="aarch64"))
    return prefix


def condas_built_for_numpy_1(ward: Ward) -> Path:
    old, new = (
        distribution_files("pandas", version, asking_numpy(ward, "pandas", core))
        for version, core in (("2.0.3", "numpy.core"), ("2.2.3", "numpy._core"))
    )
    more = (
        *(by_conda(ward, "numpy", version) for version in ("1.26.4", "2.2.6")),
        Package("pandas", "2.0.3", "h0_0", old, ("python", "numpy")),
        Package("pandas", "2.2.3", "h0_0", new, ("python", "numpy")),
    )
    return conda(ward, "numpy ==2.2.6", "pandas ==2.0.3", more=more)


def linked_to_the_systems(ward: Ward) -> Path:
    more = (of_libraries(ward, "libstdcxx", "13.2.0", STDCXX), by_conda(ward, "demo", "1.0", "libstdcxx"))
    prefix = conda(ward, "demo", more=more)
    (prefix / "lib" / STDCXX).unlink()
    (prefix / "lib" / STDCXX).symlink_to(make_library(ward.home / "usr" / STDCXX, soname=STDCXX))
    return prefix


CONDA = {
    "lacks a library of the system": (lacks_a_library_of_the_system, "NAT001", "demo", "into this environment"),
    "lost a library": (lost_a_library, "NAT001", "libopenblas", ""),
    "an old runtime, its old name": (old_runtime_by_its_old_name, "NAT002", STDCXX, "Install libstdcxx-ng>=13.2"),
    "an old libgcc": (old_libgcc, "NAT002", "libgcc_s.so.1", "Install libgcc>=13.0.0"),
    "an older release fits": (older_release_of_conda_fits, "NAT003", "demo", "Install an older release"),
    "written over": (written_over, "NAT004", "demo", ""),
    "built for NumPy 1, newer": (condas_built_for_numpy_1, "NAT006", "pandas", "Upgrade"),
    "built for NumPy 1, back": (condas_built_for_numpy_1, "NAT006", "pandas", "Go back"),
    "linked to the system's": (linked_to_the_systems, "NAT007", "libstdcxx", ""),
}


@pytest.mark.parametrize(("make", "code", "subject", "title"), [pytest.param(*CONDA[name], id=name) for name in CONDA])
def test_of_a_conda_environment(ward: Ward, make: Callable[[Ward], Path], code: str, subject: str, title: str) -> None:
    ward.repair(make(ward), code, subject, title)


@pytest.mark.skipif(sys.version_info[:2] > (3, 12), reason="NumPy 1 has no wheels for this Python")
def test_all_that_was_built_for_numpy_1_is_repaired_by_going_back(ward: Ward) -> None:
    done = ward.repair(built_for_numpy_1(ward, "uv"), "NAT006", "pandas", "Go back to NumPy 1")
    assert {dist.key: dist.version for dist in done.after.facts.distributions.installed} == {
        "numpy": "1.26.4", "pandas": "2.0.3"
    }  # fmt: skip


@pytest.fixture
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Records a processor that has these features beside the oldest ones."""

    def record(more: str) -> None:
        path = tmp_path / "machine/proc/cpuinfo"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"processor\t: 0\nflags\t\t: lm cmov cx8 fpu fxsr mmx sse sse2 {more}\n")
        monkeypatch.setattr("doctor.collect.machine.read_processor", lambda _: read_processor(tmp_path / "machine"))

    return record


LEVEL_2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"


def test_a_numpy_that_needs_a_newer_processor(ward: Ward, processor: Callable[[str], None]) -> None:
    processor("")
    wheel(ward, module(ward, "numpy"), "numpy", "2.3.5")
    prefix = filled(ward, "uv", wheel(ward, module(ward, "numpy"), "numpy", "2.4.1"))
    done = ward.repair(prefix, "NAT008", "numpy", "numpy<2.4")
    assert [dist.version for dist in done.after.facts.distributions.installed] == ["2.3.5"]


def runtimes_of_polars(ward: Ward, version: str) -> tuple[Path, Path]:
    """polars as it is since 1.35: Python code that imports one of several runtimes, one of them an extra."""
    runtimes = [
        wheel(ward, module(ward, f"_polars_runtime_{kind}"), f"polars-runtime-{kind}", version)
        for kind in ("32", "compat")
    ]
    text = f"Metadata-Version: 2.1\nName: polars\nVersion: {version}\nProvides-Extra: rtcompat\n"
    text += f"Requires-Dist: polars-runtime-32=={version}\n"
    text += f"Requires-Dist: polars-runtime-compat=={version}; extra == 'rtcompat'\n"
    polars = make_wheel(ward.wheels, "polars", version, {"polars/__init__.py": ""}, extra_dist_info={"METADATA": text})
    return polars, runtimes[0]


@pytest.mark.parametrize("subject", ["polars-runtime-32", "polars"])
def test_a_polars_that_needs_a_newer_processor(ward: Ward, processor: Callable[[str], None], subject: str) -> None:
    processor(LEVEL_2)
    parts: tuple[Path, ...] = runtimes_of_polars(ward, "1.36.0")
    if subject == "polars":
        parts = (wheel(ward, module(ward, "polars"), "polars", "1.20.0"),)
    done = ward.repair(filled(ward, "uv", *parts), "NAT008", subject, "polars[rtcompat]")
    assert {dist.key: dist.version for dist in done.after.facts.distributions.installed} == dict.fromkeys(
        ("polars", "polars-runtime-32", "polars-runtime-compat"), "1.36.0"
    )


def test_a_conda_build_for_another_python_is_left_to_the_user(ward: Ward) -> None:
    """It brings the same files each time that it is linked."""
    files = distribution_files("demo", "1.0", module(ward, tag=OTHER_TAG))
    prefix = conda(ward, "demo", more=(Package("demo", "1.0", "h0_0", files, ("python",)),))
    finding = ward.finding(ward.examine(prefix), "NAT005", "demo")
    assert [remedy.safety for remedy in finding.remedies] == [Safety.MANUAL]


def test_a_path_that_wins_over_condas_runtime_too_is_unset(ward: Ward) -> None:
    """A package with a newer runtime would be passed over as well, so that none is offered."""
    new = of_libraries(ward, "libstdcxx", "14.2.0", STDCXX, offers=["GLIBCXX_3.4.32"])
    more = (new, by_conda(ward, "demo", "1.0", "libstdcxx", needs={STDCXX: ["GLIBCXX_3.4.32"]}))
    prefix = conda(ward, "demo", more=more)
    theirs = ward.home / "matlab"
    make_library(theirs / STDCXX, soname=STDCXX, offers=["GLIBCXX_3.4"])
    ward.more = {"LD_LIBRARY_PATH": str(theirs)}
    finding = ward.finding(ward.examine(prefix), "NAT002", STDCXX)
    assert len(finding.remedies) == 1
    ward.repair(prefix, "NAT002", STDCXX, "Unset LD_LIBRARY_PATH")
