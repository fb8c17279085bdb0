"""The conda layer as read from real prefixes of every maker, and from hostile ones."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from doctor.collect import Gap, conda
from doctor.facts import Facts, Identity, SiteFolder
from doctor.facts.conda import Conda, CondaRecord
from doctor.reading.conda.channel_names import canonical_channel
from doctor.reading.conda.history import parse_history, remembered
from doctor.target.environment import Environment, Request
from tests.patients.conda import SOUND, Style, make_conda_prefix
from tests.patients.conda_channel import PYTHON, SITE, Package
from tests.patients.conda_states import change_record, record_of

STYLES: tuple[Style, ...] = ("conda", "mamba", "rattler", "pixi")


def read(prefix: Path, *, deep: bool = False, root: Path = Path("/")) -> Conda:
    facts = Facts(identity=Identity(str(prefix), site_folders=(SiteFolder(SITE, "environment"),)))
    return conda.read(Request(Environment(prefix, "conda"), deep=deep, root=root), facts)


def named(layer: Conda, name: str) -> CondaRecord:
    record = layer.record(name)
    assert record is not None
    return record


@pytest.fixture(scope="module")
def prefixes(tmp_path_factory: pytest.TempPathFactory) -> dict[Style, Path]:
    """A sound prefix of each style; no test may change them."""
    folder = tmp_path_factory.mktemp("prefixes")
    return {style: make_conda_prefix(folder / style, style) for style in STYLES}


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_conda_prefix(tmp_path / "env", packages=("demo-lib",))


def on_disk(prefix: Path) -> set[str]:
    """Everything under a prefix but folders and what belongs to the records."""
    paths = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_symlink() or path.is_file()}
    return {path for path in paths if not path.startswith(("conda-meta/", "CACHEDIR.TAG", ".pixi-"))}


@pytest.mark.parametrize("style", STYLES)
def test_records_list_exactly_the_files_that_are_there(prefixes: dict[Style, Path], style: Style) -> None:
    layer = read(prefixes[style])
    assert layer.present
    assert {record.name for record in layer.records} == {*SOUND, "demo-lib", "tzdata"}
    assert {path for record in layer.records for path in record.files} == on_disk(prefixes[style])
    assert not any(record.digests for record in layer.records)


@pytest.mark.parametrize("style", STYLES)
def test_digests_are_those_of_the_files(prefixes: dict[Style, Path], style: Style) -> None:
    compared = 0
    for record in read(prefixes[style], deep=True).records:
        assert len(record.digests) == len(record.files)
        for path, digest in zip(record.files, record.digests, strict=True):
            place = prefixes[style] / path
            if digest:
                assert digest == hashlib.sha256(place.read_bytes()).hexdigest(), path
                compared += 1
            else:  # entry points, links and bytecode have nothing to compare
                assert place.is_symlink() or path.startswith("bin/") or path.endswith(".pyc"), path
    assert compared > 1_000


@pytest.mark.parametrize("style", STYLES)
def test_makers_say_one_thing_in_their_ways(prefixes: dict[Style, Path], style: Style) -> None:
    layer = read(prefixes[style])
    tool, pip, lib = (named(layer, name) for name in ("demo-tool", "pip", "demo-lib"))
    assert {record.channel for record in layer.records} == {"conda-forge"}
    assert (tool.noarch, tool.subdir, tool.build_number) == ("python", "noarch", 0)
    assert named(layer, "tzdata").noarch == "generic"
    assert tool.depends == ("python >=3.9", "demo-lib >=1.0")
    assert pip.requested == ("pip",)
    assert lib.requested == ()
    assert lib.spec == f"conda-forge::demo-lib=1.1=py{PYTHON.replace('.', '')}h0demo4_1"
    assert lib.link == "hard"
    assert lib.cached
    assert lib.timestamp == 1_700_000_000
    assert abs(lib.installed - time.time()) < 3_600
    assert lib.url.startswith("https://conda.anaconda.org/conda-forge/linux-64/demo-lib-1.1-")
    assert len(layer.caches) == 1
    assert layer.problems == ()
    assert layer.debris == ()


@pytest.mark.parametrize("style", STYLES)
def test_history_of_every_maker(prefixes: dict[Style, Path], style: Style) -> None:
    layer = read(prefixes[style])
    if style in ("rattler", "pixi"):
        assert layer.history == ()
        assert layer.remembered == {}
        return
    (created,) = layer.history
    assert created.date == "2026-01-02 03:04:05"
    assert time.localtime(created.time)[:6] == (2026, 1, 2, 3, 4, 5)
    assert created.update_specs == SOUND
    assert created.command.startswith(f"/opt/conda/bin/{style} create")
    dists = {f"{record.channel}/{record.subdir}::{record.dist}" for record in layer.records}
    assert set(created.added) == set(layer.remembered.values()) == dists


def test_a_path_with_a_bracket_does_not_confuse(tmp_path: Path) -> None:
    odd = {f"share/odd/{name}": b"x" for name in ("a]b.txt", "c}d.txt", 'e"f.txt', "g\u00e9.txt", "h[1]{2}.txt")}
    package = Package("odd", "1.0", files=odd)
    prefix = make_conda_prefix(tmp_path / "env", packages=("odd",), more=(package,))
    assert set(named(read(prefix), "odd").files) == set(odd)
    deep = named(read(prefix, deep=True), "odd")
    assert set(deep.digests) == {hashlib.sha256(b"x").hexdigest()}


def test_paths_that_conda_dropped_are_told_by_the_cache(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("demo-plain",))
    path = record_of(prefix, "demo-plain")
    body = json.loads(path.read_text())
    whole = body["paths_data"]["paths"]
    body["paths_data"]["paths"] = [entry for entry in whole if not entry["_path"].endswith("demo_plain/__init__.py")]
    path.write_text(json.dumps(body))
    for deep in (False, True):
        assert named(read(prefix, deep=deep), "demo-plain").dropped == (f"{SITE}/demo_plain/__init__.py",)


def test_digests_of_an_unpacked_prefix_leave_out_patched_files(prefix: Path) -> None:
    before = named(read(prefix, deep=True), "demo-lib")
    (prefix / "bin/conda-unpack").write_text("")
    after = named(read(prefix, deep=True), "demo-lib")
    patched = {"bin/demo-lib", "lib/libdemo.so.1"}
    lost = {path for path, one, other in zip(before.files, before.digests, after.digests, strict=True) if one != other}
    assert lost == patched


def test_what_has_no_digest_to_compare(prefix: Path) -> None:
    body = json.loads(record_of(prefix, "demo-lib").read_text())
    entries = {entry["_path"]: entry for entry in body["paths_data"]["paths"]}
    del entries["bin/demo-lib"]["sha256_in_prefix"]  # what it was before the prefix was patched in says nothing
    bytecode = entries.pop(f"{SITE}/demo_lib/data.bin") | {"_path": f"{SITE}/demo_lib/data.pyc"}
    files = [bytecode["_path"] if path == f"{SITE}/demo_lib/data.bin" else path for path in body["files"]]
    change_record(prefix, "demo-lib", files=files, paths_data={"paths": [*entries.values(), bytecode]})
    record = named(read(prefix, deep=True), "demo-lib")
    without = {path for path, digest in zip(record.files, record.digests, strict=True) if not digest}
    assert without == {"bin/demo-lib", "lib/libdemo.so", f"{SITE}/demo_lib/data.pyc"}


def test_a_label_is_of_its_channels_distributor(prefix: Path) -> None:
    change_record(prefix, "demo-lib", channel="https://conda.anaconda.org/nvidia/label/cuda-12.4.1/linux-64")
    record = named(read(prefix), "demo-lib")
    assert (record.channel, record.distributor) == ("nvidia/label/cuda-12.4.1", "nvidia")


def test_old_and_odd_records(prefix: Path) -> None:
    change_record(
        prefix, "demo-lib", channel="defaults", url="https://repo.anaconda.com/pkgs/main/linux-64/demo-lib-1.tar.bz2",
        timestamp=1_500_000_000, requested_spec="None", requested_specs=None, link={"type": 3}, size=-1, depends="no",
        build_number=True, md5="x", license=5,
    )  # fmt: skip
    record = named(read(prefix), "demo-lib")
    assert (record.channel, record.distributor) == ("pkgs/main", "defaults")
    assert (record.timestamp, record.requested, record.link) == (1_500_000_000, (), "copy")
    assert (record.size, record.depends, record.build_number, record.md5) == (0, (), 0, "")


def test_secrets_and_home_are_gone(prefix: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    meta = prefix / "conda-meta"
    change_record(
        prefix, "demo-lib", channel="https://conda.anaconda.org/t/tk-hidden/private/linux-64",
        url="https://user:hidden@host.example/private/linux-64/demo-lib.conda",
    )  # fmt: skip
    with (meta / "history").open("a") as opened:
        opened.write("==> 2026-02-03 04:05:06 <==\n# cmd: conda install -c https://u:hidden@host.example/x numpy\n")
        opened.write("+https://host.example/t/hidden/chan/linux-64::numpy-1.0-0\n")
    (meta / "state").write_text(
        json.dumps(
            {"env_vars": {"API_TOKEN": "hidden", "PLAIN": "1", "URL": "https://u:hidden@h/", "GONE": "***unset***"}}
        )
    )
    (meta / "pinned").write_text("# a comment\nnumpy 1.26.*  # why\n\npython 3.11.*\n")
    layer = read(prefix)
    assert "hidden" not in repr(layer)
    assert str(tmp_path) not in repr(layer)
    assert named(layer, "demo-lib").channel == "private"
    assert set(layer.variables) == {"API_TOKEN", "PLAIN", "URL"}
    assert layer.variables["PLAIN"] == "1"
    assert layer.pinned == ("numpy 1.26.*", "python 3.11.*")


def problems(layer: Conda) -> dict[str, str]:
    return {problem.path: problem.reason for problem in layer.problems}


def test_hostile_records_are_told_and_the_others_read(prefix: Path) -> None:
    meta = prefix / "conda-meta"
    hostile = {
        "deep": b"[" * 100_000,
        "deep-files": b'{"name":"a","version":"1","files":' + b"[" * 100_000,
        "list": b"[]",
        "cut": record_of(prefix, "demo-lib").read_bytes()[:-2_000],
        "nameless": b'{"version": "1.0"}',
        "versionless": b'{"name": "x"}',
        "option": b'{"name": "--prefix=/", "version": "1.0"}',
        "empty": b"",
        "binary": bytes(range(256)),
        "number": b'{"name": "x", "version": "1.0", "size": ' + b"9" * 10_000 + b"}",
    }
    for name, data in hostile.items():
        (meta / f"{name}-1.0-0.json").write_bytes(data)
    os.mkfifo(meta / "fifo-1.0-0.json")
    (meta / "folder-1.0-0.json").mkdir()
    (meta / "loop-1.0-0.json").symlink_to("loop-1.0-0.json")
    (meta / "out-1.0-0.json").symlink_to("/etc/passwd")
    with (meta / "huge-1.0-0.json").open("wb") as opened:
        opened.truncate(10**9)
    start = time.perf_counter()
    layer = read(prefix)
    assert time.perf_counter() - start < 3
    expected = {*hostile, "fifo", "folder", "loop", "out", "huge"}
    assert set(problems(layer)) == {f"conda-meta/{name}-1.0-0.json" for name in expected}
    assert {record.name for record in layer.records} == {"demo-lib", "python", "tzdata"}
    assert problems(layer)["conda-meta/fifo-1.0-0.json"] == "not a regular file but a FIFO"


@pytest.mark.parametrize("deep", [False, True])
def test_paths_that_lead_out_are_refused(prefix: Path, deep: bool) -> None:
    files = [
        "bin/demo-lib",
        "/etc/passwd",
        "../../x",
        "a/../../b",
        "C:/x",
        "c:\\x",
        "..",
        "",
        5,
        "a\u202eb",
        "a\x1b]52",
        "a..b/c",
    ]
    change_record(prefix, "demo-lib", files=files)
    layer = read(prefix, deep=deep)
    assert named(layer, "demo-lib").files == ("bin/demo-lib", "a..b/c")
    (problem,) = layer.problems
    assert problem.path.startswith("conda-meta/demo-lib-1.1-")
    assert "10 paths outside the environment" in problem.reason


def test_text_of_records_is_clean(prefix: Path) -> None:
    change_record(prefix, "demo-lib", depends=["numpy\x1b]52;c;aGk=\x07 >=1\u202e"], build="py\u200b_0")
    record = named(read(prefix), "demo-lib")
    assert record.depends[0].isprintable()
    assert record.build == "py\ufffd_0"


def test_debris_of_every_kind(prefix: Path) -> None:
    left = [
        "lib/libdemo.so.1.c~",
        f"{SITE}/demo_lib/__init__.py.c~",
        "bin/x.conda_trash_12",
        "__clobbers__/x",
        ".trash/y",
    ]
    left += ["conda-meta/mamba_trash.txt", "share/deep/er/z.c~"]
    for path in (prefix / name for name in (*left, "pkgs/.trash/own.c~", "envs/other/lib/x.c~")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = {leftover.path for leftover in read(prefix).debris}
    assert found == {path.partition("/")[0] if path[0] in "_." else path for path in left}


def test_a_first_sign_of_debris_is_seen_where_it_lies_deep(prefix: Path) -> None:
    (prefix / SITE / "demo_lib/data.bin.c~").write_text("")
    assert [leftover.path for leftover in read(prefix).debris] == [f"{SITE}/demo_lib/data.bin.c~"]


def test_what_is_no_conda_environment(tmp_path: Path) -> None:
    assert read(tmp_path) == Conda()
    (tmp_path / "conda-meta").write_text("a file")
    assert read(tmp_path) == Conda()
    (tmp_path / "empty/conda-meta").mkdir(parents=True)
    assert read(tmp_path / "empty") == Conda()


def test_a_folder_that_cannot_be_listed_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").symlink_to("conda-meta")
    with pytest.raises(Gap, match="conda-meta cannot be listed"):
        read(tmp_path)


def test_a_create_that_was_killed_has_no_history(prefix: Path) -> None:
    (prefix / "conda-meta/history").unlink()
    layer = read(prefix)
    assert layer.present
    assert layer.history == ()


def test_other_machines_are_not_asked_for_the_cache(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = Path.is_dir

    def is_dir(path: Path) -> bool:
        asked.append(str(path))
        return real(path)

    monkeypatch.setattr(Path, "is_dir", is_dir)
    for folder in ("//server/share/pkgs/x", "\\\\server\\share\\x", "relative/x", "a\x00b"):
        change_record(prefix, "demo-lib", extracted_package_dir=folder)
        assert not named(read(prefix), "demo-lib").cached
    assert not any("server" in path or "relative" in path for path in asked)


def test_a_windows_prefix(tmp_path: Path) -> None:
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    entries = ["site-packages/demo/__init__.py", "python-scripts/demo.py"]
    body = {
        "name": "demo", "version": "1.0", "build": "py_0", "noarch": "python", "subdir": "noarch",
        "channel": "https://conda.anaconda.org/conda-forge/noarch",
        "extracted_package_dir": "C:\\mini\\pkgs\\demo-1.0-py_0",
        "files": ["Lib\\site-packages\\demo\\__init__.py", "Scripts/demo.py"],
        "paths_data": {"paths": [{"_path": p, "path_type": "hardlink", "sha256": "a" * 64} for p in entries]},
    }  # fmt: skip
    (meta / "demo-1.0-py_0.json").write_text(json.dumps(body))
    facts = Facts(identity=Identity(system="windows", site_folders=(SiteFolder("Lib/site-packages", "environment"),)))
    layer = conda.read(Request(Environment(tmp_path, "conda"), deep=True), facts)
    (record,) = layer.records
    assert record.files == ("Lib/site-packages/demo/__init__.py", "Scripts/demo.py")
    assert record.digests == ("a" * 64, "a" * 64)
    assert layer.caches == ("C:\\mini\\pkgs",)


CHANNELS = {
    "conda-forge": "conda-forge",
    "https://conda.anaconda.org/conda-forge/linux-64": "conda-forge",
    "https://conda.anaconda.org/conda-forge/": "conda-forge",
    "https://conda.anaconda.org/conda-forge/label/llvm_rc/osx-arm64": "conda-forge/label/llvm_rc",
    "https://conda.anaconda.org/nvidia/label/cuda-12.4.1/linux-64": "nvidia/label/cuda-12.4.1",
    "https://conda.anaconda.org/t/tk-abc/private/noarch": "private",
    "https://user:pass@conda.anaconda.org/bioconda/": "bioconda",
    "https://repo.anaconda.com/pkgs/main/win-64": "pkgs/main",
    "https://repo.continuum.io/pkgs/free/linux-64": "pkgs/free",
    "https://conda.anaconda.org/main/linux-64": "pkgs/main",
    "pkgs/r": "pkgs/r",
    "https://repo.prefix.dev/conda-forge/": "conda-forge",
    "https://mirrors.tuna.tsinghua.edu.cn/anaconda/cloud/pytorch/linux-64/": "pytorch",
    "https://mirrors.tuna.tsinghua.edu.cn/anaconda/pkgs/main/": "pkgs/main",
    "https://repo.example.org/team/linux-64": "https://repo.example.org/team",
    "https://me:secret@repo.example.org/team/": "https://***@repo.example.org/team",
    "file:///opt/channel/noarch": "file:///opt/channel",
}


@pytest.mark.parametrize(("written", "meant"), CHANNELS.items())
def test_channels_by_their_canonical_names(written: str, meant: str) -> None:
    assert canonical_channel(written) == meant


def history(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_history_leaves_what_is_installed() -> None:
    text = history(
        "// a comment of pixi",
        "==> 2019-05-06 07:08:09 <==",
        "# cmd: conda create -n x",
        "defaults::old-1.0-0",
        "numpy-1.0-py27_0",
        "==> 2020-05-06 07:08:09 <==",
        "# update specs: 'numpy[version=\\'>=1.2\\']',pip>=1,<2",
        "-defaults/linux-64::numpy-1.0-py27_0",
        "+conda-forge/linux-64::numpy-1.2-py311h1_0",
        "+https://repo.example.org/x/noarch::new-lib-2.0-0.tar.bz2",
        "# something: else",
        "==> nonsense <==",
        "# update specs: [\"python\", \"numpy[version='>=1.2']\", 'it\\'s']",
        "# remove specs: ['old']",
        "-defaults::old-1.0-0",
        "+nothing",
    )
    first, second, third = parse_history(text)
    assert first.added == ("defaults::old-1.0-0", "numpy-1.0-py27_0")
    assert (second.line, third.line, third.time) == (6, 12, 0.0)
    assert second.time > first.time > 0
    assert third.update_specs == ("python", "numpy[version='>=1.2']", "it's")
    assert third.remove_specs == ("old",)
    assert remembered((first, second, third)) == {
        "numpy": "conda-forge/linux-64::numpy-1.2-py311h1_0",
        "new-lib": "https://repo.example.org/x/noarch::new-lib-2.0-0.tar.bz2",
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# cmd: x\n+a::b-1-0\n", "// not relevant for pixi\n", "==>\n" * 1000])
def test_a_history_without_transactions(text: str) -> None:
    assert parse_history(text) == ()


def test_a_hostile_history_costs_little(prefix: Path) -> None:
    lines: Iterable[str] = ("==> " + "x" * 100_000, "# update specs: [" + "'" * 100_000, "+" + "-" * 100_000)
    (prefix / "conda-meta/history").write_text(history("==> 2026-01-01 00:00:00 <==", *lines) + "+a::b-1-0\n" * 100_000)
    start = time.perf_counter()
    assert read(prefix).remembered == {"b": "a::b-1-0"}
    assert time.perf_counter() - start < 5
