"""The report for people, with more targets than anybody reads one by one."""

import gc
import io
import re
import weakref
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.verdict import PathState, TrustMatrixRow, Verdict
from certgate.model.waiver import Waiver
from certgate.reports.interface import ReportOptions
from certgate.reports.quiet import QuietReport
from certgate.reports.terminal import TerminalReport

CLOCK = datetime(2026, 6, 15, 12, tzinfo=UTC)
AWAY = (
    (FailureKind.TIMED_OUT, "no answer to connect within 10 s", 9),
    (FailureKind.REFUSED, "connection refused", 2),
    (FailureKind.NAME_NOT_RESOLVED, "the name does not exist", 3),
    (FailureKind.NOT_TLS, "the answer is not TLS: 0x48545450", 1),
    (FailureKind.ALERT, "alert 40, handshake failure", 1),
)
WAIVER = Waiver(rule="key.rsa-min", target="*", reason="old tills", owner="tills", expires=date(2027, 4, 30))


@pytest.fixture
def estate(endpoint, finding):
    """800 hosts; the first ones have 20 faults: 12 violations, 5 kinds of failure, 3 that fail nothing."""

    def bad(rule, message, subject="leaf", **more):
        return finding(rule, Outcome.FAIL, message, subject, **more)

    def faults():
        for name, number in (("Corp Root", 14), ("Old Root", 2), ("Lab Root", 1)):
            told = f"the path ends at CN=Issuing CA 1, whose issuer CN={name} was neither sent nor is it trusted"
            yield number, lambda _, told=told: bad("chain.complete", told, "path", key=told)
        yield 6, lambda n: bad("key.rsa-min", f"RSA {1024 + 8 * n % 3} is below 2048 bits")
        yield 1, lambda _: bad("key.rsa-min", "EC 160 is below 2048 bits")
        yield 2, lambda n: bad("name.dns-syntax", f'the name "_h{n}.example" has an underscore', key=f"_h{n}.example")
        yield 1, lambda _: bad("name.dns-syntax", "an empty label")
        yield 7, lambda n: bad("validity.expired", f"expired {n} days ago, on 2026-06-{n % 20 + 1:02} 11:59:59 UTC")
        yield 4, lambda _: bad("validity.expired", "expired 12 days ago", "issuer 1")
        yield 1, lambda _: bad("rev.status", "revoked on 2026-06-01: keyCompromise", "leaf")
        yield 1, lambda _: finding("rev.status", Outcome.CRASHED, "KeyError: 'x'", "leaf")
        yield 2, lambda _: finding("rev.status", Outcome.NOT_CHECKED, "no staple was sent", "staple")
        stale = Severity.WARNING
        yield 30, lambda n: bad("ocsp.fresh", f"nextUpdate was {n} hours ago", "staple", severity=stale)
        yield 1, lambda _: bad("chain.root-sent", "376 bytes", "presented chain", severity=Severity.INFO)
        yield 5, lambda _: replace(bad("key.rsa-min", "RSA 1024 is below 2048 bits"), waiver=WAIVER)

    def build():
        n = 0
        for number, make in faults():
            for _ in range(number):
                n += 1
                found = make(n)
                fails, unknown = found.violates(Severity.ERROR), found.not_checked
                verdict = Verdict.VIOLATED if fails else Verdict.INCOMPLETE if unknown else Verdict.COMPLIANT
                yield endpoint(f"h{n}.shop.example", n, verdict, finding("chain.complete", subject="path"), found)
        for kind, detail, number in AWAY:
            for _ in range(number):
                n += 1
                yield unreachable(n, kind, detail)
        for left in range(n + 1, 801):
            yield endpoint(f"h{left}.shop.example", left, Verdict.COMPLIANT, finding("key.rsa-min"))

    def unreachable(n, kind, detail):
        told = finding("target.observed", Outcome.NOT_CHECKED, f"{kind}: {detail}", "target")
        made = endpoint(f"h{n}.shop.example", n, Verdict.INCOMPLETE, told, certificates=())
        (seen,) = made.observations
        return replace(made, observations=(replace(seen, failure=Failure(kind, Phase.CONNECT, detail)),))

    return tuple(_ends(result) for result in build())


def _ends(result):
    end = CLOCK + timedelta(days=100 + result.target.ordinal * 7 % 11)
    team = ("pay", "shop", "web")[result.target.ordinal % 3]
    target = replace(result.target, labels={"team": team} if result.target.ordinal % 50 else {})
    return replace(result, target=target, certificates=tuple(replace(c, not_after=end) for c in result.certificates))


@pytest.fixture
def many(render, header, summary):
    """The report of a run that declared as many targets as it has."""

    def run(*results, **options):
        end = replace(summary(*results), waived=sum(f.waiver is not None for r in results for f in r.findings))
        return render("terminal", *results, header=header(targets=len(results)), summary=end, **options)

    return run


def test_800_hosts_with_20_faults_take_fewer_than_100_lines(estate, many, same_as_golden):
    text = many(*estate)
    assert len(text.splitlines()) < 100
    assert max(map(len, text.splitlines())) <= 80
    same_as_golden("terminal-groups.txt", text)


def test_no_fault_is_lost(estate, many):
    text = many(*estate)
    words = " ".join(text.split())
    for told in (
        "issuer CN=Corp Root was", "issuer CN=Old Root was", "issuer CN=Lab Root was", "RSA 1024 is", "EC 160 is",
        "an underscore", "an empty label", "days ago, on 2026", "issuer 1 CN=Issuing CA 1: expired", "revoked on",
        "KeyError: 'x'", "no staple was sent", "nextUpdate was", "376 bytes", "waived key.rsa-min 5",
    ):  # fmt: skip
        assert words.count(told) == 1, told
    for kind, detail, _ in AWAY:
        assert f"{kind}: {detail}" in words
    assert text.count("  Why: ") == len(
        re.findall(r"^[✗?!i] (?:error|crashed|not checked|warning|info)  ", text, re.MULTILINE)
    )


_DEFECTS = {
    "bc.leaf": "basicConstraints says CA:TRUE",
    "chain.complete": "the chain stops at CN=db-042.acme.example, issued by CN=Acme Issuing CA 1, which was neither sent "
    "nor is trusted: send the intermediate, or trust CN=Acme Issuing CA 1",
    "chain.depth": "3 intermediates, at most 2 allowed",
    "chain.extraneous": "certificate 3 (Old Issuing) does not belong to the leaf's chain",
    "chain.leaf-first": "the first certificate is not the leaf: it issued certificate 2 (mail-315.acme.example)",
    "chain.root-sent": "certificate 3 (Acme Corp Root CA) is a trusted root, which wastes 381 bytes",
    "eku.server-auth": "extendedKeyUsage lacks serverAuth, it has clientAuth",
    "key.rsa-min": "RSA key of 1024 bits, at least 2048 required",
    "ku.handshake": "keyUsage has no bit that a server uses in TLS",
    "ku.tls13-signature": "the leaf's keyUsage lacks digitalSignature",
    "name.cn-in-san": "the common name y.example is not in the subjectAltName",
    "name.dns-syntax": "_x.acme.example has an underscore",
    "name.host-match": "no name matches mail-035.acme.example; found old-35.acme.example",
    "name.wildcard-form": "*.*.acme.example has more than one asterisk",
    "sig.sha1": "signed with SHA-1",
    "target.observed": "timed-out: 10.0.9.126:443 did not answer the attempt to connect for 5.0 s; another try at the end "
    "of the run failed, too",
    "trust.anchor": "no path to a trusted root: the chain stops at CN=a, which is self-signed and not trusted",
    "validity.expired": "expired 12 days ago (2026-06-03)",
    "validity.max-lifetime": "valid for 900 days, at most 825 allowed",
    "validity.not-yet-valid": "is not valid until 2026-06-18, in 2 days",
}


def test_20_rules_take_fewer_than_100_lines_of_80_columns_with_what_they_say_in_fact(
    endpoint, finding, header, summary, render
):
    rules = {id: all_checks()[id].doc for id in _DEFECTS}
    made = [
        endpoint(f"mail-{n:03}.acme.example", n, Verdict.VIOLATED, finding(rule, Outcome.FAIL, message))
        for n, (rule, message) in enumerate(_DEFECTS.items())
    ]
    made += [endpoint(f"h{n}.acme.example", n, Verdict.COMPLIANT, finding("key.rsa-min")) for n in range(20, 800)]
    head = header(rules=rules, targets=800)
    text = render("terminal", *made, header=head, summary=summary(*made))
    words = " ".join(text.split())
    assert len(text.splitlines()) < 100
    for n, (rule, message) in enumerate(_DEFECTS.items()):
        assert f"error {rule} mail-{n:03}.acme.example:443: {message} " in words
        assert rules[rule].fix in words
    assert "Why: " not in text
    assert "certgate explain RULE says why a rule matters" in text
    fewer = render("terminal", *made[:15], header=header(rules=rules, targets=800), summary=summary(*made[:15]))
    assert fewer.count("Why: ") == 15
    assert len(fewer.splitlines()) < 100


def test_a_consequence_stands_after_other_missing_answers_without_advice_of_its_own(endpoint, finding, many):
    evidence = {"depends_on": "chain.complete"}
    told = finding("key.rsa-min", Outcome.NOT_CHECKED, "depends on chain.complete", evidence=evidence)
    other = finding("rev.status", Outcome.NOT_CHECKED, "no staple was sent", "staple")
    made = [endpoint(f"h{n}.example", n, Verdict.INCOMPLETE, told, *[other] * (n == 1)) for n in range(1, 3)]
    text = many(*made, group_by="rule")
    names = "  h1.example:443 and h2.example:443\n"
    assert f"not checked  key.rsa-min  2 targets: depends on chain.complete\n{names}\n" in text
    assert text.index("not checked  rev.status") < text.index("not checked  key.rsa-min")


def test_what_has_ended_is_not_among_what_ends_first(endpoint, finding, many):
    old, new = (endpoint(f"h{n}.example", n, Verdict.COMPLIANT, finding("key.rsa-min")) for n in range(2))
    ended = replace(old, certificates=tuple(replace(c, not_after=CLOCK - timedelta(1)) for c in old.certificates))
    assert "2 compliant targets; the first to end: h1.example:443 on " in many(ended, new, group_by="rule")


@pytest.mark.parametrize(("number", "options", "is_grouped"), [
    (20, {}, False), (21, {}, True), (21, {"full": True}, False), (21, {"verbose": True}, False),
    (2, {"group_by": "rule"}, True), (2, {"group_by": "rule", "verbose": True}, True),
])  # fmt: skip
def test_more_than_20_targets_are_grouped_unless_all_are_asked_for(estate, many, number, options, is_grouped):
    text = many(*estate[:number], **options)
    assert ("Targets by rule:\n" in text) is is_grouped
    assert ("✗ h2.shop.example:443  violated  1 error\n" in text) is not is_grouped


def test_causes_of_one_target_and_of_many_are_told_with_the_names_of_five(endpoint, finding, many):
    def expired(n):
        return endpoint(f"h{n}.example", n, Verdict.VIOLATED, finding("validity.expired", Outcome.FAIL, "expired"))

    assert "\n✗ error  validity.expired  h1.example:443: expired\n  Why: " in many(expired(1), group_by="rule")
    two = many(*map(expired, (1, 2)), group_by="rule")
    assert "\n✗ error  validity.expired  2 targets: expired\n  h1.example:443 and h2.example:443\n  Why: " in two
    words = " ".join(many(*map(expired, range(1, 18)), group_by="rule").split())
    assert "h4.example:443, h5.example:443 and 12 more Why: " in words


def test_several_problems_of_one_target_are_counted(endpoint, finding, many):
    bad = [finding("name.dns-syntax", Outcome.FAIL, f'"_{n}" is bad', key=n) for n in "ab"]
    text = many(endpoint("a.example", 1, Verdict.VIOLATED, *bad), group_by="rule")
    assert 'error  name.dns-syntax  a.example:443: 2 problems, for example: "_a" is bad\n' in text


def test_evidence_is_shown_where_the_fix_names_it(endpoint, finding, header, rules, render):
    fetched = replace(rules["chain.complete"], fix="append the intermediate from the `ca_issuers` URL")
    head = header(rules={**rules, "chain.complete": fetched})
    evidence = {"ca_issuers": "http://pki.example/ca.der", "other": "x", "ca_issuers`": ""}
    made = [
        endpoint(f"h{n}.example", n, Verdict.VIOLATED, finding("chain.complete", Outcome.FAIL, "no", evidence=evidence))
        for n in range(2)
    ]
    text = render("terminal", *made, header=head, group_by="rule")
    told = "2 targets: no\n  ca_issuers = http://pki.example/ca.der\n  h0.example:443 and h1.example:443\n"
    assert f"error  chain.complete  {told}" in text


def test_names_and_numbers_of_the_targets_make_no_causes_of_their_own(endpoint, finding, many):
    def named(n):
        told = f"h{n}.example is not among CN=h{n}.example, {n} days, {'ab' * n + 'c' * 32}"
        return endpoint(f"h{n}.example", n, Verdict.VIOLATED, finding("name.dns-syntax", Outcome.FAIL, told))

    text = many(*(named(n) for n in range(1, 4)), group_by="rule")
    assert text.count("is not among") == 1
    assert "3 targets, for example: h1.example is not among" in " ".join(text.split())


def test_another_issuer_is_another_cause_though_only_a_number_differs(endpoint, finding, many):
    def ends(n):
        made = endpoint(f"h{n}.example", n, Verdict.VIOLATED, *found)
        leaf, issuer = made.certificates
        return replace(made, certificates=(leaf, replace(issuer, subject=f"CN=R{10 + n % 2}")))

    found = [finding("validity.expired", Outcome.FAIL, "expired 3 days ago", "issuer 1")]
    text = many(*map(ends, range(4)), group_by="rule")
    assert "  2 targets: issuer 1 CN=R10: expired 3 days ago\n" in text
    assert "  2 targets: issuer 1 CN=R11: expired 3 days ago\n" in text
    found = [finding("chain.complete", Outcome.FAIL, "the issuer CN=Root 1 was not sent", "path")]
    other = [finding("chain.complete", Outcome.FAIL, "the issuer CN=Root 2 was not sent", "path")]
    text = many(ends(0), endpoint("b.example", 1, Verdict.VIOLATED, *other), group_by="rule")
    assert text.count("was not sent") == 2


def test_very_many_causes_are_counted_together(endpoint, finding, many):
    words = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(70)]
    made = [
        endpoint(f"h{n}.example", n, Verdict.VIOLATED, finding("name.dns-syntax", Outcome.FAIL, f"cause {word}"))
        for n, word in enumerate(words)
    ]
    text = many(*made)
    assert "cause bx" in text
    assert "  20 targets: other causes\n    h50.example:443" in text
    assert "error  name.dns-syntax  70 targets" in text


def test_a_label_makes_sections_the_worst_first_and_explains_each_rule_once(estate, many):
    text = many(*estate[:22], *estate[-10:], group_by="label.team")
    assert re.findall(r"^(label.*|without.*)$", text, re.MULTILINE) == [
        "label.team=shop  11 targets: 3 compliant, 8 violated",
        "label.team=pay  10 targets: 3 compliant, 7 violated",
        "label.team=web  10 targets: 3 compliant, 7 violated",
        "without label.team  1 target: 1 compliant",
    ]
    assert text.count("Fix: make a new key") == 1
    assert text.count("  ✗ error  key.rsa-min") == 3


def test_issuers_make_sections(estate, many):
    ours, theirs = estate[0], estate[1]
    leaf, *others = theirs.certificates
    theirs = replace(theirs, certificates=(replace(leaf, issuer="CN=\x1b[31mOther"), *others))
    text = many(ours, theirs, estate[-1], replace(ours, certificates=()), group_by="issuer")
    assert re.findall(r"^(issuer .*|without.*)$", text, re.MULTILINE) == [
        r"issuer CN=\x1b[31mOther  1 target: 1 violated",
        "issuer CN=Issuing CA 1  2 targets: 1 compliant, 1 violated",
        "without an issuer  1 target: 1 violated",
    ]


def test_values_beyond_a_hundred_share_a_section(endpoint, finding, many):
    def labelled(n):
        made = endpoint(f"h{n}.example", n, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, "short"))
        return replace(made, target=replace(made.target, labels={"host": f"h{n}"}))

    text = many(*map(labelled, range(130)), group_by="label.host")
    assert "all others  30 targets: 30 violated\n  ✗ error  key.rsa-min  30 targets" in text


def test_grouped_by_target_each_that_is_not_compliant_has_a_block(estate, many):
    text = many(*estate[:2], estate[-1], group_by="target")
    assert text.count("  violated  1 error\n  certgate.yaml:") == 2
    assert "✓ 1 compliant target; the first to end: h800.shop.example:443 on " in text
    assert "Targets by rule" not in text


def test_hostile_text_is_escaped_in_groups_and_every_line_fits(results, many):
    for by in ("rule", "issuer", "label.tier", "target"):
        for width in (40, 80, 120):
            text = many(*results, width=width, group_by=by)
            assert max(len(line) for line in text.splitlines()) <= width
            assert text.replace("\n", "").isprintable()
            assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def test_colour_changes_nothing_but_colour(results, many):
    plain = many(*results, group_by="rule")
    coloured = many(*results, group_by="rule", colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_the_trust_matrix_and_addresses_not_visited_are_counted(endpoint, finding, many):
    rows = (TrustMatrixRow("mozilla", PathState.HOLDS), TrustMatrixRow("old.pem", PathState.FAILS, "no path"))
    made = replace(endpoint("a.example", 1, Verdict.COMPLIANT, finding("key.rsa-min")), matrix=rows)
    made = replace(made, observations=(replace(made.observations[0], unvisited=("192.0.2.8:443",)),))
    lines = many(made, made, group_by="rule").splitlines()
    assert "with mozilla: holds for 2, fails for 0, not-checked for 0" in lines
    assert "with old.pem: holds for 0, fails for 2, not-checked for 0" in lines
    assert "2 targets have addresses that were not visited" in lines


def test_targets_of_which_nothing_is_known_are_a_group(endpoint, finding, many):
    made = endpoint("a.example", 1, Verdict.INCOMPLETE, finding("key.rsa-min", Outcome.NOT_EFFECTIVE))
    assert "not checked  no rule passed or failed  2 targets: nothing is known about the" in many(
        made, made, group_by="rule"
    )


def test_answers_that_are_not_required_stay_a_line_for_all_targets(endpoint, finding, many):
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "nothing was stapled", "staple", required=False)
    made = [endpoint(f"h{n}.example", n, Verdict.COMPLIANT, unknown) for n in range(30)]
    assert "not checked  rev.status for 30 targets: nothing was stapled\n" in many(*made)


def test_results_are_neither_written_nor_kept_before_the_end(estate, header, summary):
    sink = io.StringIO()
    report = TerminalReport(sink, ReportOptions())
    report.begin(header(targets=len(estate)))
    begun = sink.getvalue()
    made = [replace(result) for result in estate[:100]]
    kept = [weakref.ref(result) for result in made]
    for result in made:
        report.add(result)
    del result, made
    gc.collect()
    assert not [ref for ref in kept if ref()]
    assert sink.getvalue() == begun


def test_quiet_names_no_compliant_target(estate, header, summary):
    sink = io.StringIO()
    report = QuietReport(sink, ReportOptions())
    report.begin(header(targets=len(estate)))
    for result in estate:
        report.add(result)
    report.end(summary(*estate))
    assert "compliant target" not in sink.getvalue()
    assert "error  chain.complete  17 targets" in sink.getvalue()
