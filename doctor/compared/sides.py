"""What is compared, brought in: an environment of this machine that is read now, or a file that somebody sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from doctor.collect import LayerStarted, collect
from doctor.compare.as_json import LIMIT, dump, load
from doctor.compare.comparison import Side
from doctor.compare.fingerprint import FACTS_NEEDED, fingerprint_of
from doctor.facts import Facts, Fingerprint, Numbers
from doctor.facts.serialise import NotFacts
from doctor.failure import Failure
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import show
from doctor.target.environment import Request


class Taken(NamedTuple):
    """What was read of one environment."""

    request: Request
    facts: Facts
    fingerprint: Fingerprint

    def with_numbers(self, numbers: Numbers) -> Taken:
        """The same with these numbers in its facts and its fingerprint."""
        facts = self.facts._replace(live=self.facts.live._replace(numbers=numbers))
        return self._replace(facts=facts, fingerprint=self.fingerprint._replace(numbers=numbers))

    def side(self, title: str) -> Side:
        """It as one side of a comparison."""
        return Side(title, self.fingerprint, self.facts)


def take(request: Request, made: float, *, more_layers: Iterable[str] = ()) -> Iterator[LayerStarted | Taken]:
    """Read an environment and make its fingerprint, which comes last. Raises Failure where it cannot be read."""
    request = request._replace(sizes=False, imports=False)
    facts = Facts()
    for event in collect(request, {*FACTS_NEEDED, *more_layers}):
        if isinstance(event, LayerStarted):
            yield event
        else:
            facts = event.facts
    if "identity" in facts.gaps:
        raise Failure(f"the environment could not be read: {facts.gaps['identity']}")
    yield Taken(request, facts, fingerprint_of(facts, made=made))


def side_of_file(path: Path) -> Side:
    """A fingerprint, or facts as check --save writes them. Raises Failure with file and place."""
    named = clean(show(path))
    try:
        return Side(named, _loaded(path))
    except (Unfit, NotFacts) as error:
        raise Failure(f"{named}: {clean(str(error), 400)}") from None


def _loaded(path: Path) -> Fingerprint:
    text = read_text(path, limit=4 * LIMIT)
    if '"facts"' in text[-400:] + text[:400] and '"fingerprint"' not in text[:400]:
        from doctor.facts.serialise import load as load_facts

        facts = load_facts(text)
        return load(dump(fingerprint_of(facts, made=facts.now)))  # as strict as with a file that snapshot wrote
    return load(text)
