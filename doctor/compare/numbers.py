"""How far the numbers of two environments agree: bits, rounding, order, steps to converge; pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from doctor.facts.numbers import Compared, Numbers, Run, Series

Verdict = Literal["identical", "rounding", "beyond rounding", "order differs", "iterations", "not comparable"]


#: the runs that are set side by side; all others are experiments
RUNS = ("one-thread", "as-configured")
#: ULPs up to which well-conditioned problems may differ by the order of their operations; TF32 and half precision,
#: which keep eleven bits where float32 keeps 24, are beyond
ROUNDING = 512

_SIZES = {"float32": 4, "float64": 8, "int64": 8}
#: characters of one series
_MOST = 4 * 1024 * 1024
_LARGEST_SCALE = 1e30
#: package -> those without which it is not computed, itself among them
_NEEDED: Mapping[str, tuple[str, ...]] = {"scipy": ("numpy", "scipy"), "pandas": ("numpy", "pandas")}


class NumberDifference(NamedTuple):
    """One computation of one run, set side by side; identical ones are told as well."""

    series: str  #: numpy.matmul.float32
    run: str  #: one-thread, as-configured
    verdict: Verdict
    ulps: int = 0  #: of rounding and beyond: the largest, at the series' scale; 0 where that is no number (NaN)
    total: int = 0  #: how many values there are
    differing: int = 0  #: how many of them differ
    position: int = -1  #: where they are furthest apart; of an order the first that differs
    first: str = ""  #: the value there at the first side: 45; 0.30000001192092896
    second: str = ""
    why: str = ""  #: why it is not comparable

    @property
    def said(self) -> str:
        """The verdict in words: identical; rounding (at most 3 ULP); iterations 45 and 52."""
        match self.verdict:
            case "rounding":
                return f"rounding (at most {self.ulps} ULP)"
            case "beyond rounding":
                return f"beyond rounding ({self.ulps} ULP)" if self.ulps else "beyond rounding"
            case "order differs":
                return f"order differs (from position {self.position + 1} on, {self.differing} of {self.total})"
            case "iterations":
                return f"iterations {self.first} and {self.second}"
            case "not comparable":
                return f"not comparable ({self.why})"
        return self.verdict


def compare_numbers(first: Numbers, second: Numbers) -> tuple[NumberDifference, ...]:
    """Every computation of the runs one-thread and as-configured, in the order of the first; equal ones too."""
    if not (first.runs and second.runs):
        return ()
    found = []
    for label in RUNS:
        ours, theirs = values_of(first, label), values_of(second, label)
        for name in dict.fromkeys((*ours, *theirs)):
            one, other = ours.get(name), theirs.get(name)
            if first.probe != second.probe:
                found.append(_not_comparable(name, label, "computed by another version of envdoctor"))
            elif one is None:
                found.append(_not_comparable(name, label, f"{_absence(first, name)} here"))
            elif other is None:
                found.append(_not_comparable(name, label, f"{_absence(second, name)} there"))
            else:
                found.append(_compared(one, other, label))
    return tuple(found)


def values_of(numbers: Numbers, run: str) -> Mapping[str, Series]:
    """The series of a run by name, with those that it holds only as the digest of another run's."""
    found: dict[str, Series] = {}
    elsewhere: dict[str, Series] = {}
    for one in numbers.runs:
        if one.label in RUNS:
            elsewhere = {series.name: series for series in one.series} | elsewhere
        if one.label == run:
            found |= {series.name: series for series in one.series}
            for name, digest in one.digests.items():
                if name not in found and name in elsewhere and digest_of(elsewhere[name]) == digest:
                    found[name] = elsewhere[name]
    return {name: found[name] for name in elsewhere if name in found}


def digests_of(run: Run) -> Mapping[str, str]:
    """The digest of every series of a run, whether it holds values or not."""
    return {**run.digests, **{series.name: digest_of(series) for series in run.series}}


def digest_of(series: Series) -> str:
    """The sha256 of its values; empty where they are not readable."""
    import hashlib

    data = values(series)
    return hashlib.sha256(data).hexdigest() if data else ""


def values(series: Series) -> bytes:
    """The values as little-endian bytes; none where they are not readable."""
    import base64

    size = _SIZES.get(series.dtype, 0)
    if not size or len(series.data) > _MOST:
        return b""
    try:
        data = base64.b64decode(series.data, validate=True)
    except ValueError:
        return b""
    return data if len(data) % size == 0 else b""


def whole_numbers(name: str, compared: Compared, *found: int) -> Series:
    """A series of orders or numbers of steps."""
    import base64
    import struct

    return Series(name, compared, "int64", base64.b64encode(struct.pack(f"<{len(found)}q", *found)).decode("ascii"))


def _absence(numbers: Numbers, name: str) -> str:
    package = name.partition(".")[0]
    for run in numbers.runs:
        if run.label in RUNS and run.problem:
            if ":" not in run.problem:
                return run.problem
            for problem in run.problem.split("; "):
                if problem.partition(":")[0] in ("Python", *_NEEDED.get(package, (package.partition("-")[0],))):
                    return f"it stopped at {problem}"
    known = {library.of for library in numbers.libraries} | {"math"}
    if package in known:
        return "not computed"
    return "no GPU" if package.startswith("torch-gpu") else f"no {package}"


def _not_comparable(name: str, run: str, why: str) -> NumberDifference:
    return NumberDifference(name, run, "not comparable", why=why)


def _compared(one: Series, other: Series, run: str) -> NumberDifference:
    if (one.dtype, one.compared) != (other.dtype, other.compared):
        return _not_comparable(one.name, run, f"{one.dtype} and {other.dtype}")
    ours, theirs = values(one), values(other)
    if not ours or not theirs:
        return _not_comparable(one.name, run, "values that cannot be read")
    size = _SIZES[one.dtype]
    total = len(ours) // size
    if len(ours) != len(theirs):
        return _not_comparable(one.name, run, f"{total} and {len(theirs) // size} values")
    if ours == theirs:
        return NumberDifference(one.name, run, "identical", total=total)
    if one.dtype == "int64":
        return _whole(one, run, _integers(ours), _integers(theirs))
    from doctor.compare.ulps import distance

    scale = max((scale for scale in (one.scale, other.scale) if 0 <= scale < _LARGEST_SCALE), default=0.0)
    far = distance(ours, theirs, one.dtype, scale)
    verdict: Verdict = "identical"
    if far.differing:
        verdict = "rounding" if far.bounded and far.ulps <= ROUNDING else "beyond rounding"
    return NumberDifference(one.name, run, verdict, far.ulps, total, far.differing, far.furthest, far.first, far.second)


def _integers(data: bytes) -> tuple[int, ...]:
    import struct

    return struct.unpack(f"<{len(data) // 8}q", data)


def _whole(one: Series, run: str, ours: tuple[int, ...], theirs: tuple[int, ...]) -> NumberDifference:
    """Orders by their first place that differs, numbers of steps by where they are furthest apart."""
    places = [place for place, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1]]
    steps = one.compared == "iterations"
    shown = max(places, key=lambda place: abs(ours[place] - theirs[place])) if steps else places[0]
    verdict: Verdict = "iterations" if steps else "order differs" if one.compared == "order" else "beyond rounding"
    return NumberDifference(
        one.name, run, verdict, 0, len(ours), len(places), shown, str(ours[shown]), str(theirs[shown])
    )
