"""The examples of the page on the policy language work as they stand there."""

import re
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem
from certgate.policy.packs import load_policy
from certgate.policy.policyfile import PolicyFile, RuleEntry, WhenEntry

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "policy.md").read_text()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name, text in re.findall(r"<!-- tested: (\S+) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(text)
    root = issue("Root", ca=True, days=3650)
    (tmp_path / "root.pem").write_bytes(pem(root))
    leaf = issue("till-1.acme.example", issuer=root, sans=["till-1.acme.example"])
    (tmp_path / "till.pem").write_bytes(pem(leaf))


def test_the_policies_are_read_and_there_is_nothing_to_remark_on_the_first():
    rules = {rule.id: rule for rule in load_policy("order.yaml").rules}
    assert rules["chain.depth"].parameters == {"max_intermediates": 1}
    assert rules["key.rsa-min"].parameters == {"min_bits": 3072}
    assert run(["policy", "lint", "payments.yaml"]) == 0


def test_the_tests_of_the_page_pass(capsys):
    code = run(["policy", "test", "."])
    assert (code, capsys.readouterr().out) == (0, "2 of 2 cases pass.\n")


def test_the_output_of_the_page_is_what_the_command_prints(capsys):
    ((command, shown),) = re.findall(r"<!-- output: (.*?) -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert run(command.split()) == 0
    assert sorted(words(capsys.readouterr().out)) == sorted(words(shown))


def words(text):
    """Without the places in the shipped policy, which move, and so does where lines break."""
    return re.sub(r"internal-pki\S*\.yaml:\w+", "internal-pki", text).split()


def test_every_key_of_the_language_stands_on_the_page():
    for key in {*RuleEntry.model_fields, *WhenEntry.model_fields, *PolicyFile.model_fields}:
        assert f"`{key}" in PAGE, key
