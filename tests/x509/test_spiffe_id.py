"""SPIFFE IDs by the SPIFFE-ID standard, §2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.x509.spiffe_id import SpiffeId, split_spiffe_id


def test_an_id_is_taken_apart():
    assert split_spiffe_id("spiffe://corp.example/ns/a/sa/b") == SpiffeId(
        "spiffe", "corp.example", "/ns/a/sa/b", "", ""
    )
    assert split_spiffe_id("x://u@h:1/p?q#f") == SpiffeId("x", "u@h:1", "/p", "?q", "#f")


@pytest.mark.parametrize(
    "uri",
    [
        "spiffe://corp.example", "spiffe://corp.example/db", "SPIFFE://corp.example/db", "spiffe://10.0.0.1/x", "spiffe://a_b-c.d/A/_-.9",
        "spiffe://" + "a" * 255 + "/x", "spiffe://corp.example/...",
    ],
)  # fmt: skip
def test_valid_ids(uri):
    assert split_spiffe_id(uri).is_valid


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("https://corp.example/db", "has the scheme https, not spiffe"),
        ("corp.example/db", "has the scheme (none), not spiffe"),
        ("", "has the scheme (none), not spiffe"),
        ("//corp.example/db", "has the scheme (none), not spiffe"),
        ("spiffe:/db", "names no trust domain"),
        ("spiffe:///db", "names no trust domain"),
        ("spiffe://corp.example/db?a=b", "has a query"),
        ("spiffe://corp.example/db?", "has a query"),
        ("spiffe://corp.example/db#a", "has a fragment"),
        ("spiffe://corp.example/db#", "has a fragment"),
    ],
)
def test_what_is_no_spiffe_id_at_all(uri, problem):
    assert split_spiffe_id(uri).scheme_problem() == problem
    assert not split_spiffe_id(uri).is_valid


CHARACTERS = "has a trust domain with characters other than a-z, 0-9, dot, dash and underscore"


@pytest.mark.parametrize(
    ("trust_domain", "problem"),
    [
        ("Corp.example", CHARACTERS),
        ("corp\u00e9.example", CHARACTERS),
        ("corp example", CHARACTERS),
        ("corp.example\n", CHARACTERS),
        ("[2001]", CHARACTERS),
        ("user@corp.example", "has a user in its trust domain"),
        ("corp.example:443", "has a port in its trust domain"),
        ("[2001:db8::1]", "has a port in its trust domain"),
        ("corp%2eexample", "has a percent-encoded character in its trust domain"),
        ("a" * 256, "has a trust domain of more than 255 bytes"),
    ],
)
def test_trust_domains_that_are_not_allowed(trust_domain, problem):
    assert split_spiffe_id(f"spiffe://{trust_domain}/db").trust_domain_problem() == problem
    assert not split_spiffe_id(f"spiffe://{trust_domain}/db").is_valid


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/", "has a path that ends in a slash"),
        ("/db/", "has a path that ends in a slash"),
        ("//db", "has an empty path segment"),
        ("/a//b", "has an empty path segment"),
        ("/./db", "has a relative path segment"),
        ("/a/../db", "has a relative path segment"),
        ("/a%20b", "has a percent-encoded character in its path"),
        ("/a b", "has a path with characters other than letters, digits, dot, dash and underscore"),
        ("/a@b", "has a path with characters other than letters, digits, dot, dash and underscore"),
        ("/db\n", "has a path with characters other than letters, digits, dot, dash and underscore"),
    ],
)
def test_paths_that_are_not_allowed(path, problem):
    assert split_spiffe_id(f"spiffe://corp.example{path}").path_problem() == problem
    assert not split_spiffe_id(f"spiffe://corp.example{path}").is_valid


def test_the_root_is_no_path_of_a_workload():
    assert not split_spiffe_id("spiffe://corp.example").has_path
    assert not split_spiffe_id("spiffe://corp.example/").has_path
    assert split_spiffe_id("spiffe://corp.example/a").has_path


def test_comparison_folds_scheme_and_trust_domain_alone():
    assert split_spiffe_id("SPIFFE://Corp.example/Db").key == split_spiffe_id("spiffe://corp.example/Db").key
    assert split_spiffe_id("spiffe://corp.example/Db").key != split_spiffe_id("spiffe://corp.example/db").key


@given(st.text(max_size=80))
def test_any_text_comes_apart_without_loss(text):
    found = split_spiffe_id(text)
    assert (found.scheme + found.trust_domain + found.path + found.query + found.fragment).replace(":", "").replace(
        "/", ""
    ) == text.replace(":", "").replace("/", "")


@given(st.text(alphabet="spiffe:/.%?#@aA0_-\n\u00e9", max_size=40))
def test_what_is_valid_has_only_allowed_characters(text):
    if split_spiffe_id(text).is_valid:
        assert text.lower().startswith("spiffe://")
        assert not set(text[9:]) & set(":%?#@\n\u00e9")
