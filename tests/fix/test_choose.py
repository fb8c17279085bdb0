"""What is repaired, by which remedy and in which order; what excludes each other is refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from doctor import checks
from doctor.facts.build import environment
from doctor.failure import Failure
from doctor.fix.planning.choose import (
    Choice,
    by_hand,
    can_be_done,
    choices_of,
    combine,
    healthy_path,
    only_writes_down,
    safe_choices,
)
from doctor.fix.planning.merging import merge
from doctor.model import (
    Edit,
    Examination,
    Export,
    Finding,
    Install,
    Move,
    Outcome,
    Protect,
    Rebuild,
    Remedy,
    Run,
    Safety,
    SetVariable,
    Severity,
    Step,
    Tell,
    Uninstall,
)

CHECKS = {check.code: check for check in checks.load()}
AGAIN = Install("pip", ("numpy==1.26.4",), force=True, dependencies=False)


def remedy(*steps: Step, safety: Safety = Safety.CAREFUL, title: str = "repair it", reversible: bool = True) -> Remedy:
    return Remedy(title, safety, steps, reversible=reversible)


def finding(code: str, subject: str, *remedies: Remedy, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(severity, subject, f"{subject} is sick", (), (), remedies, code, CHECKS[code].name, code[:3])


def examined(*findings: Finding) -> Examination:
    codes = sorted({found.code for found in findings})
    outcomes = [Outcome(CHECKS[c], "findings", tuple(f for f in findings if f.code == c)) for c in codes]
    return Examination(environment(), (*outcomes, Outcome(CHECKS["MIX007"], "skipped", reason="runs with --deep")))


def choice(code: str, subject: str, *steps: Step) -> Choice:
    one = remedy(*steps)
    return Choice(finding(code, subject, one), one)


MANUAL = remedy(Tell("Ask the administrator."), safety=Safety.MANUAL)
EXPORT = remedy(Export(("requirements",)), safety=Safety.SAFE, title="write it down")
SAFE = remedy(Move(("lib/x",)), safety=Safety.SAFE, title="move it")
PURGE = remedy(Run(("uv", "cache", "clean")), safety=Safety.SAFE, title="empty the cache", reversible=False)


def test_path_goes_from_what_unlocks_most_to_what_only_takes_room() -> None:
    found = examined(
        finding("SIZ007", "demo", EXPORT),
        finding("DEP001", "needy", remedy(AGAIN)),
        finding("MIX006", "numpy", remedy(AGAIN)),
        finding("MIX009", "conda-meta/x.json", remedy(Move(("conda-meta/x.json",)))),
        finding("CHN003", "channel_priority", remedy(Edit(".condarc", "", "x"))),
        finding("PYT004", "bin/python", remedy(Rebuild("3.11"))),
        finding("MIX003", "numpy", remedy(AGAIN)),
        finding("GPU001", "torch", MANUAL),
    )
    codes = [one.code for one in healthy_path(found)]
    assert codes == ["PYT004", "MIX009", "MIX003", "MIX006", "CHN003", "DEP001", "SIZ007"]
    assert [one.code for one in by_hand(found)] == ["GPU001"]


def test_what_may_be_done_unasked_is_safe_and_can_be_taken_back() -> None:
    found = examined(
        finding("MIX004", "~umpy", MANUAL, SAFE),
        finding("SIZ007", "demo", EXPORT),
        finding("SIZ005", "~/.cache/uv", PURGE),
        finding("DEP001", "needy", remedy(AGAIN)),
    )
    assert [(c.finding.code, c.remedy) for c in safe_choices(found, exports=False)] == [("MIX004", SAFE)]
    assert [c.finding.code for c in safe_choices(found, exports=True)] == ["MIX004", "SIZ007"]


def test_words_name_findings_and_remedies() -> None:
    first, second = remedy(AGAIN), remedy(Uninstall("pip", ("numpy",)))
    found = examined(
        finding("MIX003", "numpy", MANUAL, first, second),
        finding("MIX003", "scipy", first),
        finding("DEP001", "needy: absent", first),
    )
    assert choices_of(found, ["MIX003:numpy"])[0].remedy == first, "the first that can be carried out"
    assert choices_of(found, ["mix003:NumPy#3"])[0].remedy == second
    assert [c.finding.subject for c in choices_of(found, ["MIX003"])] == ["numpy", "scipy"]
    assert choices_of(found, ["DEP001:needy"]) == choices_of(found, ["DEP001:needy: absent"])
    assert len(choices_of(found, ["MIX003", "MIX003:scipy"])) == 2


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("MIX003#4", "3 remedies, no number 4"),
        ("MIX003#1", "done by hand: Ask the administrator"),
        ("MIX003:torch", "not found on 'torch', but on numpy"),
        ("MIX001", "there is no check MIX001"),
        ("MIX007", "could not be judged on demo: runs with --deep; add --deep"),
        ("GPU001", "repaired by hand: Ask the administrator"),
        ("nonsense", "names no finding"),
    ],
)
def test_what_cannot_be_named_is_told(wanted: str, said: str) -> None:
    three = (MANUAL, remedy(AGAIN), remedy(Uninstall("pip", ("numpy",))))
    found = examined(finding("MIX003", "numpy", *three), finding("GPU001", "torch", MANUAL))
    with pytest.raises(Failure, match=re.escape(said)):
        choices_of(found, [wanted])


def test_one_finding_with_two_remedies_is_refused() -> None:
    found = examined(finding("MIX003", "numpy", remedy(AGAIN), remedy(Uninstall("pip", ("numpy",)), title="drop it")))
    with pytest.raises(Failure, match="named twice"):
        choices_of(found, ["MIX003:numpy#1", "MIX003:numpy#2"])


TORCH = "https://download.pytorch.org/whl/cu126"


def test_installs_with_the_same_flags_become_one_command() -> None:
    steps = merge(
        [
            remedy(Install("pip", ("torch==2.9.0",), index_url=TORCH)),
            remedy(Install("pip", ("torchvision==0.24.0",), index_url=TORCH)),
            remedy(Install("pip", ("torchaudio==2.9.0",), index_url=TORCH)),
            remedy(Install("pip", ("plain",))),
        ]
    )
    assert steps == (
        Install("pip", ("torch==2.9.0", "torchvision==0.24.0", "torchaudio==2.9.0"), index_url=TORCH),
        Install("pip", ("plain",)),
    )


def test_each_remedy_keeps_its_order_and_like_steps_meet() -> None:
    conda = Install("conda", ("numpy=1.26.3=py311_0",), force=True, dependencies=False)
    steps = merge(
        [
            remedy(Move(("lib/a",)), AGAIN),
            remedy(Uninstall("pip", ("scipy",)), conda),
            remedy(Move(("lib/b", "lib/a/c")), Install("pip", ("pandas==2.0",), force=True, dependencies=False)),
            remedy(EXPORT.steps[0], Tell("Restart the kernel.")),
        ]
    )
    assert steps == (
        Export(("requirements",)),
        Move(("lib/a", "lib/b")),
        Uninstall("pip", ("scipy",)),
        conda,
        Install("pip", ("numpy==1.26.4", "pandas==2.0"), force=True, dependencies=False),
        Tell("Restart the kernel."),
    )


def test_an_exact_version_stands_for_a_range_that_holds_it() -> None:
    both = [remedy(Install("pip", ("numpy>=1.20",))), remedy(Install("pip", ("numpy==1.26.4",)))]
    assert merge(both) == (Install("pip", ("numpy==1.26.4",)),)
    combine([Choice(finding("DEP001", str(n), one), one) for n, one in enumerate(both)])


CONFLICTS: list[tuple[Iterable[Step], Iterable[Step], str]] = [
    ([AGAIN], [Uninstall("pip", ("NumPy",))], "DEP001 a keeps numpy and DEP001 b removes it"),
    ([AGAIN], [Install("pip", ("numpy==2.0.0",))], "wants numpy==1.26.4 and DEP001 b wants numpy==2.0.0"),
    ([AGAIN], [Install("pip", ("numpy>=2",))], "wants numpy==1.26.4 and DEP001 b wants numpy>=2"),
    ([AGAIN], [Install("conda", ("numpy=1.26.4",))], "takes numpy from pip and DEP001 b from conda"),
    (
        [Move(("lib/x",))],
        [Edit("lib/x/y.cfg", "a", "b")],
        "moves lib/x aside, and DEP001 b wants to change lib/x/y.cfg",
    ),
    ([Move(("lib/x",))], [Protect(("lib/x",))], "moves lib/x aside"),
    ([Move((".",))], [AGAIN], "takes the whole environment away"),
    ([SetVariable("A", "1")], [SetVariable("A", "2")], "set A to different values"),
    ([Edit("f", "a", "b")], [Edit("f", "a", "c")], "same passage of f differently"),
    ([Rebuild("3.12")], [Rebuild("3.13")], "anew in different ways"),
    ([Rebuild()], [Install("pip", ("numpy>=2",))], "cannot be in one plan with"),
    ([Rebuild()], [SetVariable("A", "1")], "cannot be in one plan with"),
    ([Rebuild()], [Edit(".condarc", "", "a: 1")], "cannot be in one plan with"),
]


@pytest.mark.parametrize(("one", "other", "said"), CONFLICTS, ids=[said for _, _, said in CONFLICTS])
def test_conflicts_are_refused_with_the_reason(one: Iterable[Step], other: Iterable[Step], said: str) -> None:
    with pytest.raises(Failure, match=re.escape(said)):
        combine([choice("DEP001", "a", *one), choice("DEP001", "b", *other)])


@pytest.mark.parametrize(
    "pair",
    [
        ([AGAIN], [AGAIN]),
        ([Uninstall("pip", ("numpy",)), Install("conda", ("numpy=1.26.3=h0",))], [Install("conda", ("numpy=1.26.3",))]),
        ([Install("pip", ("numpy>=1.20",))], [Install("pip", ("numpy<2",))]),
        ([Install("pip", ("numpy==1.20",))], [Install("pip", ("numpy==1.20.0",))]),
        ([Move(("lib/x",))], [Move(("lib/x/y",))]),
        ([Edit("f", "", "b")], [Edit("f", "", "c")]),
        ([Rebuild()], [Edit("~/.condarc", "", "a: 1")]),
    ],
)
def test_what_goes_together_is_not_refused(pair: tuple[Iterable[Step], Iterable[Step]]) -> None:
    assert len(combine([choice("DEP001", "a", *pair[0]), choice("DEP001", "b", *pair[1])])) == 2


def test_rebuild_stands_alone_and_says_what_it_makes_needless() -> None:
    anew = choice("PYT004", "bin/python", Export(("requirements",)), Rebuild("3.11"))
    kept = combine([choice("MIX006", "numpy", AGAIN), choice("MIX004", "~x", Move(("lib/~x",))), anew])
    assert [one.finding.code for one in kept] == ["PYT004"]
    assert "nothing is done of its own for MIX004 ~x, MIX006 numpy" in kept[0].remedy.trade_off
    assert combine(kept) == kept


def test_every_remedy_of_every_check_can_be_merged_and_is_either_done_or_told() -> None:
    """Whatever the checks offer, alone it is never a conflict, and merging keeps each kind of step."""
    for check in checks.load():
        for example in check.examples():
            for found in check.find(example.facts) if example.finds else ():
                named = found._replace(code=check.code)
                for one in found.remedies:
                    kept = combine([Choice(named, one)])
                    assert {step.kind for step in merge([kept[0].remedy])} == {step.kind for step in one.steps}
                    assert can_be_done(one) or one.safety is Safety.MANUAL or not only_writes_down(one)
