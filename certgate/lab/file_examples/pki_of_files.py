"""The certificates that the file examples share, made when they are needed."""

from functools import cache

from certgate.lab.chain import ca_name, make_root
from certgate.lab.ocsp import issue_responder
from certgate.lab.pki import Credential, issue

__all__ = ["issuing_ca", "leaf", "of_issuing_ca", "of_root", "other_leaf", "responder"]


def of_root() -> tuple[Credential, ...]:
    """A trust store with the root."""
    return (make_root("public"),)


def of_issuing_ca() -> tuple[Credential, ...]:
    """A trust store with the issuing CA, whose CRLs and responses are judged."""
    return (issuing_ca(),)


@cache
def issuing_ca() -> Credential:
    """The CA that publishes CRLs and responses."""
    return issue(ca_name("Lab issuing CA"), issuer=make_root("public"), ca=True, days=900)


@cache
def leaf() -> Credential:
    """A certificate of the issuing CA."""
    return issue("a.lab.example", issuer=issuing_ca(), sans=["a.lab.example"])


@cache
def other_leaf() -> Credential:
    """Another one."""
    return issue("b.lab.example", issuer=issuing_ca(), sans=["b.lab.example"])


@cache
def responder() -> Credential:
    """A responder that the issuing CA lets answer for it."""
    return issue_responder(issuing_ca())
