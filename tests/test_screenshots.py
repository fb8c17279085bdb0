"""The pictures of the README show the app as it is; where one does not: python -m tests.screenshots."""

from __future__ import annotations

import html
import re

import pytest

from tests.screenshots import FOLDER, Pictures, draw, draw_demo, draw_repair, pictures_of

#: of what may differ: the environments' list holds this machine's own ones
_SAME_EVERYWHERE = ("demo", "examination", "finding", "choices", "fixed")


@pytest.fixture(scope="module")
def drawn() -> Pictures:
    """The pictures as they come out of the app here."""
    return pictures_of((draw_demo, draw, draw_repair))


def told(svg: str) -> str:
    """What a picture says, without numbers and white space: versions and sizes are this machine's."""
    lines = (html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    return re.sub(r"[\d\s.]+", "", "".join(lines))


@pytest.mark.parametrize("name", _SAME_EVERYWHERE)
def test_it_is_not_stale(drawn: Pictures, name: str) -> None:
    kept = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert told(kept) == told(drawn[name]), "run: python -m tests.screenshots"


def test_none_is_left_over_and_none_shows_a_folder_of_this_machine(drawn: Pictures) -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.svg")}
    assert set(drawn) <= set(kept)
    for name, svg in kept.items():
        assert not re.search(r"/root/|/work/|/tmp/(?!envdoctor-demo)", svg), name
