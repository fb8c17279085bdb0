"""Cleaning leaves nothing that drives a terminal, and everything that is ordinary text."""

from __future__ import annotations

import pytest

from doctor.reading.clean import clean, clean_lines, decode, is_clean

HOSTILE = {
    "escape": "\x1b[31mred",
    "osc 52": "\x1b]52;c;ZXZpbA==\x07",
    "c1 csi": "\x9b31m",
    "bell": "a\x07b",
    "backspace": "safe\x08\x08\x08\x08evil",
    "right-to-left override": "exe.\u202efdp",
    "isolate": "a\u2066b",
    "zero width space": "num\u200bpy",
    "byte order mark": "\ufeffnumpy",
    "tag": "a\U000e0041b",
    "lone surrogate": "a\udc80b",
    "delete": "a\x7fb",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_characters_leave_a_mark_and_go(text: str) -> None:
    for cleaned in (clean(text), clean_lines(text), decode(text.encode("utf-8", "surrogatepass"))):
        assert "\ufffd" in cleaned
        assert all(ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0 and not 0x200B <= ord(c) <= 0x202E for c in cleaned)
        assert is_clean(cleaned)
    assert not is_clean(text)


@pytest.mark.parametrize("text", ["numpy[extra]==1.0", "Größe", "数据科学", "naïve — “quoted”", "a b", "🐍 snake"])
def test_ordinary_text_stays(text: str) -> None:
    assert clean(text) == clean_lines(text) == decode(text.encode()) == text
    assert is_clean(text)


def test_lines_stay_lines_only_where_asked() -> None:
    assert decode(b"a\nb\tc") == clean_lines("a\nb\tc") == "a\nb\tc"
    assert clean("a\r\nb\tc") == "a b c"
    assert clean("a" * 50, 10) == "a" * 9 + "…"


def test_invisible_differences_do_not_become_equal_names() -> None:
    assert clean("num\u200bpy") != "numpy"
