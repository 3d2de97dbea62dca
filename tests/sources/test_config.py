"""certgate.yaml: what it says, and every mistake in it with its place."""

import pytest

from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.target import Place, Revocation, TrustMode
from certgate.policy.mistakes import InvalidFile
from certgate.sources.config import load_config
from certgate.sources.endpoints import EndpointDeclaration, EndpointTerms

AS_WRITTEN = """\
policy: internal-pki
trust: [pki/root.pem]
fail_on: error
targets:
  - host: api.example.com                # port 443
  - host: 10.0.3.7:8443
    name: db.corp.example                # server name sent, and expected unless a SPIFFE policy judges
    policy: spiffe-svid
    trust: [tenants/a.pem]
    spiffe_ids: [spiffe://corp.example/db]   # any of them
    policy_oids: [2.23.140.1.2.2]            # all of them
    labels: {tier: edge}
"""
WRITE = 'write "- host: a.example"'
WORD = "spiffe://corp.example=https://10.0.0.1:8443/bundle"
WEB = "spiffe: corp.example, endpoint: 'https://10.0.0.1:8443/bundle', profile: https_web"
SPIFFE = f"{WEB.replace('_web', '_spiffe')}, endpoint_id: 'spiffe://corp.example/server', bootstrap: b.json"
SPACED = "https://10.0.0.1:8443/a b"
STORES = "must be a store, a list of stores (their union), {all_of: [...]} or {any_of: [...]}"


def load(tmp_path, text):
    path = tmp_path / "certgate.yaml"
    path.write_text(text)
    return load_config(path)


def wrong(tmp_path, text):
    with pytest.raises(InvalidFile) as caught:
        load(tmp_path, text)
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def test_a_configuration_works_as_written_with_paths_relative_to_it(tmp_path):
    config = load(tmp_path, AS_WRITTEN)
    file = str(tmp_path / "certgate.yaml")
    assert (config.policy, config.trust) == ("internal-pki", (str(tmp_path / "pki/root.pem"),))
    assert (config.fail_on, config.timeout) == (Severity.ERROR, None)
    assert config.targets == (
        EndpointDeclaration(host="api.example.com", place=Place(file, 5, 5)),
        EndpointDeclaration(
            host="10.0.3.7",
            port=8443,
            server_name="db.corp.example",
            place=Place(file, 6, 5),
            terms=EndpointTerms(
                policy="spiffe-svid",
                trust=(str(tmp_path / "tenants/a.pem"),),
                trust_mode=TrustMode.UNION,
                spiffe_ids=("spiffe://corp.example/db",),
                policy_oids=("2.23.140.1.2.2",),
                labels={"tier": "edge"},
            ),
        ),
    )


def test_every_mistake_comes_with_line_column_and_the_nearest_word(tmp_path):
    text = "polcy: x\nfail_on: never\ntargets:\n  - host: a.example:70000\n    nmae: b\n  - name: c.example\n"
    assert wrong(tmp_path, text) == [
        (1, 1, 'unknown key "polcy"; did you mean "policy"?'),
        (2, 10, "must be 'error', 'warning' or 'info'"),
        (5, 5, 'unknown key "nmae"; did you mean "name"?'),
        (6, 5, "one of the keys host, file, manifest, kubernetes, workload_api is missing"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "a configuration is a mapping with the key targets"),
        ("", "a configuration is a mapping with the key targets"),
        ("targets: [{host: a.example:70000}]", '"a.example:70000": the port must be a number from 1 to 65535'),
        ("targets: [{host: a.example, name: 'a b'}]", '"a b" is not a host name'),
        ("targets: [{host: a.example, policy_oids: [x]}]", '"x" is not a dotted OID'),
        ("targets: [{host: a.example, spiffe_ids: [x]}]", '"x" is not a SPIFFE ID (spiffe://trust-domain/path)'),
        ("targets: [{host: 5}]", "must be text (in quotes where YAML sees a number or a date)"),
        ("targets: [a.example]", f'each entry of "targets" must be a mapping (key: value); {WRITE}'),
        ("targets: a.example", f'"targets" must be a list ([one, two], or a line with - for each); {WRITE}'),
        ("targets: [{host: a.example, port: 8443}]", 'unknown key "port"; write "host: NAME:PORT"'),
        ("timeout: 0\n", "must be greater than 0"),
        ("targets: [{host: a.example, trust: 5}]", STORES),
        ("targets: [{host: a.example, trust: [a.pem, 5]}]", STORES),
        ("targets: [{host: a.example, trust: {al_of: [a.pem]}}]", STORES),
        ("targets: [{host: a.example, trust: {all_of: a.pem}}]", STORES),
        ("targets: [{host: a.example, trust: {all_of: [[a.pem]]}}]", STORES),
        ("trust: {a: b}", "must be a store or a list of stores (their union)"),
        ("trust: [5]", "must be a store or a list of stores (their union)"),
        (
            f"trust: {{{WEB}, bundle: x}}",
            'unknown key "bundle" in a bundle endpoint; known: bootstrap, endpoint, endpoint_id, profile, spiffe',
        ),
        (
            f"trust: [{{{WEB.replace('endpoint', 'endpiont')}}}]",
            'unknown key "endpiont" in a bundle endpoint; did you mean "endpoint"?',
        ),
        ("trust: {spiffe: a.example, endpoint: 'https://a.example'}", 'a bundle endpoint needs the key "profile"'),
        ("trust: {spiffe: 5, endpoint: 'https://a.example', profile: https_web}", '"spiffe" must be text'),
        (f"trust: {{{WEB.replace('https_web', 'web')}}}", 'profile "web" is neither https_web nor https_spiffe'),
        (f"trust: {{{WEB}, bootstrap: b.json}}", "bootstrap is for the profile https_spiffe"),
        (
            f"trust: {{{WEB.replace('_web', '_spiffe')}, bootstrap: b.json}}",
            "the profile https_spiffe needs endpoint_id and bootstrap",
        ),
        (f"trust: {{{WEB.replace('https:', 'http:')}}}", "endpoint must be an https URL"),
        (
            f"trust: {{{WEB.replace('/bundle', '/a b')}}}",
            f"trust store {WORD.replace('/bundle', '/a b')}: not a URL that certgate fetches: {SPACED!r}",
        ),
        ("targets: [{host: a.example, trust: {all_of: [a.pem], any_of: [b.pem]}}]", STORES),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path, text, message):
    assert [m for _, _, m in wrong(tmp_path, text)] == [message]


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(UsageError, match=r"nothing\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"policy: \xe4")
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        load_config(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("said", "mode", "words"),
    [
        ("mozilla", "union", ["mozilla"]),
        ("[system, a.pem]", "union", ["system", "{base}/a.pem"]),
        ("{all_of: [mozilla, a.pem]}", "all_of", ["mozilla", "{base}/a.pem"]),
        ("{any_of: ['spiffe://corp.example=b.json']}", "any_of", ["spiffe://corp.example={base}/b.json"]),
        (f"{{{WEB}}}", "union", [WORD]),
        (f"[{{{WEB}}}, 'spiffe://b.example=b.pem']", "union", [WORD, "spiffe://b.example={base}/b.pem"]),
        (
            f"{{all_of: [{{{SPIFFE}}}]}}",
            "all_of",
            [f"{WORD} endpoint_id=spiffe://corp.example/server bootstrap={{base}}/b.json"],
        ),
    ],
)
def test_several_stores_are_a_union_or_asked_one_by_one(tmp_path, said, mode, words):
    (target,) = load(tmp_path, f"targets: [{{host: a.example, trust: {said}}}]").targets
    assert (target.terms.trust_mode, target.terms.trust) == (mode, tuple(word.format(base=tmp_path) for word in words))


def test_revocation_is_said_for_all_targets_or_for_one(tmp_path):
    config = load(tmp_path, "revocation: soft\ntargets:\n  - host: a.example\n  - {host: b.example, revocation: off}\n")
    assert config.revocation is Revocation.SOFT
    assert [target.terms.revocation for target in config.targets] == [None, Revocation.OFF]
    assert wrong(tmp_path, "revocation: given\n") == [(1, 13, "must be 'off', 'soft' or 'hard'")]
