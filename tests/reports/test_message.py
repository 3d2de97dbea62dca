"""Messages for people who do not look at the report: plain text, and Slack."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.model.finding import Outcome
from certgate.model.verdict import Verdict


def slack(text):
    (text,) = json.loads(text).values()
    return text


def test_the_whole_message(results, render, same_as_golden):
    same_as_golden("text.txt", render("text", *results[:5]))


def test_the_whole_message_for_slack(results, render, same_as_golden):
    text = render("slack", *results[:5])
    same_as_golden("slack.json", text)
    assert list(json.loads(text)) == ["text"]


@pytest.mark.parametrize("format", ["text", "slack"])
def test_it_has_at_most_3000_characters_whatever_is_wrong(endpoint, finding, hostile, render, format):
    failed = [finding(f"team.rule-{n}", Outcome.FAIL, "wrong") for n in range(99)]
    many = [endpoint(f"{'h' * 200}{n}.example", n, Verdict.VIOLATED, *failed) for n in range(4)]
    text = render(format, *many, hostile)
    shown = slack(text) if format == "slack" else text
    assert 2_000 < len(shown) <= 3_000
    assert shown.splitlines()[-1].startswith("and ")
    assert shown.splitlines()[-1].endswith(" more lines")


def test_a_rule_is_named_once_with_three_targets_and_the_number_of_the_rest(endpoint, finding, render):
    failed = finding("key.rsa-min", Outcome.FAIL, "short")
    many = [endpoint(f"h{n}.example", n, Verdict.VIOLATED, failed) for n in range(1, 6)]
    text = render("text", *many)
    assert "h1.example:443 (tier=edge), h2.example:443 (tier=edge), h3.example:443 (tier=edge) and 2 more\n" in text


def test_ten_rules_are_told_so_that_there_is_room_for_what_ends_next(endpoint, finding, render):
    failed = [finding(f"team.rule-{n}", Outcome.FAIL, "wrong") for n in range(12)]
    text = render("text", endpoint("a.example", 1, Verdict.VIOLATED, *failed))
    assert text.count("error team.rule-") == 10
    assert "\nand 2 more rules\n" in text
    assert "leaf CN=a.example, a.example:443" in text.splitlines()[-1]


def test_violations_stand_before_missing_answers_and_what_is_excused_is_not_told(endpoint, finding, render):
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "no staple")
    failed = finding("key.rsa-min", Outcome.FAIL, "short")
    known = finding("validity.expired", Outcome.FAIL, "ended", known=True)
    text = render("text", endpoint("a.example", 1, Verdict.VIOLATED, unknown, failed, known))
    assert text.index("error key.rsa-min") < text.index("not checked rev.status")
    assert "validity.expired" not in text


def test_a_target_of_which_nothing_is_known_is_named(endpoint, render):
    assert "not checked no rule passed or failed: a.example:443" in render(
        "text", endpoint("a.example", 1, Verdict.INCOMPLETE)
    )


def test_what_ends_next_is_told_once_for_all_targets_and_never_what_has_ended(results, render):
    def at(result, days, sha256):
        leaf, issuer = result.certificates
        ends = result.clock + timedelta(days=days)
        return replace(result, certificates=(replace(leaf, not_after=ends, sha256=sha256), replace(issuer, sha256="i")))

    text = render("text", at(results[0], 3, "a"), at(results[1], -3, "b"))
    assert text.partition("Next to expire\n")[2].splitlines() == [
        "2026-06-18: leaf CN=api.example, api.example:443",
        "2026-08-14: issuer 1 CN=Issuing CA 1, api.example:443 and 1 more target",
    ]


def test_the_soonest_of_very_many_certificates_are_told(results, render):
    def made(n):
        leaf, _ = results[0].certificates
        ends = results[0].clock + timedelta(hours=n)
        return replace(results[0], certificates=(replace(leaf, not_after=ends, sha256=str(n), subject=f"CN=n{n}"),))

    text = render("text", *(made(n) for n in range(2_500, 0, -1)))
    ends = text.partition("Next to expire\n")[2].splitlines()
    assert [line.split(",")[0].split("=")[1] for line in ends] == ["n1", "n2", "n3", "n4", "n5"]


def test_hostile_text_is_neither_markup_nor_mention_in_slack(hostile, render):
    text = slack(render("slack", replace(hostile, target=replace(hostile.target, id="<!channel> `x` *b* &amp;"))))
    assert "<" not in text
    assert r"`&lt;!channel&gt; \x60x\x60 *b* &amp;amp;`" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_hostile_text_is_printable_and_on_one_line(hostile, render):
    text = render("text", hostile)
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.splitlines()) == 9
