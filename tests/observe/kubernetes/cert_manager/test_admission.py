"""What cert-manager's webhook refuses of a Certificate, each limit from both sides."""

import json

import pytest

from certgate.observe.files.contents import UnusableInput
from tests.observe.kubernetes.manifests import read

SPEC = {"secretName": "web", "dnsNames": ["a.example"], "issuerRef": {"name": "ca"}}
CA = SPEC | {"isCA": True}


def entry(spec):
    body = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "w"}, "spec": spec}
    (found,) = read(json.dumps(body))
    return found


def refused(spec):
    contents = entry(spec).contents
    assert not isinstance(contents, UnusableInput), str(contents)
    return [(refusal.key, refusal.detail) for refusal in contents.plan.refusals]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"duration": "1h"},
        {"duration": "1h", "renewBefore": "5m"},
        {"duration": "1h", "renewBefore": "59m59s"},
        {"renewBefore": "2159h"},
        {"duration": "1h", "renewBeforePercentage": 1},
        {"duration": "1h", "renewBeforePercentage": 91},
        {"renewBeforePercentage": 100},
        {"commonName": "x" * 64},
        {"privateKey": {"algorithm": "RSA", "size": 8192}, "signatureAlgorithm": "SHA512WithRSA"},
        {"privateKey": {"algorithm": "ECDSA"}, "signatureAlgorithm": "ECDSAWithSHA384"},
        {"issuerRef": {"name": "x", "kind": "AWSPCAIssuer", "group": "awspca.cert-manager.io"}},
        {"emailAddresses": ["a@b.example"]},
        {"revisionHistoryLimit": 1},
        {"isCA": True, "nameConstraints": {"permitted": {"ipRanges": ["10.0.0.0/8", "fd00::/8"]}}},
        {"secretTemplate": {"annotations": {"cert-manager.io/allow-direct-injection": "true", "x": "y"}}},
    ],
)
def test_what_the_webhook_takes_is_not_refused(more):
    assert refused(SPEC | more) == []


@pytest.mark.parametrize(
    ("more", "key", "detail"),
    [
        ({"secretName": ""}, "secret-name", "secretName is missing"),
        ({"secretName": "Web"}, "secret-name", 'secretName "Web" is not the name of a Secret'),
        ({"issuerRef": {}}, "issuer-name", "issuerRef names no issuer"),
        (
            {"issuerRef": {"name": "x", "kind": "AWSPCAIssuer"}},
            "issuer-kind",
            'issuerRef has the kind "AWSPCAIssuer", which is neither Issuer nor ClusterIssuer, and has no group',
        ),
        (
            {"dnsNames": []},
            "no-name",
            "it names nothing: neither commonName nor dnsNames, uris, emailAddresses, ipAddresses or otherNames",
        ),
        ({"commonName": "x" * 65}, "common-name-length", "commonName is longer than 64 bytes"),
        ({"commonName": "é" * 33}, "common-name-length", "commonName is longer than 64 bytes"),
        (
            {"literalSubject": "CN=x", "commonName": "x"},
            "literal-subject-common-name",
            "literalSubject and commonName exclude each other",
        ),
        (
            {"literalSubject": "CN=x", "subject": {"organizations": ["y"]}},
            "literal-subject-subject",
            "literalSubject and subject exclude each other",
        ),
        (
            {"emailAddresses": ["A <a@b.example>"]},
            "email-address A <a@b.example>",
            'emailAddresses has "A <a@b.example>", which is not a plain e-mail address',
        ),
        ({"duration": "30m"}, "duration-min", "duration 30m is below 1 hour"),
        ({"duration": "-1h"}, "duration-min", "duration -1h is below 1 hour"),
        ({"renewBefore": "4m59s"}, "renew-before-min", "renewBefore 4m59s is below 5 minutes"),
        (
            {"duration": "2h", "renewBefore": "2h"},
            "renew-before-max",
            "renewBefore 2h is not shorter than the duration",
        ),
        ({"renewBefore": "2160h"}, "renew-before-max", "renewBefore 2160h is not shorter than the duration"),
        (
            {"renewBefore": "1h", "renewBeforePercentage": 20},
            "renew-before-twice",
            "renewBefore and renewBeforePercentage exclude each other",
        ),
        (
            {"duration": "1h", "renewBeforePercentage": 0},
            "renew-before-percentage",
            "renewBeforePercentage 0 leaves too little of the duration",
        ),
        (
            {"duration": "1h", "renewBeforePercentage": 92},
            "renew-before-percentage",
            "renewBeforePercentage 92 leaves too little of the duration",
        ),
        ({"privateKey": {"size": 2047}}, "key-size", "privateKey.size 2047 is not between 2048 and 8192"),
        ({"privateKey": {"size": 8193}}, "key-size", "privateKey.size 8193 is not between 2048 and 8192"),
        (
            {"privateKey": {"algorithm": "ECDSA"}, "signatureAlgorithm": "SHA256WithRSA"},
            "signature-algorithm",
            'signatureAlgorithm "SHA256WithRSA" does not fit a key of algorithm ECDSA',
        ),
        ({"revisionHistoryLimit": 0}, "revision-history-limit", "revisionHistoryLimit is below 1"),
        (
            {"additionalOutputFormats": [{"type": "DER"}, {"type": "DER"}]},
            "output-formats",
            "additionalOutputFormats names a type twice",
        ),
        (
            {"secretTemplate": {"annotations": {"cert-manager.io/x": "y"}}},
            "secret-template",
            "secretTemplate sets the annotation cert-manager.io/x, which is cert-manager's own",
        ),
        (
            {"nameConstraints": {"permitted": {}}},
            "name-constraints-ca",
            "nameConstraints is only for CAs, and isCA is not true",
        ),
        (
            {"isCA": True, "nameConstraints": {"critical": True}},
            "name-constraints-empty",
            "nameConstraints has neither permitted nor excluded",
        ),
        (
            {"isCA": True, "nameConstraints": {"excluded": {"ipRanges": ["10.0.0.0/33"]}}},
            "name-constraints-range",
            'nameConstraints has "10.0.0.0/33", which is not a range of addresses',
        ),
    ],
)
def test_what_the_webhook_refuses_is_told(more, key, detail):
    assert refused(SPEC | more) == [(key, detail)]


@pytest.mark.parametrize(
    ("more", "detail"),
    [
        ({"duration": "30d"}, 'duration: "30d" is not a duration such as 2160h; the units are h, m and s'),
        ({"duration": "9999999h"}, 'duration: "9999999h" is longer than 292 years'),
        ({"renewBefore": "soon"}, 'renewBefore: "soon" is not a duration such as 2160h; the units are h, m and s'),
        ({"renewBeforePercentage": "half"}, 'renewBeforePercentage: "half" is not a whole number'),
        ({"usages": ["everything"]}, 'usages: there is no usage "everything"'),
        ({"ipAddresses": ["ten"]}, 'ipAddresses: "ten" is not an IP address'),
        ({"dnsNames": ["ä.example"]}, 'dnsNames: "ä.example" has characters beyond ASCII; write a host as xn--…'),
        ({"privateKey": {"algorithm": "DSA"}}, 'privateKey: there is no key of algorithm "DSA" and size 0'),
        (
            {"literalSubject": f"CN={'x' * 65},O=y"},
            "literalSubject is not a name such as CN=a,O=b, or its CN is longer than 64 characters",
        ),
        (
            {"usages": ["encipher only"]},
            "a field of its spec has an invalid value; compare it with the API reference",
        ),
    ],
)
def test_what_no_request_can_be_made_of_is_told_and_never_in_a_librarys_words(more, detail):
    assert str(entry(SPEC | more).contents) == f"Certificate w (line 1): {detail}"


@pytest.mark.parametrize(
    ("spec", "role", "reason"),
    [
        (SPEC, "server", "Certificate w does not exclude a server"),
        (CA, "ca", "Certificate w says isCA"),
        (
            SPEC | {"usages": ["client auth"]},
            "client",
            "the usages of Certificate w have client auth without server auth",
        ),
        (
            SPEC | {"usages": ["client auth", "server auth"]},
            "server",
            "Certificate w does not exclude a server",
        ),
    ],
)
def test_a_certificate_says_its_role(spec, role, reason):
    found = entry(spec)

    assert (found.role, found.role_reason) == (role, reason)
