"""The environment is not the one whose fingerprint the team keeps as its baseline.

## Why it matters
The baseline is the environment in which the project's results were made. Where this one computes with another BLAS,
another version of what computes, or other settings, the same code can give other numbers, and nothing fails.

## How it is found
Only in an environment that belongs to the project, and where the repository holds a baseline: .envdoctor/baseline.json,
made by `envdoctor snapshot --baseline`, or the file that the policy names. Both fingerprints are compared layer by
layer: interpreter, conda's packages, distributions, native libraries, settings. A layer in which something differs that
is known to change results is a warning; one that may, a note. Packages that compute nothing, other releases of the
same Python, and the machine itself, which nobody can install, are no finding. On another platform than the baseline's
builds and libraries must differ: that is a note.

## What the fix does
Installs the baseline's versions, or sets its variables, as far as these are known. Where the environment is right and
the baseline is old, make a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from doctor.facts import Facts, Policy, Project, Settings, Variable
from doctor.facts.build import distribution, environment
from doctor.judgement.expectations.belonging import belongs
from doctor.model import (
    CannotTell,
    Check,
    Evidence,
    Example,
    Finding,
    Install,
    Rebuild,
    Remedy,
    Safety,
    SetVariable,
    Severity,
    Step,
    Tell,
)

if TYPE_CHECKING:
    from doctor.compare.comparison import Difference, ItemDifference, LayerDifference

_SHOWN = 8
#: layer -> what it is called; the machine and the order of channels are nothing that this environment could change
_LAYERS = {
    "interpreter": "Python",
    "conda": "conda's packages",
    "distributions": "installed packages",
    "native": "native libraries",
    "settings": "settings",
}


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each layer in which something differs that matters."""
    project = facts.project
    if not project.baseline_path or not belongs(facts):
        return
    if project.baseline is None:
        problem = next((p.reason for p in project.problems if p.path == project.baseline_path), "it is no fingerprint")
        raise CannotTell(f"{project.baseline_path} cannot be read: {problem}")
    from doctor.compare.comparison import Side
    from doctor.compare.difference import differences
    from doctor.compare.fingerprint import fingerprint_of

    here, there = Side("here", fingerprint_of(facts), facts), Side(project.baseline_path, project.baseline)
    difference = differences(here, there)
    layers = [layer for layer in difference.layers if layer.layer in _LAYERS]
    if layers and all(layer.gap for layer in layers):
        raise CannotTell(f"{project.baseline_path} holds nothing to compare with: {layers[0].gap}")
    elsewhere = any(i.field in ("system", "architecture") for i in difference.items if i.layer == "interpreter")
    python = any(item.layer == "interpreter" and item.field == "version" for item in difference.items)
    for layer in layers:
        items = [item for item in layer.items if item.changes_results != "no"]
        items = [item for item in items if not (python and layer.layer == "conda" and item.name == "python")]
        if elsewhere:
            items = [item for item in items if item.kind not in ("build", "source")]
        if items:
            yield _finding(layer, items, difference, project.baseline_path, elsewhere=elsewhere)


def _finding(
    layer: LayerDifference, items: list[ItemDifference], difference: Difference, path: str, *, elsewhere: bool
) -> Finding:
    must = elsewhere and layer.layer in ("interpreter", "native", "conda")
    certain = any(item.changes_results == "yes" for item in items) and not must
    evidence = [Evidence(_told(item), path) for item in items[:_SHOWN]]
    if len(items) > _SHOWN:
        evidence.append(Evidence(f"and {len(items) - _SHOWN} more", path))
    if elsewhere:
        evidence.append(Evidence("the baseline was made on another platform, where builds and libraries differ", path))
    first = items[0]
    ways = f"{first.here or 'not here'}, baseline {first.there or 'without it'}"
    effect = "changes results" if certain else "may change results"
    text = f"{_LAYERS[layer.layer]} differ from the baseline, which {effect}: {first.name} {ways}"
    return Finding(
        Severity.WARNING if certain else Severity.NOTE,
        layer.layer,
        text if len(text) <= 100 else f"{_LAYERS[layer.layer]} differ from the baseline, which {effect}",
        tuple(evidence),
        tuple(dict.fromkeys(item.name for item in items if layer.layer in ("conda", "distributions"))),
        tuple(_remedies(layer.layer, items, difference, path)),
    )


def _told(item: ItemDifference) -> str:
    what = f"{item.name} {item.field}" if item.field not in ("", "version", "value") else item.name
    return f"{what}: {item.here or 'not here'}, in the baseline {item.there or 'not there'}; {item.why}"


def _remedies(layer: str, items: list[ItemDifference], difference: Difference, path: str) -> Iterator[Remedy]:
    names = {item.name for item in items}
    for alignment in difference.alignment:
        settled = names & set(alignment.settles)
        if not settled or alignment.moves == "there":
            continue
        steps = tuple(kept for step in alignment.steps if (kept := _of_layer(step, layer)))
        if alignment.moves == "here" and steps:
            title = f"{alignment.text} (the baseline)" if layer != "settings" else "Set variables as in the baseline"
            yield Remedy(title, Safety.CAREFUL, steps, "Results that were computed here so far may come out otherwise.")
    if layer == "interpreter":
        version = next((item.there for item in items if item.field == "version"), "")
        if version.count(".") and version.replace(".", "").isdecimal():
            minor = ".".join(version.split(".")[:2])
            text = f"Create the environment anew with Python {minor}"
            yield Remedy(text, Safety.CAREFUL, (Rebuild(python=minor),), "Every package is installed again.")
    text = f"See all that differs, and what explains it: envdoctor compare {path}"
    yield Remedy("Decide which of both is right", Safety.MANUAL, (Tell(text),))
    text = "Where this environment is the right one, make it the baseline: envdoctor snapshot --baseline"
    yield Remedy("Make a new baseline", Safety.MANUAL, (Tell(text),))


def _of_layer(step: object, layer: str) -> Step | None:
    """A step where it changes this layer."""
    if isinstance(step, Install):
        manager = "pip" if layer == "distributions" else "conda"
        return step if step.manager == manager and layer in ("conda", "distributions", "native") else None
    return step if isinstance(step, SetVariable) and layer == "settings" else None


def examples() -> Iterator[Example]:
    """Another version of what computes, of what may, of what does not; variables; equal ones; none to compare with."""
    from doctor.compare.fingerprint import fingerprint_of

    numpy, scipy = distribution("numpy", "2.1.0"), distribution("scipy", "1.14.0")
    team = fingerprint_of(environment(distributions=(numpy, scipy)))
    kept = Project(True, "~/demo", baseline=team, baseline_path=".envdoctor/baseline.json")
    yield Example("equal", environment(distributions=(numpy, scipy), project=kept))
    older = environment(distributions=(distribution("numpy", "1.26.4"), scipy), project=kept)
    yield Example("another numpy", older, ("distributions",), Severity.WARNING)
    patch = environment(distributions=(distribution("numpy", "2.1.2"), scipy), project=kept)
    yield Example("a patch release of numpy", patch, ("distributions",), Severity.NOTE)
    also = environment(distributions=(numpy, scipy, distribution("rich", "13.9")), project=kept)
    yield Example("more packages that compute nothing", also)
    python = environment(distributions=(), python="3.12.4", project=kept)
    yield Example("another Python", python, ("interpreter",), Severity.WARNING)
    chosen = Settings(activation=(Variable("OPENBLAS_CORETYPE", "Haswell", "etc/conda/activate.d/env.sh"),))
    switched = environment(distributions=(numpy, scipy), project=kept, settings=chosen)
    yield Example("a variable that chooses how is computed", switched, ("settings",), Severity.WARNING)
    yield Example("no baseline", environment(distributions=(numpy,), project=Project(True, "~/demo")))
    elsewhere = kept._replace(root="~/other")
    other = environment(distributions=(distribution("numpy", "1.26.4"), scipy), project=elsewhere)
    yield Example("another project's baseline", other)
    broken = kept._replace(baseline=None, policy=Policy("pyproject.toml"))
    yield Example("a baseline that cannot be read", environment(project=broken), cannot_tell=True)
    mac = environment(distributions=(numpy, scipy), project=kept, identity={"system": "macos", "architecture": "arm64"})
    yield Example("another platform", mac, ("interpreter",), Severity.NOTE)


CHECK = Check(
    "REP007",
    "differs-from-baseline",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("identity", "distributions", "conda", "settings", "files", "machine", "binaries", "project"),
)
