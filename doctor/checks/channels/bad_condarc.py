"""A configuration file of conda, pip or uv does not parse, or says something that has no effect.

## Why it matters
conda ignores a condarc with broken YAML and carries on with other channels; with a value of the wrong kind every
command stops; and a misspelt key does nothing at all, silently. pip and uv stop at a file that they cannot parse. What
was configured is then not what is in force.

## How it is found
Every condarc of conda's search path is read and merged as conda does: files that do not parse, keys that no conda
knows (a warning where a known one is meant, else a note, for a plug-in may know it), values of the wrong kind, and
values that a `#!final` or a `CONDA_*` variable keeps out of force, each with its file and line. pip's and uv's files
are only asked whether they parse. That one file is stronger than another is how it is meant, and is not told.

## What the fix does
Corrects the line, and shows the difference first.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import Facts, Setting, Settings, Unreadable
from doctor.facts.build import environment, record
from doctor.judgement.written import as_list
from doctor.knowledge.channels import reads_condarc
from doctor.knowledge.condarc_keys import LISTS, MAPS, nearest
from doctor.model import Check, Edit, Evidence, Example, Finding, Remedy, Safety, Severity, Step, Tell

_CONDARC = (".condarc", "condarc", ".mambarc", "mambarc")
_TOOLS = {"pip.conf": "pip", "pip.ini": "pip", "uv.toml": "uv"}
#: keys by which other packages come: a variable that changes one makes this shell differ from the next
_WEIGHTY = ("channel_alias", "channel_priority", "solver", "ssl_verify", "subdir")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each file, key or value."""
    for problem in facts.settings.problems:
        tool = _tool(problem.path)
        if tool == "conda" and not reads_condarc(facts):
            continue
        if tool:
            yield _unparsed(problem, tool)
    if not reads_condarc(facts):
        return
    for setting, kind in facts.settings.wrong:
        yield _unknown(setting, facts.settings) if kind == "unknown-key" else _wrong_type(setting)
    wrong = {_top(setting) for setting, _ in facts.settings.wrong}
    for key in sorted(set(facts.settings.condarc) - wrong):
        yield from _without_effect(key, facts.settings)


def _tool(path: str) -> str:
    name = path.rpartition("/")[2]
    return "conda" if name in _CONDARC or name.endswith((".yml", ".yaml")) else _TOOLS.get(name, "")


def _top(setting: Setting) -> str:
    return setting.key.partition(".")[0]


def _where(source: str, line: int) -> str:
    return f"{source}, line {line}" if line else source


def _unparsed(problem: Unreadable, tool: str) -> Finding:
    effect = {"conda": "conda ignores the file or stops", "pip": "every pip command stops"}.get(tool, f"{tool} stops")
    return Finding(
        Severity.WARNING,
        problem.path,
        f"{problem.path[-50:]} cannot be used, so {effect}",
        (Evidence(problem.reason, problem.path, problem.line),),
        (),
        (
            Remedy(
                f"Correct {problem.path}",
                Safety.MANUAL,
                (Tell(f"Correct {_where(problem.path, problem.line)}: {problem.reason}."),),
            ),
        ),
    )


def _unknown(setting: Setting, settings: Settings) -> Finding:
    key = _top(setting)
    meant = nearest(key)
    evidence = (Evidence(f"{key} is no key of conda's", setting.source, setting.line),)
    if not meant:
        return Finding(Severity.NOTE, key, f"{key[:50]} in a condarc is a key that conda does not know", evidence)
    step: Step = Edit(setting.source, f"{key}:", f"{meant}:")
    if any(item.source == setting.source and _top(item) == meant for item in settings.condarc_all):
        step = Tell(f"{meant} is in {setting.source} as well: bring both together, and take {key} away.")
    remedy = Remedy(
        f"Write {meant} instead of {key}",
        Safety.MANUAL if isinstance(step, Tell) else Safety.CAREFUL,
        (step,),
        f"{meant} takes effect then",
    )
    summary = f"{key[:30]} in a condarc has no effect; {meant} may be meant"
    return Finding(Severity.WARNING, key, summary, evidence, (), (remedy,))


def _wrong_type(setting: Setting) -> Finding:
    key = _top(setting)
    shape = "a list" if key in LISTS else "a mapping" if key in MAPS else "another value"
    remedy = Remedy(
        f"Write {key} as conda expects it",
        Safety.MANUAL,
        (Tell(f"Correct {_where(setting.source, setting.line)}: {key} must be {shape}."),),
    )
    edit = as_list(setting) if key in LISTS and setting.key == key else None
    if edit is not None:
        remedy = Remedy(f"Write {key} as a list", Safety.CAREFUL, (edit,), f"{key} takes effect then")
    return Finding(
        Severity.WARNING,
        key,
        f"{key[:40]} has a value of the wrong kind, so conda's commands stop",
        (Evidence(f"{key}: {setting.value}, where {shape} is expected", setting.source, setting.line),),
        (),
        (remedy,),
    )


def _without_effect(key: str, settings: Settings) -> Iterator[Finding]:
    """What a stronger source says and that is not in force, or what a variable overrules."""
    every = [item for item in settings.condarc_all if _top(item) == key]
    merged = settings.condarc[key]
    sources = list(dict.fromkeys(item.source for item in every))
    if len(sources) < 2:
        return
    in_force = {(item.key, item.value) for item in merged}
    strongest = [item for item in every if item.source == sources[0]]
    lost = [item for item in strongest if (item.key, item.value) not in in_force]
    by_variable = (
        key in _WEIGHTY and sources[0].startswith("$") and any(item.value != merged[0].value for item in every)
    )
    if not lost and not by_variable:
        return
    evidence = tuple(
        Evidence(
            f"{item.key}: {item.value}{'' if (item.key, item.value) in in_force else ', not in force'}",
            item.source,
            item.line,
        )
        for item in every[:20]
    )
    if lost:
        summary = f"{key[:30]} of {sources[0][-40:]} is not in force, as a file below it is final"
        yield Finding(Severity.NOTE, key, summary, evidence)
        return
    told = f"Unset {sources[0][1:]} where it is set, or write its value into the environment's condarc."
    remedy = Remedy(f"Let the condarc decide on {key}", Safety.MANUAL, (Tell(told),))
    summary = f"{sources[0][:40]} overrules the {key} that a condarc sets, in this shell only"
    yield Finding(Severity.WARNING, key, summary, evidence, (), (remedy,))


def examples() -> Iterator[Example]:
    """Broken, misspelt, of the wrong kind, not in force; ordinary layers."""
    records = (record("python", "3.11.7"),)

    def case(**settings: object) -> Facts:
        return environment(kind="conda", records=records, settings=Settings(**settings))  # type: ignore[arg-type]

    broken = Unreadable("~/.condarc", "line 3: not YAML: expected <block end>", 3)
    yield Example("broken YAML", case(problems=(broken,)), ("~/.condarc",), Severity.WARNING)
    pip = Unreadable("~/.config/pip/pip.conf", "line 1: a setting before the first [section]", 1)
    yield Example("a pip.conf in a venv", environment(settings=Settings(problems=(pip, broken))), (pip.path,))
    typo = Setting("chanels", "conda-forge", "~/.condarc", 1)
    yield Example("misspelt", case(wrong=((typo, "unknown-key"),)), ("chanels",), Severity.WARNING)
    strange = Setting("company_proxy_mode", "x", "~/.condarc", 1)
    plugin = case(wrong=((strange, "unknown-key"),))
    yield Example("perhaps a plug-in's", plugin, ("company_proxy_mode",), Severity.NOTE)
    text = Setting("channels", "conda-forge", "~/.condarc", 1, written="channels: conda-forge")
    yield Example("a text where a list belongs", case(wrong=((text, "wrong-type"),)), ("channels",), Severity.WARNING)
    word = Setting("channel_priority", "strictly", "$CONDA_CHANNEL_PRIORITY")
    yield Example("no such word", case(wrong=((word, "wrong-type"),)), ("channel_priority",))

    final = Setting("channel_priority", "strict", "/etc/conda/.condarc", 2)
    mine = Setting("channel_priority", "flexible", "~/.condarc", 4)
    cut = case(condarc={"channel_priority": (final,)}, condarc_all=(mine, final))
    yield Example("the administrator's is final", cut, ("channel_priority",), Severity.NOTE)
    variable = mine._replace(source="$CONDA_CHANNEL_PRIORITY", line=0)
    overruled = case(condarc={"channel_priority": (variable,)}, condarc_all=(variable, final))
    yield Example("a variable overrules", overruled, ("channel_priority",), Severity.WARNING)

    layered = case(condarc={"channel_priority": (mine,)}, condarc_all=(mine, final))
    yield Example("the user's is stronger than the system's", layered)
    same = case(condarc={"channel_priority": (final,)}, condarc_all=(variable._replace(value="strict"), final))
    yield Example("a variable says the same", same)
    yield Example("nothing configured", case())
    yield Example("pixi reads no condarc", environment(kind="conda", identity={"maker": "pixi"},
                                                       settings=Settings(problems=(broken,))))  # fmt: skip


CHECK = Check(
    "CHN007",
    "bad-condarc",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("settings",),
    optional=("conda",),
)
