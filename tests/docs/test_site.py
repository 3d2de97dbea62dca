"""The site has every document, and its pages are those of the forge with links that lead there or to the repository."""

import re
import tomllib
from pathlib import Path

import pytest

from certgate import REPOSITORY
from certgate.checks.framework.catalogue import all_rules
from docs import site

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def listed(entries):
    for entry in entries:
        for inner in entry.values() if isinstance(entry, dict) else [entry]:
            yield from listed(inner) if isinstance(inner, list) else [inner]


def test_the_navigation_leads_to_every_page_but_those_of_single_rules():
    pages = {path.relative_to(site.DOCS).as_posix() for path in site.DOCS.rglob("*.md")} | set(site.TAKEN_IN.values())
    assert sorted(listed(CONFIG["nav"])) == sorted(pages - {f"rules/{id}.md" for id in all_rules()})


@pytest.fixture
def written(tmp_path, monkeypatch):
    def page(text, source="docs/guides/one.md", place="guides/one.md"):
        monkeypatch.setattr(site, "ROOT", tmp_path)
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "examples").mkdir(exist_ok=True)
        (tmp_path / source).write_text(text)
        return site.page(source, place)

    return page


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("two.md#part", "two.md#part"),
        ("../README.md", "../README.md"),
        ("#part", "#part"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("../../CONTRIBUTING.md", "../contributing/README.md"),
        ("../../examples/one.yml", f"{REPOSITORY}/blob/main/examples/one.yml"),
        ("../../examples", f"{REPOSITORY}/tree/main/examples"),
    ],
)
def test_a_link_leads_to_the_site_or_to_the_repository(written, link, leads_to):
    assert written(f"[x]({link})") == f"[x]({leads_to})"


def test_a_page_of_another_folder_keeps_its_links(written):
    assert written("[x](docs/guides/two.md)", "CONTRIBUTING.md", "contributing/README.md") == "[x](../guides/two.md)"


def test_code_stays_as_it_is(written):
    text = "```text\n[x](../../examples/a)\n```\n"
    assert written(text) == text


def test_a_picture_in_two_schemes_becomes_two_images(written):
    picture = (
        "<picture>\n"
        '  <source media="(prefers-color-scheme: dark)" srcset="../pictures/a-dark.svg">\n'
        '  <img alt="A chain" src="../pictures/a-light.svg">\n'
        "</picture>\n"
    )
    text = written(picture)
    light, dark = re.findall(r"!\[A chain\]\(([^)]+)\)", text)
    assert (light, dark) == ("../pictures/a-light.svg#only-light", "../pictures/a-dark.svg#only-dark")
