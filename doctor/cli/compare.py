"""envdoctor compare: what differs between environments, files and folders of files, and whether it changes results."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from doctor.cli.aside import tell
from doctor.cli.fingerprinting import Taken, probed, refuse_unasked, take, write_output
from doctor.cli.running import telling
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.compare.as_json import LIMIT, load
from doctor.compare.comparison import Comparison, Side
from doctor.compare.difference import compare
from doctor.compared.sides import side_of_file
from doctor.facts import FINGERPRINT_LAYERS
from doctor.facts.serialise import NotFacts
from doctor.failure import Failure
from doctor.reading.clean import clean
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import redact
from doctor.reading.redact import show as show_path
from doctor.report.comparison_words import GRAVITY
from doctor.report.words import count
from doctor.target.discover import environments_in_project

#: files of one folder, and sides of one comparison
_FILES = 500
_LAYER_NAMES = (*FINGERPRINT_LAYERS, "numbers")


class _Found(NamedTuple):
    """One side, and how it was read where it is an environment of this machine."""

    side: Side
    taken: Taken | None = None


def run(options: argparse.Namespace) -> int:
    """Read all sides, compare them, print or write the report, and say by the exit status how it went."""
    layers = _layers(options.layers)
    if options.yes and not options.probe:
        raise Failure("--yes answers the question of --probe, which is not there")
    if options.probe:
        refuse_unasked(yes=options.yes)
    found = [one for text in options.what for one in _sides(text, options)]
    if len(found) == 1:
        found.insert(0, _environment(None, options, "this environment"))
    if options.probe:
        found = _with_numbers(found, options)
    sides = _named_apart(found)
    comparison = compare(sides, layers=layers)
    if options.probe and len(found) == 2:
        comparison = _explained(comparison, found, layers)
    _print(comparison, options)
    return ExitCode.FINE if comparison.changes_results == "no" else ExitCode.FINDINGS


def _layers(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _LAYER_NAMES:
            raise Failure(f"--layers {clean(name, 60)}: there is no such layer; there are {', '.join(_LAYER_NAMES)}")
    if not names:
        raise Failure(f"--layers: names none; there are {', '.join(_LAYER_NAMES)}")
    return tuple(names)


def _sides(text: str, options: argparse.Namespace) -> Iterator[_Found]:
    """What one word means: a file that snapshot wrote, a folder of such files, or an environment."""
    path = Path(text).expanduser()
    if text.strip() and "\0" not in text:
        if path.is_file() and not _is_python(path):
            yield _Found(side_of_file(path))
            return
        if path.is_dir() and not _is_prefix(path) and not environments_in_project(path):
            files = _files_of(path)
            if files:
                yield from (_Found(side) for side in files)
                return
        if text.endswith(".json") and not path.exists():
            raise Failure(f"{clean(redact(text))}: no such file")
    yield _environment(text, options, clean(redact(text)))


def _is_python(path: Path) -> bool:
    """Whether a file goes by the name of an interpreter: python, python3.12, pypy3, python.exe."""
    return re.fullmatch(r"(?:python|pypy)[\d.]*t?(?:\.exe)?", path.name, re.IGNORECASE) is not None


def _is_prefix(path: Path) -> bool:
    return (path / "pyvenv.cfg").exists() or (path / "conda-meta").is_dir()


def _files_of(folder: Path) -> list[Side]:
    """The fingerprints of a folder; what else lies there is named and passed over."""
    names = sorted(path for path in folder.glob("*.json") if path.is_file())
    sides = []
    for path in names[:_FILES]:
        try:
            sides.append(Side(clean(show_path(path)), load(read_text(path, limit=4 * LIMIT))))
        except (Unfit, NotFacts) as error:
            tell(f"passed over {clean(show_path(path))}: {clean(str(error), 300)}")
    if len(names) > _FILES:
        print(f"only the first {_FILES} of {len(names):,} files were read", file=sys.stderr)
    return sides


def _environment(text: str | None, options: argparse.Namespace, title: str) -> _Found:
    taken = take(text, options.project)
    named = taken.facts.identity.name or title
    return _Found(Side(title if text else f"{named} (this environment)", taken.fingerprint, taken.facts), taken)


def _with_numbers(found: Sequence[_Found], options: argparse.Namespace) -> list[_Found]:
    """The same with numbers of the environments of this machine, each asked for."""
    if not any(one.taken for one in found):
        raise Failure("--probe computes in environments of this machine, and only files are compared")
    computed = []
    for one in found:
        taken = probed(one.taken, vary=False, yes=options.yes) if one.taken else None
        computed.append(_of(one, taken) if taken else one)
    return computed


def _of(one: _Found, taken: Taken) -> _Found:
    return _Found(one.side._replace(fingerprint=taken.fingerprint, facts=taken.facts), taken)


def _explained(comparison: Comparison, found: Sequence[_Found], layers: Sequence[str]) -> Comparison:
    """The same after experiments that tell why numbers differ, where any do and this machine can try."""
    from doctor.live.numbers import measure_causes

    difference = comparison.difference
    if difference is None or not any(number.verdict in GRAVITY for number in difference.numbers):
        return comparison
    sides = list(comparison.sides)
    for place, one in enumerate(found):
        if one.taken is None or not one.taken.fingerprint.numbers.runs:
            continue
        other = sides[1 - place].fingerprint.numbers
        with telling() as say:
            numbers = measure_causes(one.taken.request, one.taken.facts, difference.numbers, other, say=say)
        taken = one.taken.with_numbers(numbers)
        sides[place] = sides[place]._replace(fingerprint=taken.fingerprint, facts=taken.facts)
    return compare(sides, layers=layers)


def _named_apart(found: Sequence[_Found]) -> list[Side]:
    """The sides by their shortest names that tell them apart."""
    sides = [one.side for one in found]
    short = [side.title.rstrip("/").rpartition("/")[2] or side.title for side in sides]
    named = [
        side._replace(title=brief if short.count(brief) == 1 else side.title)
        for side, brief in zip(sides, short, strict=True)
    ]
    seen: dict[str, int] = {}
    told = []
    for side in named:
        seen[side.title] = seen.get(side.title, 0) + 1
        number = seen[side.title]
        told.append(side if number == 1 else side._replace(title=f"{side.title} ({number})"))
    return told


def _print(comparison: Comparison, options: argparse.Namespace) -> None:
    if options.output and options.output != "-":
        path = Path(options.output).expanduser()
        replaced = write_output(path, _rendered(comparison, options.format, 100), option="-o", may_replace=_is_report)
        over = ", in place of an older one" if replaced else ""
        what = count(len(comparison.sides), "side")
        tell(f"wrote {clean(show_path(path))}: {what} compared{over}")
    elif options.format == "text":
        from doctor.report.comparison import render

        show(render(comparison, width=width()))
    else:
        write(_rendered(comparison, options.format, width()))


def _rendered(comparison: Comparison, kind: str, columns: int) -> str:
    if kind == "json":
        from doctor.report.comparison_json import render

        return render(comparison)
    if kind == "markdown":
        from doctor.report.comparison_markdown import render

        return render(comparison)
    if kind == "html":
        from doctor.report.comparison_html import render

        return render(comparison)
    from doctor.report import comparison as text
    from doctor.report.text import plain_text

    return plain_text(text.render(comparison, width=columns))


def _is_report(text: str) -> bool:
    """Whether a file is no fingerprint, which a report must not replace: somebody may have sent it."""
    from doctor.compare.as_json import is_fingerprint

    return not is_fingerprint(text)
