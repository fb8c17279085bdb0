"""Takes the fingerprint of an environment of this machine, with numbers where the user agrees to start its Python."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from doctor.asked import environment_of, request_for
from doctor.cli.asking import agreed, can_ask
from doctor.cli.running import telling
from doctor.cli.show import width
from doctor.collect import LayerStarted
from doctor.compare.as_json import is_fingerprint
from doctor.compared.sides import Taken
from doctor.compared.sides import take as reading
from doctor.failure import Failure
from doctor.fix.host.files import write_new
from doctor.fix.kept_fingerprints import stamp
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import show as show_path


def take(environment: str | None, project: str | None, *, more_layers: Sequence[str] = ()) -> Taken:
    """Read an environment and make its fingerprint. Raises Failure where it cannot be read."""
    request = request_for(environment_of(environment), project=project, deep=False)
    taken = None
    with telling() as say:
        for event in reading(request, stamp(), more_layers=more_layers):
            if isinstance(event, LayerStarted):
                say(f"reading {event.layer}")
            else:
                taken = event
    assert taken is not None, "what was read comes last"
    return taken


def refuse_unasked(*, yes: bool) -> None:
    """Raise Failure where nobody agreed to start anything and nobody can be asked."""
    if not yes and not can_ask():
        raise Failure(
            "--probe starts the environment's own Python, and nobody is here to be asked; "
            "write --probe --yes to agree to that"
        )


def probed(taken: Taken, *, vary: bool, yes: bool) -> Taken:
    """The same with numbers; as it was where the answer is no."""
    from doctor.live.numbers import numbers_question, probe_numbers

    if not yes:
        asked, about = numbers_question(taken.request, taken.facts, vary=vary)
        print(asked, *textwrap.wrap(about, width()), sep="\n", file=sys.stderr)
        if not agreed("Start it?"):
            print("Nothing was started.", file=sys.stderr)
            return taken
    with telling() as say:
        numbers = probe_numbers(taken.request, taken.facts, vary=vary, say=say)
    return taken.with_numbers(numbers)


def write_output(path: Path, text: str, *, option: str, may_replace: Callable[[str], bool] | None = None) -> bool:
    """Write a file that the user named; whether one that was there has been written over.

    Raises Failure where something else than a file is there, or a file that may_replace, given its text, refuses.
    """
    where = f"{option} {show_path(path)}"
    there = os.path.lexists(path)
    if there and not path.is_file():
        kind = "a folder" if path.is_dir() else "no ordinary file"
        raise Failure(f"{where}: is {kind}; name a file, or - for standard output")
    if there and may_replace is not None:
        try:
            fits = may_replace(read_text(path))
        except Missing:
            fits = True
        except Unfit as error:
            raise Failure(f"{where}: is there and cannot be read: {error}") from None
        if not fits:
            raise Failure(f"{where}: is there and holds something else; delete it or name another file")
    try:
        write_new(path, text)
    except OSError as error:
        raise Failure(f"{where}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    return there


__all__ = ["Taken", "is_fingerprint", "probed", "refuse_unasked", "take", "write_output"]
