"""pylock.toml and CycloneDX are what their standards say, and hold nothing that they should not."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from doctor.facts import DirectUrl, Facts, Project
from doctor.facts.build import distribution, environment, record
from doctor.failure import Failure
from doctor.fix.export.archives import Archive
from doctor.fix.export.conda_file import environment_yml
from doctor.fix.export.cyclonedx import cyclonedx
from doctor.fix.export.formats import FORMATS, best_format, export, format_of
from doctor.fix.export.gathering import Gathered
from doctor.fix.export.licences import expression, licences_of
from doctor.fix.export.package_urls import conda_purl, pypi_purl
from doctor.fix.export.pylock import pylock
from tests.fix.test_export_round_trip import facts_of, request_of
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

ONE = Archive("1" * 64, "one-1.0-py3-none-any.whl", "https://example.org/one-1.0-py3-none-any.whl", size=5)
SOURCE = Archive("2" * 64, "two-1.0.tar.gz", "https://example.org/two-1.0.tar.gz")


def some() -> Facts:
    archive = DirectUrl("https://example.org/four-1.0.tar.gz", digest="sha256=" + "4" * 64, subdirectory="py")
    return environment(
        distributions=[
            distribution("one", "1.0", tags=("py3-none-any",)),
            distribution("Two", "1.0", tags=("cp311-cp311-linux_x86_64",), requires=("one>=1",)),
            distribution("three", "1.0", direct_url=DirectUrl("https://example.org/t.git", vcs="git", commit="0abc")),
            distribution("four", "1.0", direct_url=archive),
            distribution("proj", "0.1", direct_url=DirectUrl("file://~/proj", editable=True)),
            distribution("pip", "24.0"),
        ],
        project=Project(True, root="~/proj"),
    )


ARCHIVES = {
    "one": (ONE,),
    "two": (SOURCE,),
    "four": (Archive("4" * 64, "four-1.0.tar.gz", "https://example.org/four-1.0.tar.gz", proven=True),),
}


def test_pylock_is_what_the_standard_says(tmp_path: Path) -> None:
    made = pylock(some(), ARCHIVES, tmp_path, "~/proj")
    assert made.refused == ()
    assert [text.partition(":")[0] for text in made.left_out] == ["proj 0.1"]
    body = tomllib.loads(made.text)
    assert body["lock-version"] == "1.0"
    assert body["created-by"] == "envdoctor"
    assert body["requires-python"] == "==3.11.*"
    packages = {package["name"]: package for package in body["packages"]}
    assert set(packages) == {"one", "two", "three", "four"}
    assert packages["one"]["wheels"] == [{"name": ONE.name, "url": ONE.url, "size": 5, "hashes": {"sha256": "1" * 64}}]
    assert packages["two"]["sdist"]["hashes"] == {"sha256": "2" * 64}
    assert packages["three"]["vcs"] == {"type": "git", "url": "https://example.org/t.git", "commit-id": "0abc"}
    assert packages["four"]["archive"]["subdirectory"] == "py"
    assert "name" not in packages["four"]["archive"]
    validate = pytest.importorskip("packaging.pylock", reason="packaging before 26").Pylock.from_dict
    assert len(validate(body).packages) == 4
    assert pylock(environment(), {}, tmp_path).text.count("packages = []") == 1


def test_a_pylock_without_a_file_of_each_package_is_refused_with_the_way_to_one(tmp_path: Path) -> None:
    secret = DirectUrl("https://***@example.org/x-1.0.whl")
    dists = [
        distribution("one", "1.0", tags=("py3-none-any",)),
        distribution("two", "1.0"),
        distribution("private", "1.0", direct_url=secret),
        distribution("odd", "not a version"),
        distribution("far", "1.0", tags=("py3-none-any",)),
    ]
    far = Archive("5" * 64, "far-1.0-py3-none-any.whl", path="/home/ada/wheels/far-1.0-py3-none-any.whl", proven=True)
    bare = Archive("6" * 64)
    facts = environment(distributions=dists)
    archives = {"one": (ONE,), "far": (far,), "two": (bare,)}
    made = dict(pylock(facts, archives, tmp_path).refused)
    assert set(made) == {"two 1.0", "private 1.0", "odd not a version", "far 1.0"}
    assert "password or token" in made["private 1.0"]
    assert "neither beside nor below" in made["far 1.0"]
    assert "hashes are known" in made["two 1.0"]
    with pytest.raises(Failure, match="--wheels wheels") as raised:
        export("pylock", facts, Gathered(archives), folder=tmp_path, licences={})
    assert "/home/ada" not in str(raised.value)


def test_a_format_that_fits_is_chosen_and_one_that_cannot_be_is_refused(tmp_path: Path) -> None:
    conda = environment(kind="conda", records=[record("python", "3.11.7")])
    assert best_format(conda)[0] == "environment.yml"
    assert best_format(environment())[0] == "requirements"
    names = ("conda-explicit.txt", "a/environment.yaml", "requirements-dev.txt", "pylock.dev.toml", "lab.cdx.json")
    assert [format_of(name) for name in names] == list(FORMATS)
    assert format_of("lab.json") == format_of("pylock") == ""
    with pytest.raises(Failure, match="conda installed nothing"):
        export("explicit", environment(), Gathered(), folder=tmp_path, licences={})
    with pytest.raises(Failure, match="conda installed all"):
        export("pylock", conda, Gathered(), folder=tmp_path, licences={})


def test_a_build_that_was_wished_for_stays_and_a_chosen_blas_is_told() -> None:
    asked = record("libblas", "3.9.0", "26_linux64_mkl", requested=("libblas=*=*mkl",))
    torch = record("pytorch", "2.5.1", "cuda126_py311_0", requested=("pytorch[version='2.*', build='cuda*']",))
    python = record("python", "3.11.7", requested=("python",))
    text = environment_yml(environment(kind="conda", records=[asked, torch, python]))
    assert '- "libblas=3.9.0=*mkl"' in text
    assert '- "pytorch=2.5.1=cuda*"' in text
    pulled_in = asked._replace(requested=())
    text = environment_yml(environment(kind="conda", records=[pulled_in, python]))
    assert "# numbers are computed with mkl; to hold on to it: libblas=*=*mkl\n" in text
    assert '"libblas' not in text


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {item["name"].removeprefix("envdoctor:"): item["value"] for item in component.get("properties", ())}


def test_a_bill_of_materials_names_every_package_who_needs_it_and_what_it_is() -> None:
    text = cyclonedx(some(), ARCHIVES, {"one": "MIT", "two": "Own words of the authors"})
    assert text == cyclonedx(some(), ARCHIVES, {"one": "MIT", "two": "Own words of the authors"}), "the same bytes"
    body = json.loads(text)
    assert (body["bomFormat"], body["specVersion"], body["version"]) == ("CycloneDX", "1.6", 1)
    assert body["serialNumber"].startswith("urn:uuid:")
    assert "timestamp" not in body["metadata"]
    components = {component["name"]: component for component in body["components"]}
    assert set(components) == {"cpython", "one", "Two", "three", "four", "proj", "pip"}
    refs = [component["bom-ref"] for component in body["components"]]
    assert len(set(refs)) == len(refs)
    assert components["one"]["licenses"] == [{"expression": "MIT"}]
    assert components["Two"]["licenses"] == [{"license": {"name": "Own words of the authors"}}]
    assert components["one"]["hashes"] == [{"alg": "SHA-256", "content": "1" * 64}]
    assert components["one"]["purl"] == "pkg:pypi/one@1.0?file_name=one-1.0-py3-none-any.whl"
    assert "vcs_url=git%2Bhttps://example.org/t.git%400abc" in components["three"]["purl"]
    needs = {row["ref"]: row["dependsOn"] for row in body["dependencies"]}
    assert set(needs) == {*refs, "environment"}
    assert needs[components["Two"]["bom-ref"]] == [components["one"]["bom-ref"]]
    assert components["one"]["bom-ref"] not in needs["environment"]
    assert components["Two"]["bom-ref"] in needs["environment"]
    dated = json.loads(cyclonedx(some(), {}, {}, made=1_795_348_800.0))
    assert dated["metadata"]["timestamp"] == "2026-11-22T12:00:00Z"


def test_packages_of_conda_stand_in_a_bill_with_build_channel_and_hashes() -> None:
    numpy = record(
        "numpy", "1.26.4", "py311h64a7726_0", md5="A" * 32, sha256="b" * 64, depends=("python >=3.11", "libblas")
    )
    facts = environment(
        kind="conda",
        records=[numpy, record("python", "3.11.7", requested=("python",)), record("libblas", "3.9.0", "26_mkl")],
        distributions=[distribution("extra", "1.0", requires=("numpy",))],
    )
    body = json.loads(cyclonedx(facts, {}, {"conda:numpy": "BSD-3-Clause"}))
    components = {component["name"]: component for component in body["components"]}
    assert set(components) == {"numpy", "python", "libblas", "extra"}
    purl = "pkg:conda/numpy@1.26.4?build=py311h64a7726_0&channel=conda-forge&subdir=linux-64&type=conda"
    assert components["numpy"]["purl"] == conda_purl(numpy) == purl
    assert {item["alg"] for item in components["numpy"]["hashes"]} == {"MD5", "SHA-256"}
    assert components["numpy"]["hashes"][0]["content"] == "a" * 32
    assert properties(components["numpy"])["conda:channel"] == "conda-forge"
    needs = {row["ref"]: row["dependsOn"] for row in body["dependencies"]}
    assert len(needs[purl]) == 2
    assert properties(body["metadata"]["component"])["fingerprint:conda"]


def test_who_needs_each_other_in_a_circle_is_still_reached() -> None:
    circle = [distribution("a", "1", requires=("b",)), distribution("b", "1", requires=("a",))]
    body = json.loads(cyclonedx(environment(distributions=circle), {}, {}))
    needs = {row["ref"]: row["dependsOn"] for row in body["dependencies"]}
    assert "pkg:pypi/a@1" in needs["environment"]


def test_licences_are_read_where_metadata_names_them(tmp_path: Path) -> None:
    told = {
        "expressed": "License-Expression: MIT OR Apache-2.0\n",
        "named": "License: BSD 3-Clause\n",
        "classified": "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n",
        "long": f"License: {'all of it ' * 50}\n",
        "silent": "\nLicense: in the description\n",
    }
    wheels = [
        make_wheel(
            tmp_path / "made", name, "1.0", {f"{name}.py": ""},
            extra_dist_info={"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{line}"},
        )
        for name, line in told.items()
    ]  # fmt: skip
    prefix = make_venv(tmp_path / "env")
    install(prefix, *wheels)
    request = request_of(prefix)
    found = licences_of(facts_of(request), request)
    assert found == {"expressed": "MIT OR Apache-2.0", "named": "BSD 3-Clause", "classified": "MIT License"}
    assert expression("mit or apache-2.0") in ("MIT OR Apache-2.0", "")
    assert expression("BSD 3-Clause") == ""


def test_a_bill_of_a_real_prefix_holds_the_licences_of_its_records(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "pip", "demo-tool"))
    path = next((prefix / "conda-meta").glob("demo-tool-*.json"))
    body = json.loads(path.read_text()) | {"license": "BSD-3-Clause"}
    path.unlink()
    path.write_text(json.dumps(body))
    request = request_of(prefix)
    assert licences_of(facts_of(request), request)["conda:demo-tool"] == "BSD-3-Clause"


def test_a_distribution_is_called_as_its_index_calls_it() -> None:
    assert (
        pypi_purl(distribution("Zope.Interface_x", "1!2.0+cu121"), None) == "pkg:pypi/zope-interface-x@1%212.0%2Bcu121"
    )
    hidden = DirectUrl("https://***@example.org/a-1.0.whl")
    assert pypi_purl(distribution("a", "1.0", direct_url=hidden), None) == "pkg:pypi/a@1.0"
