"""The page about what servers accept says what the policies hold."""

from pathlib import Path

from certgate.policy.packs import load_policy, pack_names

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "accepted.md"
ASKING = {
    "tls.accepts-version", "tls.accepts-cipher", "tls.accepts-group", "pq.group-offered", "pq.group-preferred",
    "pq.draft-group", "pq.classical-fallback",
}  # fmt: skip


def test_the_table_of_policies_is_that_of_the_packs():
    lines = PAGE.read_text().partition("## Which policy asks what")[2].strip().splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    (_, *columns), _, *rows = table
    said = {
        (pack, rule, severity)
        for rule, *cells in rows
        for column, severity in zip(columns, cells, strict=True)
        for pack in column.split(", ")
        if severity
    }

    assert {row[0] for row in rows} == ASKING
    assert said == {
        (pack, rule.id, rule.severity.value)
        for pack in pack_names()
        for rule in load_policy(pack).rules
        if rule.id in ASKING
    }
