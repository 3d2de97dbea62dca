"""The inventories: every certificate at every place, as CSV and as JSON."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.model.observation import Vantage


def rows(text):
    return list(csv.DictReader(io.StringIO(text), strict=True))


@pytest.fixture
def served(results):
    """A target with an ended leaf of two names and a key."""
    leaf, issuer = results[0].certificates
    facts = {
        "spki_sha256": "cd" * 32,
        "names": ("DNS:api.example", "IP:192.0.2.1"),
        "key": "EC P-256",
        "key_bits": 256,
        "signature": "ecdsa-with-SHA256",
        "not_after": results[0].clock - timedelta(hours=36),
    }
    return replace(results[0], certificates=(replace(leaf, **facts), issuer))


def test_each_certificate_has_a_row_with_all_facts(served, render):
    leaf, issuer = rows(render("inventory", served))
    assert leaf == {
        "target": "api.example:443",
        "labels": "tier=edge",
        "address": "192.0.2.1:443",
        "position": "leaf",
        "subject": "CN=api.example",
        "names": "DNS:api.example; IP:192.0.2.1",
        "issuer": "CN=Issuing CA 1",
        "serial": "4a1b",
        "sha256": "ab" * 32,
        "spki_sha256": "cd" * 32,
        "not_before": "2026-05-16T12:00:00Z",
        "not_after": "2026-06-14T00:00:00Z",
        "days_left": "-2",
        "key": "EC P-256",
        "key_bits": "256",
        "signature": "ecdsa-with-SHA256",
        "protocol": "TLSv1.3",
        "group": "X25519MLKEM768",
        "stores": "pki/root.pem",
    }
    assert (issuer["position"], issuer["days_left"], issuer["key_bits"]) == ("issuer 1", "60", "")


def test_json_has_the_same_rows_with_values_instead_of_text(served, render, same_as_golden):
    text = render("inventory-json", served)
    same_as_golden("inventory.json", text)
    (leaf, issuer) = json.loads(text)["certificates"]
    assert leaf["names"] == ["DNS:api.example", "IP:192.0.2.1"]
    assert (leaf["labels"], leaf["days_left"], issuer["key_bits"]) == ({"tier": "edge"}, -2, None)


def test_a_target_that_was_not_seen_has_a_row_without_a_certificate(results, render):
    (row,) = rows(render("inventory", results[3]))
    assert (row["target"], row["position"], row["sha256"], row["protocol"]) == ("mail.example:443", "", "", "")
    (found,) = json.loads(render("inventory-json", results[3]))["certificates"]
    assert (found["target"], found["not_after"], found["days_left"]) == ("mail.example:443", "", None)


def test_an_inventory_of_an_interrupted_run_says_so(results, render, summary):
    cut_short = replace(summary(results[0]), interrupted=True)
    assert json.loads(render("inventory-json", results[0]))["is_whole"] is True
    assert json.loads(render("inventory-json", results[0], summary=cut_short))["is_whole"] is False
    assert json.loads(render("inventory-json"))["certificates"] == []


def test_a_certificate_that_one_address_alone_shows_has_a_row_with_that_address(results, render):
    target = results[0]
    there = replace(target.observations[0], vantage=Vantage("192.0.2.9:443", "api.example"))
    leaf, issuer = target.certificates
    both = replace(
        target,
        observations=(*target.observations, there),
        certificates=(replace(leaf, vantage="192.0.2.1:443"), replace(leaf, vantage="192.0.2.9:443"), issuer),
    )
    assert [(r["position"], r["address"]) for r in rows(render("inventory", both))] == [
        ("leaf", "192.0.2.1:443"),
        ("leaf", "192.0.2.9:443"),
        ("issuer 1", "192.0.2.1:443 192.0.2.9:443"),
    ]


def test_a_certificate_that_one_server_name_alone_shows_has_the_address_of_that_name(results, render):
    target = results[0]
    there = replace(target.observations[0], vantage=Vantage("192.0.2.1:443", "b.example"))
    leaf, issuer = target.certificates
    both = replace(
        target,
        observations=(*target.observations, there),
        certificates=(replace(leaf, vantage="#b.example"), issuer),
    )
    first = rows(render("inventory", both))[0]
    assert (first["address"], first["protocol"]) == ("192.0.2.1:443", "TLSv1.3")


def test_what_a_probe_negotiates_is_not_what_clients_do(results, render):
    (seen,) = results[0].observations
    facts = replace(seen.handshake, version="TLSv1.2", group="P-256")
    probe = replace(seen, vantage=replace(seen.vantage, probe="no-sni"), handshake=facts)
    assert render("inventory", replace(results[0], observations=(seen, probe))) == render("inventory", results[0])


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@sum(1)", "::error::x", "##[group]x"])
def test_no_cell_is_a_formula_or_a_command(results, render, name):
    leaf, issuer = results[0].certificates
    made = replace(results[0], certificates=(replace(leaf, subject=name, names=(name,)), issuer))
    row = rows(render("inventory", made))[0]
    for cell in (row["subject"], row["names"]):
        assert cell[0] in "'#"
        assert "##[" not in cell


def test_hostile_text_stays_in_its_cell(hostile, render):
    (row,) = rows(render("inventory", hostile))
    assert None not in row
    assert all(value.isprintable() and len(value) < 32_767 for value in row.values())
    assert render("inventory-json", hostile).isascii()
