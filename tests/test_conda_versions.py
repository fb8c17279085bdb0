"""conda's versions and specifications are read as conda's own libraries read them: py-rattler is the oracle."""

from __future__ import annotations

import itertools
import random

import pytest
import rattler
from rattler import MatchSpec, PackageRecord, Version

from doctor.facts.build import record
from doctor.judgement.versions import Spec, Unsupported, compare, meets, parse_spec, version_meets

REAL = tuple(  # long, and easier to read without quotes and commas
    """0 0.0 1 1.0 1.0.0 1.2 1.2.0 1.2.3 1.2.10 1.20 1.3 2 2.0 2.0a0 2.0a1 2.0b3 2.0rc1 2.0.dev0 2.0dev 2.0.post1
2.0post 2.0.0 2.0+local 2.0+local.2 2!1.0 1!3.0 0.4 0.4.1 0.4.1.rc 0.4.1a1 0.960923 1.1.1w 1.1.1 1.1.1a 1.0.2_ 1.0.2
1.0.2a 1.0.2t 9e 9f 9.5.0 3.11.7 3.12.0a0 3.12.0rc2 3.9 3.10 2024a 2024b 2023c 2026c 20240116.2 2021.4.0 2022.0a0
12.4 12.4.1 12.4.127 h1 r36 2017.1_2 2017.1-2 0.5a1_1 0.5.a1 1996.07.12 3.9.0 3.9.0.1 4.5 5.2.1 20191231 2.7.18 4.13.0_1
1.21.6 1.26.4 2.1.0 2.4.6 13.2.0 14.1.0 3.0.15 3.1.0 3.4.0 6.4.20221218 1.12.1.post1 0.1.dev7 8.0.30 5.4.6 1_2_3
""".split()  # noqa: SIM905
)


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


def oracle_compare(first: str, second: str) -> int:
    one, other = Version(first), Version(second)
    return -1 if one < other else int(one > other)


def package(version: str, build: str = "py311_0", number: int = 0) -> PackageRecord:
    typed = getattr(rattler, "BuildString", str)  # a type of its own since 0.28
    return PackageRecord("demo", version, typed(build), number, "linux-64")  # type: ignore[arg-type]


def oracle_meets(version: str, spec: str) -> bool:
    return MatchSpec(spec).matches(package(version))


def made_up(count: int) -> list[str]:
    """Versions of the parts that real ones are made of, in every order."""
    chance = random.Random(20261122)
    words = ["a", "b", "rc", "dev", "post", "alpha", "w", "z", "DEV", "py"]
    made = []
    for _ in range(count):
        parts = []
        for _ in range(chance.randint(1, 5)):
            part = str(chance.choice([0, 0, 1, 1, 2, 3, 9, 10, 11, 100, 2024]))
            if chance.random() < 0.3:
                part += chance.choice(words) + chance.choice(["", str(chance.randint(0, 12))])
            elif chance.random() < 0.1:
                part = chance.choice(words) + chance.choice(["", "0", "1"])
            parts.append(part)
        version = "".join(itertools.chain(*zip(parts, [chance.choice("....._") for _ in parts], strict=True)))[:-1]
        version = f"{chance.randint(0, 2)}!{version}" if chance.random() < 0.05 else version
        version += f"+{chance.choice(['1', '2', '1.0', 'abc', 'cu118', '0'])}" if chance.random() < 0.08 else ""
        # a word before a last underscore is one atom to conda and two to rattler; nobody has such a version
        made.append(version + ("_" if chance.random() < 0.1 and "+" not in version and version[-1].isdigit() else ""))
    return made


def test_order_of_real_versions_is_condas() -> None:
    for one, other in itertools.product(REAL, REAL):
        assert sign(compare(one, other)) == oracle_compare(one, other), (one, other)


def test_order_of_made_up_versions_is_condas() -> None:
    versions = made_up(4_000)
    for one, other in zip(versions, versions[1:] + versions[:1], strict=True):
        assert sign(compare(one, other)) == oracle_compare(one, other), (one, other)
    close = sorted(versions)[:2_500]  # neighbours share their beginnings, where the rules are finest
    for place, one in enumerate(close):
        for other in close[place + 1 : place + 9]:
            assert sign(compare(one, other)) == oracle_compare(one, other), (one, other)


OPERATORS = ["==", "!=", ">=", "<=", ">", "<", "=", "", "~="]


def test_constraints_hold_for_the_same_versions_as_condas() -> None:
    checked = unjudged = 0
    for wanted in [*REAL, *made_up(150)]:
        for operator in OPERATORS:
            for star in ("", ".*", "*"):
                if star and (operator == ">" or wanted.endswith("_") or "+" in wanted):
                    continue
                spec = f"{operator}{wanted}{star}"
                try:
                    expected = MatchSpec(f"demo {spec}")
                except Exception:  # whatever the oracle refuses is not compared
                    continue
                for version in REAL[:: 3 if star else 1]:
                    got = verdict(version, spec)
                    if got is None:
                        unjudged += 1
                        continue
                    oracle = expected.matches(package(version))
                    assert got == oracle, (version, spec)
                    checked += 1
    assert checked > 60_000
    assert unjudged < checked / 50


def verdict(version: str, spec: str) -> bool | None:
    try:
        return version_meets(version, spec)
    except Unsupported:
        return None


def test_constraints_join_as_condas_do() -> None:
    chance = random.Random(7)
    for _ in range(8_000):
        parts = [
            chance.choice([">=", "<", "<=", "!=", "==", ""]) + chance.choice(REAL) for _ in range(chance.randint(2, 4))
        ]
        spec = "".join(part + chance.choice(",|") for part in parts)[:-1]
        version = chance.choice(REAL)
        assert version_meets(version, spec) == oracle_meets(version, f"demo {spec}"), (version, spec)


#: forms of specifications as they stand in the depends and constrains of conda-forge and defaults
FORMS = """demo|demo 1.26.*|demo 1.26.4|demo >=1.26,<2.0a0|demo >=1.26, <2|demo >= 1.26 , < 2|demo 1.26.* py311*
demo * *_0|demo 1.26.4 py311_0|demo =1.26|demo ==1.26.4|demo=1.26|demo=1.26.4=py311_0|demo=1.26=py311_0|demo==1.26.4
demo=*=py311*|demo>=1.26|demo !=1.26.4|demo !=1.26.*|demo ~=1.26.1|demo 1.26*|demo 1.25.*,!=1.26.0|demo *
demo[version='>=1.26']|demo[version='>=1.26,<2',build='py311*']|demo[version=">=1.26", build=py311_0]|demo[build=*_1]
demo >=1.26[build=py311*]|demo[build_number=0]|demo[build_number='>=1']|DEMO 1.26.4|demo 1.26.4 *|demo 1.26.4 py311
demo >=1.26 py311*|demo >=1.26=py3*|demo 1.26.4 *mkl*|demo 1.26.4 p*_0|demo <=1.26.4|other|other 1.26.*|demo 1.26.4=py*
demo-lib|demo <2.0a0,>=1.26.4,!=1.27""".replace("\n", "|").split("|")


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_specifications_are_condas(form: str) -> None:
    for version in ("1.25.9", "1.26", "1.26.0", "1.26.4", "1.26.40", "1.260", "1.27", "2.0", "2.0a1"):
        for build in ("py311_0", "py312_0", "py311_1", "0", "py311_mkl_0"):
            number = int(build[-1])
            oracle = MatchSpec(form).matches(package(version, build, number))
            ours = meets(record("demo", version, build, build_number=number), form)
            assert ours == oracle, (form, version, build)


def test_alternatives() -> None:
    for form in ("demo 1.25.*|1.26.*", "demo =1.25|=1.26", "demo >=2|<1.26", "demo 2017.*|1.26"):
        for version in ("1.24", "1.25", "1.25.1", "1.26", "1.26.4", "2.0", "2017.3"):
            assert meets(record("demo", version), form) == oracle_meets(version, form), (form, version)


def test_channels_are_compared_by_name() -> None:
    assert parse_spec("conda-forge::numpy 1.26.*") == Spec("numpy", "1.26.*", channel="conda-forge")
    assert parse_spec("pkgs/main/linux-64::numpy").channel == "pkgs/main"
    assert meets(record("numpy", "1.26.4"), "conda-forge::numpy")
    assert meets(record("numpy", "1.26.4", channel="pkgs/main"), "defaults::numpy")
    assert not meets(record("numpy", "1.26.4", channel="pkgs/main"), "conda-forge::numpy")
    assert not meets(record("numpy", "1.26.4"), "conda-forge/noarch::numpy")


NOT_JUDGED = ["demo ^1.2$", "demo 1.*.3", "demo >1.2.*", "demo (>=1|<2),!=3", "*", "demo*", "demo >=1.2<2", ""]
NOT_JUDGED += ["demo[when=x]", "demo[version='>=1'", "demo 1 2 3", "::demo::x", "demo ~=1", "demo >=1.2,", "demo >>1"]
NOT_JUDGED += ["demo 1.2 ^py.*$"]


@pytest.mark.parametrize("spec", NOT_JUDGED)
def test_what_cannot_be_judged_is_said(spec: str) -> None:
    with pytest.raises(Unsupported):
        meets(record("demo", "1.2", "py311_0"), spec)


@pytest.mark.parametrize(
    "version", ["", "1..2", "1 2", "a b", "1/2", "1!2!3", "+1", "x" * 100_000 + "/", "1.2-3_4-5", "9" * 9999]
)
def test_what_is_no_version_is_said(version: str) -> None:
    with pytest.raises(Unsupported):
        compare(version, "1.0")


def test_hostile_globs_cost_nothing() -> None:
    assert not meets(record("demo", "1", "a" * 400), "demo 1 " + "*a" * 60 + "*b")
    assert meets(record("demo", "1", "a" * 400), "demo 1 " + "*a" * 60 + "*")
