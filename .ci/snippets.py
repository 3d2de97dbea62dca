"""Write every workflow that people are told to copy into a folder, as a repository of its own, to be linted like one.

python .ci/snippets.py FOLDER
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^( *)```ya?ml\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_CONFIG = """\
# This action is used by the tag that its own releases move; all others by commit.
rules:
  unpinned-uses:
    config:
      policies:
        OWNER/certgate: ref-pin
        "*": hash-pin
"""


def snippets() -> Iterator[tuple[str, str]]:
    """Name and text of each workflow in README.md, docs/ and examples/. Raises ValueError for a part of one."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for number, (indent, text) in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8"))):
            if re.search(r"^ *(?:- )?uses:|^jobs:", text, re.MULTILINE):
                if not re.search(r"^jobs:", text, re.MULTILINE):
                    raise ValueError(f"{page}: a step alone cannot be pasted; show the whole workflow")
                lines = (line.removeprefix(indent) for line in text.splitlines(keepends=True))
                yield f"{page.relative_to(ROOT).with_suffix('').as_posix().replace('/', '-')}-{number}", "".join(lines)
    for path in sorted((ROOT / "examples" / "ci").glob("github-*.yml")):
        yield path.stem, path.read_text(encoding="utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (folder / "zizmor.yml").write_text(_CONFIG, encoding="utf-8")
    for name, snippet in snippets():
        (workflows / f"{name}.yml").write_text(snippet, encoding="utf-8")
    print(f"{len(list(workflows.iterdir()))} workflows in {folder}")
