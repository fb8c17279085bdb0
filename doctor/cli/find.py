"""envdoctor find: from a pasted message to what of this environment explains it."""

from __future__ import annotations

import argparse
import os
import sys

from doctor.asked import environment_of, request_for
from doctor.cli.show import show, width, write
from doctor.cli.status import ExitCode
from doctor.collect import LayerStarted
from doctor.failure import Failure
from doctor.report.steps import shell_word
from doctor.symptoms import finding, paste
from doctor.symptoms.answer import Answer
from doctor.symptoms.paste import Paste
from doctor.target.environment import Environment


def run(options: argparse.Namespace) -> int:
    """Look for the cause of a message and say by the exit status whether it was found here."""
    pasted = paste.understand(_text(options.message))
    if not any(line.strip() for line in pasted.lines):
        raise Failure("there is no message; paste it as an argument in quotes, or on standard input")
    environment, named = _environment(options, pasted)
    request = request_for(environment, project=options.project, deep=False)
    answer = None
    progress = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    for event in finding.find(request, pasted):
        if isinstance(event, Answer):
            answer = event
        elif progress and isinstance(event, LayerStarted):
            print(f"\r\x1b[Kreading {event.layer} …", end="", file=sys.stderr, flush=True)
    if progress:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    assert answer is not None
    if "identity" in answer.facts.gaps:
        raise Failure(f"the environment could not be read: {answer.facts.gaps['identity']}")
    _print(answer, options.format, named)
    return ExitCode.FINE if answer.causes or _is_harmless(answer) else ExitCode.FINDINGS


def _is_harmless(answer: Answer) -> bool:
    return bool(answer.recognised) and all(item.message.harmless for item in answer.recognised)


def _text(words: list[str]) -> bytes | str:
    if words and words != ["-"]:
        return " ".join(words)
    if sys.stdin is None or sys.stdin.closed:
        raise Failure("there is no standard input to read the message from")
    if sys.stdin.isatty():
        print("Paste the message, then press Ctrl+D on a line of its own:", file=sys.stderr)
    return paste.read(sys.stdin.buffer)


def _environment(options: argparse.Namespace, pasted: Paste) -> tuple[Environment, str]:
    """The environment that is named, else the one that the traceback comes from, else the usual one."""
    if options.env:
        return environment_of(options.env), shell_word(options.env)
    from_traceback = finding.environment_of(pasted)
    if from_traceback is not None:
        name = shell_word(str(from_traceback.prefix))
        return from_traceback, name
    return environment_of(None), ""


def _print(answer: Answer, kind: str, named: str) -> None:
    from doctor.report import symptom

    if kind == "json":
        write(symptom.as_json(answer, command_line=named))
    else:
        show(symptom.render(answer, width=width(), command_line=named))
