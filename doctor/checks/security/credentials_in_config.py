"""Passwords or tokens stand in plain text where others, backups and error reports can read them.

## Why it matters
A token in a channel or index URL is copied along: into lock files, `conda list --explicit`, error messages, CI logs
and shared home folders. pip writes the URL that a package came from into its direct_url.json, which then travels
with every copy of the environment. Whoever reads it can publish packages in your name or fetch private ones.

## How it is found
Configuration of conda, pip and uv, shell start files and the packages' direct_url.json are read for user names with
passwords in URLs, tokens in paths and variables that are named for secrets. What was found is removed when it is
read: no report, saved facts or fingerprint holds it. `git@` of an SSH address, variables in place of a value, and
variables of the running process, where secrets belong, are not meant.

## What the fix does
Nothing by itself: a secret that stood in plain text has to be replaced where it was issued, which only you can do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from doctor.facts import DirectUrl, Facts, Setting, Settings
from doctor.facts.build import distribution, environment
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_REVOKE = "Revoke it where it was issued and make a new one: what stood in plain text counts as known to others."
#: what doctor.reading.redact leaves where a secret stood
_REDACTED = "***"
_BY_KEY = re.compile(r"[a-z+]*ssh://")
_SHOWN = 10


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each file."""
    seen: dict[str, dict[int, str]] = defaultdict(dict)
    for path, line, what in facts.settings.secrets:
        if not path.startswith("$"):
            seen[path][line] = what
    for setting in (*facts.settings.condarc_all, *facts.settings.pip, *facts.settings.uv):
        if setting.secret and not setting.source.startswith("$"):
            seen[setting.source].setdefault(setting.line, f"a credential in {setting.key}")
    for path, lines in sorted(seen.items()):
        name = path.replace("\\", "/").rpartition("/")[2]
        yield Finding(
            Severity.WARNING,
            path,
            _cut(f"{name} holds {'a credential' if len(lines) == 1 else f'{len(lines)} credentials'} in plain text"),
            tuple(Evidence(_said(what), path, line) for line, what in sorted(lines.items())[:_SHOWN]),
            (),
            (
                Remedy(
                    "Replace it, and keep the new one elsewhere", Safety.MANUAL, (Tell(_REVOKE), Tell(_elsewhere(name)))
                ),
            ),
        )
    for dist in facts.distributions.installed:
        url = dist.direct_url.url if dist.direct_url else ""
        if _REDACTED in url and not _BY_KEY.match(url):
            path = f"{dist.site}/{dist.folder}/direct_url.json"
            yield Finding(
                Severity.WARNING,
                dist.key,
                _cut(f"A credential stayed in the metadata of {dist.name} when it was installed"),
                (Evidence("a credential in the URL it came from, removed from this report", path),),
                (dist.key,),
                (
                    Remedy(
                        "Replace it, and install without a credential in the URL",
                        Safety.MANUAL,
                        (
                            Tell(_REVOKE),
                            Tell(
                                f"Install {dist.name} again from its URL without user and password: git then asks its"
                                " credential helper or uses your SSH key, pip looks into ~/.netrc or the keyring."
                            ),
                        ),
                    ),
                ),
            )


def _said(what: str) -> str:
    return f"{what}, removed from this report"


def _elsewhere(name: str) -> str:
    lower = name.lower()
    if "condarc" in lower or lower.endswith((".yml", ".yaml")):
        return (
            "Let `anaconda login`, `pixi auth login` or ~/.netrc (chmod 600) hold it, and write the plain channel URL."
        )
    if lower.startswith("pip.") or lower in ("uv.toml", "pyproject.toml"):
        return "Let the keyring (`pip install keyring`) or ~/.netrc (chmod 600) hold it, and write the plain index URL."
    return "Keep it in a password manager or a file that only you can read, and load it when it is needed."


def _cut(summary: str) -> str:
    return summary if len(summary) <= 100 else f"{summary[:99]}…"


def examples() -> Iterator[Example]:
    """Tokens in condarc, pip.conf, a shell file and a package's origin; and what only looks like one."""
    channel = Setting("channels", "https://conda.example/t/***/lab", "~/.condarc", 2, secret=True)
    conda = Settings(condarc_all=(channel,), secrets=(("~/.condarc", 2, "a channel token"),))
    yield Example("a token in .condarc", environment(kind="conda", settings=conda), ("~/.condarc",), Severity.WARNING)
    index = Setting("global.index-url", "https://***@pypi.example/simple", "~/.config/pip/pip.conf", 2, secret=True)
    yield Example("a password in pip.conf", environment(settings=Settings(pip=(index,))), ("~/.config/pip/pip.conf",))
    shell = Settings(secrets=(("~/.bashrc", 7, "a value of HF_TOKEN"), ("~/.bashrc", 9, "a value of WANDB_API_KEY")))
    yield Example("two tokens in a shell file", environment(settings=shell), ("~/.bashrc",))
    token = distribution("lab", "1.0", direct_url=DirectUrl("https://***@git.example/lab.git", vcs="git", commit="1f"))
    yield Example("a token in direct_url.json", environment(distributions=(token,)), ("lab",))

    key = distribution("lab", "1.0", direct_url=DirectUrl("ssh://***@git.example/lab.git", vcs="git", commit="1f"))
    yield Example("an SSH address", environment(distributions=(key,)))
    variable = Setting("index-url", "https://***@pypi.example/simple", "$PIP_INDEX_URL", secret=True)
    yield Example("in a variable, where it belongs", environment(settings=Settings(pip=(variable,))))
    plain = Setting("channels", "conda-forge", "~/.condarc", 2)
    yield Example("nothing secret", environment(kind="conda", settings=Settings(condarc_all=(plain,))))


CHECK = Check(
    "SEC003",
    "credentials-in-config",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("settings", "distributions"),
)
