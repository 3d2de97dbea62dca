"""keyUsage: what a key may do, how it is encoded, and whether it fits key, role and purposes."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.checks.framework.subjects import Handshake
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.row import Table, cert, key, na, problem, row, warning

SERVER, CLIENT, CODE, MAIL, TIME, OCSP = (
    p.dotted_string
    for p in (
        Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH, Purpose.CODE_SIGNING, Purpose.EMAIL_PROTECTION, Purpose.TIME_STAMPING,
        Purpose.OCSP_SIGNING,
    )
)  # fmt: skip
NO_KU = na("no keyUsage")
ZEROS = "the encoding of keyUsage ends with bits that are not set"
NOTHING = na("no keyUsage together with a known purpose in extendedKeyUsage")


def usage(*bits, critical=True):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return {x509.KeyUsage: (x509.KeyUsage(**{name: name in bits for name in names}), critical)}


def ec(*bits, critical=True):
    return cert(extensions=usage(*bits, critical=critical))


def rsa(*bits):
    return cert(key="RSA-2048", extensions=usage(*bits))


def ca(*bits, key="P-256"):
    return cert(ca=True, key=key, key_usage=bits)


def for_purpose(*purposes, use):
    return cert(ekus=purposes, key_usage=use)


def has(bit):
    return problem(f"keyUsage has {bit}", key=bit)


def lacks(bit, **more):
    return problem(f"keyUsage lacks {bit}", key=bit, **more)


def has_warning(bit):
    return warning(f"keyUsage has {bit}", key=bit)


def negotiated(version, *bits, kind="RSA-2048"):
    def made():
        leaf = issue("a.example", key=key(kind), key_usage=bits)
        return Handshake(HandshakeFacts(version, "TLS_AES_128_GCM_SHA256"), parse_certificate(leaf.der))

    return made


def encoded(value):
    return cert(key_usage=(), raw_extensions=[("2.5.29.15", True, bytes.fromhex(value))])


def unusable(name, kind):
    return problem(f"keyUsage has {name}, but the key type is {kind}", cause="ku.ca-only")


def no_use(role, **more):
    return problem(f"keyUsage has no bit that a {role} uses in TLS", key=role, **more)


def handshake_rows(bits, *, server, client):
    what = ", ".join(bits)
    fits = {Role.SERVER: server, Role.CLIENT: client}
    for role, is_fit in fits.items():
        yield row(f"{what} for a {role}", cert(key_usage=bits), *([] if is_fit else [no_use(role)]), role=role)


SIGNING = ("digital_signature",)

TABLE: Table = {
    "ku.present": (
        row("critical", cert()),
        row("not critical", ec(*SIGNING, critical=False), "keyUsage is not critical"),
        row("absent", cert(key_usage=()), "no keyUsage"),
    ),
    "ku.rsa-leaf": (
        row("digitalSignature", rsa(*SIGNING)),
        row("with keyEncipherment", rsa(*SIGNING, "key_encipherment")),
        row("keyEncipherment alone", rsa("key_encipherment"), warning("keyUsage lacks digitalSignature", key="digitalSignature")),
        row("with dataEncipherment", rsa(*SIGNING, "data_encipherment"), has_warning("dataEncipherment")),
        row("with nonRepudiation and keyCertSign", rsa(*SIGNING, "content_commitment", "key_cert_sign"), has("keyCertSign"), has("nonRepudiation")),
        row("with keyAgreement and decipherOnly", rsa(*SIGNING, "key_agreement", "decipher_only"), has("decipherOnly"), has("keyAgreement")),
        row("no bit", rsa(), problem("keyUsage has no bit set", key="empty", cause="ku.handshake")),
        row("absent", cert(key="RSA-2048", key_usage=()), NO_KU),
        row("an elliptic-curve key", cert(), na("the key type is EC")),
    ),
    "ku.ec-leaf": (
        row("digitalSignature", ec(*SIGNING)),
        row("with keyAgreement", ec(*SIGNING, "key_agreement"), has_warning("keyAgreement")),
        row("with keyEncipherment and cRLSign", ec(*SIGNING, "key_encipherment", "crl_sign"), has("cRLSign"), has("keyEncipherment")),
        row("keyAgreement alone", ec("key_agreement"), lacks("digitalSignature"), has_warning("keyAgreement")),
        row("no bit", ec(), lacks("digitalSignature", cause="ku.handshake")),
        row("absent", cert(key_usage=()), NO_KU),
        row("an RSA key", cert(key="RSA-2048"), na("the key type is RSA")),
    ),
    "ku.tls13-signature": (
        row("digitalSignature", negotiated("TLSv1.3", *SIGNING)),
        row("absent", negotiated("TLSv1.3")),
        row("keyEncipherment", negotiated("TLSv1.3", "key_encipherment"), "the leaf's keyUsage lacks digitalSignature"),
        row("keyAgreement of a curve", negotiated("TLSv1.3", "key_agreement", kind="P-256"), problem("the leaf's keyUsage lacks digitalSignature", cause="ku.ec-leaf")),
        row("cRLSign", negotiated("TLSv1.3", "crl_sign"), problem("the leaf's keyUsage lacks digitalSignature", cause="ku.handshake")),
        row("keyEncipherment with TLS 1.2", negotiated("TLSv1.2", "key_encipherment"), na("TLSv1.2 was negotiated")),
    ),
    "ku.handshake": (
        *handshake_rows(SIGNING, server=True, client=True),
        *handshake_rows(("key_agreement",), server=True, client=True),
        *handshake_rows(("key_encipherment",), server=True, client=False),
        *handshake_rows(("crl_sign", "digital_signature"), server=True, client=True),
        *handshake_rows(("crl_sign",), server=False, client=False),
        *handshake_rows(("data_encipherment", "content_commitment"), server=False, client=False),
        row("no bit", ec(), no_use("server", cause="ext.form")),
        row("absent", cert(key_usage=()), NO_KU),
    ),
    "ku.ca": (
        row("keyCertSign and cRLSign", cert(ca=True)),
        row("absent", ca(), problem("no keyUsage", key="absent")),
        row("neither, not critical", cert(ca=True, extensions=usage(*SIGNING, critical=False)), problem("keyUsage is not critical", key="critical"), lacks("keyCertSign", cause="chain.issuer-keycertsign"), lacks("cRLSign")),
        row("no keyCertSign, to be deployed", ca("crl_sign"), lacks("keyCertSign"), role=Role.CA),
        row("no cRLSign", ca("key_cert_sign"), lacks("cRLSign")),
        row("no cRLSign, which the policy tolerates", ca("key_cert_sign"), warning("keyUsage lacks cRLSign", key="cRLSign"), crl_sign=False),
    ),
    "ku.encoding": (
        *(row(value, encoded(value)) for value in ("03020780", "03020106", "0303070080", "0303078080", "030100")),
        *(row(value, encoded(value), problem(ZEROS, key="zeros")) for value in ("03020080", "03020680", "0303008000", "0303078000")),
        row("no bit", encoded("03020700"), problem(ZEROS, key="zeros", cause="ext.form")),
        row("the ninth bit, decipherOnly", encoded("0303070080")),
        row("a tenth bit", encoded("0303068040"), problem("keyUsage has 10 bits, only 9 are defined", key="undefined")),
        row("absent", cert(key_usage=()), NO_KU),
    ),
    "ku.ca-only": (
        row("keyCertSign, cRLSign and digitalSignature", ca("key_cert_sign", "crl_sign", "digital_signature")),
        row("one more", ca("key_cert_sign", "key_agreement"), "keyUsage of the CA has keyAgreement"),
        row("two more", ca("key_cert_sign", "content_commitment", "key_agreement"), "keyUsage of the CA has keyAgreement, nonRepudiation"),
        row("absent", ca(), NO_KU),
    ),
    "ku.algorithm": (
        row("RSA encrypts", cert(key="RSA-2048", key_usage=(*SIGNING, "key_encipherment", "data_encipherment")), role=Role.CLIENT),
        row("RSA does not agree", cert(key="RSA-2048", key_usage=(*SIGNING, "key_agreement")), unusable("keyAgreement", "RSA"), role=Role.CLIENT),
        row("a curve agrees", cert(key_usage=(*SIGNING, "key_agreement")), role=Role.CLIENT),
        row("a curve does not encrypt keys", cert(key_usage=(*SIGNING, "key_encipherment")), unusable("keyEncipherment", "EC"), role=Role.CLIENT),
        row("a curve does not encrypt data", cert(key_usage=(*SIGNING, "data_encipherment")), unusable("dataEncipherment", "EC"), role=Role.CLIENT),
        row("Ed25519 signs", cert(key="Ed25519", key_usage=(*SIGNING, "content_commitment")), role=Role.CLIENT),
        row("Ed25519 does not agree", cert(key="Ed25519", key_usage=(*SIGNING, "key_agreement")), unusable("keyAgreement", "Ed25519"), role=Role.CLIENT),
        row("Ed448 does not encrypt", cert(key="Ed448", key_usage=(*SIGNING, "key_encipherment")), unusable("keyEncipherment", "Ed448"), role=Role.CLIENT),
        row("a CA encrypts with RSA", ca("key_cert_sign", "key_encipherment", key="RSA-2048"), warning("keyUsage of the CA has keyEncipherment", key="encryption", cause="ku.ca-only"), role=Role.ISSUER),
        row("absent", ca(), NO_KU, role=Role.ISSUER),
    ),
    "ku.purposes": (
        *(
            row(f"{name} with {bit}", for_purpose(oid, use=(bit,)))
            for name, oid, bit in [
                ("serverAuth", SERVER, "key_encipherment"), ("clientAuth", CLIENT, "key_agreement"),
                ("codeSigning", CODE, "digital_signature"), ("emailProtection", MAIL, "content_commitment"),
                ("timeStamping", TIME, "content_commitment"), ("OCSPSigning", OCSP, "digital_signature"),
            ]
        ),
        *(
            row(f"{name} with dataEncipherment", for_purpose(oid, use=("data_encipherment",)), problem(f"keyUsage has no bit for {name}", cause="ku.handshake"))
            for name, oid in [("serverAuth", SERVER), ("clientAuth", CLIENT), ("codeSigning", CODE), ("emailProtection", MAIL), ("timeStamping", TIME), ("OCSPSigning", OCSP)]
        ),
        row("one of two usable", for_purpose(SERVER, CLIENT, use=("key_encipherment",)), warning("keyUsage has no bit for clientAuth")),
        row("none of two, one unknown", for_purpose(CODE, "1.2.3", use=("key_encipherment",)), warning("keyUsage has no bit for codeSigning")),
        row("no purpose", cert(ekus=()), NOTHING),
        row("no keyUsage", cert(key_usage=()), NOTHING),
        row("an unknown purpose", cert(ekus=("1.2.3",)), NOTHING),
    ),
}  # fmt: skip
