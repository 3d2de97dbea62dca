"""The chains among values that belong together: in a Secret, a ConfigMap, or any other mapping."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from certgate.model.frozen import frozen
from certgate.model.kubernetes_facts import KubernetesFacts
from certgate.model.observation import FailureKind
from certgate.model.target import Role
from certgate.observe.files.contents import Contents, PrivateKeyNote, UnusableInput
from certgate.observe.files.pkcs import ends
from certgate.observe.kubernetes.appearance import Appearance, is_mention
from certgate.observe.kubernetes.declared_facts import bundle_in
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.field_name import named
from certgate.observe.kubernetes.field_value import Encoding, FieldValue, ValueReader
from certgate.observe.kubernetes.leaf_role import ReasonedRole, is_of_cas, role_of_leaf
from certgate.observe.kubernetes.objects import Object
from certgate.observe.kubernetes.scalar import at_line

__all__ = ["Holder", "Node"]


@frozen(slots=True)
class Node:
    """A value of a manifest, and how the API server reads it."""

    node: object
    encoding: Encoding


@frozen(slots=True, kw_only=True)
class Holder:
    """Values by name, and facts about the object that contains them."""

    one: Object
    values: Mapping[str, Node]
    path: str = ""
    """The prefix of names in ids, with its dot."""
    expected: ReasonedRole | None = None
    """The role that other objects of the manifest expect of a leaf in it."""
    is_for_servers: bool = True
    """Whether a leaf of unknown role is a server's; otherwise its role stays unknown."""
    has_any_field: bool = False
    """Whether the values are fields of an arbitrary object, whose names say less than names of files in a volume."""
    required: str = ""
    """The name of a required certificate, which needs a private key too."""
    facts: KubernetesFacts | None = None
    """What objects say about the chain that has a private key here."""

    def entries(self, reader: ValueReader) -> Iterator[ManifestEntry]:
        """Each chain, request or bundle, and each unreadable value that should be one."""
        seen = {name: reader.value(value.node, value.encoding) for name, value in self.values.items()}
        keys = self._keys(seen)
        if self.required and self.required not in seen:
            missing = UnusableInput(FailureKind.NO_CERTIFICATE, f"{self.one}: there is no {self.required}")
            yield ManifestEntry(id=self._id(self.required), line=self.one.line, contents=missing, kubernetes=self.facts)
        taken = {key for name, key in keys.items() if self._is_intended(name, seen[name], key)}
        for name, value in seen.items():
            if name not in taken and self._is_intended(name, value, keys.get(name, "")):
                note = self._key_beside(name, keys.get(name, ""), seen, reader)
                bundle = bundle_in(self.one, f"{self.path}{name}") if self.has_any_field else None
                facts = self.facts if note else bundle
                for entry in self._entries_of(name, value, note, reader):
                    yield replace(entry, kubernetes=entry.kubernetes or facts)

    def _keys(self, seen: Mapping[str, FieldValue]) -> dict[str, str]:
        """The name of the private key for each name that has one."""
        by_stem = {named(name).stem: name for name, value in reversed(list(seen.items())) if _may_be_key(name, value)}
        return {
            name: by_stem[named(name).stem]
            for name in seen
            if not named(name).is_private_key and named(name).stem in by_stem
        }

    def _is_intended(self, name: str, value: FieldValue, key: str) -> bool:
        """Whether the value should be a certificate, by its contents or by its name."""
        if self.has_any_field and value.data and is_mention(value.data):
            return False
        if name == self.required or value.shows_certificate:
            return True
        says = named(name)
        match value.appearance:
            case Appearance.EMPTY:
                return bool(key) and says.is_certificate
            case Appearance.OTHER:
                return says.is_nothing_else
            case _ if self.has_any_field:
                is_file = says.is_certificate_file and value.is_long and not value.is_template
                return is_file or value.encoding is Encoding.BASE64
            case _:
                return says.is_certificate_file or (says.is_certificate and value.is_long)

    def _is_plain(self, name: str, value: FieldValue) -> bool:
        """Whether the value is plainly meant as a certificate. An empty one may be there for somebody to fill."""
        if value.appearance in {Appearance.EMPTY, Appearance.WITHIN} or self.one.kind == "SealedSecret":
            return False
        has_form = value.appearance in {Appearance.CERTIFICATES, Appearance.ENCODED}
        return has_form or name == self.required or named(name).is_nothing_else

    def _key_beside(
        self, name: str, key: str, seen: Mapping[str, FieldValue], reader: ValueReader
    ) -> PrivateKeyNote | None:
        if key:
            note = reader.private_key(self.values[key].node, seen[key])
            if note is None:
                return PrivateKeyNote(problem=f"there is no private key in {self.path}{key} of the {self.one}")
            if note.problem and not seen[key].is_readable:
                return PrivateKeyNote(problem=f"the {self.path}{key} of the {self.one} cannot be read: {note.problem}")
            return note
        if name == self.required:
            return PrivateKeyNote(problem=f"the {self.one} has no private key beside {self.required}")
        return None

    def _entries_of(
        self, name: str, value: FieldValue, note: PrivateKeyNote | None, reader: ValueReader
    ) -> Iterator[ManifestEntry]:
        if value.appearance is Appearance.WITHIN and (inner := reader.within(value)):
            yield from (self._inside(name, entry) for entry in inner)
            return
        contents = reader.contents(self.values[name].node, value)
        line = value.lines.before or self.one.line
        says = named(name)
        role = Role.CA if says.is_of_ca else Role.SERVER
        entry = ManifestEntry(id=self._id(name), line=line, contents=contents, role=role)
        if isinstance(contents, UnusableInput):
            is_meant = self._is_plain(name, value)
            yield replace(entry, contents=self._with_place(name, line, contents), is_meant=is_meant)
            return
        if note is None and (says.is_of_ca or is_of_cas(contents.certificates)) and contents.certificates:
            yield from _split(replace(entry, role_reason=f"{name} holds certificates of CAs"), contents)
            return
        reasoned = self._role(name, contents)
        if reasoned is None:
            detail = "certgate does not know the role of this certificate; check it separately with --role"
            yield replace(entry, contents=self._with_place(name, line, UnusableInput(FailureKind.UNREADABLE, detail)))
            return
        contents = replace(contents, key=note) if note else contents
        yield replace(
            entry, contents=contents, role=reasoned.role, role_reason=reasoned.reason, role_is_fixed=says.is_of_ca
        )

    def _role(self, name: str, contents: Contents) -> ReasonedRole | None:
        says = named(name)
        if says.is_of_ca:
            return ReasonedRole(Role.CA, f"{name} names a CA")
        if self.expected:
            return self.expected
        if says.is_of_client:
            return ReasonedRole(Role.CLIENT, f"{name} names a client")
        of_leaf = role_of_leaf(contents.certificates[0]) if contents.certificates else None
        return of_leaf or (ReasonedRole(Role.SERVER, "") if self.is_for_servers else None)

    def _with_place(self, name: str, line: int, unusable: UnusableInput) -> UnusableInput:
        detail = unusable.failure.detail
        if self.one.kind == "SealedSecret":
            detail = "the value is sealed: check the Secret before it is sealed"
        return UnusableInput(unusable.failure.kind, f"{at_line(self._place(name), line)}: {detail}")

    def _inside(self, name: str, entry: ManifestEntry) -> ManifestEntry:
        """The entry of a nested manifest, with the id and place of the value that contains it."""
        entry = replace(entry, id=f"{self._id(name)}/{entry.id}")
        if not isinstance(entry.contents, UnusableInput):
            return entry
        failure = entry.contents.failure
        return replace(entry, contents=UnusableInput(failure.kind, f"{self._place(name)}: {failure.detail}"))

    def _place(self, name: str) -> str:
        return ", ".join(part for part in (str(self.one), f"{self.path}{name}") if part)

    def _id(self, name: str) -> str:
        return self.one.id(f"{self.path}{name}")


def _may_be_key(name: str, value: FieldValue) -> bool:
    return named(name).is_private_key and value.appearance is not Appearance.EMPTY


def _split(bundle: ManifestEntry, contents: Contents) -> Iterator[ManifestEntry]:
    """Split a bundle of CA certificates: each CA that issued none of the others, with its possible issuers."""
    lines = dict(zip(contents.certificates, contents.lines or (bundle.line,) * len(contents.certificates), strict=True))
    leaves = ends(tuple(lines))
    issuers = [der for der in lines if der not in leaves]
    for number, leaf in enumerate(leaves, 1):
        chain = (leaf, *issuers)
        yield replace(
            bundle,
            id=bundle.id + (f"#{number}" if len(leaves) > 1 else ""),
            line=lines[leaf],
            contents=Contents(certificates=chain, lines=tuple(lines[der] for der in chain), container="CA bundle"),
            role=Role.CA,
            role_is_fixed=True,
        )
