"""Says what is wrong with the values that a policy gives its expectations; an empty text where nothing is.

A policy comes with a repository, from whoever wrote that: it may expect things and never make them run. So there are
no commands among its keys, variables by which programs load code are refused, and paths stay inside the project.
"""

from __future__ import annotations

import re

from doctor.judgement.requirements import clauses, parse
from doctor.reading.clean import is_clean
from doctor.reading.settings.shell_lines import holds_secret

BLAS = ("openblas", "mkl", "blis", "accelerate", "netlib")
PLATFORMS = (
    "linux-64",
    "linux-aarch64",
    "linux-ppc64le",
    "linux-s390x",
    "linux-riscv64",
    "linux-armv7l",
    "linux-32",
    "osx-64",
    "osx-arm64",
    "win-64",
    "win-arm64",
    "win-32",
)
_LONGEST = 300

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
#: by which a shell, the loader, Python or git is told to run something, or which say where packages come from
_RUNS_CODE = re.compile(
    r"PATH|HOME|SHELL|IFS|ENV|BASH_.*|ZDOTDIR|PROMPT_COMMAND|PS[0-4]|EDITOR|VISUAL|PAGER|BROWSER|.*_(?:EDITOR|PAGER|COMMAND)"
    r"|LD_.*|DYLD_.*|GIT_.*|SSH_.*|PERL5?.*|RUBY.*|NODE_.*|GCONV_PATH|GLIBC_TUNABLES"
    r"|PYTHON(?:PATH|HOME|STARTUP|INSPECT|USERBASE|EXECUTABLE|PLATLIBDIR|BREAKPOINT|WARNINGS|CASEOK|PYCACHEPREFIX)"
    r"|(?:PIP|UV|CONDA|MAMBA|PIXI)_.*|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|JUPYTER_.*|IPYTHON.*|VIRTUAL_ENV|CC|CXX|.*_PLUGINS?|.*_LIBRARY_PATH",
    re.IGNORECASE,
)
_KERNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def wrong_python(text: str) -> str:
    """A PEP 440 specifier; one version alone is the usual mistake."""
    if re.fullmatch(r"\d+(?:\.\d+){0,2}", text):
        meant = f"=={text}" if text.count(".") > 1 else f"=={text}.*"
        return f'python = "{text}" compares with nothing; write python = "{meant}" or python = ">={text}"'
    if text and (clauses(text) is not None or _is_specifier(text)):
        return ""
    return 'python must be a version specifier, such as python = ">=3.11,<3.13"'


def _is_specifier(text: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        return False
    return len(text) <= _LONGEST


def wrong_platform(text: str) -> str:
    """A platform as conda names it."""
    if text in PLATFORMS:
        return ""
    meant = {"linux": "linux-64", "windows": "win-64", "win": "win-64", "macos": "osx-arm64", "osx": "osx-arm64"}
    near = meant.get(text.lower())
    hint = f"; did you mean {near!r}?" if near else f"; known are {', '.join(PLATFORMS[:2])}, osx-64, osx-arm64, win-64"
    return f"{text!r} is no platform as conda names them{hint}"


def wrong_package(text: str) -> str:
    """A requirement as pip writes it, by name and versions."""
    wanted = parse(text)
    if wanted is None:
        return f"{text!r} is no requirement as pip writes them, such as numpy>=2,<3"
    if wanted.url:
        return f"{wanted.name} is asked for by an address; a policy says versions, such as {wanted.name}>=1.0"
    return ""


def wrong_variable(name: str, value: object) -> str:
    """A variable that changes what is computed, and a text for it."""
    if not _VARIABLE.fullmatch(name):
        return f"{name!r} is no name of a variable"
    if _RUNS_CODE.fullmatch(name):
        return f"{name} cannot be expected by a policy: it decides what is run or where packages come from"
    if not isinstance(value, str):
        return f'{name} must be a text, such as variables = {{ {name} = "1" }}'
    if not is_clean(value) or len(value) > _LONGEST:
        return f"the value of {name} must be one plain line of at most {_LONGEST} characters"
    if holds_secret(name, value):
        return f"{name} looks like a secret, and everybody reads this file; keep it elsewhere"
    return ""


def wrong_kernel(text: str) -> str:
    """The name of a kernel spec, as Jupyter allows it."""
    if _KERNEL.fullmatch(text):
        return ""
    return f"{text!r} is no name of a kernel: letters, digits, dots, hyphens and underscores"


def wrong_path(key: str, text: str) -> str:
    """A path inside the project."""
    parts = text.replace("\\", "/").split("/")
    if not text or not is_clean(text) or len(text) > _LONGEST or "\ufffd" in text:
        return f"{key} must be a path inside the project"
    if text.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", text) or "$" in text or "%" in text:
        return f"{key} must be a path inside the project, and {text!r} is none; write it as seen from pyproject.toml"
    if ".." in parts:
        return f"{key} = {text!r} climbs out of the project; write a path inside it"
    if all(part in ("", ".") for part in parts) or ".git" in [part.lower() for part in parts]:
        return f"{key} = {text!r} is no place for it; write a path inside the project, such as {_PLACES[key]!r}"
    return ""


_PLACES = {"baseline": ".envdoctor/baseline.json", "environment": ".venv"}


def wrong_environment(text: str) -> str:
    """A folder of the project, or the name of a conda environment."""
    if "/" in text or "\\" in text or text.startswith((".", "~")):
        return wrong_path("environment", text)
    if text in ("base", "root"):
        return f"environment = {text!r} is conda's own; name one for this project"
    if _NAME.fullmatch(text):
        return ""
    return f"environment must be a folder of the project or the name of a conda environment, and {text!r} is neither"
