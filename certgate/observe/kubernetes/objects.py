"""Kubernetes objects in manifests: single, or in nested lists."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from certgate.observe.kubernetes.scalar import Scalar, text

__all__ = ["Object", "line_of", "listed", "mapping", "objects_in"]


def objects_in(document: Any, line: int, kind: str = "", version: str = "") -> Iterator["Object"]:
    """The objects of a document: itself, or the items of a list, or of lists within it.

    What has a kind and `items` is a list. Its items take its kind where they name none, as those of a SecretList do
    (source: k8s.io/apimachinery, UnstructuredJSONScheme). The objects of an OpenShift Template are a list too.
    """
    one = Object(document, line_of(document) or line, kind, version)
    items = one.field("objects" if one.kind == "Template" else "items") if one.kind else None
    if not isinstance(items, list):
        yield one
        return
    for item in items:
        yield from objects_in(item, one.line, one.kind.removesuffix("List"), one.version)


def line_of(node: Any) -> int:
    """The line of the first plain value in it, 0 where there is none."""
    while isinstance(node, dict | list) and node:
        node = next(iter(node.values())) if isinstance(node, dict) else node[0]
    return node.line if isinstance(node, Scalar) else 0


def listed(node: Any) -> list[Any]:
    """The items of a list, none for anything else."""
    return node if isinstance(node, list) else []


def mapping(node: Any) -> Mapping[str, Any]:
    """A mapping, an empty one for anything else."""
    return node if isinstance(node, dict) else {}


class Object:
    """One Kubernetes object, or anything else that stands in its place, which has no kind.

    `kind` and `version` stand in where it names none.
    """

    def __init__(self, body: Any, line: int, kind: str = "", version: str = "") -> None:
        self.body = body
        self.kind = text(self.field("kind")) or (kind if isinstance(body, dict) else "")
        self.version = text(self.field("apiVersion")) or version
        self.group = self.version.rpartition("/")[0]
        metadata = self.mapping("metadata")
        self.namespace, self.name = (text(metadata.get(key)) for key in ("namespace", "name"))
        named = (node for node in (metadata.get("name"), self.field("kind")) if isinstance(node, Scalar))
        self.line = next((node.line for node in named), line)

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        return {key: text(node) for key, node in mapping(self.mapping("metadata").get("annotations")).items()}

    def field(self, key: str) -> Any:
        """What stands under a key, None where nothing does."""
        return self.body.get(key) if isinstance(self.body, dict) else None

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A mapping of the object; empty where there is none."""
        return mapping(self.field(key))

    def id(self, key: str) -> str:
        """`namespace/name/key`."""
        return "/".join(part for part in (self.namespace, self.name, key) if part)

    def __str__(self) -> str:
        """How messages name it: `Secret shop/web`; empty for what is no object."""
        name = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.kind, name) if part)
