"""CRLs on their own."""

from datetime import timedelta
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.name import _ASN1Type

from certgate.lab.chain import ca_name, make_root
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.file_example import FileExample
from certgate.lab.file_examples.pki_of_files import issuing_ca, of_issuing_ca
from certgate.lab.pki import CLOCK, Credential, issue, key_id, make_key
from certgate.lab.scenario import Expected, fails, unchecked, warns
from certgate.x509.der import encoded

__all__ = ["EXAMPLES"]

_URL = [x509.UniformResourceIdentifier("http://crl.lab.example/1.crl")]
_NUMBER, _REASON = "2.5.29.20", "2.5.29.21"
_UNKNOWN = "1.2.3.4"
_NULL = b"\x05\x00"
_SUPERSEDED = x509.ReasonFlags.superseded


def _crl(*entries: bytes, aki: bool = True, extensions: Any = (), **options: Any) -> bytes:
    """A CRL of the issuing CA with the identifier of its key."""
    ca = issuing_ca()
    identifier = x509.AuthorityKeyIdentifier(key_id(ca.key), None, None)
    return make_crl(ca, *entries, extensions=[*([(identifier, False)] if aki else []), *extensions], **options)


def _example(name: str, title: str, *gives: Expected, entries: tuple[bytes, ...] = (), **options: Any) -> FileExample:
    more = {key: options.pop(key) for key in ("shows", "policy", "adds", "trust") if key in options}
    content = options.pop("content", None) or partial(_crl, *entries, **options)
    usual: dict[str, Any] = {"trust": of_issuing_ca, "suffix": ".crl"}
    return FileExample(name=name, title=title, content=content, gives=gives, **(usual | more))


def _crl_fails(rule: str) -> Expected:
    return fails(f"crl.{rule}", "CRL")


def _recoded_ca() -> Credential:
    """The issuing CA with its name in other string types."""
    name = [x509.NameAttribute(a.oid, a.value, _ASN1Type.PrintableString) for a in ca_name("Lab issuing CA")]
    return issue(x509.Name(name), issuer=make_root("public"), ca=True, days=900, key=issuing_ca().key)


def _dated_too_long() -> bytes:
    """An entry whose date has the encoding for the years from 2050 on."""
    return encoded(b"\x30", asn1.encode_der(5) + b"\x18\x0f20260613120000Z")


EXAMPLES = (
    _example(
        "good-crl",
        "A CRL that lists two certificates, with a reason",
        entries=(crl_entry(5, reason=_SUPERSEDED), crl_entry(6)),
        shows=(
            "crl.algorithms",
            "crl.current",
            "crl.empty-list",
            "crl.entry-extensions",
            "crl.form",
            "crl.interval",
            "crl.issuer-name",
            "crl.key-identifier",
            "crl.next-update",
            "crl.number",
            "crl.reasons",
            "crl.reasons-public",
            "crl.revocation-dates",
            "crl.serials",
            "crl.signature",
            "crl.signature-hash",
            "crl.time-encoding",
            "crl.unknown-critical",
            "crl.version",
        ),
    ),
    _example(
        "good-crl-of-a-part",
        "A CRL that covers a part of the certificates, and names its URL",
        scope={"full_name": _URL},
        shows=("crl.point-form", "crl.point-public"),
    ),
    _example(
        "good-delta-crl",
        "A delta CRL on an earlier one",
        number=5,
        extensions=[(x509.DeltaCRLIndicator(4), True)],
        shows=("crl.delta",),
    ),
    _example(
        "good-crl-size",
        "A CRL that is as short as a team's policy asks for",
        adds={"crl.size": {"max_kib": 1}},
        shows=("crl.size",),
    ),
    _example(
        "crl-number-unreadable",
        "The number is not a number",
        _crl_fails("form"),
        unchecked("crl.number", "CRL"),
        number=None,
        raw_extensions=[(_NUMBER, False, b"\x04\x00")],
    ),
    _example("crl-version-1", "A CRL without a version, as in version 1", _crl_fails("version"), version=None),
    _example(
        "crl-two-algorithms",
        "The signed part names another algorithm than the signature",
        _crl_fails("algorithms"),
        inner_hash="sha384",
    ),
    _example(
        "crl-forged",
        "A CRL that another key signed",
        _crl_fails("signature"),
        content=lambda: _crl(signing_key=make_key("P-256")),
    ),
    _example("crl-sha1", "A CRL signed with SHA-1", _crl_fails("signature-hash"), hash_name="sha1"),
    _example(
        "crl-issuer-recoded",
        "The name of the issuer is encoded in another string type than in the CA's certificate",
        _crl_fails("issuer-name"),
        trust=lambda: (_recoded_ca(),),
    ),
    _example(
        "crl-odd-date",
        "A date of revocation in the encoding for the years from 2050 on",
        _crl_fails("time-encoding"),
        entries=(_dated_too_long(),),
    ),
    _example("crl-endless", "A CRL without nextUpdate", _crl_fails("next-update"), next_update=None),
    _example(
        "crl-expired",
        "A CRL that expired an hour ago",
        _crl_fails("current"),
        this_update=CLOCK - timedelta(days=2),
        next_update=CLOCK - timedelta(hours=1),
    ),
    _example(
        "crl-long",
        "A CRL that is valid for a month",
        _crl_fails("interval"),
        next_update=CLOCK + timedelta(days=30),
    ),
    _example("crl-unnumbered", "A CRL without a number", _crl_fails("number"), number=None),
    _example("crl-no-key-identifier", "A CRL that does not name its key", _crl_fails("key-identifier"), aki=False),
    _example(
        "crl-unknown-critical",
        "A CRL with a critical extension that nobody knows",
        _crl_fails("unknown-critical"),
        raw_extensions=[(_UNKNOWN, True, _NULL)],
    ),
    _example(
        "crl-delta-unmarked",
        "A delta CRL that clients take for a complete one, because its mark is not critical",
        _crl_fails("delta"),
        number=5,
        extensions=[(x509.DeltaCRLIndicator(4), False)],
    ),
    _example(
        "crl-point-not-critical",
        "A CRL of a part that clients take for a complete one, because its distribution point is not critical",
        _crl_fails("point-form"),
        extensions=[(x509.IssuingDistributionPoint(_URL, None, False, False, None, False, False), False)],
    ),
    _example(
        "crl-point-nowhere",
        "A CRL for the certificates of subscribers alone that names no URL",
        _crl_fails("point-public"),
        scope={"only_contains_user_certs": True},
    ),
    _example(
        "crl-empty-list",
        "A list of revoked certificates that is empty",
        _crl_fails("empty-list"),
        entries=(b"",),
    ),
    _example(
        "crl-listed-twice",
        "A certificate that is listed twice",
        _crl_fails("serials"),
        entries=(crl_entry(5, reason=_SUPERSEDED), crl_entry(5, reason=_SUPERSEDED)),
    ),
    _example(
        "crl-revoked-tomorrow",
        "A certificate that is revoked later than the CRL was issued",
        warns("crl.revocation-dates", "CRL"),
        entries=(crl_entry(5, reason=_SUPERSEDED, revoked_at=CLOCK + timedelta(days=1)),),
    ),
    _example(
        "crl-unknown-reason",
        "A reason that is not defined",
        _crl_fails("reasons"),
        entries=(crl_entry(5, raw_extensions=[(_REASON, False, b"\x0a\x01\x07")]),),
    ),
    _example(
        "crl-on-hold",
        "A certificate that is on hold, which public CAs may not do",
        _crl_fails("reasons-public"),
        entries=(crl_entry(5, reason=x509.ReasonFlags.certificate_hold),),
    ),
    _example(
        "crl-critical-invalidity",
        "A date of invalidity that is critical",
        _crl_fails("entry-extensions"),
        entries=(crl_entry(5, raw_extensions=[("2.5.29.24", True, b"\x18\x0f20260601000000Z")]),),
    ),
    _example(
        "crl-long-list",
        "A CRL that is longer than a team's policy allows",
        _crl_fails("size"),
        entries=tuple(crl_entry(number, reason=_SUPERSEDED) for number in range(1, 60)),
        adds={"crl.size": {"max_kib": 1}},
    ),
    _example(
        "crl-of-a-stranger",
        "A CRL whose issuer is not in the trust store, so that its signature cannot be checked",
        unchecked("crl.signature", "CRL"),
        trust=lambda: (make_root("stranger"),),
    ),
)
