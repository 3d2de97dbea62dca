"""An endpoint serves what was deployed: read from a file or a manifest, and compared."""

from base64 import b64encode
from datetime import timedelta

import pytest

from certgate.gate import RunSpec, prepare
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.errors import UsageError
from certgate.model.finding import Outcome
from certgate.model.observation import HandshakeFacts, Observation, Observed
from certgate.model.target import Endpoint, Target
from certgate.observe.files.deployed import load_deployed

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, days=1000)
OTHER_CA = issue("Other CA", ca=True, issuer=ROOT, days=1000)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
BESIDE = issue("a.example", issuer=CA, sans=["a.example"])
BEFORE = issue("a.example", issuer=CA, sans=["a.example"], not_before=CLOCK - timedelta(days=60))
OTHER = issue("b.example", issuer=CA, sans=["b.example"])
RULES = ("expected.reloaded", "expected.served")


@pytest.fixture
def judged(tmp_path):
    """`judged(served, expected)`: what the two rules say, under a policy that does not hold them."""
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "p.yaml").write_text("rules: [{rule: trust.anchor}]")

    def run(served, expected):
        (tmp_path / "expected.pem").write_bytes(pem(*expected))
        target = Target(
            id="a.example:443",
            ordinal=0,
            source=Endpoint("a.example", 443),
            policy=str(tmp_path / "p.yaml"),
            trust=(str(tmp_path / "root.pem"),),
            expect=str(tmp_path / "expected.pem"),
        )
        gate = prepare([target], RunSpec(at=CLOCK))
        observation = Observation(
            observed_at=CLOCK,
            presented=tuple(c.der for c in served),
            handshake=HandshakeFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
        )
        findings = [f for f in gate.judges.judge(Observed(target, (observation,))).findings if f.rule in RULES]
        return [(f.rule, f.outcome, f.message) for f in findings]

    return run


PASS = [(rule, Outcome.PASS, "") for rule in RULES]


def test_the_chain_that_was_deployed_passes_with_and_without_its_root(judged):
    assert judged([LEAF, CA], [LEAF, CA]) == PASS
    assert judged([LEAF, CA], [LEAF, CA, ROOT]) == PASS


def test_renewed_but_not_reloaded_is_a_violation_of_its_own(judged):
    assert judged([BEFORE, CA], [LEAF, CA]) == [
        (
            "expected.reloaded",
            Outcome.FAIL,
            "old certificate served: 2026-04-16 to 2026-07-15, the renewed one is 2026-05-16 to 2026-08-14",
        ),
        (
            "expected.served",
            Outcome.NOT_APPLICABLE,
            "the served leaf is an older one (see expected.reloaded)",
        ),
    ]


@pytest.mark.parametrize(("served", "expected"), [(OTHER, LEAF), (LEAF, OTHER), (LEAF, BEFORE), (BESIDE, LEAF)])
def test_another_leaf_is_not_what_was_deployed(judged, served, expected):
    names = {id(LEAF): "a.example", id(BEFORE): "a.example", id(BESIDE): "a.example", id(OTHER): "b.example"}
    reloaded, other = judged([served, CA], [expected, CA])

    assert reloaded[1] is Outcome.NOT_APPLICABLE
    assert other[1:] == (
        Outcome.FAIL,
        f"wrong leaf: {names[id(served)]} served, {names[id(expected)]} expected",
    )


def test_issuers_that_are_missing_or_were_not_deployed_are_told(judged):
    assert judged([LEAF], [LEAF, CA])[1] == (
        "expected.served",
        Outcome.FAIL,
        "CA is not served, but was deployed with the leaf",
    )
    assert [m for _, _, m in judged([LEAF, OTHER_CA], [LEAF, CA])[1:]] == [
        "CA is not served, but was deployed with the leaf",
        "1 served certificate was not deployed with the leaf",
    ]


def manifest(*names):
    secret = "kind: Secret\ntype: kubernetes.io/tls\nmetadata: {{name: {}, namespace: shop}}\ndata: {{tls.crt: {}, tls.key: ''}}\n"
    return "---\n".join(secret.format(name, b64encode(pem(LEAF, CA)).decode()) for name in names)


def test_a_secret_is_an_expected_chain_by_its_name_where_there_are_several(tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(manifest("web"))
    two.write_text(manifest("web", "api"))

    chain = (LEAF.der, CA.der)
    assert tuple(c.der for c in load_deployed(str(one))) == chain
    assert tuple(c.der for c in load_deployed(f"{two}#shop/api/tls.crt")) == chain
    with pytest.raises(UsageError, match=r"name one of its chains: .*two.yaml#shop/web/tls.crt\|shop/api/tls.crt"):
        load_deployed(str(two))
    with pytest.raises(UsageError, match="name one of its chains"):
        load_deployed(f"{two}#shop/db/tls.crt")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "the input is empty"), (LEAF.key_pem, "holds only a PRIVATE KEY"), (b"x", "neither a PEM")],
)
def test_an_expected_chain_that_cannot_be_read_is_a_usage_error(tmp_path, content, said):
    (tmp_path / "x.pem").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        load_deployed(str(tmp_path / "x.pem"))
    with pytest.raises(UsageError, match="No such file"):
        load_deployed(str(tmp_path / "nothing.pem"))
