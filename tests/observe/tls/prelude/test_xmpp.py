"""XMPP before TLS, between client and server."""

import pytest

from certgate.model.observation import FailureKind

HEAD = (
    b"<?xml version='1.0'?><stream:stream to=\"corp.example\" xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
STREAM = (
    b"<?xml version='1.0'?><stream:stream id='1' from='corp.example' version='1.0' xml:lang='en' "
    b"xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
FEATURES = (
    b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
    b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
)
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def test_the_client_opens_a_stream_for_the_domain_and_asks_for_tls(speak):
    spoken = speak("xmpp", STREAM, FEATURES, PROCEED, name="corp.example")

    assert spoken.agreed
    assert spoken.said == [HEAD, STARTTLS]
    assert spoken.left == b""


def test_a_name_cannot_end_its_attribute(speak):
    assert b'to="&lt;a&gt;&amp;\'" xmlns' in speak("xmpp", name="<a>&'").said[0]


@pytest.mark.parametrize(
    "answer",
    [
        STREAM + FEATURES,
        b"\n" + STREAM.replace(b"'", b'"') + b"\r\n\t " + FEATURES.replace(b"><", b"> <"),
        b"<s:stream from='a>b\"c>' version = '1.0'><s:features><t:starttls xmlns:t='x'/></s:features>",
        STREAM + b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls' /></stream:features >",
        STREAM + b"<stream:features><x>it's > that</x><starttls\nxmlns='x'/></stream:features>",
    ],
)
@pytest.mark.parametrize(
    "proceed", [PROCEED, PROCEED.replace(b"/>", b"></proceed>"), b" <tls:proceed xmlns:tls='x' />"]
)
def test_an_answer_may_come_in_any_legal_form(byte_by_byte, answer, proceed):
    spoken = byte_by_byte("xmpp", answer, proceed)

    assert spoken.agreed
    assert spoken.said[1:] == [STARTTLS]


def test_nothing_is_said_before_the_features_have_ended(speak):
    assert speak("xmpp", STREAM, FEATURES[:-1]).said == [HEAD.replace(b"corp", b"mx.corp")]


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ((STREAM, b"<stream:features><bind/></stream:features>"), FailureKind.STARTTLS_NOT_OFFERED, "features bind"),
        ((STREAM, b"<stream:features/>"), FailureKind.STARTTLS_NOT_OFFERED, "features"),
        ((b"<stream:stream id='1'>",), FailureKind.STARTTLS_NOT_OFFERED, "<stream:stream id='1'>"),
        (
            (STREAM, b"<stream:error><host-unknown/><text>not \x1b[31mhere</text></stream:error></stream:stream>"),
            FailureKind.STARTTLS_REFUSED,
            r"host-unknown text not \x1b[31mhere",
        ),
        ((STREAM, FEATURES, b"<failure xmlns='x'/>"), FailureKind.STARTTLS_REFUSED, "<failure xmlns='x'/>"),
        ((STREAM, b"</stream:stream>"), FailureKind.STARTTLS_REFUSED, "</stream:stream>"),
        ((STREAM, FEATURES, b"<success/>"), FailureKind.UNEXPECTED_ANSWER, "<success/>"),
        ((b"<!DOCTYPE html>",), FailureKind.UNEXPECTED_ANSWER, "<!DOCTYPE html>"),
        ((b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>",), FailureKind.UNEXPECTED_ANSWER, "<!DOCTYPE a"),
        ((STREAM, b"<!-- > --><stream:features>"), FailureKind.UNEXPECTED_ANSWER, "<!-- >"),
        ((b"<html>",), FailureKind.UNEXPECTED_ANSWER, "<html>"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n<html>",), FailureKind.UNEXPECTED_ANSWER, "HTTP/1.1 400 Bad Request"),
    ],
)
def test_each_no_is_told_with_the_servers_words(speak, answers, kind, said):
    failure = speak("xmpp", *answers).failure

    assert failure.kind is kind
    assert f"; it said '{said}" in failure.detail


def test_what_comes_with_the_go_ahead_is_left_over(speak):
    spoken = speak("xmpp", STREAM, FEATURES, PROCEED + b"<success/>")

    assert spoken.agreed
    assert spoken.left == b"<success/>"
