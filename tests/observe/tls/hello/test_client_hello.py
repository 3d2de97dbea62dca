"""ClientHellos that certgate writes itself, as OpenSSL reads them."""

from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.model.question import About, Question
from certgate.model.tls_names import (
    CIPHERS,
    EPHEMERAL_SUITES,
    GROUPS_OF_TLS_1_2,
    GROUPS_OF_TLS_1_3,
    SHARED_GROUPS,
    SUITES_OF_TLS_1_2,
    SUITES_OF_TLS_1_3,
)
from certgate.observe.tls.hello.client_hello import client_hello
from certgate.observe.tls.hello.reply import Alert, ReplyReader

RANDOM = bytes(range(64))
OLD = Question(
    what="old", about=About.VERSION, wanted=frozenset({0x0303}), version=0x0303, suites=SUITES_OF_TLS_1_2,
    groups=GROUPS_OF_TLS_1_2,
)  # fmt: skip
NEW = Question(
    what="new", about=About.GROUP, wanted=frozenset({0x1D}), version=0x0304, suites=SUITES_OF_TLS_1_3,
    groups=GROUPS_OF_TLS_1_3,
)  # fmt: skip


@pytest.fixture(scope="module")
def leaf():
    return issue("leaf", sans=["server.example"])


@pytest.fixture
def ask(leaf):
    """OpenSSL's reply to a question, and its connection; `configure` changes its context."""

    def answered(question, *, configure=lambda context: None, server_name="server.example", alpn=("h2",), **words):
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.use_certificate(leaf.native)
        context.use_privatekey(leaf.key)
        configure(context)
        server = SSL.Connection(context)
        server.set_accept_state()
        server.bio_write(client_hello(question, server_name=server_name, alpn=alpn, random=RANDOM, **words))
        with suppress(SSL.Error):
            server.do_handshake()
        return ReplyReader(wants_group=question.about is About.GROUP).feed(server.bio_read(60_000)), server

    return answered


def only_old(context):
    context.set_max_proto_version(SSL.TLS1_2_VERSION)


def only_new(context):
    context.set_min_proto_version(SSL.TLS1_3_VERSION)


@pytest.mark.parametrize(
    ("version", "chosen"), [(0x0304, 0x0304), (0x0303, 0x0303), (0x0302, 0x0302), (0x0301, 0x0301)]
)
def test_a_server_takes_the_version_that_is_offered(ask, version, chosen):
    new = version == 0x0304
    reply, _ = ask(replace(NEW if new else OLD, version=version))

    assert reply.version == chosen


def test_an_old_hello_stands_for_older_versions_too(ask):
    reply, _ = ask(OLD, configure=lambda context: context.set_max_proto_version(SSL.TLS1_1_VERSION))

    assert reply.version == 0x0302


@pytest.mark.parametrize(("question", "configure"), [(NEW, only_old), (OLD, only_new)])
def test_a_version_that_the_server_does_not_have_is_refused_by_an_alert(ask, question, configure):
    assert ask(question, configure=configure)[0] == Alert(70)


@pytest.mark.parametrize("number", [0xC02B, 0xC00A, 0xCCA9])
def test_a_server_takes_the_one_suite_that_is_offered(ask, number):
    assert ask(replace(OLD, suites=(number,)))[0].suite == number


def test_suites_that_the_server_does_not_have_are_refused_by_an_alert(ask):
    assert ask(replace(OLD, suites=(0x009C,)))[0] == Alert(40)


def test_a_server_of_tls_1_3_asks_for_a_key_share_of_the_group_that_it_takes(ask):
    reply, _ = ask(replace(NEW, groups=(0x18,)))

    assert (reply.group, reply.is_retry) == (0x18, True)


def test_a_server_of_tls_1_2_names_the_group_that_it_takes(ask):
    reply, _ = ask(
        replace(NEW, version=0x0303, suites=EPHEMERAL_SUITES, groups=(0x18,)),
        configure=lambda context: context.set_tmp_ecdh(ec.SECP384R1()),
        further_group=0x17,
    )

    assert reply.group == 0x18


@pytest.mark.parametrize("group", [0x17, 0x18, 0x1D, 0x11EB, 0x11EC])
def test_a_server_accepts_the_key_share_that_is_sent(ask, group):
    reply, _ = ask(replace(NEW, groups=(group,), shares=(group,)))

    assert (reply.group, reply.is_retry) == (group, False)


@pytest.mark.parametrize(
    ("size", "kind"), [(1184, mlkem.MLKEM768PublicKey), (1568, mlkem.MLKEM1024PublicKey)], ids=["768", "1024"]
)
def test_an_encapsulation_key_of_zeros_is_valid(size, kind):
    assert all(kind.from_public_bytes(bytes(size)).encapsulate())


def test_every_group_that_a_question_may_share_has_a_key_share():
    hellos = {
        group: client_hello(replace(NEW, groups=(group,), shares=(group,)), server_name=None, alpn=(), random=RANDOM)
        for group in SHARED_GROUPS
    }

    assert all(group.to_bytes(2) in hello[-2000:] for group, hello in hellos.items())


def test_name_and_application_protocol_are_those_of_the_target(ask):
    chosen = []

    def configure(context):
        context.set_alpn_select_callback(lambda _, offered: chosen.append(offered) or offered[0])

    _, server = ask(NEW, configure=configure, alpn=("h2", "http/1.1"))
    _, nameless = ask(NEW, server_name=None, alpn=())

    assert (server.get_servername(), nameless.get_servername()) == (b"server.example", None)
    assert chosen == [[b"h2", b"http/1.1"]]


@pytest.mark.parametrize(("question", "session"), [(NEW, RANDOM[32:]), (OLD, b"")], ids=["new", "old"])
def test_hellos_to_names_of_one_length_differ_in_name_random_and_session(ask, question, session):
    others = RANDOM[::-1]
    first = client_hello(question, server_name="a.example", alpn=(), random=RANDOM)
    second = client_hello(question, server_name="b.example", alpn=(), random=others)

    assert first[11:43] + first[44 : 44 + first[43]] == RANDOM[:32] + session
    changed = first.replace(b"a.example", b"b.example").replace(RANDOM[:32], others[:32])
    assert second == (changed.replace(session, others[32:]) if session else changed)
    for name in ("a.example", "b.example", "a.b.example"):
        assert ask(question, server_name=name)[1].get_servername() == name.encode()


@given(
    suites=st.integers(1, 368),
    groups=st.integers(1, 40),
    name=st.none() | st.integers(1, 200).map(lambda count: "a" * count),
    is_new=st.booleans(),
)
def test_no_hello_has_a_size_at_which_load_balancers_hang(suites, groups, name, is_new):
    question = replace(
        NEW if is_new else OLD, suites=tuple(CIPHERS)[:suites], groups=(*GROUPS_OF_TLS_1_3, *GROUPS_OF_TLS_1_2)[:groups]
    )
    record = client_hello(question, server_name=name, alpn=("h2",), random=RANDOM)

    assert not 256 <= len(record) - 5 < 512
    assert int.from_bytes(record[3:5]) == len(record) - 5
    assert int.from_bytes(record[6:9]) == len(record) - 9
