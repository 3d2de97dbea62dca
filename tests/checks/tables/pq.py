"""Post-quantum keys, signatures and key exchange."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.checks.framework.premise import Premise
from certgate.model.probe import ProbeOutcome
from certgate.x509.der import encoded
from tests.checks.tables.looks import asked, handshake
from tests.checks.tables.row import Table, cert, na, nc, oid, problem, reworked, row, sequence, spki

ACCEPTED, REFUSED, SILENT = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.SILENT
NO_MLDSA = na("neither the key nor the signature is ML-DSA")
HYBRIDS = "X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024"
NONE = f"the server takes none of the post-quantum groups {HYBRIDS}"
GROUPS = f"TLS 1.3, groups {HYBRIDS}"
AT_ONCE = f"{GROUPS} at once, before x25519, secp256r1, secp384r1"
HYBRID = "X25519MLKEM768"
(DRAFT,) = asked("pq.draft-group")
NEW, OLD = asked("pq.classical-fallback")


@cache
def _bits():
    public = mldsa.MLDSA65PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[4 + 13 :]


def mldsa_spki(parameters=b"", last=0x12):
    return sequence(sequence(bytes.fromhex(f"06096086480165030403{last:02x}"), parameters), _bits())


def mldsa_key(parameters=b"", last=0x12):
    return spki(mldsa_spki(parameters, last))


def used(*bits):
    return reworked(cert(key_usage=bits), spki=mldsa_spki())


def kem(last):
    return spki(sequence(sequence(bytes.fromhex(f"06096086480165030404{last:02x}")), encoded(b"\x03", b"\x00\x00")))


def unknown(what):
    return nc(f"it is not known whether the server accepts {what}: no word")


def fallback(what):
    return f"the server accepts {what} from a client without post-quantum groups"


def composite_key(last):
    return spki(sequence(sequence(oid(f"1.3.6.1.5.5.7.6.{last}")), encoded(b"\x03", b"\0" + b"\1" * 2017)))


def composite_signature(last):
    algorithm = sequence(oid(f"1.3.6.1.5.5.7.6.{last}"))
    return reworked(signature_algorithm=algorithm, signature=algorithm)


def composites():
    for what, made in (("key", composite_key), ("signature", composite_signature)):
        for last, name in ((37, "MLDSA44-RSA2048-PSS-SHA256"), (54, "MLDSA87-ECDSA-P521-SHA512")):
            said = f"the {what} is composite ML-DSA ({name}), which is not standardised for TLS"
            denied = Premise.ALGORITHM if what == "signature" else None
            yield row(f"a {what} with {last}", made(last), problem(said, key=what, denies=denied))
        yield from (row(f"a {what} with {last}, another algorithm", made(last)) for last in (36, 55))


NULL = b"\x05\x00"
TABLE: Table = {
    "pq.composite": (*composites(), row("an elliptic-curve key", cert()), row("ML-DSA alone", mldsa_key())),
    "pq.mldsa-form": (
        row("ML-DSA", mldsa_key()),
        row("an elliptic-curve key", cert(), NO_MLDSA),
        *(row(f"{last} with parameters", mldsa_key(NULL, last), problem("AlgorithmIdentifier of the key has parameters, none allowed", key="key parameters")) for last in (17, 18, 19)),
        *(row(f"{last}, HashML-DSA", mldsa_key(last=last), problem("the key is HashML-DSA, which is not allowed", key="key hash")) for last in (32, 33, 34)),
        *(row(f"{last}, another algorithm", mldsa_key(NULL, last), NO_MLDSA) for last in (16, 20, 31, 35)),
        row("signed with HashML-DSA", reworked(signature_algorithm=bytes.fromhex("300b0609608648016503040321")), problem("the signature is HashML-DSA, which is not allowed", key="signature hash")),
        row("for signing", used("digital_signature", "key_cert_sign")),
        row("without keyUsage", used()),
        row("for encryption", used("key_encipherment", "key_agreement"), problem("keyUsage has no bit for signing", key="no signing"), problem("keyUsage has keyAgreement", key="keyAgreement"), problem("keyUsage has keyEncipherment", key="keyEncipherment")),
    ),
    "pq.mlkem-leaf": (
        *(row(f"ML-KEM, {last}", kem(last), "the key is an ML-KEM key, which cannot sign") for last in (1, 2, 3)),
        *(row(f"{last}, another algorithm", kem(last)) for last in (0, 4)),
        row("an elliptic-curve key", cert()),
    ),
    "pq.group-offered": (
        row("the first handshake with it", handshake(group=HYBRID)),
        row("taken alone", handshake(answers=[(GROUPS, ACCEPTED, HYBRID)])),
        row("refused", handshake(answers=[(GROUPS, REFUSED, "")]), NONE),
        row("no word", handshake(answers=[(GROUPS, SILENT, "")]), unknown(GROUPS)),
    ),
    "pq.group-preferred": (
        row("the first handshake with it", handshake(group=HYBRID)),
        row("taken at once", handshake(answers=[(GROUPS, ACCEPTED, HYBRID), (AT_ONCE, ACCEPTED, HYBRID)])),
        row("taken alone, not at once", handshake(answers=[(GROUPS, ACCEPTED, HYBRID), (AT_ONCE, REFUSED, "")]), "the server does not take a post-quantum group at once: no word"),
        row("not taken", handshake(answers=[(GROUPS, REFUSED, ""), (AT_ONCE, REFUSED, "")]), na(NONE)),
        row("no word", handshake(answers=[(GROUPS, ACCEPTED, HYBRID), (AT_ONCE, SILENT, "")]), unknown(AT_ONCE)),
    ),
    "pq.draft-group": (
        row("refused", handshake(answers=[(DRAFT, REFUSED, "")])),
        row("accepted", handshake(answers=[(DRAFT, ACCEPTED, "X25519Kyber768Draft00")]), problem("the server accepts X25519Kyber768Draft00, a group of an abandoned draft", key="TLSv1.3")),
        row("no word", handshake(answers=[(DRAFT, SILENT, "")]), unknown(DRAFT)),
    ),
    "pq.classical-fallback": (
        row("refused", handshake(group="MLKEM1024", answers=[(NEW, REFUSED, ""), (OLD, REFUSED, "")])),
        row("a classical group", handshake(answers=[(OLD, REFUSED, "")]), problem(fallback("x25519"), key="TLSv1.3", cause="tls.group")),
        row("an older version", handshake("TLSv1.2", group="MLKEM1024", answers=[(NEW, REFUSED, "")]), problem(fallback("TLSv1.2"), key="TLSv1.2", cause="tls.version")),
        row("no word", handshake(group="MLKEM1024", answers=[(NEW, REFUSED, ""), (OLD, SILENT, "")]), unknown(OLD)),
    ),
}  # fmt: skip
