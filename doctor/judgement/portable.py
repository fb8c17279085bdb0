"""Makes an environment.yml that was exported on one machine fit for others, line by line, so that comments stay.

Text in, text out: what YAML says of the file is left to those who read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.facts import Facts
from doctor.judgement.numeric_names import BUILD_WORDS

#: lines that are looked at; the longest exported files have some hundreds
_LINE_LIMIT = 20_000

_KEY = re.compile(r"(?P<name>[A-Za-z_][\w-]*)\s*:(?:\s|$)")
_ITEM = re.compile(r"(?P<head>\s*-\s+)(?P<quote>[\"']?)(?P<text>[^#\"']*?)(?P=quote)(?P<tail>\s*(?:#.*)?)")
_PIP = re.compile(r"\s*-\s+[\"']?pip[\"']?\s*:\s*(?:#.*)?")
_SPEC = re.compile(
    r"(?P<name>(?:[\w./:~+-]+::)?[A-Za-z0-9_][\w.-]*)(?P<sign>==?|\s+)(?P<version>[\w.!+*]+)"
    r"(?:=|\s+)(?P<build>[\w.+*]+)"
)
_IN_BRACKETS = re.compile(
    r",?\s*\b(?:build|build_number|subdir|md5|sha256|url|fn)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^,\]]*)"
)
#: a path or address that holds on one machine alone, in pip's section
_LOCAL = re.compile(
    r"(?:(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@\s*)?(?:-e\s+|--editable[\s=])?"
    r"(?:file:|/|~|[A-Za-z]:[\\/]|\$\{?HOME)",
    re.IGNORECASE,
)
_VARIANTS = re.compile(r"cuda[\d.]*|cpu|gpu|rocm[\d.]*|openmpi|mpich|nompi")


def portable(text: str, facts: Facts) -> str:
    """The same file without prefix, builds and places of one machine; order, comments and wished-for builds stay.

    A build that is a pattern (libblas=*=*mkl) is a wish and stays. What a dropped build said of BLAS, CUDA or MPI
    stands behind its line as a comment. facts tell the versions of what came from a place of this machine.
    """
    lines = text.splitlines(keepends=True)
    return "".join(_lines(lines[:_LINE_LIMIT], facts)) + "".join(lines[_LINE_LIMIT:])


def _lines(lines: list[str], facts: Facts) -> Iterator[str]:
    section, pip_indent = "", -1
    for line in lines:
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        key = _KEY.match(body)
        if key is not None:
            section, pip_indent = key["name"], -1
            if section == "prefix":
                continue
        elif section == "dependencies" and body.strip() and not body.lstrip().startswith("#"):
            indent = len(body) - len(body.lstrip())
            if _PIP.fullmatch(body):
                pip_indent = indent
            elif pip_indent >= 0 and indent > pip_indent:
                body = _of_pip(body, facts)
            else:
                pip_indent = -1
                body = _of_conda(body)
        yield body + end


def _of_conda(body: str) -> str:
    item = _ITEM.fullmatch(body)
    if item is None:
        return body
    text, said = item["text"], ""
    if "[" in text:
        text = _IN_BRACKETS.sub(lambda found: found[0] if "*" in found[0] else "", text).replace("[,", "[")
        text = text.replace("[]", "")
    found = _SPEC.fullmatch(text)
    if found is not None and "*" not in found["build"]:
        text = f"{found['name']}{'=' if found['sign'].isspace() else found['sign']}{found['version']}"
        said = variant_of(found["build"])
    if text == item["text"]:
        return body
    remark = f"  # its build was of {said}" if said and not item["tail"].strip() else ""
    return f"{item['head']}{item['quote']}{text}{item['quote']}{item['tail']}{remark}"


def _of_pip(body: str, facts: Facts) -> str:
    item = _ITEM.fullmatch(body)
    local = _LOCAL.match(item["text"]) if item else None
    if item is None or local is None:
        return body
    name = local["name"] or ""
    key = re.sub(r"[-_.]+", "-", name).lower()
    dist = next((dist for dist in facts.distributions.installed if name and dist.key == key), None)
    if dist is not None and dist.direct_url is None:
        return f"{item['head']}{item['quote']}{dist.name}=={dist.version}{item['quote']}{item['tail']}"
    indent = item["head"].partition("-")[0]
    return f"{indent}# left out: {name or 'a package'} comes from a place of one machine"


def variant_of(build: str) -> str:
    """What a build string says beside Python and hash: openblas, cuda124, nompi; empty where nothing matters."""
    words = build.lower().split("_")
    said = [word for word in words if word in BUILD_WORDS or _VARIANTS.fullmatch(word)]
    return " and ".join(dict.fromkeys(said))
