"""Waivers as a policy file has them."""

from datetime import date

import pytest

from certgate.model.target import Place
from certgate.model.waiver import Waiver
from certgate.policy.mistakes import InvalidFile
from certgate.policy.packs import load_policy

WHOLE = """\
extends: [internal-pki]
waivers:
  - rule: validity.max-lifetime
    target: till-1.acme.example:443
    reason: firmware cannot renew before the spring update
    owner: tills@acme.example
    expires: 2027-04-30
"""
WANTED = "the sha256 of its public key (64 hexadecimal digits) or its serial number (at most 40)"


def read(tmp_path, text, name="team.yaml"):
    (tmp_path / name).write_text(text)
    return load_policy(name, tmp_path)


def wrong(tmp_path, text):
    with pytest.raises(InvalidFile) as caught:
        read(tmp_path, text)
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def test_a_waiver_is_read_with_its_place(tmp_path):
    assert read(tmp_path, WHOLE).waivers == (
        Waiver(
            rule="validity.max-lifetime",
            target="till-1.acme.example:443",
            reason="firmware cannot renew before the spring update",
            owner="tills@acme.example",
            expires=date(2027, 4, 30),
            place=Place(str(tmp_path / "team.yaml"), 3, 5),
        ),
    )


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("AB" * 32, "ab" * 32),
        (":".join(["AB"] * 32), "ab" * 32),
        ("00:4A:1b", "4a1b"),
        ("0x4a1b", "4a1b"),
        ("0", "0"),
    ],
)
def test_a_certificate_is_named_as_tools_print_it(tmp_path, written, read_as):
    (waiver,) = read(tmp_path, f'{WHOLE}    certificate: "{written}"\n    ticket: TILL-7\n').waivers
    assert (waiver.certificate, waiver.ticket) == (read_as, "TILL-7")


def test_waivers_of_extended_files_hold_too_and_stand_first_and_once(tmp_path):
    read(tmp_path, WHOLE, "base.yaml")
    (tmp_path / "other.yaml").write_text("extends: base.yaml\n")
    own = read(tmp_path, WHOLE.replace("[internal-pki]", "[base.yaml, other.yaml]").replace("till-1", "till-2"))
    assert [w.target for w in own.waivers] == ["till-1.acme.example:443", "till-2.acme.example:443"]


def test_all_mistakes_are_told_at_once_with_the_nearest_word(tmp_path):
    text = """\
rules: [{rule: chain.depth}]
waivers:
  - rule: validity.max-lifetim
    target: a.example:443
    reason: ""
    owner: a@acme.example
    expires: 2027-13-01
  - rule: target.observed
    target: "*"
    reason: we never see it
    owner: a@acme.example
    certificate: "no hex"
    until: 2027-01-01
  - rule: nothing.*
    target: "*"
    reason: x
    owner: x
    expires: tomorrow
  - gone
"""
    assert wrong(tmp_path, text.replace("2027-13-01", "2027-12-01")) == [
        (3, 11, 'there is no rule "validity.max-lifetim"; did you mean "validity.max-lifetime"?'),
        (5, 13, '"reason" is empty; write a value, or remove the key'),
        (8, 5, 'key "expires" is missing'),
        (8, 11, "target.observed cannot be waived"),
        (12, 18, f'"no hex" is not a certificate; write {WANTED}'),
        (13, 5, 'unknown key "until"; known: certificate, expires, owner, reason, rule, target, ticket'),
        (14, 11, 'no rule matches "nothing.*"'),
        (18, 14, "must be a date (YYYY-MM-DD), without quotes"),
        (19, 5, 'each entry of "waivers" must be a mapping (key: value)'),
    ]
    assert [place[:2] for place in wrong(tmp_path, text)] == [
        (3, 11), (5, 13), (7, 14), (8, 5), (8, 11), (12, 18), (13, 5), (14, 11), (18, 14), (19, 5)
    ]  # fmt: skip


def test_a_waiver_for_nothing_is_a_mistake(tmp_path):
    assert wrong(tmp_path, WHOLE.replace("till-1.acme.example:443", '""')) == [
        (4, 13, '"target" is empty; write a value, or remove the key')
    ]


OWN = "name: base\nrules:\n  - id: acme.our-names\n    cel: {}\n    message: m\n"


@pytest.mark.parametrize("rule", ["acme.our-names", "acme.*"])
def test_a_waiver_may_name_a_rule_that_an_extended_file_declares(tmp_path, rule):
    (tmp_path / "base.yaml").write_text(OWN.format("leaf.version == 3"))
    (tmp_path / "middle.yaml").write_text("extends: base.yaml\n")
    own = read(tmp_path, WHOLE.replace("[internal-pki]", "[middle.yaml]").replace("validity.max-lifetime", f'"{rule}"'))
    assert own.waivers[0].is_for_rule("acme.our-names")


def test_one_that_is_declared_wrongly_is_one_mistake_and_not_an_unknown_rule_too(tmp_path):
    text = WHOLE.replace("validity.max-lifetime", "acme.our-names")
    broken = OWN.format("leaf.versoin == 3")
    compiler = "undefined field 'versoin' not found in 'Certificate'; did you mean \"version\"?"
    assert wrong(tmp_path, broken + text.partition("\n")[2]) == [(4, 15, compiler)]
    (tmp_path / "base.yaml").write_text(broken)
    assert wrong(tmp_path, text.replace("[internal-pki]", "[base.yaml]")) == [(4, 15, compiler)]


@pytest.mark.parametrize("digits", ["", "a" * 41, "a" * 63, "a" * 65, "-1"])
def test_what_is_neither_a_fingerprint_nor_a_serial_is_a_mistake(tmp_path, digits):
    assert wrong(tmp_path, f'{WHOLE}    certificate: "{digits}"\n')


@pytest.mark.parametrize("id", ["waiver.expired", "waiver.unused", "baseline.gone", "baseline.expiring"])
def test_a_rule_that_belongs_to_every_policy_can_be_neither_set_nor_waived(tmp_path, id):
    assert wrong(tmp_path, f"rules: [{{rule: {id}}}]") == [(1, 16, f"{id} belongs to every policy and cannot be set")]
    assert wrong(tmp_path, WHOLE.replace("validity.max-lifetime", id))[0][2] == f"{id} cannot be waived"


def test_a_waiver_may_name_a_glob_of_rules(tmp_path):
    assert (
        read(tmp_path, WHOLE.replace("validity.max-lifetime", '"validity.*"'))
        .waivers[0]
        .is_for_rule("validity.expired")
    )
