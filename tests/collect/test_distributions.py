"""The distributions layer, read from environments that real installers made, and from trees made like theirs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from doctor.collect import distributions
from doctor.facts import DirectUrl, Distribution, Facts, Identity, Leftover, SiteFolder
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


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(
        tmp_path / "wheels",
        "Demo.Lib",
        "1.0",
        {"demo_lib/__init__.py": "", "demo_lib/a,b.txt": "comma", "demo_extra.py": "", "demo_lib.libs/x.so.1": "elf"},
        requires=["numpy>=1.26", "tool @ https://me:secret@host.example/tool.whl", 'pytest; extra == "test"'],
        requires_python=">=3.8",
        entry_points="[console_scripts]\ndemo = demo_lib:main\n",
    )


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_installed_by_a_real_installer(prefix: Path, wheel: Path, installer: str) -> None:
    install(prefix, wheel, by=installer)  # type: ignore[arg-type]
    found = examine(prefix)
    dist = only(found, "demo-lib")
    assert (dist.name, dist.version, dist.site) == ("Demo.Lib", "1.0", SITE)
    assert dist.folder == "Demo_Lib-1.0.dist-info"
    assert dist.installer == installer
    assert dist.requested
    assert dist.requires == ("numpy>=1.26", "tool @ https://***@host.example/tool.whl", 'pytest; extra == "test"')
    assert (dist.requires_python, dist.summary) == (">=3.8", "The Demo.Lib of a test")
    assert (dist.tags, dist.pure) == (("py3-none-any",), True)
    assert sorted(dist.top_level) == ["demo_extra", "demo_lib"]
    assert dist.direct_url is None
    assert dist.paths is not None
    assert all((prefix / path).exists() for path in dist.paths), "every path leads to its file"
    assert "bin/demo" in dist.paths
    assert f"{SITE}/demo_lib/a,b.txt" in dist.paths
    digests = dict(zip(dist.paths, dist.digests, strict=True))
    assert digests[f"{SITE}/demo_lib/a,b.txt"].endswith(",5")
    assert digests[f"{SITE}/{dist.folder}/RECORD"] == ""
    assert dist.modified > time.time() - 600
    assert (found.problems, found.leftovers) == ((), ())


def test_scripts_and_whom_they_start(prefix: Path, wheel: Path) -> None:
    install(prefix, wheel)
    own = {script.path: script for script in examine(prefix).scripts}["bin/demo"]
    assert (own.inside, own.exists) == (True, True)
    moved = prefix.rename(prefix.with_name("moved"))
    gone = {script.path: script for script in examine(moved).scripts}["bin/demo"]
    assert (gone.inside, gone.exists) == (False, False)


def test_a_shebang_that_goes_by_the_shell(tmp_path: Path, wheel: Path) -> None:
    prefix = make_venv(tmp_path / "with blanks" / ("x" * 120), by="venv")
    install(prefix, wheel)
    assert (prefix / "bin/demo").read_text().startswith("#!/bin/sh")
    (script,) = (script for script in examine(prefix).scripts if script.path == "bin/demo")
    assert script.interpreter.endswith("/bin/python")
    assert script.inside


def test_scripts_of_other_languages_are_not_meant(prefix: Path) -> None:
    before = examine(prefix).scripts
    (prefix / "bin/tool").write_text("#!/usr/bin/perl\n")
    (prefix / "bin/any").write_text("#!/usr/bin/env python3\n")
    (prefix / "bin/elf").write_bytes(b"\x7fELF" + bytes(5000))
    os.mkfifo(prefix / "bin/fifo")
    assert examine(prefix).scripts == before


def test_editable_and_local_origins(prefix: Path, site: Path, wheel: Path, tmp_path: Path) -> None:
    install(prefix, wheel)
    origin = site / "Demo_Lib-1.0.dist-info" / "direct_url.json"
    sources = tmp_path / "with space"

    def read(body: object) -> DirectUrl | None:
        origin.write_text(json.dumps(body))
        return only(examine(prefix), "demo-lib").direct_url

    url = sources.as_uri()
    assert "%20" in url
    assert read({"url": url, "dir_info": {"editable": True}}) == DirectUrl(url, editable=True, target_exists=False)
    sources.mkdir()
    assert read({"url": url, "dir_info": {"editable": True}}) == DirectUrl(url, editable=True)
    vcs = {"vcs": "git", "commit_id": "1f" * 20}
    assert read({"url": "https://me:pw@git.example/x.git", "vcs_info": vcs}) == DirectUrl(
        "https://***@git.example/x.git", vcs="git", commit="1f" * 20
    )
    clean = DirectUrl("ssh://git.example/x.git", vcs="git", commit="1f" * 20)
    assert read({"url": "ssh://git@git.example/x.git", "vcs_info": vcs}) == clean, "git is no secret"
    variable = read({"url": "https://${USER}:${TOKEN}@git.example/x.git", "vcs_info": vcs})
    assert variable is not None
    assert "***" not in variable.url
    assert read({"url": "file:///croot/numpy_1707/work", "dir_info": {}}) is None, "conda's build folder"
    assert read({"url": "file:///home/conda/feedstock_root/build_artifacts/x/work", "dir_info": {}}) is None
    assert read([1]) is None
    (site / "Demo_Lib-1.0.dist-info" / "INSTALLER").write_text("conda\n")
    assert read({"url": "file:///somewhere", "dir_info": {}}) is None
    assert read({"url": url, "dir_info": {"editable": True}}) == DirectUrl(url, editable=True)


def test_editable_by_uv(prefix: Path, tmp_path: Path) -> None:
    """A link to sources as a modern build backend leaves it, made by hand of what uv writes."""
    sources = tmp_path / "sources"
    sources.mkdir()
    wheel = make_wheel(
        tmp_path,
        "linked",
        "0.1",
        {"_linked.pth": f"{sources}\n", "__editable__.linked-0.1.pth": "import __editable___linked_finder"},
    )
    install(prefix, wheel)
    startup = {file.path: file for file in examine(prefix).startup}
    assert startup[f"{SITE}/_linked.pth"].folders == ((1, str(sources), True),)
    assert startup[f"{SITE}/_linked.pth"].code == ()
    assert startup[f"{SITE}/__editable__.linked-0.1.pth"].code == ((1, "import __editable___linked_finder"),)


def test_eggs_of_old(prefix: Path, site: Path, tmp_path: Path) -> None:
    folder = site / "old_lib-2.0-py3.11.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: old-lib\nVersion: 2.0\n")
    (folder / "requires.txt").write_text(
        'numpy\n\n[plot]\nmatplotlib\n\n[:python_version<"3"]\nenum34\n\n[a:os_name=="nt"]\nb\n'
    )
    (folder / "top_level.txt").write_text("old_lib\n")
    (folder / "installed-files.txt").write_text("../old_lib/__init__.py\nPKG-INFO\n../../../../bin/old\n")
    (site / "single-3.1.egg-info").write_text("Name: single\nVersion: 3.1\n\nVersion: 9\n")
    egg = site / "boxed-1.5-py3.11-linux-x86_64.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO" / "PKG-INFO").write_text("Name: boxed\nVersion: 1.5\n")
    sources = tmp_path / "sources"
    (sources / "my_tool.egg-info").mkdir(parents=True)
    (sources / "my_tool.egg-info" / "PKG-INFO").write_text("Name: my-tool\nVersion: 4.0.dev0\n")
    (site / "my-tool.egg-link").write_text(f"{sources}\n.\n")
    (site / "lost.egg-link").write_text(f"{tmp_path}/gone\n.\n")
    found = examine(prefix)
    assert found.problems == ()
    assert [(d.key, d.version, d.kind) for d in found.installed] == [
        ("boxed", "1.5", "egg-info"),
        ("lost", "", "egg-link"),
        ("my-tool", "4.0.dev0", "egg-link"),
        ("old-lib", "2.0", "egg-info"),
        ("single", "3.1", "egg-info"),
    ]
    old = only(found, "old-lib")
    assert old.requires == (
        "numpy",
        'matplotlib; extra == "plot"',
        'enum34; python_version<"3"',
        'b; (os_name=="nt") and extra == "a"',
    )
    assert old.paths == (f"{SITE}/old_lib/__init__.py", f"{SITE}/{folder.name}/PKG-INFO", "bin/old")
    assert old.top_level == ("old_lib",)
    assert only(found, "my-tool").direct_url == DirectUrl(f"file://{sources}", editable=True)
    assert only(found, "lost").direct_url == DirectUrl(f"file://{tmp_path}/gone", editable=True, target_exists=False)
    assert found.leftovers == (), "an egg-info has no RECORD by design"


def test_metadata_in_odd_dress(prefix: Path, site: Path) -> None:
    def write(folder: str, metadata: bytes) -> Distribution:
        (site / folder).mkdir()
        (site / folder / "METADATA").write_bytes(metadata)
        return next(d for d in examine(prefix).installed if d.folder == folder)

    folded = b"Name: folded\r\nVersion: 1\r\nRequires-Dist: numpy\r\n  >=1.26;\r\n\tpython_version>'3'\r\n"
    folded += b"\r\nRequires-Dist: description\r\n"
    assert write("folded-1.dist-info", folded).requires == ("numpy >=1.26; python_version>'3'",)
    assert write("bom-1.dist-info", b"\xef\xbb\xbfName: bom\nVersion: 1\n").name == "bom"
    latin = write("latin-1.dist-info", b"Name: latin\nVersion: 1\nSummary: caf\xe9\nRequires-Dist: x\n")
    assert (latin.summary, latin.requires) == ("caf\ufffd", ("x",))
    empty = write("empty_one-7.1.dist-info", b"")
    assert (empty.key, empty.version) == ("empty-one", "7.1")
    assert [p.path for p in examine(prefix).problems] == [f"{SITE}/empty_one-7.1.dist-info/METADATA"]


def test_leftovers(prefix: Path, site: Path, wheel: Path) -> None:
    install(prefix, wheel)
    (site / "~emo_lib").mkdir()
    (site / "~emo_lib-0.9.dist-info").mkdir()
    (site / "~ix.py").touch()
    (site / "hollow-1.0.dist-info").mkdir()
    (site / "Demo_Lib-1.0.dist-info" / "RECORD").unlink()
    found = examine(prefix)
    assert set(found.leftovers) == {
        Leftover(f"{SITE}/~emo_lib", "renamed"),
        Leftover(f"{SITE}/~emo_lib-0.9.dist-info", "renamed"),
        Leftover(f"{SITE}/~ix.py", "renamed"),
        Leftover(f"{SITE}/hollow-1.0.dist-info", "no-metadata"),
        Leftover(f"{SITE}/Demo_Lib-1.0.dist-info", "no-record"),
    }
    assert [dist.key for dist in found.installed] == ["demo-lib"]
    assert only(found, "demo-lib").paths is None
    (site / "Demo_Lib-1.0.dist-info" / "INSTALLER").write_text("conda")
    assert Leftover(f"{SITE}/Demo_Lib-1.0.dist-info", "no-record") not in examine(prefix).leftovers


@pytest.mark.parametrize("site", ["lib/python3/dist-packages", "lib/python3.11/site-packages"])
def test_what_the_system_installed_needs_no_record(tmp_path: Path, site: str) -> None:
    packages = tmp_path / "usr" / site
    (packages / "yaml-6.0.dist-info").mkdir(parents=True)
    (packages / "yaml-6.0.dist-info" / "METADATA").write_text("Name: PyYAML\nVersion: 6.0\n")
    (tmp_path / "usr/lib/python3.11").mkdir(exist_ok=True)
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/python3.11").touch(mode=0o755)
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    (tmp_path / "etc/python3.11").mkdir(parents=True)
    (tmp_path / "etc/python3.11/sitecustomize.py").write_text("import apport_python_hook\n")
    (tmp_path / "usr/lib/python3.11/sitecustomize.py").symlink_to(tmp_path / "etc/python3.11/sitecustomize.py")
    where = Identity(
        kind="system",
        python="3.11.2",
        site_folders=(SiteFolder(site, "environment"),),
        stdlib="lib/python3.11",
    )
    request = Request(Environment(tmp_path / "usr", "system"), root=tmp_path)
    found = distributions.read(request, Facts(identity=where))
    assert [dist.key for dist in found.installed] == ["pyyaml"]
    assert (found.leftovers, found.problems) == ((), ())
    assert [file.path for file in found.startup] == ["lib/python3.11/sitecustomize.py"]


def test_startup_files(prefix: Path, site: Path, tmp_path: Path) -> None:
    code = f"import os;{' ' * 400}exec(__import__('base64').b64decode('cHJpbnQoMSk='))"
    (site / "mixed.pth").write_text(f"# comment\n\n{code}\n../lib-extra\n{tmp_path}\nimport\tsys\n imported\n")
    (site / "lib-extra").mkdir()
    (site / "sitecustomize.py").write_text('"""Ours."""\n# nothing\n\nimport lab\n')
    (site / "usercustomize.py").write_text("password = 'hunter2'\n")
    (site / "later.start").write_text("demo.boot:main\n")
    startup = {Path(file.path).name: file for file in examine(prefix).startup}
    mixed = startup["mixed.pth"]
    assert mixed.kind == "pth"
    assert [line for line, _ in mixed.code] == [3, 6]
    assert mixed.code[0][1].startswith("import os; exec(__import__('base64')"), "blanks do not hide it"
    assert set(mixed.suspicious) == {"base64", "exec("}
    assert mixed.folders == (
        (4, f"{SITE.rpartition('/')[0]}/lib-extra", False),
        (5, str(tmp_path), True),
        (7, f"{SITE}/ imported", False),
    )
    assert startup["sitecustomize.py"].code == ((1, '"""Ours."""'), (4, "import lab"))
    assert startup["usercustomize.py"].code == ((1, "password = ***"),)
    assert "later.start" not in startup, "older Pythons do not look at it"


def test_start_files_of_python_3_15(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    packages = prefix / "lib/python3.15/site-packages"
    packages.mkdir(parents=True)
    (packages / "demo.start").write_text("# boot\ndemo.boot:main\n")
    (packages / "demo.pth").write_text("import demo.boot\n/srv/demo\n")
    (packages / "other.pth").write_text("import other\n")
    where = Identity(python="3.15.0", site_folders=(SiteFolder("lib/python3.15/site-packages", "environment"),))
    found = distributions.read(Request(Environment(prefix, "venv")), Facts(identity=where))
    startup = {Path(file.path).name: file for file in found.startup}
    assert startup["demo.start"].code == ((2, "demo.boot:main"),)
    assert startup["demo.pth"].code == (), "its .start takes the place of its import lines"
    assert startup["demo.pth"].folders == ((2, "/srv/demo", False),)
    assert startup["other.pth"].code == ((1, "import other"),)


def test_undecodable_pth_is_a_problem_and_no_crash(prefix: Path, site: Path) -> None:
    (site / "bad.pth").write_bytes(b"ok\n/srv/caf\xe9\nimport os\n")
    found = examine(prefix)
    assert [(problem.path, problem.line) for problem in found.problems] == [(f"{SITE}/bad.pth", 2)]
    (startup,) = found.startup
    assert startup.code == ((3, "import os"),)


def test_another_python_left_something(prefix: Path, wheel: Path) -> None:
    install(prefix, wheel)
    assert examine(prefix).other_pythons == ()
    stranded = prefix / "lib/python3.4/site-packages"
    (stranded / "six-1.0.dist-info").mkdir(parents=True)
    assert examine(prefix).other_pythons == (("lib/python3.4/site-packages", ("six",)),)


def test_windows_layout(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    packages = prefix / "Lib/site-packages"
    info = packages / "demo-1.0.dist-info"
    info.mkdir(parents=True)
    (prefix / "Scripts").mkdir()
    (prefix / "Scripts/python.exe").write_bytes(b"MZ")
    (prefix / "pyvenv.cfg").write_text("home = C:\\Python311\nversion = 3.11.7\ninclude-system-site-packages = false\n")
    (prefix / "Scripts/demo.exe").write_bytes(b"MZ")
    (prefix / "Scripts/demo-script.py").write_text('#!"C:\\with blanks\\env\\Scripts\\python.exe"\n')
    (prefix / "Scripts/plain.py").write_text("#!C:\\env\\Scripts\\python.exe\n")
    (info / "METADATA").write_text("Name: demo\nVersion: 1.0\n")
    (info / "INSTALLER").write_text("pip\r\n")
    (info / "RECORD").write_text(
        "demo/__init__.py,,\n..\\..\\Scripts\\demo.exe,sha256=x,3\ndemo\\a.pyd,,\ndemo-1.0.dist-info/RECORD,,\n"
    )
    found = examine(prefix)
    dist = only(found, "demo")
    base = "Lib/site-packages"
    assert dist.paths == (
        f"{base}/demo/__init__.py",
        "Scripts/demo.exe",
        f"{base}/demo/a.pyd",
        f"{base}/demo-1.0.dist-info/RECORD",
    )
    assert (dist.installer, dist.top_level) == ("pip", ("demo",))
    assert [(s.path, s.interpreter, s.exists) for s in found.scripts] == [
        ("Scripts/demo-script.py", "C:/with blanks/env/Scripts/python.exe", False),
        ("Scripts/plain.py", "C:/env/Scripts/python.exe", False),
    ]


def test_the_users_folder_counts_also_where_it_is_asleep(prefix: Path, wheel: Path, tmp_path: Path) -> None:
    install(prefix, wheel)
    user = tmp_path / "home/.local" / SITE
    (user / "shade-1.0.dist-info").mkdir(parents=True)
    (user / "shade-1.0.dist-info" / "METADATA").write_text("Name: shade\nVersion: 1.0\n")
    (user / "shade-1.0.dist-info" / "RECORD").write_text("shade.py,,\n../../../bin/shade,,\n../../../../../etc/x,,\n")
    dist = only(examine(prefix), "shade")
    assert dist.site == f"~/.local/{SITE}"
    assert dist.paths is not None
    assert dist.paths[0] == f"~/.local/{SITE}/shade.py"
    assert not any(path.startswith(("bin", "etc", "lib")) for path in dist.paths), "none of it is the environment's"
