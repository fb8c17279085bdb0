"""Requirements are judged exactly as packaging judges them, over very many versions, specifiers and markers."""

from __future__ import annotations

import itertools
import random

import pytest
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Oracle
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from doctor.facts.build import markers
from doctor.judgement import requirements
from doctor.judgement.markers import Markers, compile_marker
from doctor.judgement.requirements import clauses, compatible, is_below, meets, merge, parse

RELEASES = ("0", "0.0", "1", "1.0", "1.0.0", "1.0.1", "1.1", "1.2.3", "1.10", "2", "2.0", "2.0.1", "2023.3", "10.0.0.1")
SUFFIXES = ("", ".post0", ".post1", ".post2", "+cpu", ".post1+cu121", "+local.1")
BEFORE = ("a1", "b2", "rc1", ".dev0", "rc1.post1.dev2")
OPERATORS = ("==", "!=", "<=", ">=", "<", ">", "~=")
SPEC_SUFFIXES = ("", ".post0", ".post1", "a1", "rc1", ".dev0", ".*", "dev1", "a.0", "-rc", "_beta2", "c1")


def test_every_version_against_every_clause() -> None:
    versions = [release + suffix for release in RELEASES for suffix in SUFFIXES + BEFORE]
    parsed = [(text, Version(text)) for text in versions]
    pairs = 0
    for operator, release, suffix in itertools.product(OPERATORS, RELEASES, SPEC_SUFFIXES):
        specifier = f"{operator}{release}{suffix}"
        try:
            oracle = SpecifierSet(specifier)
        except InvalidSpecifier:
            assert meets("1.0", specifier) is None
            continue
        for text, version in parsed:
            pairs += 1
            assert meets(text, specifier) == oracle.contains(version, prereleases=True), (text, specifier)
    assert pairs > 80_000


def test_random_sets_of_clauses() -> None:
    draw = random.Random(3)
    for _ in range(8_000):
        count = draw.randint(1, 4)
        parts = [draw.choice(OPERATORS[:6]) + draw.choice(["", " "]) + _release(draw) for _ in range(count)]
        specifier, version = ",".join(parts), _release(draw) + draw.choice(SUFFIXES)
        assert meets(version, specifier) == SpecifierSet(specifier).contains(version, prereleases=True)


def _release(draw: random.Random) -> str:
    return ".".join(str(draw.randint(0, 3)) for _ in range(draw.randint(1, 4)))


def test_the_fast_path_is_the_one_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(version: str, specifier: str) -> bool:
        raise AssertionError(f"{version} {specifier} went to packaging")

    monkeypatch.setattr(requirements, "_meets_by_packaging", never)
    meets.cache_clear()
    for version, specifier in (
        ("2.9.0.post0", ">=2.8.2"),
        ("2.1.0+cpu", "==2.1.0"),
        ("1.35.2", "<2.0a0,>=1.12.36"),
        ("1.35.2", "!=1.35.*,~=1.2"),
        ("0.50.0", "<0.51,>=0.50.0dev0"),
        ("1.44.5", "<2.0a.0,>=1.37.4"),
        ("0.66b2", "==0.66b2"),
    ):
        assert meets(version, specifier) is not None


@pytest.mark.parametrize(
    ("version", "specifier"), [("not a version", ">=1"), ("1.0", ">=1.x"), ("1.0", "=>1"), ("1.0", ">=2.*")]
)
def test_what_is_no_version_gives_no_verdict(version: str, specifier: str) -> None:
    assert meets(version, specifier) is None


TEXTS = [
    "numpy",
    "Num_Py.x>=1.2",
    "numpy (>=1.2,<2)",
    "numpy[a, B_c]>=1.2 ; python_version<'3.9'",
    "numpy>=1.0 ; extra == 'dev'",
    "numpy @ https://example.org/numpy-1.0.zip",
    "numpy @ https://example.org/numpy-1.0.zip ; extra == 'dev'",
    "numpy===1.0-weird",
    "numpy>=1!2.0",
    "numpy>=1.0,",
    "numpy >= 1.0 , < 2.0",
    "numpy[]>=1",
    "numpy>=",
    "numpy 1.0",
    "-numpy",
    "numpy-",
    "numpy>=1.x",
    "numpy; python_version",
    "numpy (1.0)",
    "",
    "numpy[a]b",
    "numpy==1.*",
    "numpy<2.0.dev0",
]


@pytest.mark.parametrize("text", TEXTS)
def test_parsing_agrees(text: str) -> None:
    try:
        oracle = Oracle(text)
    except InvalidRequirement:
        found = parse(text)
        assert found is None or Markers(markers()).hold(found.marker) is None
        return
    found = parse(text)
    assert found is not None
    assert found.name == oracle.name
    assert found.extras == frozenset(requirements.normalise(extra) for extra in oracle.extras)
    assert SpecifierSet(found.specifier) == oracle.specifier
    assert found.url == (oracle.url or "")


ATOMS = [
    'extra == "dev"',
    "extra == 'Dev_x'",
    "'dev' == extra",
    'extra != "dev"',
    *(
        f'python_version {operator} "{version}"'
        for operator in OPERATORS
        for version in ("3.8", "3.11", "3.12", "3", "4.0")
        if not (operator == "~=" and "." not in version)
    ),
    'python_version == "3.*"',
    'python_version != "3.11.*"',
    'python_full_version >= "3.11.7"',
    'python_full_version < "3.11.0rc1"',
    '"3.8" <= python_version',
    'python_version in "3.10, 3.11"',
    'python_version not in "2.7"',
    'sys_platform == "win32"',
    'sys_platform != "win32"',
    "'linux' in sys_platform",
    'sys_platform in "linux darwin"',
    'platform_machine not in "arm64 aarch64"',
    'platform_system == "Linux"',
    'platform_python_implementation != "PyPy"',
    'implementation_name == "cpython"',
    'os_name == "posix"',
    'platform_release >= "20"',
    'implementation_version >= "3.9"',
    'platform_version == "1"',
]
TARGETS = [
    markers(),
    markers("3.8.18"),
    markers("3.15.0"),
    {**markers("3.12.1"), "sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    {**markers("3.12.1"), "sys_platform": "darwin", "platform_machine": "arm64", "platform_system": "Darwin"},
    {**markers("3.14.0"), "python_full_version": "3.14.0rc2", "implementation_version": "3.14.0rc2"},
]


def judged_by_packaging(text: str, target: dict[str, str], extra: str) -> bool | None:
    try:
        return Marker(text).evaluate({**target, "extra": extra})
    except ValueError:
        return None


def test_markers_agree() -> None:
    draw = random.Random(5)
    texts = list(ATOMS)
    for _ in range(700):
        first, second, third = draw.choices(ATOMS, k=3)
        one, two = draw.choices((" and ", " or "), k=2)
        texts.append(draw.choice((f"{first}{one}{second}{two}{third}", f"({first}{one}{second}){two}{third}")))
    for target in TARGETS:
        judge = Markers(target)
        for text in texts:
            for extra in ("", "dev", "dev-x"):
                extras = frozenset({extra}) if extra else frozenset[str]()
                assert judge.hold(text, extras) == judged_by_packaging(text, target, extra), (text, extra)


@pytest.mark.parametrize(
    "text",
    [
        'extra == "dev"',
        "python_version < '3.8' and extra == 'test'",
        '(sys_platform == "win32" or platform_system != "Linux") and python_version >= "3.9"',
        "platform_python_implementation != 'PyPy'",
    ],
)
def test_common_markers_need_no_packaging(text: str) -> None:
    assert compile_marker(text) is not None


@pytest.mark.parametrize(
    "text", ["python_version", "python_version >", '"a" == "b"', "(os_name == 'nt'", "x == 'y'", "'" * 9]
)
def test_broken_markers_give_no_verdict(text: str) -> None:
    assert Markers(markers()).hold(text) is None


def test_several_extras() -> None:
    judge = Markers(markers())
    assert judge.hold('extra == "b"', frozenset({"a", "b"})) is True
    assert judge.hold('extra == "c"', frozenset({"a", "b"})) is False
    assert judge.hold('extra == "c" and', frozenset({"a"})) is None


def test_hostile_texts_end() -> None:
    assert Markers(markers()).hold("(" * 100_000) is None
    assert Markers(markers()).hold(" or ".join(["os_name == 'nt'"] * 5_000)) is False
    assert parse("a" * 100_000) is None
    assert meets("1.0", ">=" + "9" * 5_000) is None
    assert meets("9" * 5_000, ">=1") is None
    assert parse("a[" + "b," * 50_000) is None
    assert clauses(",".join([">=1"] * 50_000)) is not None


@pytest.mark.parametrize(
    ("specifiers", "possible"),
    [
        ((">=1.22", "<2.1"), True),
        (("<2", ">=2"), False),
        ((">1.9,<2", "!=1.9.1"), True),
        (("==1.*", ">=2"), False),
        (("~=1.4", ">=1.9"), True),
        (("==1.0", "==1.0.0"), True),
        (("==1.0", "!=1.0"), False),
        ((), True),
    ],
)
def test_whether_one_version_can_please_all(specifiers: tuple[str, ...], possible: bool) -> None:
    assert compatible(specifiers) is possible


@pytest.mark.parametrize(
    ("specifiers", "merged"),
    [
        ((">=1.2", ">=1.10,<3", "<2.0", "<2"), ">=1.10,<2.0"),
        ((">=1.2 , != 1.1", "!=1.5", "~=1.2"), ">=1.2,!=1.5,~=1.2"),
        ((">=1.0rc1", ">=1"), ">=1.0rc1,>=1"),
        (("", ""), ""),
        (("==2.0", "==2"), "==2.0"),
    ],
)
def test_merged_bounds(specifiers: tuple[str, ...], merged: str) -> None:
    assert merge(specifiers) == merged


def test_merging_changes_no_verdict() -> None:
    draw = random.Random(7)
    for _ in range(3_000):
        specifiers = [draw.choice(OPERATORS[:6]) + _release(draw) for _ in range(draw.randint(1, 5))]
        version = _release(draw)
        assert meets(version, merge(specifiers)) == meets(version, ",".join(specifiers))


def test_too_old_or_too_new() -> None:
    assert is_below("1.0", ">=1.1,<2")
    assert not is_below("2.0", ">=1.1,<2")
    assert is_below("1.0", "==1.1")
    assert not is_below("1.0", "!=1.0")
