"""Links to other sites: a workflow follows them, and leaves out the names of examples alone."""

import re
import tomllib

import pytest

from tests.docs.pages import ROOT

PAGES = [*ROOT.glob("*.md"), *(path for folder in ("docs", "deploy") for path in (ROOT / folder).rglob("*.md"))]
LINKS = {link for page in PAGES for link in re.findall(r"\]\((\w+://[^)\s]+)\)", page.read_text(encoding="utf-8"))}
EXCLUDED = tomllib.loads((ROOT / ".github" / "lychee.toml").read_text())["exclude"]


@pytest.mark.parametrize(
    ("url", "is_excluded"),
    [
        ("https://api.example.com/x", True),
        ("https://wiki.acme.example/pki", True),
        ("https://10.1.0.7:8443/bundle", True),
        ("https://github.com/OWNER/certgate", True),
        ("https://cel.dev", False),
        ("https://examples.dev/example", False),
        ("https://github.com/example", False),
    ],
)
def test_the_workflow_leaves_out_names_of_examples_alone(url, is_excluded):
    assert any(re.search(pattern, url) for pattern in EXCLUDED) == is_excluded


def test_links_to_other_sites_are_https():
    assert LINKS
    assert [link for link in LINKS if not link.startswith("https://")] == []
