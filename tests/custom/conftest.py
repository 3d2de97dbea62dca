"""Views of certificates made for the tests."""

import pytest

from certgate.checks.framework.subjects import TargetFacts
from certgate.lab.pki import issue
from certgate.model.observation import HandshakeFacts
from certgate.model.target import Endpoint, FileSource, Target
from certgate.trust.path import CertificatePath
from certgate.x509.certificate import parse_certificate

TLS = HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256")


@pytest.fixture
def new_view():
    """A view of a leaf under a root, at an endpoint or, if `handshake` is None, in a file."""

    def make(name="a.acme.example", *, handshake=TLS, **words):
        labels = words.pop("labels", {})
        decisions = words.pop("decisions", ())
        words.setdefault("sans", [name])
        root = issue("Root", ca=True, days=3650)
        leaf = issue(name, issuer=root, **words)
        path = CertificatePath((parse_certificate(leaf.der),), parse_certificate(root.der))
        source = FileSource("a.pem") if handshake is None else Endpoint(name, 443, name)
        target = Target(id=f"{name}:443", ordinal=0, source=source, names=(name,), labels=labels)
        return TargetFacts(
            target=target,
            path=path,
            handshake=handshake,
            stapled=False,
            decisions=decisions,
        )

    return make
