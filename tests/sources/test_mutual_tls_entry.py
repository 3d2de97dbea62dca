"""`mtls` in certgate.yaml: what it says, and every mistake in it with its place."""

import json

import jsonschema
import pytest

from certgate.lab.pki import issue, pem
from certgate.model.errors import UsageError
from certgate.model.mutual_tls import ClientFiles, ClientKind, Expect, MutualTls
from certgate.policy.limits import CONFIGURATION, Budget
from certgate.policy.mistakes import InvalidFile
from certgate.policy.yaml import read_yaml
from certgate.sources.config import load_config
from certgate.sources.config_schema import config_schema
from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan

AS_WRITTEN = """\
targets:
  - host: pay.corp.example:8443
    mtls:
      expect: required
      control: {cert: probes/good.pem, key: probes/good.key}
      refuse:
        expired: {cert: probes/expired.pem, key: probes/expired.key}
        foreign-trust-domain: {cert: probes/other.pem}
      app: {http: /healthz}
"""


def load(tmp_path, text):
    path = tmp_path / "certgate.yaml"
    path.write_text(text)
    (target,) = load_config(path).targets
    return target.terms.mtls


def written(words):
    return f"targets:\n  - host: a.example\n    mtls: {words}\n"


def wrong(tmp_path, words):
    with pytest.raises(InvalidFile) as caught:
        load(tmp_path, written(words))
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def test_it_works_as_written_with_paths_relative_to_the_file(tmp_path):
    def files(cert, key=""):
        return ClientFiles(str(tmp_path / cert), str(tmp_path / key) if key else "")

    assert load(tmp_path, AS_WRITTEN) == MutualTls(
        expect=Expect.REQUIRED,
        control=files("probes/good.pem", "probes/good.key"),
        refuse=(
            (ClientKind.EXPIRED, files("probes/expired.pem", "probes/expired.key")),
            (ClientKind.FOREIGN_TRUST_DOMAIN, files("probes/other.pem")),
        ),
        app="/healthz",
    )


@pytest.mark.parametrize(
    ("words", "declared"),
    [
        ("{expect: none}", MutualTls(expect=Expect.NONE)),
        ("{expect: optional, app: http}", MutualTls(expect=Expect.OPTIONAL, app="/")),
        ("{control: none, app: none}", MutualTls(needs_control=False, app="none")),
    ],
)
def test_short_forms(tmp_path, words, declared):
    assert load(tmp_path, written(words)) == declared


@pytest.mark.parametrize(
    ("words", "place", "message"),
    [
        ("{expct: none}", 12, 'unknown key "expct"; did you mean "expect"?'),
        ("{expect: requird}", 20, "must be 'required', 'optional' or 'none'; did you mean \"required\"?"),
        ("{refuse: {expird: {cert: a}}}", 21, 'unknown key "expird"; did you mean "expired"?'),
        ("{refuse: {not_yet_valid: {cert: a}}}", 21, 'unknown key "not_yet_valid"; did you mean "not-yet-valid"?'),
        ("{refuse: {wrong-id: {crt: a}}}", 32, None),
        ("{control: yes}", 21, "must be {cert: FILE, key: FILE}, {cert: FILE} if that holds the key, too, or workload-api, or none"),
        ("{control: {cert: a, kye: b}}", 21, 'unknown key "kye"; did you mean "key"?'),
        ("{control: {key: b}}", 21, "must be {cert: FILE, key: FILE}, {cert: FILE} if that holds the key, too, or workload-api, or none"),
        ("{app: https}", 17, "must be http, {http: /PATH} or none"),
        ("{app: {http: healthz}}", 17, "the path of http must begin with / and have ASCII letters, digits and signs alone, no blank"),
        ('{app: {http: "/a\\r\\nHost: b"}}', 17, "the path of http must begin with / and have ASCII letters, digits and signs alone, no blank"),
        ("{expect: none, refuse: {expired: {cert: a}}}", 11, "with expect: none everybody is let in, so nobody can be refused; leave out expect or refuse"),
    ],
)  # fmt: skip
def test_mistakes_have_a_place_and_the_nearest_word(tmp_path, words, place, message):
    mistakes = wrong(tmp_path, words)

    assert {line for line, _, _ in mistakes} == {3}
    if message:
        ((_, column, said),) = mistakes
        assert (column, said) == (place, message)
    else:
        assert {said for _, _, said in mistakes} == {
            'unknown key "crt"; did you mean "cert"?',
            'key "cert" is missing',
        }


def declare(tmp_path, words, **options):
    path = tmp_path / "certgate.yaml"
    path.write_text(written(words))
    declared = declare_scan(ScanTargets(config=path), EndpointOptions(**options), fail_on=None, tell=lambda _: None)
    return list(declared.source.targets())


@pytest.mark.parametrize("words", ["{control: {cert: missing.pem}}", "{refuse: {expired: {cert: missing.pem}}}"])
def test_files_are_read_before_the_run_and_the_mistake_has_a_place(tmp_path, words):
    with pytest.raises(UsageError, match=r"certgate\.yaml:2:5: the client certificate .*missing\.pem"):
        declare(tmp_path, words)


def test_a_key_of_another_certificate_is_a_mistake_that_shows_no_key(tmp_path):
    client, other = issue("a"), issue("b")
    (tmp_path / "a.pem").write_bytes(pem(client) + other.key_pem)

    with pytest.raises(UsageError, match="the private key does not belong to the certificate") as caught:
        declare(tmp_path, "{control: {cert: a.pem}}")

    assert "PRIVATE" not in str(caught.value)


def test_the_option_declares_it_for_targets_that_say_nothing(tmp_path):
    (declared,) = declare(tmp_path, "{expect: none}", probe_mtls=True)
    assert declared.source.endpoint.visit.mtls == MutualTls(expect=Expect.NONE)

    where = ScanTargets(arguments=["a.example"])
    source = declare_scan(where, EndpointOptions(probe_mtls=True), fail_on=None, tell=lambda _: None).source
    (target,) = source.targets()
    assert target.source.endpoint.visit.mtls == MutualTls()


def test_the_option_contradicts_the_one_that_leaves_probes_out():
    where = ScanTargets(arguments=["a.example"])

    with pytest.raises(UsageError, match="use one of the two"):
        declare_scan(where, EndpointOptions(probe_mtls=True, no_probes=True), fail_on=None, tell=lambda _: None)


@pytest.mark.parametrize(
    ("text", "valid"),
    [(AS_WRITTEN, True), (written("{control: none}"), True), (written("{refuse: {expird: {cert: a}}}"), False)],
)
def test_the_schema_for_editors_agrees(text, valid):
    document = read_yaml(text, "certgate.yaml", Budget(CONFIGURATION))
    assert jsonschema.Draft202012Validator(config_schema()).is_valid(json.loads(json.dumps(document.value))) is valid


def test_the_kinds_are_tried_in_one_order_the_control_first():
    declared = MutualTls(control=ClientFiles("c"), refuse=((ClientKind.EXPIRED, ClientFiles("e")),))

    assert [kind.value for kind in declared.kinds(None)] == ["control", "none", "self-signed", "lookalike", "expired"]
    assert MutualTls().kinds(ClientFiles("shown"))[0] is ClientKind.CONTROL
    assert MutualTls(needs_control=False).kinds(ClientFiles("shown"))[0] is ClientKind.NONE
    assert declared.connections(None, ("b.example",)) == 6
