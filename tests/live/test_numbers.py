"""Numbers of real environments: equal where all is equal, and told apart by what was changed where something was."""

from __future__ import annotations

import base64
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.collect import LayerRead, collect
from doctor.compare.causes import causes
from doctor.compare.numbers import compare_numbers, digests_of, values, values_of
from doctor.facts import Facts, Library, Numbers
from doctor.facts.serialise import whole
from doctor.live.computations import PROBE, program
from doctor.live.numbers import measure_causes, numbers_question, probe_numbers
from doctor.live.numbers_told import read_answer
from doctor.live.probe import needed_facts
from doctor.live.processes import Limits
from tests.live.numeric import computed, fingerprint, make, request_of
from tests.patients.venvs import install, make_venv
from tests.patients.wheels import make_wheel


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("numeric") / "env")


@pytest.fixture(scope="module")
def plain(prefix: Path) -> Numbers:
    return computed(request_of(prefix))


def library(numbers: Numbers, name: str) -> Library:
    found = next((library for library in numbers.libraries if library.name == name), None)
    if found is None:
        pytest.skip(f"the numpy that runs the tests has no {name}")
    return found


def differing(first: Numbers, second: Numbers) -> set[str]:
    return {one.series for one in compare_numbers(first, second) if one.verdict not in ("identical", "not comparable")}


def test_two_equal_environments_are_equal_every_time(plain: Numbers, prefix: Path, tmp_path: Path) -> None:
    request = request_of(make(tmp_path / "twin"))
    facts = needed_facts(request)
    for _ in range(3):
        again = computed(request, facts=facts)
        told = compare_numbers(plain, again)
        assert {one.verdict for one in told} == {"identical"}
        assert {one.run for one in told} == {"one-thread", "as-configured"}
        assert len(told) == 2 * len({one.series for one in told}) > 80
        assert causes(told, fingerprint(plain), fingerprint(again)) == ()


def test_values_are_kept_and_little(plain: Numbers) -> None:
    assert plain.probe == PROBE
    assert library(plain, "numpy").version.startswith(("1.", "2."))
    assert len(json.dumps(whole(plain))) < 200_000
    found = values_of(plain, "as-configured")
    assert list(found) == list(values_of(plain, "one-thread"))
    steps = struct.unpack("<8q", values(found["numpy.descent.float32"]))
    assert all(20 < count < 200 for count in steps)
    assert {one.compared for one in found.values()} == {"values", "order", "iterations"}
    one_thread, configured = plain.runs
    assert len(configured.series) < len(one_thread.series) / 4  # what threads do not change is kept once
    assert digests_of(configured).keys() == digests_of(one_thread).keys()


def test_another_code_of_openblas_is_seen_and_measured(plain: Numbers, prefix: Path) -> None:
    core = library(plain, "openblas").features[0]
    other = "Nehalem" if core != "Nehalem" else "Haswell"
    changed = computed(request_of(prefix, OPENBLAS_CORETYPE=other))
    if library(changed, "openblas").features[0] == core:
        pytest.skip("this OpenBLAS holds no code for another processor")
    found = differing(plain, changed)
    assert "numpy.matmul.float32" in found
    assert "numpy.descent.float32" in found
    assert not {name for name in found if name.startswith(("math.", "numpy.exp", "numpy.argsort", "numpy.fft"))}
    told = compare_numbers(plain, changed)
    (guess,) = causes(told, fingerprint(plain), fingerprint(changed))
    assert (guess.certainty, guess.kind, guess.subject) == ("hypothesis", "blas-kernels", "openblas")
    assert set(guess.series) == found
    facts = needed_facts(request_of(prefix))
    facts = facts._replace(live=facts.live._replace(numbers=plain))
    tried = measure_causes(request_of(prefix), facts, told, changed)
    (cause,) = causes(told, fingerprint(tried), fingerprint(changed))
    assert (cause.certainty, cause.kind, cause.aligns) == ("measured", "blas-kernels", 0)
    assert cause.variables == {"OPENBLAS_CORETYPE": other}
    assert (cause.first, cause.second) == (core, library(changed, "openblas").features[0])
    assert set(cause.series) == found
    assert "series that it changes come out here as there" in cause.evidence[0]
    # and seen from the other side, whose variable is the cause
    facts = facts._replace(live=facts.live._replace(numbers=changed))
    back = measure_causes(request_of(prefix, OPENBLAS_CORETYPE=other), facts, compare_numbers(changed, plain), plain)
    assert "OPENBLAS_CORETYPE unset" in [run.label for run in back.runs]
    (cause,) = causes(compare_numbers(changed, plain), fingerprint(back), fingerprint(plain))
    assert (cause.certainty, cause.kind) == ("measured", "blas-kernels")


def test_processor_features_of_numpy_are_seen_and_measured(plain: Numbers, prefix: Path) -> None:
    names = library(plain, "numpy").switchable
    if not names:
        pytest.skip("this numpy has no code for other processors")
    changed = computed(request_of(prefix, NPY_DISABLE_CPU_FEATURES=" ".join(names)))
    assert library(changed, "numpy").switchable == ()
    found = differing(plain, changed)
    if not found:
        pytest.skip("numpy computes alike on this processor with and without its features")
    assert all(name.startswith("numpy.") for name in found)
    assert not found & {"numpy.matmul.float32", "numpy.sum.float64", "numpy.argsort-stable"}
    told = compare_numbers(changed, plain)
    facts = needed_facts(request_of(prefix))
    facts = facts._replace(live=facts.live._replace(numbers=changed))
    request = request_of(prefix, NPY_DISABLE_CPU_FEATURES=" ".join(names))
    tried = measure_causes(request, facts, told, plain)
    (cause,) = causes(told, fingerprint(tried), fingerprint(plain))
    assert (cause.certainty, cause.kind, cause.subject) == ("measured", "simd", "numpy")
    assert cause.variables == {"NPY_DISABLE_CPU_FEATURES": ""}
    assert cause.evidence[0].startswith("without NPY_DISABLE_CPU_FEATURES, ")
    assert set(cause.series) == found


def test_two_changes_at_once_are_told_apart_by_experiments(plain: Numbers, prefix: Path) -> None:
    core, names = library(plain, "openblas").features[0], library(plain, "numpy").switchable
    if not names or core == "Nehalem":
        pytest.skip("too little to change here")
    both = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": " ".join(names)}
    changed = computed(request_of(prefix, **both))
    varied = computed(request_of(prefix), vary=True)
    assert all(not run.series for run in varied.runs[2:])
    assert len(json.dumps(whole(varied))) < 300_000
    told = compare_numbers(varied, changed)
    found = causes(told, fingerprint(varied), fingerprint(changed))
    assert {(cause.certainty, cause.kind) for cause in found} == {("measured", "blas-kernels"), ("measured", "simd")}
    assert {name: value for cause in found for name, value in cause.variables.items()} == both
    assert set().union(*(cause.series for cause in found)) == differing(varied, changed)


def test_the_number_of_threads_is_measured(plain: Numbers, prefix: Path) -> None:
    if library(plain, "openblas").threads < 2:
        pytest.skip("one thread is all there is")
    single = computed(request_of(prefix, OMP_NUM_THREADS="1"))
    assert library(single, "openblas").threads == 1
    found = differing(plain, single)
    if not found:
        pytest.skip("threads change nothing here")
    (cause,) = causes(compare_numbers(plain, single), fingerprint(plain), fingerprint(single))
    assert (cause.certainty, cause.kind, cause.second) == ("measured", "threads", "1 thread")
    assert set(cause.series) == found


def test_what_activation_sets_is_set(plain: Numbers, prefix: Path) -> None:
    script = prefix / "bin" / "postactivate"
    script.write_text("export OMP_NUM_THREADS=1\nexport OMP_TOKEN=s3cret-canary\n")
    try:
        facts = Facts()
        for event in collect(request_of(prefix), {"settings", "distributions", "conda"}):
            if isinstance(event, LayerRead):
                facts = event.facts
        assert library(computed(request_of(prefix), facts=facts), "openblas").threads == 1
    finally:
        script.unlink()


def test_without_numpy_python_itself_computes(tmp_path: Path) -> None:
    numbers = computed(request_of(make_venv(tmp_path / "bare")))
    assert {name.partition(".")[0] for name in values_of(numbers, "one-thread")} == {"math"}
    assert numbers.libraries == ()
    question, about = numbers_question(request_of(tmp_path / "bare"), Facts())
    assert question.startswith("Start ")
    assert "tokens and passwords in variables are not handed on" in about


def with_modules(prefix: Path, **modules: str) -> Path:
    for name, text in modules.items():
        install(prefix, make_wheel(prefix.parent / "wheels", name, "1.0", {f"{name}.py": text}))
    return prefix


def test_a_package_that_ends_python_costs_itself_alone(tmp_path: Path) -> None:
    modules = {
        "scipy": "raise ImportError('libgone.so.7: \\x1b[31m cannot open https://me:s3cret-canary@host/x')\n",
        "pandas": "while True: pass\n",
        "torch": "import os\nos.abort()\n",
    }
    request = request_of(with_modules(make(tmp_path / "env"), **modules))
    limits = Limits(seconds=4.0, memory=500 * 1024**2, processes=12, answer=512 * 1024)
    numbers = probe_numbers(request, needed_facts(request), limits=limits)
    assert numbers.problem == ""
    for run in numbers.runs:
        assert "scipy: ImportError: libgone.so.7" in run.problem
        assert "pandas: more than 4 seconds" in run.problem
        assert "torch: SIGABRT" in run.problem
        assert "\x1b" not in run.problem
        assert "canary" not in run.problem
    assert {name.partition(".")[0] for name in values_of(numbers, "one-thread")} == {"math", "numpy"}


def test_where_numpy_ends_python_what_needs_it_is_not_tried(tmp_path: Path) -> None:
    prefix = with_modules(make_venv(tmp_path / "env"), numpy="import os\nos._exit(3)\n", scipy="", pandas="")
    request = request_of(prefix)
    numbers = probe_numbers(request, needed_facts(request))
    assert numbers.runs[0].problem == "numpy: it ended Python with exit status 3"
    assert numbers.problem == ""


def test_secrets_do_not_reach_it(tmp_path: Path) -> None:
    spy = "import os\nraise ImportError(' '.join(os.environ.values()))\n"
    request = request_of(
        with_modules(make_venv(tmp_path / "env"), numpy=spy),
        OMP_TOKEN="s3cret-canary",
        MKL_PASSWORD="s3cret-canary",
        NPY_X="seen",
    )
    numbers = probe_numbers(request, needed_facts(request))
    assert "seen" in numbers.runs[0].problem
    assert "canary" not in json.dumps(whole(numbers))


def test_it_can_be_called_off(prefix: Path) -> None:
    request = request_of(prefix)
    numbers = probe_numbers(request, needed_facts(request), stop=lambda: True)
    assert numbers.problem == "it was called off"


def test_an_interpreter_that_is_not_there_is_told(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "gone")
    request = request_of(prefix)
    facts = needed_facts(request)
    numbers = probe_numbers(request._replace(environment=request.environment._replace(python=None)), facts)
    assert numbers.problem == "there is no Python in this environment"


def test_hostile_answers_are_no_facts() -> None:
    good = {"series": "numpy.sum.float32", "compared": "values", "dtype": "float32", "scale": 1.0, "steady": True}
    good["data"] = base64.b64encode(struct.pack("<f", 1.0)).decode()
    bad = [
        {**good, "series": "../../etc\x1b[31m"},
        {**good, "series": "a" * 80},
        {**good, "series": "numpy.one", "data": "=="},
        {**good, "series": "numpy.two", "dtype": "object"},
        {**good, "series": "numpy.three", "scale": float("inf")},
        {**good, "series": "numpy.four", "compared": "code"},
        {**good, "series": "numpy.five", "data": base64.b64encode(b"\0" * 60_000).decode()},
        {**good, "series": "numpy.six", "data": "", "digest": "x" * 64},
        {"library": ["numpy"], "version": 7, "threads": -1, "features": ["\x1b[31m", "AVX2", 3], "about": "x" * 9000},
        {"library": "numpy", "version": "1\u202e0", "about": "https://me:s3cret-canary@host/", "threads": 10**9},
        {"begin": {"a": 1}},
        {"failed": "scipy", "error": "Err\x07or", "text": "\x1b]0;title\x07 token=s3cret-canary"},
    ]
    lines = [json.dumps(one) for one in (good, *bad)] + ["[" * 100_000, "\x00", "null", "7", '{"end": 1e400}']
    answer = read_answer("\n".join(lines))
    assert list(answer.series) == ["numpy.sum.float32"]
    assert answer.digests.keys() == {"numpy.sum.float32"}
    text = json.dumps(whole(answer), ensure_ascii=False)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "canary" not in text
    assert max(len(one.about) for one in answer.libraries) <= 1500
    assert answer.libraries[0].features == ("AVX2",)
    many = "\n".join(json.dumps({**good, "series": f"numpy.n{number}"}) for number in range(5000))
    assert len(read_answer(many).series) <= 250


def test_the_program_is_plain_and_needs_nothing_of_ours(tmp_path: Path) -> None:
    text = program(("math",))
    assert "import doctor" not in text.replace("from doctor", "import doctor").split("TYPE_CHECKING:")[0]
    job = {"before": [], "after": [], "prefix": sys.prefix, "what": {"groups": ["math"], "digests": True}}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", text, json.dumps(job)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.defpath},
        check=True,
        timeout=60,
    )
    answer = read_answer(done.stdout)
    assert answer.ended
    assert answer.series == {}
    assert "math.exp" in answer.digests
