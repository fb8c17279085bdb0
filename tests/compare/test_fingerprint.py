"""A fingerprint is the same for the same environment, and tells nothing of folders, users and hosts."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import jsonschema
import pytest

import doctor.compare
from doctor.compare.addresses import without_places
from doctor.compare.as_json import dump, load
from doctor.compare.difference import compare
from doctor.compare.fingerprint import fingerprint_of
from doctor.facts import DirectUrl, Gpu, Gpus, Machine, Setting, Settings, Variable
from doctor.facts.build import distribution, environment, record
from tests.compare.sides import read
from tests.patients.conda import make_conda_prefix
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel

SCHEMA = json.loads((Path(doctor.compare.__file__).parent / "fingerprint.schema.json").read_text(encoding="utf-8"))
SECRETS = ("hunter2", "secretuser", "internal.example", "s3cr3t", "secret-machine")


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Two virtual environments of one content at different places, made by different tools, and their home."""
    base = tmp_path_factory.mktemp("clones")
    wheels = base / "wheels"
    found = [
        make_wheel(wheels, "numpy", "2.1.0", {"numpy/__init__.py": "", "numpy/core.py": "x = 1\n"}),
        make_wheel(wheels, "torch", "2.4.0+cu121", {"torch/__init__.py": ""}),
    ]
    one, other = base / "first" / ".venv", base / "somewhere" / "else" / "env"
    for prefix, by in ((one, "uv"), (other, "venv")):
        prefix.parent.mkdir(parents=True)
        make_venv(prefix, by=by)  # type: ignore[arg-type]
        install(prefix, *found)
        install(prefix, str(make_wheel(base / prefix.name, "local", "1.0", {"local.py": ""})))
    (base / "home").mkdir()
    return one, other, base / "home"


def test_clones_of_a_venv_are_equal_in_every_layer(clones: tuple[Path, Path, Path]) -> None:
    one, other, home = clones
    first, second = fingerprint_of(read(one, home)), fingerprint_of(read(other, home))
    assert first.layers == second.layers
    assert first.layers["distributions"].items["torch"]["build"] == "cu121"
    assert first.layers["distributions"].items["local"]["source"] == "this machine"


def test_the_same_environment_gives_the_same_bytes_twenty_times(clones: tuple[Path, Path, Path]) -> None:
    one, _, home = clones
    texts = {dump(fingerprint_of(read(one, home))) for _ in range(20)}
    assert len(texts) == 1
    first, second = (load(text) for text in (*texts, *texts))
    assert first == second
    assert load(next(iter(texts))) == fingerprint_of(read(one, home))


def test_another_package_changes_its_layer_alone(clones: tuple[Path, Path, Path], tmp_path: Path) -> None:
    one, _, home = clones
    copied = tmp_path / "copied"
    shutil.copytree(one, copied, symlinks=True)
    install(copied, make_wheel(tmp_path, "numpy", "2.2.0", {"numpy/__init__.py": ""}), extra_args=("--reinstall",))
    first, second = fingerprint_of(read(one, home)), fingerprint_of(read(copied, home))
    assert [name for name in first.layers if first.layers[name].hash != second.layers[name].hash] == ["distributions"]


def test_clones_of_a_conda_prefix_are_equal_in_every_layer(tmp_path: Path) -> None:
    first, second = (
        fingerprint_of(read(make_conda_prefix(tmp_path / place / "env"), tmp_path)) for place in ("one", "other")
    )
    assert first.layers == second.layers
    assert first.layers["conda"].items["numpy"]["channel"] == "conda-forge"
    assert first.layers["distributions"].items["numpy"]["source"] == "conda"
    assert first.layers["interpreter"].items["python"]["build"].startswith("h0demo0_0")


def test_no_secret_user_host_or_folder_is_told() -> None:
    facts = environment(
        kind="conda",
        distributions=(
            distribution("inner", "1.0", direct_url=DirectUrl("https://git.internal.example/team/inner", vcs="git")),
            distribution("mine", "1.0", direct_url=DirectUrl("file:///home/secretuser/mine", editable=True)),
        ),
        records=(record("lib", "1.0", channel="https://conda.internal.example/t/hunter2/lab", url=""),),
        identity={"prefix": "/home/secretuser/envs/demo", "name": "/home/secretuser/envs/demo"},
        settings=Settings(
            channels=("https://secretuser:hunter2@conda.internal.example/lab", "conda-forge"),
            pip=(Setting("global.index-url", "https://secretuser:hunter2@pypi.internal.example/simple", "~/.pip"),),
            variables=(
                Variable("LD_LIBRARY_PATH", "/home/secretuser/lib:/opt/internal.example"),
                Variable("XLA_FLAGS", "--xla_gpu_cuda_data_dir=/home/secretuser/cuda --a=10.11.12.13:99"),
                Variable("TF_CONFIG", '{"cluster": {"worker": ["secret-machine.internal.example:1"]}}'),
                Variable("JAX_COORDINATOR_ADDRESS", "secret-machine:1"),
                Variable("PIP_INDEX_URL", "https://s3cr3t@pypi.internal.example"),
                Variable("OMP_NUM_THREADS", "4"),
                Variable("CUDA_VISIBLE_DEVICES", "GPU-s3cr3t-1,GPU-s3cr3t-2"),
            ),
        ),
        machine=Machine("linux", "6.8.0-secret-machine", "glibc 2.36", "x86_64", 3, 8, 0.0, 16 << 30),
    )
    text = dump(fingerprint_of(facts))
    for secret in (*SECRETS, "/home", "/opt", "10.11.12.13"):
        assert secret not in text, secret
    items = fingerprint_of(facts).layers["settings"].items
    assert items["OMP_NUM_THREADS"] == {"value": "4"}
    assert items["LD_LIBRARY_PATH"] == {"value": "2 folders"}
    assert items["XLA_FLAGS"]["value"].startswith("--xla_gpu_cuda_data_dir=PATH")
    assert items["CUDA_VISIBLE_DEVICES"] == {"value": "2 by serial number"}


def test_a_long_value_is_told_quickly_and_half_a_host_at_its_end_is_not() -> None:
    began = time.perf_counter()
    assert without_places("a-" * 60_000) == "***"
    assert time.perf_counter() - began < 2
    long = "/long" * 398 + ", host"
    assert without_places(f"{long}.example/{'x' * 3_000}") == "PATH, ***"


def test_public_places_are_told() -> None:
    url = DirectUrl("https://github.com/numpy/numpy", vcs="git", commit="1f2e3d")
    facts = environment(distributions=(distribution("numpy", "2.2.0.dev0", direct_url=url),))
    told = fingerprint_of(facts).layers["distributions"].items["numpy"]
    assert (told["source"], told["commit"]) == ("git github.com/numpy/numpy", "1f2e3d")


def test_machines_of_one_kind_are_told_alike() -> None:
    devices = (Gpu("NVIDIA H200", "9.0", 150_000_000_000),) * 2
    one, other = (
        fingerprint_of(environment(machine=Machine(memory=memory, gpus=Gpus(devices, "580.65.06"))))
        for memory in (16_400_000_000, 15_900_000_000)
    )
    assert one.layers["machine"] == other.layers["machine"]
    assert one.layers["machine"].items["GPU"]["devices"] == "2 x NVIDIA H200"
    assert one.layers["machine"].items["memory"]["class"] == "16 GB"


def test_a_layer_that_was_not_read_is_a_gap() -> None:
    facts = environment()._replace(layers=("identity", "distributions"), gaps={"conda": "permission denied"})
    layers = fingerprint_of(facts).layers
    assert layers["conda"].gap == "permission denied"
    assert layers["native"].gap == "files was not read"
    assert not layers["distributions"].gap


def test_450_packages_take_little_room_and_fit_the_schema() -> None:
    facts = environment(
        kind="conda",
        records=[
            record(f"package-number-{number}", f"1.{number}.0", f"py311h0123abc_{number}") for number in range(300)
        ],
        distributions=[distribution(f"distribution-{number}", f"2.{number}.0") for number in range(150)],
    )
    text = dump(fingerprint_of(facts))
    assert len(text) < 120_000
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_an_environment_equals_itself(clones: tuple[Path, Path, Path]) -> None:
    from doctor.compare.comparison import Side

    one, other, home = clones
    comparison = compare(
        [Side("one", fingerprint_of(read(one, home))), Side("other", fingerprint_of(read(other, home)))]
    )
    assert comparison.difference is not None
    assert all(layer.equal for layer in comparison.difference.layers)
    assert comparison.changes_results == "no"
    assert comparison.difference.alignment == ()
