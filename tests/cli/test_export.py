"""envdoctor export as a process: which format, where to, what it says beside, and that no secret leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv, site_packages_of
from tests.patients.wheels import make_wheel

FORMATS = ("explicit", "environment.yml", "requirements", "pylock", "cyclonedx")
SEED = "SEEDEDsecret"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment holds two packages of a folder of wheels."""
    folder = tmp_path_factory.mktemp("export")
    prefix = make_venv(folder / "project" / ".venv")
    wheels = folder / "project" / "wheels"
    install(
        prefix,
        make_wheel(wheels, "demo-lib", "1.0", {"demo_lib.py": ""}, requires=["demo-tool"]),
        make_wheel(wheels, "demo-tool", "2.0", {"demo_tool.py": ""}),
    )
    (folder / "home").mkdir()
    return folder / "project"


def run(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    outside = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX", "PIP_FIND_LINKS")}
    own = {"HOME": str(project.parent / "home"), "ENVDOCTOR_STATE": str(project.parent / "state")}
    return subprocess.run(
        [sys.executable, "-m", "doctor", "export", *arguments],
        cwd=project,
        env=outside | own | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_word_it_chooses_and_says_why_on_standard_error(project: Path) -> None:
    done = run(project)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == ["demo-lib==1.0", "demo-tool==2.0"]
    lines = done.stderr.splitlines()
    assert lines[0].startswith("format requirements: ")
    assert any(line.startswith("  carries: distributions (when uv installs them, as here)") for line in lines)
    assert any(line.startswith("  not at all: ") and "machine" in line for line in lines)
    assert lines[-3] == "next: the same command with -o requirements.txt writes it"
    assert lines[-2].startswith("then: uv venv --python 3.")
    assert lines[-1].startswith("or: python3.")
    assert all("--no-deps -r requirements.txt" in line for line in lines[-2:])
    assert "# not at all: " in done.stdout


def test_the_name_of_the_file_says_the_format_and_nothing_is_written_over(project: Path, tmp_path: Path) -> None:
    file = project / "pylock.toml"
    done = run(project, "--wheels", "wheels", "-o", "pylock.toml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert 'path = "wheels/demo_lib-1.0-py3-none-any.whl"' in file.read_text()
    assert "written to pylock.toml" in done.stderr
    before = file.read_bytes()
    again = run(project, "--wheels", "wheels", "-o", "pylock.toml")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert file.read_bytes() == before
    assert run(project, "--wheels", "wheels", "-o", "pylock.toml", "--force").returncode == 0
    file.unlink()
    link = project / "requirements-link.txt"
    link.symlink_to(tmp_path / "elsewhere")
    assert run(project, "-o", link.name).returncode == 2
    assert not (tmp_path / "elsewhere").exists()
    link.unlink()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "explicit"), "conda installed nothing here; try requirements"),
        (("--format", "pylock"), "demo-lib 1.0: nobody tells its file and hash"),
        (("--force",), "-o names"),
        (("--wheels", "nowhere"), "no such folder"),
        (("--format", "environment.yml", "--wheels", "wheels"), "takes none"),
        (("-o", "nowhere/requirements.txt"), "there is no folder nowhere"),
        (("-o", "wheels"), "a folder"),
        (("nowhere",), "nowhere"),
        (("--format", "pdf"), "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_told(project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(project, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_hashes_are_taken_from_a_folder_of_wheels(project: Path) -> None:
    done = run(project, "--format", "requirements", "--wheels", "wheels")
    assert done.stdout.count("--hash=sha256:") == 2
    assert "told by the folder of wheels" in done.stderr


def test_a_bill_of_materials_is_the_same_each_time(project: Path) -> None:
    one, other = (run(project, "--format", "cyclonedx").stdout for _ in range(2))
    assert one == other
    body = json.loads(one)
    assert {component["name"] for component in body["components"]} >= {"demo-lib", "demo-tool"}
    names = {item["name"] for item in body["metadata"]["component"]["properties"]}
    assert {"envdoctor:fingerprint:native", "envdoctor:fingerprint:machine"} <= names
    assert "timestamp" in run(project, "--format", "cyclonedx", "--dated").stdout


def test_no_secret_leaves_a_virtual_environment(tmp_path: Path) -> None:
    project = tmp_path / "project"
    prefix = make_venv(project / ".venv")
    site = site_packages_of(prefix)
    metadata = f"License: token={SEED}\nRequires-Dist: tool @ https://ada:{SEED}@example.org/tool.whl\n"
    sources = {
        "basic": {"url": f"https://ada:{SEED}@example.org/basic-1.0-py3-none-any.whl", "archive_info": _HASH},
        "query": {"url": f"https://example.org/query-1.0.tar.gz?token={SEED}", "archive_info": _HASH},
        "vcs": {"url": f"https://{SEED}@example.org/vcs.git", "vcs_info": {"vcs": "git", "commit_id": "0abc"}},
        "folder": {"url": f"https://example.org/t/{SEED}/folder-1.0.tar.gz", "archive_info": _HASH},
        "plain": None,
    }
    for name in sources:
        own = {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}"}
        install(prefix, make_wheel(tmp_path / "made", name, "1.0", {f"{name}.py": ""}, extra_dist_info=own))
        if sources[name]:
            (site / f"{name}-1.0.dist-info/direct_url.json").write_text(json.dumps(sources[name]))
    (project / "uv.lock").write_text(
        f'[[package]]\nname = "plain"\nversion = "1.0"\nwheels = [{{ url = "https://ada:{SEED}@example.org/'
        f'plain-1.0-py3-none-any.whl", hash = "sha256:{"1" * 64}" }}]\n'
    )
    (project / "requirements.txt").write_text(f"--index-url https://ada:{SEED}@example.org/simple\nplain==1.0\n")
    home = tmp_path / "home"
    (home / ".config/pip").mkdir(parents=True)
    (home / ".config/pip/pip.conf").write_text(f"[global]\nindex-url = https://ada:{SEED}@example.org/simple\n")
    settings = {
        "UV_INDEX_URL": f"https://ada:{SEED}@example.org/simple",
        "PIP_EXTRA_INDEX_URL": f"https://{SEED}@e.org/s",
    }
    for kind in FORMATS[1:]:
        done = run(project, "--format", kind, XDG_CONFIG_HOME=str(home / ".config"), **settings)
        assert done.returncode == (2 if kind == "pylock" else 0), done.stderr
        assert SEED not in done.stdout + done.stderr, kind
        assert str(tmp_path / "home") not in done.stdout + done.stderr, kind
    assert "password or token" in run(project, "--format", "requirements").stderr


_HASH = {"hashes": {"sha256": "a" * 64}}


def test_no_secret_leaves_a_prefix_of_conda(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "pip", "demo-tool"))
    path = next((prefix / "conda-meta").glob("demo-tool-*.json"))
    body = json.loads(path.read_text())
    path.unlink()
    channel = f"https://conda.example.org/t/{SEED}/lab"
    body |= {"channel": f"{channel}/noarch", "url": f"{channel}/noarch/{body['fn']}", "license": f"password={SEED}"}
    path.write_text(json.dumps(body))
    (prefix / "conda-meta/state").write_text(json.dumps({"version": 1, "env_vars": {"API_TOKEN": SEED, "OMP": "4"}}))
    with (prefix / "conda-meta/history").open("a") as history:
        history.write(f"# cmd: conda install -c {channel} demo-tool\n")
    (prefix / ".condarc").write_text(f"channels:\n  - {channel}\n  - conda-forge\n")
    (tmp_path / "home").mkdir()
    for kind in ("explicit", "environment.yml", "cyclonedx"):
        done = run(tmp_path, str(prefix), "--format", kind)
        assert done.returncode == 0, done.stderr
        assert SEED not in done.stdout + done.stderr, kind
    done = run(tmp_path, str(prefix))
    body = yaml.safe_load(done.stdout)
    assert body["channels"] == ["conda-forge"]
    assert body["variables"] == {"OMP": "4"}
    assert "holds a password or token" in done.stdout
    assert done.stderr.startswith("format environment.yml: ")
    assert "then: conda env create --file environment.yml" in done.stderr
