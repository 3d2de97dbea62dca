"""Hosts of a cluster are visited, and what they serve is compared with their Secrets."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest

from certgate.lab.pki import issue, pem
from tests.cli.kubernetes.conftest import CA, CERTIFICATES, INGRESSES, SECRETS, certificate, ingress, meta, secret
from tests.observe.kubernetes.live.api_server import FakeApi, serving

SERVED = issue("a.example", issuer=CA, sans=["a.example"], days=36500)
SINCE = SERVED.native.not_valid_before_utc
RENEWED = issue("a.example", issuer=CA, sans=["a.example"], not_before=SINCE + timedelta(days=1), days=36500)


@pytest.fixture(scope="module")
def host():
    """The address of a server that shows SERVED, without its issuers."""
    with serving(FakeApi(), SERVED) as url:
        yield url.removeprefix("https://")


@pytest.fixture
def told(api, scan, host, tmp_path):
    """`told(…)`: outcome, message and evidence of k8s.secret-served by host."""

    def run(*options):
        api.add(INGRESSES, ingress("a.example"))
        scan("-v", "--via", f"a.example={host}", *options, connect=True)
        targets = json.loads((tmp_path / "r.json").read_text())["targets"]
        return {
            one["id"]: (finding["outcome"], finding["message"], finding["evidence"])
            for one in targets
            for finding in one["findings"]
            if finding["rule"] == "k8s.secret-served"
        }["Ingress/shop/web#a.example"]

    return run


def stored(*chain):
    data = {"tls.crt": pem(*chain), "tls.key": chain[0].key_pem}
    encoded = {name: b64encode(value).decode() for name, value in data.items()}
    return {"type": "kubernetes.io/tls", "metadata": meta("web"), "data": encoded}


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_what_the_secret_has_is_served(api, told, options):
    api.add(SECRETS, stored(SERVED), secret("other"))
    assert told(*options)[0] == "pass"


def test_an_issuer_of_the_secret_that_is_not_served_is_missing(api, told):
    api.add(SECRETS, stored(SERVED, CA))
    assert told()[:2] == ("fail", "CA is in the Secret shop/web, but is not served")


def test_a_secret_that_was_renewed_was_not_reloaded(api, told):
    api.add(SECRETS, stored(RENEWED))
    outcome, message, evidence = told()
    assert (outcome, evidence["reloaded"]) == ("fail", "no")
    assert message.startswith("the Secret shop/web was renewed, and the old certificate is served")


@pytest.mark.parametrize("options", [(), ("-l", "team=a")])
def test_without_secrets_the_status_of_the_certificate_tells(api, told, options):
    until = SERVED.native.not_valid_after_utc
    dates = {"notBefore": f"{SINCE:%Y-%m-%dT%H:%M:%SZ}", "notAfter": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    api.add(CERTIFICATES, certificate(**dates))
    labelled = ingress("a.example", labels={"team": "a"})
    api.add(INGRESSES, labelled)
    assert told("--no-secrets", *options)[0] == "pass"
