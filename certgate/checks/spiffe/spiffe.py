"""Rules of the family spiffe on the SPIFFE ID of a leaf."""

import re
from collections.abc import Callable, Iterator

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, listed, shortened
from certgate.model.target import Role
from certgate.x509.spiffe_id import MAX_ID, SpiffeId, covers, split_spiffe_id

__all__: list[str] = []

_SVID = frozenset({Role.SPIFFE})
_NO_URI = NotApplicable("no URI in the subjectAltName")


@check("spiffe.single-uri", citation="X509-SVID §2, §5.2", roles=_SVID, judges_as=Role.SPIFFE)
def single_uri(subject: CertificateInRole) -> Iterator[Answer]:
    """The subjectAltName has exactly one URI, the SPIFFE ID.

    Why: validators must reject an SVID with several URIs, and one without a URI has no identity.

    Fix: register the workload once, and issue one SVID for each identity.
    """
    count = len(subject.certificate.uris)
    if count != 1:
        yield Problem(f"{count} URIs in the subjectAltName, 1 required")


@check("spiffe.scheme", citation="SPIFFE-ID §2; X509-SVID §5.2", roles=_SVID)
def scheme(subject: CertificateInRole) -> Iterator[Answer]:
    """The URI is a SPIFFE ID: scheme `spiffe`, a trust domain, no query and no fragment.

    Why: validators refuse every other URI as an identity.

    Fix: reissue the SVID with an ID of the form spiffe://TRUST-DOMAIN/PATH.
    """
    yield from _of_each_uri(subject, SpiffeId.scheme_problem)


@check("spiffe.trust-domain", citation="SPIFFE-ID §2.1, §2.3", roles=_SVID)
def trust_domain(subject: CertificateInRole) -> Iterator[Answer]:
    """The trust domain has only lower-case letters, digits, dots, dashes and underscores, at most 255 bytes.

    A user, a port and percent-encoding are not allowed.

    Why: two spellings of one trust domain are two identities for some validators and one for others.

    Fix: correct the trust domain in the configuration of the SPIFFE server.
    """
    yield from _of_each_uri(subject, SpiffeId.trust_domain_problem)


@check("spiffe.path", citation="SPIFFE-ID §2.2", roles=_SVID)
def path(subject: CertificateInRole) -> Iterator[Answer]:
    """The path has plain segments: letters, digits, dots, dashes and underscores.

    No segment is empty, `.` or `..`; a final slash and percent-encoding are not allowed.

    Why: a path that can be normalised to another one can impersonate another workload.

    Fix: correct the registration entry or the ID template of the issuer.
    """
    yield from _of_each_uri(subject, SpiffeId.path_problem)


@check("spiffe.length", citation="SPIFFE-ID §2.3", roles=_SVID)
def length(subject: CertificateInRole) -> Iterator[Answer]:
    """The SPIFFE ID has at most 2048 bytes.

    Why: implementations need not support longer IDs.

    Fix: shorten the path.
    """
    uris = subject.certificate.uris
    if not uris:
        yield _NO_URI
        return
    yield from capped(
        Problem(f"{shortened(uri)} has {len(uri)} bytes, at most {MAX_ID} allowed", key=shortened(uri))
        for uri in uris
        if len(uri) > MAX_ID
    )


@check("spiffe.leaf-path", citation="X509-SVID §3.1, §5.2", roles=_SVID)
def leaf_path(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's SPIFFE ID has a path.

    Why: an ID without a path names the trust domain itself, and its certificates must not authenticate a workload.

    Fix: issue the SVID for a workload: spiffe://TRUST-DOMAIN/PATH.
    """
    yield from _of_each_uri(subject, lambda found: None if found.has_path else "has no path")


def _of_each_uri(subject: CertificateInRole, problem_of: Callable[[SpiffeId], str | None]) -> Iterator[Answer]:
    uris = subject.certificate.uris
    if not uris:
        yield _NO_URI
        return
    unreadable = {name.text for name in subject.certificate.san or () if name.problem}
    yield from capped(
        Problem(f"{shortened(uri)} {problem}", key=shortened(uri), cause="ext.form" if uri in unreadable else "")
        for uri in uris
        if (problem := problem_of(split_spiffe_id(uri)))
    )


@check(
    "spiffe.id-allowed",
    citation="certgate: who may answer here",
    roles=_SVID,
    binds={"ids": Setting.SPIFFE_IDS},
    needs_order="chain.order",
)
def id_allowed(subject: CertificateInRole, *, ids: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The leaf's SPIFFE ID is in `ids`.

    An entry is an ID, or ends in `/*` for all IDs below it (`spiffe://corp.example/*` is the whole trust domain). The
    comparison ignores case in the scheme and trust domain, but not in the path.

    Why: every workload of the trust domain has a valid SVID; this must be the expected workload.

    Fix: correct the registration entry, or the target's expected IDs (`spiffe_ids`).
    """
    if not ids:
        yield NotApplicable("no expected SPIFFE ID (spiffe_ids)")
        return
    uris = subject.certificate.uris
    if len(uris) != 1:
        yield Problem(f"{len(uris)} URIs in the subjectAltName, exactly 1 required for an identity")
        return
    found = split_spiffe_id(uris[0])
    if not (found.is_valid and any(covers(entry, found) for entry in ids)):
        yield Problem(f"SPIFFE ID {shortened(uris[0])} is not allowed, only {listed(ids)}")


@check(
    "spiffe.k8s-shape",
    unshipped="SPIFFE leaves the path of an ID open; this form is a convention of Istio",
    citation="Istio and csi-driver-spiffe convention",
    roles=_SVID,
)
def k8s_shape(subject: CertificateInRole) -> Iterator[Answer]:
    """The SPIFFE ID names a Kubernetes service account: spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT.

    Why: authorization policies of service meshes read the namespace and account from it.

    Fix: use the mesh's own issuer, or leave the rule out if no mesh is in use.
    """
    yield from _of_each_uri(
        subject,
        lambda found: (
            None
            if re.fullmatch(r"/ns/[^/]+/sa/[^/]+", found.path)
            else "is not of the form spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT"
        ),
    )
