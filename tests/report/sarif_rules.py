"""What a SARIF log must be: the part of the standard that is written, and the rules by which GitHub refuses uploads.

The schema says what may stand where; here is what no schema can say, and GitHub's limits ("SARIF support for code
scanning" and "SARIF results exceed limits" of its documentation).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

#: GitHub's hard limits of a file: bytes of it compressed, runs, results, rules, places of a result, tags of a rule
COMPRESSED, RUNS, RESULTS, RULES, LOCATIONS, TAGS = 10_000_000, 20, 25_000, 25_000, 1_000, 20
#: tags of a rule that it shows
TAGS_SHOWN = 10


@cache
def _schema() -> Draft202012Validator:
    schema = json.loads(Path(__file__).with_name("sarif.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(text: str) -> list[str]:
    """Everything that is wrong with a log; what the schema refuses is told first, and then alone."""
    log = json.loads(text)
    refused = [f"{error.json_path}: {error.message[:200]}" for error in _schema().iter_errors(log)]
    return refused or [*_of_file(text, log), *(fault for run in log["runs"] for fault in _of_run(run))]


def _of_file(text: str, log: dict[str, Any]) -> Iterator[str]:
    if len(gzip.compress(text.encode())) > COMPRESSED:
        yield "the file is larger than GitHub takes"
    if len(log["runs"]) > RUNS:
        yield "more runs than GitHub takes"
    if "\0" in text or text.encode("utf-8").startswith(b"\xef\xbb\xbf"):
        yield "no plain UTF-8"


def _of_run(run: dict[str, Any]) -> Iterator[str]:
    rules = run["tool"]["driver"]["rules"]
    names = [rule["id"] for rule in rules]
    if len(rules) > RULES or len(run["results"]) > RESULTS:
        yield "more rules or results than GitHub takes"
    if len(set(names)) != len(names):
        yield "a rule stands there twice (3.49.3)"
    yield from (f"{rule['id']}: more tags than GitHub shows" for rule in rules
                if len(rule["properties"]["tags"]) > min(TAGS, TAGS_SHOWN))  # fmt: skip
    for rule in rules:
        properties = rule["properties"]
        if ("security" in properties["tags"]) != ("security-severity" in properties):
            yield f"{rule['id']}: security-severity belongs to rules with the tag security alone"
        if not rule["shortDescription"]["text"].endswith("."):
            yield f"{rule['id']}: the short description is no sentence (3.49.9)"
    for notification in run["invocations"][0]["toolExecutionNotifications"]:
        if notification.get("associatedRule", {"index": -1})["index"] >= len(rules):
            yield "a notification speaks of a rule that is not there (3.52.5)"
    seen: set[tuple[str, str]] = set()
    for number, result in enumerate(run["results"]):
        yield from (f"result {number}: {fault}" for fault in _of_result(result, names))
        known = (result["ruleId"], result["partialFingerprints"]["primaryLocationLineHash"])
        if known in seen:
            yield f"result {number}: two results have one fingerprint, and GitHub would show one"
        seen.add(known)


def _of_result(result: dict[str, Any], names: list[str]) -> Iterator[str]:
    index = result["ruleIndex"]
    if index >= len(names) or names[index] != result["ruleId"]:
        yield "ruleId and ruleIndex name different rules (3.27.6)"
    if len(result["locations"]) > LOCATIONS:
        yield "more places than GitHub takes"
    for location in result["locations"]:
        physical = location["physicalLocation"]
        path = unquote(physical["artifactLocation"]["uri"], errors="strict")
        if path.startswith(("/", "~", "\\")) or path[1:2] == ":" or "\\" in path or {"..", ""} & set(path.split("/")):
            yield f"{path!r} is no place of the repository"
        region = physical["region"]
        if (region["endLine"], region["endColumn"]) < (region["startLine"], region["startColumn"]):
            yield "the region ends before it begins (3.30.7)"
