"""Where the project lives: one address, wherever it is written down."""

import re
import tomllib
from pathlib import Path

from certgate import DOCUMENTS, REPOSITORY

ROOT = Path(__file__).parents[1]
OWNER = REPOSITORY.split("/")[-2]
FOLDERS = (".github", "docs", "examples", "policies")
WRITTEN = [*ROOT.glob("*.[mty]*"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]
KINDS = {"", ".md", ".toml", ".yaml", ".yml"}
TEXTS = {path: path.read_text(encoding="utf-8") for path in WRITTEN if path.is_file() and path.suffix in KINDS}


def test_every_file_names_the_repository_as_the_code_does():
    pattern = re.compile(r"(?:https://github\.com/|uses: |ghcr\.io/)([\w-]+)/certgate\b|@(OWNER)/")
    owners = {(path.name, owner) for path, text in TEXTS.items() for found in pattern.findall(text) for owner in found}

    assert {(name, owner) for name, owner in owners if owner not in {"", OWNER}} == set()
    assert {name for name, _ in owners} >= {"README.md", "pyproject.toml", "CODEOWNERS", "config.yml", "github.md"}


def test_the_package_names_its_repository_and_its_documents():
    urls = tomllib.loads(TEXTS[ROOT / "pyproject.toml"])["project"]["urls"]

    assert urls["Repository"] == REPOSITORY
    assert urls["Documentation"] == DOCUMENTS.replace("/blob/", "/tree/")
    assert all(url.startswith(REPOSITORY) for url in urls.values())
