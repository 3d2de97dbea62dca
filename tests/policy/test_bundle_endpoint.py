"""The words that name a bundle endpoint: read and written alike, and refused where they are not valid."""

from pathlib import Path

import pytest

from certgate.model.errors import UsageError
from certgate.policy.bundle_endpoint import BundleEndpoint, endpoint_in
from certgate.policy.references import trust_words

WEB = "spiffe://corp.example=https://10.0.0.1:8443/bundle?x=1"
SPIFFE = f"{WEB} endpoint_id=spiffe://corp.example/spire/server bootstrap=my corp.json"


def test_a_word_names_the_endpoint_its_profile_and_what_it_needs():
    web, spiffe = endpoint_in(WEB), endpoint_in(SPIFFE)
    assert web == BundleEndpoint("corp.example", "https://10.0.0.1:8443/bundle?x=1")
    assert spiffe == BundleEndpoint(web.trust_domain, web.url, "spiffe://corp.example/spire/server", "my corp.json")
    assert (web.profile, spiffe.profile) == ("https_web", "https_spiffe")
    assert (str(web), str(spiffe)) == (WEB, SPIFFE)


@pytest.mark.parametrize("word", ["mozilla", "https://a.example", "spiffe://a=b.json", "spiffe://a"])
def test_another_word_names_another_kind_of_store(word):
    assert endpoint_in(word) is None


def test_only_the_file_of_an_endpoint_is_relative_to_where_it_is_written():
    assert trust_words([WEB, SPIFFE, "spiffe://a=b.json"], Path("/etc")) == (
        WEB,
        SPIFFE.replace("my corp", "/etc/my corp"),
        "spiffe://a=/etc/b.json",
    )


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("spiffe://corp.example=http://a.example/", "a bundle endpoint has an https URL"),
        ("spiffe://corp.example=https://me@a.example/", "a URL with a user name"),
        ("spiffe://corp.example=https://a.example/ x", "not a URL that certgate fetches"),
        ("spiffe://corp.example=https://", "is neither a host name nor an IP address"),
        ("spiffe://Corp.example=https://a.example/", "characters other than a-z"),
        ("spiffe://corp.example/x=https://a.example/", "corp.example/x has a path, so it is not a trust domain"),
        (f"{WEB} endpoint_id=spiffe://corp.example/x", "needs both endpoint_id=SPIFFE-ID and bootstrap=FILE"),
        (f"{WEB} bootstrap=b.json", "needs both endpoint_id=SPIFFE-ID and bootstrap=FILE"),
        (f"{WEB} endpoint_id=spiffe://a/x bootstrap=", "name the file with the bundle of the endpoint's trust domain"),
        (f"{WEB} endpoint_id=a bootstrap=b", "endpoint_id a has the scheme (none), not spiffe"),
        (f"{WEB} endpoint_id=spiffe://a bootstrap=b", "endpoint_id spiffe://a names no workload: its path is missing"),
        (f"{WEB} endpoint_id=spiffe://a/x/ bootstrap=b", "has a path that ends in a slash"),
    ],
)
def test_a_word_that_is_not_valid_is_refused_with_the_reason(word, message):
    with pytest.raises(UsageError) as caught:
        endpoint_in(word)
    assert str(caught.value).startswith(f"trust store {word}: ")
    assert message in str(caught.value)
