"""What came of an operation, as lines: the sentence, what is gone, what is new, what the way back costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.facts.units import size
from doctor.fix.plan import Known
from doctor.report.plan import ENDINGS
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, count
from doctor.tui.progress import Progress

_SHOWN = 8


def headline(progress: Progress, refused: str, broken: str) -> tuple[str, str, str]:
    """Mark and word, the sentence, and the style of an operation that is over."""
    if refused:
        return "! Not begun", refused, "warning"
    if progress.ended is None:
        text = "envdoctor itself failed here; envdoctor recover puts the environment back"
        return "✗ Stopped short", f"{broken}. {text}" if broken else text, "error"
    mark, word, style = ENDINGS[progress.ended.ending]
    text = progress.ended.text.removeprefix(f"{progress.ended.ending}: ")
    return f"{mark} {word}", text[:1].upper() + text[1:], style


def lines(progress: Progress, width: int) -> Iterator[Line]:
    """What the second examination saw and what was put back."""
    seen = progress.verified
    if seen:
        yield from _known("Gone", seen.gone, FINE, "fine", width)
        yield from _known("Still there", seen.remaining, "✗", "error", width)
        yield from _known("New, and so it was not kept", seen.new, "!", "warning", width)
        yield from _known("Also gone", seen.also_gone, FINE, "fine", width)
        yield from _known("New notes, which do not count against it", seen.notes, "i", "note", width)
    if progress.put_back:
        back = progress.put_back
        yield from wrapped(f"{count(back.changed, 'path')} restored in {back.seconds:.1f} s", width, "", "dim")
        for problem in back.problems[:_SHOWN]:
            yield from wrapped(problem, width, "✗ ", "error")
    if progress.saved and progress.saved.files:
        saved = progress.saved
        text = f"Saved beforehand: {count(saved.files, 'file')} in {saved.seconds:.1f} s, {size(saved.bytes)} on disk"
        yield from wrapped(text, width, "", "dim")
        yield ()


def _known(title: str, found: Iterable[Known], mark: str, style: str, width: int) -> Iterator[Line]:
    listed = tuple(found)
    if not listed:
        return
    yield (Span(title, "strong"),)
    for known in listed[:_SHOWN]:
        what = f": {known.summary}" if known.summary else ""
        yield from wrapped(f"{known.code} {known.subject}{what}", width, f"{mark} ", style)
    if len(listed) > _SHOWN:
        yield (Span(f"  and {len(listed) - _SHOWN:,} more", "dim"),)
    yield ()
