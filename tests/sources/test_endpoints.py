"""Target lists: one a line, words after it, all mistakes in one run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.model.errors import UsageError
from certgate.model.proxy import Proxy
from certgate.model.target import Endpoint, Place, Role
from certgate.policy.mistakes import InvalidFile
from certgate.sources.config import load_config
from certgate.sources.context import Context, Defaults
from certgate.sources.endpoint_list import parse_lines
from certgate.sources.ranges import parse_argument
from certgate.sources.several import Several


def declared(*lines, base=Path()):
    sources = (one for line in parse_lines(lines, "hosts.txt", base) for one in line.sources(Context()))
    return list(Several(sources).targets())


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
    with pytest.raises(InvalidFile) as caught:
        declared(
            "a.example b=c", "fine.example", "b.example:99999", "c.example nme=x", "d.example name=", "e name=a name=b"
        )
    assert [(m.place.line, m.message) for m in caught.value.mistakes] == [
        (
            1,
            'unknown word "b"; known: addresses, alpn, also, clients_without_sni, expect, label.NAME, name, policy, proxy, starttls, trust',
        ),
        (3, '"b.example:99999": the port must be a number from 1 to 65535'),
        (4, 'unknown word "nme"; did you mean "name"?'),
        (5, '"name=" is not word=value'),
        (6, '"name" is set twice'),
    ]


def test_a_target_declared_twice_is_refused_with_both_places():
    with pytest.raises(InvalidFile, match=r"hosts.txt:2:1: a.example:443 is declared twice, first at hosts.txt:1:1"):
        declared("a.example", "A.EXAMPLE:443")
    arguments = [parse_argument("a.example"), parse_argument("a.example:443")]
    with pytest.raises(UsageError, match=r"a\.example:443 is named twice"):
        list(Several(source for one in arguments for source in one.sources(Context())).targets())


def test_one_address_under_two_names_is_two_targets():
    assert len(declared("10.0.0.1 name=a.example", "10.0.0.1 name=b.example", "10.0.0.1")) == 3


WORDS = st.lists(
    st.sampled_from([
        "name=x.example", "name=y.example", "name=", "policy=p.yaml", "trust=a.pem", "trust=b.pem", "label.tier=edge",
        "label.tier=core", "starttls=smtp", "starttls=imap", "alpn=h2", "addresses=all", "addresses=some", "wrong",
        "proxy=none", "clients_without_sni=true", "also=b.example", "expect=c.pem", "#",
    ]),
    max_size=3,
)  # fmt: skip
HOSTS = st.sampled_from(
    ["a.example", "a.example:465", "A.example:25/smtp", "a.example#x.example", "10.0.0.1", "10.0.0.0/31:443", "a..b"]
)


@given(st.lists(st.tuples(HOSTS, WORDS).map(lambda line: " ".join([line[0], *line[1]])), max_size=8))
def test_a_line_means_the_same_whatever_lines_are_before_it(lines):
    def told(numbered):
        text = [numbered.get(number, "") for number in range(len(lines))]
        targets = []
        try:
            for one in parse_lines(text, "list", Path()):
                targets += one.targets(Context(), 0)
        except InvalidFile as error:
            return targets, [(m.place.line, m.message) for m in error.mistakes]
        return targets, []

    alone = [told({number: line}) for number, line in enumerate(lines)]
    targets, mistakes = told(dict(enumerate(lines)))
    assert targets == [target for found, _ in alone for target in found]
    assert mistakes == [mistake for _, found in alone for mistake in found]


# --- targets as reports name them ---


@pytest.mark.parametrize(
    ("text", "host", "port", "name"),
    [
        ("a.example:443#b.example", "a.example", 443, "b.example"),
        ("a.example#B.example", "a.example", 443, "b.example"),
        ("[fd00::a1]:8443#b.example", "fd00::a1", 8443, "b.example"),
        ("[fd00::a1]#b.example", "fd00::a1", 443, "b.example"),
        ("10.0.0.1:8443#b.example", "10.0.0.1", 8443, "b.example"),
    ],
)
def test_the_id_of_a_target_declares_it_wherever_a_target_is_written(tmp_path, text, host, port, name):
    config = tmp_path / "certgate.yaml"
    config.write_text(f"targets:\n  - host: '{text}'\n")
    [line] = parse_lines([f"{text}  # a comment"], "list", tmp_path)
    for declared in (parse_argument(text), line, *load_config(config).targets):
        assert (*declared.address(Defaults()), declared.server_name) == (host, port, name)
    target = line.target(Defaults())
    assert target.id.endswith(f"#{name}")
    assert parse_argument(target.id).target(Defaults()) == parse_argument(text).target(Defaults())


@pytest.mark.parametrize("text", ["a.example#", "a.example:443#a b", "a.example#b#c", "#a.example:443"])
def test_a_wrong_name_after_the_hash_is_refused(text):
    with pytest.raises(UsageError):
        parse_argument(text)


@pytest.mark.parametrize("line", ["# a.example", "  # a.example", "#a.example", "", "\t#a #b"])
def test_a_hash_at_the_beginning_of_a_line_or_after_a_blank_begins_a_comment(tmp_path, line):
    assert list(parse_lines([line], "list", tmp_path)) == []


def test_a_hash_within_a_word_is_part_of_it(tmp_path):
    [declared] = parse_lines(["a.example expect=m.yaml#ns/name label.a=b#c # and so on"], "list", tmp_path)
    assert (declared.terms.expect, declared.terms.labels) == (str(tmp_path / "m.yaml#ns/name"), {"a": "b#c"})


def test_a_server_name_is_said_once(tmp_path):
    with pytest.raises(InvalidFile, match=r"the server name is set twice, as #b\.example and as name=c\.example"):
        list(parse_lines(["a.example#b.example name=c.example"], "list", tmp_path))
    (tmp_path / "certgate.yaml").write_text("targets:\n  - host: a.example#b.example\n    name: c.example\n")
    with pytest.raises(InvalidFile, match=r"yaml:3:11: the server name is set twice, in host \(after #\) and here"):
        load_config(tmp_path / "certgate.yaml")


# --- protocols ---


def test_a_list_says_how_tls_begins_and_what_is_offered():
    (mail, plain, broker) = declared(
        "mx.example starttls=smtp name=mail.example", "mx.example", "mq.example:8883 alpn=mqtt,x"
    )
    assert mail.id == "mx.example:25/smtp#mail.example"
    assert mail.source == Endpoint("mx.example", 25, "mail.example", "smtp")
    assert (plain.id, broker.source.visit.alpn) == ("mx.example:443", ("mqtt", "x"))


def test_the_run_says_how_tls_begins_where_a_target_does_not():
    def ids(*texts):
        return [parse_argument(text).target(Defaults(starttls="smtp", alpn=("x",))) for text in texts]

    first, second, third = ids("mx.example", "https://a.example", "mx.example:587")
    assert [t.id for t in (first, second, third)] == ["mx.example:25/smtp", "a.example:443", "mx.example:587/smtp"]
    assert first.source.visit.alpn == ("x",)
    with pytest.raises(UsageError, match=r"mx\.example:465 is the port of smtps, which speaks TLS at once"):
        ids("mx.example:465")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            "{host: 'https://a.example', starttls: smtp}",
            "the protocol is set twice: TLS at once by the host, and smtp",
        ),
        ("{host: a.example, starttls: smpt}", '"smpt" is not a STARTTLS protocol; did you mean "smtp"?'),
        ("{host: a.example, alpn: [none, h2]}", "alpn: none stands alone"),
        ("{host: a.example, alpn: [h2, h2]}", "alpn: a protocol is named twice"),
        (
            "{host: a.example, alpn: ['a b']}",
            '"a b" is not the name of an application protocol such as h2 or postgresql',
        ),
    ],
)
def test_a_contradiction_in_a_configuration_is_told(tmp_path, entry, told):
    (tmp_path / "certgate.yaml").write_text(f"targets: [{entry}]")
    with pytest.raises(InvalidFile) as caught:
        load_config(tmp_path / "certgate.yaml")
    assert [m.message for m in caught.value.mistakes] == [told]


def test_a_configuration_says_how_tls_begins_and_what_is_offered(tmp_path):
    (tmp_path / "certgate.yaml").write_text(
        "targets: [{host: a.example, starttls: smtp, alpn: [none]}, {host: 'smtp://b.example'}]"
    )
    first, second = (one.target(Defaults()) for one in load_config(tmp_path / "certgate.yaml").targets)
    assert (first.source.protocol, first.source.port, first.source.visit.alpn) == ("smtp", 25, ("none",))
    assert second.id == "b.example:25/smtp"


def test_a_target_says_which_addresses_are_visited_and_under_which_further_names(tmp_path):
    (tmp_path / "certgate.yaml").write_text("targets: [{host: a.example, addresses: all, also: [B.example]}]")
    (entry,) = load_config(tmp_path / "certgate.yaml").targets
    (line,) = parse_lines(["a.example addresses=all also=B.example"], "list", tmp_path)
    for one in (entry, line):
        visit = one.target(Defaults()).source.visit
        assert (visit.all_addresses, visit.also) == (True, ("b.example",))
    (one,) = parse_lines(["a.example addresses=one"], "list", tmp_path)
    run = Defaults(all_addresses=True)
    assert not one.target(run).source.visit.all_addresses
    assert parse_argument("a.example").target(run).source.visit.all_addresses


def test_a_line_says_through_which_proxy_and_whether_clients_send_no_name(tmp_path):
    run = Defaults(proxy=Proxy("http", "run.example", 3128))
    lines = ["a.example proxy=socks5h://p.example:1080 clients_without_sni=true", "b.example proxy=none", "c.example"]
    own, direct, usual = (one.target(run).source.visit for one in parse_lines(lines, "list", tmp_path))

    assert (own.proxy, own.clients_without_sni) == (Proxy("socks5h", "p.example", 1080), True)
    assert (direct.proxy, direct.clients_without_sni) == (None, False)
    assert usual.proxy == run.proxy


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("clients_without_sni=yes", 'clients_without_sni must be true or false, not "yes"'),
        (
            "proxy=http://p.example:1 addresses=all",
            "a proxy resolves the name: all addresses cannot be visited through it",
        ),
        (
            "proxy=http://p.example",
            'the proxy "http://p.example" has no port: write http://HOST:PORT or socks5h://HOST:PORT',
        ),
        ("addresses=some", 'addresses must be all or one, not "some"'),
        ("also=192.0.2.1", '"192.0.2.1" is an IP address, which is never sent as a server name'),
        ("also=b.example,B.example", 'also: "b.example" is named twice'),
        ("also=b.example,", '"" is not a host name'),
    ],
)
def test_words_on_addresses_and_names_that_cannot_be_meant_are_told(word, told):
    with pytest.raises(InvalidFile) as caught:
        declared(f"a.example {word}")
    assert [m.message for m in caught.value.mistakes] == [told]
