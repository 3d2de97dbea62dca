"""The page on what is checked before a deployment says what is so."""

import re
from pathlib import Path

from certgate.checks.framework.catalogue import all_rules

PAGE = (Path(__file__).parent.parent / "docs/guides/pre-deploy.md").read_text()


def test_every_rule_that_the_page_names_exists():
    named = set(re.findall(r"`((?:key|request|expected|validity)\.[a-z-]+)`", PAGE))

    assert len(named) >= 7
    assert named - {"key.pem"} <= all_rules().keys()


def test_the_page_states_the_limits_that_there_are():
    from certgate.observe.files import unlock
    from certgate.observe.kubernetes import budget, documents, manifest
    from certgate.system import named_files as files

    assert f"{documents.MAX_MANIFEST_BYTES // 1024 // 1024} MiB, {budget.MAX_PARTS:,} keys and values" in PAGE
    assert (
        f"{manifest.MAX_ENTRIES:,} chains, and {budget.MAX_DEPTH} levels; it may take {budget.MAX_SECONDS:.0f} seconds"
        in PAGE
    )
    assert f"{unlock.MAX_SECONDS:.0f} seconds" in PAGE
    assert f"writes to within {files.WRITER_SECONDS:.0f} seconds" in PAGE
    assert f"end within {files.PIPE_SECONDS:.0f} seconds" in PAGE
