"""Leaves with the wrong names."""

from cryptography import x509

from certgate.lab.scenario import Scenario, fails, unchecked, warns

__all__ = ["SCENARIOS"]

SCENARIOS = (
    Scenario(
        name="wrong-host",
        title="The leaf is for another host",
        leaf={"subject": "other.lab.example", "sans": ("other.lab.example",)},
        gives=(fails("name.host-match"),),
    ),
    Scenario(
        name="further-name-missing",
        title="A further name that has to be served is missing in the leaf",
        also=("www.further-name-missing.lab.example",),
        gives=(fails("name.host-match"),),
    ),
    Scenario(
        name="wrong-ip-address",
        title="A server known by its IP address shows a certificate for another address",
        leaf={"subject": "127.0.0.2", "sans": ("127.0.0.2",), "policies": ()},
        policy="internal-pki",
        named=False,
        gives=(fails("name.host-match"),),
    ),
    Scenario(
        name="cn-only",
        title="The host stands in the common name alone",
        leaf={"sans": ()},
        gives=(
            fails("name.san-present"),
            unchecked("name.host-match"),
            unchecked("name.cn-only"),
            unchecked("name.cn-in-san"),
        ),
    ),
    Scenario(
        name="wildcard-misuse",
        title="A wildcard that is only a part of its label, beside the right name",
        leaf={"sans": ("wildcard-misuse.lab.example", "w*.lab.example")},
        gives=(fails("name.wildcard-form"),),
    ),
    Scenario(
        name="good-registered-names",
        title="A good server whose names are registered, under a policy that asks the Public Suffix List",
        leaf={"subject": "", "sans": ("www.example.com", "*.example.co.uk")},
        policy="rfc5280-path",
        adds={"name.internal-name": {}, "name.wildcard-public-suffix": {}},
    ),
    Scenario(
        name="internal-name",
        title="The leaf's name ends with no registered top-level domain",
        adds={"name.internal-name": {"also": ["test"]}},
        gives=(fails("name.internal-name"),),
    ),
    Scenario(
        name="wildcard-public-suffix",
        title="A wildcard for all names below a public suffix, beside the right name",
        leaf={"sans": ("wildcard-public-suffix.lab.example", "*.co.uk")},
        adds={"name.wildcard-public-suffix": {"severity": "warning"}},
        gives=(warns("name.wildcard-public-suffix"),),
    ),
    Scenario(
        name="cn-not-in-san",
        title="The common name is another than the subject alternative name",
        leaf={"subject": "other.lab.example"},
        gives=(fails("name.cn-in-san"),),
    ),
    Scenario(
        name="underscore",
        title="A name with an underscore, beside the right one",
        leaf={"sans": ("underscore.lab.example", "under_score.lab.example")},
        gives=(fails("name.dns-syntax"),),
    ),
    Scenario(
        name="critical-san",
        title="The subject alternative name is critical though there is a subject",
        leaf={
            "extensions": {
                x509.SubjectAlternativeName: (
                    x509.SubjectAlternativeName([x509.DNSName("critical-san.lab.example")]),
                    True,
                )
            }
        },
        gives=(fails("name.san-critical"),),
    ),
)
