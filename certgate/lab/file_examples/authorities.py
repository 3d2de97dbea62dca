"""Roots and subordinate CAs before they are deployed."""

from functools import cache, partial
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.lab.chain import access, ca_name, make_root
from certgate.lab.file_example import FileExample
from certgate.lab.file_examples.pki_of_files import of_root
from certgate.lab.pki import Credential, issue, key_id, pem
from certgate.lab.scenario import Expected, fails, notes, warns
from certgate.x509.der import encoded

__all__ = ["EXAMPLES"]

_SERVER, _ANY_POLICY, _OWN_POLICY = "1.3.6.1.5.5.7.3.1", "2.5.29.32.0", "1.2.3"
_DOMAIN = "2.23.140.1.2.1"
_CONSTRAINTS = (x509.NameConstraints([x509.DNSName("lab.example")], None), True)


def _root(**changes: Any) -> Credential:
    """A root; `aki` is the key identifier in its authorityKeyIdentifier."""
    usual: dict[str, Any] = {"ca": True, "days": 5000, "key": "P-256"}
    if aki := changes.pop("aki", b""):
        value = x509.AuthorityKeyIdentifier(aki, None, None)
        usual["extensions"] = {x509.AuthorityKeyIdentifier: (value, False)}
    return issue(ca_name("Lab root to be"), **(usual | changes))


def _root_that_names_itself() -> Credential:
    own = issue(ca_name("Lab root to be"), ca=True)
    return _root(key=own.key, aki=key_id(own.key))


def _sub_ca(*, public: bool = True, **changes: Any) -> Credential:
    """A subordinate CA of the lab's root, with what the public web asks for if it is `public`."""
    kept: dict[Any, Any] = {x509.AuthorityInformationAccess: (access(), False)} if public else {}
    kept[x509.NameConstraints] = None if public else _CONSTRAINTS
    usual: dict[str, Any] = {"issuer": make_root("public"), "ca": True, "days": 1000, "path_length": 0}
    usual |= {"policies": (_ANY_POLICY,), "ekus": (_SERVER,)} if public else {}
    usual["extensions"] = kept | changes.pop("extensions", {})
    return issue(ca_name("Lab CA to be"), **(usual | changes))


def _mapping(*policies: str) -> tuple[str, bool, bytes]:
    pair = b"".join(asn1.encode_der(x509.ObjectIdentifier(policy)) for policy in policies)
    return "2.5.29.33", True, encoded(b"\x30", encoded(b"\x30", pair))


def _example(name: str, title: str, make: Any, *gives: Expected, **options: Any) -> FileExample:
    """A root is its own trust store."""
    more = {key: options.pop(key) for key in ("shows", "policy") if key in options}
    made = cache(partial(make, **options))
    trust = of_root if make is _sub_ca else lambda: (made(),)
    return FileExample(name=name, title=title, content=lambda: pem(made()), gives=gives, role="ca", trust=trust, **more)


def _own(name: str, title: str, make: Any, *gives: Expected, **options: Any) -> FileExample:
    """A CA of an organisation's own."""
    public = {"public": False} if make is _sub_ca else {}
    return _example(name, title, make, *gives, policy="internal-pki", **public, **options)


EXAMPLES = (
    _example(
        "good-root-to-be",
        "A root for the public web",
        _root_that_names_itself,
        shows=("bc.root-path-length", "eku.root", "ext.root-aki", "policy.root", "validity.root-lifetime"),
    ),
    _example(
        "good-ca-to-be",
        "A subordinate CA for the public web, which maps a policy",
        _sub_ca,
        policies=(_DOMAIN, "1.2.3"),
        raw_extensions=(_mapping("1.2.3", "1.2.4"),),
        shows=("policy.mapping-any",),
    ),
    _own(
        "good-ca-of-ones-own",
        "A subordinate CA of an organisation's own, limited to its names",
        _sub_ca,
        shows=("bc.subca-path-length", "ext.subca-name-constraints"),
    ),
    _own(
        "good-long-lived-ca",
        "A root of an organisation's own that lasts beyond 2030, with a key that does",
        _root,
        key="RSA-3072",
        shows=("key.ca-strength",),
    ),
    _example("root-with-path-length", "A root with a path length", _root, warns("bc.root-path-length"), path_length=3),
    _example("root-purpose", "A root with an extended key usage", _root, warns("eku.root"), ekus=(_SERVER,)),
    _example(
        "root-of-another-key",
        "A root that names another key as its issuer's",
        _root,
        fails("ext.root-aki"),
        aki=b"x" * 20,
    ),
    _example("root-policy", "A root with a certificate policy", _root, notes("policy.root"), policies=(_OWN_POLICY,)),
    _example("root-for-a-year", "A root that is valid for a year", _root, warns("validity.root-lifetime"), days=365),
    _own("root-for-30-years", "A root of one's own for 30 years", _root, warns("validity.root-lifetime"), days=10958),
    _example(
        "ca-maps-any-policy",
        "A subordinate CA that maps every policy to another",
        _sub_ca,
        fails("policy.mapping-any"),
        raw_extensions=(_mapping(_ANY_POLICY, "1.2.4"),),
    ),
    _own(
        "ca-unlimited",
        "A CA that may have any number of CAs below it",
        _sub_ca,
        warns("bc.subca-path-length"),
        path_length=None,
    ),
    _own(
        "ca-for-every-name",
        "A CA that may issue for every name",
        _sub_ca,
        notes("ext.subca-name-constraints"),
        extensions={x509.NameConstraints: None},
    ),
    _own(
        "ca-short-key",
        "A CA with RSA 2048 that is valid after 2030",
        _root,
        warns("key.ca-strength"),
        key="RSA-2048",
    ),
)
