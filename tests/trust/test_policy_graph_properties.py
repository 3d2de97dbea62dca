"""What holds of certificate policies for every path, generated: a stricter user never turns a failure into a pass."""

from dataclasses import replace
from functools import cache

from cryptography import x509
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certgate.lab.pki import issue, make_key
from certgate.trust.path import CertificatePath
from certgate.trust.policy_graph import PolicySettings, process_policies
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.policy_constraints import ANY_POLICY

KEY = make_key()
ROOT = issue("Root", key=KEY, ca=True)
ONE, TWO = "1.2.3.1", "1.2.3.2"
ONE_TO_TWO = bytes.fromhex("300c300a06032a030106032a0302")
"""policyMappings: 1.2.3.1 to 1.2.3.2."""


@cache
def certificate(name: str, policies: frozenset[str], maps: bool, explicit: int | None) -> Certificate:
    constraints = (x509.PolicyConstraints(explicit, None), True) if explicit is not None else None
    made = issue(
        name,
        key=KEY,
        issuer=ROOT,
        ca=True,
        policies=sorted(policies),
        raw_extensions=[("2.5.29.33", True, ONE_TO_TWO)] if maps else [],
        extensions={x509.PolicyConstraints: constraints},
    )
    return parse_certificate(made.der)


certificates = st.builds(
    certificate,
    st.sampled_from(["A", "Root"]),
    st.frozensets(st.sampled_from([ONE, TWO, ANY_POLICY])),
    st.booleans(),
    st.sampled_from([None, 0, 1]),
)
paths = st.lists(certificates, min_size=1, max_size=4).map(lambda chain: CertificatePath(tuple(chain), None))
users = st.builds(
    PolicySettings,
    st.sampled_from([frozenset({ANY_POLICY}), frozenset({ONE, TWO}), frozenset({ONE})]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def stricter(user: PolicySettings) -> list[PolicySettings]:
    """The user with one more demand."""
    fewer = {ONE, TWO} if ANY_POLICY in user.initial_policies else {ONE}
    return [
        replace(user, initial_policies=frozenset(fewer)),
        replace(user, require_explicit=True),
        replace(user, inhibit_mapping=True),
        replace(user, inhibit_any=True),
    ]


INHIBITED = CertificatePath(
    (certificate("A", frozenset({TWO}), False, None), certificate("A", frozenset({ONE, TWO}), False, None),
     certificate("A", frozenset({ANY_POLICY}), True, None)),
)  # fmt: skip
"""Here 1.2.3.2 stands for 1.2.3.1 if mapping is allowed, and else for itself."""


@settings(max_examples=100)
@given(paths, users)
@example(INHIBITED, PolicySettings())
def test_a_stricter_user_never_turns_a_failure_into_a_pass(path, user):
    loose = process_policies(path, user)
    for demanding in stricter(user):
        strict = process_policies(path, demanding)
        assert strict.problem or not loose.problem
        renamed = demanding.inhibit_mapping != user.inhibit_mapping  # what was mapped goes by another name then
        if not strict.problem and not loose.problem and ANY_POLICY not in loose.user_constrained and not renamed:
            assert strict.user_constrained <= loose.user_constrained
