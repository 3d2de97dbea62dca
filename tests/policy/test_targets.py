"""Target lists: one a line, words after it, all mistakes in one run."""

from pathlib import Path

import pytest

from certgate.model.errors import UsageError
from certgate.model.target import Endpoint, Place, Role
from certgate.policy.mistakes import WrittenWrong
from certgate.policy.targets import endpoint_targets, parse_argument, parse_lines


def declared(*lines, base=Path()):
    return endpoint_targets(parse_lines(lines, "hosts.txt", base), policy="webpki-public", trust=("mozilla",))


def test_a_line_declares_a_target_with_its_words_and_place():
    (target,) = declared(
        "# comment", "", "10.0.3.7:8443 name=DB.corp.example policy=spiffe-svid trust=a.pem trust=system "
        "label.tier=edge # why", base=Path("pki"),
    )  # fmt: skip
    assert target.id == "10.0.3.7:8443#db.corp.example"
    assert target.source == Endpoint("10.0.3.7", 8443, "db.corp.example")
    assert target.place == Place("hosts.txt", 3, 1)
    assert (target.policy, target.trust) == ("spiffe-svid", ("pki/a.pem", "system"))
    assert (target.names, target.labels) == (("db.corp.example",), {"tier": "edge"})
    assert target.roles == {Role.SERVER}


def test_a_policy_that_is_no_shipped_pack_is_a_file_beside_the_list():
    (target,) = declared("a.example policy=team.yaml", base=Path("conf"))
    assert target.policy == "conf/team.yaml"


def test_an_ip_address_is_expected_as_itself_and_sends_no_server_name():
    (target,) = declared("[2001:db8::1]:443")
    assert target.source == Endpoint("2001:db8::1", 443, None)
    assert target.names == ("2001:db8::1",)


def test_a_name_equal_to_the_host_does_not_change_the_id():
    assert [t.id for t in declared("A.example name=a.example")] == ["a.example:443"]


def test_every_bad_line_is_reported_in_one_run():
    with pytest.raises(WrittenWrong) as caught:
        declared(
            "a.example b=c", "fine.example", "b.example:99999", "c.example nme=x", "d.example name=", "e name=a name=b"
        )
    assert [(m.place.line, m.message) for m in caught.value.mistakes] == [
        (1, 'unknown word "b"; known: expect, label.NAME, name, policy, trust'),
        (3, '"b.example:99999": the port must be a number from 1 to 65535'),
        (4, 'unknown word "nme"; did you mean "name"?'),
        (5, '"name=" is not word=value'),
        (6, '"name" is said twice'),
    ]


def test_a_target_declared_twice_is_refused_with_both_places():
    with pytest.raises(WrittenWrong, match=r"hosts.txt:2:1: a.example:443 is declared twice, first at hosts.txt:1:1"):
        declared("a.example", "A.EXAMPLE:443")
    arguments = [parse_argument("a.example"), parse_argument("a.example:443")]
    with pytest.raises(UsageError, match=r"a\.example:443 is given twice"):
        endpoint_targets(arguments, policy="webpki-public", trust=("mozilla",))


def test_one_address_under_two_names_is_two_targets():
    assert len(declared("10.0.0.1 name=a.example", "10.0.0.1 name=b.example", "10.0.0.1")) == 3
