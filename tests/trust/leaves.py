"""Leaves that a CA signed, drawn at random: plain ones, odd ones, and such with damaged parts."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from cryptography import x509

from certgate.lab.pki import CLOCK, Credential, algorithm_identifier, issue, make_key, sign
from certgate.x509.der import encoded, sequence
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH
from tests.fuzz.mutate import restructured

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, path_length=0)
SCTS = "1.3.6.1.4.1.11129.2.4.2"
KEYS = {kind: make_key(kind) for kind in ("P-256", "P-384", "RSA-2048", "Ed25519")}
OTHER_KEYS = {"P-256": make_key(), "P-384": make_key("P-384")}


def leaf(issuer: Credential = CA, **changes) -> Credential:
    usual = {"subject": "a.example", "sans": ["a.example"], "issuer": issuer, "key": KEYS["P-256"]}
    return issue(**(usual | changes))


def signed(tbs: bytes) -> bytes:
    """A certificate of these signed parts, whatever they are."""
    signature = encoded(b"\x03", b"\0" + sign(CA.key, tbs, "sha256"))
    return encoded(b"\x30", tbs + algorithm_identifier(CA.key, "sha256") + signature)


def drawn(random: Random) -> Credential:
    """A leaf of plain parts, and now and then of one that is not."""
    names = ["a.example", "b.a.example", "c.example", "d.example"]
    odd = {
        "sans": [
            random.choice(("*.a.example", "10.0.0.1", "2001:db8::1", "spiffe://d.example/e", "host", "f_g.example"))
        ],
        "ekus": random.choice(([SERVER_AUTH, CLIENT_AUTH], [CLIENT_AUTH], [])),
        "serial": random.choice((0, -5, 1 << 159, 1 << 161)),
        "key": random.choice(list(KEYS.values())),
        "subject": random.choice(("B 1", "CA", "x" * 64)),
        "ca": True,
        "days": 20,
    }
    plain = {
        "subject": random.choice(("", "a.example", "other-2.example")),
        "sans": random.sample(names, random.choice((1, 2, 3))),
        "key": random.choice((KEYS["P-256"], OTHER_KEYS["P-256"])),
        "serial": random.choice((1, 127, 128, 1 << 158, random.getrandbits(120))),
        "not_before": CLOCK - timedelta(days=random.choice((1, 10, 20))),
        "days": random.choice((21, 40, 80)),
        "extensions": {x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(random.randbytes(20)), False)},
        "raw_extensions": [(SCTS, False, encoded(b"\x04", random.randbytes(9)))],
    }
    chosen = random.sample(list(odd), random.choice((0, 0, 1)))
    return leaf(**(plain | {name: odd[name] for name in chosen}))


def leaves(count: int, seed: int = 0) -> Iterator[bytes]:
    """Leaves that the CA signed: drawn ones, and such with damaged parts."""
    random = Random(seed)
    for _ in range(count):
        der = drawn(random).der
        yield der
        yield signed(restructured(random, sequence(der)[0].der))
