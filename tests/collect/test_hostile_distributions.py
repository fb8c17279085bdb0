"""Nothing in an environment can stop the distributions layer from being read, or get out of its cage."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from doctor.collect import distributions, identity
from doctor.facts import Facts, serialise
from doctor.target.environment import Environment, Request
from tests.patients.examined import SITE, examine, only
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "env", by="venv")


@pytest.fixture
def site(prefix: Path) -> Path:
    return site_packages_of(prefix)


def test_paths_that_climb_are_placed_and_never_taken_for_the_environments(prefix: Path, site: Path) -> None:
    info = site / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: evil\nVersion: 1.0\n")
    rows = [
        "evil/__init__.py,,",
        "../../../bin/evil,,",
        f"{'../' * 30}etc/passwd,,",
        "/etc/shadow,,",
        f"{prefix}/bin/inside,,",
        "evil/../../../../../../../../../../../../../etc/hosts,,",
        "evil/./x//y.py,,",
        "evil/\x1b]52;c;aGk=\x07.py,,",
        "evil/\u202egnp.py,,",
        '"evil/a ""b"", c.py",,',
        ",,",
        "",
        "evil/last.py",
    ]
    (info / "RECORD").write_text("\n".join(rows) + "\n")
    found = examine(prefix)
    assert only(found, "evil").paths == (
        f"{SITE}/evil/__init__.py",
        "bin/evil",
        "/etc/passwd",
        "/etc/shadow",
        "bin/inside",
        "/etc/hosts",
        f"{SITE}/evil/x/y.py",
        f'{SITE}/evil/a "b", c.py',
        f"{SITE}/evil/last.py",
    )
    (problem,) = found.problems
    assert (problem.path, problem.line) == (f"{SITE}/evil-1.0.dist-info/RECORD", 8)
    assert "2 paths" in problem.reason


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ("../../../bin/evil", "bin/evil"),
        (f"evil/{'../' * 30}etc/hosts", "/etc/hosts"),
        ("../../../../../../../../../../../../../../../etc/passwd", "/etc/passwd"),
        ("../../../lib/../../../../../../../../../../../etc/passwd", "/etc/passwd"),
        ("/etc/shadow", "/etc/shadow"),
        ("evil/..", SITE),
        ("evil//x.py", f"{SITE}/evil/x.py"),
    ],
)
def test_one_odd_row_among_plain_ones(prefix: Path, site: Path, row: str, path: str) -> None:
    info = site / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: evil\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"evil/a.py,,\r\n{row},,\r\nevil/b.py,,\r\n", newline="")
    found = only(examine(prefix), "evil").paths
    assert found == (f"{SITE}/evil/a.py", path, f"{SITE}/evil/b.py")


def test_names_that_deceive_are_cleaned(prefix: Path, site: Path) -> None:
    folder = site / "x\x1b[2J\u202e-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: [red]num\x1b]0;py\u200b[/]\nVersion: 1\x00.0\nSummary: a\x9bb\n")
    found = examine(prefix)
    text = serialise.dump(Facts(distributions=found))
    assert not set("\x1b\u202e\u200b\x9b\x00") & set(json.loads(text) and repr(found))
    assert found.installed[0].name == "[red]num\ufffd]0;py\ufffd[/]", "markup is text: whoever shows it sees to that"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _endless(path: Path) -> None:
    path.symlink_to(path.name)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1024**3)


def _folder(path: Path) -> None:
    path.mkdir()


def _leading_out(path: Path) -> None:
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize("name", ["METADATA", "RECORD", "INSTALLER", "WHEEL", "top_level.txt", "direct_url.json"])
@pytest.mark.parametrize("make", [_fifo, _device, _endless, _sparse, _folder, _leading_out])
def test_no_file_of_a_dist_info_can_stop_the_reading(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    prefix = tmp_path / "env"
    info = prefix / SITE / "trap-1.0.dist-info"
    info.mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text("home = /nowhere\ninclude-system-site-packages = false\n")
    (prefix / "bin").mkdir()
    if name != "METADATA":
        (info / "METADATA").write_text("Name: trap\nVersion: 1.0\n")
    make(info / name)
    start = time.perf_counter()
    found = examine(prefix)
    assert time.perf_counter() - start < 2
    dist = only(found, "trap")
    assert (dist.version, dist.paths) == ("1.0", None)
    assert [problem.path for problem in found.problems] == [f"{SITE}/trap-1.0.dist-info/{name}"]


@pytest.mark.parametrize("make", [_fifo, _device, _endless, _sparse, _leading_out])
@pytest.mark.parametrize("name", ["a.pth", "sitecustomize.py", "b-1.0.egg-info", "c.egg-link", "d-1.0.dist-info"])
def test_no_file_of_site_packages_can_stop_the_reading(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    prefix = tmp_path / "env"
    site = prefix / SITE
    site.mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_text("home = /nowhere\ninclude-system-site-packages = false\n")
    (prefix / "bin").mkdir()
    make(site / name)
    found = examine(prefix)
    assert [problem.path.partition(name)[1] for problem in found.problems] == [name]
    assert found.startup == ()


def test_a_linked_dist_info_is_read_only_where_a_store_explains_it(prefix: Path, site: Path, tmp_path: Path) -> None:
    store = tmp_path / "store" / "kept-1.0.dist-info"
    store.mkdir(parents=True)
    (store / "METADATA").write_text("Name: kept\nVersion: 1.0\n")
    (site / "kept-1.0.dist-info").symlink_to(store)
    (site / "other-2.0.dist-info").symlink_to(store)
    (prefix / "hidden").mkdir()
    (prefix / "hidden" / "METADATA").write_text("Name: inside\nVersion: 4.0\n")
    (site / "inside-4.0.dist-info").symlink_to(prefix / "hidden")
    (site / "ring-3.0.dist-info").symlink_to("ring-3.0.dist-info")
    found = examine(prefix)
    assert [(dist.name, dist.version) for dist in found.installed] == [
        ("inside", "4.0"),
        ("kept", "1.0"),
        ("other", "2.0"),
        ("ring", "3.0"),
    ]
    assert [problem.path.rpartition("/")[2] for problem in found.problems if "RECORD" not in problem.path] == [
        "other-2.0.dist-info",
        "ring-3.0.dist-info",
    ]


def test_symlinked_by_uv(tmp_path: Path) -> None:
    """uv's link mode symlink leads every file out of the environment, into its cache."""
    prefix = make_venv(tmp_path / "env")
    wheel = make_wheel(tmp_path, "Demo.Lib", "1.0", {"demo_lib.py": ""}, requires_python=">=3.8")
    cache = tmp_path / "cache"
    install(prefix, wheel, extra_args=("--link-mode=symlink",), cache=cache)
    dist_info = site_packages_of(prefix) / "Demo_Lib-1.0.dist-info"
    assert (dist_info / "METADATA").is_symlink()
    found = examine(prefix)
    assert found.problems == ()
    assert only(found, "demo-lib").requires_python == ">=3.8"


def test_a_hundred_thousand_rows(prefix: Path, site: Path) -> None:
    info = site / "huge-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: huge\nVersion: 1.0\n")
    digest = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,1234"
    rows = [f"huge/package{n % 100}/module{n}.py,{digest}\r\n" for n in range(100_000)]
    (info / "RECORD").write_text("".join(rows) + "../../../bin/huge,,\r\n", newline="")
    start = time.perf_counter()
    dist = only(examine(prefix, records=False), "huge")
    assert dist.paths is None, "RECORD is left out where nobody asks for it"
    request = Request(Environment(prefix, "venv"))
    dist = only(distributions.read(request, Facts(identity=identity.read(request, Facts()))), "huge")
    assert time.perf_counter() - start < 3
    assert dist.paths is not None
    assert (len(dist.paths), dist.paths[0], dist.paths[-1]) == (
        100_001,
        f"{SITE}/huge/package0/module0.py",
        "bin/huge",
    )
    assert (dist.digests[0], dist.digests[-1], dist.top_level) == (digest, "", ("huge",))


def test_too_large_a_record_is_told(prefix: Path, site: Path) -> None:
    info = site / "huge-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: huge\nVersion: 1.0\n")
    _sparse(info / "RECORD")
    (problem,) = examine(prefix).problems
    assert "more than" in problem.reason
