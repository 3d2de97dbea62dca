"""The report for people."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certgate.model.finding import Outcome, Severity
from certgate.model.verdict import DisabledRule, Verdict
from certgate.reports.certificate_words import time_left

CLOCK = datetime(2026, 6, 15, 12, tzinfo=UTC)
SEEN = "60 days left (2026-08-14), Issuing CA 1, RSA 2048, TLSv1.3"


def test_the_whole_report_at_80_columns_without_colour(results, render, same_as_golden):
    same_as_golden("terminal.txt", render("terminal", *results))


def test_verbose_shows_every_outcome(results, render, same_as_golden):
    same_as_golden("terminal-verbose.txt", render("terminal", *results, verbose=True))


def test_every_line_fits_and_nothing_foreign_is_obeyed(results, render):
    for width in (40, 80, 120):
        text = render("terminal", *results, width=width)
        assert max(len(line) for line in text.splitlines()) <= width
        assert text.replace("\n", "").isprintable()


def test_colour_changes_nothing_but_colour(results, render):
    plain = render("terminal", *results, verbose=True)
    coloured = render("terminal", *results, verbose=True, colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_markup_in_foreign_text_is_shown_and_makes_no_link(results, render):
    text = render("terminal", results[-1], colour=True, width=120)
    assert "[link=https://evil.example]x[/link]" in text.replace("\n      ", "")
    assert "\x1b]8" not in text


def test_a_compliant_target_is_one_line_of_80_columns_at_most(endpoint, certificate, finding, render):
    issuer = "Example Trust Services Global Issuing CA for Servers 2026"
    leaf = certificate("leaf", "CN=a", issuer_name=issuer, key="EC P-256", key_bits=256)
    passed = finding("key.rsa-min")
    made = [endpoint(f"{'h' * n}.example", n, Verdict.COMPLIANT, passed, certificates=(leaf,)) for n in (1, 8, 21)]
    assert render("terminal", *made).splitlines()[3:7] == [
        "✓ h.example:443  60 days left (2026-08-14), Example Trust S…, EC P-256, TLSv1.3",
        "✓ hhhhhhhh.example:443  60 days left (2026-08-14), Example …, EC P-256, TLSv1.3",
        "✓ hhhhhhhhhhhhhhhhhhhhh.example:443  60 days left (2026-08-14)",
        "    Example Trust Services Global Issuing C…, EC P-256, TLSv1.3",
    ]


def test_the_certificate_of_the_path_that_ends_first_gives_the_days(endpoint, certificate, finding, render):
    leaf = certificate("leaf", "CN=a", key="Ed25519")
    issuer = certificate("issuer 1", "CN=Issuing CA 1", not_after=CLOCK + timedelta(days=12))
    elsewhere = certificate("sent 3", "CN=Old", not_after=CLOCK + timedelta(days=1))
    made = endpoint("a.example", 1, Verdict.COMPLIANT, finding("key.rsa-min"), certificates=(leaf, issuer, elsewhere))
    assert "✓ a.example:443  12 days left (2026-06-27, issuer 1), Issuing CA 1, Ed25519, TLSv1.3\n" in render(
        "terminal", made, width=100
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=1000), "1,000 days left"),
        (timedelta(days=2), "2 days left"),
        (timedelta(days=2, seconds=-1), "47 hours left"),
        (timedelta(hours=2), "2 hours left"),
        (timedelta(hours=2, seconds=-1), "119 minutes left"),
        (timedelta(0), "0 minutes left"),
        (timedelta(seconds=-1), "expired"),
    ],
)
def test_what_is_left_is_told_in_units_that_fit(left, said):
    assert time_left(CLOCK + left, CLOCK) == said


def test_a_request_has_the_number_of_its_passes_instead(endpoint, certificate, finding, render):
    request = certificate("request", "CN=a", not_after=None)
    made = endpoint("a.example", 1, Verdict.COMPLIANT, finding("key.rsa-min"), certificates=(request,))
    assert "✓ a.example:443  compliant  1 passed\n" in render("terminal", made)


def test_rules_are_links_where_the_terminal_shows_them(results, header, rules, render):
    own = {**rules, "key.rsa-min": replace(rules["key.rsa-min"], page="")}
    text = render("terminal", *results, header=header(rules=own), colour=True, links=True)
    page = "https://github.com/OWNER/certgate/blob/main/docs/rules/chain.complete.md"
    assert f"\x1b]8;;{page}\x1b\\\x1b[1mchain.complete\x1b[0m\x1b]8;;\x1b\\" in text
    assert "rules/key.rsa-min" not in text
    assert re.sub(r"\x1b(\[[0-9;]*m|]8;;[!-~]*?\x1b\\)", "", text) == render("terminal", *results)


def test_a_note_seen_at_many_targets_is_explained_once(endpoint, finding, render):
    stale = finding("ocsp.fresh", Outcome.FAIL, "nextUpdate was 3 hours ago", "staple", severity=Severity.WARNING)
    text = render("terminal", *(endpoint(f"h{n}.example", n, Verdict.COMPLIANT, stale) for n in range(1000)))
    assert text.count(f"{SEEN}\n    1 warning: ocsp.fresh\n") == 1000
    assert text.count("fix   let the server fetch a new staple") == 1
    assert "h0.example:443, staple and 999 more targets: nextUpdate was 3 hours ago" in text


@pytest.mark.parametrize(("number", "told"), [(6, ""), (7, "    and 1 more (--verbose shows them)\n")])
def test_a_rule_with_very_many_problems_does_not_drown_the_others(endpoint, finding, render, number, told):
    bad = [finding("name.dns-syntax", Outcome.FAIL, f"name {n} is bad", key=str(n)) for n in range(number)]
    text = render("terminal", endpoint("a.example", 1, Verdict.VIOLATED, *bad))
    assert f"    leaf CN=a.example: name 5 is bad\n{told}    why   " in text


def test_a_target_of_which_nothing_is_known_says_why(endpoint, finding, render):
    text = render(
        "terminal", endpoint("a.example", 1, Verdict.INCOMPLETE, finding("key.rsa-min", Outcome.NOT_EFFECTIVE))
    )
    assert "no rule passed or failed, so nothing is known about this target" in text


def test_rules_left_out_and_the_clock_stand_at_the_top(render, header):
    rules = tuple(f"a.rule-{n}" for n in range(8))
    text = render("terminal", header=header(left_out=rules, at=CLOCK))
    assert text.splitlines()[2:4] == [
        "evaluated as of 2026-06-15 12:00:00 UTC",
        "left out: a.rule-0 a.rule-1 a.rule-2 a.rule-3 a.rule-4 a.rule-5 and 2 more",
    ]


def test_rules_that_a_policy_switched_off_stand_at_the_top_with_the_reason(header, render):
    off = (
        DisabledRule("payments", "name.cn-in-san", "old tills read the CN"),
        DisabledRule("payments", "ku.ec-leaf", "until the move", "labels.tier is edge"),
    )
    assert render("terminal", header=header(disabled=off)).splitlines()[2:4] == [
        "name.cn-in-san is off in payments: old tills read the CN",
        "ku.ec-leaf is off in payments where labels.tier is edge: until the move",
    ]


def test_addresses_that_were_not_visited_are_told(endpoint, finding, render):
    result = endpoint("a.example", 1, Verdict.COMPLIANT, finding("key.rsa-min"))
    result = replace(
        result, observations=(replace(result.observations[0], unvisited=("192.0.2.8:443", "192.0.2.9:443")),)
    )
    assert f"✓ a.example:443  {SEEN}\n    2 addresses not visited\n" in render("terminal", result)
    assert "  not visited: 192.0.2.8:443, 192.0.2.9:443\n" in render("terminal", result, verbose=True)


@pytest.mark.parametrize(
    ("facts", "last"),
    [
        (
            {"verdict": Verdict.COMPLIANT, "failures": {Severity.WARNING: 3}},
            ["0 errors, 3 warnings", "✓ compliant", "0"],
        ),
        (
            {
                "verdict": Verdict.VIOLATED,
                "failures": {Severity.ERROR: 1_200, Severity.WARNING: 1, Severity.INFO: 4},
                "waived": 1,
                "known": 2,
            },
            ["1,200 errors, 1 warning, 4 info, 1 waived, 2 known", "✗ violated", "1"],
        ),
        (
            {"verdict": Verdict.VIOLATED, "failures": {Severity.ERROR: 1}, "missing": 2, "missing_ids": ("a:1", "b:2")},
            ["1 error, 0 warnings; 2 targets are missing: a:1, b:2", "✗ violated", "1"],
        ),
        (
            {"verdict": Verdict.INCOMPLETE},
            ["0 errors, 0 warnings: no violation found, but no target was checked", "? incomplete", "3"],
        ),
        (
            {"verdict": Verdict.INCOMPLETE, "interrupted": True},
            [
                "0 errors, 0 warnings: no violation found, but the run was interrupted before every target was checked",
                "? incomplete",
                "3",
            ],
        ),
    ],
)
def test_the_last_line_has_verdict_counts_and_exit_code(render, summary, facts, last):
    counts, verdict, code = last
    end = replace(summary(verdict=facts["verdict"]), **facts)
    lines = render("terminal", summary=end, width=120).splitlines()
    assert lines[-2:] == [
        counts,
        f"{verdict}  0 targets: 0 compliant, 0 violated, 0 incomplete; exit code {code}",
    ]


def test_no_line_is_a_command_to_a_runner_however_it_is_folded(endpoint, finding, render):
    for length in range(60, 80):
        text = (
            "A" * length + " ::error::pwned " + "B" * length + "::set-output name=x::y ##[group]z ##vso[task.complete]w"
        )
        bad = finding("key.rsa-min", Outcome.FAIL, text)
        made = endpoint("a.example", 1, Verdict.VIOLATED, bad)
        shown = render("terminal", replace(made, target=replace(made.target, id="::error::id")))
        assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]
        assert "##[" not in shown
        assert "##vso[" not in shown
        assert max(len(line) for line in shown.splitlines()) <= 80


def test_a_check_that_is_not_required_and_gave_no_answer_is_one_line_for_all_targets(endpoint, finding, render):
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "nothing was stapled", "staple", required=False)
    noted = finding("chain.root-sent", Outcome.FAIL, "376 bytes", "presented chain", severity=Severity.INFO)
    made = [endpoint(f"h{n}.example", n, Verdict.COMPLIANT, unknown, noted) for n in range(2)]
    lines = render("terminal", *made).splitlines()
    assert lines[3:5] == [f"✓ h0.example:443  {SEEN}", "    1 info: chain.root-sent"]
    assert [line for line in lines if "rev.status" in line] == [
        "? not checked  rev.status for 2 targets: nothing was stapled"
    ]
    assert lines.index("Warnings (they do not fail the run):") < lines.index(
        "? not checked  rev.status for 2 targets: nothing was stapled"
    )


def test_evidence_is_shown_where_the_advice_names_it_and_nowhere_else(endpoint, finding, header, rules, render):
    fetched = replace(rules["chain.complete"], fix="append the intermediate from the `ca_issuers` URL")
    head = header(rules={**rules, "chain.complete": fetched})
    bad = [
        finding("chain.complete", Outcome.FAIL, "incomplete", evidence={"ca_issuers": "http://pki.example/ca.der"}),
        finding("key.rsa-min", Outcome.FAIL, "too short", evidence={"bits": "1024"}),
    ]
    text = render("terminal", endpoint("a.example", 1, Verdict.VIOLATED, *bad), header=head)
    assert "    leaf CN=a.example: incomplete\n      ca_issuers = http://pki.example/ca.der\n" in text
    assert "bits = 1024" not in text


def test_warnings_excused_failures_and_missing_answers_have_sections_of_their_own(endpoint, finding, render):
    known = replace(finding("key.rsa-min", Outcome.FAIL, "too short"), known=True)
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "no staple", "staple", required=False)
    stale = finding("ocsp.fresh", Outcome.FAIL, "old", "staple", severity=Severity.WARNING)
    lines = render("terminal", endpoint("a.example", 1, Verdict.COMPLIANT, known, unknown, stale)).splitlines()
    titles = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["Warnings (they do not fail the run):", "Waived or known (they do not fail the run):"]
    assert "? not checked  rev.status for 1 target: no staple" in lines
