"""Gathers what each place of a repository asks for, as expectations with their places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from doctor.facts import Asked, Facts, Lock, Specification
from doctor.facts.units import several
from doctor.judgement.expectations.expected import STRENGTHS, Expectation, Strength
from doctor.judgement.expectations.locked import is_named
from doctor.judgement.expectations.ranges import as_pep440
from doctor.judgement.expectations.roles import group_of, is_compiled, is_ours, of_role
from doctor.judgement.requirements import parse
from doctor.knowledge.channels import plain_channel

#: kernels that are told of as many notebooks
_KERNELS = 50
#: conda's packages by whose build a file chooses the BLAS, and words in builds
_BLAS_PACKAGES = frozenset({"libblas", "blas", "libcblas", "liblapack"})
_BLAS_FAMILIES = {"mkl": "mkl", "openblas": "openblas", "blis": "blis", "accelerate": "accelerate", "netlib": "netlib"}


def gather(facts: Facts) -> tuple[Expectation, ...]:
    """All expectations, the most binding first within each kind."""
    found = [*_policy(facts), *_pythons(facts), *_specifications(facts), *_locks(facts), *_others(facts)]
    unlike = dict.fromkeys(found)
    kinds: dict[str, int] = {}
    for item in unlike:
        kinds.setdefault(item.kind, len(kinds))
    return tuple(sorted(unlike, key=lambda item: (kinds[item.kind], -STRENGTHS[item.strength])))


def _policy(facts: Facts) -> Iterator[Expectation]:
    policy = facts.project.policy
    root = f"{facts.project.root.rstrip('/')}/"
    path, strength = policy.path.removeprefix(root) or "pyproject.toml", "policy"

    def wish(kind: str, name: str, text: str, value: str = "") -> Expectation:
        return Expectation(kind, name, text, value, path, 0, strength)  # type: ignore[arg-type]

    if policy.python:
        yield wish("python", "", f"Python {policy.python}", policy.python)
    for text in policy.packages:
        parsed = parse(text)
        if parsed:
            said = wish("package", parsed.key, text, parsed.specifier)
            yield said._replace(manager="pip", marker=parsed.marker)
    for platform in policy.platforms:
        yield wish("platform", platform, f"runs on {platform}")
    for channel in policy.channels:
        yield wish("channel", plain_channel(channel), f"the channel {channel} is allowed", "allowed")
    for channel in policy.forbidden_channels:
        yield wish("channel", plain_channel(channel), f"the channel {channel} is forbidden", "forbidden")
    for name, value in policy.variables.items():
        yield wish("variable", name, f"{name}={value}", value)
    if policy.gpu is not None:
        yield wish("gpu", "", "a GPU" if policy.gpu else "no GPU", "yes" if policy.gpu else "no")
    if policy.blas:
        yield wish("blas", policy.blas, f"numbers computed with {policy.blas}", policy.blas)
    if policy.kernel:
        yield wish("kernel", policy.kernel, f"notebooks use the kernel {policy.kernel}")
    if policy.environment:
        yield wish("environment", policy.environment, f"the environment is {policy.environment}")


def _pythons(facts: Facts) -> Iterator[Expectation]:
    """Where Python's version is asked for; not of scripts and containers, which have one of their own."""
    elsewhere = {spec.path for spec in of_role(facts, "apart", "alternative")}
    # conda's files say it among their packages
    elsewhere |= {spec.path for spec in facts.project.specifications if spec.kind == "environment.yml"}
    for wish in facts.project.pythons:
        if wish.path not in elsewhere and wish.specifier:
            yield Expectation("python", "", f"Python {wish.specifier}", wish.specifier, wish.path, wish.line)
    for spec in of_role(facts, "main"):
        if spec.requires_python:
            yield Expectation(
                "python", "", f"Python {spec.requires_python}", spec.requires_python, spec.path, spec.python_line
            )


def _specifications(facts: Facts) -> Iterator[Expectation]:
    every = facts.project.specifications
    for spec in of_role(facts, "main", "group"):
        if is_ours(spec):
            continue
        group = group_of(spec, every)
        strength: Strength = "lock" if is_compiled(spec) else "specification"
        for asked in spec.asked:
            yield from _asked(asked, spec, asked.group or group, strength)
        yield from _settings(spec)
    for spec in of_role(facts, "constraints"):
        for asked in spec.asked:
            if asked.specifier:
                text = f"{asked.name}{asked.specifier} where it is installed"
                yield Expectation(
                    "package",
                    asked.name,
                    text,
                    asked.specifier,
                    spec.path,
                    asked.line,
                    "specification",
                    "constraints",
                    "pip",
                    asked.marker,
                )


def _asked(asked: Asked, spec: Specification, group: str, strength: Strength) -> Iterator[Expectation]:
    by_conda = asked.manager == "conda"
    if by_conda and asked.name == "python":
        value = as_pep440(asked.specifier)
        if not group and asked.specifier:
            text = f"Python {value or asked.specifier}"
            yield Expectation(
                "python", "", text, value, spec.path, asked.line, strength, manager="conda", marker=asked.marker
            )
        return
    if by_conda and asked.name in _BLAS_PACKAGES and asked.build:
        family = next((family for word, family in _BLAS_FAMILIES.items() if word in asked.build.lower()), "")
        if family and not group:
            text = f"numbers computed with {family}"
            yield Expectation("blas", family, text, family, spec.path, asked.line, strength)
    if asked.name == "cpuonly" and by_conda and not group:
        yield Expectation("gpu", "", "builds without GPU: cpuonly", "no", spec.path, asked.line, strength)
    text = f"{asked.name} {asked.specifier}".strip() + (" from conda" if by_conda else "")
    yield Expectation(
        "package",
        asked.name,
        text if not asked.url else f"{asked.name} from an address or folder",
        asked.specifier,
        spec.path,
        asked.line,
        strength,
        group,
        "conda" if by_conda else "pip",
        asked.marker,
    )


def _settings(spec: Specification) -> Iterator[Expectation]:
    """What a specification asks for beside packages."""
    lines = spec.channel_lines or (0,) * len(spec.channels)
    for place, (channel, line) in enumerate(zip(spec.channels, lines, strict=False), 1):
        yield Expectation(
            "channel", plain_channel(channel), f"{channel}, in place {place}", str(place), spec.path, line
        )
    lines = spec.platform_lines or (0,) * len(spec.platforms)
    for platform, line in zip(spec.platforms, lines, strict=False):
        yield Expectation("platform", platform, f"runs on {platform}", "", spec.path, line)
    for variable in spec.variables:
        text = f"{variable.name}={variable.value}"
        yield Expectation("variable", variable.name, text, variable.value, spec.path, variable.line)
    if spec.kind == "environment.yml" and spec.name:
        yield Expectation("environment", spec.name, f"conda's environment is called {spec.name}", "", spec.path)


def _locks(facts: Facts) -> Iterator[Expectation]:
    for lock in facts.locks.files:
        written = f", written by {lock.written_by}" if lock.written_by else ""
        text = f"{several(len(lock.packages), 'package')} at exact versions{written}"
        yield Expectation("lock", PurePosixPath(lock.path).name, text, "", lock.path, 0, "lock")
        exact = lock.kind in ("conda-lock", "explicit", "pixi.lock")  # there Python is one of the packages
        if lock.requires_python and not exact and not is_named(lock) and not _repeats(lock, facts):
            yield Expectation(
                "python", "", f"Python {lock.requires_python}", lock.requires_python, lock.path, 0, "lock"
            )
        for platform in lock.platforms:
            yield Expectation("platform", platform, f"locked for {platform}", "", lock.path, 0, "lock")


def _repeats(lock: Lock, facts: Facts) -> bool:
    """Whether a lock only repeats what its specification says of Python."""
    said = {wish.specifier.replace(" ", "") for wish in facts.project.pythons}
    said |= {spec.requires_python.replace(" ", "") for spec in facts.project.specifications}
    return lock.requires_python.replace(" ", "") in said


def _others(facts: Facts) -> Iterator[Expectation]:
    project = facts.project
    for wish in project.gpu_wishes:
        yield Expectation("gpu", "", wish.text, "yes" if wish.wanted else "no", wish.path, wish.line)
    for host in project.host:
        amount = f"{host.amount:.12g}" if host.amount else ""
        yield Expectation("host", host.what, f"{host.what}: {host.text}", amount, host.path, host.line, "hint")
    for editor in project.editors:
        text = f"the editor starts {editor.text}"
        yield Expectation("environment", editor.text, text, "editor", editor.path, editor.line, "hint")
    seen: set[str] = set()
    for kernel in project.kernels:
        if kernel.name and kernel.name not in seen and len(seen) < _KERNELS:
            seen.add(kernel.name)
            yield Expectation(
                "kernel", kernel.name, f"notebooks use the kernel {kernel.name}", "", kernel.path, 0, "hint"
            )
