"""`peers:` in certgate.yaml: read as written, and every contradiction named with its place."""

import json

import pytest

from certgate.cli import main as cli
from certgate.model.peers import Peers
from certgate.policy.mistakes import InvalidFile
from certgate.sources.config import load_config

AS_WRITTEN = """\
trust: spiffe://corp.example=corp.pem
peers:
  - from: [spiffe://corp.example/web, spiffe://corp.example/jobs/*]
    to: [spiffe://corp.example/api]
  - tenant: pay
    from: [spiffe://corp.example/*]
    to: [spiffe://corp.example/pay/*]
targets:
  - host: a.example
"""
DECLARED = (
    Peers(
        clients=("spiffe://corp.example/web", "spiffe://corp.example/jobs/*"), servers=("spiffe://corp.example/api",)
    ),
    Peers(clients=("spiffe://corp.example/*",), servers=("spiffe://corp.example/pay/*",), tenant="pay"),
)


def load(tmp_path, text):
    (tmp_path / "certgate.yaml").write_text(text)
    return load_config(tmp_path / "certgate.yaml")


def test_peers_are_read_as_written(tmp_path):
    config = load(tmp_path, AS_WRITTEN)
    assert config.peers == config.defaults.peers == DECLARED
    assert load(tmp_path, "targets: [{host: a.example}]").peers is None


def test_peers_are_printed_as_data_for_open_policy_agent(tmp_path, capsys):
    (tmp_path / "certgate.yaml").write_text(AS_WRITTEN)
    assert cli.run(["policy", "peers", str(tmp_path / "certgate.yaml")]) == 0
    entries = json.loads(capsys.readouterr().out)["certgate"]["peers"]
    assert [Peers(clients=tuple(e["from"]), servers=tuple(e["to"]), tenant=e["tenant"]) for e in entries] == [*DECLARED]
    (tmp_path / "certgate.yaml").write_text("targets: [{host: a.example}]")
    assert cli.run(["policy", "peers", str(tmp_path / "certgate.yaml")]) == 2
    assert "has no peers; add them as docs/guides/spiffe.md says" in capsys.readouterr().err


A, B = "spiffe://corp.example/a", "spiffe://corp.example/b"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (f"[{{from: [{A}], to: [{B}], tenat: x}}]", 'unknown key "tenat"; did you mean "tenant"?'),
        (f"[{{from: [{A}]}}]", 'key "to" is missing'),
        ("[{from: [x], to: ['spiffe://corp.example/*']}]", '"x" has the scheme (none), not spiffe'),
        (f"[{{from: ['spiffe://corp.example/a*'], to: [{B}]}}]", "characters other than letters, digits, dot"),
        (f"[{{from: ['spiffe://corp.example'], to: [{B}]}}]", "names no workload; write spiffe://corp.example/*"),
        (f"[{{from: [{A}, '{A}'], to: [{B}]}}]", f'"{A}" is in "{A}" already'),
        (f"[{{from: [{A}, 'spiffe://corp.example/*'], to: [{B}]}}]", f'"{A}" is in "spiffe://corp.example/*" already'),
        (
            f"[{{from: [spiffe://other.example/a], to: [{B}]}}]",
            "trust names no bundle of trust domain other.example, so none of its SVIDs is trusted; bundles: corp.example",
        ),
        (
            f"[{{from: ['spiffe://corp.example/*'], to: [{B}]}}, {{tenant: pay, from: [{A}], to: [{B}]}}]",
            "allows nothing that entry 1 does not allow already",
        ),
    ],
)
def test_a_contradiction_is_a_mistake_with_its_place(tmp_path, entries, message):
    with pytest.raises(InvalidFile) as caught:
        load(tmp_path, f"trust: spiffe://corp.example=corp.pem\ntargets: [{{host: a.example}}]\npeers: {entries}\n")
    (mistake,) = caught.value.mistakes
    assert message in mistake.message
    assert mistake.place.line == 3


@pytest.mark.parametrize(
    "text",
    [
        f"peers: [{{from: [{A}], to: [spiffe://other.example/x]}}]",
        f"trust: ca.pem\npeers: [{{from: [{A}], to: [spiffe://other.example/x]}}]",
        f"peers: [{{tenant: a, from: [{A}], to: [{B}]}}, {{tenant: b, from: [{A}], to: [{B}]}}]",
    ],
)
def test_what_does_not_contradict_itself_is_accepted(tmp_path, text):
    assert load(tmp_path, f"{text}\ntargets: [{{host: a.example}}]").peers
