"""What the run sets holds for every certificate, whatever the entries of a policy say of it."""

from certgate.checks.subjects import Path
from certgate.judge.effective import for_subject
from certgate.judge.expected import with_given
from certgate.lab.pki import issue
from certgate.policy.packs import load_policy
from certgate.x509.certificate import parse_certificate

KEY = "ab" * 32


def test_an_entry_that_depends_on_the_certificate_does_not_take_back_a_denied_key(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "rules:\n  - {rule: trust.denied, severity: error}\n"
        "  - {rule: trust.denied, when: {key_type: [EC]}, severity: warning}\n"
    )
    policy = with_given(load_policy("p.yaml", tmp_path), {"trust.denied": {"keys": (KEY,)}})
    rule = next(r for r in policy.rules if r.id == "trust.denied")
    held = for_subject(rule, Path((parse_certificate(issue("a.example").der),)))
    assert held.severity == "warning"
    assert held.parameters["keys"] == (KEY,)
