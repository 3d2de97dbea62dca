"""Certificates for mutual TLS."""

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role


def test_a_clients_certificate_is_for_clients(ask):
    server, client = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
    assert ask("mtls.client-eku", issue("a", ekus=(server, client)), Role.CLIENT) == []
    assert ask("mtls.client-eku", issue("a", ekus=()), Role.CLIENT) == [NotApplicable("no extendedKeyUsage")]
    assert ask("mtls.client-eku", issue("a", ekus=(server, "2.5.29.37.0")), Role.CLIENT) == [
        Problem("extendedKeyUsage lacks clientAuth, it has anyExtendedKeyUsage, serverAuth")
    ]


def test_a_clients_certificate_that_is_for_everything_is_a_warning_where_the_policy_says_so(ask):
    (problem,) = ask("mtls.client-eku", issue("a", ekus=()), Role.CLIENT, allow_absent=False)
    assert (problem.key, problem.severity) == ("absent", Severity.WARNING)
    assert ask("mtls.client-eku", issue("a", ekus=("1.3.6.1.5.5.7.3.2",)), Role.CLIENT, allow_absent=False) == []
