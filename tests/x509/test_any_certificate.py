"""A certificate that stands for others tells what they have in common, and nothing else."""

from contextlib import suppress

import pytest

from certgate.x509.any_certificate import AnyCertificate
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.key import KeyKind
from certgate.x509.template import OF_ONE
from tests.trust.leaves import leaf, leaves

OTHERS = [
    parse_certificate(leaf(subject=name, sans=[name], days=days).der)
    for name, days in (("b.example", 7), ("c.example", 9))
]
FACTS = {name for name in dir(Certificate) if not name.startswith("_")} - {"value", "read", "has", "in_common"}
FACTS |= {"der", "frame", "issuer", "sha256", "spki", "subject"}


def told(certificate, fact):
    try:
        found = getattr(certificate, fact)
    except Malformed as error:
        return str(error)
    if fact == "extension":
        return found("2.5.29.15")
    return [getattr(found, name) for name in KeyKind.__slots__] if fact == "key" else found


def read(ders):
    for der in ders:
        with suppress(Malformed):
            certificate = parse_certificate(der)
            yield certificate.in_common, certificate


def test_it_tells_of_each_what_it_says_itself_or_notes_that_it_was_asked():
    known, common = {}, set()
    for key, certificate in [*((one.in_common, one) for one in OTHERS), *read(leaves(50, seed=3))]:
        any_one = known.setdefault(key, AnyCertificate(certificate))
        for fact in FACTS:
            any_one.was_asked = False
            try:
                said = told(any_one, fact)
            except BaseException:
                assert any_one.was_asked, fact
            else:
                assert said == told(certificate, fact)
                common.add(fact)
    assert len(known) > 3
    assert {"template", "key", "issuer", "version", "key_usage", "crl_urls", "signature_hash"} <= common
    assert not {"subject", "serial", "san", "sha256", "der", "spki", "not_after", "extensions"} & common


def test_it_keeps_an_extension_of_one_certificate_alone_and_equals_no_other():
    any_one = AnyCertificate(OTHERS[0])
    for oid in OF_ONE:
        with pytest.raises(BaseException, match="_first_by_oid"):
            any_one.extension(oid)
        with pytest.raises(BaseException, match="_first_by_oid"):
            any_one.value(oid, bytes)
    assert any_one.was_asked
    assert OTHERS[0] != any_one
    assert OTHERS[0].in_common == OTHERS[1].in_common
