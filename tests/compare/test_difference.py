"""What differs is told by layer, once, with whether it changes results."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.compare.comparison import Difference, ItemDifference
from doctor.compare.difference import compare
from doctor.compare.layers import version_step
from tests.compare.sides import conda, numbers, packages, side


def difference(first: dict[str, Any], second: dict[str, Any], **more: Any) -> Difference:
    found = compare([side("one", **first), side("other", **second)], **more).difference
    assert found is not None
    return found


def only(found: Difference) -> ItemDifference:
    (item,) = found.items
    return item


def test_equal_sides_are_equal_twenty_times() -> None:
    for _ in range(20):
        found = difference({"numbers": numbers(numpy__sum=(0.1,))}, {"numbers": numbers(numpy__sum=(0.1,))})
        assert found.changes_results == "no"
        assert all(layer.equal for layer in found.layers)
        assert {number.verdict for number in found.numbers} == {"identical"}
        assert found.causes == ()
        assert found.alignment == ()


@pytest.mark.parametrize(
    ("one", "other", "kind", "step", "changes"),
    [
        ("2.1.0", "3.0.0", "version", "major", "yes"),
        ("2.1.0", "2.2.0", "version", "minor", "yes"),
        ("2.1.0", "2.1.3", "version", "patch", "maybe"),
        ("2.1.0+cpu", "2.1.0+cu121", "build", "", "maybe"),
    ],
)
def test_versions_of_what_computes(one: str, other: str, kind: str, step: str, changes: str) -> None:
    item = only(difference({"distributions": packages(torch=one)}, {"distributions": packages(torch=other)}))
    assert (item.kind, item.step, item.changes_results) == (kind, step, changes)
    assert (item.here, item.there) == (one, other)


@pytest.mark.parametrize(("name", "changes"), [("pip", "no"), ("jupyterlab", "no"), ("somebodys-model", "maybe")])
def test_versions_of_what_does_not_compute_change_nothing(name: str, changes: str) -> None:
    one, other = {name: {"version": "1.0"}}, {name: {"version": "2.0"}}
    assert only(difference({"distributions": one}, {"distributions": other})).changes_results == changes


@pytest.mark.parametrize(("name", "changes"), [("seaborn", "no"), ("numexpr", "maybe"), ("bottleneck", "maybe")])
def test_a_package_on_one_side_alone_matters_where_others_compute_with_it(name: str, changes: str) -> None:
    item = only(difference({"distributions": {name: {"version": "1.0"}}}, {"distributions": {}}))
    assert (item.kind, item.here, item.changes_results) == ("only-here", "1.0", changes)


def test_blas_of_another_maker_is_one_difference() -> None:
    mkl = {"BLAS of numpy": {"vendor": "Intel MKL", "version": "2024.2", "threading": "intel", "from": "mkl"}}
    item = only(difference({}, {"native": mkl}))
    assert (item.layer, item.field, item.changes_results) == ("native", "vendor", "yes")
    assert (item.here, item.there) == ("OpenBLAS 0.3.30", "Intel MKL 2024.2")


def test_processor_and_variables_matter_memory_and_kernel_do_not() -> None:
    machine = {
        "processor": {"architecture": "x86_64", "level": "x86-64-v4"},
        "cores": {"usable": "8"},
        "C library": {"name": "glibc", "version": "2.36"},
        "memory": {"class": "16 GB"},
        "system": {"name": "linux", "release": "6.8"},
    }
    found = difference({"settings": {"MKL_CBWR": {"value": "AVX2"}}}, {"machine": machine})
    told = {item.name: item.changes_results for item in found.items}
    assert told == {"processor": "yes", "MKL_CBWR": "yes", "memory": "no", "system": "no"}
    assert [item.changes_results for item in found.items] == ["yes", "yes", "no", "no"]


@pytest.mark.parametrize(
    ("one", "other", "changes"),
    [("3.12.4", "3.12.7", "no"), ("3.12.4", "3.13.0", "maybe"), ("3.11.9", "3.12.4", "yes")],
)
def test_pythons(one: str, other: str, changes: str) -> None:
    first, second = ({"python": {"version": version}} for version in (one, other))
    assert only(difference({"interpreter": first}, {"interpreter": second})).changes_results == changes


def test_what_conda_installed_is_told_once() -> None:
    def taken(version: str) -> dict[str, Any]:
        dist = {"numpy": {"version": version, "installer": "conda", "source": "conda"}}
        return {"kind": "conda", "conda": conda(numpy=f"{version}=py312_0"), "distributions": dist}

    found = difference(taken("1.26.4"), taken("2.0.0"))
    assert [(item.layer, item.field) for item in found.items] == [("conda", "version")]
    assert (found.packages.here, found.packages.major) == (1, 1)


def test_what_pip_laid_over_conda_is_told_as_from_another_place() -> None:
    by_conda = {"numpy": {"version": "1.26.4", "installer": "conda", "source": "conda"}}
    by_pip = {"numpy": {"version": "1.26.4", "installer": "pip", "source": "index"}}
    found = difference(
        {"conda": conda(numpy="1.26.4=py312_0"), "distributions": by_conda},
        {"conda": {}, "distributions": by_pip},
    )
    assert {(item.layer, item.kind) for item in found.items} == {("distributions", "source")}
    assert found.packages.source == 1
    assert found.packages.only_here == 0


def test_builds_and_channels_of_conda() -> None:
    other = {"numpy": {**conda(numpy="2.1.0=py312_1")["numpy"], "channel": "pkgs/main"}}
    found = difference(
        {"conda": conda(numpy="2.1.0=py312_0"), "distributions": {}}, {"conda": other, "distributions": {}}
    )
    assert {(item.kind, item.field) for item in found.items} == {("build", "build"), ("source", "channel")}
    assert found.packages.source == 1


def test_pip_and_uv_install_the_same() -> None:
    one, other = ({"numpy": {"version": "2.1.0", "installer": tool, "source": "index"}} for tool in ("pip", "uv"))
    assert difference({"distributions": one}, {"distributions": other}).items == ()


def machine(cores: str = "8", gpu: str = "", level: str = "3") -> dict[str, dict[str, str]]:
    found = {"processor": {"architecture": "x86_64", "level": f"x86-64-v{level}"}, "cores": {"usable": cores}}
    found["C library"] = {"name": "glibc", "version": "2.36"}
    return found | ({"GPU": {"devices": gpu}} if gpu else {})


def test_machines_do_not_matter_where_nothing_computes() -> None:
    plain = {"distributions": packages(requests="2.32.0"), "native": {}}
    assert only(difference(plain, {**plain, "machine": machine("64")})).changes_results == "no"
    assert only(difference(plain, {**plain, "machine": machine(level="4")})).changes_results == "no"
    assert only(difference({}, {"machine": machine(level="4")})).changes_results == "yes"


def test_a_gpu_matters_where_something_can_use_it() -> None:
    with_torch = {"distributions": packages(torch="2.4.0", numpy="2.1.0")}
    assert only(difference(with_torch, {**with_torch, "machine": machine(gpu="H200")})).changes_results == "maybe"
    assert only(difference({}, {"machine": machine(gpu="H200")})).changes_results == "no"


def test_cores_do_not_matter_where_a_variable_bounds_the_threads() -> None:
    bounded = {"settings": {"OMP_NUM_THREADS": {"value": "4"}}}
    assert only(difference({}, {"machine": machine("64")})).changes_results == "maybe"
    assert only(difference(bounded, {**bounded, "machine": machine("64")})).changes_results == "no"


def test_equal_numbers_settle_a_doubt_about_machines_and_not_about_packages() -> None:
    same = {"numbers": numbers(numpy__sum=(0.1,))}
    assert difference(same, {**same, "machine": machine("64")}).changes_results == "no"
    assert difference(same, {**same, "machine": machine(level="4")}).changes_results == "yes"
    assert (
        difference(same, {**same, "distributions": packages(numpy="2.1.3", requests="2.32.0")}).changes_results
        == "maybe"
    )


def test_what_could_not_be_read_is_no_difference_and_no_agreement() -> None:
    found = difference({"gaps": {"native": "permission denied"}}, {"native": {}})
    layer = next(layer for layer in found.layers if layer.layer == "native")
    assert layer.gap == "here: permission denied"
    assert not layer.equal
    assert layer.items == ()


def test_only_some_layers() -> None:
    first = {"distributions": packages(numpy="1.0"), "settings": {"OMP_NUM_THREADS": {"value": "1"}}}
    found = difference(first, {}, layers=("settings",))
    assert [layer.layer for layer in found.layers] == ["settings"]
    assert [item.name for item in found.items] == ["OMP_NUM_THREADS"]
    assert found.packages.here == 0


def test_numbers_that_differ_are_proof() -> None:
    found = difference({"numbers": numbers(numpy__sum=(1.0,))}, {"numbers": numbers(numpy__sum=(2.0,))})
    assert found.changes_results == "yes"
    assert not found.numbers_gap
    one_sided = difference({"numbers": numbers(numpy__sum=(1.0,))}, {})
    assert (one_sided.numbers, one_sided.changes_results) == ((), "no")
    assert one_sided.numbers_gap == "the second side has computed none"


@pytest.mark.parametrize(
    ("one", "other", "step"),
    [("1.0", "2.0", "major"), ("1.0", "1.1", "minor"), ("1.0", "1.0.1", "patch"), ("1.0rc1", "1.0", "patch"),
     ("2026a", "2026b", "patch"), ("1!1.0", "1!2.0", "major"), ("r" * 9, "9" * 5000, "major"), ("", "1.0", "major")],
)  # fmt: skip
def test_steps(one: str, other: str, step: str) -> None:
    assert version_step(one, other) == step


def test_one_side_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="two sides"):
        compare([side("one")])
