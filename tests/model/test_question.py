"""What a full handshake says about a question before it is asked."""

import pytest

from certgate.model.question import About, Question


def question(about, *wanted, version=0x0304, at_once=False):
    return Question(
        what="q", about=about, wanted=frozenset(wanted), version=version, suites=(), groups=(), at_once=at_once
    )


NEW = {"version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", "group": "x25519"}


@pytest.mark.parametrize(
    ("asked", "facts", "shown"),
    [
        (question(About.VERSION, 0x0304), NEW, True),
        (question(About.VERSION, 0x0301, 0x0302, version=0x0302), NEW, False),
        (question(About.VERSION, 0x0301), NEW | {"version": "TLSv9"}, False),
        (question(About.CIPHER, 0x1301), NEW, True),
        (question(About.CIPHER, 0x1302), NEW, False),
        (question(About.CIPHER, 0x1302), NEW | {"cipher": "unheard of"}, False),
        (question(About.GROUP, 0x1D), NEW, True),
        (question(About.GROUP, 0x1D), NEW | {"group": None}, False),
        (question(About.GROUP, 0x1D, version=0x0303), NEW, False),
        (question(About.GROUP, 0x1D, version=0x0303), NEW | {"version": "TLSv1.2"}, True),
        (question(About.GROUP, 0x11EC, at_once=True), NEW | {"group": "X25519MLKEM768"}, True),
        (question(About.GROUP, 0x11EB, at_once=True), NEW | {"group": "SecP256r1MLKEM768"}, False),
    ],
)
def test_a_question_is_answered_by_a_choice_of_the_same_kind_of_version(asked, facts, shown):
    assert asked.is_shown_by(**facts) is shown
