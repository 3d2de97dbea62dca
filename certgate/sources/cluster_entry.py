"""The typed shape of `kubernetes:` in certgate.yaml. Imported only if there is a certgate.yaml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from certgate.model.errors import UsageError
from certgate.model.target import Place
from certgate.observe.kubernetes.live.cluster import ClusterScope
from certgate.observe.kubernetes.live.resources import TARGET_KINDS
from certgate.policy.mistakes import nearest
from certgate.sources.cluster_options import parse_via
from certgate.sources.declaration import Declaration
from certgate.sources.kubernetes_cluster import ClusterDeclaration
from certgate.sources.target_entry import TargetEntry

__all__ = ["ClusterEntry"]

_ALL = "all"
_NAMESPACES = {"anyOf": [{"const": _ALL}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _namespaces(value: Any) -> Any:
    if value in (None, _ALL) or (
        isinstance(value, list) and value and all(isinstance(name, str) and name for name in value)
    ):
        return value
    raise ValueError("must be a list of namespaces, or all")


class Cluster(BaseModel):
    """A cluster, and what is read of it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    context: str = Field(default="", description="The context of the kubeconfig. Default: the current one.")
    kubeconfig: str = Field(default="", description="The kubeconfig. Default: as kubectl finds it.")
    namespaces: Annotated[Any, AfterValidator(_namespaces), WithJsonSchema(_NAMESPACES)] = Field(
        default=None, description="The namespaces, or all. Default: that of the context."
    )
    selector: str = Field(default="", description="Selects objects by their labels, as kubectl does.")
    via: list[str] = Field(default_factory=list, description="Where hosts are visited: [HOST=]ADDRESS[:PORT].")
    kinds: list[str] = Field(default_factory=list, description="The kinds of objects that are targets. Default: all.")
    annotations: list[str] = Field(default_factory=list, description="Annotations that become labels of targets.")

    def mistakes(self) -> Iterator[str]:
        """What is wrong beyond the shape."""
        for kind in self.kinds:
            if kind not in TARGET_KINDS:
                yield f'kinds: "{kind}" is not one of {", ".join(TARGET_KINDS)}{nearest(kind, TARGET_KINDS)}'
        try:
            parse_via(self.via)
        except UsageError as error:
            yield str(error)


class ClusterEntry(TargetEntry):
    """A Kubernetes cluster: its hosts, Secrets, Certificates and CA bundles."""

    kubernetes: Cluster = Field(description="The cluster, and what is read of it.")

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Unknown kinds and addresses."""
        for message in self.kubernetes.mistakes():
            yield "kubernetes", message

    def declaration(self, base: Path, place: Place) -> Declaration:
        """The declaration of the cluster."""
        cluster = self.kubernetes
        is_all = cluster.namespaces == _ALL
        return ClusterDeclaration(
            context=cluster.context,
            kubeconfig=str(base / cluster.kubeconfig) if cluster.kubeconfig else "",
            namespaces=() if is_all else tuple(cluster.namespaces or ()),
            all_namespaces=is_all,
            scope=ClusterScope(
                selector=cluster.selector,
                kinds=frozenset(cluster.kinds or TARGET_KINDS),
                annotations=tuple(cluster.annotations),
                via=parse_via(cluster.via),
            ),
            place=place,
            **self._common(base),
        )
