"""Start-up files that are known: who brings them, and by which words they are told from one that borrows the name.

Dated 2026-11-22. PEP 829 says what a start of Python runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple


class KnownStartup(NamedTuple):
    """A start-up file that is sound when each line of its code holds the fragment and nothing unusual besides."""

    pattern: str  #: of the file's name
    owner: str
    fragment: str  #: within the first 200 characters of a line
    usual: tuple[str, ...] = ()  #: words of SUSPICIOUS that it holds itself


KNOWN_GOOD: tuple[KnownStartup, ...] = (
    # read in the files themselves: setuptools 65 to 84, coverage 7.17, pynvml 13.0, cuda-bindings 12.9, Debian 12,
    # and virtual environments of virtualenv 21 and uv 0.13
    KnownStartup("distutils-precedence.pth", "setuptools", "_distutils_hack"),
    KnownStartup("a1_coverage.pth", "coverage", "COVERAGE_PROCESS_START", ("exec(",)),
    KnownStartup("_virtualenv.pth", "virtualenv or uv", "import _virtualenv"),
    KnownStartup("__editable__*.pth", "an editable install", "import __editable__"),
    KnownStartup("_*.pth", "an editable install", "import _editable_impl_"),
    KnownStartup("_pynvml_redirector.pth", "pynvml", "import _pynvml_redirector"),
    KnownStartup("_cuda_bindings_redirector.pth", "cuda-bindings", "import _cuda_bindings_redirector"),
    KnownStartup("sitecustomize.py", "Debian or Ubuntu", "apport_python_hook"),
    # as their owners' sources and documentation tell
    KnownStartup("coverage*.pth", "coverage", "coverage.process_startup"),
    KnownStartup("pytest-cov.pth", "pytest-cov", "COV_CORE_SOURCE", ("exec(",)),
    KnownStartup("init_cov_core.pth", "pytest-cov", "COV_CORE_SOURCE", ("exec(",)),
    KnownStartup("pywin32.pth", "pywin32", "import pywin32_bootstrap"),
    KnownStartup("*-nspkg.pth", "setuptools", "sys._getframe(1).f_locals['sitedir']"),
    KnownStartup("easy-install.pth", "setuptools", "sys.__plen"),
    KnownStartup("easy-install.pth", "setuptools", "sys.__egginsert"),
    KnownStartup("setuptools.pth", "setuptools", "sys.__plen"),
)

#: file name -> (what it is, where that is told): names that only malicious releases have used
KNOWN_BAD: dict[str, tuple[str, str]] = {
    "litellm_init.pth": (
        "the credential thief of the malicious litellm 1.82.8 (2026-03-24)",
        "OSV MAL-2026-2144, PYSEC-2026-2",
    ),
}

#: what start-up code rarely needs and hidden code nearly always does
SUSPICIOUS = (
    "base64", "binascii", "compile(", "ctypes", "eval(", "exec(", "fromhex", "http.client", "marshal", "os.system",
    "popen", "requests.", "socket", "subprocess", "urllib", "urlopen", "zlib",
)  # fmt: skip


def suspicious_words(code: str) -> tuple[str, ...]:
    """The suspicious words that a piece of code holds."""
    lower = code.lower()
    return tuple(word for word in SUSPICIOUS if word in lower)


def known_owner(name: str, code: Iterable[str], suspicious: Iterable[str]) -> str:
    """Who brings a start-up file of this name and code; empty where nobody known does."""
    lines, odd = tuple(code), set(suspicious)
    for known in KNOWN_GOOD:
        if fnmatchcase(name, known.pattern) and odd.issubset(known.usual):
            fits = [known.fragment in line for line in lines]
            if any(fits) if name.endswith(".py") else all(fits):
                return known.owner
    return ""
