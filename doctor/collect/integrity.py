"""Reads the integrity layer (--deep): hashes what was recorded when it was installed, and compares.

What differs for good reasons is left out: bytecode, what installers write about the installation itself, scripts
whose first line an installer rewrites after it wrote RECORD, and files that two packages recorded differently.
"""

from __future__ import annotations

import binascii
import os
import queue
import threading
from collections.abc import Iterable, Iterator

from doctor.facts import Altered, Distribution, Facts, Integrity
from doctor.reading.clean import clean
from doctor.reading.disk.beside import Alone, do
from doctor.reading.disk.hashes import hash_files
from doctor.target.environment import Request

#: files from which on children pay
_MANY_FILES = 2_000
#: threads where there are no children: hashing lets other threads run
_THREADS = 2
#: files between two answers of a thread
_AT_ONCE = 200
_SHOWN_UNREADABLE = 100
_ABOUT_THE_INSTALLATION = ("/RECORD", "/INSTALLER", "/REQUESTED", "/direct_url.json", "/RECORD.jws", "/RECORD.p7s")
_SCRIPTS = ("bin/", "Scripts/")

#: found to differ: path, expected and found digest; unreadable; files hashed; bytes read
_Answer = tuple[list[tuple[str, str, str]], list[str], int, int]


def read(request: Request, facts: Facts) -> Integrity:
    """Hash every file that has a comparable digest."""
    root = os.path.realpath(request.environment.prefix)
    files = sorted(_expected(facts))
    differing: list[tuple[str, str, str]] = []
    unreadable: list[str] = []
    hashed = size = 0
    for unlike, failed, count, total in _hash(request, root, files):
        differing += unlike
        unreadable += failed
        hashed, size = hashed + count, size + total
    owners = _owners(facts, {path for path, _, _ in differing})
    altered = sorted(Altered(clean(path), owners[path], want, found) for path, want, found in differing)
    return Integrity(tuple(altered), hashed, size, tuple(sorted(map(clean, unreadable))[:_SHOWN_UNREADABLE]))


def _expected(facts: Facts) -> Iterator[tuple[str, str]]:
    """Path and hexadecimal SHA-256, without the paths of which two owners recorded different ones."""
    found: dict[str, str] = {}
    for _, path, digest in _recorded(facts):
        found[path] = digest if found.get(path, digest) == digest else ""
    return ((path, digest) for path, digest in found.items() if digest)


def _owners(facts: Facts, paths: set[str]) -> dict[str, str]:
    """Path -> who recorded it, of a few paths: to remember that of all would take megabytes."""
    return {path: owner for owner, path, _ in _recorded(facts) if path in paths} if paths else {}


def _recorded(facts: Facts) -> Iterator[tuple[str, str, str]]:
    described: set[str] = set()  # metadata folders that came with a conda package
    for record in facts.conda.records:
        owner = f"conda:{record.name}"
        described.update(path.rpartition("/")[0] for path in record.files if path.endswith("-info/METADATA"))
        for path, digest in zip(record.files, record.digests, strict=False):
            if digest and not path.endswith(".pyc"):
                yield owner, path, digest
    for dist in facts.distributions.installed:
        by_conda = dist.installer == "conda" or (not dist.installer and f"{dist.site}/{dist.folder}" in described)
        if not by_conda and not dist.site.startswith(("/", "~")):
            yield from _of_wheel(dist)


def _of_wheel(dist: Distribution) -> Iterator[tuple[str, str, str]]:
    for path, written in zip(dist.paths or (), dist.digests, strict=False):
        if not written.startswith("sha256=") or path.startswith(("/", "~", *_SCRIPTS)):
            continue
        if path.endswith((".pyc", *_ABOUT_THE_INSTALLATION)):
            continue
        digest = _hexadecimal(written[7:].partition(",")[0])
        if digest:
            yield dist.key, path, digest


def _hexadecimal(text: str) -> str:
    """A digest as RECORD writes it (urlsafe base64 without padding) in hexadecimal; empty where it is none."""
    try:
        digest = binascii.a2b_base64(text.replace("-", "+").replace("_", "/") + "==")
    except ValueError:
        return ""
    return digest.hex() if len(digest) == 32 else ""


def _hash(request: Request, root: str, files: list[tuple[str, str]]) -> list[_Answer]:
    if len(files) >= _MANY_FILES:
        try:
            return list(_told(request, do("hash", (root, files), request.environment.prefix), len(files)))
        except Alone:
            pass
    return list(_told(request, _hash_here(root, files), len(files)))


def _told(request: Request, answers: Iterable[_Answer], of: int) -> Iterator[_Answer]:
    """Hand answers on and say how many files they are of."""
    done = 0
    request.tell("integrity", done, of)
    for answer in answers:
        done += answer[2]
        request.tell("integrity", done, of)
        yield answer


def _hash_here(root: str, files: list[tuple[str, str]]) -> Iterator[_Answer]:
    answers: queue.SimpleQueue[_Answer | None] = queue.SimpleQueue()

    def work(part: list[tuple[str, str]]) -> None:
        try:
            for begin in range(0, len(part), _AT_ONCE):
                answers.put(hash_files(root, part[begin : begin + _AT_ONCE]))
        finally:
            answers.put(None)

    for number in range(_THREADS):
        threading.Thread(target=work, args=(files[number::_THREADS],), daemon=True).start()
    ended = 0
    while ended < _THREADS:
        answer = answers.get()
        if answer is None:
            ended += 1
        else:
            yield answer
