"""Certificate transparency logs of the lab, and certificates with their timestamps."""

import json
import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Unpack

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.lab.changes import Changes
from certgate.lab.pki import CLOCK, Credential, PrivateKey, issue, make_key, sign
from certgate.model.frozen import frozen
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import read_certificate
from certgate.x509.sct import EMBEDDED_SCTS, signed_data

__all__ = ["Log", "issue_logged", "log_list", "sct_list"]


@frozen()
class Log:
    """A log with its key. `more` are additional members of its entry in a log list, such as state."""

    name: str
    operator: str
    key: PrivateKey = field(default_factory=make_key)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spki(self) -> bytes:
        """The public key."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, tbs: bytes, issuer: Credential, at: datetime) -> bytes:
        """An SCT for a TBSCertificate, serialised (RFC 6962 §3.2)."""
        milliseconds = int(at.timestamp() * 1000)
        data = signed_data(milliseconds, b"", tbs, parse_certificate(issuer.der).spki)
        signature = sign(self.key, data, "sha256")
        algorithm = 3 if self.spki[:2] != b"\x30\x82" else 1
        head = struct.pack(">B32sQH", 0, sha256(self.spki).digest(), milliseconds, 0)
        return head + struct.pack(">BBH", 4, algorithm, len(signature)) + signature


def sct_list(scts: Sequence[bytes]) -> bytes:
    """The value of the extension with these SCTs."""
    items = b"".join(struct.pack(">H", len(sct)) + sct for sct in scts)
    return asn1.encode_der(struct.pack(">H", len(items)) + items)


def issue_logged(
    *, logs: Sequence[Log], at: datetime = CLOCK - timedelta(days=30), **changes: Unpack[Changes]
) -> Credential:
    """A certificate with an SCT from each of `logs`. `changes` are arguments of `issue`, including an issuer."""
    key, issuer = changes.get("key", "P-256"), changes.get("issuer")
    if issuer is None:
        raise ValueError("a log promises to include a certificate that a CA issued")
    changes["key"] = make_key(key) if isinstance(key, str) else key
    tbs = asn1.encode_der(read_certificate(issue(**changes).der).tbs)
    timestamps = (EMBEDDED_SCTS, False, sct_list([log.sign(tbs, issuer, at) for log in logs]))
    changes["raw_extensions"] = [*changes.get("raw_extensions", ()), timestamps]
    return issue(**changes)


def log_list(*logs: Log) -> str:
    """A log list with these logs, as JSON."""
    operators: dict[str, list[Mapping[str, Any]]] = {}
    for log in logs:
        entry = {"description": log.name, "key": b64encode(log.spki).decode(), **log.more}
        operators.setdefault(log.operator, []).append(entry)
    return json.dumps({"operators": [{"name": name, "logs": entries} for name, entries in operators.items()]})
