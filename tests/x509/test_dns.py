"""What is a host name in a certificate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.x509.dns import host_problem, is_host, wildcard_problem

L63 = "a" * 63


@pytest.mark.parametrize(
    "name",
    ["a.example", "A.Example", "xn--bcher-kva.example", "XN--BCHER-KVA.example", "1.2.3.example", "a-b.c", f"{L63}.example",
     f"{L63}.{L63}.{L63}.{'a' * 61}"],
)  # fmt: skip
def test_host_names_pass(name):
    assert host_problem(name) is None
    assert is_host(name)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("a.example.", "ends in a dot"),
        (".", "ends in a dot"),
        (".a.example", "has an empty label"),
        ("a..example", "has an empty label"),
        (f"{L63}a.example", "has a label of 64 characters, at most 63 allowed"),
        (f"{L63}.{L63}.{L63}.{'a' * 62}", "has 254 characters, at most 253 allowed"),
        ("a_b.example", "has an underscore"),
        ("_dmarc.example", "has an underscore"),
        ("-a.example", "has the label '-a', only letters, digits and inner hyphens allowed"),
        ("a-.example", "has the label 'a-', only letters, digits and inner hyphens allowed"),
        ("a b.example", "has the label 'a b', only letters, digits and inner hyphens allowed"),
        ("a_ b.example", "has the label 'a_ b', only letters, digits and inner hyphens allowed"),
        ("a\0.example", r"has the label 'a\x00', only letters, digits and inner hyphens allowed"),
        ("a.example\n", r"has the label 'example\n', only letters, digits and inner hyphens allowed"),
        ("b\u00fccher.example", r"has the label 'b\xfccher', only letters, digits and inner hyphens allowed"),
        ("*.example", "has the label '*', only letters, digits and inner hyphens allowed"),
        ("ab--c.example", "has the reserved label ab--c: its third and fourth characters are hyphens"),
        ("xn--.example", "has the label 'xn--', only letters, digits and inner hyphens allowed"),
        ("xn--99999999.example", "has the label xn--99999999, which is not valid Punycode"),
    ],
)
def test_what_is_no_host_name_is_told_apart(name, problem):
    assert host_problem(name) == problem


def test_underscores_can_be_let_through():
    assert host_problem("a_b.example", underscore=True) is None
    assert host_problem("a_b..example", underscore=True) == "has an empty label"


def test_a_name_is_compared_even_if_only_public_rules_forbid_it():
    assert is_host("a_b.example")
    assert is_host("r3---sn.example")
    assert not is_host("xn--99999999.example")
    assert not is_host("XN--99999999.example")
    assert not is_host("")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("*.example", None),
        ("*", "is only an asterisk"),
        ("*.*.example", "has more than one asterisk"),
        ("a*.example", "has an asterisk that is not the whole leftmost label"),
        ("*a.example", "has an asterisk that is not the whole leftmost label"),
        ("a.*.example", "has an asterisk that is not the whole leftmost label"),
        ("xn--*-kva.example", "has an asterisk that is not the whole leftmost label"),
    ],
)
def test_a_wildcard_is_the_whole_left_most_label(name, problem):
    assert wildcard_problem(name) == problem


@given(st.text(max_size=300))
def test_any_text_is_judged_without_an_error_and_strict_is_stricter(text):
    if host_problem(text) is None:
        assert is_host(text)
        assert host_problem(text, underscore=True) is None
    assert not is_host(text) or text.isascii()


LABELS = st.sampled_from(
    ["", "a", "B-c", "-a", "a-", "_", "a b", "xn--bcher-kva", "XN--99999999", "xn--", "\u212a", L63, f"{L63}b"]
)


@given(st.lists(LABELS, min_size=1, max_size=5))
def test_a_name_can_be_compared_if_each_of_its_labels_can(labels):
    name = ".".join(labels)
    assert is_host(name) is (len(name) <= 253 and all(map(is_host, labels)))
    assert not is_host(f"{name}\n")


@given(st.text(alphabet="\u00e4\u00f1\u00f8\u3042\u65e5ab1", min_size=1, max_size=12).filter(lambda t: not t.isascii()))
def test_every_encoded_foreign_label_is_a_p_label(text):
    assert host_problem("xn--" + text.encode("punycode").decode()) is None
