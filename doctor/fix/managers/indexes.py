"""Says where settings keep pip or uv from working as asked: other targets, and indexes that uv does not know of.

uv does not read pip.conf. Where that names a private index, uv would fetch a public namesake of a private package.
"""

from __future__ import annotations

from collections.abc import Sequence

from doctor.facts.settings import Setting, Settings

#: options of pip that say where packages come from, and how to get there
_SOURCES = {"index-url", "extra-index-url", "find-links", "no-index", "proxy", "trusted-host", "cert", "client-cert"}
#: and uv's own
_UV_SOURCES = {"index-url", "extra-index-url", "default-index", "find-links", "no-index", "index"}
#: options that send packages elsewhere or fit them to another Python; no variable takes a setting of a file away
_ELSEWHERE = {"target", "prefix", "root", "python", "platform", "python-version", "implementation", "abi"}
_ELSEWHERE |= {"python-platform", "requirement", "editable"}
_PUBLIC = ("https://pypi.org/simple", "https://pypi.org/simple/")
_SECTIONS = ("global", "install", "pip")


def unknown_to_uv(settings: Settings) -> str:
    """Which of pip's settings names an index or a way to it while uv's own name none; empty where none does."""
    if any(_names_source(setting) for setting in settings.uv):
        return ""
    shared = {"cert", "client-cert"} if settings.variable("SSL_CERT_FILE") else set()
    for setting in settings.pip:
        option = _option(setting, _SECTIONS[:2])
        if option in _SOURCES - shared and setting.value and setting.value not in _PUBLIC:
            return f"{setting.source} sets {option} for pip"
    return ""


def misdirected(settings: Sequence[Setting]) -> str:
    """Which setting would install into another place than the environment; empty where none does."""
    for setting in settings:
        if setting.source.startswith("$"):
            continue  # commands run without those variables
        option = _option(setting, _SECTIONS)
        if option in _ELSEWHERE and setting.value and "." not in option:
            return f"{setting.source} sets {option}"
    return ""


def _names_source(setting: Setting) -> bool:
    option = _option(setting, ("pip",))
    return option in _UV_SOURCES or (option.startswith("index.") and option.endswith(".url"))


def _option(setting: Setting, sections: Sequence[str]) -> str:
    """The option without the section it stands in; empty for a section that does not count."""
    section, found, option = setting.key.partition(".")
    if not found or section == "index":
        return setting.key
    return option if section in sections else ""
