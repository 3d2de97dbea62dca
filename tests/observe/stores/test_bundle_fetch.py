"""Bundles from bundle endpoints, over TLS on loopback: authenticated, bounded, and each failure typed."""

import threading

import pytest

from certgate.lab.pki import issue, pem
from certgate.model.bundle_facts import BundleFailure
from certgate.net.access import Access
from certgate.net.addresses import EVERYWHERE
from certgate.net.fetcher import Fetcher
from certgate.observe.stores import bundle_fetch
from certgate.observe.stores.bundle_fetch import fetched_bundle
from certgate.observe.stores.spiffe_bundle import BadBundle
from certgate.observe.stores.trust_stores import load_store
from certgate.policy.bundle_endpoint import BundleEndpoint
from certgate.x509.certificate import parse_certificate
from tests.observe.stores.bundle_servers import CA, ID, ROOT, STRANGER, SVID, bundle, serving

AUTHORITIES = (parse_certificate(ROOT.der),)


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path, SVID, CA) as server:
        yield server


def fetched(server, endpoint_id=ID, authorities=AUTHORITIES, **options):
    return fetched_bundle(BundleEndpoint("corp.example", server.url, endpoint_id, "b.pem"), authorities, **options)


def refused(kind, server, **options):
    with pytest.raises(BadBundle) as caught:
        fetched(server, **options)
    assert caught.value.kind is kind
    return str(caught.value)


def test_an_endpoint_with_the_svid_that_was_named_is_believed_whatever_its_address(server):
    found = fetched(server)
    assert [anchor.der for anchor in found.anchors] == [ROOT.der]
    assert (found.sequence, found.refresh_hint) == (7, 300)
    assert server.paths == ["/bundle"]


def test_a_bundle_that_is_an_intermediate_is_enough_to_authenticate_the_endpoint(server):
    assert fetched(server, authorities=[parse_certificate(CA.der)]).sequence == 7


def test_an_endpoint_with_another_id_is_not_believed(server):
    message = refused(BundleFailure.NOT_AUTHENTIC, server, endpoint_id="spiffe://corp.example/other")
    assert message == f"no TLS connection to 127.0.0.1: it is {ID}, not spiffe://corp.example/other"
    assert server.paths == []


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        (
            issue("", issuer=CA, sans=[ID, "spiffe://corp.example/x"], days=36500),
            "has 2 URIs, an X509-SVID has exactly 1",
        ),
        (issue("a", issuer=CA, sans=["127.0.0.1"], days=36500), "has 0 URIs, an X509-SVID has exactly 1"),
        (issue("", issuer=CA, sans=[f"{ID}?x"], days=36500), f"it is {ID}?x, not {ID}"),
        (
            issue("", issuer=CA, sans=[ID], key_usage=["digital_signature", "key_cert_sign"], days=36500),
            "its certificate is a signing certificate, not a leaf",
        ),
        (issue("", issuer=CA, sans=[ID], days=30), "its certificate has expired"),
        (issue("", issuer=STRANGER, sans=[ID], days=36500), "its certificate is not trusted"),
    ],
    ids=["two ids", "no id", "query", "signer", "expired", "stranger"],
)
def test_an_endpoint_whose_certificate_is_not_a_valid_svid_is_not_believed(tmp_path, leaf, reason):
    with serving(tmp_path, leaf, CA) as server:
        assert reason in refused(BundleFailure.NOT_AUTHENTIC, server)
        assert server.paths == []


def test_without_an_id_the_certificate_must_be_for_the_host_and_of_a_public_ca(server):
    assert "its certificate is not trusted" in refused(
        BundleFailure.NOT_AUTHENTIC, server, endpoint_id="", authorities=()
    )


def test_an_endpoint_with_a_certificate_for_its_host_is_believed_under_https_web(tmp_path):
    given = []

    def fetcher(access):
        given.append(access)
        public = Access(authority_text=pem(ROOT).decode())
        return Fetcher(allowed=EVERYWHERE, any_port=True, access=public, max_redirects=0)

    with serving(tmp_path, issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500), CA) as server:
        assert fetched(server, endpoint_id="", authorities=(), fetcher=fetcher).sequence == 7
    assert [(access.server_id, access.authority_text) for access in given] == [("", "")]


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ((404, b"", {}), BundleFailure.DENIED, "status 404"),
        ((302, b"", {"Location": "/other"}), BundleFailure.DENIED, "redirects, which is not followed"),
        ((200, bundle(ROOT), {"Content-Encoding": "gzip"}), BundleFailure.INVALID, "content encoding"),
        ((200, b"<html>", {}), BundleFailure.INVALID, "is not JSON (line 1, column 1)"),
        ((200, b"\xff", {}), BundleFailure.INVALID, "is not UTF-8"),
        ((200, b'{"keys": [' * 50_000, {}), BundleFailure.INVALID, "is nested too deeply"),
        ((200, b'{"keys": [], "keys": []}', {}), BundleFailure.INVALID, "has the key 'keys' twice"),
        ((200, bundle(ROOT, spiffe_sequence=-1), {}), BundleFailure.INVALID, '"spiffe_sequence" must be a whole'),
        ((200, bundle(), {}), BundleFailure.EMPTY, 'holds no key with "use": "x509-svid"'),
        ((200, bundle(keys=[{"kty": "EC", "use": "jwt-svid"}]), {}), BundleFailure.EMPTY, "holds no key"),
        ((200, bundle(keys=[{"kty": "EC", "use": "x509-svid", "x5c": []}]), {}), BundleFailure.INVALID, "exactly one"),
    ],
)
def test_an_answer_that_is_not_a_bundle_is_a_typed_failure(server, answer, kind, reason):
    server.answer = answer
    assert reason in refused(kind, server)
    assert len(server.paths) == 1


def test_a_bundle_beyond_the_limit_is_not_read(server, monkeypatch):
    monkeypatch.setattr(bundle_fetch, "MAX_BYTES", 1000)
    server.answer = (200, bundle(ROOT) + b" " * 1000, {})
    assert "more than 1000 bytes" in refused(BundleFailure.TOO_LARGE, server)


def test_an_endpoint_that_is_down_or_silent_is_a_typed_failure(server, monkeypatch):
    monkeypatch.setattr(bundle_fetch, "SECONDS", 1)
    held = threading.Event()
    server.RequestHandlerClass = lambda *_: held.wait(5)
    assert "did not answer in time" in refused(BundleFailure.TIMED_OUT, server)
    held.set()
    monkeypatch.setattr(bundle_fetch, "SECONDS", 30)
    server.url = "https://127.0.0.1:1/bundle"
    assert "cannot be reached" in refused(BundleFailure.UNREACHABLE, server)


def test_an_endpoint_that_fails_costs_its_own_trust_domain_alone(server, tmp_path):
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "boot.json").write_bytes(bundle(ROOT, spiffe_sequence=5))
    lost = f"spiffe://lost.example=https://127.0.0.1:1/ endpoint_id={ID} bootstrap={tmp_path / 'root.pem'}"
    own = f"spiffe://corp.example={server.url} endpoint_id={ID} bootstrap={tmp_path / 'boot.json'}"
    store = load_store((own, lost, f"spiffe://file.example={tmp_path / 'root.pem'}"))
    assert store.bundles.keys() == {"corp.example", "file.example"}
    assert store.trust_domains == {"corp.example", "file.example", "lost.example"}
    here, there, _ = store.origins
    assert (here.profile, here.sequence, here.known_sequence, here.failure) == ("https_spiffe", 7, 5, None)
    assert (there.failure, there.known_sequence) == (BundleFailure.UNREACHABLE, None)
    assert there.problem == "https://127.0.0.1:1/: 127.0.0.1 cannot be reached at 127.0.0.1: Connection refused"


def test_a_trust_domain_of_which_one_of_two_bundles_is_lost_is_not_known(tmp_path):
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    file = f"spiffe://corp.example={tmp_path / 'root.pem'}"
    store = load_store(
        (file, f"spiffe://corp.example=https://127.0.0.1:1/ endpoint_id={ID} bootstrap={tmp_path / 'root.pem'}")
    )
    assert store.bundles == {}
    assert "cannot be reached" in store.for_leaf(parse_certificate(SVID.der)).unknown
