"""Variables that the repository wants set: which are not, and which envdoctor leaves to the user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.facts import Facts
from doctor.judgement.expectations import Expectation, Expectations
from doctor.model import SetVariable
from doctor.reading.files import Unfit, read_text
from doctor.reading.redact import REDACTED
from doctor.target.environment import Request

#: what a shell or Python takes as something to run, or to load code from: a repository does not get to set it
_RUNS = re.compile(
    r"PATH|.*_?LIBRARY_PATH|LD_.*|DYLD_.*|BASH_ENV|ENV|PROMPT_COMMAND|PS\d|SHELL\w*|IFS|EDITOR|VISUAL|PAGER|BROWSER"
    r"|PYTHON(?:PATH|STARTUP|HOME|BREAKPOINT|USERBASE|INSPECT|EXECUTABLE|WARNINGS)|GIT_.*|.*_PROXY|PIP_.*|UV_.*|CONDA_.*"
    r"|MAMBA_.*|HOME|USER|TMPDIR|TEMP|TMP|SSL_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|CC|CXX|LDSHARED|NODE_OPTIONS"
    r"|.*_?WRAPPER|.*FLAGS|JAVA_TOOL_OPTIONS|PERL5?(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")


class VariableWish(NamedTuple):
    """One variable that the repository wants set."""

    name: str
    value: str
    place: str
    is_set: bool = False
    by_hand: str = ""  #: why envdoctor does not set it


def variables_of(
    expectations: Expectations, facts: Facts, request: Request, *, there: bool
) -> tuple[VariableWish, ...]:
    """Each variable once, the most binding wish for it."""
    found: dict[str, VariableWish] = {}
    texts = tuple(_activation(request)) if there and request.environment.kind != "conda" else ()
    for item in expectations.of("variable"):
        if item.name not in found:
            found[item.name] = _wish(item, facts, texts)
    return tuple(found.values())


def steps_for(wishes: tuple[VariableWish, ...]) -> tuple[SetVariable, ...]:
    """What is to be set."""
    return tuple(SetVariable(wish.name, wish.value) for wish in wishes if not wish.is_set and not wish.by_hand)


def _wish(item: Expectation, facts: Facts, texts: tuple[str, ...]) -> VariableWish:
    wish = VariableWish(item.name, item.value, item.place)
    if not _NAME.fullmatch(item.name) or not item.value.isprintable():
        return wish._replace(by_hand="its name or value is none that a shell could take")
    if REDACTED in item.value:
        return wish._replace(by_hand="it holds a credential, which envdoctor keeps nowhere")
    if _RUNS.fullmatch(item.name):
        return wish._replace(by_hand="it decides which programs or code are run: set it yourself if you trust it")
    if facts.conda.variables.get(item.name) == item.value:
        return wish._replace(is_set=True)
    block = f"# >>> envdoctor {item.name} >>>"
    return wish._replace(is_set=any(block in text and f"{item.name}={item.value}" in _flat(text) for text in texts))


def _flat(text: str) -> str:
    return text.replace("'", "").replace('"', "")


def _activation(request: Request) -> Iterator[str]:
    for name in ("bin/activate", "Scripts/activate"):
        try:
            yield read_text(request.environment.prefix / name, within=request.environment.prefix)
        except Unfit:
            continue
