"""Where the commands of the documents run: a folder with the files that pages name, and the hosts, as servers here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from OpenSSL import SSL, crypto

from certgate.lab.chain import Chain, access, make_chain, make_client, make_root
from certgate.lab.crl import make_crl
from certgate.lab.ct import Log, issue_logged, log_list
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, Credential, issue, key_id, pem
from certgate.lab.prelude.database_servers import postgres
from certgate.lab.prelude.mail_servers import imap
from certgate.lab.prelude.smtp_server import smtp
from certgate.lab.scenario import Behaviour
from certgate.lab.scenarios import all_scenarios
from certgate.lab.scenarios.spiffe import SIGNER, svid
from certgate.lab.server import LOOPBACK, Servers
from certgate.lab.service import Service, tls_context

PUBLIC_NAMES = [
    "api.example.com", "www.example.com", "example.com", "example.org", "mx.example.com", "mx1.example.com",
    "mx2.example.com", "mail.example.com", "broker.example.com", "db.example.com", "shop.example.com",
]  # fmt: skip
CORP_NAMES = [
    "db.corp.example", "db1.corp.example", "db-1.corp.example", "db-2.corp.example", "api.corp.example",
    "pay.corp.example", "mail.corp.example", "ldap.corp.example", "10.0.3.7",
]  # fmt: skip
HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LOGS = tuple(Log(f"Log {n}", f"Operator {n}") for n in (1, 2, 3))
NOBODY = (LOOPBACK, 1)
"""Where every host is that this place does not have: nothing listens there."""


class Ticking(datetime):
    """The lab's clock, a microsecond further at each look."""

    looks = 0

    @classmethod
    def now(cls, tz=None):
        cls.looks += 1
        return (CLOCK + timedelta(microseconds=cls.looks)).astimezone(tz or UTC)


class Pki(NamedTuple):
    """The chains of the place."""

    public: Chain
    corp: Chain
    weak: Chain
    short: Chain
    svid: Chain


def public_leaf(**changes: Any) -> Credential:
    """A leaf as a public CA issues it: with the URL of its issuer, and logged."""
    return issue_logged(logs=LOGS, extensions={x509.AuthorityInformationAccess: (access(), False)}, **changes)


def make_pki() -> Pki:
    """A public chain, one of the organisation's own CA, one of it with a fault, and an SVID."""
    return Pki(
        make_chain("api.example.com", {"sans": PUBLIC_NAMES}, ({},), "public", public_leaf),
        make_chain("db.corp.example", {"sans": CORP_NAMES}, ({},), "internal"),
        make_chain("till-1.corp.example", {"days": 900, "not_before": CLOCK - timedelta(days=9)}, ({},), "internal"),
        make_chain("db.internal", {"sans": ["db.internal", "db-1"]}, ({},), "internal"),
        make_chain("", svid(), (SIGNER,), "spiffe"),
    )


def _modern(context: SSL.Context) -> None:
    context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")


def _asks_clients(context: SSL.Context) -> None:
    root = make_root("clients").native
    if store := context.get_cert_store():
        store.add_cert(crypto.X509.from_cryptography(root))
        store.set_time(CLOCK)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    context.set_session_id(b"docs")
    context.set_options(SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.add_client_ca(root)


@contextmanager
def serving(pki: Pki, folder: Path) -> Iterator[Mapping[tuple[str, int], tuple[str, int]]]:
    """The servers of the place; where each host and port is."""
    contexts = {}
    for name in Pki._fields:
        chain = getattr(pki, name)
        file = folder / f"{name}.pem"
        file.write_bytes(pem(chain.leaf, *chain.issuers))
        contexts[name] = tls_context([(file, chain.leaf.key)], None, _modern)
    mutual = tls_context([(folder / "corp.pem", pki.corp.leaf.key)], None, _asks_clients)

    def service(name: str, **more: object) -> Service:
        return Service(behaviour=Behaviour.TLS, context=contexts.get(name, mutual), **more)

    where = {
        **{(host, port): service("public") for host in PUBLIC_NAMES for port in (443, 465, 993, 8443, 8883)},
        **{(host, port): service("corp") for host in CORP_NAMES for port in (443, 8443, 636)},
        **{(host, 5432): service("corp", opening=postgres) for host in CORP_NAMES},
        **{(host, port): service("public", opening=smtp) for host in PUBLIC_NAMES for port in (25, 587)},
        **{(host, port): service("corp", opening=smtp) for host in CORP_NAMES for port in (25, 587)},
        **{(host, 143): service("corp", opening=imap) for host in CORP_NAMES},
        ("db-1", 5432): service("short", opening=postgres),
        ("db.internal", 8443): service("short"),
        ("till-1.corp.example", 443): service("weak"),
        ("pay.corp.example", 8443): service("mutual", answer=HTTP_OK),
        ("db.example.com", 5432): service("public"),
        ("10.0.3.7", 9443): service("svid"),
        ("proxy.example.com", 3128): service("public", opening=all_scenarios()["good-http-proxy"].opening),
    }
    distinct = list({id(one): one for one in where.values()}.values())
    shared = {}
    for one in distinct:  # services that are equal but for their place share a server
        shared.setdefault((id(one.context), one.opening, one.answer), one)
    with Servers(list(shared.values())) as servers:
        ports = dict(zip(shared, servers.ports, strict=True))
        yield {place: (LOOPBACK, ports[id(one.context), one.opening, one.answer]) for place, one in where.items()}


CONFIG = """\
trust: [mozilla]
targets:
  - host: api.example.com
    labels: {team: shop, tier: edge}
  - host: db.corp.example:5432/postgres
    policy: internal-pki
    trust: [pki/root.pem]
    labels: {team: data, tier: core}
"""


def write_files(folder: Path, pki: Pki) -> None:
    """Every file that pages name and do not show."""
    root, ca = pki.corp.root, pki.corp.issuer
    leaf, public = pki.corp.leaf, pki.public
    chain = pem(public.leaf, *public.issuers)
    own = pem(leaf, ca)
    client = make_client("probe", {})
    expired = make_client("probe", {"not_before": CLOCK - timedelta(days=60), "days": 30})
    other = make_client("probe", {"issuer": make_root("stranger")})
    bundle = pem(pki.svid.root)
    password = BestAvailableEncryption(b"open sesame")
    for name, content in {
        "certgate.yaml": CONFIG.encode(),
        "hosts.txt": b"api.example.com\nwww.example.com team=shop\n".replace(b" team", b" label.team"),
        "root.pem": pem(root),
        "tenants/a.pem": bundle,
        "pki/root.pem": pem(root),
        "public-root.pem": pem(public.root),
        "ca.pem": pem(ca),
        "ca.key": ca.key_pem,
        "root.key": root.key_pem,
        "ca.crt": pem(root),
        "app.pem": pem(public.root),
        "fullchain.pem": chain,
        "chain.pem": own,
        "other.pem": own,
        "anchor.pem": pem(root),
        "tls.der": issue("db.corp.example", issuer=root, sans=["db.corp.example"]).der,
        "team.yaml": b"extends: [internal-pki]\n",
        "policies/team.yaml": b"extends: [webpki-public]\n",
        "policies/team.test.yaml": b"cases: [{name: a good chain passes, lab: good-rsa, expect: []}]\n",
        "privkey.pem": public.leaf.key_pem,
        "server.pem": pem(leaf),
        "server.key": leaf.key_pem,
        "intermediate.pem": pem(ca),
        "tls.crt": own,
        "tls.key": leaf.key_pem,
        "pass.txt": b"open sesame\n",
        "server.p12": pkcs12.serialize_key_and_certificates(
            b"x", public.leaf.key, public.leaf.native, [one.native for one in public.issuers], password
        ),
        "request.csr": _request(public.leaf, "api.example.com"),
        "server.csr": _request(leaf, "db.corp.example"),
        "origin.csr": _request(leaf, "www.example.com"),
        "intermediate.csr": _request(ca, None),
        "svid.key": pki.svid.leaf.key_pem,
        "manifests.yaml": _secret(public),
        "deploy/secrets.yaml": _secret(public),
        "tls/fullchain.pem": chain,
        "chains/api.pem": chain,
        "ocsp.der": make_staple(public.leaf, public.issuer),
        "ca.crl": _crl(public.issuer),
        "root.crl": _crl(public.root),
        "crls/ca.crl": _crl(public.issuer),
        "notify.txt": b"json://127.0.0.1:1/\n",
        "issuer.pem": pem(public.issuer),
        "lost-keys.txt": b"0" * 64,
        "log_list.json": log_list(*LOGS).encode(),
        "cert.pem": pem(leaf),
        "client.pem": pem(client),
        "probes/good.pem": pem(client),
        "probes/good.key": client.key_pem,
        "probes/expired.pem": pem(expired),
        "probes/expired.key": expired.key_pem,
        "probes/other.pem": pem(other),
        "probes/other.key": other.key_pem,
        "svid.pem": pem(pki.svid.leaf, *pki.svid.issuers),
        "svid_key.pem": pki.svid.leaf.key_pem,
        "bundle.pem": bundle,
        "printers.txt": b"10.0.3.40\n",
        "proxy.txt": b"robot:secret\n",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def files_of(page: str, pki: Pki) -> dict[str, bytes]:
    """What a page means by a name that others use for something else."""
    if page.endswith("revocation.md"):
        return {"ca.pem": pem(pki.public.issuer)}
    if page.endswith("internal-ca.md"):
        return {"ca.crl": _crl(pki.corp.issuer)}
    if page.endswith(("check.md", "pre-deploy.md")):
        return {"certgate.yaml": b"targets: [{file: tls/fullchain.pem}, {manifest: deploy/secrets.yaml}]\n"}
    if page.endswith(("scan.md", "explain.md")):
        line = b" policy=internal-pki trust=pki/root.pem\n"
        return {"hosts.txt": b"db-1:5432/postgres" + line + b"db.corp.example" + line}
    if page.endswith("reference/policy.md"):
        till = make_chain("till-1.acme.example", {}, (), "internal")
        return {"till.pem": pem(till.leaf)}
    if page.endswith("mtls.md"):
        both = {"ekus": ("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")}
        client = make_chain("client.example.com", both, ({},), "public", public_leaf)
        return {"client.pem": pem(client.leaf, *client.issuers)}
    if page.endswith("trust.md"):
        past = CLOCK.replace(year=2021)
        root = issue("Root", ca=True, not_before=past, days=900)
        return {"anchor.pem": pem(root), "chain.pem": pem(issue("a.example", issuer=root, not_before=past, days=200))}
    return {}


def _crl(issuer: Credential) -> bytes:
    key = x509.AuthorityKeyIdentifier(key_id(issuer.key), None, None)
    return make_crl(issuer, extensions=[(key, False)])


def _request(credential: Credential, host: str | None) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]) if host else credential.native.subject)
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
    return builder.sign(credential.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _secret(chain: Chain) -> bytes:
    def indented(text: bytes) -> str:
        return "".join(f"    {line}\n" for line in text.decode().splitlines())

    return (
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: web, namespace: shop}\nstringData:\n"
        f"  tls.crt: |\n{indented(pem(chain.leaf, *chain.issuers))}  tls.key: |\n{indented(chain.leaf.key_pem)}"
    ).encode()
