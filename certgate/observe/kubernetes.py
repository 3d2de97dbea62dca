"""Kubernetes objects in manifests: documents, Lists of objects, and what names an object."""

from collections.abc import Iterator
from typing import Any

from certgate.observe.yaml_stream import Scalar

__all__ = ["Object", "listed", "objects_in", "text"]


def objects_in(document: Any) -> Iterator["Object"]:
    """The objects of a document: itself, or the items of a List."""
    if not isinstance(document, dict):
        return
    items = document.get("items")
    if isinstance(items, list) and text(document.get("kind")).endswith("List"):
        yield from (Object(item) for item in items if isinstance(item, dict))
    else:
        yield Object(document)


def text(node: Any) -> str:
    """The text of a plain value, empty for anything else."""
    return node.text if isinstance(node, Scalar) else ""


def listed(node: Any) -> list[Any]:
    """The items of a list, none for anything else."""
    return node if isinstance(node, list) else []


class Object:
    """One Kubernetes object."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.kind = text(body.get("kind"))
        self.group = text(body.get("apiVersion")).rpartition("/")[0]
        metadata = self.mapping("metadata")
        self.namespace, self.name = (text(metadata.get(key)) for key in ("namespace", "name"))
        self.line = next(
            (node.line for node in (metadata.get("name"), body.get("kind")) if isinstance(node, Scalar)), 0
        )

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping of the object; empty where there is none."""
        found = self.body.get(key)
        return found if isinstance(found, dict) else {}

    def id(self, key: str) -> str:
        """`namespace/name/key`."""
        return "/".join(part for part in (self.namespace, self.name, key) if part)

    @property
    def issuer_key(self) -> tuple[str, str, str]:
        """By what a Certificate's issuerRef finds it."""
        return self.kind, self.namespace if self.kind == "Issuer" else "", self.name
