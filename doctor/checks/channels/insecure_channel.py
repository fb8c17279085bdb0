"""Packages come over a connection that others may change, or a channel's address holds a password.

## Why it matters
A package is code that runs with your rights. Over plain http, or with certificate checks off, whoever is between you
and the server decides what that code is. An address with a token or password in it is copied into records, logs,
exports and repositories.

## How it is found
In force are addresses beginning with `http://` (other than this machine's), `ssl_verify: false`, addresses with
credentials written into a file, and the same in the channels of the project's environment.yml. Packages that were
installed over plain http are told too. An address that takes its token from a variable is fine.

## What the fix does
Writes https, or switches the certificate check on again; what to do about a company's own certificate or a token is
told.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctor.facts import CondaRecord, Facts, Project, Setting, Settings, Specification
from doctor.facts.build import environment, record
from doctor.knowledge.channels import is_plain_http, reads_condarc
from doctor.model import Check, Edit, Evidence, Example, Finding, Rebuild, Remedy, Safety, Severity, Tell

#: keys that hold addresses of channels
_KEYS = (
    "channels", "channel_alias", "default_channels", "custom_channels", "custom_multichannels", "mirrored_channels",
    "migrated_channel_aliases", "migrated_custom_channels",
)  # fmt: skip
_HIDDEN = "***"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each address, one for the certificate check, one for what came over plain http."""
    if not facts.conda.present:
        return
    plain: dict[str, list[Evidence]] = {}
    if reads_condarc(facts):
        for item in (item for key in _KEYS for item in facts.settings.condarc.get(key, ())):
            if item.insecure:
                plain.setdefault(str(item.value), []).append(Evidence(f"{item.key}: {item.value}", *_place(item)))
            if item.secret and not item.source.startswith("$"):
                yield _credentials(str(item.value), item.key, *_place(item))
        verify = facts.settings.condarc.get("ssl_verify", ())
        if verify and verify[0].value is False:
            yield _unverified(verify[0])
    for spec in facts.project.specifications:
        lines = spec.channel_lines or (0,) * len(spec.channels)
        for name, line in zip(spec.channels, lines, strict=False):
            if is_plain_http(name):
                plain.setdefault(name, []).append(Evidence(f"channel: {name}", spec.path, line))
            if "://" in name and (f"{_HIDDEN}@" in name or f"/t/{_HIDDEN}" in name):
                yield _credentials(name, "channels", spec.path, line)
    for address, evidence in plain.items():
        yield _plain(address, evidence)
    records = [r for r in facts.conda.records if is_plain_http(r.url) and not _is_told(r, plain)]
    if records:
        yield _installed(records)


def _place(item: Setting) -> tuple[str, int]:
    return item.source, item.line


def _is_told(r: CondaRecord, plain: dict[str, list[Evidence]]) -> bool:
    return any(r.url.startswith(address.rstrip("/") + "/") for address in plain)


def _plain(address: str, evidence: list[Evidence]) -> Finding:
    secure = "https" + address[4:]
    steps = tuple(Edit(item.path, address, secure) for item in evidence if item.line)
    title = f"Take the channel over https: {secure}"
    told = Tell(f"Write {secure} instead, where {evidence[0].path} sets it.")
    remedy = (
        Remedy(title, Safety.CAREFUL, steps, "the server must answer at that address")
        if steps and _HIDDEN not in address
        else Remedy(title, Safety.MANUAL, (told,))
    )
    return Finding(
        Severity.WARNING, address, "A channel is reached over plain http, which anybody on the way may change",
        tuple(evidence), (), (remedy,),
    )  # fmt: skip


def _credentials(address: str, key: str, path: str, line: int) -> Finding:
    text = (
        "Take the password or token out of the address and make it invalid; then log in with the server's own tool, "
        "or let the address name a variable: https://$CHANNEL_USER:$CHANNEL_PASSWORD@..."
    )
    return Finding(
        Severity.WARNING,
        address,
        "A channel's address holds a password or token",
        (Evidence(f"{key}: {address}", path, line),),
        (),
        (Remedy("Keep the credentials elsewhere", Safety.MANUAL, (Tell(text),)),),
    )


def _unverified(item: Setting) -> Finding:
    company = Tell("Behind a company's proxy, set ssl_verify to truststore or to the path of its certificate.")
    title = "Check certificates again"
    remedy = Remedy(
        title,
        Safety.CAREFUL,
        (Edit(item.source, "ssl_verify: false", "ssl_verify: true"), company),
        "a server with a certificate of the company's own cannot be reached until conda knows that certificate",
    )
    if item.source.startswith("$"):
        remedy = Remedy(title, Safety.MANUAL, (Tell(f"Unset {item.source[1:]}."), company))
    return Finding(
        Severity.WARNING,
        "ssl_verify",
        "conda does not check whose server it downloads packages from",
        (Evidence("ssl_verify: false", *_place(item)),),
        (),
        (remedy,),
    )


def _installed(records: list[CondaRecord]) -> Finding:
    return Finding(
        Severity.WARNING,
        "packages over http",
        f"{len(records)} {'package was' if len(records) == 1 else 'packages were'} installed over plain http",
        tuple(Evidence(f"{r.name} {r.version} from {r.url}", f"conda-meta/{r.dist}.json") for r in records[:8]),
        tuple(r.name for r in records),
        (
            Remedy(
                "Build the environment anew over https",
                Safety.CAREFUL,
                (Rebuild(),),
                "only helps where the channels are configured with https",
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Plain http, credentials, certificate checks off, in each place; sound addresses."""
    records = (record("python", "3.11.7"),)

    def case(key: str, value: str | bool, *, secret: bool = False, source: str = "~/.condarc") -> Facts:
        plain = isinstance(value, str) and is_plain_http(value)
        item = Setting(key, value, source, 0 if source.startswith("$") else 2, secret, plain)
        settings = Settings(condarc={key.partition(".")[0]: (item,)})
        return environment(kind="conda", records=records, settings=settings)

    plain = "http://conda.corp.example/main"
    yield Example("plain http", case("channels", plain), (plain,), Severity.WARNING)
    yield Example("an alias", case("channel_alias", plain, source="$CONDA_CHANNEL_ALIAS"), (plain,))
    hidden = "https://conda.corp.example/t/***/main"
    yield Example("a token in the address", case("custom_channels.main", hidden, secret=True), (hidden,))
    yield Example("no certificate checks", case("ssl_verify", False), ("ssl_verify",), Severity.WARNING)
    yield Example("none by a variable", case("ssl_verify", False, source="$CONDA_SSL_VERIFY"), ("ssl_verify",))
    spec = Specification("environment.yml", "environment.yml", channels=(plain, hidden), channel_lines=(3, 4))
    project = Project(present=True, specifications=(spec,))
    yield Example("in environment.yml", environment(kind="conda", project=project), (hidden, plain))
    came = record("mine", "1", channel=plain, url=f"{plain}/linux-64/mine-1-0.conda")
    yield Example("installed over http", environment(kind="conda", records=(came,)), ("packages over http",))

    yield Example("https", case("channels", "https://conda.corp.example/main"))
    yield Example("of this machine", case("channels", "http://localhost:8000/main"))
    yield Example("a token from a variable", case("channels", "https://conda.corp.example/t/***/main"))
    yield Example("credentials of the shell", case("channels", hidden, secret=True, source="$CONDA_CHANNELS"))
    yield Example("a certificate of the company's own", case("ssl_verify", "/etc/ssl/corp.pem"))
    yield Example(
        "no conda", environment(settings=Settings(condarc={"ssl_verify": (Setting("ssl_verify", False, "x"),)}))
    )


CHECK = Check(
    "CHN008",
    "insecure-channel",
    Severity.WARNING,
    __doc__,
    find,
    examples,
    needs=("conda", "settings"),
    optional=("project",),
)
