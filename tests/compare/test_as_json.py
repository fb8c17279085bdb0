"""Fingerprints of colleagues are read whole, or refused with the place that does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doctor.compare.as_json import dump, is_fingerprint, load
from doctor.facts import Fingerprint
from doctor.facts.serialise import NotFacts
from tests.compare.sides import fingerprint, numbers


def changed(*path: str, value: Any) -> str:
    """A good fingerprint with one thing replaced."""
    body = json.loads(dump(fingerprint(numbers=numbers(numpy__sum=(1.0, 2.0)))))
    place = body
    for name in path[:-1]:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[path[-1]] = value
    return json.dumps(body)


NUMPY = ("fingerprint", "layers", "distributions", "items", "numpy")
HOSTILE = [
    ("", "line 1: not JSON"),
    ("[" * 100_000, "nested too deeply"),
    ('{"schema_version": 1, "fingerprint": ' + '{"layers":' * 100_000, "nested too deeply"),
    ("[]", "no fingerprint in it"),
    ('{"fingerprint": 3}', "no fingerprint in it"),
    ('{"schema_version": 1, "facts": {}}', "holds facts"),
    ('{"fingerprint": {"made": NaN}, "schema_version": 1}', "NaN is no number"),
    ('{"fingerprint": {"made": 1e999}, "schema_version": 1}', "fingerprint.made"),
    ('{"fingerprint": {"made": ' + "9" * 5000 + '}, "schema_version": 1}', "not usable JSON"),
    (changed("schema_version", value=2), "a newer envdoctor made it"),
    (changed("schema_version", value=True), "schema_version 'True'"),
    (changed("schema_version", value="1"), "schema_version '1'"),
    (changed("fingerprint", "later", value=1), "fingerprint: unknown field 'later'"),
    (changed("fingerprint", "layers", "weather", value={"hash": ""}), "unknown layer 'weather'"),
    (changed("fingerprint", "made", value=-1.0), "fingerprint.made"),
    (changed("fingerprint", "made", value=1e300), "fingerprint.made"),
    (changed("fingerprint", "made", value=10**400), "fingerprint.made: a number of 401 digits"),
    (changed("fingerprint", "made", value="now"), "fingerprint.made: expected float"),
    (changed("fingerprint", "layers", value=[]), "fingerprint.layers: expected an object"),
    (changed("fingerprint", "layers", "native", value=7), "fingerprint.layers.native: expected an object"),
    (changed(*NUMPY, value="2.1"), "items.numpy: expected an object"),
    (changed(*NUMPY, "version", value=2.1), "items.numpy.version: expected str"),
    (changed(*NUMPY, "version", value="9.9"), "layers.distributions.hash: does not fit"),
    (changed(*NUMPY, "version", value="9" * 5_000), "5,000 characters"),
    (changed(*NUMPY[:-1], value={str(n): {} for n in range(20_001)}), "20,001 entries"),
    (changed("fingerprint", "name", value="x" * 5_000), "fingerprint.name: 5,000 characters"),
    (changed("fingerprint", "numbers", "runs", value="none"), "fingerprint.numbers.runs: expected a list"),
    (changed("fingerprint", "numbers", "runs", "0", "series", value=[1]), r"runs[0].series[0]: expected an object"),
    (changed("fingerprint", "numbers", "runs", value=[{"label": "x"}] * 201), "201 entries"),
    (changed("fingerprint", "numbers", "runs", value=[{"label": "one-thread"}] * 2), "runs[1].label: a second run"),
    (changed("fingerprint", "numbers", "runs", "0", "label", value="x" * 5_000), "runs[0]: 5,000 characters"),
    (changed("fingerprint", "numbers", "runs", "0", "seconds", value=1e400), "not usable JSON: Infinity"),
    (changed("fingerprint", "numbers", "runs", "0", "unsteady", value=["x"] * 1_001), "1,001 entries"),
    (changed("fingerprint", "numbers", "libraries", value=[{"name": "x" * 5_000}]), "libraries[0]: 5,000 characters"),
]


@pytest.mark.parametrize(("text", "said"), HOSTILE, ids=[said for _, said in HOSTILE])
def test_what_does_not_fit_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(NotFacts) as raised:
        load(text)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 600


def test_too_much_text_is_not_even_parsed() -> None:
    with pytest.raises(NotFacts, match="more than the"):
        load(" " * (16 * 1024 * 1024 + 1))


def test_what_could_drive_a_terminal_is_taken_out() -> None:
    hostile = "evil\x1b]52;c;aGk=\x07\u202e\u200b\n\x9b31m"
    body = json.loads(dump(fingerprint()))
    body["fingerprint"]["name"] = hostile
    body["fingerprint"]["layers"]["settings"] = {"hash": "", "items": {hostile: {hostile: hostile}}}
    read = load(json.dumps(body))
    told = [read.name, *read.layers["settings"].items, *next(iter(read.layers["settings"].items.values())).values()]
    assert all(text.isprintable() and "evil" in text for text in told)


def test_dump_and_load_give_the_same() -> None:
    whole = fingerprint(numbers=numbers(numpy__sum=(1.0, 0.1)), gaps={"machine": "permission denied"})
    assert load(dump(whole)) == whole
    assert dump(load(dump(whole))) == dump(whole)
    assert load(dump(Fingerprint())) == Fingerprint()


def test_which_files_may_be_written_over() -> None:
    assert is_fingerprint(dump(fingerprint()))
    assert is_fingerprint('{"schema_version": 9, "fingerprint": {"later": 1}}')
    assert not is_fingerprint("{}")
    assert not is_fingerprint("my thesis")
    assert not is_fingerprint("[" * 100_000)
