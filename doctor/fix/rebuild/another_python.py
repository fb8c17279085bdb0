"""The packages of pip for another Python than the one they were installed for, each at an exact version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from doctor.facts import Distribution, Facts
from doctor.fix.export.requirement_lines import extra_indexes
from doctor.fix.managers.indexes import unknown_to_uv
from doctor.fix.options import Options
from doctor.fix.plan import Program
from doctor.fix.rebuild.carried import Layer
from doctor.fix.rebuild.nearest import Question, ask_pip, ask_uv, asked_for
from doctor.knowledge.reinstall import torch_index


def layer_for(
    python: str,
    interpreter: Path | None,
    dists: Sequence[Distribution],
    layer: Layer,
    facts: Facts,
    programs: Sequence[Program],
    options: Options,
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool],
    provided: Collection[str] = (),
) -> tuple[Layer, str] | str:
    """The layer with the versions that fit, and the rule by which they were found; a text says why there are none.

    provided names what another installer brings, so that pip need not.
    """
    plain = [dist for dist in dists if dist.direct_url is None]
    from_address = tuple(text for lines in layer.lines.values() for text in lines if " @ " in text)
    if not plain:
        return layer, "from where they came"
    if not options.preview:
        return "only uv or pip can tell, and asking them is not allowed here"
    asked = asked_for(plain, facts)
    others = tuple(dist for dist in plain if dist not in asked)
    question = Question(python, interpreter, asked, others, extra_indexes(plain), options, say, stop)
    private = not options.offline and unknown_to_uv(facts.settings)  # uv would ask others for what is private
    uv = None if private else next((program for program in programs if program.name == "uv"), None)
    pip = next((program for program in programs if program.name == "pip"), None)
    if uv is None and pip is None:
        return "neither uv nor pip is there to tell"
    answer = ask_uv(uv, question) if uv else ask_pip(pip, question) if pip else ""
    if isinstance(answer, str):
        return answer
    needed = {key: version for key, version in answer.items() if key not in provided}
    otherwise = "the nearest later ones" if uv else "the newest"
    return _pinned(needed, plain, layer, from_address), f"at the same versions where they fit, else {otherwise}"


def _pinned(
    versions: Mapping[str, str], plain: Sequence[Distribution], layer: Layer, from_address: Sequence[str]
) -> Layer:
    names = {dist.key: dist.name for dist in plain}
    lines: dict[str, list[str]] = {"": list(from_address)} if from_address else {}
    for key, version in sorted(versions.items()):
        lines.setdefault(torch_index(version), []).append(f"{names.get(key, key)}=={version}")
    return layer._replace(lines={index: tuple(texts) for index, texts in sorted(lines.items())})
