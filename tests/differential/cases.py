"""Chains with up to three faults, drawn by a seed: of dates, extensions, names, keys, signatures and structure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from random import Random
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH

DAY = timedelta(days=1)
Contents = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A chain as sent, the anchors, and the purpose. `faults` says what was changed, `leaf: expired` and so on."""

    faults: tuple[str, ...]
    sent: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    purpose: str


def _extension(value: x509.ExtensionType, *, critical: bool = True) -> Contents:
    return {"extensions": {type(value): (value, critical)}}


def _names(permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None = None) -> Contents:
    return _extension(x509.NameConstraints(permitted, excluded))


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


_UNKNOWN = ("1.2.3.4", True, b"\x05\x00")
_ANY: Mapping[str, Contents] = {
    "expired": {"not_before": CLOCK - 900 * DAY, "not_after": CLOCK - DAY},
    "ends this second": {"not_after": CLOCK},
    "not yet valid": {"not_before": CLOCK + DAY},
    "unknown critical": {"raw_extensions": [_UNKNOWN]},
    "unknown": {"raw_extensions": [("1.2.3.4", False, b"\x05\x00")]},
    "extension twice": {"raw_extensions": [("1.2.3.4", False, b"\x05\x00")] * 2},
    "unreadable EKU": {"ekus": (), "raw_extensions": [("2.5.29.37", False, b"\x05\x00")]},
    "version 1": {"version": 1},
    "negative serial": {"serial": -5},
    "serial 0": {"serial": 0},
    "long serial": {"serial": 1 << 170},
    "P-384": {"key": "P-384"},
    "Ed25519": {"key": "Ed25519"},
    "RSA-2048": {"key": "RSA-2048"},
    "RSA-1024": {"key": "RSA-1024"},
    "SHA-1": {"hash_name": "sha1"},
    "SHA-512": {"hash_name": "sha512"},
    "for clients": {"ekus": [CLIENT_AUTH]},
    "for any purpose": {"ekus": [ANY_PURPOSE]},
    "for any purpose and servers": {"ekus": [ANY_PURPOSE, SERVER_AUTH]},
    "for no purpose in particular": {"ekus": []},
    "no key usage": {"key_usage": []},
    "cRLSign alone": {"key_usage": ["crl_sign"]},
    "policy of its own": {"policies": ["1.2.3"]},
    "TLS feature, critical": _extension(x509.TLSFeature([x509.TLSFeatureType.status_request])),
    "unique IDs": {"unique_ids": True},
}
_CA: Mapping[str, Contents] = {
    **_ANY,
    "path length 0": {"path_length": 0},
    "path length 1": {"path_length": 1},
    "CA:FALSE": {"ca": False, "ekus": []},
    "CA:FALSE, keyCertSign": {"ca": False, "ekus": [], "key_usage": ["key_cert_sign"]},
    "no basicConstraints": {"extensions": {x509.BasicConstraints: None}},
    "no basicConstraints, no key usage": {"extensions": {x509.BasicConstraints: None, x509.KeyUsage: None}},
    "basicConstraints not critical": _extension(x509.BasicConstraints(ca=True, path_length=None), critical=False),
    "permits its DNS name": _names([x509.DNSName("a.example")]),
    "permits the domain": _names([x509.DNSName("example")]),
    "permits another DNS name": _names([x509.DNSName("b.example")]),
    "excludes the DNS name": _names(None, [x509.DNSName("a.example")]),
    "excludes a name below": _names(None, [x509.DNSName("b.a.example")]),
    "permits IPv4": _names([x509.IPAddress(ip_network("192.0.2.0/24"))]),
    "excludes IPv4": _names(None, [x509.IPAddress(ip_network("192.0.2.0/24"))]),
    "permits an e-mail host": _names([x509.RFC822Name("a.example")]),
    "permits a URI host": _names([x509.UniformResourceIdentifier("corp.example")]),
    "excludes a URI host": _names(None, [x509.UniformResourceIdentifier("corp.example")]),
    "permits a directory name": _names([x509.DirectoryName(_common_name("a.example"))]),
    "excludes a directory name": _names(None, [x509.DirectoryName(_common_name("a.example"))]),
    "requires a policy": _extension(x509.PolicyConstraints(0, None)),
    "inhibits anyPolicy": _extension(x509.InhibitAnyPolicy(0)),
}
_LEAF: Mapping[str, Contents] = {
    **_ANY,
    "a CA": {"ca": True, "ekus": [SERVER_AUTH], "key_usage": ["digital_signature", "key_cert_sign"]},
    "no basicConstraints": {"extensions": {x509.BasicConstraints: None}},
    "a wildcard": {"sans": ["*.a.example"]},
    "an address": {"sans": ["192.0.2.7"]},
    "another address": {"sans": ["198.51.100.7"]},
    "a URI": {"sans": ["spiffe://corp.example/db"]},
    "a URI elsewhere": {"sans": ["spiffe://other.example/db"]},
    "an e-mail address": {"sans": [x509.RFC822Name("me@a.example")]},
    "an e-mail address elsewhere": {"sans": [x509.RFC822Name("me@b.example")]},
    "no names": {"sans": []},
    "no subject": {"subject": ""},
    "several names": {"sans": ["a.example", "b.example", "192.0.2.7"]},
}
_LINK: Mapping[str, Contents] = {
    "issuer name in capitals": {"issuer_name": "upper"},
    "issuer name of another": {"issuer_name": "other"},
    "signed by another": {"signing_key": "other"},
    "key identifier of another": _extension(x509.AuthorityKeyIdentifier(b"another", None, None), critical=False),
    "no key identifier": {"extensions": {x509.AuthorityKeyIdentifier: None}},
}
_STRUCTURE = (
    "no intermediate is sent", "the root is sent too", "in reverse", "a stranger is sent too",
    "a namesake of the intermediate is sent first", "two intermediates", "a self-issued intermediate",
    "cross-signed by another root", "cross-signed by another root, the first has expired",
    "an expired certificate of the root is trusted too", "the intermediate is trusted", "the leaf is trusted",
    "no root is trusted", "the leaf is its own root",
)  # fmt: skip


def cases(seed: int, count: int) -> Iterator[Case]:
    """`count` chains; the first ones have each fault alone, and the pairs that a client is known to judge otherwise."""
    random = Random(seed)
    alone = single_faults()
    every = list(dict.fromkeys(fault for faults in alone for fault in faults))
    random.shuffle(alone)
    for number in range(count):
        faults = alone[number] if number < len(alone) else tuple(random.sample(every, random.choice((2, 2, 3))))
        purpose = random.choice(("server", "server", "server", "client", "any")) if number >= len(alone) else "server"
        yield made(faults, purpose)


def single_faults() -> list[tuple[str, ...]]:
    """Each fault alone, no fault, and the pairs that a client is known to judge otherwise."""
    alone = [(f"root: {name}",) for name in _CA] + [(f"CA: {name}",) for name in (*_CA, *_LINK)]
    alone += [("CA: path length 0", "a self-issued intermediate"), ("CA: path length 0", "two intermediates")]
    alone += [("CA: version 1", "the intermediate is trusted"), ("leaf: a wildcard", "CA: excludes a name below")]
    alone += [("root: no basicConstraints", "root: extension twice"), ("the leaf is trusted", "leaf: unreadable EKU")]
    return [*alone, *((f"leaf: {name}",) for name in (*_LEAF, *_LINK)), *((name,) for name in _STRUCTURE), ()]


def _merged(faults: tuple[str, ...], who: str, usual: Contents) -> dict[str, Any]:
    found = dict(usual)
    for fault in faults:
        role, _, name = fault.partition(": ")
        if role == who:
            change = dict(({**_LINK} | (_LEAF if who == "leaf" else _CA))[name])
            merged = {**found.get("extensions", {}), **change.pop("extensions", {})}
            raw = [*found.get("raw_extensions", ()), *change.pop("raw_extensions", ())]
            found |= change | {"extensions": merged, "raw_extensions": raw}
    return found


def _issued(faults: tuple[str, ...], who: str, usual: Contents, issuer: Credential | None) -> Credential:
    contents = _merged(faults, who, usual)
    if any(oid == "2.5.29.37" for oid, _, _ in contents.get("raw_extensions", ())):
        contents["ekus"] = ()
    if not contents.get("ca"):
        contents.pop("path_length", None)
    named = contents.pop("issuer_name", None)
    if issuer is not None and named:
        name = "Another" if named == "other" else {"CA": "ca", "Root": "ROOT"}["CA" if who == "leaf" else "Root"]
        contents["issuer_name"] = _common_name(name)
    if contents.get("signing_key") == "other":
        contents["signing_key"] = make_key()
    return issue(issuer=issuer, **contents)


def made(faults: tuple[str, ...], purpose: str) -> Case:
    """The chain with these faults, of a leaf for this purpose."""
    root = _issued(faults, "root", {"subject": "Root", "ca": True, "days": 3650}, None)
    ca = _issued(faults, "CA", {"subject": "CA", "ca": True, "days": 365}, root)
    usual = {"subject": "a.example", "sans": ["a.example"]}
    usual |= {"ekus": [CLIENT_AUTH]} if purpose == "client" else {}
    below, sent, anchors = ca, [ca], [root]
    structure = [fault for fault in faults if fault in _STRUCTURE]
    for name in structure:
        match name:
            case "two intermediates":
                below = issue("Lower CA", issuer=below, ca=True)
                sent.insert(0, below)
            case "a self-issued intermediate":
                below = issue("CA", issuer=below, ca=True)
                sent.insert(0, below)
    leaf = _issued(faults, "leaf", usual, None if "the leaf is its own root" in structure else below)
    for name in structure:
        _restructure(name, leaf, ca, root, sent, anchors)
    return Case(faults, tuple(c.der for c in (leaf, *sent)), tuple(c.der for c in anchors), purpose)


def _restructure(
    name: str, leaf: Credential, ca: Credential, root: Credential, sent: list[Credential], anchors: list[Credential]
) -> None:
    changes: Mapping[str, Callable[[], object]] = {
        "no intermediate is sent": sent.clear,
        "the root is sent too": lambda: sent.append(root),
        "in reverse": sent.reverse,
        "a stranger is sent too": lambda: sent.append(issue("Stranger", ca=True)),
        "a namesake of the intermediate is sent first": lambda: sent.insert(0, issue("CA", issuer=root, ca=True)),
        "the intermediate is trusted": lambda: anchors.__setitem__(slice(None), [ca]),
        "the leaf is trusted": lambda: anchors.append(leaf),
        "the leaf is its own root": lambda: anchors.append(leaf),
        "no root is trusted": lambda: anchors.__setitem__(slice(None), [issue("Else", ca=True)]),
        "an expired certificate of the root is trusted too": lambda: anchors.insert(
            0, issue("Root", ca=True, key=root.key, days=10)
        ),
    }
    if name.startswith("cross-signed"):
        other = issue("Other Root", ca=True, days=3650)
        sent.append(issue("Root", issuer=other, ca=True, key=root.key, days=365))
        anchors.append(other)
        if name.endswith("expired"):
            anchors[0] = issue("Root", ca=True, key=root.key, days=10)
    elif name in changes:
        changes[name]()
