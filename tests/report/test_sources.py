"""Every check says where its facts come from and of what date they are."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import doctor.knowledge
from doctor import checks
from doctor.model import Check
from doctor.report.catalogue import explain
from doctor.report.sources import sources_of
from doctor.report.text import plain_text

CHECKS = checks.load()
#: modules of knowledge about envdoctor's own doing, without facts of the world outside
WITHOUT_FACTS = {
    "forgetting", "numeric_remedies", "reinstall", "sources", "tables",
}  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_explain_names_its_sources_and_their_dates(check: Check) -> None:
    text = " ".join(plain_text(explain(check, width=100)).split())
    assert "Where its facts come from" in text
    for source in sources_of(check):
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", source.as_of)
        assert source.source
        assert f"{source.name}, {source.as_of}: " in text


@pytest.mark.parametrize(
    ("code", "tables"),
    [
        ("PYT005", {"pythons"}),
        ("DEP005", {"withdrawn"}),
        ("GPU008", set()),
        ("GPU004", {"torch", "xformers", "cuda-floors", "cuda-toolkits", "gpus"}),
        ("GPU001", {"torch", "tensorflow", "jax", "cuda-floors", "cuda-toolkits", "gpus"}),
        ("CHN007", {"channels", "condarc-keys"}),
    ],
)
def test_the_tables_are_those_that_the_rule_reaches(code: str, tables: set[str]) -> None:
    (check,) = checks.load([code])
    assert {source.name for source in sources_of(check)} == tables


def test_every_module_of_tables_says_where_it_comes_from() -> None:
    for found in pkgutil.iter_modules(doctor.knowledge.__path__):
        if found.name not in WITHOUT_FACTS:
            module = importlib.import_module(f"doctor.knowledge.{found.name}")
            dated = re.search(r"\b20\d\d-[01]\d", module.__doc__ or "")
            assert getattr(module, "SOURCES", None) or dated, f"{found.name}: add SOURCES, or a date and its source"
