"""Why no shipped policy has a rule that no target and no option switches on."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["UNSHIPPED"]

_HISTORY = "it needs an earlier run (`--history`), which a policy cannot promise"
_LISTS = "its list is empty until a team fills it"
_NO_SOURCE = "no source of a shipped policy asks for it"

UNSHIPPED: Mapping[str, str] = MappingProxyType(
    {
        "chain.alt-path": "clients that find one good path connect; which others you send is a matter of taste",
        "crl.size": "no source sets a limit",
        "ext.forbidden": _LISTS,
        "ext.required": _LISTS,
        "history.issuer-changed": _HISTORY,
        "history.key-reused": _HISTORY,
        "history.renewal-late": _HISTORY,
        "history.unexpected-change": _HISTORY,
        "linkerd.identity": "it is for the proxies of one mesh, whose certificates are no X.509-SVIDs",
        "name.cn-discouraged": "its source advises against a common name and allows one, and many CAs write it",
        "name.san-allowlist": _LISTS,
        "name.san-count": "no source sets a number",
        "pq.draft-group": f"it costs one more connection, and {_NO_SOURCE}",
        "pq.group-preferred": f"it costs one more connection, and {_NO_SOURCE}",
        "spiffe.k8s-shape": "SPIFFE leaves the path of an ID open; this form is a convention of Istio",
        "spiffe.signer-as-leaf": "spiffe.leaf-not-ca and spiffe.leaf-ku say the same in parts",
        "tls.unknown-sni": f"it costs one more connection, and {_NO_SOURCE}",
        "trust.issuer-allow": _LISTS,
        "trust.pin": _LISTS,
    }
)
