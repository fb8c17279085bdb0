"""jax, jaxlib and the CUDA plugin do not fit together, or jax has no plugin for the GPU that is here.

## Why it matters
jax reads the GPU through a plugin of exactly its own release. One of another release is left unused with a warning
that scrolls by, and everything runs on the processor; two plugins for different CUDA versions get in each other's
way. A plain `pip install jax` brings none.

## How it is found
What jax's and the plugins' metadata ask of each other, against what is installed; whether plugins for two CUDA
versions are there; and on a machine with an NVIDIA GPU whether there is one at all. The missing plugin is a note
where another package brought jax. Where the project expects a GPU and this machine has none, no verdict is given
about the missing plugin.

## What the fix does
Installs jax with the plugin of its release for the newest CUDA that your driver and GPU run, and takes one for
another CUDA away, in one plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Distribution, Facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.machine import Gpu, Gpus, Machine
from doctor.facts.project import Policy, Project
from doctor.judgement.gpu_expected import gpu_expected, gpus_to_judge
from doctor.judgement.gpu_frameworks import Framework, host_of, imported, jax_of
from doctor.judgement.gpu_needs import unmet_of_gpu
from doctor.judgement.gpu_remedies import by_hand, fitting_build
from doctor.judgement.needs import graph, reversed_graph
from doctor.judgement.requirements import meets, parse
from doctor.model import Check, Evidence, Example, Finding, Install, Remedy, Safety, Severity, Uninstall

_PLUGIN = re.compile(r"jax-cuda(\d{2})-(?:plugin|pjrt)")


def find(facts: Facts) -> Iterator[Finding]:
    """At most one finding: what is out of step, else what is missing."""
    dists = imported(facts)
    framework = jax_of(facts, dists)
    if framework is None:
        return
    plugins = {key: dists[key] for key in sorted(dists) if _PLUGIN.fullmatch(key)}
    wrong = [*_unmet(facts), *_of_other_release(dists.get("jax"), plugins)]
    families = sorted({match[1] for key in plugins if (match := _PLUGIN.fullmatch(key))})
    if len(families) > 1:
        seen = (Evidence(f"{d.name} {d.version} is installed", f"{d.site}/{d.folder}") for d in plugins.values())
        yield _out_of_step(
            f"jax has plugins for CUDA {' and '.join(families)} at once; only one can be used", facts, framework, seen
        )
    elif wrong:
        names = sorted({name for name, _ in wrong})
        summary = f"jax {framework.version} does not fit with {', '.join(names)}"
        yield _out_of_step(summary, facts, framework, (evidence for _, evidence in wrong))
    elif framework.build == "cpu" and facts.identity.system == "linux":
        yield from _without_plugin(framework, facts, dists)


def _unmet(facts: Facts) -> Iterator[tuple[str, Evidence]]:
    for pair in unmet_of_gpu(facts):
        if pair.dist.installer != "conda" and pair.dist.key.startswith("jax"):
            have = f"{pair.there.version} is installed" if pair.there else "it is not installed"
            told = f"{pair.dist.name} {pair.dist.version} asks for {pair.requirement.text[:100]}, and {have}"
            yield pair.requirement.name, Evidence(told, f"{pair.dist.site}/{pair.dist.folder}/METADATA")


def _of_other_release(jax: Distribution | None, plugins: dict[str, Distribution]) -> Iterator[tuple[str, Evidence]]:
    """Plugins that jax's own extras would not take: their requirements stand there whether or not they were asked."""
    told = set()
    for text in jax.requires if jax else ():
        wanted = parse(text) if "extra" in text else None
        plugin = plugins.get(wanted.key) if wanted else None
        if jax and wanted and plugin and wanted.key not in told and meets(plugin.version, wanted.specifier) is False:
            told.add(wanted.key)
            asks = f"jax {jax.version} asks for {wanted.text[:100]}, and {plugin.version} is installed"
            yield plugin.name, Evidence(asks, f"{jax.site}/{jax.folder}/METADATA")


def _out_of_step(summary: str, facts: Facts, framework: Framework, seen: Iterator[Evidence]) -> Finding:
    return Finding(
        Severity.ERROR,
        "jax",
        summary[:100],
        tuple(dict.fromkeys(seen)),
        ("jax", "jaxlib", *(key for key in imported(facts) if _PLUGIN.fullmatch(key))),
        tuple(_together(framework, facts)),
    )


def _together(framework: Framework, facts: Facts) -> Iterator[Remedy]:
    """All of one release: for this machine's GPU, else for the CUDA that is there, else for the processor."""
    if facts.machine.gpus.devices:
        found = tuple(fitting_build(framework, facts))
        if found:
            yield from found
            return
    version = framework.version.partition("+")[0]
    keys = sorted(key for key in imported(facts) if _PLUGIN.fullmatch(key))
    keep = max((match[1] for key in keys if (match := _PLUGIN.fullmatch(key))), default="")
    spec = f"jax[cuda{keep}]=={version}" if keep else f"jax=={version}"
    other = tuple(key for key in keys if f"cuda{keep}" not in key)
    first = (Uninstall("pip", other),) if other else ()
    lib = () if keep else (f"jaxlib<={version}",)
    title = f"Install {spec} with what belongs to it"
    yield Remedy(title, Safety.CAREFUL, (*first, Install("pip", (spec, *lib))))


def _without_plugin(framework: Framework, facts: Facts, dists: dict[str, Distribution]) -> Iterator[Finding]:
    gpus = gpus_to_judge(facts)
    if gpus is None:
        return
    expected = gpu_expected(facts)
    jax = dists.get("jax")
    needed_by = reversed_graph(graph(facts)).get("jax", frozenset())
    brought = bool(jax and not jax.requested and needed_by) and not expected.wanted
    remedies = tuple(fitting_build(framework, facts)) or (by_hand(framework, facts, host_of(facts).driver),)
    seen = [
        framework.seen,
        Evidence(f"{gpus.devices[0].name}, driver {gpus.driver or gpus.kernel_module or 'unknown'}"),
    ]
    seen += [Evidence(f"needed by {', '.join(sorted(needed_by)[:4])}")] if brought else []
    yield Finding(
        Severity.NOTE if brought else Severity.ERROR,
        "jax",
        f"jax {framework.version} has no CUDA plugin, and this machine has a GPU ({gpus.devices[0].name})"[:100],
        (*seen, *filter(None, (expected.evidence,))),
        ("jax",),
        remedies,
    )


def examples() -> Iterator[Example]:
    """In lockstep, plugins of another release or of two CUDA versions, none; with and without a GPU."""
    l4 = Machine(gpus=Gpus((Gpu("NVIDIA L4", "8.9"),), "580.65.06", "580.65.06", "13.0", "nvml"))
    asks = ("jaxlib<=0.8.2,>=0.8.2", "jax-cuda12-plugin[with-cuda]<=0.8.2,>=0.8.2; extra == 'cuda12'")
    jax = distribution("jax", "0.8.2", requires=asks, requested=True)
    lib = distribution("jaxlib", "0.8.2")

    def plugin(version: str, family: int = 12) -> tuple[Distribution, ...]:
        name = f"jax-cuda{family}"
        first = distribution(f"{name}-plugin", version, requires=(f"{name}-pjrt=={version}",))
        return first, distribution(f"{name}-pjrt", version)

    error = Severity.ERROR
    yield Example("in lockstep", environment(distributions=(jax, lib, *plugin("0.8.2")), machine=l4))
    yield Example("no GPU and no plugin", environment(distributions=(jax, lib)))
    old = (jax, lib, *plugin("0.8.0"))
    yield Example("a plugin of another release", environment(distributions=old, machine=l4), ("jax",), error)
    yield Example("the same without a GPU", environment(distributions=old), ("jax",), error)
    two = (jax, lib, *plugin("0.8.2"), *plugin("0.8.2", 13))
    yield Example("plugins for two CUDA versions", environment(distributions=two, machine=l4), ("jax",), error)
    half = (jax, distribution("jaxlib", "0.8.0"))
    yield Example("jaxlib of another release", environment(distributions=half), ("jax",), error)
    yield Example("no plugin beside a GPU", environment(distributions=(jax, lib), machine=l4), ("jax",), error)
    user = distribution("numpyro", "0.19.0", requires=("jax>=0.7.0",), requested=True)
    brought = (user, jax._replace(requested=False), lib)
    yield Example("brought by another package", environment(distributions=brought, machine=l4), ("jax",), Severity.NOTE)
    no_gpu = Project(present=True, root="~/demo", policy=Policy(gpu=False))
    yield Example("the project wants no GPU", environment(distributions=(jax, lib), machine=l4, project=no_gpu))
    expected = Project(present=True, root="~/demo", policy=Policy(gpu=True))
    absent = environment(distributions=(jax, lib), project=expected)
    yield Example("a GPU expected elsewhere", absent, cannot_tell=True)
    forge = record("jaxlib", "0.8.2", "cuda129py311h1_200")
    yield Example("conda's CUDA build", environment(kind="conda", records=(forge,), machine=l4))
    monolith = (distribution("jax", "0.4.20"), distribution("jaxlib", "0.4.20+cuda12.cudnn89"))
    yield Example("a jaxlib from before plugins", environment(distributions=monolith, machine=l4))


CHECK = Check(
    "GPU007",
    "jax-plugin-mismatch",
    Severity.ERROR,
    __doc__,
    find,
    examples,
    needs=("distributions", "machine"),
    records=False,
    optional=("conda", "project"),
)
