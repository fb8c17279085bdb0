"""What happened: conda's transactions, installations by pip, snapshots, with times that say how sure they are."""

from __future__ import annotations

from pathlib import Path

from doctor.compare.comparison import Side
from doctor.compare.difference import compare
from doctor.compare.fingerprint import fingerprint_of
from doctor.compare.timeline import Change, Past, moment_named, timeline_of
from doctor.facts import Conda, Distributions, Facts, Project, Specification, Transaction
from doctor.facts.build import NOW, distribution, environment
from doctor.report.text import plain_text
from doctor.report.timeline import body, render
from tests.compare.sides import fingerprint, packages, read
from tests.patients.conda import make_conda_prefix


def history() -> Conda:
    numpy, newer = "conda-forge/linux-64::numpy-1.26.4-py311_0", "conda-forge/linux-64::numpy-2.1.0-py311_0"
    return Conda(
        True,
        history=(
            Transaction("2026-01-02", NOW - 900_000, "conda create -n demo numpy", added=(numpy, "zlib-1.3-h1_0")),
            Transaction(
                "2026-02-03", NOW - 90_000, "/opt/c/bin/conda install numpy=2", added=(newer,), removed=(numpy,)
            ),
            Transaction("2026-02-04", NOW - 9_000, "conda remove zlib", removed=("zlib-1.3-h1_0", "nonsense")),
        ),
    )


def test_transactions_and_the_state_after_each() -> None:
    timeline = timeline_of(environment(kind="conda")._replace(conda=history()))
    assert [moment.name for moment in timeline.moments] == ["c2", "c1", "c0"]
    removed, updated, made = timeline.moments
    assert removed.changes == (Change("zlib", "1.3", ""),)
    assert updated.changes == (Change("numpy", "1.26.4", "2.1.0"),)
    assert updated.title == "conda install numpy=2"
    assert made.fingerprint is not None
    assert sorted(made.fingerprint.layers["conda"].items) == ["numpy", "zlib"]
    assert removed.fingerprint is not None
    assert list(removed.fingerprint.layers["conda"].items) == ["numpy"]


def test_a_real_prefix_and_the_difference_of_two_revisions(tmp_path: Path) -> None:
    prefix = make_conda_prefix(tmp_path / "env", packages=("python", "demo-lib=1.0"))
    make_conda_prefix(prefix, packages=("python", "demo-lib=1.1", "demo-plain"))
    facts = read(prefix, tmp_path)
    timeline = timeline_of(facts)
    revisions = [moment for moment in timeline.moments if moment.kind == "conda"]
    assert Change("demo-lib", "1.0", "1.1") in revisions[0].changes
    assert Change("demo-plain", "", "1.0") in revisions[0].changes
    first, last = revisions[-1].fingerprint, revisions[0].fingerprint
    assert first is not None
    assert last is not None
    comparison = compare([Side("then", first), Side("now", fingerprint_of(facts))], layers=("conda",))
    assert comparison.difference is not None
    assert {item.name: (item.here, item.there) for item in comparison.difference.items} == {
        "demo-lib": ("1.0", "1.1"),
        "demo-plain": ("", "1.0"),
    }
    now = fingerprint_of(facts).layers["conda"].items
    assert {name: fields["version"] for name, fields in last.layers["conda"].items.items()} == {
        name: fields["version"] for name, fields in now.items()
    }


def test_packages_that_were_installed_together() -> None:
    dists = [
        distribution("numpy", "2.1.0", modified=NOW - 5_000),
        distribution("pandas", "2.2.0", modified=NOW - 4_950, installer="uv"),
        distribution("scipy", "1.14.0", modified=NOW - 100),
        distribution("conda-thing", "1.0", modified=NOW - 50, installer="conda"),
    ]
    timeline = timeline_of(environment(distributions=dists))
    assert [(moment.name, moment.title) for moment in timeline.moments] == [
        ("p2", "pip installed"),
        ("p1", "pip and uv installed"),
    ]
    assert timeline.moments[1].changes == (Change("numpy", "", "2.1.0"), Change("pandas", "", "2.2.0"))
    assert any("keep no history" in note for note in timeline.notes)


def test_times_that_say_little_say_so() -> None:
    copied = [distribution(f"package-{number}", "1.0", modified=NOW - 60) for number in range(12)]
    ahead = [distribution("late", "1.0", modified=NOW + 86_400)]
    project = Project(True, specifications=(Specification("requirements.txt", "requirements", modified=NOW - 5),))
    facts = environment(distributions=copied)._replace(project=project)
    timeline = timeline_of(facts)
    assert any("the environment was copied then" in note for note in timeline.notes)
    assert any("its checkout" in note for note in timeline.notes)
    file = moment_named(timeline, "F1")
    assert file is not None
    assert not file.sure
    later = timeline_of(environment(distributions=ahead))
    assert not later.moments[0].sure
    assert any("in the future" in note for note in later.notes)


def test_snapshots_tell_what_changed_between_them() -> None:
    first = fingerprint(distributions=packages(numpy="2.0.0"))._replace(made=NOW - 300)
    second = fingerprint(distributions=packages(numpy="2.1.0"))._replace(made=NOW - 200)
    timeline = timeline_of(Facts(), [second, first, second._replace(made=NOW - 100)], [Past(NOW - 250, "Fixed: X")])
    assert [(moment.name, moment.title) for moment in timeline.moments] == [
        ("s3", "nothing has changed since s2"),
        ("s2", "since s1"),
        ("o1", "Fixed: X"),
        ("s1", "the first that is kept"),
    ]
    assert timeline.moments[1].changes == (Change("numpy", "2.0.0", "2.1.0"),)


def test_the_report_is_newest_first_and_fits() -> None:
    facts = environment(kind="conda", distributions=[distribution("numpy", "2.1.0", modified=NOW - 60)])
    timeline = timeline_of(facts._replace(conda=history()))
    for width in (40, 80, 100):
        lines = plain_text(render(timeline, facts.identity, since=None, width=width)).splitlines()
        assert max(map(len, lines)) <= width
        text = "\n".join(lines)
        assert text.index("p1") < text.index("c2") < text.index("c0")
        assert "No snapshot is kept" in text
    told = body(timeline, facts.identity, ())
    assert told["changed_since_snapshot"] == []
    assert told["moments"][0]["comparable"] is False


def test_an_empty_environment_has_no_past() -> None:
    facts = Facts(distributions=Distributions())
    assert timeline_of(facts).moments == ()
    assert "Nothing is known" in plain_text(render(timeline_of(facts), facts.identity, since=None))
