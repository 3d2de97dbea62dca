"""Servers with which TLS begins after words in the clear, or fails to."""

from functools import partial

from OpenSSL import SSL

from certgate.lab.prelude.access_servers import ftp, ldap, rdp
from certgate.lab.prelude.chat_servers import irc, nntp, xmpp
from certgate.lab.prelude.database_servers import mssql, mysql, postgres
from certgate.lab.prelude.mail_servers import imap, lmtp, pop3, sieve
from certgate.lab.prelude.smtp_server import smtp
from certgate.lab.scenario import Behaviour, Scenario, fails, unchecked
from certgate.observe.tls.prelude.mssql import TdsFraming

__all__ = ["SCENARIOS"]

_NO_TLS = (unchecked("target.observed", "target"),)
_INJECTED = (fails("starttls.injection", "target"),)


def _tls_1_2(context: SSL.Context) -> None:
    context.set_max_proto_version(SSL.TLS1_2_VERSION)


def _tds_8(context: SSL.Context) -> None:
    def chosen(_: SSL.Connection, offered: list[bytes]) -> bytes:
        if b"tds/8.0" not in offered:
            raise SSL.Error  # an alert
        return b"tds/8.0"

    context.set_alpn_select_callback(chosen)


SCENARIOS = (
    Scenario(
        name="good-starttls-smtp",
        title="A mail server that begins TLS when it is asked",
        protocol="smtp",
        opening=smtp,
    ),
    Scenario(
        name="good-starttls-lmtp",
        title="A mail store with LMTP that begins TLS",
        protocol="lmtp",
        opening=lmtp,
    ),
    Scenario(
        name="good-starttls-imap",
        title="An IMAP server that sends a literal before it begins TLS",
        protocol="imap",
        opening=imap,
    ),
    Scenario(
        name="good-starttls-pop3",
        title="A POP3 server that begins TLS",
        protocol="pop3",
        opening=pop3,
    ),
    Scenario(
        name="good-starttls-sieve",
        title="A ManageSieve server that offers TLS in a literal",
        protocol="sieve",
        opening=sieve,
    ),
    Scenario(
        name="good-starttls-ftp",
        title="An FTP server with free words in its greeting that knows AUTH SSL alone",
        protocol="ftp",
        opening=ftp,
    ),
    Scenario(
        name="good-starttls-ldap",
        title="A directory that writes long lengths, as Active Directory does",
        protocol="ldap",
        opening=ldap,
    ),
    Scenario(
        name="good-starttls-xmpp",
        title="An XMPP server that begins TLS for a client",
        protocol="xmpp",
        opening=xmpp,
    ),
    Scenario(
        name="good-starttls-xmpp-server",
        title="An XMPP server that begins TLS for another server",
        protocol="xmpp-server",
        opening=xmpp,
    ),
    Scenario(
        name="good-starttls-postgres",
        title="A PostgreSQL server that begins TLS",
        protocol="postgres",
        opening=postgres,
    ),
    Scenario(
        name="good-starttls-mysql",
        title="A MariaDB server that begins TLS",
        protocol="mysql",
        opening=mysql,
    ),
    Scenario(
        name="good-starttls-mssql",
        title="A SQL Server that packs TLS 1.2 into packets of its pre-login",
        protocol="mssql",
        opening=mssql,
        framing=TdsFraming,
        configure=_tls_1_2,
    ),
    Scenario(
        name="good-starttls-mssql-strict",
        title="A SQL Server that speaks TLS at once, with clients that name its protocol",
        protocol="mssql",
        configure=_tds_8,
    ),
    Scenario(
        name="good-starttls-rdp",
        title="A desktop host that demands CredSSP over TLS",
        protocol="rdp",
        opening=rdp,
    ),
    Scenario(
        name="good-starttls-nntp",
        title="A news server that begins TLS for readers",
        protocol="nntp",
        opening=nntp,
    ),
    Scenario(
        name="good-starttls-irc",
        title="An IRC server that sends notices before it begins TLS",
        protocol="irc",
        opening=irc,
    ),
    Scenario(
        name="starttls-injection",
        title="Says something in the clear after its go-ahead for TLS",
        protocol="smtp",
        opening=partial(smtp, answer=b"220 go ahead\r\n250 \x1b[31mowned\r\n"),
        gives=_INJECTED,
    ),
    Scenario(
        name="starttls-injection-postgres",
        title="Sends more than the one byte with which PostgreSQL begins TLS",
        protocol="postgres",
        opening=partial(postgres, answer=b"SR\0\0\0\x08\0\0\0\0"),
        gives=_INJECTED,
    ),
    Scenario(
        name="starttls-injection-imap",
        title="Says something in the clear after IMAP's go-ahead for TLS",
        protocol="imap",
        opening=partial(imap, answer=b"a2 OK begin\r\n* BYE \x1b[31mowned\r\n"),
        gives=_INJECTED,
    ),
    Scenario(
        name="starttls-refused",
        title="Refuses to begin TLS, in words written against whoever reads them",
        protocol="smtp",
        opening=partial(smtp, answer=b"454 \x1b[31m::error::owned\xff\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-imap",
        title="Lets the IMAP client in before TLS can begin",
        protocol="imap",
        opening=partial(imap, greeting=b"* PREAUTH lab\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-ftp",
        title="Demands that FTP users log in before TLS",
        protocol="ftp",
        opening=partial(ftp, answer=b"530 Please login\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-ldap",
        title="A directory whose TLS is not available",
        protocol="ldap",
        opening=partial(ldap, code=52, words=b"no certificate"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-xmpp",
        title="An XMPP server that does not serve the domain",
        protocol="xmpp",
        opening=partial(xmpp, features=b"<stream:error><host-unknown/></stream:error>"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-postgres",
        title="A PostgreSQL server with too many clients",
        protocol="postgres",
        opening=partial(postgres, answer=b"E\0\0\0\x16SFATAL\0Mtoo many\0\0"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-mysql",
        title="A MySQL server that has blocked the client's host",
        protocol="mysql",
        opening=partial(mysql, error=b"\xff\x69\x04Host is blocked"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-rdp",
        title="A desktop host that does not allow TLS",
        protocol="rdp",
        opening=partial(rdp, block=bytes.fromhex("0300080002000000")),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-refused-nntp",
        title="A news server that cannot begin TLS",
        protocol="nntp",
        opening=partial(nntp, answer=b"580 no\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-not-offered-lmtp",
        title="An LMTP server without STARTTLS",
        protocol="lmtp",
        opening=partial(lmtp, offers=b"250-lab\r\n250 8BITMIME\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-not-offered-pop3",
        title="A POP3 server that does not know STLS",
        protocol="pop3",
        opening=partial(pop3, answer=b"-ERR unknown command\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-not-offered-sieve",
        title="A ManageSieve server without STARTTLS",
        protocol="sieve",
        opening=partial(sieve, offer=b""),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-not-offered-mssql",
        title="A SQL Server without encryption",
        protocol="mssql",
        opening=partial(mssql, encryption=2),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-not-offered-irc",
        title="An IRC server that does not know STARTTLS",
        protocol="irc",
        opening=partial(irc, answer=b":lab 421 * STARTTLS :Unknown command\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-silent",
        title="Speaks TLS at once where a greeting in the clear is expected",
        protocol="smtp",
        behaviour=Behaviour.SILENCE,
        gives=_NO_TLS,
    ),
)
