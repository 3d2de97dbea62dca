"""The page about edges and origins: its example is read, and it names every rule."""

import re
from pathlib import Path

from certgate.checks.framework.catalogue import all_checks
from certgate.observe.tls.client_probes.stranger_visits import LONG_ENOUGH
from certgate.sources.config import load_config
from certgate.sources.context import Defaults

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "origin.md").read_text()


def test_the_example_works_as_written(tmp_path):
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL).group(1)
    (tmp_path / "certgate.yaml").write_text(example)

    compared, closed = (one.target(Defaults()).origin for one in load_config(tmp_path / "certgate.yaml").targets)

    assert (compared.port, compared.is_compared, compared.closed) == (443, True, False)
    assert (closed.is_compared, closed.closed) == (False, True)


def test_it_names_every_rule_of_the_family_and_the_time_that_counts():
    assert set(re.findall(r"^\| \[(edge\.[a-z-]+)\]", PAGE, re.MULTILINE)) == {
        rule for rule in all_checks() if rule.startswith("edge.")
    }
    assert f"not answered for {LONG_ENOUGH:g} seconds" in PAGE
