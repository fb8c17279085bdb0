"""pip or uv may take a package from another index than the one that is meant.

## Why it matters
pip treats `index-url` and `extra-index-url` as one pool and takes the highest version of a name from anywhere. Whoever
registers the name of your company's private package on PyPI with a higher version gets it installed and run on your
machine: dependency confusion, which has hit large companies and PyTorch's nightly builds. `trusted-host` and plain http
let anybody on the way do the same.

## How it is found
The configuration in force for pip (files, `PIP_*` variables) and for uv: a private index beside one where anybody can
register names, uv's only with an `index-strategy` that is unsafe; `trusted-host` and `allow-insecure-host`; indexes
over plain http. One private index alone, curated public ones (PyTorch's, NVIDIA's, piwheels) beside PyPI, folders, and
uv's own strategy, which never looks further once an index has the name, are sound.

## What the fix does
Shows how to pin packages to an index: with uv per package, with pip by one index that serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.facts import Facts, Setting, Settings
from doctor.facts.build import environment
from doctor.judgement.written import replaced
from doctor.knowledge.channels import is_plain_http
from doctor.knowledge.indexes import host, kind
from doctor.model import Check, Evidence, Example, Finding, Remedy, Safety, Severity, Tell

_PYPI = "https://pypi.org/simple"
_UNSAFE = ("unsafe-first-match", "unsafe-best-match")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each way in which a package can come from elsewhere."""
    pip, uv = facts.settings.pip, facts.settings.uv
    yield from _pip_confusion(pip)
    yield from _uv_confusion(uv)
    yield from _unchecked("pip", _in_force(pip, "trusted-host"))
    yield from _unchecked("uv", [item for item in uv if _option(item) == "allow-insecure-host"])
    trusted = {str(item.value).partition(":")[0] for item in _in_force(pip, "trusted-host")}
    indexes = [item for option in ("index-url", "extra-index-url", "find-links") for item in _in_force(pip, option)]
    for item in (*indexes, *_uv_indexes(uv)):
        address = str(item.value)
        if is_plain_http(address) and host(address) not in trusted:
            yield _plain(item)


def _option(item: Setting) -> str:
    return item.key.rpartition(".")[2]


def _in_force(pip: Iterable[Setting], option: str) -> list[Setting]:
    """Effective values of pip: a variable, else [install] of the strongest file, else [global] of the strongest."""
    found = [item for item in pip if _option(item) == option]
    sections = (
        [item for item in found if item.source.startswith("$")],
        [item for item in found if item.key.startswith("install.")],
        [item for item in found if item.key.startswith("global.")],
    )
    best = next((items for items in sections if items), [])
    return [item for item in best if item.source == best[0].source]


def _pip_confusion(pip: tuple[Setting, ...]) -> Iterator[Finding]:
    extra = _in_force(pip, "extra-index-url")
    if not extra or _is_on(_in_force(pip, "no-index")):
        return
    main = _in_force(pip, "index-url")
    found = _confused([*main, *extra], with_pypi=not main)
    if found:
        advice = Tell(
            "Let one index serve both, where your private index can pass PyPI on, and set it as index-url alone; "
            "or use uv, which never looks further once an index has the name."
        )
        yield _finding("pip", found, [*main, *extra], advice, with_pypi=not main)


def _uv_confusion(uv: tuple[Setting, ...]) -> Iterator[Finding]:
    strategy = next((item for item in uv if _option(item) == "index-strategy"), None)
    if strategy is None or strategy.value not in _UNSAFE:
        return
    indexes = _uv_indexes(uv)
    replaced = any(_option(item) in ("index-url", "default-index") or _is_default(item, uv) for item in indexes)
    found = _confused(indexes, with_pypi=not replaced)
    if found:
        advice = Tell(
            "Remove index-strategy, and pin each private package: [tool.uv.sources] NAME = { index = ... }, with "
            "explicit = true at that [[tool.uv.index]]."
        )
        yield _finding("uv", found, [strategy, *indexes], advice, with_pypi=not replaced)


def _uv_indexes(uv: tuple[Setting, ...]) -> list[Setting]:
    """Indexes that uv searches for any name; explicit ones serve only the packages pinned to them."""
    explicit = {item.key.rpartition(".")[0] for item in uv if _option(item) == "explicit" and item.value is True}
    found = []
    for item in uv:
        option = _option(item)
        table = item.key.rpartition(".")[0]
        is_table = option == "url" and table.rpartition(".")[0].endswith("index") and table not in explicit
        if is_table or option in ("index-url", "default-index", "extra-index-url", "index"):
            found.append(item)
    return found


def _is_default(item: Setting, uv: tuple[Setting, ...]) -> bool:
    table = item.key.rpartition(".")[0]
    return any(other.key == f"{table}.default" and other.value is True for other in uv)


def _is_on(items: list[Setting]) -> bool:
    return bool(items) and str(items[0].value).lower() in ("1", "true", "yes", "on")


def _address(item: Setting) -> str:
    """The address of an index; uv lets a variable name it: NAME=https://..."""
    text = str(item.value)
    name, _, rest = text.partition("=")
    return rest if "://" in rest and "://" not in name else text


def _confused(indexes: list[Setting], *, with_pypi: bool) -> list[Setting]:
    """The indexes whose names somebody else can register on another one that is searched too."""
    kinds = {item: kind(_address(item)) for item in indexes}
    is_open = with_pypi or "open" in kinds.values() or "test" in kinds.values()
    private = [item for item, what in kinds.items() if what == "private"]
    if private and is_open:
        return private
    tests = [item for item, what in kinds.items() if what == "test"]
    return tests if tests and (with_pypi or "open" in kinds.values()) else []


def _finding(tool: str, found: list[Setting], every: list[Setting], advice: Tell, *, with_pypi: bool) -> Finding:
    where = host(_address(found[0])) or "a private index"
    evidence = [Evidence(f"{item.key}: {item.value}", item.source, item.line) for item in every]
    if with_pypi:
        evidence.append(Evidence(f"nothing replaces {_PYPI}, so it is searched too"))
    title = "Make sure that each package can come from one index only"
    return Finding(
        Severity.WARNING,
        f"{tool}: {where}",
        f"{tool} takes the highest version from {where[:40]} or a public index, whoever put it there",
        tuple(evidence),
        (),
        (Remedy(title, Safety.MANUAL, (advice,), "a requirements file with hashes protects as well"),),
    )


def _unchecked(tool: str, items: list[Setting]) -> Iterator[Finding]:
    for item in items:
        name = str(item.value)
        if kind(f"https://{name}") == "local":
            continue
        told = Tell(f"Remove {name} from {_option(item)} in {item.source}; point cert to your company's certificate.")
        yield Finding(
            Severity.WARNING,
            f"{tool}: {name}",
            f"{tool} does not check that {name[:50]} is who it says it is",
            (Evidence(f"{item.key}: {name}", item.source, item.line),),
            (),
            (Remedy("Check certificates again", Safety.MANUAL, (told,)),),
        )


def _plain(item: Setting) -> Finding:
    address = str(item.value)
    secure = "https" + address[4:]
    title = f"Take packages over https: {secure}"
    remedy = Remedy(title, Safety.MANUAL, (Tell(f"Write {secure} where {item.source} sets {item.key}."),))
    edit = replaced(item, secure)
    if edit is not None:
        remedy = Remedy(title, Safety.CAREFUL, (edit,), "the server must answer at that address")
    return Finding(
        Severity.WARNING,
        address,
        "An index is reached over plain http, which anybody on the way may change",
        (Evidence(f"{item.key}: {address}", item.source, item.line),),
        (),
        (remedy,),
    )


def examples() -> Iterator[Example]:
    """Private beside public for both tools; unchecked hosts; plain http; sound combinations."""
    corp, torch = "https://pypi.corp.example/simple", "https://download.pytorch.org/whl/cu124"

    def pip(**options: str) -> Facts:
        items = [Setting(f"global.{name.replace('_', '-')}", value, "~/.config/pip/pip.conf", line,
                         written=f"{name.replace('_', '-')} = {value}")
                 for line, (name, value) in enumerate(options.items(), 2)]  # fmt: skip
        return environment(settings=Settings(pip=tuple(items)))

    def uv(**options: str | bool) -> Facts:
        items = [Setting(name.replace("__", ".").replace("_", "-"), value, "pyproject.toml", line)
                 for line, (name, value) in enumerate(options.items(), 2)]  # fmt: skip
        return environment(settings=Settings(uv=tuple(items)))

    sick = ("pip: pypi.corp.example",)
    yield Example("a private index beside PyPI", pip(extra_index_url=corp), sick, Severity.WARNING)
    yield Example("PyPI beside a private index", pip(index_url=corp, extra_index_url=_PYPI), sick)
    test = pip(extra_index_url="https://test.pypi.org/simple/")
    yield Example("TestPyPI beside PyPI", test, ("pip: test.pypi.org",))
    trusted = pip(index_url=corp, trusted_host="pypi.corp.example")
    yield Example("a trusted host", trusted, sick)
    plain = pip(index_url="http://pypi.corp.example/simple")
    yield Example("plain http", plain, ("http://pypi.corp.example/simple",))
    unsafe = uv(index__0__url=corp, index_strategy="unsafe-best-match")
    yield Example("uv with an unsafe strategy", unsafe, ("uv: pypi.corp.example",))
    insecure = uv(allow_insecure_host="pypi.corp.example")
    yield Example("uv without certificate checks", insecure, ("uv: pypi.corp.example",))

    yield Example("one private index", pip(index_url=corp))
    yield Example("PyTorch's index beside PyPI", pip(extra_index_url=torch))
    yield Example("two private indexes", pip(index_url=corp, extra_index_url="https://pypi.corp.example/team"))
    yield Example("a folder", pip(extra_index_url="file:///srv/wheels", find_links="/srv/wheels"))
    variable = Setting("global.extra-index-url", torch, "$PIP_EXTRA_INDEX_URL")
    lost = Setting("global.extra-index-url", corp, "/etc/pip.conf", 2)
    yield Example("a variable overrules the private one", environment(settings=Settings(pip=(variable, lost))))
    yield Example("uv stops at the first index that has it", uv(index__0__url=corp))
    pinned = uv(index__0__url=corp, index__0__explicit=True, index_strategy="unsafe-best-match")
    yield Example("uv's index is for pinned packages only", pinned)
    whole = uv(index__0__url=corp, index__0__default=True, index_strategy="unsafe-best-match")
    yield Example("uv's only index", whole)
    yield Example("this machine", pip(index_url="http://localhost:3141/root/pypi", trusted_host="localhost"))
    yield Example("nothing configured", environment())


CHECK = Check(
    "CHN009",
    "index-confusion",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("settings",),
)
