"""Write the pages of the site into a folder, for zensical: python -m docs.site FOLDER

The documents are written for the forge. Here, links that leave docs/ lead to the repository or to the copy of a page
that the site takes in, and a picture in two colour schemes becomes two images, of which the theme shows one.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from certgate import REPOSITORY

DOCS = Path(__file__).parent
ROOT = DOCS.parent
TAKEN_IN = {
    "README.md": "start/README.md",
    "CONTRIBUTING.md": "contributing/README.md",
    "deploy/helm/certgate/README.md": "guides/helm.md",
}
"""Pages outside docs/ that the site has too, and where."""
SHOWN = {".svg", ".png", ".css", ".js", ".json"}
_LINK = re.compile(r"(\]\()([^)\s]+)\)")
_FENCE = re.compile(r"^( *)(```+)[^\n]*\n.*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">\s*'
    r'<img alt="([^"]*)" src="([^"]+)">\s*</picture>'
)


def page(source: str, place: str) -> str:
    """The text of a page, `source` below the repository, for its `place` on the site."""

    def link(found: re.Match[str]) -> str:
        path, hash_, anchor = found[2].partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return found[0]
        target = os.path.normpath(os.path.join(os.path.dirname(source), path))
        if target.startswith("docs/"):
            target = target.removeprefix("docs/")
        elif target in TAKEN_IN:
            target = TAKEN_IN[target]
        else:
            kind = "tree" if (ROOT / target).is_dir() else "blob"
            return f"{found[1]}{REPOSITORY}/{kind}/main/{target}{hash_}{anchor})"
        return f"{found[1]}{os.path.relpath(target, os.path.dirname(place) or '.')}{hash_}{anchor})"

    text = _PICTURE.sub(r"![\2](\3#only-light)![\2](\1#only-dark)", (ROOT / source).read_text(encoding="utf-8"))
    blocks: list[str] = []

    def keep(found: re.Match[str]) -> str:
        blocks.append(found[0])
        return f"\0{len(blocks) - 1}\0"

    text = _LINK.sub(link, _FENCE.sub(keep, text))
    return re.sub(r"\0(\d+)\0", lambda found: blocks[int(found[1])], text)


def write(folder: Path) -> None:
    """Write all pages and pictures into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = {path.relative_to(DOCS).as_posix(): path.relative_to(ROOT).as_posix() for path in DOCS.rglob("*.md")}
    for place, source in (pages | {place: source for source, place in TAKEN_IN.items()}).items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(page(source, place), encoding="utf-8")
    for path in DOCS.rglob("*"):
        if path.suffix in SHOWN:
            (folder / path.relative_to(DOCS)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / path.relative_to(DOCS))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
