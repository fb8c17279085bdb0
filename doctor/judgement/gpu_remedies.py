"""How to come to a GPU build that a driver and its GPUs run: the steps that several checks offer, in one command."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts
from doctor.judgement.gpu_frameworks import Framework, host_of, imported
from doctor.judgement.gpu_needs import left_over, needed_families
from doctor.knowledge import jax, tensorflow
from doctor.knowledge.cuda import gets_driver, lowest_driver, newest_cuda, version_numbers
from doctor.knowledge.torch import Choice, Host, choose, specs
from doctor.model import Install, Remedy, Safety, Step, Tell, Uninstall

#: released with torch, and built for the same CUDA
COMPANIONS = ("torchvision", "torchaudio")
_TORCHES = frozenset({"torch", *COMPANIONS})
_LARGE = "Downloads 2 to 4 GB: the CUDA libraries come with it."


def fitting_build(framework: Framework, facts: Facts, driver: str = "") -> Iterator[Remedy]:
    """The build that runs here, by the tool that installed this one; nothing where none is known."""
    host = host_of(facts, driver)
    if framework.record is not None:
        if framework.name == "torch":
            newest = newest_cuda(host.driver, host.system) if driver else facts.machine.gpus.cuda
            yield conda_torch(framework.record, facts, newest or newest_cuda(host.driver, host.system))
        else:
            yield _conda_other(framework.record, newest_cuda(host.driver, host.system))
    elif framework.name == "torch":
        choice = choose(framework.version, host, next(iter(needed_families(facts, _TORCHES).values()), 0))
        if choice is not None:
            yield torch_build(choice, framework.version, facts)
    elif framework.name == "tensorflow":
        yield from _tensorflow_build(framework, host)
    else:
        yield from _jax_build(framework, facts, host)


def torch_build(choice: Choice, version: str, facts: Facts) -> Remedy:
    """One build of torch with its companions, as far as they are installed."""
    companions = [key for key in COMPANIONS if key in imported(facts)]
    wanted = specs(choice, companions)
    without = tuple(key for key in companions if not any(spec.startswith(f"{key}==") for spec in wanted))
    steps: tuple[Step, ...] = (Install("pip", wanted, index_url=choice.index_url),)
    gone = (*without, *left_over(facts, version_numbers(choice.cuda)[0], _TORCHES))
    if gone:
        steps = (Uninstall("pip", gone), *steps)
    here = version.partition("+")[0]
    other = ""
    if choice.release.version != here:
        older = version_numbers(choice.release.version) < version_numbers(here)
        other = f"torch {choice.release.version} is the nearest {'older' if older else 'newer'} release that runs on "
        other += "this GPU and driver. "
    return Remedy(
        f"Install the CUDA {choice.cuda} build: {', '.join(wanted)}",
        Safety.CAREFUL,
        steps,
        other + _LARGE + (f" No {', '.join(without)} is made for it." if without else ""),
    )


def conda_torch(record: CondaRecord, facts: Facts, cuda: str) -> Remedy:
    """The build for CUDA of conda's torch, from the channel that it came from."""
    steps: list[Step] = []
    if record.channel == "pytorch":
        # the channel's builds hang on two metapackages; its CUDA libraries lie on nvidia's
        steps += [Uninstall("conda", ("cpuonly",), dependencies=False)] if facts.conda.record("cpuonly") else []
        wanted: tuple[str, ...] = (f"pytorch={record.version}", "pytorch-cuda")
        channels: tuple[str, ...] = ("pytorch", "nvidia")
    else:
        wanted = (f"pytorch-gpu={record.version}", *_below_next_family(cuda))
        channels = (record.channel,) if record.channel else ()
    steps.append(Install("conda", wanted, channels=channels))
    return Remedy(
        f"Install conda's CUDA build: {', '.join(wanted)}",
        Safety.CAREFUL,
        tuple(steps),
        "Downloads 1 to 3 GB: the CUDA libraries come with it.",
    )


def _below_next_family(cuda: str) -> Iterator[str]:
    """Any CUDA of the family: cuda-version asks no more of a driver than the family, and few builds there are."""
    if cuda:
        yield f"cuda-version<{version_numbers(cuda)[0] + 1}"


def _conda_other(record: CondaRecord, cuda: str) -> Remedy:
    wanted = (f"{record.name}={record.version}=*cuda*", *_below_next_family(cuda))
    channels = (record.channel,) if record.channel else ()
    title = f"Install conda's CUDA build: {', '.join(wanted)}"
    return Remedy(title, Safety.CAREFUL, (Install("conda", wanted, channels=channels),), _LARGE)


def _tensorflow_build(framework: Framework, host: Host) -> Iterator[Remedy]:
    release = tensorflow.choose(framework.version, host) if host.system == "linux" and not host.arm else None
    if release is None:
        return
    same = framework.version.startswith(f"{release.minor}.")
    spec = f"tensorflow[and-cuda]=={framework.version if same else release.last}"
    # a build without CUDA may bear the very version that is wanted
    steps: tuple[Step, ...] = (Install("pip", (spec,), force=framework.build == "cpu"),)
    if framework.dist is not None and framework.dist.key != "tensorflow":
        steps = (Uninstall("pip", (framework.dist.key,)), *steps)
    why = "" if same else f"TensorFlow {release.last} is the newest release not above yours that runs here. "
    yield Remedy(f"Install {spec}, which brings CUDA {release.cuda}", Safety.CAREFUL, steps, why + _LARGE)


def _jax_build(framework: Framework, facts: Facts, host: Host) -> Iterator[Remedy]:
    plugin = jax.choose(framework.version, host)
    if plugin is None:
        return
    plugins = {key for key in imported(facts) if _is_plugin(key)}
    wrong = sorted(key for key in plugins if f"cuda{plugin.family}" not in key)
    gone = (*wrong, *left_over(facts, plugin.family, frozenset(plugins)))
    spec = f"jax[cuda{plugin.family}]=={framework.version.partition('+')[0]}"
    steps: list[Step] = [Uninstall("pip", gone)] if gone else []
    title = f"Install {spec}" + (f" in place of {', '.join(wrong)}" if wrong else "")
    yield Remedy(title, Safety.CAREFUL, (*steps, Install("pip", (spec,))), _LARGE)


def _is_plugin(key: str) -> bool:
    return key.startswith("jax-cuda") and key.endswith(("-plugin", "-pjrt"))


def newer_driver(needed: str, facts: Facts) -> Iterator[Remedy]:
    """Told: update the driver; nothing where no such driver is made for one of the GPUs, or none is known."""
    host = host_of(facts)
    if not needed or not all(gets_driver(capability, needed) for capability in host.capabilities):
        return
    yield Remedy(
        f"Update the NVIDIA driver to {needed} or newer",
        Safety.MANUAL,
        (
            Tell(
                f"Install driver {needed} or newer from your distribution or https://www.nvidia.com/drivers, then "
                "restart. On a cluster ask its administrators; in a container it is the host's driver that counts."
            ),
        ),
        "Every program on this machine uses the new driver.",
    )


def by_hand(framework: Framework, facts: Facts, driver: str) -> Remedy:
    """Told: no build is known that runs here."""
    host, gpus = host_of(facts), facts.machine.gpus
    where = {
        "torch": "https://pytorch.org/get-started",
        "tensorflow": "https://www.tensorflow.org/install/pip",
        "jax": "https://docs.jax.dev/en/latest/installation.html",
    }[framework.name]
    floors = " and ".join(
        f"CUDA {family} builds need {floor}"
        for family in (12, 13)
        if (floor := lowest_driver(str(family), host.system))
    )
    return Remedy(
        "Choose a build by hand",
        Safety.MANUAL,
        (
            Tell(
                f"No CUDA build of {framework.name} {framework.version} or one near it is known to run with driver "
                f"{driver or '?'} on {gpus.devices[0].name}. Choose one at {where}, or update the driver first"
                + (f": {floors}." if floors else ".")
            ),
        ),
    )
