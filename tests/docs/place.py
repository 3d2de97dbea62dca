"""Where the commands of the documents run: a folder with the files that pages name, and the hosts, as servers here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from OpenSSL import SSL, crypto

from certgate.lab.chain import CLIENT_AUTH, Chain, issue_public, make_chain, make_client, make_root
from certgate.lab.crl import make_crl
from certgate.lab.ct import Log, log_list
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, Credential, issue, pem
from certgate.lab.prelude.database_servers import postgres
from certgate.lab.prelude.mail_servers import imap
from certgate.lab.prelude.smtp_server import smtp
from certgate.lab.scenario import Behaviour
from certgate.lab.scenarios.spiffe import SIGNER, svid
from certgate.lab.server import LOOPBACK, Servers
from certgate.lab.service import Service, tls_context

PUBLIC_NAMES = [
    "api.example.com", "www.example.com", "example.com", "example.org", "mx.example.com", "mx1.example.com",
    "mx2.example.com", "mail.example.com", "broker.example.com", "db.example.com", "shop.example.com",
]  # fmt: skip
CORP_NAMES = [
    "db.corp.example", "db1.corp.example", "db-1.corp.example", "db-2.corp.example", "api.corp.example",
    "pay.corp.example", "mail.corp.example", "10.0.3.7", "10.0.3.8", "till-1.corp.example",
]  # fmt: skip
HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
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
    svid: Chain


def make_pki() -> Pki:
    """A public chain, one of the organisation's own CA, one of it with a fault, and an SVID."""
    return Pki(
        make_chain("api.example.com", {"sans": PUBLIC_NAMES}, ({},), "public", issue_public(3, timedelta())),
        make_chain("db.corp.example", {"sans": CORP_NAMES}, ({},), "internal"),
        make_chain("till-1.corp.example", {"days": 900, "not_before": CLOCK - timedelta(days=9)}, ({},), "internal"),
        make_chain("", svid(), (SIGNER,), "spiffe"),
    )


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
    for name in ("public", "corp", "weak", "svid"):
        chain = getattr(pki, name)
        file = folder / f"{name}.pem"
        file.write_bytes(pem(chain.leaf, *chain.issuers))
        contexts[name] = tls_context([(file, chain.leaf.key)], None, None)
    mutual = tls_context([(folder / "corp.pem", pki.corp.leaf.key)], None, _asks_clients)

    def service(name: str, **more: object) -> Service:
        return Service(behaviour=Behaviour.TLS, context=contexts.get(name, mutual), **more)

    where = {
        **{(host, port): service("public") for host in PUBLIC_NAMES for port in (443, 465, 8443, 8883)},
        **{(host, port): service("corp") for host in CORP_NAMES for port in (443, 8443, 636)},
        **{(host, 5432): service("corp", opening=postgres) for host in CORP_NAMES},
        **{(host, port): service("public", opening=smtp) for host in PUBLIC_NAMES for port in (25, 587)},
        **{(host, port): service("corp", opening=smtp) for host in CORP_NAMES for port in (25, 587)},
        **{(host, 143): service("corp", opening=imap) for host in CORP_NAMES},
        ("till-1.corp.example", 443): service("weak"),
        ("pay.corp.example", 8443): service("mutual", answer=HTTP_OK),
        ("db.example.com", 5432): service("public"),
        ("10.0.3.7", 9443): service("svid"),
    }
    distinct = list({id(one): one for one in where.values()}.values())
    shared = {}
    for one in distinct:  # services that are equal but for their place share a server
        shared.setdefault((id(one.context), one.opening, one.answer), one)
    with Servers(list(shared.values())) as servers:
        ports = dict(zip(shared, servers.ports, strict=True))
        yield {
            place: (LOOPBACK, ports[id(one.context), one.opening, one.answer]) for place, one in where.items()
        }


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
        "pki/root.pem": pem(root),
        "public-root.pem": pem(public.root),
        "ca.pem": pem(ca),
        "ca.key": ca.key_pem,
        "root.key": root.key_pem,
        "ca.crt": pem(root),
        "app.pem": pem(public.root),
        "fullchain.pem": chain,
        "chain.pem": own,
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
        "ca.crl": make_crl(public.issuer),
        "root.crl": make_crl(public.root),
        "crls/ca.crl": make_crl(public.issuer),
        "issuer.pem": pem(public.issuer),
        "lost-keys.txt": b"0" * 64,
        "log_list.json": log_list(Log("A log", "An operator")).encode(),
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
        "printers.txt": b"10.0.3.99\n",
        "proxy.txt": b"robot:secret\n",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def _request(credential: Credential, host: str | None) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([]) if host else credential.native.subject
    )
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
