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
from doctor.judgement.written import replaced
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
    edits: dict[str, list[Edit]] = {}
    if reads_condarc(facts):
        for item in (item for key in _KEYS for item in facts.settings.condarc.get(key, ())):
            if item.insecure:
                address = str(item.value)
                plain.setdefault(address, []).append(Evidence(f"{item.key}: {address}", *_place(item)))
                edit = replaced(item, _secure(address))
                edits.setdefault(address, []).extend([edit] if edit else [])
            if item.secret and not item.source.startswith("$"):
                yield _credentials(str(item.value), item.key, *_place(item))
        verify = facts.settings.condarc.get("ssl_verify", ())
        if verify and verify[0].value is False:
            yield _unverified(verify[0])
    root = facts.project.root.rstrip("/")
    for spec in facts.project.specifications:
        lines = spec.channel_lines or (0,) * len(spec.channels)
        for name, line in zip(spec.channels, lines, strict=False):
            if is_plain_http(name):
                plain.setdefault(name, []).append(Evidence(f"channel: {name}", spec.path, line))
                edits.setdefault(name, []).append(Edit(f"{root}/{spec.path}", name, _secure(name)))
            if "://" in name and (f"{_HIDDEN}@" in name or f"/t/{_HIDDEN}" in name):
                yield _credentials(name, "channels", spec.path, line)
    for address, evidence in plain.items():
        yield _plain(address, evidence, edits[address])
    records = [r for r in facts.conda.records if is_plain_http(r.url) and not _is_told(r, plain)]
    if records:
        yield _installed(records, facts)


def _place(item: Setting) -> tuple[str, int]:
    return item.source, item.line


def _is_told(r: CondaRecord, plain: dict[str, list[Evidence]]) -> bool:
    return any(r.url.startswith(address.rstrip("/") + "/") for address in plain)


def _secure(address: str) -> str:
    return "https" + address[4:]


def _plain(address: str, evidence: list[Evidence], edits: list[Edit]) -> Finding:
    secure = _secure(address)
    steps = tuple(edits) if len(edits) == len(evidence) else ()
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
    edit = replaced(item, "true")
    if edit is not None:
        trade_off = (
            "a server with a certificate of the company's own cannot be reached until conda knows that certificate"
        )
        remedy = Remedy(title, Safety.CAREFUL, (edit, company), trade_off)
    else:
        variable = item.source.startswith("$")
        where = f"Unset {item.source[1:]}." if variable else f"Set ssl_verify: true in {item.source}, line {item.line}."
        remedy = Remedy(title, Safety.MANUAL, (Tell(where), company))
    return Finding(
        Severity.WARNING,
        "ssl_verify",
        "conda does not check whose server it downloads packages from",
        (Evidence("ssl_verify: false", *_place(item)),),
        (),
        (remedy,),
    )


def _installed(records: list[CondaRecord], facts: Facts) -> Finding:
    """What came over plain http; a note where its channels are configured with https by now."""
    configured = {str(item.value).rstrip("/") for key in _KEYS for item in facts.settings.condarc.get(key, ())}
    by_now = all(any(_secure(r.url).startswith(f"{address}/") for address in configured) for r in records)
    channels = dict.fromkeys(r.channel for r in facts.conda.records if r.channel)
    anew = tuple(_secure(channel) if is_plain_http(channel) else channel for channel in channels)
    return Finding(
        Severity.NOTE if by_now else Severity.WARNING,
        "packages over http",
        f"{len(records)} {'package was' if len(records) == 1 else 'packages were'} installed over plain http",
        tuple(Evidence(f"{r.name} {r.version} from {r.url}", f"conda-meta/{r.dist}.json") for r in records[:8]),
        tuple(r.name for r in records),
        (
            Remedy(
                "Build the environment anew over https",
                Safety.CAREFUL,
                (Rebuild(channels=anew),),
                "the servers must answer at their https addresses",
            ),
        ),
    )


def examples() -> Iterator[Example]:
    """Plain http, credentials, certificate checks off, in each place; sound addresses."""
    records = (record("python", "3.11.7"),)

    def case(key: str, value: str | bool, *, secret: bool = False, source: str = "~/.condarc") -> Facts:
        plain = isinstance(value, str) and is_plain_http(value)
        text = f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
        line, written = (0, "") if source.startswith("$") or secret else (2, text)
        item = Setting(key, value, source, line, secret, plain, written)
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
    project = Project(present=True, root="~/demo", specifications=(spec,))
    yield Example("in environment.yml", environment(kind="conda", project=project), (hidden, plain))
    came = record("mine", "1", channel=plain, url=f"{plain}/linux-64/mine-1-0.conda")
    yield Example("installed over http", environment(kind="conda", records=(came,)), ("packages over http",))

    since = Settings(condarc={"channels": (Setting("channels", "https" + plain[4:], "~/.condarc", 2),)})
    repaired = environment(kind="conda", records=(came,), settings=since)
    yield Example("installed over http, https by now", repaired, ("packages over http",), Severity.NOTE)

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
