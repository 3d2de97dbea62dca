"""Certificates of clients: people and machines."""

from functools import partial
from typing import Any

from cryptography import x509

from certgate.lab.chain import CLIENT_AUTH, make_root
from certgate.lab.file_example import FileExample
from certgate.lab.file_examples.pki_of_files import of_root
from certgate.lab.pki import issue, pem
from certgate.lab.scenario import Expected, fails, warns

__all__ = ["EXAMPLES"]

_DOMAIN_VALIDATED = "2.23.140.1.2.1"


def _client(subject: str = "alice", **changes: Any) -> bytes:
    usual: dict[str, Any] = {
        "issuer": make_root("public"),
        "sans": (x509.RFC822Name("alice@lab.example"),),
        "ekus": (CLIENT_AUTH,),
        "policies": (),
    }
    return pem(issue(subject, **(usual | changes)))


def _example(name: str, title: str, *gives: Expected, shows: tuple[str, ...] = (), **options: Any) -> FileExample:
    return FileExample(
        name=name,
        title=title,
        content=partial(_client, **options),
        gives=gives,
        shows=shows,
        policy="internal-mtls",
        role="client",
        trust=of_root,
    )


EXAMPLES = (
    _example(
        "good-client",
        "The certificate of a person, with an e-mail address",
        shows=("client.identity", "mtls.client-eku"),
    ),
    _example(
        "client-nobody",
        "A client's certificate that names nobody",
        fails("client.identity"),
        subject="",
        sans=(),
    ),
    _example(
        "client-for-servers",
        "A client's certificate that is for servers",
        fails("mtls.client-eku"),
        ekus=("1.3.6.1.5.5.7.3.1",),
    ),
    _example(
        "client-for-everything",
        "A client's certificate without an extended key usage",
        warns("mtls.client-eku"),
        ekus=(),
    ),
    _example(
        "client-of-a-public-ca",
        "A client's certificate from a public CA",
        warns("client.public-ca"),
        policies=(_DOMAIN_VALIDATED,),
    ),
)
