"""Every relative link of a document leads to a file, and to a heading of it, as the forge names headings."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")]
FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


@cache
def prose(page):
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def anchors(page):
    titles = re.findall(r"^#+ +(.+?) *#*$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[*`\\]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles)
    slugs = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain]
    return {slug if slugs.index(slug) == at else f"{slug}-{slugs[:at].count(slug)}" for at, slug in enumerate(slugs)}


def broken(page):
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = Path(os.path.normpath(page.parent / path)) if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("folder", sorted({page.parent.relative_to(ROOT).as_posix() for page in PAGES}))
def test_every_link_leads_somewhere(folder):
    pages = [page for page in PAGES if page.parent == ROOT / folder]
    found = {page.name: links for page in pages if (links := sorted(broken(page)))}
    assert found == {}
