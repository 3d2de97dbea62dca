"""Loads policies by name or file: shipped packs, a team's own files, and what they extend."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from certgate.checks.framework.catalogue import check_of
from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Check
from certgate.checks.framework.subjects import CertificateInRole, PublishedCrl, PublishedResponse
from certgate.model.errors import UsageError
from certgate.model.frozen import changeable
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import Place
from certgate.model.waiver import Waiver
from certgate.policy.limits import MAX_EXTENDS, MOST_ENTRIES, MOST_EXTENDED, POLICY, Budget
from certgate.policy.mistakes import InvalidFile, Mistake, nearest
from certgate.policy.model import Entry, Policy, Rule
from certgate.policy.waivers import read_waivers
from certgate.policy.when import When
from certgate.policy.yaml import Document, load_yaml, read_yaml
from certgate.system.named_files import Unreadable, read_file

__all__ = [
    "DEFAULT_POLICY",
    "edition_at",
    "editions_in_force",
    "load_policy",
    "pack_names",
    "pack_purpose",
    "read_text",
    "shipped_packs",
]

DEFAULT_POLICY = "webpki-public"

_MAX_TEXT = 256 * 1024 * 1024
"""Largest hand-written file, in bytes; a list of a million targets has 60 MB."""
_NO_VALUES = frozenset({"rule", "id", "when"})


@lru_cache
def shipped_packs() -> Mapping[str, Path]:
    """The packs that come with certgate, by name: `NAME@DATE`, which never changes, and `NAME`, the newest of them."""
    package = Path(__file__).parent.parent
    folder = next(f for f in (package / "policies", package.parent / "policies") if f.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def pack_names() -> tuple[str, ...]:
    """The names of the shipped packs, without their dated editions."""
    return tuple(name for name in shipped_packs() if "@" not in name)


def pack_purpose(name: str) -> str:
    """What a shipped pack is for: the first sentence of its newest edition."""
    editions = [edition for edition in shipped_packs() if edition.startswith(f"{name}@")]
    text = read_text(shipped_packs()[max(editions)])
    comment = " ".join(line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), text.splitlines()))
    return comment.split(". ")[0].removesuffix(".")


@lru_cache(maxsize=1024)
def edition_at(name: str, day: date) -> str:
    """The name of the edition of a shipped pack that was in force on `day`: the oldest one on a day before the first.

    It is `name` itself for the newest edition, for a pack whose editions have no such days, and for an edition.
    """
    editions = editions_in_force(name)
    if not editions:
        return name
    in_force = next((edition for since, edition in reversed(editions) if since <= day), editions[0][1])
    return name if in_force == editions[-1][1] else in_force


@lru_cache
def editions_in_force(name: str) -> tuple[tuple[date, str], ...]:
    """The days from which editions of a shipped pack are in force, in order; none for a pack without such days."""
    lines = read_text(next(iter(shipped_packs().values())).with_name("in-force.tsv")).splitlines()
    days = ((date.fromisoformat(day), edition) for day, _, edition in (line.partition("\t") for line in lines))
    return tuple((day, edition) for day, edition in days if edition.partition("@")[0] == name)


def load_policy(
    name: str, base: Path | None = None, texts: dict[Path, str] | None = None, at: datetime | None = None
) -> Policy:
    """Load a policy: a shipped pack, or a file relative to `base` (default: the working directory).

    The values of its rules are those without any `when`. A file whose text is in `texts` is not read; the texts of
    the others are added to it. With `at`, the name of a pack stands for its edition that was in force at that time.
    Raises UsageError for an unknown name or unreadable file, InvalidFile with all mistakes in a file.
    """
    loading = _Loading({} if texts is None else texts, at)
    path = loading.find(name, base or Path())
    if path is None:
        raise UsageError(_unknown(name))
    draft = loading.load(path, ())
    entries = {TARGET_OBSERVED: [Entry({})]} | draft.entries
    rules = (
        Rule.merge(draft.declared.get(id) or check_of(id), found, (e for e in found if e.when is None))
        for id, found in entries.items()
    )
    return Policy(loading.named(draft.name), tuple(rules), tuple(draft.waivers))


@lru_cache(maxsize=64)
def _shipped_document(text: str, file: str) -> Document:
    """A shipped pack, which many policies extend. Raises InvalidFile."""
    return load_yaml(text, file)


@changeable()
class PolicyDraft:
    """A policy while its files are read: everything read so far, with the policies that it extends."""

    name: str
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    waivers: dict[Waiver, None] = field(default_factory=dict)
    """Waivers without duplicates, in order."""
    declared: dict[str, Check] = field(default_factory=dict)
    """The checks that the files declare, by id."""

    @property
    def size(self) -> int:
        """The number of entries."""
        return sum(map(len, self.entries.values()))


def _unknown(name: str) -> str:
    return f'there is no policy "{name}", shipped or as a file{nearest(name, shipped_packs())}'


class _Loading:
    """Reads the files of one policy, each once and within the limits."""

    def __init__(self, texts: dict[Path, str], at: datetime | None = None) -> None:
        self._texts = texts
        self._at = at
        self._editions: dict[str, None] = {}
        """The editions that a name stands for at that time, other than the newest."""
        self._budget = Budget(POLICY)
        self._loaded: dict[Path, PolicyDraft | UsageError] = {}

    def find(self, name: str, base: Path) -> Path | None:
        """The file of a policy; None if there is none."""
        if name in shipped_packs():
            edition = edition_at(name, self._at.date()) if self._at else name
            self._editions |= {} if edition == name else {edition: None}
            return shipped_packs()[edition]
        path = base / name
        return path if path in self._texts or (path.exists() and not path.is_dir()) else None

    def named(self, name: str) -> str:
        """The policy's name, with the editions that names of packs stand for: `payments (webpki-public@2022-09-01)`."""
        others = [edition for edition in self._editions if edition != name]
        return f"{name} ({', '.join(others)})" if others else name

    def load(self, path: Path, above: tuple[Path, ...]) -> PolicyDraft:
        """Read a file and all that it extends; its own entries come last. Raises UsageError, InvalidFile."""
        at = path.resolve()
        if at not in self._loaded:
            try:
                self._loaded[at] = self._read(path, above)
            except UsageError as error:
                self._loaded[at] = error
        found = self._loaded[at]
        if isinstance(found, UsageError):
            raise found
        return found

    def _read(self, path: Path, above: tuple[Path, ...]) -> PolicyDraft:
        shipped = path in shipped_packs().values()
        text = self._texts[path] = self._texts[path] if path in self._texts else read_text(path)
        document = _shipped_document(text, path.name) if shipped else read_yaml(text, str(path), self._budget)
        draft = PolicyDraft(path.stem)
        mistakes = self._inherit(draft, document, path, above)
        if not shipped:
            from certgate.policy.validate_policy import validate_policy

            declared = validate_policy(document, draft.declared, is_partial=bool(mistakes))
            draft.declared |= declared.checks
            mistakes += declared.mistakes
        if mistakes:
            raise InvalidFile(mistakes)
        content: dict[str, Any] = document.value
        draft.name = content.get("name") or path.stem
        for index, keys in enumerate(content.get("rules") or []):
            check = draft.declared.get(keys.get("rule", keys.get("id"))) or check_of(keys["rule"])
            draft.entries.setdefault(check.id, []).append(_entry(document, index, keys, check))
        draft.waivers |= dict.fromkeys(read_waivers(document))
        return draft

    def _inherit(self, draft: PolicyDraft, document: Document, path: Path, above: tuple[Path, ...]) -> list[Mistake]:
        """Merge the policies that the document extends into the draft, in order; returns their mistakes."""
        parents, mistakes = self._parents(document, path, (*above, path.resolve()))
        for parent in parents:
            if draft.size + parent.size > MOST_ENTRIES:
                too_many = f"has more than {MOST_ENTRIES:,} entries with those it extends; extend each policy once"
                return [*mistakes, document.mistake(("extends",), too_many)]
            for id, entries in parent.entries.items():
                draft.entries.setdefault(id, []).extend(entries)
            draft.waivers |= parent.waivers
            mistakes += [
                document.mistake(
                    ("extends",), f"{id} is declared twice: {draft.declared[id].doc.citation} and {check.doc.citation}"
                )
                for id, check in parent.declared.items()
                if draft.declared.get(id, check) != check
            ]
            draft.declared |= parent.declared
        return mistakes

    def _parents(
        self, document: Document, path: Path, above: tuple[Path, ...]
    ) -> tuple[list[PolicyDraft], list[Mistake]]:
        """The readable policies that the document extends, and the mistakes."""
        extends = document.value.get("extends") if isinstance(document.value, dict) else None
        names = [extends] if isinstance(extends, str) else extends if isinstance(extends, list) else []
        mistakes: list[Mistake] = []
        found = []
        for index, name in enumerate(names[:MOST_EXTENDED]):
            if not isinstance(name, str) or not name.strip() or self._budget.is_spent:
                continue  # already reported as a mistake
            parent = self.find(name, path.parent)
            at = ("extends", index)
            if parent is None:
                mistakes.append(document.mistake(at, _unknown(name)))
            elif parent.resolve() in above:
                mistakes.append(document.mistake(at, f"{path.name} extends itself through {name}"))
            elif len(above) > MAX_EXTENDS:
                mistakes.append(document.mistake(at, f"extends policies more than {MAX_EXTENDS} levels deep"))
            elif name in names[:index]:
                mistakes.append(document.mistake(at, f"{name} appears twice"))
            else:
                try:
                    found.append(self.load(parent, above))
                except InvalidFile as error:
                    mistakes += error.mistakes
                except UsageError as error:
                    mistakes.append(document.mistake(at, str(error)))
        return found, mistakes


def _entry(document: Document, index: int, keys: dict[str, Any], check: Check) -> Entry:
    at = ("rules", index)
    values = {key: value for key, value in keys.items() if key not in _NO_VALUES}
    places = {key: document.place((*at, key), key=True) for key in values}
    server = check.needs.get(Need.DECISION, "")
    if server in values:
        places |= {f"{server}.{name}": document.place((*at, server, name), key=True) for name in values[server]}
        from certgate.custom.opa import with_paths

        values[server] = with_paths(values[server], Path(document.file).parent)
    judges_certificates = check.subject in {CertificateInRole, PublishedCrl, PublishedResponse}
    when = When.of(keys["when"], judges_certificates=judges_certificates) if "when" in keys else None
    return Entry(values, when, places, document.place(at))


def read_text(path: Path) -> str:
    """The text of a hand-written file. Raises UsageError, or InvalidFile with the place of invalid UTF-8."""
    try:
        text = read_file(path, _MAX_TEXT).decode("utf-8-sig")
    except Unreadable as error:
        raise UsageError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode().split("\n")
        place = Place(str(path), len(before), len(before[-1]) + 1)
        excerpt = error.object.decode(errors="replace").split("\n")[place.line - 1]
        wrong = f"is not UTF-8 text (byte 0x{error.object[error.start]:02x}); save the file as UTF-8"
        raise InvalidFile([Mistake(place, wrong, excerpt)]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
