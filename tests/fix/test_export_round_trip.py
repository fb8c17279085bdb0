"""What is created from an export has the fingerprint of what was exported, in the layers that the format carries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from uv import find_uv_bin

from doctor.collect import LayerRead, collect
from doctor.compare.fingerprint import FACTS_NEEDED, fingerprint_of
from doctor.facts import Facts, SiteFolder
from doctor.facts.build import distribution, environment, site_packages
from doctor.fix.export.formats import Exported, export
from doctor.fix.export.gathering import Gathered, gather
from doctor.target.environment import Request
from doctor.target.recognise import inspect_prefix
from tests.patients.conda import make_conda_prefix
from tests.patients.conda_command import make_conda_command
from tests.patients.conda_states import pip_only
from tests.patients.venvs import _runnable_pip, install, make_venv, python_of
from tests.patients.wheels import make_wheel


def request_of(prefix: Path, project: Path | None = None) -> Request:
    found = inspect_prefix(prefix)
    assert found is not None
    home = prefix.parent / "home"
    return Request(found, project, variables={"PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull}, home=home)


def facts_of(request: Request) -> Facts:
    facts = Facts()
    for event in collect(request, {*FACTS_NEEDED, "project", "locks"}):
        if isinstance(event, LayerRead):
            facts = event.facts
    return facts


def exported(kind: str, prefix: Path, file: Path, *, wheels: Path | None = None) -> Exported:
    """Export an environment into a file."""
    request = request_of(prefix)
    facts = facts_of(request)
    made = export(kind, facts, gather(facts, request, wheels), folder=file.parent, licences={})
    file.write_text(made.text)
    return made


def differing(first: Path, second: Path) -> set[str]:
    """The layers in which two environments differ."""
    one, other = (fingerprint_of(facts_of(request_of(prefix))) for prefix in (first, second))
    assert not [part.gap for part in one.layers.values() if part.gap]
    return {layer for layer, part in one.layers.items() if part != other.layers[layer]}


def promised(made: Exported) -> set[str]:
    return {layer.layer for layer in made.layers if layer.how == "whole"}


def run(*command: str | Path, home: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "UV_NO_CONFIG": "1", "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run([*map(str, command)], env=variables, capture_output=True, text=True, check=False, timeout=100)
    assert not done.returncode, f"{done.stdout}{done.stderr}"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    make_wheel(folder, "Demo_Lib", "1.0", {"demo_lib.py": "x = 1\n"}, requires=["demo-tool>=2"])
    make_wheel(folder, "demo-tool", "2.0rc1", {"demo_tool/__init__.py": "x = 1\n"}, entry_points=_ENTRY)
    make_wheel(folder, "demo.extra", "1!0.5.post1", {"demo_extra.py": "x = 1\n"})
    return folder


_ENTRY = "[console_scripts]\ndemo = demo_tool:x\n"


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_requirements_with_hashes_create_the_same_environment(tmp_path: Path, wheels: Path, by: str) -> None:
    first = make_venv(tmp_path / "first")
    install(first, *wheels.iterdir(), by="uv" if by == "uv" else "pip")
    file = tmp_path / "requirements.txt"
    made = exported("requirements", first, file, wheels=wheels)
    assert promised(made) == {"distributions", "native"}
    assert file.read_text().count("--hash=sha256:") == 3
    second = make_venv(tmp_path / "second")
    take(second, file, wheels, by, tmp_path)
    assert differing(first, second) == set()
    make_wheel(wheels, "demo.extra", "1!0.5.post1", {"demo_extra.py": "x = 2\n"})
    with pytest.raises(AssertionError, match=r"(?i)hash"):
        take(make_venv(tmp_path / "third"), file, wheels, by, tmp_path)


def take(prefix: Path, file: Path, wheels: Path, by: str, home: Path) -> None:
    """Install a requirements file as the command says."""
    what = ("--no-index", f"--find-links={wheels}", "--no-deps", "--requirement", file)
    if by == "uv":
        run(find_uv_bin(), "pip", "install", "--offline", "--no-cache", "--python", python_of(prefix), *what, home=home)
    else:
        run(python_of(prefix), "-I", _runnable_pip(), "install", "--no-compile", *what, home=home)


def test_a_pylock_creates_the_same_environment(tmp_path: Path, wheels: Path) -> None:
    first = make_venv(tmp_path / "first")
    install(first, *wheels.iterdir())
    file = tmp_path / "pylock.toml"
    made = exported("pylock", first, file, wheels=wheels)
    assert promised(made) == {"distributions", "native"}
    second = make_venv(tmp_path / "second")
    python = python_of(second)
    run(find_uv_bin(), "pip", "install", "--offline", "--no-cache", "--python", python, "-r", file, home=tmp_path)
    assert differing(first, second) == set()


def test_an_archive_of_this_machine_is_taken_from_there_again(tmp_path: Path, wheels: Path) -> None:
    first = make_venv(tmp_path / "first")
    install(first, *map(str, wheels.iterdir()))
    for kind, name in (("requirements", "requirements.txt"), ("pylock", "pylock.toml")):
        exported(kind, first, tmp_path / name)
        second = make_venv(tmp_path / kind)
        python = python_of(second)
        words = ("--offline", "--no-cache", "--no-deps", "--python", python, "-r", tmp_path / name)
        run(find_uv_bin(), "pip", "install", *words, home=tmp_path)
        assert differing(first, second) <= {"distributions"}  # an installer may note the hash that it was told
        assert versions(first) == versions(second)


def versions(prefix: Path) -> dict[str, str]:
    return {dist.key: dist.version for dist in facts_of(request_of(prefix)).distributions.installed}


@pytest.fixture
def conda(tmp_path: Path) -> Path:
    return make_conda_command(tmp_path / "tools")


def test_an_explicit_list_creates_the_same_prefix(tmp_path: Path, conda: Path) -> None:
    first = make_conda_prefix(tmp_path / "first", packages=("python", "pip", "demo-tool", "pkgs/main::openssl"))
    file = tmp_path / "explicit.txt"
    made = exported("explicit", first, file)
    assert promised(made) == {"interpreter", "conda", "distributions", "native"}
    second = tmp_path / "second"
    run(conda, "create", "--yes", "--prefix", second, "--file", file, home=tmp_path)
    assert differing(first, second) == set()


def test_environment_yml_creates_the_same_prefix_with_pips_packages(tmp_path: Path, conda: Path) -> None:
    first = make_conda_prefix(tmp_path / "first", packages=("python", "pip", "demo-tool"))
    pip_only(first, "pip")
    file = tmp_path / "environment.yml"
    made = exported("environment.yml", first, file)
    assert promised(made) == set(), "what is solved again may come out another way"
    body = yaml.safe_load(file.read_text())
    (by_pip,) = [item["pip"] for item in body["dependencies"] if isinstance(item, dict)]
    specs = [item for item in body["dependencies"] if isinstance(item, str)]
    channels = [f"--channel={channel}" for channel in body["channels"] if channel != "nodefaults"]
    second = tmp_path / "second"
    run(conda, "create", "--yes", "--override-channels", *channels, "--prefix", second, *specs, home=tmp_path)
    assert by_pip == ["demo-extra==0.1"]
    pip_only(second, "pip")
    assert differing(first, second) == set()


def test_a_layer_that_a_format_does_not_carry_is_never_promised(tmp_path: Path, wheels: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "first", packages=("python", "pip"))
    pip_only(prefix)
    request = request_of(prefix)
    facts = facts_of(request)
    for kind in ("explicit", "environment.yml", "requirements"):
        made = export(kind, facts, gather(facts, request), folder=tmp_path, licences={})
        layers = {layer.layer: layer.how for layer in made.layers}
        assert layers["machine"] == "not", kind
        assert layers["distributions"] == "part", kind
        assert f"# {'carries' if promised(made) else 'in part'}: " in made.text, kind
        assert "# not at all: " in made.text, kind
    venv = make_venv(tmp_path / "venv", python=sys.executable)
    lib, tool, extra = sorted(wheels.iterdir())
    install(venv, lib, by="pip")
    install(venv, tool, extra)
    made = exported("requirements", venv, tmp_path / "r.txt", wheels=wheels)
    assert "distributions (installed by pip and uv here, which it does not hold)" in " ".join(made.text.split())
    assert promised(made) == {"native"}


def test_packages_from_outside_of_the_environment_are_not_promised(tmp_path: Path) -> None:
    user = SiteFolder("~/.local/lib/python3.11/site-packages", "user")
    own = SiteFolder(site_packages(), "environment")
    dists = [distribution("one", "1.0"), distribution("two", "1.0", site=user.path)]
    facts = environment(distributions=dists, identity={"site_folders": (user, own)})
    made = export("requirements", facts, Gathered(), folder=tmp_path, licences={})
    assert "distributions (not the 1 package from outside of the environment)" in " ".join(made.text.split())
    assert promised(made) == set()
    without = facts._replace(distributions=facts.distributions._replace(installed=(dists[0],)))
    assert promised(export("requirements", without, Gathered(), folder=tmp_path, licences={})) == {"distributions"}
