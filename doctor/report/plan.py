"""Plans and their events as lines of text: the sentence, the difference in packages, the commands and edits.

Pure. Whatever is shown was cleaned when it was read, and is cleaned once more: a plan may come from a file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from doctor.facts.units import size
from doctor.fix.events import (
    Began,
    Ended,
    Ending,
    Event,
    Output,
    PutBack,
    PuttingBack,
    Saved,
    Saving,
    StepDone,
    StepStarted,
    Verified,
    Verifying,
)
from doctor.fix.plan import Anew, Change, Command, Known, Plan, PlannedStep, State, Told, Write, WriteDown
from doctor.reading.clean import clean
from doctor.reading.redact import show
from doctor.report.steps import shell_word
from doctor.report.text import Line, Span, wrapped
from doctor.report.words import FINE, count

_BARE_WINDOWS = re.compile(r"[\w@%+=:,./\\~-]+")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_METHODS = {"links": "hard links", "copies": "copies", "rename": "being set aside as a whole", "new": "nothing"}
_CHANGES = {"added": "added", "removed": "removed", "reinstalled": "again", "changed": ""}

#: ending -> mark, word, style
ENDINGS: dict[Ending, tuple[str, str, str]] = {
    "fixed": (FINE, "Fixed", "fine"),
    "done": (FINE, "Done", "fine"),
    "undone": (FINE, "Undone", "fine"),
    "put-back": ("!", "Put back", "warning"),
    "unchanged": ("!", "Nothing was changed", "warning"),
    "broken": ("✗", "Not whole", "error"),
}
#: new notes that are told
_NOTES = 8


class Views(NamedTuple):
    """The three views of a plan."""

    sentence: tuple[Line, ...]
    packages: tuple[Line, ...]
    commands: tuple[Line, ...]


def views(plan: Plan, width: int = 80) -> Views:
    """A plan's three views; no line is wider than width, but for commands and texts of files."""
    return Views(tuple(_sentence(plan, width)), tuple(_packages(plan, width)), tuple(_commands(plan, width)))


def whole(plan: Plan, width: int = 80) -> Iterator[Line]:
    """All three views below each other, as fix --plan prints them."""
    yield (Span(clean(plan.name), "strong"), Span(f"  {_shown(plan.prefix)}", "dim"))
    yield ()
    yield from _sentence(plan, width)
    for title, lines in (("Packages", _packages(plan, width)), ("Commands and edits", _commands(plan, width))):
        yield ()
        yield (Span(title, "strong"),)
        yield from lines


def commands(plan: Plan) -> tuple[str, ...]:
    """The command lines of a plan, quoted for the shell, to be copied."""
    return tuple(line for step in plan.steps for line in _command_lines(step, plan))


def undo_command(plan: Plan) -> str:
    """The command that takes a plan back once it is carried out."""
    return f"envdoctor undo {environment_word(plan)}"


def environment_word(plan: Plan) -> str:
    """What names a plan's environment on a command line: a conda environment's name, else its folder."""
    named = plan.kind == "conda" and re.fullmatch(r"[\w.-]+", plan.name, re.ASCII) and not plan.name.startswith("-")
    return plan.name if named else _shell(show(plan.prefix), plan)


def _sentence(plan: Plan, width: int) -> Iterator[Line]:
    for chosen in plan.chosen:
        yield from wrapped(clean(f"{chosen.code} {chosen.subject}: {chosen.summary}"), width, "", "strong")
        stays = "; it stays listed" if chosen.stays else ""
        yield from wrapped(clean(f"{chosen.remedy} ({chosen.safety}{stays})"), width, "  → ", "")
        if chosen.trade_off:
            yield from wrapped(clean(chosen.trade_off), width, "    ", "dim")
    done = [step for step in plan.steps if not isinstance(step, Told)]
    yield ()
    for number, step in enumerate(done, 1):
        yield from wrapped(clean(step.sentence), width, f"{number:>2}. ", "")
    for told in plan.steps:
        if isinstance(told, Told):
            yield from wrapped(clean(told.sentence), width, "left to you: ", "warning")
    yield ()
    yield from wrapped(costs(plan), width, "", "")
    yield from wrapped(_way_back(plan), width, "", "")
    if plan.reversible and (plan.snapshot.method != "none" or plan.snapshot.outside):
        yield (Span("Undo: ", "dim"), Span(undo_command(plan), "command"))
    for reason in plan.blocked:
        yield from wrapped(f"Refused today: {clean(reason)}", width, "", "error")


def costs(plan: Plan) -> str:
    """What carrying a plan out takes: It downloads 12 MB, needs up to 40 MB of disk space and takes about 8 s."""
    time = f"about {plan.seconds:.0f} s" if plan.seconds < 90 else f"about {plan.seconds / 60:.0f} minutes"
    needs = f"needs up to {size(plan.disk)} of disk space and takes {time}"
    if plan.download is None and plan.network:
        return f"It downloads from the network, how much is not known beforehand; beside that it {needs}."
    fetched = f"downloads {size(plan.download)}" if plan.download else "downloads nothing"
    network = ", but asks the package index" if plan.network and not plan.download else ""
    return f"It {fetched}{network}, {needs}."


def _way_back(plan: Plan) -> str:
    saved = plan.snapshot
    outside = f"{', '.join(map(_shown, saved.outside))} is saved" if saved.outside else ""
    if saved.method == "new":
        return "Nothing is there yet: if it fails, what it created is removed again, and undo takes it away as a whole."
    if saved.method == "none":
        held = f"Beforehand {outside}" if outside else "Nothing of the environment changes, so nothing has to be saved"
    else:
        files = f" with {count(saved.files, 'file')}" if saved.files else ""
        takes = f", which takes {size(saved.bytes)} while it runs" if saved.bytes else ""
        held = f"Beforehand the environment{files} is saved by {_METHODS[saved.method]} in {_shown(saved.folder)}"
        held += takes + (f"; {outside} as well" if outside else "")
    if not plan.reversible:
        return f"{held}. What this takes away cannot be brought back."
    if saved.method == "none" and not outside:
        return f"{held}."
    return f"{held}. Afterwards it is examined again, and put back unless that helped."


def _packages(plan: Plan, width: int) -> Iterator[Line]:
    if not plan.changes:
        yield from wrapped(clean(plan.source) or "not known", width, "", "dim")
        return
    names = min(max(len(change.name) for change in plan.changes), 32)
    befores = min(max(len(change.before) for change in plan.changes), 28)
    for manager in ("conda", "pip"):
        own = [change for change in plan.changes if change.manager == manager]
        if own:
            yield (Span(f"by {manager}: ", "dim"), Span(_totals(own)))
        for change in sorted(own, key=lambda change: (not change.major, change.name)):
            yield _change(change, names, befores)
    yield from wrapped(clean(plan.source), width, "", "dim")


def _change(change: Change, names: int, befores: int) -> Line:
    what = _CHANGES[change.what]
    arrow = f"{clean(change.before):<{befores}} → {clean(change.after)}"
    told = f"{clean(change.after or change.before)}  {what}" if what else arrow
    fetched = f"  {size(change.size)}" if change.size else ""
    major = Span("  MAJOR" if change.major else "", "warning")
    return (Span(f"  {clean(change.name):<{names}}  ", "strong" if change.major else ""), Span(told), major,
            Span(fetched, "dim"))  # fmt: skip


def _totals(changes: list[Change]) -> str:
    words = {"added": "added", "changed": "changed", "reinstalled": "installed again", "removed": "removed"}
    numbers = {what: sum(change.what == what for change in changes) for what in words}
    parts = [f"{number} {words[what]}" for what, number in numbers.items() if number]
    major = sum(change.major for change in changes)
    return ", ".join(parts) + (f", {major} to another major version" if major else "")


def _commands(plan: Plan, width: int) -> Iterator[Line]:
    for program in plan.programs:
        yield (Span(f"{program.name} {clean(program.version) or '(version unknown)'}  {_shown(program.path)}", "dim"),)
    for step in plan.steps:
        yield from _comment(step.sentence, width)
        for line in _command_lines(step, plan):
            yield (Span(f"$ {line}", "command"),)
        if isinstance(step, Write):
            yield from _difference(step)
        elif isinstance(step, WriteDown):
            yield (Span(f"  new files in {_shown(step.folder)}"),)
        elif isinstance(step, Anew):
            for name, text in step.files:
                yield from _difference(Write("", name, None, text))


def _comment(text: str, width: int) -> Iterator[Line]:
    """A text in front of commands, such that all of it can be copied into a shell with them."""
    for line in wrapped(clean(text), width - 2, "", "dim"):
        yield (Span("# ", "dim"), *line)


def _difference(step: Write) -> Iterator[Line]:
    """The unified difference of a text file, line by line."""
    before, after = (step.before or "").splitlines(), step.after.splitlines()
    old = "/dev/null" if step.before is None else _shown(step.path)
    styles = {"+": "fine", "-": "error", "@": "dim"}
    for line in difflib.unified_diff(before, after, old, _shown(step.path), lineterm=""):
        yield (Span(f"  {clean(line.expandtabs(4))}", styles.get(line[:1], "")),)


def step_commands(step: PlannedStep, prefix: str) -> tuple[str, ...]:
    """The command lines of one step that belongs to no plan yet, quoted for the shell."""
    plan = Plan("ID", "", "", prefix, "", "unknown", "", False, (), (step,), "careful", True, State(""))
    return tuple(_command_lines(step, plan))


def _command_lines(step: PlannedStep, plan: Plan) -> Iterator[str]:
    match step:
        case Command():
            yield _command_line(step, plan)
        case Anew():
            for command in step.commands:
                yield _command_line(command, plan)
        case Told(command=command) if command:
            yield " ".join(_shell(word, plan) for word in command)


def _command_line(command: Command, plan: Plan) -> str:
    """One command with the variables that it is given, as it would be typed."""
    work = f"/tmp/envdoctor-{plan.id}"  # noqa: S108 - a text for people; the operation has a folder of its own
    filled = [_filled(word, plan, work) for word in command.arguments]
    words = [_shell(word, plan) for word in filled]
    given = {name: _filled(value, plan, work) for name, value in command.variables.items()}
    if _DRIVE.match(plan.prefix):
        call = "& " if words[0].startswith("'") else ""
        return "; ".join(
            [*(f"$env:{n} = {_powershell(v, always=True)}" for n, v in given.items()), call + " ".join(words)]
        )
    return " ".join([*(f"{name}={_shell(value, plan)}" for name, value in given.items()), *words])


def _filled(text: str, plan: Plan, work: str) -> str:
    return text.replace("{prefix}", plan.prefix).replace("{work}", work)


def _shell(word: str, plan: Plan) -> str:
    """Quote one word for the shell at hand: PowerShell where the prefix has a drive letter, else a POSIX one."""
    word = clean(word)
    return _powershell(word) if _DRIVE.match(plan.prefix) else shell_word(word)


def _powershell(word: str, *, always: bool = False) -> str:
    return word if not always and _BARE_WINDOWS.fullmatch(word) else "'" + word.replace("'", "''") + "'"


def event_line(event: Event) -> Line | None:
    """One event as one line; None for what only counts on."""
    match event:
        case Began(operation=operation, what=what):
            word = {"fix": "Repairing", "create": "Creating", "undo": "Undoing", "recover": "Recovering"}[what]
            return (Span(f"{word} {_shown(event.prefix)}  "), Span(f"operation {operation}", "dim"))
        case Saving() | StepDone():
            return None
        case Saved(method="none"):
            return (Span("Nothing of the environment has to be saved", "dim"),)
        case Saved():
            files = f"{count(event.files, 'file')} " if event.files else ""
            text = f"Saved {files}by {_METHODS[event.method]} in {event.seconds:.1f} s, {size(event.bytes)} on disk"
            return (Span(text),)
        case StepStarted():
            return (Span(f"{event.number}/{event.total} ", "strong"), Span(clean(event.step.sentence)))
        case Output(line=line):
            return (Span(f"    {clean(line)}", "dim"),)
        case Verifying(layer=layer):
            return None if layer else (Span("Examining"),)
        case Verified():
            return (Span(f"Examined: {_seen(event)}"),)
        case PuttingBack(reason=reason):
            return (Span(f"Putting the old state back: {clean(reason)}", "warning"),)
        case PutBack():
            problems = f"; {len(event.problems)} could not be" if event.problems else ""
            style = "error" if event.problems else ""
            return (Span(f"{count(event.changed, 'path')} restored in {event.seconds:.1f} s{problems}", style),)
        case Ended(ending=ending, text=text):
            mark, word, style = ENDINGS[ending]
            return (Span(f"{mark} {word}", style), Span(_after(word, text)))


def _seen(seen: Verified) -> str:
    parts = (("gone", seen.gone), ("still there", seen.remaining), ("new", seen.new), ("also gone", seen.also_gone))
    return "; ".join(f"{_listed(found)} {word}" for word, found in parts if found) or "nothing was to change"


def verdict(ended: Ended, seen: Verified | None, width: int = 80) -> Iterator[Line]:
    """The end of an operation: what came of it, what went with it, what is new."""
    mark, word, style = ENDINGS[ended.ending]
    yield from wrapped(f"{mark} {word}{_after(word, ended.text)}", width, "", style)
    if seen is None:
        return
    if seen.also_gone:
        yield from wrapped(f"Also gone: {_listed(seen.also_gone, 8)}", width, "  ", "dim")
    if seen.notes:
        yield (Span("  New notes, for you to know:", "dim"),)
    for note in seen.notes[:_NOTES]:
        yield from wrapped(
            clean(f"{note.code} {note.subject}: {note.summary}".removesuffix(": ")), width, "  i ", "dim"
        )
    if len(seen.notes) > _NOTES:
        yield (Span(f"    and {len(seen.notes) - _NOTES:,} more", "dim"),)


def _after(word: str, text: str) -> str:
    """What stands behind the word for an ending, which some texts begin with themselves."""
    text = clean(text)
    if text.casefold().startswith(f"{word.casefold()}: "):
        text = text[len(word) + 2 :]
    return f": {text}" if text and text.casefold() != word.casefold() else ""


def _listed(found: Iterable[Known], most: int = 4) -> str:
    names = [clean(f"{known.code} {known.subject}") for known in found]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _shown(path: str) -> str:
    return clean(show(path))
