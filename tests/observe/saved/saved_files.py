"""Observations, and the lines of files that hold them."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

import certgate.observe.saved
from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.finding import Severity
from certgate.model.kubernetes_facts import (
    BundleServer,
    HostUse,
    IssuerState,
    KubernetesFacts,
    NamedSecret,
    Reference,
    Renewal,
    SecretState,
)
from certgate.model.mutual_tls import ClientFiles, ClientKind, Expect, MutualTls
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    IssuancePlan,
    Note,
    Observation,
    Observed,
    Phase,
    PreludeFacts,
    Refusal,
    Vantage,
)
from certgate.model.peers import Peers
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.proxy import Proxy
from certgate.model.published import Published
from certgate.model.target import (
    Endpoint,
    FileSource,
    Origin,
    Place,
    Purpose,
    Revocation,
    Role,
    Sameness,
    Target,
    TrustMode,
    Visit,
)
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations, load_saved

NOW = datetime(2026, 6, 15, 12, 0, 1, 500, tzinfo=UTC)
SCHEMA = json.loads(Path(certgate.observe.saved.__file__).with_name("saved.schema.json").read_text())
FULL = Observed(
    Target(
        id="10.0.3.7:8443/postgres#db.corp.example",
        ordinal=0,
        source=Endpoint(
            "10.0.3.7",
            8443,
            "db.corp.example",
            "postgres",
            Visit(
                alpn=("postgresql",),
                all_addresses=True,
                at=("10.0.3.7", "lb.example"),
                also=("b.example",),
                client=ClientFiles("client.pem", "client.key"),
                proxy=Proxy("socks5h", "2001:db8::1", 1080),
                proxy_protocol="v2",
                origin=Origin(
                    host="2001:db8::7",
                    port=8443,
                    trust=("origin.pem",),
                    client=ClientFiles("origin.pem", "origin.key"),
                    same=(Sameness.NAMES, Sameness.KEY),
                    closed=True,
                ),
                clients_without_sni=True,
                may_probe=True,
                mtls=MutualTls(
                    expect=Expect.OPTIONAL,
                    control=ClientFiles("good.pem", "good.key"),
                    needs_control=False,
                    refuse=((ClientKind.EXPIRED, ClientFiles("expired.pem")),),
                    app="/healthz",
                ),
            ),
        ),
        place=Place("certgate.yaml", 6, 5),
        range="10.0.3.0/24",
        policy="spiffe-svid",
        trust=("tenants/a.pem",),
        trust_mode=TrustMode.ANY_OF,
        roles=frozenset({Role.SERVER, Role.SPIFFE}),
        role_reason="spiffe_ids are given",
        names=("db.corp.example",),
        spiffe_ids=("spiffe://corp.example/db",),
        peers=(Peers(clients=("spiffe://corp.example/*",), servers=("spiffe://corp.example/db",), tenant="pay"),),
        policy_oids=("2.23.140.1.2.2",),
        labels={"tier": "edge"},
        revocation=Revocation.HARD,
        expect="chain.pem",
        purpose=Purpose.ANY,
    ),
    (
        Observation(observed_at=NOW, vantage=Vantage("10.0.3.7:8443", "db.corp.example")),
        Observation(
            observed_at=NOW,
            vantage=Vantage("10.0.3.7:8443", "db.corp.example", "no-sni", "http://proxy.example:3128"),
            presented=(b"\x30\x00\xff\xfe\xfd", b"\x30\x01\x00"),
            staple=b"\x30\xfb\xff",
            prelude=PreludeFacts("postgres", "way", "injected"),
            handshake=HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", "h2"),
            client_certificate="ab" * 32,
            failure=Failure(FailureKind.ALERT, Phase.HANDSHAKE, 'a \u2028 line, a \x1b and a "quote"'),
            probes=(
                ProbeAnswer(
                    what="mtls none",
                    outcome=ProbeOutcome.REFUSED_BY_APPLICATION,
                    chosen="TLSv1.3",
                    alert=116,
                    status=400,
                    detail="it answered with HTTP status 400",
                    requested=True,
                    ca_names=("CN=Clients",),
                    client_id="spiffe://corp.example/web",
                ),
            ),
            notes=(Note.CLASSICAL_RETRY,),
            timings={"connect": 0.001},
            connections=2,
            unvisited=("10.0.3.8:8443",),
            lines=(3, 40),
            evidence=(
                Evidence(
                    kind=EvidenceKind.OCSP,
                    source="http://ocsp.example/",
                    content=b"\x30\xff",
                    about="ab" * 32,
                    nonce=b"n" * 32,
                ),
                Evidence(
                    kind=EvidenceKind.CRL,
                    source="http://crl.example/",
                    content=None,
                    failure=FetchFailure.STATUS,
                    detail="answered with status 404",
                ),
                Evidence(kind=EvidenceKind.ISSUER, source="http://ca.example/", content=b""),
            ),
            container="PKCS#12",
            public_key=b"\x30\x01",
            key_problem="why",
            request=b"\x30\x02",
            plan=IssuancePlan(
                duration=timedelta(days=90),
                renew_before=timedelta(seconds=1.5),
                self_signed=True,
                is_drafted=True,
                refusals=(Refusal("no-name", "it names nothing"),),
            ),
            published=Published(Role.CRL, b"a CRL"),
            kubernetes=KubernetesFacts(
                object="Ingress shop/web",
                uses=(HostUse("Ingress shop/web", "a.example"),),
                secrets=(
                    NamedSecret(
                        name="shop/web",
                        state=SecretState.LEFT_OUT,
                        detail="--no-secrets",
                        chain=(b"0",),
                        public_key=b"\x30",
                        key_problem="why",
                        not_before=NOW,
                        not_after=NOW,
                    ),
                    NamedSecret(name="shop/old"),
                ),
                references=(Reference("Gateway edge/gw", "shop/web", None, "why"),),
                not_visited="why",
                server=BundleServer(
                    name="a:443", anchors=(b"0",), asked="a:443", host="a", chain=(b"0",), detail="why", refusal="no"
                ),
                renewal=Renewal(NOW, NOW, NOW),
                issuer=IssuerState("Issuer shop/ca", is_ready=False, detail="why"),
            ),
        ),
    ),
)
_, SEEN = FULL.observations
PLAIN = Observed(
    Target(id="a.pem", ordinal=0, source=FileSource("a.pem")),
    (Observation(observed_at=NOW, presented=(b"0",), lines=(3,)),),
)
OTHER = Observed(
    Target(id="b.pem", ordinal=1, source=FileSource("b.pem", "b.key", bundle="bundle.pem")),
    (Observation(observed_at=NOW),),
)
HEADER = RunHeader(version="1.2.3", started_at=NOW, fail_on=Severity.ERROR, policies=("p",), rules={})


def saved(*pairs, **summary):
    """The lines of a file with these targets."""
    stream = io.StringIO()
    writer = SavedObservations(stream)
    writer.begin(HEADER)
    for pair in pairs:
        writer.observed(pair)
    writer.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: len(pairs)}, **summary))
    return stream.getvalue().encode().splitlines(keepends=True)


def load(lines):
    return list(load_saved("seen.jsonl", lines))


def refused(lines):
    with pytest.raises(UsageError) as caught:
        load(lines)
    return str(caught.value)


def keeps_to_the_schema(line):
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return validator.is_valid(json.loads(line))


def changed(number=1, pair=PLAIN, **changes):
    """A file in one line of which members are changed, or taken away by `...`."""
    lines = saved(pair)
    document = json.loads(lines[number])
    for path, value in changes.items():
        *parents, last = (int(part) if part.isdecimal() else part for part in path.split("__"))
        place = document
        for parent in parents:
            place = place[parent]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    lines[number] = json.dumps(document).encode() + b"\n"
    return lines


def holding(*contents, target="c.pem"):
    evidence = tuple(
        Evidence(kind=EvidenceKind.CRL, source=f"http://crl.example/{n}", content=c) for n, c in enumerate(contents)
    )
    return Observed(
        Target(id=target, ordinal=0, source=FileSource(target)), (Observation(observed_at=NOW, evidence=evidence),)
    )
