"""What an export says can be installed again and gives the same; what it cannot carry, it names."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Literal

import pytest
import yaml
from packaging.requirements import Requirement
from rattler.explicit_environment.environment import ExplicitEnvironmentSpec
from uv import find_uv_bin

from doctor import checks
from doctor.examine import Examined, examine
from doctor.facts import DirectUrl, Facts, Identity, Settings
from doctor.facts.build import distribution, environment, record
from doctor.facts.conda import Transaction
from doctor.facts.settings import Setting
from doctor.fix.export import environment_yml, explicit, requirements, write_down
from doctor.fix.export.requirement_lines import requirement
from doctor.fix.folders import exports_folder
from doctor.fix.managers.operands import requirements as requirements_of
from doctor.judgement.overlap import depend_name
from doctor.knowledge.reinstall import same_distribution
from doctor.model import Install, Tell
from doctor.reading.python.metadata import parse_direct_url
from doctor.reading.repository.specifications import read_specifications
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_states import pip_only, pip_over_conda
from tests.patients.venvs import install, make_venv, python_of
from tests.patients.wheels import make_wheel


def facts_of(prefix: Path, home: Path | None = None) -> Facts:
    """Everything that an examination knows of a prefix."""
    found = inspect_prefix(prefix)
    assert found is not None
    request = Request(
        found, variables={"PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull}, home=home or prefix.parent / "home"
    )
    last = list(examine(request, checks.load()))[-1]
    assert isinstance(last, Examined)
    return last.examination.facts


def distributions(facts: Facts) -> dict[str, str]:
    return {dist.key: dist.version for dist in facts.distributions.installed}


def live(text: str) -> list[str]:
    """The lines that an installer reads."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def install_listed(prefix: Path, file: Path, home: Path, *flags: str) -> None:
    """Install a requirements file as a user would, without a network."""
    command = [find_uv_bin(), "pip", "install", "--quiet", "--offline", "--no-cache"]
    command += ["--python", str(python_of(prefix)), *flags, "--requirement", str(file)]
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "UV_NO_CONFIG": "1"}
    subprocess.run(command, check=True, env=variables, timeout=100)


def test_requirements_install_into_a_new_environment_that_holds_the_same(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    made = [
        make_wheel(wheels, "Demo_Lib", "1.0", {"demo_lib.py": "x = 1\n"}, requires=["demo-tool>=2"]),
        make_wheel(wheels, "demo-tool", "2.0rc1", {"demo_tool.py": "x = 1\n"}),
        make_wheel(wheels, "demo.extra", "1!0.5.post1", {"demo_extra.py": "x = 1\n"}),
    ]
    local = make_wheel(tmp_path / "a place", "demo-local", "0.1", {"demo_local.py": "x = 1\n"})
    first = make_venv(tmp_path / "first")
    install(first, *made, str(local))
    (written,) = write_down(("requirements",), facts_of(first), tmp_path)
    second = make_venv(tmp_path / "second")
    install_listed(second, written, tmp_path, "--no-index", f"--find-links={wheels}", "--no-deps")
    assert distributions(facts_of(second)) == distributions(facts_of(first))
    assert len(distributions(facts_of(second))) == 4


def test_addresses_under_the_home_folder_are_written_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    local = make_wheel(tmp_path / "got", "demo-local", "0.1", {"demo_local.py": "x = 1\n"})
    first = make_venv(tmp_path / "first")
    install(first, str(local))
    (written,) = write_down(("requirements",), facts_of(first, tmp_path), tmp_path)
    assert str(tmp_path) not in written.read_text()
    second = make_venv(tmp_path / "second")
    install_listed(second, written, tmp_path)
    assert distributions(facts_of(second)) == {"demo-local": "0.1"}


def test_requirements_say_where_each_came_from_and_what_is_left_out() -> None:
    sources = {
        "vcs": DirectUrl("https://example.org/vcs.git", vcs="git", commit="0123abc"),
        "by-ssh": DirectUrl("ssh://example.org/by-ssh.git", vcs="git", commit="0123abc"),
        "moving": DirectUrl("https://example.org/moving.git", vcs="git"),
        "mine": DirectUrl("file://~/mine", editable=True),
        "private": DirectUrl("https://***@example.org/private-1.0-py3-none-any.whl"),
        "gone": DirectUrl("file:///tmp/gone", target_exists=False),
        "odd": DirectUrl("https://example.org/a b.whl"),
    }
    dists = [distribution(name, "1.0", direct_url=url) for name, url in sources.items()]
    dists += [distribution("torch", "2.4.1+cu121"), distribution("numpy", "1.26.4"), distribution("own", "1.0+local")]
    dists += [distribution("strange", "not a version"), distribution("pip", "24.0")]
    text = requirements(environment(distributions=dists))
    assert live(text) == [
        "--extra-index-url https://download.pytorch.org/whl/cu121",
        "by-ssh @ git+ssh://git@example.org/by-ssh.git@0123abc",
        "numpy==1.26.4",
        "own==1.0+local",
        "torch==2.4.1+cu121",
        "vcs @ git+https://example.org/vcs.git@0123abc",
    ]
    for name in ("moving", "mine", "private", "gone", "odd", "strange"):
        assert any(line.startswith(f"# left out: {name} ") for line in text.splitlines()), name
    assert "pip==24.0 was there" in text
    for line in live(text)[1:]:
        assert Requirement(line)
    assert requirements(environment(distributions=dists[::-1])) == text, "the same in whatever order it was read"


@pytest.mark.parametrize("by", ["uv", "venv"])
def test_an_archive_is_asked_for_with_the_checksum_that_its_installer_noted(
    tmp_path: Path, by: Literal["uv", "venv"]
) -> None:
    local = make_wheel(tmp_path / "got", "demo-local", "0.1", {"demo_local.py": "x = 1\n"})
    digest = f"sha256={hashlib.sha256(local.read_bytes()).hexdigest()}"
    first = make_venv(tmp_path / "first", by=by)
    asked = f"demo-local @ {local.as_uri()}#{digest}"
    install(first, asked)
    facts = facts_of(first)
    (dist,) = [dist for dist in facts.distributions.installed if dist.key == "demo-local"]
    assert dist.direct_url == DirectUrl(local.as_uri(), digest=digest)
    (written,) = write_down(("requirements",), facts, tmp_path)
    assert live(written.read_text()) == [asked]
    assert asked in environment_yml(facts)
    make_wheel(tmp_path / "got", "demo-local", "0.1", {"demo_local.py": "x = 2\n"})
    with pytest.raises(subprocess.CalledProcessError):
        install_listed(make_venv(tmp_path / "second"), written, tmp_path)


def test_what_direct_url_tells_of_an_archive_or_a_repository_is_asked_for_again() -> None:
    weak, strong, other = "md5=" + "a" * 32, "sha256=" + "B" * 64, "sha512=" + "c" * 128

    def line(body: object) -> str:
        parsed = parse_direct_url(json.dumps(body).encode(), "pip")
        assert parsed is not None
        return requirement(distribution("lab", "1.0", direct_url=parsed.shown)).text

    url = "https://example.org/lab-1.0.tar.gz"
    hashes = {"md5": "a" * 32, "sha512": "c" * 128, "sha256": "B" * 64}
    assert line({"url": url, "archive_info": {"hashes": hashes}}) == f"lab @ {url}#{strong.lower()}"
    assert line({"url": url, "archive_info": {"hash": other, "hashes": {"sha256": 3}}}) == f"lab @ {url}#{other}"
    assert line({"url": url, "archive_info": {"hash": weak}}) == f"lab @ {url}"
    assert line({"url": url, "archive_info": {"hash": "sha256=" + "b" * 63}}) == f"lab @ {url}"
    inside = {"url": url, "archive_info": {"hash": strong}, "subdirectory": "py/lab"}
    assert line(inside) == f"lab @ {url}#{strong.lower()}&subdirectory=py/lab"
    by_uv = {"url": f"{url}#egg=lab&subdirectory=py/lab&{other}", "archive_info": {}}
    assert line(by_uv) == f"lab @ {url}#{other}&subdirectory=py/lab"
    git = {"url": "https://example.org/lab.git", "vcs_info": {"vcs": "git", "commit_id": "1f"}, "subdirectory": "py"}
    assert line(git) == "lab @ git+https://example.org/lab.git@1f#subdirectory=py"
    for text in ("../other", "a/../b", "/etc", "a&egg=evil", "a b", "-r"):
        assert line(git | {"subdirectory": text}) == "", text


def test_requirements_of_a_conda_environment_hold_what_pip_owns_alone(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env")
    pip_only(prefix)
    text = requirements(facts_of(prefix))
    assert live(text) == ["demo-extra==0.1"]
    assert "What conda installed is not in it" in text


def test_an_explicit_list_is_what_rattler_reads_with_needs_first(tmp_path: Path) -> None:
    facts = facts_of(make_conda_prefix(tmp_path / "env", packages=("python", "pip", "demo-tool", "pkgs/main::numpy")))
    text = explicit(facts)
    read = ExplicitEnvironmentSpec.from_str(text)
    assert str(read.platform) == "linux-64"
    checksums = dict(package.url.split("#") for package in read.packages)
    assert checksums == {record.url: record.md5 for record in facts.conda.records}
    seen: set[str] = set()
    by_url = {record.url: record for record in facts.conda.records}
    for url in checksums:
        needed = {depend_name(depend) for depend in by_url[url].depends}
        assert needed & {record.name for record in facts.conda.records} <= seen
        seen.add(by_url[url].name)


def test_an_explicit_list_leaves_out_what_it_cannot_name() -> None:
    secret = record("secret", "1.0", url="https://conda.example.org/t/***/main/linux-64/secret-1.0-h0_0.conda")
    nowhere = record("nowhere", "1.0", url="")
    forged = record("forged", "1.0", url="https://example.org/a b\nhttps://evil.example/x.conda")
    only_sha = record("only-sha", "1.0", sha256="ab" * 32)
    circle = record("a", "1.0", depends=("b",)), record("b", "1.0", depends=("a",))
    facts = environment(kind="conda", records=(secret, nowhere, forged, only_sha, *circle))
    text = explicit(facts)
    lines = live(text)
    assert lines[0] == "@EXPLICIT"
    assert len(lines) == 4
    assert lines[-1].endswith("#sha256:" + "ab" * 32)
    for name in ("secret", "nowhere", "forged"):
        assert f"# left out: {name} 1.0" in text
    assert len(ExplicitEnvironmentSpec.from_str(text).packages) == 3


def test_environment_yml_is_read_back_as_it_is(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "demo", packages=("python", "pip", "demo-tool", "pkgs/main::openssl"))
    pip_only(prefix)
    facts = facts_of(prefix)
    (written,) = write_down(("environment.yml",), facts, tmp_path)
    assert written.name == "environment.yml"
    ((read,), problems) = read_specifications(tmp_path)
    assert not problems
    assert read.name == "demo"
    assert read.channels == ("conda-forge", "defaults")
    conda = [asked.text for asked in read.asked if asked.manager == "conda"]
    versions = {item.name: item.version for item in facts.conda.records}
    assert conda == [
        f"python={versions['python']}",
        f"demo-tool={versions['demo-tool']}",
        f"defaults::openssl={versions['openssl']}",
        f"pip={versions['pip']}",
    ]
    assert [asked.text for asked in read.asked if asked.manager == "pip"] == ["demo-extra==0.1"]
    assert "prefix" not in yaml.safe_load(written.read_text())


def test_environment_yml_without_defaults_keeps_them_out_and_takes_the_configured_order() -> None:
    records = (record("blast", "2.16.0", channel="bioconda"), record("python", "3.11.7"), record("zlib", "1.3"))
    settings = Settings(channels=("bioconda", "conda-forge", "defaults"))
    loaded = yaml.safe_load(environment_yml(environment(kind="conda", records=records, settings=settings)))
    assert loaded["channels"] == ["bioconda", "conda-forge", "nodefaults"]
    assert "conda-forge::python=3.11.7" in loaded["dependencies"]
    assert "blast=2.16.0" in loaded["dependencies"]


@pytest.mark.parametrize(
    ("version", "named"), [("24.11.3", True), ("26.6.2", True), ("26.7.0", False), ("27.1", False)]
)
def test_nodefaults_stands_where_the_conda_that_made_the_environment_knows_the_word(version: str, named: bool) -> None:
    facts = environment(kind="conda", records=(record("zlib", "1.3"),))
    history = (Transaction("2026-01-02 03:04:05", conda_version="4.12.0"), Transaction("", conda_version=version))
    facts = facts._replace(conda=facts.conda._replace(history=(*history, Transaction("2026-01-02 03:04:05"))))
    assert ("nodefaults" in yaml.safe_load(environment_yml(facts))["channels"]) is named


def test_environment_yml_tells_what_lies_over_conda_and_what_is_secret(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "pip", "demo-lib"))
    pip_over_conda(prefix)
    facts = facts_of(prefix)
    values = {"API_TOKEN": "***", "OMP_NUM_THREADS": "4", "DATA": "~/data", "WORD": 'yes: "no"'}
    facts = facts._replace(conda=facts.conda._replace(variables=values, pinned=("numpy 1.26.*",)))
    text = environment_yml(facts)
    loaded = yaml.safe_load(text)
    assert loaded["dependencies"][-1] == {"pip": ["demo-lib==2.0"]}
    assert not any(str(item).startswith("demo-lib") for item in loaded["dependencies"][:-1])
    assert "# demo-lib=1.1: demo-lib 2.0 of pip lies over it" in text
    assert loaded["variables"] == {"OMP_NUM_THREADS": "4", "WORD": 'yes: "no"'}
    assert "the variable API_TOKEN" in text
    assert "the variable DATA" in text
    assert "# pinned: numpy 1.26.*" in text


def test_environment_yml_of_a_virtual_environment_and_of_hostile_names() -> None:
    dists = (distribution("numpy", "1.26.4"), distribution("bad", "1.0\n- evil"))
    facts = environment(distributions=dists, identity={"name": ".venv of my: shop"})
    loaded = yaml.safe_load(environment_yml(facts))
    assert loaded["name"] == "my-shop"
    assert loaded["dependencies"] == ["python=3.11", "pip", {"pip": ["numpy==1.26.4"]}]


def test_where_nothing_was_asked_for_it_is_what_no_other_needs() -> None:
    records = (
        record("python", "3.11.7", depends=("zlib",)),
        record("zlib", "1.3"),
        record("numpy", "1.26.4", depends=("python >=3.11",)),
    )
    loaded = yaml.safe_load(environment_yml(environment(kind="conda", records=records)))
    assert loaded["dependencies"] == ["python=3.11.7", "numpy=1.26.4"]


def test_no_file_is_ever_written_over(tmp_path: Path) -> None:
    facts = environment(kind="conda", records=(record("python", "3.11.7"),), identity={"name": "demo"})
    (tmp_path / "environment.yml").symlink_to(tmp_path / "nowhere")
    written = [write_down(("environment.yml",), facts, tmp_path)[0] for _ in range(3)]
    assert [path.name for path in written] == [
        "environment-demo-2026-11-22.yml",
        "environment-demo-2026-11-22-2.yml",
        "environment-demo-2026-11-22-3.yml",
    ]
    assert not (tmp_path / "nowhere").exists()


def test_a_virtual_environment_has_no_explicit_list(tmp_path: Path) -> None:
    facts = environment(distributions=(distribution("numpy", "1.26.4"),))
    written = write_down(("explicit", "requirements"), facts, tmp_path)
    assert [path.name for path in written] == ["requirements.txt"]


def test_configured_indexes_are_told_without_their_secrets() -> None:
    setting = Setting("global.index-url", "https://***@pypi.example.org/simple", "~/.config/pip/pip.conf", 2, True)
    text = requirements(environment(distributions=(distribution("a", "1"),), settings=Settings(pip=(setting,))))
    assert "# found with index-url = https://***@pypi.example.org/simple" in text
    assert live(text) == ["a==1"]


def test_two_environments_never_share_a_folder_of_exports() -> None:
    names = [("env of t3", "/tmp/t3/env"), ("env of t3", "/tmp/x/t3/env"), ("..", "/a"), ("", ""), ("ds", "~/conda/ds")]
    folders = [exports_folder(Path("/state"), Identity(name=name, prefix=prefix)) for name, prefix in names]
    assert len(set(folders)) == len(names)
    assert [folder.parent for folder in folders] == [Path("/state/exports")] * len(names)
    assert all(re.fullmatch(r"[A-Za-z][\w.-]*-[0-9a-f]{8}", folder.name) for folder in folders), folders
    assert folders[0].name.startswith("env-of-t3-")
    assert folders[-1].name.startswith("ds-")


def test_an_exact_reinstall_asks_for_the_same_archive_and_folder() -> None:
    source = DirectUrl("https://example.org/lab.tar.gz", digest="sha256=" + "b" * 64, subdirectory="py/lab")
    step = same_distribution(distribution("lab", "1.0", direct_url=source))
    assert isinstance(step, Install)
    assert step.specs == (f"lab @ https://example.org/lab.tar.gz#sha256={'b' * 64}&subdirectory=py/lab",)
    assert requirements_of(step.specs, Path("/home/me")) == list(step.specs), "and a command is given it whole"
    odd = distribution("lab", "1.0", direct_url=source._replace(subdirectory="../other"))
    assert isinstance(same_distribution(odd), Tell)
