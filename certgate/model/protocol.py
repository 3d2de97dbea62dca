"""The protocols that begin in the clear and change to TLS, and the names by which URLs and people call them."""

from certgate.model.frozen import frozen

__all__ = ["IMPLICIT_TLS", "PROTOCOLS", "Protocol", "protocol_named"]


@frozen(slots=True)
class Protocol:
    """One protocol. The module in `certgate/observe/tls/prelude` that implements it has the protocol's name."""

    name: str
    port: int
    """The default port."""
    aliases: tuple[str, ...] = ()
    module: str = ""
    """The name of the module, if it differs."""
    unprobed: str = ""
    """Why no probes are made unless the target allows them; empty if they do no harm."""


PROTOCOLS = (
    Protocol("smtp", 25),
    Protocol("lmtp", 24),
    Protocol("imap", 143),
    Protocol("pop3", 110),
    Protocol("sieve", 4190),
    Protocol("ftp", 21),
    Protocol("ldap", 389),
    Protocol("xmpp", 5222),
    Protocol("xmpp-server", 5269, module="xmpp_server"),
    Protocol("postgres", 5432, ("postgresql",)),
    Protocol(
        "mysql",
        3306,
        ("mariadb",),
        unprobed="MySQL and MariaDB block a host after many broken handshakes (max_connect_errors); "
        "set `probes: true` for this target to make them",
    ),
    Protocol("mssql", 1433),
    Protocol("rdp", 3389),
    Protocol("nntp", 119),
    Protocol("irc", 6667),
)
"""All protocols that precede TLS."""

IMPLICIT_TLS = {
    "https": 443,
    "wss": 443,
    "smtps": 465,
    "submissions": 465,
    "nntps": 563,
    "ldaps": 636,
    "dot": 853,
    "ftps": 990,
    "imaps": 993,
    "pop3s": 995,
    "sips": 5061,
    "xmpps": 5223,
    "amqps": 5671,
    "rediss": 6379,
    "ircs": 6697,
    "mqtts": 8883,
}
"""Schemes of protocols that speak TLS from the first byte, with their default ports."""

_BY_NAME = {name: protocol for protocol in PROTOCOLS for name in (protocol.name, *protocol.aliases)}


def protocol_named(word: str) -> Protocol | None:
    """The protocol with this name or alias, ignoring case; None if there is none."""
    return _BY_NAME.get(word.lower())
