"""How to make two sides compute alike: exact pins, variables, and code that does not depend on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from doctor.compare.comparison import Alignment, Difference, ItemDifference, Side
from doctor.model import Install, SetVariable, Tell

if TYPE_CHECKING:
    from doctor.model import Step

Moves = Literal["here", "there"]

#: what may enter a command: the names and versions of a colleague's file are not to be trusted
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,60}")
_BUILD = re.compile(r"[A-Za-z0-9_.]{1,80}")
_CHANNEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,80}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{1,60}")
_VALUE = re.compile(r"[A-Za-z0-9_,.:;=+{}() -]{1,200}")
#: pins of one command; more are told as a file to create from
_PINS = 40

#: level of x86-64 -> the kernels of OpenBLAS and of MKL that every such processor can run
_OPENBLAS_CORES = {2: "Nehalem", 3: "Haswell", 4: "SkylakeX"}
_MKL_BRANCHES = {2: "SSE4_2", 3: "AVX2", 4: "AVX512"}
_THREADS = "OMP_NUM_THREADS"

#: part of a series' name -> the line that makes its order one and the same everywhere
_STABLE = (
    (("argsort",), 'np.argsort(values, kind="stable")'),
    (("torch.sort", "torch.argsort"), "torch.sort(values, stable=True)"),
    (("pandas.sort", "pandas.nlargest", "sort_values"), 'table.sort_values(columns, kind="stable")'),
    (("groupby",), "table.groupby(key, sort=True)  # and sort by a column without ties afterwards"),
    (("drop_duplicates",), 'table.sort_values(columns, kind="stable").drop_duplicates()'),
    (("sort",), 'np.sort(values, kind="stable")'),
)


def align(difference: Difference, sides: Sequence[Side]) -> tuple[Alignment, ...]:
    """Steps that make the sides alike, those that explain numbers first."""
    moves = who_moves(sides)
    found = [
        *_by_causes(difference),
        *_python(difference, sides, moves),
        *_packages(difference, sides, moves),
        *_switches(difference),
        *_blas(difference, sides, moves),
        *_variables(difference, moves),
        *_processor(difference, sides),
        *_threads(difference, sides),
        *_code(difference),
    ]
    return tuple(found)


def who_moves(sides: Sequence[Side]) -> Moves:
    """The side that is made like the other: the one on this machine where only one is, else the second."""
    return "here" if sides[0].facts is not None and sides[1].facts is None else "there"


def _by_causes(difference: Difference) -> Iterator[Alignment]:
    """The variables that were measured, or are supposed, to give the other side's numbers."""
    for cause in difference.causes:
        steps = _settable(cause.variables.items())
        if steps:
            side: Moves = "there" if cause.aligns else "here"
            sure = "was measured to give" if cause.certainty == "measured" else "should give"
            names = ", ".join(f"{step.name}={step.value}" if step.value else f"unset {step.name}" for step in steps)
            if all(not step.value for step in steps):
                sure = "should give"  # nobody computed without it there
            yield Alignment(f"{names}: {sure} the other side's numbers", side, cause.series, steps)


def _settable(pairs: Iterable[tuple[str, str]]) -> tuple[SetVariable, ...]:
    return tuple(
        SetVariable(name, value)
        for name, value in pairs
        if _VARIABLE.fullmatch(name) and (not value or _VALUE.fullmatch(value))
    )


def _python(difference: Difference, sides: Sequence[Side], moves: Moves) -> Iterator[Alignment]:
    for item in difference.items:
        if item.layer == "interpreter" and item.field == "version" and item.changes_results != "no":
            want = _wanted(item, moves)
            if not _VERSION.fullmatch(want):
                continue
            of_conda = _is_conda(sides[_index(moves)])
            steps: tuple[Step, ...]
            if of_conda:
                steps = (Install("conda", (f"python={want}",)),)
                text = f"Python {want}"
            else:
                command = ("uv", "venv", "--python", want)
                steps = (Tell("A virtual environment keeps the Python that it was made with", command),)
                text = f"Make the environment anew with Python {want}, then install the packages into it"
            yield Alignment(text, moves, (item.name,), steps)


def _packages(difference: Difference, sides: Sequence[Side], moves: Moves) -> Iterator[Alignment]:
    """Exact pins of what computes and differs, by the manager that has it where it is to change."""
    mover, model = sides[_index(moves)], sides[1 - _index(moves)]
    conda, pip, names, names_pip = [], [], [], []
    same_platform = _platform(mover) == _platform(model)
    for item in difference.items:
        if item.layer not in ("conda", "distributions") or item.changes_results == "no":
            continue
        if item.kind not in ("version", "build"):
            continue
        fields = model.fingerprint.layers[item.layer].items.get(item.name, {})
        version, build = fields.get("version", ""), fields.get("build", "")
        if not (_NAME.fullmatch(item.name) and _VERSION.fullmatch(version)):
            continue
        if item.layer == "conda":
            channel = fields.get("channel", "")
            exact = f"={build}" if same_platform and _BUILD.fullmatch(build) else ""
            where = f"{channel}::" if _CHANNEL.fullmatch(channel) and not channel.startswith("pkgs/") else ""
            conda.append(f"{where}{item.name}={version}{exact}")
            names.append(item.name)
        elif fields.get("source", "index") in ("index", "conda", "") and item.name not in names_pip:
            pip.append(f"{item.name}=={version}")
            names_pip.append(item.name)
    for manager, specs, settled in (("conda", conda, names), ("pip", pip, names_pip)):
        if specs:
            what = "version" if len(specs) == 1 else f"{len(specs)} versions"
            title = f"Install the other side's {what} of what computes"
            few = tuple(specs[:_PINS])
            yield Alignment(title, moves, tuple(settled), (Install(manager, few),))  # type: ignore[arg-type]


def _switches(difference: Difference) -> Iterator[Alignment]:
    """Packages that make others compute otherwise, and are on one side alone."""
    found = [
        item
        for item in difference.items
        if item.kind in ("only-here", "only-there") and item.changes_results != "no" and item.layer != "native"
    ]
    if found:
        names = tuple(dict.fromkeys(item.name for item in found))
        title = f"Have {', '.join(names[:6])} on both sides or on neither: others compute with it where it is there"
        yield Alignment(title, "both", names)


def _platform(side: Side) -> tuple[str, str]:
    part = side.fingerprint.layers.get("interpreter")
    python = part.items.get("python", {}) if part else {}
    return python.get("system", ""), python.get("architecture", "")


def _is_conda(side: Side) -> bool:
    part = side.fingerprint.layers.get("conda")
    return side.fingerprint.kind == "conda" or bool(part and part.items)


_CONDA_BLAS = {"OpenBLAS": "openblas", "Intel MKL": "mkl", "BLIS": "blis", "Netlib's reference": "netlib"}


def _blas(difference: Difference, sides: Sequence[Side], moves: Moves) -> Iterator[Alignment]:
    """The other side's maker of BLAS; conda lets one choose, and a wheel brings its own."""
    mover, model = sides[_index(moves)], sides[1 - _index(moves)]
    items = [
        item
        for item in difference.items
        if item.layer == "native" and item.name.startswith(("BLAS", "LAPACK")) and item.field == "vendor"
    ]
    if not items:
        return
    names = tuple(item.name for item in items)
    wanted = model.fingerprint.layers["native"].items.get(items[0].name, {}).get("vendor", "")
    word = _CONDA_BLAS.get(wanted, "")
    if _is_conda(mover) and word:
        yield Alignment(f"Let conda take {wanted} for BLAS", moves, names, (Install("conda", (f"libblas=*=*{word}",)),))
        return
    if not _is_conda(mover) and _is_conda(model):
        text = "Take numpy and scipy from the same place on both sides: a wheel brings its own BLAS, conda shares one"
        yield Alignment(text, "both", names)
        return
    text = f"Give both sides the same BLAS ({wanted}): numpy and scipy from the same place, of the same version"
    yield Alignment(text, "both", names)


def _variables(difference: Difference, moves: Moves) -> Iterator[Alignment]:
    told = {name for cause in difference.causes for name in cause.variables}
    changed: list[SetVariable] = []
    for item in difference.items:
        if item.layer != "settings" or item.changes_results == "no" or item.name in told:
            continue
        want = _wanted(item, moves)
        if not want and _VARIABLE.fullmatch(item.name):
            changed.append(SetVariable(item.name, ""))
        elif "PATH" not in item.name and "PATH" not in want:
            changed += _settable([(item.name, "" if want == "empty" else want)])
    if changed:
        title = f"Set {'a variable' if len(changed) == 1 else f'{len(changed)} variables'} as on the other side"
        yield Alignment(title, moves, tuple(step.name for step in changed), tuple(changed))


def _processor(difference: Difference, sides: Sequence[Side]) -> Iterator[Alignment]:
    """Let the newer processor run what the older one can, where no experiment has told better."""
    if any(cause.variables and cause.kind in ("blas-kernels", "simd") for cause in difference.causes):
        return
    item = next((i for i in difference.items if i.layer == "machine" and i.field == "level"), None)
    levels = [int(value[-1]) if value[-1:].isdecimal() else 0 for value in (item.here, item.there)] if item else []
    if item is None or not all(level in (1, 2, 3, 4) for level in levels):
        return
    lower, newer = min(levels), levels.index(max(levels))
    vendors = {
        fields.get("vendor", "") for side in sides for name, fields in _items(side, "native") if name.startswith("BLAS")
    }
    steps = []
    if "OpenBLAS" in vendors and lower in _OPENBLAS_CORES:
        steps.append(SetVariable("OPENBLAS_CORETYPE", _OPENBLAS_CORES[lower]))
    if "Intel MKL" in vendors and lower in _MKL_BRANCHES:
        steps.append(SetVariable("MKL_CBWR", _MKL_BRANCHES[lower]))
    if steps:
        text = f"Let the newer processor compute as an {'x86-64-v' + str(lower)} does, at the price of speed"
        yield Alignment(text, "there" if newer else "here", ("processor",), tuple(steps))


def _threads(difference: Difference, sides: Sequence[Side]) -> Iterator[Alignment]:
    """One number of threads for both where only the cores decide it."""
    told = {name for cause in difference.causes for name in cause.variables}
    item = next((i for i in difference.items if i.layer == "machine" and i.name == "cores"), None)
    if item is None or _THREADS in told:
        return
    if any(name == _THREADS for side in sides for name, _ in _items(side, "settings")):
        return
    cores = [int(value) for value in (item.here, item.there) if value.isdecimal() and len(value) < 6]
    if len(cores) == 2 and any(name.startswith("BLAS") for side in sides for name, _ in _items(side, "native")):
        few = SetVariable(_THREADS, str(min(cores)))
        yield Alignment("Give both the same number of threads; 1 repeats best", "both", ("cores",), (few,))


def _items(side: Side, layer: str) -> Iterator[tuple[str, dict[str, str]]]:
    part = side.fingerprint.layers.get(layer)
    for name, fields in part.items.items() if part else ():
        yield name, dict(fields)


def _code(difference: Difference) -> Iterator[Alignment]:
    """What makes the project's own code give one answer whatever the environment."""
    ordered = [number for number in difference.numbers if number.verdict == "order differs"]
    if ordered:
        lines = dict.fromkeys(_stable_line(number.series) for number in ordered)
        names = tuple(dict.fromkeys(number.series for number in ordered))
        text = "Sort stably: ties keep the order that they came in, with any version and any processor"
        yield Alignment(text, "both", names, code_lines=tuple(lines), code=True)
    steps = tuple(dict.fromkeys(n.series for n in difference.numbers if n.verdict == "iterations"))
    if steps:
        text = (
            "Do not count on a number of iterations: stop by a tolerance well above rounding (1e-6 of the value in "
            "float64, 1e-3 in float32), and compare results instead of steps"
        )
        yield Alignment(text, "both", steps, code=True)
    rounded = tuple(dict.fromkeys(n.series for n in difference.numbers if n.verdict == "rounding"))
    if rounded:
        lines_of = ("np.testing.assert_allclose(actual, expected, rtol=1e-7)",)
        text = "Compare floats with a tolerance; equal to the last bit they are only in equal environments"
        yield Alignment(text, "both", rounded, code_lines=lines_of, code=True)


def _stable_line(series: str) -> str:
    return next((line for words, line in _STABLE if any(word in series for word in words)), _STABLE[-1][1])


def _wanted(item: ItemDifference, moves: Moves) -> str:
    """The value that the side which moves is to have."""
    return item.there if moves == "here" else item.here


def _index(moves: Moves) -> int:
    return 0 if moves == "here" else 1
