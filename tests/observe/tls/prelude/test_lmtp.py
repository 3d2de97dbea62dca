"""LMTP before TLS: SMTP with another first word."""

from certgate.model.observation import FailureKind

GREETING = b"220 mx.corp.example Dovecot ready.\r\n"


def test_the_client_greets_as_lmtp_has_it(speak):
    spoken = speak("lmtp", GREETING, b"250-mx\r\n250-STARTTLS\r\n250 8BITMIME\r\n", b"220 go\r\n250 injected\r\n")

    assert spoken.agreed
    assert spoken.said == [b"LHLO certgate.invalid\r\n", b"STARTTLS\r\n"]
    assert spoken.left == b"250 injected\r\n"


def test_a_server_of_smtp_is_told_by_its_no(speak):
    failure = speak("lmtp", GREETING, b"500 5.5.1 Command unrecognized: LHLO\r\n").failure

    assert failure.kind is FailureKind.STARTTLS_NOT_OFFERED
    assert failure.detail.endswith("does not offer TLS over lmtp; it said '500 5.5.1 Command unrecognized: LHLO'")
