"""The page about certgate.yaml: its example is read as it says, and it names every key."""

import re

import pytest

from certgate.sources.config import load_config
from certgate.sources.config_entries import ConfigFile, EndpointEntry, FileEntry, ManifestEntry
from certgate.sources.context import Defaults
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")


def test_the_example_is_read_as_the_page_says(tmp_path):
    example = re.search(r"<!-- tested: certgate.yaml -->\n```yaml\n(.*?)```", PAGE, re.DOTALL).group(1)
    (tmp_path / "certgate.yaml").write_text(example)
    config = load_config(tmp_path / "certgate.yaml")

    assert [(*t.address(Defaults()), t.server_name) for t in config.targets] == [
        ("api.corp.example", 443, None),
        ("10.0.3.7", 9443, "db.corp.example"),
    ]
    assert config.targets[1].terms.spiffe_ids == ("spiffe://corp.example/db",)


@pytest.mark.parametrize("kind", [ConfigFile, EndpointEntry, FileEntry, ManifestEntry])
def test_it_names_every_key(kind):
    assert [key for key in kind.model_fields if f"`{key}`" not in PAGE] == []
