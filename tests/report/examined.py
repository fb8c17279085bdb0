"""Examinations for tests of reports: all that checks can find, a large environment, and one full of hostile names."""

from __future__ import annotations

from functools import cache

from doctor import checks
from doctor.compare.comparison import Comparison
from doctor.compare.difference import compare
from doctor.examine import conclude, examine_facts
from doctor.facts.build import distribution, environment, record
from doctor.facts.files import Cache, Size, Sizes
from doctor.facts.machine import Disk, Gpu, Gpus, Machine, Tool
from doctor.facts.project import Asked, Ignored, Policy, Project, Specification
from doctor.model import Check, Edit, Evidence, Examination, Finding, Outcome, Remedy, Run, Safety, Severity, Tell
from tests.compare.sides import numbers, packages, side

#: each would do harm somewhere: in XML, HTML, Markdown, a workflow's log, a URI or a terminal's table
NASTY = (
    '"><script>alert(1)</script>',
    "</title></style></script><img src=x onerror=alert(1)>",
    "]]>",
    "--> <!-- x",
    "::error file=a,line=1::taken over",
    "##[error]taken over",
    "two\nlines\r\n::warning::of it",
    "a|b|c",
    "@everyone and @octo/cat",
    "#12 and octo/cat#3 and GH-4 and !5",
    "https://evil.example/x and www.evil.example",
    "javascript:alert(1)",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "`code` and ``more`` and ```fence",
    "*a* _b_ ~~c~~ $x$ <b>d</b>",
    "&amp; &#64; %0A %25 {0} {x}",
    "'quoted' \"twice\"",
    "1. list",
    "- item",
    "\ufffe\uffff",
)
LONG = "x" * 5_000


@cache
def every_check() -> tuple[Check, ...]:
    return checks.load()


@cache
def everything() -> Examination:
    """All findings of all examples, in one report."""
    outcomes = []
    for check in every_check():
        found = tuple(one for example in check.examples() for one in examine_facts(example.facts, [check]).findings)
        outcomes.append(Outcome(check, "findings" if found else "fine", found))
    return conclude(environment(), outcomes, Policy(), {})


def project(**more: object) -> Project:
    """A project with a policy and a file that asks for numpy and scipy."""
    asked = (Asked("numpy>=2", "numpy", line=3), Asked("scipy", "scipy", line=4))
    known = {
        "present": True,
        "root": "~/demo",
        "policy": Policy(path="~/demo/pyproject.toml"),
        "specifications": (Specification("requirements.txt", "requirements", asked=asked),),
    }
    return Project(**(known | more))  # type: ignore[arg-type]


def hostile(severity: Severity = Severity.ERROR) -> Examination:
    """A finding for each nasty text, which stands everywhere in it."""
    check = checks.load(["DEP001"])[0]
    found = tuple(
        Finding(
            severity,
            text,
            text,
            (Evidence(text, text, 3), Evidence(text, "requirements.txt", 3), Evidence(LONG)),
            (text,),
            (
                Remedy(text, Safety.CAREFUL, (Run(("echo", text)), Tell(text, (text,)), Edit(text, "", text)), text),
                Remedy(text, Safety.MANUAL, (Tell(text),)),
            ),
            check.code,
            check.name,
            check.family,
        )
        for text in NASTY
    )
    policy = Policy(
        path="~/demo/pyproject.toml",
        ignore=tuple(Ignored("MIX001", text, text, "2020-01-01", 7) for text in NASTY),
    )
    facts = environment(
        identity={"name": NASTY[0], "prefix": f"/x/{NASTY[1]}"},
        distributions=[distribution(text, text, installer=text) for text in NASTY],
        project=project(),
        sizes=Sizes(Size(9, 900_000, 100_000), {text: Size(1, 100_000) for text in NASTY}),
        machine=Machine(system=NASTY[0], tools=(Tool(NASTY[1], "x", NASTY[2]),)),
    )
    skipped, crashed = checks.load(["MIX001"])[0], checks.load(["MIX003"])[0]
    outcomes = [
        Outcome(check, "findings", found),
        Outcome(skipped, "skipped", reason=NASTY[0]),
        Outcome(crashed, "crashed", reason=" ".join(NASTY)),
    ]
    return conclude(facts, outcomes, policy, {})


def two_sides() -> Comparison:
    """A comparison of everything that one can hold: numbers, causes, packages, libraries, variables."""
    here = side(
        "analysis",
        numbers=numbers(sum__float64=(0.1, 0.2), descent__float64=(1.5, 2.5), dot__float64=(3.0,)),
        distributions=packages(numpy="2.1.0", scipy="1.14.0", rich="13.9", **{f"only_{n}": "1" for n in range(20)}),
        settings={"OMP_NUM_THREADS": {"value": "8"}},
        facts=environment(),
    )
    there = side(
        ".envdoctor/baseline.json",
        numbers=numbers(sum__float64=(0.1, 0.2 + 2**-54), descent__float64=(1.5, 2.6), dot__float64=(3.0,)),
        distributions=packages(numpy="1.26.4", scipy="1.13.1", rich="13.8"),
        native={"BLAS of numpy": {"vendor": "MKL", "version": "2024.1", "threading": "intel"}},
    )
    return compare((here, there))


def hostile_sides() -> Comparison:
    """A comparison in which every name, value and title is a nasty text."""
    items = {text: {"version": text, "installer": text, "source": text} for text in NASTY}
    values = {text: {"value": text} for text in NASTY}
    here = side(NASTY[0], distributions=items, settings=values, gaps={"channels": NASTY[1]})
    there = side(LONG, distributions=packages(numpy="1.0"), native={text: {"vendor": text} for text in NASTY})
    return compare((here, there))


def large() -> Examination:
    """An environment as they are: conda, pip and CUDA, with several findings."""
    shapes = {
        "torch": 1_700,
        "nvidia-cudnn-cu12": 750,
        "nvidia-cublas-cu12": 590,
        "triton": 210,
        "nvidia-nccl-cu12": 190,
        "nvidia-cusparse-cu12": 290,
        "scipy": 110,
        "transformers": 45,
        "jupyterlab": 60,
        "plotly": 70,
        "umap-learn": 3,
    }
    conda = {
        "mkl": 480,
        "python": 130,
        "pyarrow": 160,
        "pandas": 75,
        "numpy": 40,
        "icu": 90,
        "qt-main": 210,
        "gdal": 120,
    }
    small = {f"small-{number}": 4 - number // 12 for number in range(40)}
    by_owner = {name: Size(900, size * 10**6) for name, size in (shapes | small).items()}
    by_owner |= {f"conda:{name}": Size(800, size * 10**5, size * 9 * 10**5) for name, size in conda.items()}
    by_owner[""] = Size(2_000, 180 * 10**6)
    own, shared = (sum(getattr(room, part) for room in by_owner.values()) for part in ("own", "shared"))
    total = Size(sum(room.files for room in by_owner.values()), own, shared)
    kept = (Cache("conda", "~/miniforge3/pkgs", 12 * 10**9, 4 * 10**9), Cache("pip", "~/.cache/pip", 3 * 10**9))
    facts = environment(
        kind="conda",
        identity={"name": "analysis"},
        records=[
            record(name, "1.0", channel="pkgs/main" if name in ("mkl", "numpy") else "conda-forge") for name in conda
        ],
        distributions=[distribution(name, "1.0") for name in (*shapes, *small)],
        sizes=Sizes(total, by_owner, caches=kept),
        machine=Machine(
            "linux", "6.8", "glibc 2.39", "x86_64", 3, 16, 0.0, 64 * 10**9, 0,
            Gpus((Gpu("NVIDIA RTX A5000", "8.6", 24 * 10**9),), "550.54.15", cuda="12.4"),
            (Disk("environment", "~/x", "a", 10**12, 2 * 10**11), Disk("home", "~", "a", 10**12, 2 * 10**11)),
            (Tool("conda", "x", "25.9.1"), Tool("uv", "x", "0.9.1")),
        ),
    )  # fmt: skip
    outcomes = [Outcome(check, "fine") for check in every_check()]
    for number, outcome in enumerate(outcomes):
        if outcome.check.code in ("MIX002", "CHN001", "DEP001", "GPU002", "CHN006", "SIZ003"):
            found = next(one.findings for one in everything().outcomes if one.check.code == outcome.check.code)[:1]
            outcomes[number] = outcome._replace(state="findings", findings=found)
    return conclude(facts, outcomes, Policy(), {})
