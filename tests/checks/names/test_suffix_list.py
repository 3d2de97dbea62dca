"""Names compared with the Public Suffix List."""

import subprocess
import sys
from pathlib import Path

from certgate.checks.names import suffix_list
from certgate.checks.names.suffix_list import edition


def test_the_list_is_read_as_the_library_for_it_reads_it():
    from publicsuffixlist import PublicSuffixList

    text = (Path(suffix_list.__file__).parent / "public_suffix_list.dat").read_text()
    library = PublicSuffixList(text.splitlines(), only_icann=True)
    rules = [line.lstrip("*!.") for line in text.splitlines() if line and not line.startswith("//")][::25]
    names = [f"{before}{rule.encode('idna').decode()}" for rule in rules for before in ("", "a.", "b.a.")]

    assert [n for n in names if suffix_list.is_public_suffix(n) is not library.is_public(n)] == []
    assert [n for n in names if not suffix_list.ends_registered(n)] == []


def test_the_list_keeps_its_licence_and_its_date():
    text = (Path(suffix_list.__file__).parent / "public_suffix_list.dat").read_text()

    assert "Mozilla Public" in text[:200]
    assert edition() in text[:800]
    assert text.rstrip().endswith("// ===END ICANN DOMAINS===")


def test_rules_without_the_list_do_not_read_it():
    script = (
        "import sys; from certgate.checks.framework.catalogue import all_checks; all_checks();"
        "from certgate.checks.names import suffix_list; sys.exit(suffix_list._read.cache_info().currsize)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
