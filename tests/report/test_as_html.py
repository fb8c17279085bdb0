"""The HTML report is whole in itself: it opens without a request or a console message, and nothing in it runs."""

from __future__ import annotations

import struct
from html.parser import HTMLParser
from pathlib import Path

import pytest

from doctor.examine import conclude
from doctor.facts.build import distribution, environment
from doctor.facts.project import Policy
from doctor.report.as_html import render
from doctor.report.as_html.sizes import pieces_of
from doctor.report.comparison_html import render as in_page
from doctor.report.pictures.shares import Share
from tests.report.chromium import PROGRAM, new_page
from tests.report.examined import LONG, NASTY, everything, hostile, hostile_sides, large, two_sides

_VOID = {"meta", "link", "rect", "br"}


class Read(HTMLParser):
    """Elements, their attributes, and the text that is seen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("examination", [everything, hostile, large], ids=lambda make: str(make.__name__))
def test_page_holds_nothing_that_runs_or_loads(examination) -> None:  # type: ignore[no-untyped-def]
    read = Read(render(examination(), hostile_sides() if examination is hostile else two_sides()))
    assert not read.tags & {"script", "img", "iframe", "object", "embed", "form", "input", "a", "base", "video", "use"}
    for tag, name, value in read.attributes:
        assert not name.startswith("on"), name
        assert name not in ("src", "href", "action", "srcset", "xlink:href") or (tag, value) == ("link", "data:,")
        assert "url(" not in value
    identifiers = [value for _, name, value in read.attributes if name == "id"]
    assert len(set(identifiers)) == len(identifiers)
    assert "url(" not in read.text
    assert "@import" not in "".join(read.text)


def test_hostile_names_are_shown_as_they_are() -> None:
    text = " ".join(" ".join(Read(render(hostile())).text).split())
    for name in NASTY:
        assert " ".join(name.replace("\r", "\n").split()) in text, name


def test_sections_stand_where_there_is_something_to_say() -> None:
    page = render(large())
    for section in ("errors", "warnings", "notes", "sizes", "origins", "machine"):
        assert f'<section id="{section}">' in page, section
    for said in ("1.7 GB", "nvidia-cudnn-cu12", "CUDA libraries", "shared with caches", "conda-forge", "RTX A5000"):
        assert said in page, said
    bare = environment(distributions=[distribution("demo", "1.0")])._replace(layers=("identity", "distributions"))
    page = render(conclude(bare, [], Policy(), {}))
    assert 'id="sizes"' not in page
    assert 'id="machine"' not in page
    assert "Nothing could be judged" in page


def test_what_differs_from_the_baseline_is_told_where_there_is_one() -> None:
    assert 'id="compared"' not in render(large())
    page = render(large(), two_sides())
    head, _, rest = page.partition('<section id="compared">')
    assert "Compared with .envdoctor/baseline.json: <span" in head.partition("</header>")[0]
    told = rest.partition("</section>")[0]
    for said in ("numpy", "1.26.4", "MKL", "<svg", "ULP", "OMP_NUM_THREADS", "numpy==1.26.4"):
        assert said in told, said
    text = " ".join(" ".join(Read(in_page(hostile_sides())).text).split())
    for name in NASTY[:4]:
        assert name in text


@pytest.mark.parametrize("comparison", [two_sides, hostile_sides], ids=lambda make: str(make.__name__))
def test_a_comparison_alone_is_such_a_page_as_well(comparison) -> None:  # type: ignore[no-untyped-def]
    read = Read(in_page(comparison()))
    assert not read.tags & {"script", "img", "iframe", "object", "embed", "form", "input", "a", "base", "video", "use"}
    assert not [name for _, name, value in read.attributes if name.startswith("on") or "url(" in value]


def test_small_ones_share_a_tile_and_no_byte_is_lost() -> None:
    shares = [Share("big", "big", 10**9), *(Share(f"p{n}", f"p{n}", 1000) for n in range(500))]
    pieces = list(pieces_of(shares))
    assert [piece.name for piece in pieces] == ["big", "500 smaller"]
    assert sum(piece.bytes for piece in pieces) == 10**9 + 500 * 1000


def test_page_is_the_same_twice() -> None:
    assert render(large()) == render(large())


@pytest.mark.skipif(not PROGRAM, reason="no Chromium on this machine")
def test_it_opens_in_a_browser_without_a_message_or_a_request(tmp_path: Path) -> None:
    with new_page(tmp_path) as page:
        both, nasty = two_sides(), hostile_sides()
        for examination, comparison, width, dark in (
            (large(), both, 1280, False),
            (large(), both, 400, True),
            (hostile(), nasty, 400, False),
        ):
            file = tmp_path / "report.html"
            file.write_text(render(examination, comparison), encoding="utf-8")
            page.events.clear()
            page.open(file, width=width, dark=dark)
            assert page.said() == []
            assert page.requested() == []
            assert page.value("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
            assert page.value("document.scripts.length") == 0
            maps = "[...document.querySelectorAll('svg.map')].filter(one => one.checkVisibility()).length"
            assert page.value(maps) == 1
            back = page.value("getComputedStyle(document.body).backgroundColor")
            assert (sum(int(part) for part in back[4:-1].split(",")) < 200) is dark
            file.write_text(in_page(comparison), encoding="utf-8")
            page.events.clear()
            page.open(file, width=width, dark=dark)
            assert (page.said(), page.requested()) == ([], [])
            assert page.value("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
        picture = page.picture()
        assert struct.unpack(">I", picture[16:20]) == (400,)


@pytest.mark.skipif(not PROGRAM, reason="no Chromium on this machine")
def test_nothing_could_leave_the_page_if_a_name_were_markup(tmp_path: Path) -> None:
    page_text = render(large()).replace("</main>", '<img src="http://evil.example/x"><script>alert(1)</script></main>')
    file = tmp_path / "report.html"
    file.write_text(page_text, encoding="utf-8")
    with new_page(tmp_path) as page:
        page.open(file)
        assert page.said(), "the policy says what it stopped"
        assert page.value("typeof window.alert") == "function"
        blocked = page.named("Network.loadingFailed")
        assert all(event.get("blockedReason") == "csp" for event in blocked)
        assert not page.named("Page.javascriptDialogOpening")


def test_long_texts_do_not_widen_the_page() -> None:
    assert LONG in render(hostile())
