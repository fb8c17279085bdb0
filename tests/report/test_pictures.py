"""Pictures in characters: golden at three widths, in proportion, never wider than asked, readable in ASCII."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from doctor.compare.comparison import Comparison, Difference, Side
from doctor.compare.numbers import NumberDifference, Verdict
from doctor.facts import Facts, Size, Sizes
from doctor.facts.build import distribution, environment, record, site_packages
from doctor.facts.distributions import DirectUrl
from doctor.facts.fingerprint import Fingerprint
from doctor.facts.rooms import Portion, Rooms
from doctor.facts.units import size
from doctor.model import Finding, Severity
from doctor.report.comparison import render as in_text
from doctor.report.comparison_html import render as in_html
from doctor.report.comparison_markdown import render as in_markdown
from doctor.report.pictures.bars import Part, bar, divided, legend, shared_out
from doctor.report.pictures.mixture import Origin, origins_of, overview, row
from doctor.report.pictures.mixture import render as render_mixture
from doctor.report.pictures.pulled_in import pulled_in
from doctor.report.pictures.shares import below, causes, packages, whole
from doctor.report.pictures.treemap import Rectangle, Tile, placed, squarified, treemap
from doctor.report.pictures.ulps import Row, picture, rows_of
from doctor.report.pictures.ulps_svg import figure
from doctor.report.text import Line, plain_text
from doctor.report.words import PICTURE_GLYPHS, plain

GOLDEN = Path(__file__).parent / "pictures.txt"
WIDTHS = (40, 80, 120)
MB = 1_000_000

TILES = [
    Tile(name, weight * MB, size(weight * MB), fill, key=name)
    for name, weight, fill in (
        ("torch", 1_600, "▒"),
        ("nvidia-cudnn-cu12", 1_070, "█"),
        ("nvidia-cublas-cu12", 602, "█"),
        ("triton", 420, "▒"),
        ("pyarrow", 120, "▒"),
        ("scipy", 110, "▒"),
        ("plotly", 90, "▓"),
        *((f"small{number}", 8 - number, "▓") for number in range(8)),
    )
]
ROWS = (
    Row("torch.matmul.float32", 0),
    Row("numpy.linalg.solve.float64", 810_000),
    Row("numpy.matmul.float32", 512),
    Row("scipy.fft.float64", 14),
    Row("numpy.sum.float32", 1),
)


def mixed() -> Facts:
    """conda-forge, a package of defaults, wheels by pip and uv, an editable folder, a repository, the user's own."""
    brought = f"{site_packages()}/numpy-1.0.dist-info"
    forge = [
        record(name, "1.0", files=(f"{brought}/METADATA",) if name == "numpy" else ())
        for name in ("python", "numpy", "scipy", "openssl", "zlib", "tk")
    ]
    return environment(
        kind="conda",
        records=[*forge, record("libgcc", "14", channel="pkgs/main")],
        distributions=[
            distribution("numpy", "1.0", installer="conda"),
            distribution("requests", "2.32"),
            distribution("torch", "2.9", installer="uv", requires=["numpy-quaternion"], requested=True),
            distribution("numpy-quaternion", "1.0", installer="uv"),
            distribution("own", "0.1", direct_url=DirectUrl("file:///home/ada/own", editable=True)),
            distribution("fork", "0.2", direct_url=DirectUrl("https://example.org/fork.git", vcs="git")),
            distribution("built", "0.2", direct_url=DirectUrl("file:///tmp/built.whl")),
            distribution("stray", "3", site="~/.local/lib/python3.11/site-packages"),
            distribution("bare", "3", installer=""),
        ],
        sizes=Sizes(by_owner={"torch": Size(10, 700 * MB), "conda:numpy": Size(10, 60 * MB)}),
    )


FINDINGS = (
    Finding(
        Severity.ERROR, "libgcc", "1 package from defaults among 6 of conda-forge", packages=("libgcc",), code="CHN001"
    ),
    Finding(
        Severity.WARNING, "numpy", "pip would replace numpy 1.0 at the next install", packages=("numpy",), code="MIX002"
    ),
    Finding(Severity.NOTE, "torch", "torch is the CPU build", packages=("torch",), code="GPU001"),
)


def rooms() -> Rooms:
    site = "lib/python3.11/site-packages"
    return Rooms(
        {
            "torch": [
                Portion(f"{site}/torch/lib", ["libtorch_cpu.so", "libtorch_cuda.so"], [400 * MB, 900 * MB], []),
                Portion(f"{site}/torch", ["nn.py", "__init__.py"], [9 * MB, MB], [], 4096),
                Portion(f"{site}/torch/__pycache__", ["nn.cpython-311.pyc"], [7 * MB], []),
            ],
            "nvidia-cudnn-cu12": [Portion(f"{site}/nvidia/cudnn/lib", ["libcudnn.so.9"], [0], [640 * MB])],
            "conda:numpy": [Portion(f"{site}/numpy", ["core.so", "data.npy"], [10 * MB, 30 * MB], [])],
            "numpy": [Portion(f"{site}/numpy", ["other.so"], [2 * MB], [])],
            "": [Portion("bin", ["python"], [6 * MB], [])],
        },
        files=9,
        sites=(site,),
    )


def pictures(width: int) -> Iterator[Line]:
    """Every picture in one width."""
    yield from treemap(TILES, width, width // 5, "pyarrow")
    yield ()
    yield from causes(whole(packages(rooms())), width)
    yield ()
    yield from render_mixture(origins_of(mixed(), FINDINGS), FINDINGS, width)
    yield ()
    yield from picture(ROWS, width)
    yield ()
    yield from pulled_in(mixed(), "numpy-quaternion")


def drawn() -> str:
    return "".join(f"{width} columns\n{plain_text(pictures(width))}\n" for width in WIDTHS)


def test_pictures_are_as_they_were_looked_at() -> None:
    """python -m tests.report.test_pictures draws them anew, to be looked at."""
    assert drawn() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 57, 60, 80, 120, 200])
def test_no_line_is_wider_than_asked(width: int) -> None:
    for line in plain_text(pictures(width)).splitlines():
        assert len(line) <= width, line


def test_ascii_moves_nothing_and_tells_shades_apart() -> None:
    for line in plain_text(itertools.chain(treemap(TILES, 80, 20), picture(ROWS, 80))).splitlines():
        shown = "".join(PICTURE_GLYPHS.get(letter, letter) for letter in line)
        assert shown.isascii()
        assert len(shown) == len(line)
    shades = ("█", "▓", "▒", "░", "·", " ")
    assert len({PICTURE_GLYPHS.get(shade, shade) for shade in shades}) == len(shades)
    assert plain("█▒│…") == "#:|..."


def test_squares_fill_the_place_in_proportion() -> None:
    dice = random.Random(7)
    for _ in range(200):
        weights = sorted((dice.paretovariate(1.1) for _ in range(dice.randint(1, 40))), reverse=True)
        place = Rectangle(0, 0, dice.uniform(5, 200), dice.uniform(5, 120))
        found = squarified(weights, place)
        scale = place.width * place.height / sum(weights)
        for weight, tile in zip(weights, found, strict=True):
            assert tile.width * tile.height == pytest.approx(weight * scale, rel=1e-6)
            assert tile.x >= -1e-6
            assert tile.x + tile.width <= place.width + 1e-6
            assert tile.y >= -1e-6
            assert tile.y + tile.height <= place.height + 1e-6
        for one, other in itertools.combinations(found, 2):
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert min(across, down) <= 1e-6


def test_squares_are_nearly_square() -> None:
    """The example of the paper: 6 6 4 3 2 2 1 in 6 by 4."""
    found = squarified([6, 6, 4, 3, 2, 2, 1], Rectangle(0, 0, 6, 4))
    ratios = [max(tile.width / tile.height, tile.height / tile.width) for tile in found]
    assert ratios == pytest.approx([3 / 2, 3 / 2, 49 / 36, 49 / 27, 25 / 18, 25 / 18, 25 / 9])
    assert squarified([], Rectangle(0, 0, 6, 4)) == []


@pytest.mark.parametrize(("width", "height"), [(5, 3), (12, 4), (40, 6), (80, 20), (200, 60)])
def test_a_map_names_what_is_large_and_counts_the_rest(width: int, height: int) -> None:
    many = [
        Tile(f"package{number}", int(1e9 / (number + 1) ** 1.5), "1 GB", key=str(number)) for number in range(2_500)
    ]
    lines = treemap(many, width, height)
    assert len(lines) == height
    text = plain_text(lines)
    assert "pa" in text
    found = placed(many, width, height)
    covered = [[0] * (width - 1) for _ in range(height - 1)]
    for tile in found:
        for line in range(tile.top, tile.bottom):
            for column in range(tile.left, tile.right):
                covered[line][column] += 1
    assert all(number == 1 for line in covered for number in line)
    if width >= 80:
        assert "smaller" in text


def test_a_map_without_room_or_weight_is_empty() -> None:
    assert treemap([], 80, 20) == []
    assert treemap([Tile("nothing", 0)], 80, 20) == []
    assert treemap(TILES, 3, 2) == []
    assert "huge" in plain_text(treemap([Tile("huge", 10**12), Tile("tiny", 1)], 40, 10))


def test_one_tile_is_marked_without_colour() -> None:
    assert "> pyarrow" in plain_text(treemap(TILES, 80, 20, "pyarrow"))
    assert ">" not in plain_text(treemap(TILES, 80, 20))


def test_columns_are_shared_out_fairly() -> None:
    assert shared_out([50, 50], 10) == [5, 5]
    assert shared_out([1, 10**12], 10) == [1, 9]
    assert shared_out([], 10) == []
    assert shared_out([1, 1, 1], 2) == [0, 0, 0]
    dice = random.Random(3)
    for _ in range(200):
        values = [dice.randint(1, 10**9) for _ in range(dice.randint(1, 12))]
        columns = shared_out(values, 60)
        assert sum(columns) == 60
        assert min(columns) >= 1


def test_bars_show_what_is_there() -> None:
    assert bar(10, 10, 4) == "████"
    assert bar(1, 1_000_000, 4) == "▌   "
    assert bar(0, 10, 4) == "    "
    assert bar(1, 1_000_000, 4, "░") == "░   "
    parts = [Part("own", 0, "0 bytes", "█"), Part("shared", 5, "5 bytes", "░")]
    assert plain_text([divided(parts, 6)]) == "░░░░░░\n"
    assert plain_text(legend(parts, 40)) == "░ shared 5 bytes\n"


def test_sizes_know_who_what_and_where() -> None:
    shares = packages(rooms())
    assert [share.name for share in shares[:2]] == ["torch", "nvidia-cudnn-cu12"]
    assert {share.name for share in shares} >= {"numpy", "numpy (conda)", "owned by no package"}
    every = whole(shares)
    told = dict(zip(("CUDA", "compiled", "Python", "bytecode", "other"), every.kinds, strict=True))
    assert told["CUDA"] == 1_540 * MB
    assert told["compiled"] == 412 * MB
    assert told["bytecode"] == 7 * MB
    assert (every.own, every.shared) == (1_365 * MB + 4096, 640 * MB)
    (top,) = below(rooms(), "torch")
    assert (top.name, top.files) == ("torch", 5)
    assert [share.name for share in below(rooms(), "torch", "torch")] == ["lib", "nn.py", "__pycache__", "__init__.py"]
    assert whole(()).total == 0


def test_origins_count_each_package_once_with_its_dangers() -> None:
    origins = {origin.name: origin for origin in origins_of(mixed(), FINDINGS)}
    assert {name: len(origin.packages) for name, origin in origins.items()} == {
        "conda-forge": 6,
        "pkgs/main": 1,
        "a package index, by pip": 1,
        "a package index, by uv": 2,
        "folders, editable": 1,
        "git repositories, by pip": 1,
        "local files, by pip": 1,
        "outside the environment: ~/.local/lib/python3.11/site-packages": 1,
        "no word of where from": 1,
    }
    assert [finding.code for finding in origins["pkgs/main"].dangers] == ["CHN001"]
    assert [finding.code for finding in origins["conda-forge"].dangers] == ["MIX002"]
    assert origins["a package index, by uv"].dangers == ()  # about a GPU, not about the mixture
    assert origins["a package index, by uv"].packages == ("torch", "numpy-quaternion")
    assert origins_of(environment()) == ()


def test_no_package_makes_no_bar() -> None:
    assert overview((), 40) == ()
    assert "No package" in plain_text(render_mixture((), (), 40))
    head, names = row(Origin("x", "channel", ("a" * 200,)), 1, 40)
    assert len(plain_text([names]).rstrip()) <= 40
    assert "x" in plain_text([head])


def difference(series: str, verdict: Verdict, ulps: int = 0, run: str = "one-thread") -> NumberDifference:
    return NumberDifference(series, run, verdict, ulps)


def test_distances_are_ranked_by_the_run_where_they_are_largest() -> None:
    rows = rows_of(
        [
            difference("a", "rounding", 3),
            difference("a", "rounding", 40, "as-configured"),
            difference("b", "beyond rounding", 9_000),
            difference("c", "beyond rounding"),
            difference("d", "identical"),
            difference("e", "order differs"),
        ]
    )
    assert rows == (Row("c", 0), Row("b", 9_000), Row("a", 40))


def test_the_scale_is_logarithmic_and_says_what_is_rounding() -> None:
    lines = plain_text(
        picture((Row("thousand", 1_000), Row("hundred", 100), Row("ten", 10), Row("one", 1)), 100)
    ).splitlines()
    ends = [line.index("●") for line in lines[1:5]]
    steps = [later - earlier for earlier, later in itertools.pairwise(ends[::-1])]
    assert len(set(steps)) == 1
    assert lines[0].index("100") == ends[1]
    assert "512: more is not rounding alone" in lines[-1]
    assert list(picture((), 100)) == []
    assert list(picture(ROWS, 59)) == []
    many = plain_text(picture([Row(f"s{number}", 2**62) for number in range(40)], 80))
    assert "and 28 more" in many


def test_the_figure_is_a_picture_that_can_be_read_aloud() -> None:
    rows = (*ROWS, Row("<script>alert(1)</script>&\"'", 5))
    drawing = ElementTree.fromstring(figure(rows))
    text = " ".join(drawing.itertext())
    assert "810,000 ULP" in text
    assert "<script>alert(1)" in text
    assert not any("script" in element.tag for element in drawing.iter())
    assert figure(()) == ""
    assert ">2.3e14 ULP<" in figure((Row("far", 225_179_981_368_524),))
    assert ">9,999,999,999 ULP<" in figure((Row("far", 9_999_999_999),))


def test_comparisons_show_the_distances_in_every_format() -> None:
    found = Difference(numbers=(difference("descent.float64", "beyond rounding", 70_000),))
    sides = (Side("here", Fingerprint()), Side("there", Fingerprint()))
    compared = Comparison(sides, found)
    assert "━●   70,000" in plain_text(in_text(compared, width=80))
    assert "━●" not in plain_text(in_text(compared, width=50))
    markdown = in_markdown(compared)
    assert "70,000" in markdown.partition("```text")[2].partition("```")[0]
    assert "<svg" in in_html(compared)
    assert "70,000 ULP" in in_html(compared)


def test_what_pulls_in_ends_at_what_was_asked_for() -> None:
    assert plain_text(pulled_in(mixed(), "numpy-quaternion")) == "  └─ torch  asked for by name\n"
    assert "asked for by name" in plain_text(pulled_in(mixed(), "torch"))
    assert "nobody asked for it" in plain_text(pulled_in(mixed(), "requests"))
    ring = environment(
        distributions=[distribution("one", "1", requires=["two"]), distribution("two", "1", requires=["one"])]
    )
    assert plain_text(pulled_in(ring, "one")) == "  └─ two\n     └─ one  (see above)\n"


if __name__ == "__main__":
    GOLDEN.write_text(drawn(), encoding="utf-8")
    sys.stdout.write(drawn())
