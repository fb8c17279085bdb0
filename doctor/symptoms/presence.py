"""What the facts say of the module, file or package that a message names: there, elsewhere, or called otherwise.

Pure: asks facts alone. What checks find as well is theirs to tell; this is for what only the message brings up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from doctor.facts import Distribution, Facts
from doctor.knowledge.conda_names import pypi_key
from doctor.knowledge.foundations import FOUNDATION_MODULES
from doctor.knowledge.import_names import DISTRIBUTION_OF, MEANT
from doctor.knowledge.stdlib import module_names
from doctor.model import Evidence, Install, Remedy, Safety, Tell, Uninstall
from doctor.reading.redact import show
from doctor.symptoms.answer import Cause, Recognised

#: rows that say that a module was not found
ABSENT = ("module-not-found", "optional-dependency", "widgets-missing", "no-pip", "pkg-resources", "distutils",
          "numpy-pickle", "metadata-missing")  # fmt: skip
_IMPORTED_FROM = ("cannot-import-name", "circular-import")
#: every family of checks
_ANY = ("MIX", "CHN", "GPU", "NAT", "NUM", "DEP", "PYT", "NBK", "REP", "SEC")
_NAME = re.compile(r"[A-Za-z_]\w{0,79}(?:\.[A-Za-z_]\w{0,79}){0,12}")
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,78}[A-Za-z0-9])?", re.ASCII)


def look(facts: Facts, recognised: Iterable[Recognised]) -> Iterator[Cause]:
    """What holds here of what the messages name."""
    told: set[str] = set()
    for item in recognised:
        for kind, question in _QUESTIONS:
            if item.message.id in kind:
                for cause in question(facts, item):
                    if cause.summary not in told:
                        told.add(cause.summary)
                        yield cause


def providers(facts: Facts, top: str) -> tuple[Distribution, ...]:
    """The distributions on the import path that bring a module."""
    active = {folder.path for folder in facts.identity.site_folders if folder.active}
    return tuple(
        dist for dist in facts.distributions.installed if top in dist.top_level and (dist.site in active or not active)
    )


def missing_modules(facts: Facts, recognised: Iterable[Recognised]) -> tuple[str, ...]:
    """Top-level modules that the messages miss and that nothing here brings."""
    tops = [
        item.named["module"].partition(".")[0]
        for item in recognised
        if item.message.id in ABSENT and _NAME.fullmatch(item.named.get("module", ""))
    ]
    return tuple(dict.fromkeys(top for top in tops if not providers(facts, top) and not _on_disk(facts, top)))


def _absent(facts: Facts, item: Recognised) -> Iterator[Cause]:
    named = item.named.get("module") or item.named.get("package", "")
    top, _, rest = named.partition(".")
    there = providers(facts, top)
    by_name = next(
        (d for d in facts.distributions.installed if d.key == pypi_key(named) and top not in d.top_level), None
    )
    if by_name is not None and by_name.top_level and not there:
        imports = ", ".join(by_name.top_level[:3])
        yield Cause(
            f"{by_name.name} is installed and is imported as {imports}, not as {top}",
            "the message names the distribution, not its module",
            (Evidence(f"{by_name.name} {by_name.version}", f"{by_name.site}/{by_name.folder}"),),
            (Remedy(f"Write import {by_name.top_level[0]}", Safety.MANUAL, (Tell(f"Write import {imports}"),)),),
        )
    elif there and rest:
        yield from _without_part(facts, there[0], top, rest)
    elif there:
        dist = there[0]
        own = facts.identity.interpreter.path if facts.identity.interpreter else "bin/python"
        text = f"Run your code with {facts.identity.prefix}/{own}, or choose this environment's kernel"
        yield Cause(
            f"{top} is installed here, so the message comes from another Python than this one",
            "a Python that runs in this environment finds the module",
            (Evidence(f"{dist.name} {dist.version} brings {top}", f"{dist.site}/{dist.folder}"),),
            (Remedy("Run the code in this environment", Safety.MANUAL, (Tell(text),)),),
            unless=_ANY,
            outside=True,
        )
    elif (
        not _on_disk(facts, top)
        and top
        and top not in module_names(facts.identity.python_minor)
        and _NAME.fullmatch(named.replace("-", "_"))
    ):
        yield from _not_installed(facts, item, top)


def _without_part(facts: Facts, dist: Distribution, top: str, rest: str) -> Iterator[Cause]:
    part = rest.partition(".")[0]
    folder = f"{dist.site}/{top}"
    names = facts.files.folders.get(folder)
    if not names or not facts.files.complete or f"{folder}/{part}" in facts.files.folders:
        return
    if any(name.partition(".")[0] == part for name in names):
        return
    yield Cause(
        f"{dist.name} {dist.version} is installed here and has no {top}.{part}",
        "what imports it expects another version of it, or its files are not whole",
        (Evidence(f"{len(names)} files in it, none called {part}", folder),),
        (
            Remedy(
                f"Install the version of {dist.name} that the caller expects",
                Safety.MANUAL,
                (Tell(f"Look in the caller's documentation for the {dist.name} it needs; the last frame names it"),),
            ),
        ),
        unless=_ANY,
    )


def _not_installed(facts: Facts, item: Recognised, top: str) -> Iterator[Cause]:
    own = next((m for m in facts.project.modules if m.removesuffix(".py") in (f"src/{top}", f"src/{top}.py")), "")
    if own:
        yield Cause(
            f"{top} is this project's own, under src, and the project is not installed here",
            "nothing on this environment's import path leads to it",
            (Evidence("the module", own),),
            (
                Remedy(
                    "Install the project as editable",
                    Safety.MANUAL,
                    (Tell("In the project's folder: pip install -e ."),),
                ),
            ),
        )
        return
    known = DISTRIBUTION_OF.get(top) or (top if top in FOUNDATION_MODULES or item.message.id == "no-pip" else "")
    evidence = (Evidence(f"no distribution and no file on this environment's import path brings {top}"),)
    why = "that is what the message says, and the files agree"
    if known:
        remedy = Remedy(f"Install {known}", Safety.CAREFUL, (_install(facts, known),))
    else:
        text = f"Find out which distribution brings {top}, often one of that name, and look at it before you install it"
        remedy = Remedy(f"Install what brings {top}", Safety.MANUAL, (Tell(text),))
    absent = (top, known.partition("[")[0]) if known else (top,)
    yield Cause(f"nothing that is installed here brings the module {top}", why, evidence, (remedy,), absent=absent)


def _elsewhere(facts: Facts, item: Recognised) -> Iterator[Cause]:
    """A module that was found at a path which is not where the installed one lies."""
    path, top = show(item.named.get("path", "")), item.named.get("module", "").partition(".")[0]
    if not path or re.search(r"(?:site|dist)-packages[/\\]|^<|unknown location", path):
        return
    there = providers(facts, top)
    is_ours = path.startswith((f"{facts.identity.prefix}/", f"{facts.identity.stdlib}/"))
    if (
        is_ours
        or not (there or top in module_names(facts.identity.python_minor))
        or re.search(r"[/\\]lib[/\\]python\d", path)
    ):
        return
    real = f"{there[0].name} {there[0].version}" if there else "the standard library's"
    yield Cause(
        f"import {top} finds a file of that name and not {real}"[:100],
        "the path in the message is not where the installed one lies",
        (Evidence("was imported", path),),
        (Remedy(f"Rename {path}", Safety.MANUAL, (Tell(f"Rename {path} and delete the __pycache__ beside it"),)),),
        unless=("PYT007",),
    )


def _headless(facts: Facts, item: Recognised) -> Iterator[Cause]:
    """OpenCV with windows, where the library of windows is missing."""
    twins = {"opencv-python": "opencv-python-headless", "opencv-contrib-python": "opencv-contrib-python-headless"}
    for dist in facts.distributions.installed:
        instead = twins.get(dist.key)
        if instead and item.named.get("library", "").startswith(
            ("libGL.", "libgthread", "libSM", "libXext", "libXrender")
        ):
            steps = (Uninstall("pip", (dist.key,)), Install("pip", (f"{instead}=={dist.version}",), dependencies=False))
            yield Cause(
                f"{dist.name} {dist.version} is the OpenCV with windows, which needs that library of the system",
                f"{item.named['library']} belongs to the system and comes in no wheel",
                (Evidence(f"{dist.name} {dist.version}", f"{dist.site}/{dist.folder}"),),
                (Remedy(f"{instead} of the same version in its place", Safety.CAREFUL, steps, "cv2.imshow is gone"),),
                unless=("NAT001",),
            )


def _managed(facts: Facts, _item: Recognised) -> Iterator[Cause]:
    if facts.identity.externally_managed:
        text = "python3 -m venv .venv, then .venv/bin/python -m pip install ...; pipx for programs"
        yield Cause(
            "this Python belongs to the operating system, which keeps pip out",
            "the mark that pip speaks of is there",
            (Evidence("the mark", facts.identity.externally_managed),),
            (Remedy("Make an environment of your own", Safety.MANUAL, (Tell(text),)),),
        )


def _meant(facts: Facts, item: Recognised) -> Iterator[Cause]:
    """A name that nobody publishes what is wanted under."""
    package = item.named.get("package", "").strip(".-")
    meant = MEANT.get(package.lower())
    if meant and _DISTRIBUTION.fullmatch(package):
        simple = " " not in meant
        steps = (_install(facts, meant),) if simple else (Tell(f"Install {meant}"),)
        yield Cause(
            f"what you want is not called {package} on the package index: it is {meant}"[:100],
            "the index has nothing of use under that name",
            (),
            (Remedy(f"Install {meant}"[:100], Safety.CAREFUL if simple else Safety.MANUAL, steps),),
        )


def _install(facts: Facts, requirement: str) -> Install:
    if facts.identity.kind != "conda":
        return Install("pip", (requirement,))
    return Install("conda", (_conda_name(requirement),))


def _conda_name(requirement: str) -> str:
    """conda-forge's name for a requirement."""
    special = {"opencv-python-headless": "py-opencv", "torch": "pytorch", "tensorflow[and-cuda]": "tensorflow",
               "psycopg2-binary": "psycopg2"}  # fmt: skip
    return special.get(requirement, requirement.partition("[")[0].lower())


def _on_disk(facts: Facts, top: str) -> bool:
    """Whether a file or folder of that name lies in a folder on the import path."""
    for site in facts.identity.site_folders:
        names = facts.files.folders.get(site.path, frozenset())
        if site.active and (
            f"{site.path}/{top}" in facts.files.folders
            or top in site.names
            or any(name.partition(".")[0] == top and name.endswith((".py", ".so", ".pyd")) for name in names)
        ):
            return True
    return False


_QUESTIONS: tuple[tuple[tuple[str, ...], Callable[[Facts, Recognised], Iterator[Cause]]], ...] = (
    (ABSENT, _absent),
    (_IMPORTED_FROM, _elsewhere),
    (("missing-libgl", "missing-library"), _headless),
    (("externally-managed",), _managed),
    (("no-such-release", "built-from-source"), _meant),
)
