"""Reads what a project has decided: [tool.envdoctor] of its pyproject.toml.

A policy that is not understood must not be half obeyed, so every doubt is an error that names file and line.
It says what the project expects and lives with, and can never define a command (see policy_values):

    select, ignore, fail-on     which checks count, and which findings are accepted, with reason and end date
    gpu = true                  whether the project expects a GPU
    max-size = "10 GB"          the most that an environment may take
    channels, forbidden-channels
    python = ">=3.11,<3.13"     versions of Python
    platforms = ["linux-64"]    on which the project must run, as conda names them
    packages = ["numpy>=2"]     requirements, as pip writes them, that every environment must meet
    blas = "openblas"           openblas, mkl, blis, accelerate or netlib
    variables = { OMP_NUM_THREADS = "4" }
    kernel = "my-project"       the kernel spec that notebooks are to use
    baseline = "ci/numbers.json"  the fingerprint to be equal to, where it is not .envdoctor/baseline.json
    environment = ".venv"       folder of the project, or conda name, where onboarding creates the environment
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from doctor.facts.project import Ignored, Policy
from doctor.reading.clean import clean
from doctor.reading.files import Missing, Unfit, read_text
from doctor.reading.redact import show
from doctor.reading.toml_lines import TOML_LIMIT, parse_toml

_KEYS = (
    "select",
    "ignore",
    "fail-on",
    "gpu",
    "max-size",
    "channels",
    "forbidden-channels",
    "python",
    "platforms",
    "packages",
    "blas",
    "variables",
    "kernel",
    "baseline",
    "environment",
)
#: keys that people look for here and that there cannot be
_COMMANDS = re.compile(r"(?:.*[-_])?(?:commands?|scripts?|hooks?|run|exec|shell|install|setup|tasks?)(?:[-_].*)?")
_VARIABLES = 200
_IGNORE_KEYS = ("code", "subject", "reason", "until")
_CODE = re.compile(r"[A-Z]{3}(?:\d{1,3})?")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


class PolicyError(Exception):
    """A policy that cannot be followed; the text names file and line and says what to do."""


def read_policy(project: Path) -> Policy:
    """Read the policy of a project; an empty one where it has none. Raises PolicyError."""
    path = project / "pyproject.toml"
    try:
        text = read_text(path, limit=TOML_LIMIT)
    except Missing:
        return Policy()
    except Unfit as error:
        raise PolicyError(f"{show(path)}: {error.reason}") from None
    if "envdoctor" not in text:
        return Policy()
    return _Reader(path, text).policy()


class _Reader:
    """Holds the text beside the values, so that every complaint can say where."""

    def __init__(self, path: Path, text: str) -> None:
        self.shown = show(path)
        self.lines = text.splitlines()
        try:
            tool = parse_toml(text).table("tool")
        except Unfit as error:
            raise PolicyError(f"{self.shown}: {error.reason}") from None
        self.table: Mapping[str, Any] = tool.get("envdoctor", {})
        if not isinstance(self.table, dict):
            self._fail("envdoctor", "tool.envdoctor must be a table: [tool.envdoctor]")

    def policy(self) -> Policy:
        """Judge every key; what judges their values is loaded where there are any."""
        from doctor.reading.repository.policy_values import (
            wrong_environment,
            wrong_kernel,
            wrong_package,
            wrong_path,
            wrong_platform,
            wrong_python,
        )

        for key in self.table:
            if key not in _KEYS:
                if _COMMANDS.fullmatch(key.lower()):
                    self._fail(key, f"unknown key {key!r} in [tool.envdoctor]; a policy can never define commands")
                self._fail(key, f"unknown key {key!r} in [tool.envdoctor]{_nearest(key, _KEYS)}")
        return Policy(
            path=self.shown,
            select=tuple(self._code(code, "select") for code in self._texts("select")),
            ignore=self._ignored(),
            fail_on=self._fail_on(),
            gpu=self._gpu(),
            max_size=self._size(),
            channels=self._texts("channels"),
            forbidden_channels=self._texts("forbidden-channels"),
            python=self._text("python", wrong_python).replace(" ", ""),
            platforms=self._each("platforms", wrong_platform),
            packages=self._each("packages", wrong_package),
            blas=self._blas(),
            variables=self._variables(),
            kernel=self._text("kernel", wrong_kernel),
            baseline=self._text("baseline", lambda text: wrong_path("baseline", text)),
            environment=self._text("environment", wrong_environment),
        )

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self._fail(key, f'{key} must be a list of texts, such as {key} = ["{_example(key)}"]')
        return tuple(clean(item.strip(), 300) for item in value)

    def _text(self, key: str, wrong: Callable[[str], str]) -> str:
        """A text that nothing is wrong with; empty where the key is not there."""
        value = self.table.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._fail(key, f'{key} must be a text, such as {key} = "{_example(key)}"')
        if why := wrong(value.strip()):
            self._fail(key, why)
        return clean(value.strip(), 300)

    def _each(self, key: str, wrong: Callable[[str], str]) -> tuple[str, ...]:
        texts = self._texts(key)
        for text in texts:
            if why := wrong(text):
                self._fail(key, why, text)
        return texts

    def _blas(self) -> str:
        from doctor.reading.repository.policy_values import BLAS

        value = self.table.get("blas", "")
        if value and value not in BLAS:
            near = _nearest(value, BLAS) if isinstance(value, str) else ""
            self._fail("blas", f"blas must be one of {', '.join(BLAS)}{near if 'mean' in near else ''}")
        return str(value)

    def _variables(self) -> dict[str, str]:
        from doctor.reading.repository.policy_values import wrong_variable

        value = self.table.get("variables", {})
        if not isinstance(value, dict) or len(value) > _VARIABLES:
            self._fail("variables", 'variables must be a table, such as variables = { OMP_NUM_THREADS = "4" }')
        for name, text in value.items():
            if why := wrong_variable(name, text):
                self._fail("variables", why, name)
        return dict(value)

    def _code(self, code: str, key: str) -> str:
        if not _CODE.fullmatch(code):
            hint = f"; did you mean {code.upper()!r}?" if _CODE.fullmatch(code.upper()) else ""
            self._fail(
                key, f"{code!r} is no code of a check, such as MIX001, or the beginning of one, such as MIX{hint}"
            )
        return code

    def _ignored(self) -> tuple[Ignored, ...]:
        items = self.table.get("ignore", [])
        if not isinstance(items, list):
            self._fail("ignore", f"ignore must be a list of tables, such as ignore = [{_ignore_example('MIX002')}]")
        return tuple(self._ignore(item) for item in items)

    def _ignore(self, item: object) -> Ignored:
        if isinstance(item, str):
            what = f"{item!r} is ignored without a reason; write {_ignore_example(clean(item, 20))}"
            self._fail("ignore", what, item)
        if not isinstance(item, dict):
            self._fail("ignore", f"each member of ignore must be a table, such as {_ignore_example('MIX002')}")
        named = item.get("code")
        code = named if isinstance(named, str) else ""
        for key in item:
            if key not in _IGNORE_KEYS:
                self._fail("ignore", f"unknown key {key!r} in ignore{_nearest(key, _IGNORE_KEYS)}", code)
        if not code:
            self._fail("ignore", f"a member of ignore names no code; write {_ignore_example('MIX002')}")
        self._code(code, "ignore")
        told = {key: item.get(key, "") for key in ("subject", "reason")}
        for key, value in told.items():
            if not isinstance(value, str):
                self._fail("ignore", f"{key} of {code} must be a text", code)
        reason = clean(told["reason"].strip(), 300)
        if not reason:
            self._fail("ignore", f"{code} is ignored without a reason; write {_ignore_example(code)}", code)
        until = str(item.get("until", ""))
        if until and not _DATE.fullmatch(until):
            self._fail("ignore", f"until of {code} must be a date, such as 2027-03-31", code)
        return Ignored(code, reason, clean(told["subject"].strip(), 200), until, self._line("ignore", code))

    def _fail_on(self) -> str:
        value = self.table.get("fail-on", "")
        if value not in ("", "error", "warning", "note"):
            self._fail("fail-on", 'fail-on must be "error", "warning" or "note"')
        return str(value)

    def _gpu(self) -> bool | None:
        value = self.table.get("gpu")
        if value is not None and not isinstance(value, bool):
            self._fail("gpu", "gpu must be true or false: whether this project expects a GPU")
        return value

    def _size(self) -> int:
        value = self.table.get("max-size", 0)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if not found:
            self._fail("max-size", 'max-size must be a size such as "10 GB" or "10 GiB"')
        return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].upper()])

    def _fail(self, key: str, why: str, within: str = "") -> NoReturn:
        line = self._line(key, within)
        raise PolicyError(f"{self.shown}{f', line {line}' if line else ''}: {clean(why, 300)}")

    def _line(self, key: str, within: str = "") -> int:
        """The line that holds a key of the table, or below it the first that quotes a text; 0 where none does."""
        start, inside = 0, False
        shape = re.compile(rf"""(?:.*[{{,.\s])?["']?{re.escape(key)}["']?\s*=|\[+.*\b{re.escape(key)}["']?\s*\]""")
        for number, line in enumerate(self.lines, 1):
            text = line.strip()
            if text.startswith("["):
                inside = "envdoctor" in text or (inside and not re.match(r"\[+\s*[\w\"'.-]+\s*\]", text))
            if (inside or "envdoctor" in text) and shape.match(text):
                start = number
                break
        if start and within:
            quoted = re.compile(rf"""["']{re.escape(within)}["']|(?:^|[{{,\s]){re.escape(within)}\s*=""")
            for number in range(start, len(self.lines) + 1):
                if quoted.search(self.lines[number - 1]):
                    return number
        return start


def _nearest(key: str, known: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(key.lower().replace("_", "-"), known, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def _example(key: str) -> str:
    return {
        "select": "MIX",
        "channels": "conda-forge",
        "forbidden-channels": "defaults",
        "python": ">=3.11,<3.13",
        "platforms": "linux-64",
        "packages": "numpy>=2",
        "kernel": "my-project",
        "baseline": ".envdoctor/baseline.json",
        "environment": ".venv",
    }.get(key, "...")


def _ignore_example(code: str) -> str:
    return f'{{ code = "{code}", reason = "why" }}'
