"""The project's file, the configuration and the installed packages name different channels.

## Why it matters
A teammate who builds the environment from the project's file gets the channels of that file, in its order; the next
`conda install` here follows the condarc. Where the two disagree, the same names and versions are other builds, and the
difference between two people's results is looked for in the code.

## How it is found
Three lists are compared: the channels of the project's environment.yml, those of the merged condarc, and those of the
installed packages. Told is a package from a channel that the file lacks, two channels whose order is reversed, and a
condarc that names none of the file's channels. A project without a list of channels, or whose file is for an
environment of another name, gives no finding; neither do channels that only add to the file's, nor a project that has
several such files of which one agrees.

## What the fix does
Writes down what is installed with its channels, so that the project's file can be made to say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from doctor.facts import Asked, Facts, Project, Setting, Settings, Specification
from doctor.facts.build import environment, record
from doctor.knowledge.channels import builder, configured, expand, is_known, named_by, plain_channel, reads_condarc
from doctor.model import Check, Evidence, Example, Export, Finding, Remedy, Safety, Severity, Tell

_SHOWN = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each file of the project that disagrees with what is here."""
    if not facts.conda.present or not facts.project.present:
        return
    specs = [spec for spec in facts.project.specifications if spec.channels and _is_for(spec, facts)]
    specs = [spec for spec in specs if spec.name == facts.identity.name] or specs
    told = [(spec, [*_installed(spec, facts), *_configured(spec, facts)]) for spec in specs]
    if all(evidence for _, evidence in told):
        for spec, evidence in told:
            yield _finding(spec, evidence)


def _is_for(spec: Specification, facts: Facts) -> bool:
    """Whether a file speaks of this environment; pixi keeps its own in step with its manifest."""
    if spec.kind != "environment.yml" or facts.identity.maker == "pixi":
        return False
    inside = bool(facts.project.root) and facts.identity.prefix.startswith(f"{facts.project.root}/")
    return inside or spec.name in ("", facts.identity.name)


def _installed(spec: Specification, facts: Facts) -> Iterator[Evidence]:
    """Packages from channels that the file does not name."""
    named = {*expand(spec.channels, facts.settings.members), *named_by(spec)}
    if "defaults" in named:
        named.add("anaconda")
    strange = [r for r in facts.conda.records if is_known(r.channel) and plain_channel(r.channel) not in named]
    for r in strange[:_SHOWN]:
        yield Evidence(f"installed from {r.channel}: {r.name} {r.version} {r.build}", f"conda-meta/{r.dist}.json")
    if len(strange) > _SHOWN:
        yield Evidence(f"installed from elsewhere: {len(strange) - _SHOWN} more")


def _configured(spec: Specification, facts: Facts) -> Iterator[Evidence]:
    """Where the condarc names none of the file's channels, or two of them the other way round."""
    here = configured(facts.settings)
    if not reads_condarc(facts) or not here:
        return
    places = {plain_channel(str(item.value)): item for item in facts.settings.condarc.get("channels", ())}
    wanted = [name for name in map(plain_channel, spec.channels) if name != "nodefaults"]
    if not {*map(builder, wanted)} & {*map(builder, here)}:
        for item in facts.settings.condarc.get("channels", ()):
            yield Evidence(f"configured: {item.value}, which {spec.path} does not name", item.source, item.line)
        return
    order = [name for name in wanted if name in places and name in here]
    for first, second in pairwise(order):
        if here.index(first) > here.index(second):
            item = places[second]
            yield Evidence(f"configured: {second} before {first}", item.source, item.line)


def _finding(spec: Specification, evidence: list[Evidence]) -> Finding:
    lines = spec.channel_lines or (0,) * len(spec.channels)
    named = [Evidence(f"channel: {name}", spec.path, line) for name, line in zip(spec.channels, lines, strict=False)]
    return Finding(
        Severity.WARNING,
        spec.path,
        f"{spec.path[-40:]} names other channels, or in another order, than there are here",
        (*named, *evidence),
        (),
        (
            Remedy(
                "Write down what is installed with its channels",
                Safety.SAFE,
                (Export(("environment.yml",)),),
            ),
            Remedy(
                f"Decide on one list of channels, and write it into {spec.path}",
                Safety.MANUAL,
                (Tell(f"Edit channels in {spec.path}; add nodefaults there to keep the user's channels out."),),
            ),
        ),
    )


def _settings(*channels: str) -> Settings:
    found = tuple(Setting("channels", name, "~/.condarc", number) for number, name in enumerate(channels, 2))
    return Settings(condarc={"channels": found}, channels=channels)


def _project(*channels: str, name: str = "", kind: str = "environment.yml") -> Project:
    lines = tuple(range(3, 3 + len(channels)))
    spec = Specification(kind, kind, name=name, channels=channels, channel_lines=lines)
    return Project(present=True, root="~/demo", specifications=(spec,))


def examples() -> Iterator[Example]:
    """Other channels installed, none in common, order reversed; agreement of every kind."""
    forge, main = record("python", "3.11.7"), record("python", "3.11.7", channel="pkgs/main")
    blast = record("blast", "2.16.0", channel="bioconda")
    sick = ("environment.yml",)

    def case(*records: object, project: Project, channels: tuple[str, ...] = (), maker: str = "conda") -> Facts:
        return environment(
            kind="conda",
            records=records,  # type: ignore[arg-type]
            project=project,
            settings=_settings(*channels) if channels else Settings(),
            identity={"maker": maker},
        )

    other = case(main, project=_project("conda-forge"))
    yield Example("installed from a channel that the file lacks", other, sick, Severity.WARNING)
    none = case(forge, project=_project("conda-forge"), channels=("defaults",))
    yield Example("the condarc names none of the file's channels", none, sick)
    turned = case(forge, blast, project=_project("conda-forge", "bioconda"), channels=("bioconda", "conda-forge"))
    yield Example("the other way round", turned, sick)

    same = case(forge, blast, project=_project("conda-forge", "bioconda"), channels=("conda-forge", "bioconda"))
    yield Example("all the same", same)
    yield Example("the condarc adds one", case(forge, project=_project("conda-forge"), channels=("conda-forge", "x")))
    yield Example("nothing configured", case(forge, project=_project("conda-forge", "nodefaults")))
    yield Example("a part of defaults", case(main, project=_project("defaults"), channels=("defaults",)))
    address = _project("https://conda.anaconda.org/conda-forge")
    yield Example("the same channel by its address", case(forge, project=address, channels=("conda-forge",)))
    yield Example("for another environment", case(main, project=_project("conda-forge", name="other")))
    pixi = case(main, project=_project("conda-forge", kind="pixi.toml"), maker="pixi")
    yield Example("a feature of pixi's manifest may name others", pixi)
    single = _project("conda-forge")
    asked = Asked("pkgs/main::python", "python", "conda")
    single = single._replace(specifications=(single.specifications[0]._replace(asked=(asked,)),))
    yield Example("a single package from another channel", case(main, project=single))
    several = _project("defaults")
    several = several._replace(specifications=(*_project("conda-forge").specifications, *several.specifications))
    yield Example("one of two files agrees", case(main, project=several))
    yield Example("the file names no channels", case(main, project=_project()))
    yield Example("no project", environment(kind="conda", records=(main,), settings=_settings("conda-forge")))


CHECK = Check(
    "CHN004",
    "channels-disagree",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("conda", "settings", "project"),
)
