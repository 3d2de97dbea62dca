"""Makes a scenario's certificates: leaf, issuers, root."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Unpack

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from certgate.lab.changes import Changes
from certgate.lab.ct import Log, issue_logged
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.model.frozen import frozen

__all__ = ["Chain", "access", "ca_name", "issue_public", "make_chain", "make_client", "make_root"]

_YEAR = timedelta(days=365)
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
_TLS_PURPOSES = ("1.3.6.1.5.5.7.3.1", CLIENT_AUTH)
_ANY_POLICY = "2.5.29.32.0"
_STRANGERS: Mapping[str, Changes] = {
    "stranger": {},
    "odd stranger": {"policies": (), "raw_extensions": (("2.5.29.32", False, b"\x05\x00"),)},
}


@frozen()
class Chain:
    """The certificates of one scenario. A self-signed topmost certificate is its own root."""

    leaf: Credential
    issuers: tuple[Credential, ...]
    """`issuers[0]` issued the leaf."""
    root: Credential

    @property
    def issuer(self) -> Credential:
        """The credential that issued the leaf."""
        return (*self.issuers, self.root)[0]

    def labelled(self, label: str) -> Credential:
        """The certificate labelled `leaf`, `issuer 1`, …, `root`. Raises KeyError.

        A `stranger` is an unrelated CA; clients that decode every certificate cannot read an `odd stranger`.
        """
        by_label = {"leaf": self.leaf, "root": self.root}
        by_label |= {f"issuer {n}": issuer for n, issuer in enumerate(self.issuers, 1)}
        if label in _STRANGERS:
            return _intermediate("Unrelated CA", make_root("stranger"), _STRANGERS[label])
        return by_label[label]


@cache
def make_root(name: str) -> Credential:
    """The lab's root with this name: self-signed, valid for years around the clock, cached while the process runs."""
    return _root(name, Changes())


def make_client(name: str, changes: Changes) -> Credential:
    """A client of the lab's root `clients`."""
    usual: Changes = {
        "subject": name,
        "sans": (f"{name}.lab.example",),
        "issuer": make_root("clients"),
        "ekus": (CLIENT_AUTH,),
    }
    return issue(**(usual | changes))


def _root(name: str, changes: Changes) -> Credential:
    usual: Changes = {
        "subject": ca_name(f"Lab root {name}"),
        "ca": True,
        "not_before": CLOCK - 5 * _YEAR,
        "days": 20 * 365,
    }
    return issue(**(usual | changes))


def issue_public(logs: int, logged: timedelta) -> Callable[..., Credential]:
    """A function that issues leaves as public CAs do: with the issuer's URL, and logged in `logs` CT logs.

    The SCTs are dated `logged` after notBefore, but not after the clock unless `logged` is set.
    """

    def made(**changes: Unpack[Changes]) -> Credential:
        extensions = dict(changes.get("extensions", {}))
        extensions.setdefault(x509.AuthorityInformationAccess, (access(), False))
        changes["extensions"] = extensions
        if not changes.get("issuer") or not logs or changes.get("version", 3) != 3:
            return issue(**changes)
        start = min(changes.get("not_before", CLOCK - timedelta(days=30)), CLOCK)
        return issue_logged(logs=_logs()[:logs], at=start + logged, **changes)

    return made


def access(ocsp: str = "") -> x509.AuthorityInformationAccess:
    """The URL of the issuer's certificate and, if `ocsp` is set, of its OCSP responder."""
    named = [(AuthorityInformationAccessOID.CA_ISSUERS, "http://pki.lab.example/ca.der")]
    named += [(AuthorityInformationAccessOID.OCSP, ocsp)] if ocsp else []
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in named]
    )


@cache
def _logs() -> tuple[Log, ...]:
    return tuple(Log(f"Lab log {n}", f"Lab operator {n}") for n in (1, 2, 3))


def make_chain(
    host: str,
    leaf: Changes,
    issuers: Sequence[Changes],
    root: str,
    issue_leaf: Callable[..., Credential] = issue,
    anchor: Changes | None = None,
) -> Chain:
    """Issue from the root down to the leaf, which is for `host` unless its arguments say otherwise.

    With arguments for the `anchor` the root is a new one, else the lab's root with this name.
    """
    top = _root(root, anchor) if anchor else make_root(root) if root else None
    made: list[Credential] = []
    signer = top
    for number in range(len(issuers), 0, -1):
        signer = _intermediate(f"Lab CA {number} {root}".rstrip(), signer, issuers[number - 1])
        made.insert(0, signer)
    usual: Changes = {"subject": host, "sans": (host,), "issuer": signer}
    end = issue_leaf(**(usual | leaf))
    return Chain(end, tuple(made), top or (made[-1] if made else end))


def ca_name(common_name: str) -> x509.Name:
    """The subject of a CA of the lab."""
    attributes = {NameOID.COUNTRY_NAME: "DE", NameOID.ORGANIZATION_NAME: "Lab", NameOID.COMMON_NAME: common_name}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes.items()])


def _intermediate(subject: str, issuer: Credential | None, changes: Changes) -> Credential:
    usual: Changes = {
        "subject": ca_name(subject),
        "ca": True,
        "issuer": issuer,
        "not_before": CLOCK - _YEAR,
        "days": 3 * 365,
        "ekus": _TLS_PURPOSES,
        "policies": (_ANY_POLICY,),
    }
    return issue(**(usual | changes))
