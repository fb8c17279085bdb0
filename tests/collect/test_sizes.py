"""Room on disk: as du counts it, by owner, hard links told apart; caches and last use."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Literal

import pytest

from doctor.collect import LayerRead, caches, collect, files, mounts, sizes
from doctor.collect.measure import measure
from doctor.facts import Cache, Facts, Identity, Sizes
from doctor.reading.disk import tree
from doctor.target.environment import Environment, Request
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

needs_du = pytest.mark.skipif(shutil.which("du") is None, reason="compares with du")
LAYERS = {"sizes"}


def facts_of(prefix: Path, kind: str = "venv", home: Path = Path("/nowhere"), **more: Any) -> Facts:
    request = Request(Environment(prefix, kind), home=home)._replace(**more)  # type: ignore[arg-type]
    *_, last = collect(request, LAYERS)
    assert isinstance(last, LayerRead)
    assert not last.facts.gaps
    return last.facts


def sizes_of(prefix: Path, kind: str = "venv", home: Path = Path("/nowhere"), **more: Any) -> Sizes:
    return facts_of(prefix, kind, home, **more).sizes


def du(*paths: Path) -> int:
    command = ["du", "--block-size=1", "-s", *map(str, paths)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return sum(int(line.split()[0]) for line in lines)


def blocks(path: Path) -> int:
    return path.stat().st_blocks * 512


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env")


@needs_du
def test_the_total_is_what_du_says(prefix: Path, tmp_path: Path) -> None:
    install(
        prefix, make_wheel(tmp_path, "demo", "1.0", {"demo/__init__.py": "x" * 50_000, "demo/data/a.bin": "y" * 9000})
    )
    with (prefix / "sparse").open("wb") as sparse:
        sparse.truncate(10**12)
    os.link(site_packages_of(prefix) / "demo/__init__.py", prefix / "twice")
    os.link(site_packages_of(prefix) / "demo/data/a.bin", tmp_path / "outside")
    found = sizes_of(prefix)
    assert found.total.total == du(prefix)
    assert found.total.shared == blocks(tmp_path / "outside")
    assert found.total.files == sum(path.is_symlink() or not path.is_dir() for path in prefix.rglob("*"))
    assert sum(each.total for each in found.by_owner.values()) == found.total.total
    assert measure(Environment(prefix, "venv")).size == du(prefix)


@needs_du
def test_every_distribution_is_given_what_is_its_own(prefix: Path, tmp_path: Path) -> None:
    tool = {"tool/__init__.py": "x" * 9000, "tool/deep/er/data.bin": "y" * 99_000, "single_tool.py": "z" * 20_000}
    other = {"other/__init__.py": "", "single.py": "w" * 5000}
    wheels = make_wheel(tmp_path, "tool", "1.0", tool), make_wheel(tmp_path, "other", "1.0", other)
    install(prefix, *wheels)
    site = site_packages_of(prefix)
    (site / "tool/deep/__pycache__").mkdir()
    (site / "tool/deep/__pycache__/x.cpython-311.pyc").write_bytes(b"p" * 8000)
    (site / "__pycache__").mkdir(exist_ok=True)
    (site / "__pycache__/single.cpython-311.pyc").write_bytes(b"p" * 8000)
    (site / "__pycache__/nobodys.cpython-311.pyc").write_bytes(b"p" * 4000)
    found = sizes_of(prefix).by_owner
    assert found["tool"].total == du(site / "tool", site / "tool-1.0.dist-info") + blocks(site / "single_tool.py")
    own = du(site / "other", site / "other-1.0.dist-info")
    assert found["other"].total == own + blocks(site / "single.py") + blocks(
        site / "__pycache__/single.cpython-311.pyc"
    )


def test_a_folder_that_several_share_is_divided_by_name(prefix: Path, tmp_path: Path) -> None:
    wheels = [make_wheel(tmp_path, name, "1.0", {f"google/{name}.py": "x" * 30_000}) for name in ("one", "two")]
    install(prefix, *wheels)
    (site_packages_of(prefix) / "google/stray.bin").write_bytes(b"s" * 60_000)
    found = sizes_of(prefix).by_owner
    assert found["one"].total == found["two"].total >= 30_000
    assert found["one"].total < 60_000


def test_what_nobody_owns_is_named(prefix: Path) -> None:
    models = site_packages_of(prefix) / "models/deep"
    models.mkdir(parents=True)
    (models / "weights.bin").write_bytes(os.urandom(11_000_000))
    (prefix / "data/raw").mkdir(parents=True)
    (prefix / "data/raw/big.csv").write_bytes(os.urandom(12_000_000))
    found = sizes_of(prefix)
    site = site_packages_of(prefix).relative_to(prefix).as_posix()
    assert [path for path, _ in found.unowned] == ["data/raw", f"{site}/models"]
    assert found.unowned[0][1] >= 12_000_000


def test_a_distribution_without_record_owns_its_modules(prefix: Path) -> None:
    site = site_packages_of(prefix)
    (site / "old").mkdir()
    (site / "old/code.py").write_bytes(b"x" * 40_000)
    (site / "old-1.0.egg-info").mkdir()
    (site / "old-1.0.egg-info/PKG-INFO").write_text("Metadata-Version: 1.1\nName: old\nVersion: 1.0\n")
    (site / "old-1.0.egg-info/top_level.txt").write_text("old\n")
    assert sizes_of(prefix).by_owner["old"].total >= 40_000


@needs_du
def test_conda_packages_own_their_files_and_share_them_with_the_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    prefix = make_conda_prefix(tmp_path / "env", cache=cache)
    found = sizes_of(prefix, "conda")
    assert found.total.total == du(prefix)
    python = found.by_owner["conda:python"]
    assert python.shared > 10 * python.own
    assert "conda:numpy" in found.by_owner
    assert "numpy" not in found.by_owner
    shutil.rmtree(cache)
    assert sizes_of(prefix, "conda").by_owner["conda:python"].shared == 0


def test_what_pip_put_over_conda_is_pips(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    before = sizes_of(prefix, "conda").by_owner["conda:numpy"]
    install(prefix, make_wheel(tmp_path, "numpy", "9.9", {"numpy/__init__.py": "x" * 70_000}), by="pip")
    after = sizes_of(prefix, "conda").by_owner
    assert after["numpy"].total >= 70_000
    assert after.get("conda:numpy", Sizes().total).files < before.files


def test_one_walk_serves_both_layers(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walks = []
    walk = tree.walk

    def noted(*how: object) -> None:
        walks.append(how)
        walk(*how)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "walk", noted)
    facts = facts_of(prefix)
    assert len(walks) == 1
    assert isinstance(facts.files.folders, files.WalkedFolders)
    assert facts.files.folders.walk is None, "what only the sizes layer needs is let go"
    again = sizes.read(Request(Environment(prefix, "venv"), home=Path("/nowhere")), facts)
    assert again == facts.sizes
    assert len(walks) == 2


def test_without_sizes_nothing_is_kept(prefix: Path) -> None:
    request = Request(Environment(prefix, "venv"), sizes=False)
    *_, last = collect(request, {"files"})
    assert isinstance(last, LayerRead)
    assert isinstance(last.facts.files.folders, files.WalkedFolders)
    assert last.facts.files.folders.walk is None


class TestUse:
    def test_bytecode_read_or_written_is_use(self, prefix: Path) -> None:
        package = site_packages_of(prefix) / "p/__pycache__"
        package.mkdir(parents=True)
        (package / "m.cpython-311.pyc").write_bytes(b"x")
        read, old = 1_700_000_000, 1_600_000_000
        os.utime(package / "m.cpython-311.pyc", (read, old))
        for folder in (package, site_packages_of(prefix)):
            os.utime(folder, (old, old))
        assert sizes_of(prefix).newest_use == read
        assert measure(Environment(prefix, "venv")).last_use == read

    def test_an_installation_is_use(self, prefix: Path) -> None:
        assert time.time() - sizes_of(prefix).newest_use < 3600

    def test_bytecode_that_others_read_too_says_nothing(self, prefix: Path, tmp_path: Path) -> None:
        package = site_packages_of(prefix) / "p/__pycache__"
        package.mkdir(parents=True)
        (package / "m.cpython-311.pyc").write_bytes(b"x")
        os.link(package / "m.cpython-311.pyc", tmp_path / "elsewhere.pyc")
        os.utime(package / "m.cpython-311.pyc", (2_000_000_000, 2_000_000_000))
        assert sizes_of(prefix).newest_use < 2_000_000_000

    @pytest.mark.parametrize(
        ("line", "noted"),
        [
            ("1 0 8:1 / / rw,relatime - ext4 /dev/sda rw", True),
            ("1 0 8:1 / / rw,noatime - ext4 /dev/sda rw", False),
            ("1 0 8:1 / / ro,relatime - ext4 /dev/sda rw", False),
            ("1 0 0:5 / / rw,relatime - overlay overlay rw,lowerdir=/x", False),
            ("1 0 0:5 / / rw,relatime - nfs4 host:/home rw", False),
            ("nonsense", False),
        ],
    )
    def test_only_file_systems_that_note_reading_count(self, tmp_path: Path, line: str, noted: bool) -> None:
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/mountinfo").write_text(line + "\n")
        assert mounts.mount_of(str(tmp_path / "home/env"), tmp_path).notes_reading is noted

    def test_the_innermost_mount_counts(self, tmp_path: Path) -> None:
        (tmp_path / "proc/self").mkdir(parents=True)
        lines = (
            "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /my\\040data rw,noatime - xfs b rw\n3 1 8:3 / /my rw - ext4 c rw\n"
        )
        (tmp_path / "proc/self/mountinfo").write_text(lines)
        assert mounts.mount_of(str(tmp_path / "my data/env"), tmp_path).kind == "xfs"
        assert mounts.mount_of(str(tmp_path / "my dat"), tmp_path).kind == "ext4"


class TestCaches:
    def cache(self, home: Path, tool: str = "uv", **more: Any) -> Cache:
        env = home / "env"
        env.mkdir(exist_ok=True)
        (found,) = (cache for cache in sizes_of(env, home=home, **more).caches if cache.tool == tool)
        return found

    @needs_du
    def test_pips_and_uvs_are_counted(self, tmp_path: Path) -> None:
        for path in (".cache/pip/http/a", ".cache/uv/archive-v0/b"):
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_bytes(b"x" * 100_000)
        pip, uv = self.cache(tmp_path, "pip"), self.cache(tmp_path)
        assert (pip.total, pip.free) == (du(tmp_path / ".cache/pip"),) * 2
        assert uv.total == du(tmp_path / ".cache/uv")
        assert pip.same_filesystem
        assert pip.complete
        os.link(tmp_path / ".cache/uv/archive-v0/b", tmp_path / "linked")
        assert self.cache(tmp_path).free == uv.free - blocks(tmp_path / "linked")

    def test_variables_name_other_places(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "xdg/pip").mkdir(parents=True)
        variables = {"UV_CACHE_DIR": str(tmp_path / "elsewhere"), "XDG_CACHE_HOME": str(tmp_path / "xdg")}
        assert self.cache(tmp_path, "uv", variables=variables).folder == str(tmp_path / "elsewhere")
        assert self.cache(tmp_path, "pip", variables=variables).folder == str(tmp_path / "xdg/pip")

    @pytest.mark.parametrize(
        ("system", "folders"),
        [
            ("macos", {"pip": "Library/Caches/pip", "uv": ".cache/uv"}),
            ("windows", {"pip": "AppData/Local/pip/Cache", "uv": "AppData/Local/uv/cache"}),
        ],
    )
    def test_other_systems_keep_them_elsewhere(
        self, tmp_path: Path, system: Literal["macos", "windows"], folders: dict[str, str]
    ) -> None:
        for folder in folders.values():
            (tmp_path / folder).mkdir(parents=True)
        request = Request(Environment(tmp_path, "venv"), home=tmp_path)
        found = caches.read_caches(request, Facts(identity=Identity(system=system)), str(tmp_path), 5.0)
        assert {cache.tool: cache.folder for cache in found} == {t: str(tmp_path / f) for t, f in folders.items()}

    def test_a_cache_that_colleagues_may_write_is_not_mine(self, tmp_path: Path) -> None:
        (tmp_path / ".cache/uv").mkdir(parents=True)
        assert self.cache(tmp_path).mine
        (tmp_path / ".cache/uv").chmod(0o777)
        assert not self.cache(tmp_path).mine

    def test_counting_ends_in_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".cache/uv/a").mkdir(parents=True)
        (tmp_path / ".cache/uv/a/b").write_bytes(b"x" * 100_000)
        monkeypatch.setattr(sizes, "_CACHE_SECONDS", -1)
        late = self.cache(tmp_path)
        assert not late.complete
        assert late.total == 0
        assert self.cache(tmp_path, deep=True).complete

    def test_what_there_is_no_time_for_is_estimated_by_a_sample(self, tmp_path: Path) -> None:
        for number in range(200):
            (tmp_path / f"http-v2/{number:03}").mkdir(parents=True)
            (tmp_path / f"http-v2/{number:03}/body").write_bytes(b"x" * 40_000)
        whole = caches._measure(str(tmp_path), lambda: False)
        clock = iter(range(1_000))
        found = caches._measure(str(tmp_path), lambda: next(clock) > 100)
        assert whole.complete
        assert whole.estimate == 0
        assert not found.complete
        assert found.free < whole.free / 2
        assert found.estimate == pytest.approx(whole.free, rel=0.02)

    def test_uvs_wheels_are_estimated_by_their_records_unless_they_are_linked(self, tmp_path: Path) -> None:
        for number in range(20):
            info = tmp_path / f"archive-v0/{number:02}/p-1.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text("Name: p")
            (info / "RECORD").write_text("p/a.so,sha256=x,2000000\np/b.py,sha256=y,500\np-1.dist-info/RECORD,,\n")
        for number in range(5):
            os.link(tmp_path / f"archive-v0/{number:02}/p-1.dist-info/METADATA", tmp_path / f"linked{number}")
        found = caches._measure_uv(str(tmp_path), lambda part=1.0: part < 1.0)
        assert not found.complete
        assert found.estimate == 15 * 2_000_500

    def test_of_condas_only_what_no_environment_links_is_free(self, tmp_path: Path) -> None:
        pkgs = tmp_path / "pkgs"
        for package in ("used-1-0", "unused-1-0"):
            (pkgs / package / "info").mkdir(parents=True)
            (pkgs / package / "lib.so").write_bytes(b"x" * 50_000)
            (pkgs / package / "info/index.json").write_text("{}")
        (pkgs / "used-1-0.conda").write_bytes(b"x" * 30_000)
        (pkgs / "urls.txt").write_text("")
        os.link(pkgs / "used-1-0/lib.so", tmp_path / "linked")
        total, free, complete, _ = caches._measure_packages(str(pkgs), lambda: False)
        unused = sum(blocks(path) for path in ((pkgs / "unused-1-0"), *(pkgs / "unused-1-0").rglob("*")))
        assert free == unused + blocks(pkgs / "used-1-0.conda")
        assert total > free + 50_000
        assert complete


def test_measuring_for_the_list_can_be_stopped(prefix: Path) -> None:
    stop = threading.Event()
    stop.set()
    environment = Environment(prefix, "venv")
    assert measure(environment, stop) == environment
    assert measure(environment, threading.Event()).size
    assert measure(Environment(prefix / "gone", "venv")).size is None
    assert measure(Environment(Path("/usr"), "system")).size is None
