"""Subjects that differ in what is of their leaf alone: rules that do not look at that run once for all of them."""

from collections.abc import Hashable
from dataclasses import replace

from certgate.checks.framework.subjects import (
    CertificatePath,
    Handshake,
    IssuedInRole,
    RevocationEvidence,
    Staple,
    Subject,
)
from certgate.x509.any_certificate import AnyCertificate
from certgate.x509.errors import Malformed

__all__ = ["any_of", "in_common"]


def in_common(subject: Subject) -> Hashable:
    """Equal for subjects of one type that are alike; None for a subject that is taken for like no other one."""
    try:
        match subject:
            case IssuedInRole():
                return subject.certificate.in_common, subject.leaf_roles
            case CertificatePath():
                return subject.in_common
            case Staple(der=None) if subject.leaf != subject.issuer:
                return subject.leaf.in_common, subject.issuer, subject.unusable
            case RevocationEvidence(index=0, staple=None, evidence=()) if common := subject.path.in_common:
                return common, subject.unusable, subject.mode
            case Handshake(answers=()):
                return subject.leaf.in_common, subject.facts, subject.unprobed
    except Malformed:
        pass
    return None


def any_of(subject: Subject) -> tuple[Subject, AnyCertificate]:
    """A subject that stands for all that have the same in common, which must be something; and its leaf."""
    match subject:
        case IssuedInRole():
            leaf = AnyCertificate(subject.certificate)
            return replace(subject, certificate=leaf), leaf
        case CertificatePath():
            leaf = AnyCertificate(subject.leaf)
            return subject.of_any(leaf), leaf
        case Staple() | Handshake():
            leaf = AnyCertificate(subject.leaf)
            return replace(subject, leaf=leaf), leaf
        case RevocationEvidence():
            leaf = AnyCertificate(subject.leaf)
            return replace(subject, path=subject.path.of_any(leaf)), leaf
        case _:
            raise TypeError(f"{type(subject).__name__} has nothing in common with others")
