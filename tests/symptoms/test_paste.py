"""What is pasted becomes clean lines, whatever it holds, and the telling ones are found."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator

import pytest

from doctor.reading.clean import is_clean
from doctor.symptoms.paste import Paste, is_message, read, understand
from doctor.symptoms.recognise import recognise

CHAINED = """\
Traceback (most recent call last):
  File "/srv/env/lib/python3.11/site-packages/transformers/utils/import_utils.py", line 1510, in _get_module
    return importlib.import_module("." + module_name, self.__name__)
  File "/srv/env/lib/python3.11/site-packages/cv2/__init__.py", line 181, in <module>
    bootstrap()
ImportError: libGL.so.1: cannot open shared object file: No such file or directory

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/home/me/train.py", line 1, in <module>
    from transformers import AutoModel
RuntimeError: Failed to import transformers.models.auto because of the following error (look up to see its traceback)
"""
RESOLVER = """\
Collecting pandas==2.0.3
  Downloading pandas-2.0.3.whl (12.3 MB)
ERROR: No matching distribution found for cv2
ERROR: Exception of something that follows from it
"""


def telling(paste: Paste) -> Iterator[str]:
    return (paste.lines[index] for index in paste.telling)


def test_of_chained_exceptions_the_last_one_comes_first_and_its_cause_is_recognised() -> None:
    paste = understand(CHAINED)
    assert [line.partition(":")[0] for line in telling(paste)] == ["RuntimeError", "ImportError"]
    (found,) = recognise(paste)
    assert found.message.id == "missing-libgl"
    assert found.number == 6
    assert paste.prefixes == ("/srv/env",)
    assert paste.through == ("cv2", "transformers")


def test_of_pips_errors_the_first_one_counts() -> None:
    found = recognise(understand(RESOLVER))
    assert found[0].message.id == "no-such-release"
    assert found[0].named["package"] == "cv2"


def test_colours_frames_prompts_and_log_prefixes_fall_away() -> None:
    for text in (
        "\x1b[0;31mModuleNotFoundError\x1b[0m: No module named 'yaml'",
        "E   ModuleNotFoundError: No module named 'yaml'",
        "│ ModuleNotFoundError: No module named 'yaml'",
        "#12 3.456 ModuleNotFoundError: No module named 'yaml'",
        "2026-11-22T10:00:00.123Z ModuleNotFoundError: No module named 'yaml'",
        "\x1b]0;title\x07ModuleNotFoundError: No module named 'yaml'\r\n",
    ):
        paste = understand(text)
        assert paste.lines[paste.telling[0]] == "ModuleNotFoundError: No module named 'yaml'", text
        assert recognise(paste)[0].named == {"module": "yaml"}


def test_a_notebook_cell_is_read_as_it_is_stored() -> None:
    traceback = ["\x1b[0;31m---\x1b[0m", "\x1b[0;31mModuleNotFoundError\x1b[0m: No module named 'yaml'"]
    cell = json.dumps({"output_type": "error", "ename": "ModuleNotFoundError", "traceback": traceback}, indent=1)
    assert recognise(understand(cell))[0].named == {"module": "yaml"}


def test_of_an_endless_paste_the_beginning_and_the_end_are_kept() -> None:
    data = b"ERROR: first\n" + b"x" * 99 + b"\n" + b"noise\n" * 4_000_000 + b"ImportError: last\n"
    start = time.process_time()
    paste = understand(read(io.BytesIO(data)))
    assert time.process_time() - start < 5
    assert len(paste.lines) < 500_000
    assert list(telling(paste))[:2] == ["ImportError: last", "ERROR: first"]


@pytest.mark.parametrize(
    "seed", ["\x1b[", "\x1b]0;", "\x1b", "\\u001b[", "[" * 50, "a.B", "AError", '\n  File "', "E ", "\x00\u202e", "\\n"]
)
def test_hostile_text_is_cleaned_in_bounded_time(seed: str) -> None:
    text = (seed * (1_000_000 // len(seed)))[:1_000_000]
    start = time.process_time()
    found = recognise(understand(text))
    assert time.process_time() - start < 3
    assert all(is_clean(item.line) for item in found)


def test_what_is_shown_holds_no_secret() -> None:
    line = "ERROR: No matching distribution found for a from https://me:hunter2@host/simple?token=abcdef"
    paste = understand(line)
    assert "hunter2" not in paste.shown(0)
    assert "abcdef" not in paste.shown(0)
    assert "hunter2" not in str(recognise(paste))


def test_a_word_to_filter_by_is_no_message() -> None:
    for text in ("numpy", "MIX006", "missing-files", ".venv of project", "scikit-learn"):
        assert not is_message(text), text
    for text in (
        "ImportError: libGL.so.1",
        "No module named 'yaml'",
        "ERROR: No matching distribution found",
        "a\nb" * 6,
    ):
        assert is_message(text), text
