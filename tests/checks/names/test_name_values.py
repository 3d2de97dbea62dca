"""The values of the subject's attributes."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.lab.scenarios.hostile import SpelledName
from certgate.lab.scenarios.subject import named
from certgate.model.target import Role

EMPTY = NotApplicable("the subject is empty")
OV = ["2.23.140.1.2.2"]


def holding(value, attribute="O"):
    return issue(named(**{attribute: value}))


@pytest.mark.parametrize("code", ["DE", "GB", "XX"])
def test_countries_have_a_code(ask, code):
    assert ask("name.country-code", holding(code, "C")) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UK", "the country UK is not an ISO 3166-1 code"), ("EU", "the country EU is not an ISO 3166-1 code"),
        ("XK", "the country XK is not an ISO 3166-1 code"), ("de", "the country de is not in capital letters"),
        ("DEU", "the country DEU is not an ISO 3166-1 code"),
    ],
)  # fmt: skip
def test_other_words_are_not_countries(ask, code, message):
    assert ask("name.country-code", holding(code, "C")) == [Problem(message, key="country")]


def test_a_policy_may_accept_more_countries(ask):
    assert ask("name.country-code", holding("EU", "C"), more=("EU",)) == []
    assert ask("name.country-code", holding("Lab")) == [NotApplicable("the subject has no country")]


def test_a_country_without_text_is_not_a_country(ask):
    empty = issue(SpelledName((NameOID.COUNTRY_NAME, 0x13, b"")))
    assert ask("name.country-code", empty) == [Problem("the country (empty) is not an ISO 3166-1 code", key="country")]


@pytest.mark.parametrize("text", ["Lab", "Müller & Söhne", "\u200cLab", "名古屋"])
def test_printable_text_is_no_control_character(ask, text):
    assert ask("name.control-characters", holding(text)) == []


@pytest.mark.parametrize("character", ["\0", "\n", "\x1f", "\x7f", "\x80", "\x9f", "\u202e", "\u2066"])
def test_control_characters_are_found_anywhere(ask, character):
    text = f"La{character}b"
    assert ask("name.control-characters", holding(text)) == [
        Problem(f"the subject has a control character: O ({text})")
    ]


@pytest.mark.parametrize("text", [" Lab", "Lab ", "\tLab", "Lab\u00a0"])
def test_blanks_surround_no_value(ask, text):
    assert ask("name.outer-blanks", holding(text)) == [
        Problem(f"the subject has a blank at the beginning or end of a value: O ({text})")
    ]
    assert ask("name.outer-blanks", holding("Lab Ltd")) == []


@pytest.mark.parametrize("text", ["A &amp; B", "A&#38;B", "A&#x26;B", "Caf&eacute;"])
def test_html_entities_are_not_text(ask, text):
    assert ask("name.html-entities", holding(text)) == [Problem(f"the subject has an HTML entity: O ({text})")]


@pytest.mark.parametrize("text", ["AT&T", "A & B;", "Smith&notaries", "R&D;", "&;", "A&B&C"])
def test_an_ampersand_alone_is_text(ask, text):
    assert ask("name.html-entities", holding(text)) == []


@pytest.mark.parametrize("text", ["MÃ¼nchen", "SÃ£o Paulo", "Ã\u2013sterreich", "CafÃ\u0089", "Lab\ufffd"])
def test_text_of_a_wrong_character_set_is_found(ask, text):
    assert ask("name.misread-characters", holding(text)) == [
        Problem(f"the subject has characters of a wrong character set: O ({text})")
    ]


@pytest.mark.parametrize("text", ["München", "SÃO PAULO", "CAFÉ®", "Île-de-France", "Ânia"])
def test_accents_are_no_wrong_character_set(ask, text):
    assert ask("name.misread-characters", holding(text)) == []


@pytest.mark.parametrize("text", ["Some-State", "Internet Widgits Pty Ltd", "N/A", "unknown", "?", " - "])
def test_placeholders_say_nothing(ask, text):
    assert ask("name.placeholder", holding(text)) == [Problem(f"the subject has a placeholder: O ({text})")]


@pytest.mark.parametrize("text", ["None", "NA", "Unknown Pleasures Ltd", "3", "株", "Default Lab"])
def test_short_and_similar_values_are_no_placeholders(ask, text):
    assert ask("name.placeholder", holding(text)) == []


def test_another_rule_reports_filler_where_an_organization_was_validated(ask):
    filler = issue(named(O=" - "), policies=OV)
    assert ask("name.placeholder", filler) == []
    assert ask("name.ov-iv-ev-subject", filler)[-1] == Problem(
        "the value of O in the subject is filler", key="filler O"
    )


def test_a_policy_lists_its_own_placeholders(ask):
    assert ask("name.placeholder", holding("ACME"), words=("acme",)) == [
        Problem("the subject has a placeholder: O (ACME)")
    ]


@pytest.mark.parametrize(("attribute", "most"), [("O", 64), ("CN", 64), ("serialNumber", 64), ("L", 128), ("ST", 128)])
def test_values_have_at_most_the_length_of_rfc_5280(ask, attribute, most):
    assert ask("name.attribute-length", holding("x" * most, attribute)) == []
    assert ask("name.attribute-length", holding("x" * (most + 1), attribute)) == [
        Problem(
            f"the subject has a value that is too long: {attribute} ({most + 1} characters, at most {most} allowed)"
        )
    ]


def test_length_is_counted_in_characters(ask):
    assert ask("name.attribute-length", holding("ä" * 64)) == []


def test_an_address_in_the_subject_is_in_the_names_too(ask):
    subject = named(emailAddress="Root@lab.example")
    assert ask("name.email-in-san", issue(subject, sans=[x509.RFC822Name("root@lab.example")])) == []
    assert ask("name.email-in-san", issue(subject, sans=["lab.example"])) == [
        Problem("an e-mail address is in the subject but not in the subjectAltName")
    ]
    assert ask("name.email-in-san", issue("a")) == [NotApplicable("the subject has no e-mail address")]


@pytest.mark.parametrize(
    "rule",
    [
        "control-characters", "outer-blanks", "html-entities", "misread-characters", "placeholder", "attribute-length",
    ],
)  # fmt: skip
def test_an_empty_subject_has_no_values(ask, rule):
    assert ask(f"name.{rule}", issue("")) == [EMPTY]


def test_values_that_are_not_text_are_left_to_the_rule_on_encodings(ask):
    number = issue(SpelledName((NameOID.ORGANIZATION_NAME, 0x02, b"\x07")))
    assert ask("name.control-characters", number) == [EMPTY]
    assert ask("name.control-characters", number, Role.ISSUER) == [EMPTY]
