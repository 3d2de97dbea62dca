"""The report to open in a browser, as a tree."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from certgate.model.finding import Outcome, Severity
from certgate.model.observation import HandshakeFacts
from certgate.model.verdict import (
    Notice,
    NotObserved,
    PathState,
    TrustMatrixRow,
    Verdict,
)
from certgate.reports.web.html_report import HtmlReport
from tests.reports.web.reading import one, rows, section, target, text


def test_the_page_is_as_it_was(results, render, same_as_golden):
    written = render("html", *results)

    without_assets = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1\3", written, flags=re.DOTALL)
    same_as_golden("report.html", re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-…", without_assets))


def test_it_says_the_verdict_the_reason_and_the_exit_code_first(results, page):
    head = one(page(*results), "//main/div[1]")

    assert text(head).startswith("✗ Violated 6 errors, 2 warnings, 1 info, 3 not checked. Exit code 1.")
    assert [text(item) for item in head.xpath(".//li")] == ["3 violated", "1 incomplete", "0 excused", "2 compliant"]


def test_targets_that_only_exceptions_make_compliant_are_excused(endpoint, finding, page):
    known = endpoint("a.example", 1, Verdict.COMPLIANT, finding("key.rsa-min", Outcome.FAIL, "short", known=True))

    tree = page(replace(known, is_excused=True))

    assert "1 excused" in text(one(tree, "//main/div[1]"))
    assert rows(tree)[0].get("data-state") == "excused"
    assert "1 known" in text(rows(tree)[0])
    assert "Known: listed in the baseline." in text(target(tree, "a.example:443"))
    assert "known key.rsa-min 1 target" in text(section(tree, "problems"))


def test_the_worst_targets_are_first_in_the_table(results, page):
    states = [row.get("data-state") for row in rows(page(*results))]

    assert states == ["violated", "violated", "violated", "incomplete", "compliant", "compliant"]


def test_a_compliant_target_with_a_warning_shows_it(results, page):
    row = one(page(*results), "//tr[contains(th, 'shop.example:443')]")

    assert row.get("data-state") == "compliant"
    assert "1 warning, 1 info" in text(row)


def test_every_finding_says_why_and_how_to_fix_it(results, page, rules):
    shown = target(page(*results), "db.internal.example:8443").xpath(".//ul[@class='findings']/li")

    assert len(shown) == 6
    for item in shown:
        words = [text(word) for word in item.xpath(".//b[@class='word']")]
        assert words == ["Why", "Fix"]
    assert f"Why {rules['chain.complete'].why}" in text(shown[0])
    assert "bits 1024" in text(shown[1])


def test_an_answer_that_nobody_requires_is_told_apart(endpoint, finding, page):
    optional = finding("rev.status", Outcome.NOT_CHECKED, "no staple", "staple", required=False)

    tree = page(endpoint("a.example", 1, Verdict.COMPLIANT, optional))

    assert "1 not checked (not required)" in text(rows(tree)[0])
    assert "the policy does not require an answer." in text(target(tree, "a.example"))


def test_a_target_of_which_nothing_is_known_says_so(endpoint, page):
    tree = page(endpoint("a.example", 1, Verdict.INCOMPLETE))

    assert rows(tree)[0].get("data-state") == "incomplete"
    assert "no rule passed or failed" in text(rows(tree)[0])
    assert "what is unknown is never a pass" in text(target(tree, "a.example"))


def test_the_chain_is_a_list_from_the_leaf_on_with_what_is_wrong_at_its_place(results, page):
    chain = one(target(page(*results), "db.internal.example"), ".//ol[contains(@class, 'chain')]")

    places = [text(item) for item in chain.xpath("./li")]
    assert [place.split(" CN=")[0] for place in places[:2]] == ["leaf", "issuer 1"]
    assert "60 days left" in places[0]
    assert "key.rsa-min" in places[0]
    assert "key.rsa-min" not in places[1]
    assert places[2] == "path error chain.complete"


def test_servers_with_the_same_certificates_show_the_same_chain(many, page):
    tree = page(*many(2))

    first, second = (one(target(tree, f"h{n}.example"), ".//ol[@class='chain']") for n in (1, 2))
    assert "leaf CN=x" in text(first)
    assert text(second) == text(first)


def test_what_is_wrong_with_a_certificate_is_not_shown_at_others_that_have_it(many, finding, page):
    found = [("validity.expired",), (), ("key.rsa-min", "validity.expired"), ("key.rsa-min",)]
    made = [
        replace(result, findings=tuple(finding(rule, Outcome.FAIL, "wrong") for rule in rules))
        for result, rules in zip(many(4, Verdict.VIOLATED), found, strict=True)
    ]

    tree = page(*made)

    leaves = [text(one(target(tree, f"h{n}.example"), ".//ol[@class='chain']/li[1]")) for n in (1, 2, 3, 4)]
    assert [tuple(rule for rule in ("key.rsa-min", "validity.expired") if rule in leaf) for leaf in leaves] == found


def test_chains_of_different_addresses_are_drawn_apart(endpoint, certificate, page):
    made = endpoint("a.example", 1, Verdict.COMPLIANT)
    certificates = tuple(certificate("leaf", f"CN=of {at}", vantage=at) for at in ("192.0.2.1:443", "192.0.2.2:443"))

    shown = target(page(replace(made, certificates=certificates)), "a.example")

    titles = [text(title) for title in shown.xpath(".//h4") if "chain" in text(title)]
    assert titles == ["Certificate chain at 192.0.2.1:443", "Certificate chain at 192.0.2.2:443"]


def test_certificates_that_are_not_on_the_path_are_listed_below_it(endpoint, certificate, page):
    made = endpoint("a.example", 1, Verdict.COMPLIANT)
    more = (*made.certificates, certificate("sent 3", "CN=Stray"))

    shown = target(page(replace(made, certificates=more)), "a.example")

    assert text(one(shown, ".//ol[@class='chain others']/li")).startswith("sent 3 CN=Stray")


def test_the_chain_of_an_origin_is_drawn_apart_without_what_is_wrong_with_the_edges(
    endpoint, certificate, finding, page
):
    made = endpoint("a.example", 1, Verdict.VIOLATED, finding("chain.complete", Outcome.FAIL, subject="path"))
    behind = [certificate(f"origin {label}", "CN=o", vantage="192.0.2.7:443") for label in ("leaf", "sent 2")]

    shown = target(page(replace(made, certificates=(*made.certificates, *behind))), "a.example")

    edge, origin = shown.xpath(".//ol[@class='chain']")
    assert "path error chain.complete" in text(edge)
    assert text(origin).startswith("origin leaf CN=o")
    assert "chain.complete" not in text(origin)
    assert text(one(shown, ".//ol[@class='chain others']/li")).startswith("origin sent 2 CN=o")


def test_a_target_shows_its_labels_its_place_and_what_was_negotiated(results, page):
    facts = text(one(target(page(*results), "api.example"), ".//dl[@class='facts']"))

    assert "Labels tier=edge" in facts
    assert "Declared in certgate.yaml:6:5" in facts
    assert "Handshake TLSv1.3, TLS_AES_256_GCM_SHA384, X25519MLKEM768, h2" in facts


def test_the_handshake_of_a_probe_is_not_shown(endpoint, page):
    made = endpoint("a.example", 1, Verdict.COMPLIANT)
    (seen,) = made.observations
    probe = replace(seen, vantage=replace(seen.vantage, probe="no-sni"), handshake=HandshakeFacts("TLSv1.2", "WEAK"))

    assert "WEAK" not in text(page(replace(made, observations=(seen, probe))))


def test_addresses_that_were_not_visited_are_told(endpoint, page):
    made = endpoint("a.example", 1, Verdict.COMPLIANT)
    (seen,) = made.observations

    tree = page(replace(made, observations=(replace(seen, unvisited=("192.0.2.8:443", "192.0.2.9:443")),)))

    assert "2 addresses not visited" in text(rows(tree)[0])
    assert "Not visited 192.0.2.8:443, 192.0.2.9:443" in text(target(tree, "a.example"))


def test_the_trust_matrix_is_a_table_of_the_target(endpoint, page):
    row = TrustMatrixRow("mozilla", PathState.FAILS, "no path")
    made = replace(endpoint("a.example", 1, Verdict.COMPLIANT), matrix=(row,))

    assert "mozilla fails no path" in text(target(page(made), "a.example"))


def test_verbose_lists_every_answer(results, page):
    shown = target(page(*results, verbose=True), "api.example")

    assert "pass validity.expired leaf" in text(one(shown, ".//details[@class='outcomes']"))


def test_what_is_wrong_is_explained_once_for_each_rule_with_links_to_its_targets(results, page):
    tree = page(*results)
    group = one(
        section(tree, "problems"), ".//details[contains(., 'db.internal.example') and summary/h3='key.rsa-min']"
    )

    assert "RSA keys are long enough" in text(group)
    assert "RSA 1024 is below 2048 bits" in text(group)
    (href,) = group.xpath(".//a/@href")
    assert text(one(tree, f"//*[@id='{href[1:]}']/..")).startswith("db.internal.example:8443")


def test_every_link_leads_to_a_place_on_the_page(results, page):
    tree = page(*results)

    links = set(tree.xpath("//a/@href"))
    assert {link for link in links if not tree.xpath(f"//*[@id='{link[1:]}']")} == set()


def test_the_calendar_counts_targets_by_day(results, page):
    tree = section(page(*results), "expiry")
    months = [month.get("aria-label") for month in tree.xpath(".//svg[@class='month']")]

    assert len(months) == 12
    assert months[0] == "June 2026: nothing expires"
    assert months[2] == "August 2026: 14 August: 5 targets have a certificate that expires. "
    assert "Of 1 target no expiry date is known" in text(tree)


def test_certificates_that_expire_next_are_listed_with_their_targets(results, page):
    table = one(section(page(*results), "expiry"), ".//table")

    assert "2026-08-14 60 days left" in text(table)
    assert "api.example:443, shop.example:443, db.internal.example:8443 and 2 more" in text(table)


def test_an_expired_certificate_is_counted_and_is_not_next_to_expire(endpoint, certificate, page):
    made = endpoint("a.example", 1, Verdict.VIOLATED)
    old = certificate("leaf", "CN=old", not_after=made.clock - timedelta(days=12))

    tree = page(replace(made, certificates=(old,)))

    assert "1 target has an expired certificate." in text(section(tree, "expiry"))
    assert not section(tree, "expiry").xpath(".//table")
    assert "expired 12 days ago" in text(rows(tree)[0])


def test_what_limits_the_run_is_said(results, page, header):
    head = header(
        only=("label.team=shop",), not_observed=NotObserved(2, ("a.example",), "certgate.yaml"), left_out=("ct.scts",)
    )

    tree = page(*results, header=head)

    assert "Only a part of the declared targets was checked: label.team=shop." in text(tree)
    assert "2 targets of certgate.yaml need a connection and are not observed" in text(tree)
    assert "Rules left out ct.scts" in text(section(tree, "run"))


def test_a_run_that_is_not_whole_says_so(results, page, summary):
    end = summary(results[0], verdict=Verdict.INCOMPLETE, missing=2, missing_ids=("b.example:443",), interrupted=True)

    head = text(page(results[0], summary=end))

    assert "? Incomplete" in head
    assert "The run is not complete." in head
    assert "b.example:443" in head


def test_notices_are_listed(results, page, summary):
    end = summary(*results, notices=(Notice("waiver.unused", "it excuses nothing"),))

    assert "waiver.unused it excuses nothing" in text(section(page(*results, summary=end), "run"))


def test_beyond_the_limit_it_says_what_it_leaves_out(many, page, monkeypatch):
    monkeypatch.setattr(HtmlReport, "most_targets", 3)
    bad = many(2, Verdict.VIOLATED)
    good = [replace(r, target=replace(r.target, id=f"good-{r.target.id}")) for r in many(4)]

    tree = page(*good, *bad)

    assert [row.get("data-state") for row in rows(tree)] == ["violated", "violated", "compliant"]
    assert "It leaves out 3 compliant." in text(section(tree, "targets"))
    assert "4 compliant" in text(one(tree, "//main/div[1]"))


def test_a_large_page_shows_targets_without_findings_in_brief(many, page, header, endpoint, finding):
    bad = endpoint("bad.example", 99, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, "short"))

    tree = page(*many(20), bad, header=header(targets=5_000))

    brief, full = target(tree, "h7.example"), target(tree, "bad.example")
    assert len(list(brief.iter())) < 15
    assert "CN=x" in text(brief)
    assert "SHA-256 abab" in text(brief)
    assert "Why short keys can be factored" in text(full)


def test_the_style_and_the_script_are_allowed_by_their_hashes_and_nothing_else_is(results, render):
    written = render("html", *results)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', written)[1].replace("&#39;", "'")

    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", written, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy


def test_nothing_is_loaded_and_no_element_has_a_style_or_a_handler(results, page):
    tree = page(*results)

    attributes = {name for element in tree.iter() for name in element.attrib}
    assert "style" not in attributes
    assert not {name for name in attributes if name.startswith("on")}
    assert not tree.xpath("//img | //iframe | //object | //link[@rel='stylesheet'] | //script[@src]")
    assert {link.split(":")[0] for link in tree.xpath("//link/@href")} == {"data"}


def test_hostile_text_makes_no_element_and_no_attribute(hostile, page, endpoint):
    harmless = page(endpoint("evil.example", 6, Verdict.VIOLATED))
    tree = page(hostile)

    names = {element.tag for element in tree.iter()}
    assert len(tree.xpath("//script")) == 1
    assert not tree.xpath("//a[not(starts-with(@href, '#'))]")
    assert "<script>alert(1)</script>" in text(tree)
    assert r"\x1b[31mred" in text(tree)
    assert names - {element.tag for element in harmless.iter()} <= {
        "code",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "div",
        "b",
        "g",
    }


def test_a_target_that_is_known_not_to_answer_stays_incomplete_and_says_so(results, page, summary):
    away = results[3]
    known = replace(away.findings[0], known=True, accepted_until=date(2026, 12, 31))
    away = replace(away, findings=(known,), is_unreachable=True)

    tree = page(results[0], away, summary=summary(results[0], away, known_unreachable=1))

    assert rows(tree)[0].get("data-state") == "incomplete"
    assert "1 known not to answer, accepted" in text(rows(tree)[0])
    assert "accepted until 2026-12-31" in text(target(tree, "mail.example"))
    assert "1 incomplete, 1 known" in text(one(tree, "//main/div[1]"))


def test_a_large_page_with_many_findings_shows_later_ones_in_brief_with_why_and_fix(
    many, page, header, finding, monkeypatch
):
    monkeypatch.setattr("certgate.reports.web.html_report._MOST_IN_FULL", 3)
    short = finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits", evidence={"bits": "1024"})

    tree = page(*many(4, Verdict.VIOLATED, short), header=header(targets=4))

    full, brief = target(tree, "h3.example"), target(tree, "h4.example")
    assert full.xpath(".//dl[@class='facts']")
    assert not brief.xpath(".//dl")
    said = "error key.rsa-min leaf CN=x: RSA 1024 is below 2048 bits. Why short keys can be factored Fix make a new key"
    assert said in text(brief)
    assert "bits = 1024" in text(brief)


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.INFO])
def test_a_failure_below_the_threshold_does_not_count_as_an_error(endpoint, finding, page, severity):
    low = finding("ocsp.fresh", Outcome.FAIL, "stale", "staple", severity=severity)

    tree = page(endpoint("a.example", 1, Verdict.COMPLIANT, low))

    assert text(one(tree, "//h1")) == "✓ Compliant"
    assert f"1 {severity}" in text(rows(tree)[0])
