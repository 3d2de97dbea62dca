"""Facts from the CI runner: the name of the analysis, the repository and the commit."""

import re
from collections.abc import Mapping
from typing import Any

from certgate.reports.escape import for_json

__all__ = ["category", "version_control"]

_DEFAULT_CATEGORY = "certgate"
_REVISION = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_REPOSITORY = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w.~-]+)+", re.ASCII)
"""An address for readers: no user, no password, nothing that would need escaping."""


def category(environ: Mapping[str, str]) -> str:
    """Name of the analysis: alerts of the same name replace each other. CERTGATE_CATEGORY, or `certgate`."""
    return for_json(environ.get("CERTGATE_CATEGORY", "").strip().strip("/")) or _DEFAULT_CATEGORY


def version_control(environ: Mapping[str, str], root: str) -> list[dict[str, Any]]:
    """SARIF's `versionControlProvenance` (2.1.0 §3.14.3), with the repository's root at `root`; empty if unknown."""
    if "GITHUB_REPOSITORY" in environ:
        repository = f"{environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{environ['GITHUB_REPOSITORY']}"
        revision, branch = environ.get("GITHUB_SHA", ""), environ.get("GITHUB_REF_NAME", "")
    else:
        repository = environ.get("CI_PROJECT_URL", "")
        revision, branch = environ.get("CI_COMMIT_SHA", ""), environ.get("CI_COMMIT_REF_NAME", "")
    if not _REPOSITORY.fullmatch(repository) or not _REVISION.fullmatch(revision):
        return []
    known = {"repositoryUri": repository, "revisionId": revision, "mappedTo": {"uriBaseId": root}}
    return [known | ({"branch": for_json(branch)} if branch else {})]
