"""Lists of a cluster's objects: what is absent, what may not be read, and what breaks off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind
from certgate.observe.kubernetes.live.api import ApiServer
from certgate.observe.kubernetes.live.errors import ApiError, ApiFailure
from certgate.observe.kubernetes.live.resources import RESOURCES, Resource
from certgate.observe.kubernetes.objects import Object
from certgate.observe.kubernetes.scalar import nodes_of

__all__ = ["Listing", "Unlisted", "as_object", "explained"]


@frozen(slots=True)
class Unlisted:
    """A list that could not be read to its end."""

    kind: str
    namespace: str
    failure: FailureKind
    detail: str


@dataclass
class Listing:
    """Reads lists, and keeps which of them failed."""

    api: ApiServer
    unlisted: list[Unlisted] = field(default_factory=list)

    def objects(self, kind: str, namespace: str, *, labels: str = "", fields: str = "") -> Iterator[Mapping[str, Any]]:
        """Each object once, even if the list begins anew. Raises ApiError if no request can succeed."""
        resource = RESOURCES[kind]
        seen: set[int] = set()
        try:
            for page in self.api.pages(resource, namespace, labels=labels, fields=fields):
                for one in page:
                    metadata = one.get("metadata")
                    names = metadata if isinstance(metadata, dict) else {}
                    name = hash((str(names.get("namespace")), str(names.get("name"))))
                    if name not in seen:
                        seen.add(name)
                        yield {**one, "kind": kind, "apiVersion": resource.version}
        except ApiError as error:
            if error.kind.is_of_cluster:
                raise
            if error.kind is ApiFailure.NOT_FOUND and not resource.is_built_in:
                return
            is_forbidden = error.kind is ApiFailure.FORBIDDEN
            failure = FailureKind.FORBIDDEN if is_forbidden else FailureKind.API_FAILED
            detail = explained(error, resource, namespace, "list")
            if seen and not is_forbidden:
                detail += "; the list broke off, and what it would have named is not checked"
            self.unlisted.append(Unlisted(kind, namespace, failure, detail))

    def problem(self, kind: str, namespaces: Sequence[str]) -> str:
        """Why the objects of a kind are not known in one of these namespaces; empty if they are."""
        wanted = {*namespaces, ""}
        return next((one.detail for one in self.unlisted if one.kind == kind and one.namespace in wanted), "")


def as_object(raw: Mapping[str, Any]) -> Object:
    """An object as the readers of manifests take it."""
    return Object(nodes_of(raw), 0)


def explained(error: ApiError, resource: Resource, namespace: str, verb: str) -> str:
    """What failed, with the Role that would do if it was forbidden."""
    where = f"in the namespace {namespace}" if namespace else "in the whole cluster"
    if error.kind is not ApiFailure.FORBIDDEN:
        return f"{verb} {resource.plural} {where}: {error}"
    role = f"a Role in the namespace {namespace}" if namespace else "a ClusterRole"
    group = f'"{resource.group}"'
    return (
        f"the API server forbids to {verb} {resource.plural} {where}; {role} with the verbs get and list on "
        f"{resource.plural} of the API group {group} would do"
    )
