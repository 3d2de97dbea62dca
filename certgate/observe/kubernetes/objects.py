"""Kubernetes objects in manifests: single, or in nested lists."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from certgate.observe.kubernetes.scalar import Scalar, text

__all__ = ["Object", "line_of", "listed", "mapping", "objects_in"]


def objects_in(document: Any, line: int, kind: str = "", version: str = "") -> Iterator["Object"]:
    """The objects of a document: the document itself, or the items of a list and of nested lists.

    A document with a kind and `items` is a list. Items without a kind get theirs from the list, as in a SecretList
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
    """The line of the first plain value in the node, 0 if there is none."""
    while isinstance(node, dict | list) and node:
        node = next(iter(node.values())) if isinstance(node, dict) else node[0]
    return node.line if isinstance(node, Scalar) else 0


def listed(node: Any) -> list[Any]:
    """The node if it is a list, else an empty list."""
    return node if isinstance(node, list) else []


def mapping(node: Any) -> Mapping[str, Any]:
    """The node if it is a mapping, else an empty mapping."""
    return node if isinstance(node, dict) else {}


class Object:
    """A Kubernetes object, or any other value in its place, which has no kind.

    `kind` and `version` are the defaults if it names none.
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
        """The object's annotations."""
        return {key: text(node) for key, node in mapping(self.mapping("metadata").get("annotations")).items()}

    def field(self, key: str) -> Any:
        """The value of a key, None if it is missing."""
        return self.body.get(key) if isinstance(self.body, dict) else None

    def mapping(self, key: str) -> Mapping[str, Any]:
        """The mapping under a key; empty if there is none."""
        return mapping(self.field(key))

    def id(self, key: str) -> str:
        """`namespace/name/key`."""
        return "/".join(part for part in (self.namespace, self.name, key) if part)

    def __str__(self) -> str:
        """The name in messages: `Secret shop/web`; empty if this is not an object."""
        name = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.kind, name) if part)
