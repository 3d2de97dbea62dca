"""CRLs and OCSP responses on their own, as subjects for rules."""

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.published_subjects import published_subject
from certgate.lab.pki import CLOCK
from certgate.model.published import Published
from certgate.model.target import Role
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate


def ask_of(role, rule, der, *issuers, now=CLOCK, **parameters):
    """The answers of a rule about a CRL or an OCSP response, with these issuers in the trust store."""
    check = all_checks()[rule]
    store = TrustStore("ca.pem", tuple(parse_certificate(issuer.der) for issuer in issuers))
    subject = published_subject(Published(role, der), store)
    return list(check.run(subject, *([now] if check.takes_clock else []), **parameters))


def messages(role, rule, der, *issuers, **options):
    """The messages of its problems."""
    return [answer.message for answer in ask_of(role, rule, der, *issuers, **options)]


def of_crl(rule, der, *issuers, **options):
    return messages(Role.CRL, rule, der, *issuers, **options)


def of_response(rule, der, *issuers, **options):
    return messages(Role.OCSP, rule, der, *issuers, **options)
