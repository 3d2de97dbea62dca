"""AdmissionReviews (admission.k8s.io/v1): reads the request in one, and writes the answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any

from certgate.model.errors import CertgateError
from certgate.model.frozen import frozen
from certgate.model.json_bounds import beyond
from certgate.model.strict_json import NotJson, read_json

__all__ = ["AdmissionRequest", "BadReview", "Operation", "Review", "read_review", "written"]

_VERSION, _KIND = "admission.k8s.io/v1", "AdmissionReview"
_LONGEST_WORD = 1_000
"""Characters of a uid, a kind or a name."""
_LEVELS, _PARTS = 200, 100_000
"""Most levels and parts of an object that is judged."""
_CONTENTS = {("", "Secret"): ("type", "data", "stringData"), ("", "ConfigMap"): ("data", "binaryData")}
"""The fields that hold certificates, by group and kind; of other kinds all but those below do."""
_WRITTEN_BY_OTHERS = frozenset({"apiVersion", "kind", "metadata", "status"})
_REQUESTS = "cert-manager.io/"
"""What the annotations contain from which cert-manager makes Certificates."""


class BadReview(CertgateError):
    """What was sent is not an AdmissionReview with a request. The message completes: "the body …"."""


class Operation(StrEnum):
    """What is asked to happen to the object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@frozen(slots=True, kw_only=True)
class AdmissionRequest:
    """What the API server asks. The objects may hold private keys: they are never logged."""

    uid: str
    operation: Operation
    group: str
    """The API group of the object; empty for the core group."""
    kind: str
    namespace: str
    """Empty for an object that belongs to none."""
    name: str
    """Empty if the API server is still to choose it."""
    object: Mapping[str, Any] = field(repr=False)
    """As it would be stored, with its kind; empty where there is none."""
    old: Mapping[str, Any] = field(repr=False)
    """As it is stored; empty where there is none."""
    beyond: str = ""
    """Which limit the object exceeds, as the end of a sentence about it; empty for none."""

    @property
    def is_judged(self) -> bool:
        """Whether a certificate may enter the cluster by it that is not there yet."""
        enters = self.operation in {Operation.CREATE, Operation.UPDATE}
        return enters and bool(self.object) and not self._is_unchanged

    @property
    def _is_unchanged(self) -> bool:
        """Whether an update leaves all that could hold a certificate as it was, so that old objects can be labelled."""
        if self.operation is not Operation.UPDATE or not self.old or self.beyond:
            return False
        return self._contents(self.object) == self._contents(self.old)

    def _contents(self, one: Mapping[str, Any]) -> Mapping[str, Any]:
        if fields := _CONTENTS.get((self.group, self.kind)):
            return {name: one.get(name) or None for name in fields}
        contents = {name: value for name, value in one.items() if name not in _WRITTEN_BY_OTHERS}
        return contents | {"annotations": _requests(one)}

    def __str__(self) -> str:
        """The kind and the name of the object. Foreign text."""
        return f"{self.kind} {'/'.join(filter(None, (self.namespace, self.name or '(unnamed)')))}"


@frozen(slots=True, kw_only=True)
class Review:
    """An answer."""

    allowed: bool
    message: str = ""
    """Why it is denied."""
    code: int = 0
    """The HTTP status of a denial."""
    warnings: Sequence[str] = ()
    """Each at most 256 characters."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """For the audit log of the API server."""


def read_review(data: bytes) -> AdmissionRequest:
    """The request in an AdmissionReview. Raises BadReview."""
    try:
        review = read_json(data)
    except (NotJson, ValueError) as error:
        raise BadReview(str(error) if isinstance(error, NotJson) else "is not JSON") from error
    if not isinstance(review, dict) or (review.get("apiVersion"), review.get("kind")) != (_VERSION, _KIND):
        raise BadReview(f"is not an {_KIND} of {_VERSION}")
    request = review.get("request")
    if not isinstance(request, dict):
        raise BadReview("has no request")
    kind = request.get("kind")
    if not isinstance(kind, dict):
        raise BadReview("has no request.kind")
    found, old = (_object(request, name) for name in ("object", "oldObject"))
    words = {name: _word(request, name) for name in ("namespace", "name")}
    group, version, named = (_word(kind, name) for name in ("group", "version", "kind"))
    uid = _word(request, "uid")
    operation = request.get("operation")
    if not (uid and named):
        raise BadReview("has no request.uid, or no request.kind.kind")
    if not isinstance(operation, str) or operation not in {*Operation}:
        raise BadReview("has an unknown request.operation")
    limit = next((said for one in (found, old) if (said := beyond(one, levels=_LEVELS, parts=_PARTS))), "")
    return AdmissionRequest(
        uid=uid,
        operation=Operation(operation),
        group=group,
        kind=named,
        **words,
        object=_named(found, named, "/".join(filter(None, (group, version))), words) if found and not limit else found,
        old=old,
        beyond=limit,
    )


def written(uid: str, review: Review) -> bytes:
    """The answer as the API server reads it."""
    response: dict[str, Any] = {"uid": uid, "allowed": review.allowed}
    if not review.allowed:
        response["status"] = {"code": review.code, "message": review.message}
    if review.warnings:
        response["warnings"] = list(review.warnings)
    if review.annotations:
        response["auditAnnotations"] = dict(review.annotations)
    return json.dumps({"apiVersion": _VERSION, "kind": _KIND, "response": response}).encode()


def _word(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > _LONGEST_WORD:
        raise BadReview(f'has a "{name}" that is not a short text')
    return found


def _object(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = request.get(name)
    if found is not None and not isinstance(found, dict):
        raise BadReview(f"has a request.{name} that is not an object")
    return found or {}


def _named(one: Mapping[str, Any], kind: str, version: str, names: Mapping[str, str]) -> Mapping[str, Any]:
    """The object with the kind and the names that the request states."""
    metadata = one.get("metadata")
    stated = {name: text for name, text in names.items() if text}
    return {
        **one,
        "kind": kind,
        "apiVersion": version,
        "metadata": (metadata if isinstance(metadata, dict) else {}) | stated,
    }


def _requests(one: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = one.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    found = annotations if isinstance(annotations, dict) else {}
    return {key: value for key, value in found.items() if _REQUESTS in key}
