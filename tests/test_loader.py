"""The loader in thought against the real one, and what of macOS, Windows and musl files alone can tell."""

from __future__ import annotations

import os
import platform
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from doctor.collect import LayerRead, collect
from doctor.facts import Alias, Binaries, Binary, Facts, Outside, Search, SearchFolder
from doctor.facts.build import distribution, environment, site_packages
from doctor.judgement.lacking import lacking
from doctor.judgement.loaded import Found, Missing, Untold
from doctor.judgement.loader import Loader, loader_of
from doctor.judgement.owners import named, owner_of, package_of
from doctor.target.environment import Environment, Request
from tests.patients.elf import make_library
from tests.patients.venvs import make_venv

MACHINE = platform.machine()
SITE = site_packages()
with_ldd = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("ldd") is None or MACHINE not in ("x86_64", "aarch64", "riscv64"),
    reason="needs Linux and ldd",
)


def facts_of(prefix: Path, variables: dict[str, str] | None = None) -> Facts:
    request = Request(
        Environment(prefix, "venv", python=prefix / "bin/python"), variables=variables or {}, home=Path("/nowhere")
    )
    *_, last = collect(request, {"binaries"})
    assert isinstance(last, LayerRead)
    assert not last.facts.gaps
    return last.facts


def by_ldd(path: Path, variables: dict[str, str]) -> dict[str, str]:
    """Name -> real path of all that ldd lists, empty for what it does not find."""
    told = subprocess.run(
        ["ldd", str(path)], capture_output=True, text=True, check=False, env={**os.environ, **variables}
    )
    found = {}
    for line in told.stdout.splitlines():
        if matched := re.match(r"\s*(\S+) => (not found|\S+)", line):
            found[matched[1]] = "" if matched[2] == "not found" else os.path.realpath(matched[2])
    return found


def by_us(prefix: Path, facts: Facts, path: str) -> dict[str, str]:
    loader = loader_of(facts)
    found: dict[str, str] = {}
    for step in loader.load(loader.files[path], program=False):
        answer = step.answer
        real = ""
        if isinstance(answer, Found):
            here = loader.real_path(answer.path)
            real = os.path.realpath(here if here.startswith("/") else prefix / here)
        is_known = real and real in found.values()  # ldd lists a file once, by the name it was first asked for
        if not answer.name.startswith("ld-") and not is_known:
            found[answer.name] = real
    return found


def compare(prefix: Path, variables: dict[str, str] | None = None) -> tuple[int, int]:
    """Compare every library with ldd; return how many names there were, and how many of them not found."""
    facts = facts_of(prefix, variables)
    names = lost = 0
    for file in facts.binaries.files:
        if file.kind == "elf" and not file.problem and file.machine == MACHINE and ".so" in file.name:
            theirs, mine = by_ldd(prefix / file.path, variables or {}), by_us(prefix, facts, file.path)
            assert mine == theirs, file.path
            names += len(mine)
            lost += sum(not real for real in mine.values())
    return names, lost


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env")


def site_of(prefix: Path) -> Path:
    return next(prefix.glob("lib/python*/site-packages"))


@with_ldd
@pytest.mark.parametrize("seed", range(12))
def test_what_ldd_finds_in_a_world_made_at_random_is_found(prefix: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    site = site_of(prefix)
    folders = [site / "pkg", site / "pkg.libs", site / "other", prefix / "lib", tmp_path / "outside"]
    search = [
        "$ORIGIN",
        "${ORIGIN}/../pkg.libs",
        "$ORIGIN/../other",
        str(prefix / "lib"),
        str(tmp_path / "outside"),
        "/no",
    ]
    names = [f"lib{letter}.so.{number}" for letter in "abcde" for number in (1, 2)]
    outside = ["libc.so.6", "libm.so.6", "libnowhere.so.7"]
    for folder in folders:
        for name in chance.sample(names, 6):
            entries = ":".join(chance.sample(search, chance.randint(1, 3)))
            kind = chance.choice(("rpath", "runpath", "none"))
            path: dict[str, Any] = {kind: entries} if kind != "none" else {}
            make_library(
                folder / name,
                soname=chance.choice((name, name, name.removesuffix(".1").removesuffix(".2"), "")),
                needed=chance.sample([*names, *outside], chance.randint(0, 4)),
                machine="aarch64" if chance.random() < 0.1 else MACHINE,
                **path,
            )
    link = site / "pkg" / "liblink.so"
    link.symlink_to(chance.choice(sorted((site / "pkg.libs").iterdir())))
    make_library(site / "pkg" / "module.so", needed=[*names[:3], "liblink.so"], runpath="$ORIGIN:$ORIGIN/../pkg.libs")
    variables = {"LD_LIBRARY_PATH": f"{tmp_path / 'outside'}:{prefix / 'lib'}"} if chance.random() < 0.5 else {}
    found, lost = compare(prefix, variables)
    assert found > 20
    assert lost > 0


@with_ldd
def test_a_private_copy_wins_and_a_deleted_one_is_missed(prefix: Path) -> None:
    site = site_of(prefix)
    make_library(site / "a.libs/libz.so.1", soname="libz.so.1", machine=MACHINE)
    make_library(site / "a/m.so", needed=("libz.so.1", "libgone.so"), runpath="$ORIGIN/../a.libs", machine=MACHINE)
    assert compare(prefix) == (2, 1)
    answers = loader_of(facts := facts_of(prefix)).resolve(facts.binaries.files[0])
    private = next(file for file in facts.binaries.files if file.name == "libz.so.1")
    assert [type(answer) for answer in answers.values()] in ([Found, Missing], [])
    (site / "a.libs/libz.so.1").unlink()
    assert private.path not in {file.path for file in facts_of(prefix).binaries.files}
    compare(prefix)


@with_ldd
@pytest.mark.parametrize("kind", ["rpath", "runpath"])
def test_the_library_path_wins_over_runpath_alone(prefix: Path, tmp_path: Path, kind: str) -> None:
    site = site_of(prefix)
    make_library(site / "p.libs/libq.so.1", soname="libq.so.1", machine=MACHINE)
    path: dict[str, Any] = {kind: "$ORIGIN/../p.libs"}
    make_library(site / "p/m.so", needed=("libq.so.1",), machine=MACHINE, **path)
    make_library(tmp_path / "shadow/libq.so.1", soname="libq.so.1", machine=MACHINE)
    variables = {"LD_LIBRARY_PATH": str(tmp_path / "shadow")}
    compare(prefix, variables)
    facts = facts_of(prefix, variables)
    module = next(file for file in facts.binaries.files if file.name == "m.so")
    answer = Loader(facts).resolve(module)["libq.so.1"]
    assert isinstance(answer, Found)
    assert answer.how == ("rpath" if kind == "rpath" else "LD_LIBRARY_PATH")
    folder = facts.binaries.search.library_path[0]
    assert (folder.path, folder.exists, folder.inside, folder.names) == (
        str(tmp_path / "shadow"), True, False, ("libq.so.1",)
    )  # fmt: skip


@with_ldd
def test_another_machine_s_library_is_passed_over(prefix: Path) -> None:
    site = site_of(prefix)
    other = "aarch64" if MACHINE != "aarch64" else "x86_64"
    make_library(site / "w/first/libw.so", machine=other)
    make_library(site / "w/second/libw.so", machine=MACHINE)
    make_library(site / "w/m.so", needed=("libw.so",), runpath="$ORIGIN/first:$ORIGIN/second", machine=MACHINE)
    make_library(site / "w/n.so", needed=("libw.so",), runpath="$ORIGIN/first", machine=MACHINE)
    assert compare(prefix) == (2, 1)
    facts = facts_of(prefix)
    broken = next(file for file in facts.binaries.files if file.name == "n.so")
    answer = Loader(facts).resolve(broken)["libw.so"]
    assert isinstance(answer, Missing)
    assert [machine for _, machine in answer.passed_over] == [other]


@with_ldd
def test_a_folder_that_is_a_link_is_followed(prefix: Path) -> None:
    site = site_of(prefix)
    make_library(site / "real/libr.so", machine=MACHINE)
    (site / "linked").symlink_to("real")
    make_library(site / "r/m.so", needed=("libr.so",), runpath="$ORIGIN/../linked", machine=MACHINE)
    assert compare(prefix) == (1, 0)


@with_ldd
def test_every_library_of_the_python_that_runs_this_agrees_with_ldd(tmp_path: Path) -> None:
    """Copies of real extension modules and the libraries beside them, in an environment of their own."""
    prefix = make_venv(tmp_path / "env")
    source = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    for name in ("numpy", "numpy.libs", "yaml", "psutil"):
        if (source / name).is_dir():
            shutil.copytree(source / name, site_of(prefix) / name, ignore=shutil.ignore_patterns("*.py", "tests"))
    names, _ = compare(prefix)
    assert names > 20


def lib(path: str, needed: tuple[str, ...] = (), **more: Any) -> Binary:
    is_extension = not path.rpartition("/")[2].startswith("lib")
    filled: dict[str, Any] = {"machine": "x86_64", "needed": needed, "is_extension": is_extension}
    return Binary(f"{SITE}/{path}", **(filled | more))


def with_files(*files: Binary, search: Search | None = None, outside: tuple[Outside, ...] = (), **more: Any) -> Facts:
    given = Search(("~/demo/.venv",), "glibc", default=("/lib", "/usr/lib"), cache=True)
    extra = [file.path for file in files] + [alias.path for alias in more.get("aliases", ())]
    binaries = Binaries(tuple(sorted(files)), outside=outside, search=search or given, aliases=more.pop("aliases", ()))
    return environment(extra=extra, binaries=binaries, **more)


def answer_of(facts: Facts, path: str, name: str, chain: tuple[str, ...] = ()) -> Found | Missing | Untold:
    loader = Loader(facts)
    return loader.resolve(loader.files[f"{SITE}/{path}"], [loader.files[f"{SITE}/{one}"] for one in chain])[name]


def test_the_rpath_of_those_that_led_to_a_library_counts_and_their_runpath_does_not() -> None:
    bundled = (lib("a.libs/libx.so", ("liby.so",)), lib("a.libs/liby.so"))
    for kind, expected in (("rpath", Found), ("runpath", Missing)):
        module = lib("a/m.so", ("libx.so",), **{kind: ("$ORIGIN/../a.libs",)})
        facts = with_files(module, *bundled)
        assert isinstance(answer_of(facts, "a.libs/libx.so", "liby.so", ("a/m.so",)), expected)
        assert isinstance(answer_of(facts, "a.libs/libx.so", "liby.so"), Missing)
        lost = [(lack.file, lack.name, lack.imported) for lack in lacking(facts)]
        assert lost == ([] if expected is Found else [(f"{SITE}/a.libs/libx.so", "liby.so", True)])


def test_what_the_program_has_loaded_answers_by_its_soname() -> None:
    """conda's python brings its lib folder to every module without RUNPATH, and its libraries to all."""
    search = Search(("~/demo/.venv",), "glibc", "bin/python3.11", default=("/usr/lib",))
    python = Binary("bin/python3.11", machine="x86_64", needed=("libstdc++.so.6",), rpath=("$ORIGIN/../lib",))
    inside = (
        Binary("lib/libstdc++.so.6", machine="x86_64", soname="libstdc++.so.6"),
        Binary("lib/libz.so.1", machine="x86_64", soname="libz.so.1"),
    )
    module = lib("m.so", ("libstdc++.so.6", "libz.so.1"))
    facts = with_files(python, *inside, module, lib("r.so", ("libz.so.1",), runpath=("/x",)), search=search)
    loaded, by_path = (answer_of(facts, "m.so", name) for name in module.needed)
    assert (loaded.how, loaded.path) == ("loaded", "lib/libstdc++.so.6")  # type: ignore[union-attr]
    assert (by_path.how, by_path.path) == ("rpath", "lib/libz.so.1")  # type: ignore[union-attr]
    assert isinstance(answer_of(facts, "r.so", "libz.so.1"), Missing)
    alone = Loader(facts).resolve(module, program=False)
    assert all(isinstance(answer, Missing) for answer in alone.values())


def test_a_runpath_of_the_program_serves_the_program_alone() -> None:
    """Unlike its RPATH: a library found only by the program's RUNPATH is not found by anybody else."""
    search = Search(("~/demo/.venv",), "glibc", "bin/python3.11", default=("/usr/lib",))
    python = Binary("bin/python3.11", machine="x86_64", rpath=("$ORIGIN/../lib",))
    library, module = Binary("lib/libz.so.1", machine="x86_64", soname="libz.so.1"), lib("m.so", ("libz.so.1",))
    assert isinstance(answer_of(with_files(python, library, module, search=search), "m.so", "libz.so.1"), Found)
    modern = python._replace(rpath=(), runpath=python.rpath)
    assert isinstance(answer_of(with_files(modern, library, module, search=search), "m.so", "libz.so.1"), Missing)


def test_a_library_at_the_top_of_the_prefix_is_not_searched_for_processors_sake() -> None:
    search = Search(("~/demo/.venv",), "glibc", levels=("x86-64-v3",), default=("/usr/lib",))
    top = Binary("libtop.so", machine="x86_64")
    assert isinstance(
        answer_of(with_files(top, lib("m.so", ("libtop.so",)), search=search), "m.so", "libtop.so"), Missing
    )


def test_the_cache_comes_before_the_default_folders() -> None:
    outside = (
        Outside("libq.so", "/usr/lib/libq.so", "default", "x86_64"),
        Outside("libq.so", "/opt/q/libq.so", "cache", "x86_64"),
    )
    answer = answer_of(with_files(lib("m.so", ("libq.so",)), outside=outside), "m.so", "libq.so")
    assert (answer.how, answer.path) == ("cache", "/opt/q/libq.so")  # type: ignore[union-attr]


def test_folders_for_better_processors_come_first() -> None:
    search = Search(("~/demo/.venv",), "glibc", levels=("x86-64-v3", "x86-64-v2"))
    files = (lib("m.so", ("libq.so",), runpath=("$ORIGIN",)), lib("libq.so"), lib("glibc-hwcaps/x86-64-v3/libq.so"))
    answer = answer_of(with_files(*files, search=search), "m.so", "libq.so")
    assert answer.path.endswith("x86-64-v3/libq.so")  # type: ignore[union-attr]
    answer = answer_of(with_files(*files, search=search._replace(levels=())), "m.so", "libq.so")
    assert answer.path == f"{SITE}/libq.so"  # type: ignore[union-attr]


def test_lib_and_platform_are_filled_in() -> None:
    search = Search(("~/demo/.venv",), "glibc", default=("/lib/x86_64-linux-gnu",))
    files = (
        lib("m.so", ("liba.so", "libb.so"), rpath=("$ORIGIN/$LIB", "${ORIGIN}/${PLATFORM}", "$ORIGINAL")),
        lib("lib/x86_64-linux-gnu/liba.so"),
        lib("x86_64/libb.so"),
    )
    facts = with_files(*files, search=search)
    assert all(isinstance(answer_of(facts, "m.so", name), Found) for name in ("liba.so", "libb.so"))


def test_musl_takes_the_library_path_first_and_runpath_for_all_that_follow() -> None:
    search = Search(
        ("~/demo/.venv",), "musl", default=("/lib", "/usr/lib"),
        library_path=(SearchFolder("/shadow", names=("libx.so",)),),
    )  # fmt: skip
    files = (
        lib("a/m.so", ("libx.so", "liby.so", "libc.musl-x86_64.so.1"), runpath=("$ORIGIN/../a.libs",)),
        lib("a.libs/libx.so"),
        lib("a.libs/liby.so", ("libz2.so",)),
        lib("a.libs/libz2.so"),
    )
    outside = (Outside("libx.so", "/shadow/libx.so", "LD_LIBRARY_PATH", "x86_64"),)
    facts = with_files(*files, search=search, outside=outside)
    assert answer_of(facts, "a/m.so", "libx.so").path == "/shadow/libx.so"  # type: ignore[union-attr]
    assert isinstance(answer_of(facts, "a/m.so", "libc.musl-x86_64.so.1"), Found)
    assert isinstance(answer_of(facts, "a.libs/liby.so", "libz2.so", ("a/m.so",)), Found)
    assert lacking(facts) == ()


def test_a_link_that_leads_nowhere_is_no_library() -> None:
    aliases = (Alias(f"{SITE}/libq.so", "", True, "libq.so.1"),)
    facts = with_files(lib("m.so", ("libq.so",), runpath=("$ORIGIN",)), aliases=aliases)
    answer = answer_of(facts, "m.so", "libq.so")
    assert isinstance(answer, Missing)
    assert answer.elsewhere == (f"{SITE}/libq.so",)


def test_libraries_that_need_each_other_end() -> None:
    files = [lib(f"lib{n}.so", tuple(f"lib{m}.so" for m in range(30)), rpath=("$ORIGIN",)) for n in range(30)]
    loader = Loader(with_files(*files))
    assert len(loader.load(files[0])) == 30


def test_what_a_requirement_has_loaded_is_there_and_what_a_stranger_has_is_not() -> None:
    torch = distribution("torch", "2.9.0", files=("torch/_C.so", "torch/lib/libc10.so"), pure=False)
    vision = distribution("torchvision", "0.24", files=("torchvision/_C.so",), requires=("torch==2.9.0",), pure=False)
    stranger = distribution("stranger", "1", files=("stranger/_C.so",), pure=False)
    files = (
        lib("torch/_C.so", ("libc10.so",), rpath=("$ORIGIN/lib",), is_extension=True),
        lib("torch/lib/libc10.so", soname="libc10.so"),
        lib("torchvision/_C.so", ("libc10.so",), is_extension=True),
        lib("stranger/_C.so", ("libc10.so",), is_extension=True),
    )
    facts = with_files(*files, distributions=(torch, vision, stranger))
    found = {lack.owner: (lack.before, lack.missing.elsewhere) for lack in lacking(facts)}
    where = (f"{SITE}/torch/lib/libc10.so",)
    assert found == {"torchvision": ("torch", where), "stranger": ("", where)}


def test_libraries_of_nvidia_s_wheels_are_opened_by_path() -> None:
    wheel = distribution("nvidia-cublas-cu12", "12.6", files=("nvidia/cublas/lib/libcublas.so.12",), pure=False)
    files = (lib("cupy/core.so", ("libcublas.so.12",), is_extension=True), lib("nvidia/cublas/lib/libcublas.so.12"))
    assert [lack.before for lack in lacking(with_files(*files, distributions=(wheel,)))] == ["nvidia-cublas-cu12"]


def test_owners_are_told_with_their_versions() -> None:
    facts = with_files(lib("a/m.so"), distributions=(distribution("A.b", "1.0", files=("a/m.so", "a/x.py")),))
    assert owner_of(facts) == {f"{SITE}/a/m.so": "a-b"}
    assert named(facts, "a-b") == "A.b 1.0"
    assert package_of(facts, "conda:gone") is None
    assert named(facts, "") == "no package"


def on_macos(*files: Binary, outside: tuple[Outside, ...] = (), program: str = "") -> Facts:
    search = Search(("~/demo/.venv",), program=program, default=("/usr/local/lib", "/usr/lib"))
    return with_files(*files, search=search, outside=outside, identity={"system": "macos", "architecture": "arm64"})


def mac(path: str, needed: tuple[str, ...] = (), **more: Any) -> Binary:
    return lib(path, needed, **({"kind": "macho", "machine": "arm64"} | more))


def test_macos_follows_run_paths_loader_paths_and_its_own_cache() -> None:
    needed = (
        "@rpath/libomp.dylib",
        "@loader_path/.dylibs/liba.dylib",
        "/usr/lib/libSystem.B.dylib",
        "/opt/h/libx.dylib",
    )
    facts = on_macos(
        mac("p/m.so", (*needed, "@rpath/libgone.dylib", "bare.dylib"), rpath=("@loader_path/.dylibs", "/opt/nothing")),
        mac("p/.dylibs/libomp.dylib"),
        mac("p/.dylibs/liba.dylib", machine="universal2"),
        outside=(Outside("libx.dylib", "/opt/h/libx.dylib", "rpath", "arm64"),),
    )
    assert all(isinstance(answer_of(facts, "p/m.so", name), Found) for name in needed)
    lost = answer_of(facts, "p/m.so", "@rpath/libgone.dylib")
    assert isinstance(lost, Missing)
    assert ("rpath", "/opt/nothing") in lost.searched
    assert isinstance(answer_of(facts, "p/m.so", "bare.dylib"), Untold)


def test_macos_passes_over_what_is_for_another_processor() -> None:
    facts = on_macos(mac("m.so", ("@loader_path/liba.dylib",)), mac("liba.dylib", machine="x86_64"))
    answer = answer_of(facts, "m.so", "@loader_path/liba.dylib")
    assert isinstance(answer, Missing)
    assert answer.passed_over == ((f"{SITE}/liba.dylib", "x86_64"),)


def test_windows_finds_what_lies_anywhere_and_cannot_tell_of_the_rest() -> None:
    def dll(path: str, needed: tuple[str, ...] = ()) -> Binary:
        return lib(path, needed, kind="pe", machine="AMD64")

    needed = ("KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll", "LibOpenBLAS-abc.dll", "mystery.dll")
    facts = with_files(
        dll("numpy/m.pyd", needed),
        dll("other/libopenblas-abc.dll"),
        dll("numpy/libopenblas-abc.dll"),
        search=Search(("~/demo/.venv",)),
        identity={"system": "windows", "architecture": "AMD64"},
    )
    assert [type(answer_of(facts, "numpy/m.pyd", name)) for name in needed] == [Found, Found, Found, Untold]
    beside = answer_of(facts, "numpy/m.pyd", "LibOpenBLAS-abc.dll")
    assert beside.path == f"{SITE}/numpy/libopenblas-abc.dll"  # type: ignore[union-attr]
    assert lacking(facts) == ()
