"""The table of messages: each pattern meets a real one, none can be made slow, advice and codes are in order."""

from __future__ import annotations

import re
import time

import pytest

from doctor import checks
from doctor.knowledge.messages import Message, every
from doctor.symptoms.paste import understand
from doctor.symptoms.recognise import recognise
from tests.symptoms.messages import REAL

ROWS = {row.id: row for row in every()}

#: codes of the catalogue that come later may be named; others are a slip of the pen
LATER = {"NAT", "NUM", "NBK", "REP"}

#: what patterns begin with, again and again, and never in full: a megabyte of each
NEAR_MISSES = (
    "lib",
    "libcudart.so.1",
    "libGL.so.1:",
    "a.",
    "a ",
    "A",
    "/",
    "/.",
    "./",
    "~",
    "'a",
    "\n",
    "lib-",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ",
    "undefined symbol: ",
    "No module named '",
    "No module named a",
    "cannot import name 'a",
    "nothing provides ",
    "numpy.",
    "Because a",
    "failed to remove ",
    "foo 1.0 requires bar",
    "a 1 requires a",
    "foo>=",
    "a>=1.0 is required",
    "module 'a' has no attribute",
    "Error processing line 1 of ",
    "The interpreter at ",
    "Cannot install ",
    " depends on ",
    "partially initialized module 'a' from '",
    "jaxlib version ",
    "list_physical_devices('GPU')",
    "package a-1-1 ",
    "cannot import name 'a' from 'b' (",
    "Permission denied: '",
    "transformers 4.1 requires tokenizers",
    "version `GLIBC_",
    "Could not load the Qt platform plugin xcb in ",
    "A NumPy version >=1 and <",
    "HTTP 404 ",
    "Trying to unpickle estimator ",
)


def test_every_row_has_real_messages_and_no_other_is_there() -> None:
    assert set(REAL) == set(ROWS)
    assert len(ROWS) == len(every())


@pytest.mark.parametrize("row", every(), ids=lambda row: row.id)
def test_each_pattern_meets_a_real_message(row: Message) -> None:
    for pattern in row.patterns:
        assert any(re.search(pattern, text, re.MULTILINE) for text in REAL[row.id]), pattern


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REAL.items() for text in texts])
def test_a_real_message_is_recognised_as_what_it_is(name: str, text: str) -> None:
    found = recognise(understand(text))
    assert found, text
    assert found[0].message.id == name, [item.message.id for item in found]


@pytest.mark.parametrize("row", every(), ids=lambda row: row.id)
def test_rows_say_what_they_must(row: Message) -> None:
    assert row.cause
    assert row.fix
    assert row.source
    assert not row.cause.endswith(".")
    assert not row.fix.endswith(".")
    for pattern in row.patterns:
        assert ".*" not in pattern
        assert ".+" not in pattern.replace(r"[\w.+", "").replace("/.+", "")
    known = {check.code for check in checks.load()}
    for code in (*row.directly, *row.related):
        assert re.fullmatch(r"[A-Z]{3}(\d{3})?", code)
        if code[:3] in checks.FAMILIES and code[:3] not in LATER:
            assert any(other.startswith(code) for other in known) or code in _COMING, code


#: of the catalogue, in families that are there already
_COMING = {"GPU002", "GPU003", "GPU004", "GPU005", "GPU006", "GPU007", "GPU010", "GPU011", "DEP004", "CHN010"}


def test_no_pattern_can_be_made_slow() -> None:
    compiled = [(row.id, re.compile(text, re.MULTILINE)) for row in every() for text in row.patterns]
    slow = []
    for seed in NEAR_MISSES:
        text = (seed * (1_000_000 // len(seed) + 1))[:1_000_000]
        for name, pattern in compiled:
            if _seconds(pattern, text[:50_000]) > 0.005 and _seconds(pattern, text) > 0.2:
                slow.append((name, pattern.pattern, seed))
    assert not slow


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    best = 1.0
    for _ in range(3):  # the least of three, for others use the machine too
        start = time.process_time()
        for number, _match in enumerate(pattern.finditer(text)):
            if number >= 30:
                break
        best = min(best, time.process_time() - start)
        if best < 0.005:
            break
    return best
