"""Changes of text files, worked out in full: which text must be there before, and which will be there afterwards.

Only a file that is plain text, holds no credential (it would end up in the plan) and lies below the environment,
the project or the home folder is changed; for any other the reason is given.
"""

from __future__ import annotations

import os
from pathlib import Path

from doctor.fix.plan import Write
from doctor.model import Edit
from doctor.reading.clean import decode
from doctor.reading.files import Missing, Unfit, read_bytes
from doctor.reading.redact import has_secret
from doctor.reading.rooted import there
from doctor.report.steps import sentence
from doctor.target.environment import Request

#: bytes; a settings file has a few thousand
_LIMIT = 1024 * 1024


class CannotWrite(Exception):
    """A file that is not for envdoctor to change; the text is the reason, fit for people."""


def place_of(path: str, request: Request) -> Path:
    """The file that a step names: ~ is the user's home, a relative path lies in the environment, else the project.

    Raises CannotWrite where it lies outside all three, or is a link that leads there.
    """
    prefix = request.environment.prefix
    if path.startswith("~/"):
        named = request.home / path[2:]
    elif os.path.isabs(path):  # noqa: PTH117 - a text, not yet a path
        named = Path(path)
    else:
        named = prefix / path
        if not there(named) and request.project is not None and there(request.project / path):
            named = request.project / path
    if ".." in named.parts:
        raise CannotWrite(f"{path} leads out of its folder")
    real = Path(os.path.realpath(named))
    roots = [prefix, request.home, *([request.project] if request.project else [])]
    own = [root for root in roots if root != Path("/") and named.is_relative_to(root)]
    if not own:
        raise CannotWrite(f"{path} is the system's, for an administrator to change")
    if not any(real.is_relative_to(os.path.realpath(root)) for root in roots if root != Path("/")):
        raise CannotWrite(f"{path} is a link to {real}, outside the environment and your home folder")
    if named.is_symlink() and own[0] == prefix:
        raise CannotWrite(f"{path} is a link to {real}, which others may use as well")
    return real if named.is_symlink() else named


def text_of(path: Path) -> str | None:
    """The whole text of a file, exactly; None where there is no file. Raises CannotWrite."""
    try:
        data = read_bytes(path, limit=_LIMIT)
    except Missing:
        return None
    except Unfit as error:
        raise CannotWrite(f"{path.name} cannot be read: {error.reason}") from None
    text = decode(data)
    if text.encode() != data:
        raise CannotWrite(f"{path.name} holds bytes that are no plain text")
    if has_secret(text):
        raise CannotWrite(f"{path.name} holds a password or token, which must not be copied into a plan")
    return text


def edit(step: Edit, request: Request, pending: dict[str, Write]) -> Write:
    """Work out one change, on top of those that are pending for the same file. Raises CannotWrite."""
    path = place_of(step.path, request)
    name = name_of(path, request)
    earlier = pending.get(name)
    before = earlier.before if earlier else text_of(path)
    text = earlier.after if earlier else before
    sentences = f"{earlier.sentence}; {_lower(sentence(step))}" if earlier else sentence(step)
    return Write(sentences, name, before, _changed(text, step, request.home))


def name_of(path: Path, request: Request) -> str:
    """A path as plans write it: relative to the prefix where it lies inside."""
    prefix = request.environment.prefix
    return path.relative_to(prefix).as_posix() if path.is_relative_to(prefix) else str(path)


def _changed(text: str | None, step: Edit, home: Path) -> str:
    end = "\r\n" if text and "\r\n" in text else "\n"
    after = step.after.replace("\n", end)
    if not step.before:
        if not text:
            return after.lstrip("\r\n")
        return text + ("" if text.endswith("\n") else end) + after
    if text is None:
        raise CannotWrite(f"{step.path} is not there")
    before = step.before.replace("\n", end)
    found = text.count(before)
    if not found and "~/" in before:  # the home folder is hidden where settings are read
        before, after = (part.replace("~/", f"{home}/") for part in (before, after))
        found = text.count(before)
    if found != 1:
        times = "is not in it" if not found else f"stands in it {found} times"
        raise CannotWrite(f"{step.path} was to be changed where it says {step.before.strip()!r}, which {times}")
    return text.replace(before, after)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
