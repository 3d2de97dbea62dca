"""The policy `lint` as a person uses it, with its extra installed and without."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from certgate.cli.main import run
from certgate.lab.chain import make_chain
from certgate.lab.pki import CLOCK, pem
from certgate.lab.scenarios.lint import SCENARIOS

GOOD = SCENARIOS[0]
TEAM = """\
extends: [lint]
waivers:
  - rule: lint.cabf
    target: chain.pem
    reason: the CA drops common names in spring
    owner: pki@acme.example
    expires: 2027-04-30
"""
MISSING = (
    "lint.cabf and lint.pkix cannot be checked: pkilint is not installed; run `pip install 'certgate[lint]'`, "
    "or leave out these rules with --ignore lint.cabf --ignore lint.pkix\n"
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def _without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pkilint", None)


def serve(**leaf):
    """Write the good chain, with these arguments for its leaf."""
    chain = make_chain(GOOD.host, {**GOOD.leaf, **leaf}, GOOD.issuers, "public")
    Path("chain.pem").write_bytes(pem(chain.leaf, *chain.issuers))
    Path("root.pem").write_bytes(pem(chain.root))


def check(*words, policy="lint"):
    arguments = ["chain.pem", "--policy", policy, "--trust", "root.pem", "--at", CLOCK.isoformat()]
    return run(["check", *arguments, "--report", "json=seen.json", *words])


def found():
    """Rule, severity and key of every failure, and whether it was excused."""
    (target,) = json.loads(Path("seen.json").read_text())["targets"]
    return [
        (f["rule"], f["severity"], f["evidence"]["code"], bool(f["waiver"] or f["known"]))
        for f in target["findings"]
        if f["outcome"] == "fail"
    ]


def test_a_good_chain_is_compliant():
    serve()
    assert (check(), found()) == (0, [])


def test_an_error_of_pkilints_violates_and_a_warning_does_not_unless_asked_to():
    serve(sans=())
    code = "cabf.serverauth.subscriber.subject_altname_extension_absent"
    assert (check(), found()) == (1, [("lint.cabf", "error", code, False)])

    serve(subject="www.example.com")
    code = "cabf.serverauth.dv.common_name_attribute_present"
    assert (check(), found()) == (0, [("lint.cabf", "warning", code, False)])
    assert check("--fail-on", "warning") == 1


@pytest.mark.slow
def test_a_waiver_excuses_what_pkilint_found():
    serve(sans=())
    Path("team.yaml").write_text(TEAM)
    code = "cabf.serverauth.subscriber.subject_altname_extension_absent"
    assert (check(policy="team.yaml"), found()) == (0, [("lint.cabf", "error", code, True)])


@pytest.mark.slow
def test_a_baseline_tells_a_new_code_from_a_known_one():
    serve(sans=("www.example.com", "10.0.0.1"))
    check("--write-baseline", "known.json")
    assert check("--baseline", "known.json") == 0

    serve(sans=("www.example.com", "10.0.0.1"), key_usage=("digital_signature", "key_cert_sign"))
    assert check("--baseline", "known.json") == 1
    assert [(code, excused) for _, _, code, excused in found()] == [
        ("cabf.internal_ip_address", True),
        ("cabf.serverauth.subscriber_prohibited_ku_present", False),
        ("pkix.ee_certificate_keycertsign_keyusage_set", False),
    ]


@pytest.mark.slow
def test_the_pack_adds_its_rules_to_another_policy_and_changes_nothing_else_of_it():
    from certgate.policy.packs import load_policy

    Path("both.yaml").write_text("extends: [webpki-public, lint]\n")
    alone, both = load_policy("webpki-public"), load_policy("both.yaml")
    assert [r.id for r in both.rules] == [*(r.id for r in alone.rules), "lint.cabf", "lint.pkix"]
    known = {r.id: r for r in alone.rules}
    assert all(
        (r.severity, r.required, r.parameters) == (known[r.id].severity, known[r.id].required, known[r.id].parameters)
        for r in both.rules
        if r.id in known
    )


@pytest.mark.slow
def test_a_crash_of_pkilints_is_told_in_the_report_and_not_printed_by_pkilint_itself():
    names = [x509.DNSName("www.example.com"), x509.UniformResourceIdentifier("http://[:::")]
    san = {x509.SubjectAlternativeName: (x509.SubjectAlternativeName(names), True)}
    serve(extensions={**GOOD.leaf["extensions"], **san})
    words = ["chain.pem", "--policy", "lint", "--trust", "root.pem", "--at", CLOCK.isoformat()]

    command = [sys.executable, "-m", "certgate.cli.main", "check", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stderr) == (1, "")
    assert (
        " ".join(ended.stdout.split()).count("pkilint did not check the whole certificate: it failed at General") == 2
    )


@pytest.mark.usefixtures("_without_the_extra")
def test_without_the_extra_nothing_is_observed_and_the_message_says_what_to_install(capsys):
    serve()
    assert check("--save", "observed.jsonl") == 2
    told = capsys.readouterr().err
    assert told.startswith("certgate: ")
    assert told.endswith(MISSING)
    assert not Path("observed.jsonl").exists()
    assert not Path("seen.json").exists()


@pytest.mark.usefixtures("_without_the_extra")
@pytest.mark.parametrize(
    "words", [["--ignore", "lint.*"], ["--select", "chain.*"], ["--policy", "off.yaml"], ["--policy", "rfc5280-path"]]
)
def test_without_the_extra_a_run_that_asks_for_none_of_its_rules_goes_on(words):
    Path("off.yaml").write_text(
        "extends: [lint]\nrules:\n  - {rule: lint.cabf, disabled: we have no pkilint}\n"
        "  - {rule: lint.pkix, disabled: we have no pkilint}\n"
    )
    serve()
    assert check(*words) == 0


@pytest.mark.usefixtures("_without_the_extra")
def test_without_the_extra_its_rules_can_be_explained_and_its_policy_shown(capsys):
    assert run(["explain", "lint.cabf"]) == 0
    assert "pip install" in capsys.readouterr().out
    assert run(["policy", "show", "lint"]) == 0


@pytest.mark.usefixtures("_without_the_extra")
def test_without_the_extra_the_lab_leaves_its_scenarios_out_and_says_so(monkeypatch, capsys):
    from certgate.lab.scenarios import all_scenarios

    few = {name: s for name, s in all_scenarios().items() if s.needs == "pkilint" or name == "good-ecdsa"}
    monkeypatch.setattr("certgate.lab.scenarios.all_scenarios", lambda: few)
    monkeypatch.setattr("certgate.lab.file_examples.all_examples", dict)

    assert run(["lab", "verify"]) == 0

    written = capsys.readouterr()
    assert written.out == "1 scenario gives exactly the expected findings: 0, and no other.\n"
    assert written.err == f"Left out because of a missing package, pkilint: {', '.join(s.name for s in SCENARIOS)}\n"
    assert run(["lab", "verify", "good-lint"]) == 2


def test_no_other_policy_loads_the_linter():
    serve()
    judged = "run(['check', 'chain.pem', '--trust', 'root.pem', '--quiet'])"
    script = f"import sys; from certgate.cli.main import run; {judged}; sys.exit('pkilint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False).returncode == 0
