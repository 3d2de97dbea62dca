"""Endpoints as people write them: hosts with a protocol, and URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.model.errors import UsageError
from certgate.policy import endpoint_parts
from certgate.policy.endpoint_parts import EndpointParts, agreed, default_port, parse_id, parse_protocol


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.example", EndpointParts("a.example")),
        ("a.example:8443", EndpointParts("a.example", 8443)),
        ("mx.example:587/smtp", EndpointParts("mx.example", 587, "smtp")),
        ("mx.example/SMTP#b.example", EndpointParts("mx.example", None, "smtp", "b.example")),
        ("[2001:db8::1]:25/smtp", EndpointParts("2001:db8::1", 25, "smtp")),
        ("https://A.example/path?query=a@b", EndpointParts("a.example", 443, "")),
        ("HTTPS://a.example:8443", EndpointParts("a.example", 8443, "")),
        ("https://a.example?x/y", EndpointParts("a.example", 443, "")),
        ("https://[2001:db8::1]/#b.example", EndpointParts("2001:db8::1", 443, "", "b.example")),
        ("smtp://mx.example", EndpointParts("mx.example", None, "smtp")),
        ("smtp://mx.example:587/", EndpointParts("mx.example", 587, "smtp")),
        ("smtps://mx.example", EndpointParts("mx.example", 465, "")),
        ("ldaps://d.example", EndpointParts("d.example", 636, "")),
        ("rediss://r.example", EndpointParts("r.example", 6379, "")),
        ("mqtts://m.example:443", EndpointParts("m.example", 443, "")),
    ],
)
def test_an_endpoint_says_host_port_protocol_and_name(text, words):
    assert parse_id(text) == words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.example/postgre", '"postgre" is not a STARTTLS protocol'),
        ("a.example/", '"" is not a STARTTLS protocol'),
        ("a.example/smtp/x", '"smtp/x" is not a STARTTLS protocol; did you mean "smtp"'),
        ("a.example/smtps", '"smtps" speaks TLS at once, on port 465: leave out STARTTLS, or write smtps://HOST'),
        ("http://a.example/x", '"http://a.example" has no TLS; write https://a.example'),
        ("mqtt://a.example", '"mqtt://a.example" has no TLS; write mqtts://a.example'),
        ("gopher://a.example", '"gopher://" is not a URL scheme with TLS'),
        ("https://", '"" is not a host name'),
        ("https://a.example:x", "the port must be a number"),
        (
            "mx.example:465/smtp",
            "mx.example:465 is the port of smtps, which speaks TLS at once: leave out smtp, or write",
        ),
        ("smtp://mx.example:993", "mx.example:993 is the port of imaps"),
        ("https//a.example", '"/a.example" is not a STARTTLS protocol'),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text, told):
    with pytest.raises(UsageError) as caught:
        parse_id(text)

    assert told in str(caught.value)


def test_a_password_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(UsageError) as caught:
        parse_id("https://admin:hunter2@a.example/")

    assert str(caught.value) == "a URL (https://...) has a user name or a password: write https://HOST[:PORT]"


def test_a_password_before_a_host_is_refused_and_not_repeated():
    with pytest.raises(UsageError) as caught:
        parse_id("admin:hunter2@a.example")

    assert str(caught.value) == "an endpoint has a user name or a password: write HOST[:PORT]"


def test_a_protocol_may_be_said_beside_the_host_once():
    assert agreed(parse_id("mx.example"), "SMTP") == "smtp"
    assert agreed(parse_id("smtp://mx.example"), "smtp") == "smtp"
    assert agreed(parse_id("mx.example"), None) is None
    with pytest.raises(UsageError, match="the protocol is set twice: TLS at once by the host, and smtp"):
        agreed(parse_id("https://mx.example"), "smtp")
    with pytest.raises(UsageError, match="465 is the port of smtps"):
        agreed(parse_id("mx.example:465"), "smtp")


def test_each_protocol_has_a_port():
    assert default_port(parse_protocol("smtp")) == 25
    assert default_port("") == 443


@given(
    st.lists(
        st.sampled_from(["a.b", "1-2", "10.0.0.1", "-", ":", "443", "/", "24", "smtp", "#", "@", "://"]), max_size=5
    )
)
def test_a_plain_endpoint_has_no_other_part(pieces):
    text = "".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoint_parts, "plain_endpoint", lambda _: None)
        looked_at = said(text)
    assert said(text) == looked_at


def said(text):
    try:
        return parse_id(text)
    except UsageError as error:
        return str(error)
