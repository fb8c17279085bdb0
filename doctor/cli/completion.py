"""envdoctor completion: what a shell runs at each Tab, and the answer to it.

The answer's first line says whether the shell adds names of files or folders, and what of the word stands before
them; each further line is a word, a tab and what is said of it.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Sequence

from doctor.cli.candidates import Candidate, Candidates, candidates
from doctor.cli.completion_scripts import SCRIPTS
from doctor.cli.show import write
from doctor.cli.status import ExitCode


def run(options: argparse.Namespace) -> int:
    """Print a shell's script, or answer what the script asks."""
    if options.typed is None:
        write(SCRIPTS[options.shell])
        return ExitCode.FINE
    found = _of_bash(options.typed) if options.shell == "bash" else candidates(options.typed or [""])
    rows = (f"{word}\t{about}" if about and options.shell != "bash" else word for word, about in found.words)
    write("\n".join((f"{found.paths}\t{found.before}", *rows)) + "\n")
    return ExitCode.FINE


def _of_bash(told: Sequence[str]) -> Candidates:
    """Bash tells at which characters it parts words, and the line up to the cursor; it replaces the last part alone."""
    breaks, line = (*told, "", "")[:2]
    words = _words(line)
    found = candidates(words)
    current = words[-1]
    cut = max((current.rfind(sign) for sign in "=:" if sign in breaks), default=-1) + 1
    return found._replace(words=tuple(Candidate(word[cut:], about) for word, about in found.words))


def _words(line: str) -> list[str]:
    """The words behind the command's own name, the last one perhaps empty."""
    try:
        words = shlex.split(line)
    except ValueError:  # a quotation mark that is still open
        words = line.split()
    return [*words[1:], *([""] if re.search(r"\s$", line) or len(words) < 2 else [])]
