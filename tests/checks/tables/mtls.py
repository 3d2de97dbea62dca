"""Whom a server lets in, and what a client's certificate is for."""

from certgate.checks.framework.registry import Passed
from certgate.lab.pki import CLOCK
from certgate.model.finding import Severity
from certgate.model.mutual_tls import Expect, MutualTls
from certgate.model.observation import Observation, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import FileSource, Visit
from tests.checks.tables.looks import HERE, LEAF, NAME, vantages
from tests.checks.tables.row import Table, cert, na, nc, problem, row, warning

SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
IN, OUT, CLOSED, SILENT = (
    ProbeOutcome.ACCEPTED,
    ProbeOutcome.REFUSED_AFTER_HANDSHAKE,
    ProbeOutcome.CLOSED,
    ProbeOutcome.SILENT,
)
NOBODY = na("the target expects that nobody needs a client certificate")
ACCEPTED = {"outcome": "accepted", "tls": ""}
ALSO, HOW = "b.example", "Say how to ask: app: http, or app: none"


def shown(*, ca_names=("CN=Clients",), requested=True, also=(), **outcomes):
    """A server that answers to clients, by their kind with _ for -; `also` are further names."""

    def of(**declared):
        answers = tuple(
            ProbeAnswer(
                what=f"mtls {what.replace('_', '-').replace('+', ' ')}",
                outcome=outcome,
                detail="the detail",
                requested=requested,
                ca_names=ca_names if requested else (),
            )
            for what, outcome in outcomes.items()
        )
        look = Observation(observed_at=CLOCK, vantage=Vantage(HERE, NAME), presented=(LEAF.der,), probes=answers)
        return vantages(look, visit=Visit(mtls=MutualTls(**declared), also=also))

    return of


def unclear(client):
    return f"{client} is neither let in nor refused at {HERE}: the detail"


def let_in(client, key):
    return problem(f"{client} is let in at {HERE}: the detail", key=key, evidence=ACCEPTED)


def verifying(kind, other, client, another, *, remark=()):
    """Rows of a rule that tries clients of this kind, and of another one."""
    name = kind.replace("_", "-")
    both = "; ".join(unclear(one) for one in (client, another))
    return (
        row("all refused", shown(control=IN, **{kind: OUT, other: OUT})(), *remark),
        row("one let in", shown(control=IN, **{kind: IN, other: OUT})(), let_in(client, name)),
        row("closed, where the control is let in", shown(control=IN, **{kind: CLOSED, other: OUT})(), *remark),
        row("closed, and no control", shown(**{kind: CLOSED, other: CLOSED})(), nc(both)),
        row("silence", shown(control=IN, **{kind: SILENT, other: OUT})(), nc(f"{unclear(client)}. {HOW}")),
        row("nobody needs one", shown(none=IN)(expect=Expect.NONE), NOBODY),
        row("a file", vantages(source=FileSource("a.pem")), na("it is about endpoints")),
    )


TABLE: Table = {
    "mtls.client-eku": (
        row("clientAuth", cert(ekus=(SERVER, CLIENT))),
        row("any", cert(ekus=(SERVER, ANY)), "extendedKeyUsage lacks clientAuth, it has anyExtendedKeyUsage, serverAuth"),
        row("absent", cert(ekus=()), na("no extendedKeyUsage")),
        row("absent, which the policy warns of", cert(ekus=()), warning("no extendedKeyUsage: the certificate is for everything, not for clients alone", key="absent"), allow_absent=False),
        row("clientAuth alone", cert(ekus=(CLIENT,)), allow_absent=False),
    ),
    "mtls.required": (
        row("a stranger refused", shown(none=OUT, control=IN)()),
        row("a stranger let in", shown(none=IN, control=IN)(), let_in("a client without a certificate", "none")),
        row("a stranger refused, and nobody let in", shown(none=OUT)(), nc(f"perhaps nobody gets in at {HERE}: every client that was tried is refused, and none of them has to be let in. Name a client that must be let in (control, or --cert), or say control: none")),
        row("a stranger refused, and no control needed", shown(none=OUT)(needs_control=False)),
        row("silence", shown(none=SILENT, control=IN)(), nc(f"{unclear('a client without a certificate')}. {HOW}")),
        row("a stranger let in, where a certificate is optional", shown(none=IN)(expect=Expect.OPTIONAL), na("the target expects that a client certificate is optional")),
        row("a stranger let in, where nobody needs one", shown(none=IN)(expect=Expect.NONE)),
        row("a stranger refused, where nobody needs one", shown(none=OUT)(expect=Expect.NONE), f"a client without a certificate is refused at {HERE}: the detail"),
        row("no probe", shown()(), nc(f"no probe was made at {HERE}")),
        row("a file", vantages(source=FileSource("a.pem")), na("it is about endpoints")),
    ),
    "mtls.verifies-chain": verifying("self_signed", "lookalike", "a client with a self-signed certificate", "a client with a certificate of a CA that only has the name of an accepted one", remark=[Passed("without a probe: revoked, public-ca (the target names no file)")]),
    "mtls.verifies-time": verifying("expired", "not_yet_valid", "a client with an expired certificate", "a client with a certificate that is not valid yet"),
    "mtls.verifies-identity": verifying("foreign_trust_domain", "wrong_id", "a client of another trust domain", "a client that has no access"),
    "mtls.ca-names": (
        row("two names", shown(none=OUT, ca_names=("CN=Clients", "CN=Old clients"))(), problem("everybody can see these names of accepted CAs: CN=Clients, CN=Old clients", key="names", severity=Severity.INFO)),
        row("no name", shown(none=OUT, ca_names=())(), warning(f"no CA is named to clients at {HERE}", key="none")),
        row("not asked", shown(none=IN, requested=False)(), na("the server asks for no client certificate")),
    ),
    "mtls.resumption-bound": (
        row("refused under another name", shown(control=IN, also=(ALSO,), **{"resumed under b.example": OUT})()),
        row("let in under another name", shown(control=IN, also=(ALSO,), **{"resumed under b.example": IN})(), problem(f"a session of {NAME} is resumed under {ALSO} at {HERE}", key=ALSO)),
        row("silence", shown(control=IN, also=(ALSO,), **{"resumed under b.example": SILENT})(), nc(f"it is not known whether {ALSO} resumes sessions at {HERE}: the detail")),
        row("no other name", shown(control=IN)(), na("the target names no other server name in also")),
    ),
}  # fmt: skip
