"""Numbers as the environment's own Python computes them: once with one thread, once as configured, and varied."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from doctor.compare.numbers import NumberDifference
from doctor.facts import Facts, Library, Machine, Numbers, Run
from doctor.live.asking import with_warning
from doctor.live.computations import GROUPS, PROBE, program
from doctor.live.numbers_told import ANSWER, Answer, read_answer
from doctor.live.outcome import told
from doctor.live.processes import Limits, Room
from doctor.live.start import Starting, starting
from doctor.live.varied import Experiment, experiments, threads, worth_trying
from doctor.reading.machine.processor import read_libc, read_processor
from doctor.reading.redact import show
from doctor.target.environment import Request

#: processes at a time
_TOGETHER = 2
_LIMITS = Limits(answer=ANSWER)
_RUNS: tuple[tuple[str, Mapping[str, str]], ...] = (("one-thread", threads(1)), ("as-configured", {}))
#: how much longer torch may take, which is long to load, and a GPU to wake
_TORCH_TIMES = 3
#: groups that cannot be computed where numpy ends Python
_ON_NUMPY = ("scipy", "pandas")
#: what conda calls a package otherwise
_PACKAGES = {"torch": ("torch", "pytorch")}


class _Job(NamedTuple):
    """One run of some groups."""

    experiment: Experiment
    digests: bool = False


def numbers_question(request: Request, facts: Facts, *, vary: bool = False) -> tuple[str, str]:
    """The question before anything is started, and what is done and what is not."""
    names = ", ".join(group for group in _groups(facts) if group != "math") or "Python's own functions"
    python = show(request.environment.python) if request.environment.python else "this environment's Python"
    times = (
        "some twenty times, with one thing changed at a time" if vary else "twice: with one thread and as configured"
    )
    about = (
        f"It computes small sums, products, decompositions and sorts with {names}, {times}. Importing runs the code of "
        "these packages, with all that you may do. Time, memory and processes are limited; home and temporary files "
        "go to an empty folder; tokens and passwords in variables are not handed on; start-up files are not run; "
        "nothing is sent anywhere."
    )
    return f"Start {python} to compute numbers?", with_warning(about, request)


def probe_numbers(
    request: Request,
    facts: Facts,
    *,
    vary: bool = False,
    variables: Sequence[Mapping[str, str]] = (),
    say: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    limits: Limits = _LIMITS,
) -> Numbers:
    """Compute numbers in the environment's own Python. Only who has the user's yes may call this.

    vary adds the experiments that this machine allows; variables adds one experiment for each set of variables.
    """
    try:
        start = starting(request, facts)
    except ValueError as error:
        return Numbers(asked=True, problem=str(error), probe=PROBE)
    groups = _groups(facts)
    light = tuple(group for group in groups if group != "torch")
    jobs = [_Job(Experiment(label, changed, light)) for label, changed in _RUNS]
    if "torch" in groups:
        jobs += [_Job(Experiment(label, changed, ("torch",))) for label, changed in _RUNS]
    with Room() as room:
        answers = _done(room, start, jobs, limits, say, stop)
        numbers = _numbers(jobs, answers)
        if numbers.problem or (stop is not None and stop()):
            return numbers
        more = list(experiments(numbers, _machine(request, facts), groups, start.variables)) if vary else []
        more += [Experiment(_label(changed), changed, light) for changed in variables]
        return _with(numbers, _tried(room, start, more, limits, say, stop))


def measure_causes(
    request: Request,
    facts: Facts,
    differences: Sequence[NumberDifference],
    other: Numbers,
    *,
    say: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Numbers:
    """facts.live.numbers with those experiments added that may tell why they differ from the other's."""
    numbers = facts.live.numbers
    groups = _groups(facts)
    there = {run.label for run in numbers.runs}
    try:
        start = starting(request, facts)
    except ValueError:
        return numbers
    wanted = worth_trying(numbers, other, differences, _machine(request, facts), groups, start.variables)
    wanted = tuple(experiment for experiment in wanted if experiment.label not in there)
    if not wanted:
        return numbers
    with Room() as room:
        return _with(numbers, _tried(room, start, wanted, _LIMITS, say, stop))


def _groups(facts: Facts) -> tuple[str, ...]:
    """What there is to compute with; numpy is always tried, for it may come without a record."""
    keys = {dist.key for dist in facts.distributions.installed} | {record.name for record in facts.conda.records}
    always = ("math", "numpy")
    return tuple(group for group in GROUPS if group in always or not keys.isdisjoint(_PACKAGES.get(group, (group,))))


def _machine(request: Request, facts: Facts) -> Machine:
    if facts.machine.architecture:
        return facts.machine
    architecture = facts.identity.architecture
    libc = read_libc(request.root, architecture) if facts.identity.system == "linux" else ""
    return Machine(architecture=architecture, x86_64_level=read_processor(request.root).level, libc=libc)


def _label(changed: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in changed.items()) or "again"


def _done(
    room: Room,
    start: Starting,
    jobs: Sequence[_Job],
    limits: Limits,
    say: Callable[[str], None] | None,
    stop: Callable[[], bool] | None,
) -> list[tuple[Answer, str]]:
    """Do all jobs, a few at a time; where stop answers True what runs is ended, and the rest is not begun."""
    found: list[tuple[Answer, str]] = [(Answer(), "it was called off")] * len(jobs)
    raised: list[BaseException] = []
    places = iter(range(len(jobs)))
    lock = threading.Lock()

    def work() -> None:
        while not raised:
            with lock:
                place = next(places, None)
            if place is None or (stop is not None and stop()):
                return
            if say is not None:
                say(f"computing: {jobs[place].experiment.label}, {place + 1} of {len(jobs)}")
            try:
                found[place] = _computed(room, start, jobs[place], limits)
            except BaseException as error:  # raised again where the answers are awaited
                raised.append(error)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(_TOGETHER, len(jobs)))]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        for worker in workers:
            worker.join(0.1)
        if stop is not None and stop():
            room.close()
    if raised:
        raise raised[0]
    return found


def _computed(room: Room, start: Starting, job: _Job, limits: Limits) -> tuple[Answer, str]:
    """One run; a group that ends its process costs that group, and the others are computed without it."""
    rest, problems, whole = job.experiment.groups, [], Answer()
    while rest:
        within = limits._replace(seconds=_TORCH_TIMES * limits.seconds) if rest == ("torch",) else limits
        folder = room.new_folder()
        ready = start._replace(program=program(rest))
        variables = {**ready.variables_in(folder), **job.experiment.variables}
        variables = {name: value for name, value in variables.items() if value}
        ran = room.run(ready.command({"groups": rest, "digests": job.digests}), variables, within, folder)
        answer = read_answer(ran.answer)
        whole = _merged(whole, answer)
        if answer.ended:
            break
        how = told(ran._replace(answer=""), within, start.prefix)
        group = next((group for group in reversed(answer.begun) if group in rest), "")
        said = f": {how.said[-1]}" if how.said and how.ending == "exited" else ""
        problems.append(f"{group or 'Python'}: {how.text or how.ending}{said}"[:300])
        if not group or ran.ended == "alone":
            break
        rest = rest[rest.index(group) + 1 :]
        if group == "numpy":
            rest = tuple(other for other in rest if other not in _ON_NUMPY)
    problems = [f"{group}: {said}" for group, said in whole.failed.items() if said] + problems
    return whole, "; ".join(problems)


def _merged(first: Answer, second: Answer) -> Answer:
    return Answer(
        {**first.series, **second.series},
        {**first.digests, **second.digests},
        first.unsteady + second.unsteady,
        first.libraries + second.libraries,
        first.begun + second.begun,
        {**first.failed, **second.failed},
        first.ended or second.ended,
        first.seconds + second.seconds,
    )


def _numbers(jobs: Sequence[_Job], answers: Sequence[tuple[Answer, str]]) -> Numbers:
    """The runs by their labels; what a later one has in common with the first stands there as digests alone."""
    runs: list[Run] = []
    libraries: tuple[Library, ...] = ()
    for label, changed in _RUNS:
        whole, problems = Answer(), []
        for job, (answer, problem) in zip(jobs, answers, strict=True):
            if job.experiment.label == label:
                whole = _merged(whole, answer)
                problems += [problem] if problem else []
        known = runs[0].digests if runs else {}
        series = {name: one for name, one in whole.series.items() if known.get(name) != whole.digests[name]}
        kept = {name: one for name, one in whole.digests.items() if not runs or name not in series}
        runs.append(
            Run(label, changed, tuple(series.values()), kept, whole.seconds, "; ".join(problems), whole.unsteady)
        )
        libraries = whole.libraries or libraries
    if runs:
        runs[0] = runs[0]._replace(digests={})
    problem = "" if any(run.series or run.digests for run in runs) else runs[0].problem or "nothing was computed"
    return Numbers(asked=True, libraries=libraries, runs=tuple(runs), problem=problem, probe=PROBE)


def _tried(
    room: Room,
    start: Starting,
    wanted: Sequence[Experiment],
    limits: Limits,
    say: Callable[[str], None] | None,
    stop: Callable[[], bool] | None,
) -> Iterator[Run]:
    """The experiments that did change what they were to change."""
    wanted = [_beside(one, start) for one in wanted]
    answers = _done(room, start, [_Job(one, digests=True) for one in wanted], limits, say, stop)
    for experiment, (answer, problem) in zip(wanted, answers, strict=True):
        cores = {core for library in answer.libraries for core in library.features}
        if experiment.core and experiment.core not in cores:
            continue
        yield Run(experiment.label, experiment.variables, (), answer.digests, answer.seconds, problem, answer.unsteady)


def _beside(experiment: Experiment, start: Starting) -> Experiment:
    """What the user has numpy do without, it does without in the experiment as well."""
    name = "NPY_DISABLE_CPU_FEATURES"
    own = start.variables.get(name, "").replace(",", " ").split()
    if not own or not experiment.variables.get(name):
        return experiment
    value = " ".join([*own, experiment.variables[name]])
    return experiment._replace(label=f"{name}={value}", variables={**experiment.variables, name: value})


def _with(numbers: Numbers, runs: Iterable[Run]) -> Numbers:
    return numbers._replace(runs=(*numbers.runs, *runs))
