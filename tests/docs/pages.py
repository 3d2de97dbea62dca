"""The commands that the documents show: in console and sh blocks, and between backquotes."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_GENERATED = ("rules/", "policies/")
_BLOCK = re.compile(r"(?:<!-- tested: (?P<file>(?!tests/)[\w./-]+\.\w+) -->\n)?^(?P<indent> *)```(?P<kind>\w*)[^\n]*\n"
                    r"(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)  # fmt: skip
_SPAN = re.compile(r"(?<!`)`((?:certgate |(?:helm|kubectl) [^`\n]*\\?\| certgate )(?:[^`\n]|\n(?!\n))+)`(?!`)")
_SHELLS = {"console", "sh", "bash", "shell"}


@dataclass
class Command:
    """A line to run, without prompt and comment; `shown` is the output that the page shows below it."""

    line: str
    comment: str
    shown: str = ""


@dataclass(frozen=True)
class Block:
    """Commands that follow each other in one folder."""

    page: str
    at: int
    commands: list[Command]
    files: dict[str, str] = field(hash=False)
    """What the page shows as a file of the folder, by name: the nearest before the commands, else the first after."""

    @property
    def name(self) -> str:
        return f"{self.page}:{self.at}"


def pages() -> list[Path]:
    """The documents that people write: no page that is generated from the code."""
    written = [path for path in sorted((ROOT / "docs").rglob("*.md")) if not _is_generated(path)]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *written, *sorted((ROOT / "deploy").rglob("README.md"))]


def _is_generated(path: Path) -> bool:
    return any(path.relative_to(ROOT / "docs").as_posix().startswith(part) for part in _GENERATED)


def blocks() -> list[Block]:
    """Every block of commands, and every command between backquotes as one of its own."""
    return [block for path in pages() for block in _of_page(path)]


def _of_page(path: Path) -> list[Block]:
    text, page = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
    files = [found for found in _BLOCK.finditer(text) if found["file"]]

    def block(start: int, commands: list[Command]) -> Block:
        nearest = sorted(
            files, key=lambda found: (found.start() < start, found.start() if found.start() < start else -found.start())
        )
        shown_as = {found["file"]: _dedented(found) for found in nearest}
        return Block(page, text.count("\n", 0, start) + 1, commands, shown_as)

    shown = [found for found in _BLOCK.finditer(text) if found["kind"] in _SHELLS or _has_examples(page, found["text"])]
    made = [block(found.start("text"), _commands(_dedented(found))) for found in shown]
    prose = _BLOCK.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    spans = [(found.start(), " ".join(found[1].replace("\\|", "|").split())) for found in _SPAN.finditer(prose)]
    return made + [block(start, [Command(line, "")]) for start, line in spans]


def _has_examples(page: str, text: str) -> bool:
    """Whether a block is the examples of a command's help, and not its usage."""
    return (
        "/commands/" in page
        and text.startswith("certgate ")
        and not re.search(r"\[[A-Z]|COMMAND", text.split("\n", maxsplit=1)[0])
    )


def _dedented(found: re.Match[str]) -> str:
    return re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)


def _commands(text: str) -> list[Command]:
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    has_prompts = any(line.startswith("$ ") for line in lines)
    made: list[Command] = []
    for line in lines:
        if line.startswith("$ ") or (not has_prompts and line and not line.startswith("#")):
            words, _, comment = line.removeprefix("$ ").partition(" # ")
            made.append(Command(words.strip(), comment.strip()))
        elif has_prompts and made:
            made[-1].shown += line + "\n"
    return made
