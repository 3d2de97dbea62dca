"""The label of a vantage: where it is, and with which type of key."""

import pytest

from certgate.model.vantage_label import is_of_key_type, label_parts, position, seen_at, with_key_type

HERE = "192.0.2.1:443#a.example"


@pytest.mark.parametrize("where", ["", HERE])
@pytest.mark.parametrize("key_type", ["", "RSA", "ML-DSA-65"])
def test_a_label_has_its_parts_again(where, key_type):
    label = with_key_type(where, key_type)

    assert label_parts(label) == (where, key_type)
    assert is_of_key_type(label) == bool(key_type)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("", ""),
        (HERE, f" at {HERE}"),
        (with_key_type("", "RSA"), " with RSA key"),
        (with_key_type(HERE, "RSA"), f" at {HERE} with RSA key"),
    ],
)
def test_a_label_follows_its_subject(label, text):
    assert seen_at(label) == text


def test_a_position_has_the_type_of_key_alone():
    assert position("leaf", HERE) == "leaf"
    assert position("leaf", with_key_type(HERE, "RSA")) == "leaf with RSA key"
