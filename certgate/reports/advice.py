"""Why a finding matters and what to do about it, in one line each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from certgate.model.finding import DEPENDS_ON, Finding, Outcome
from certgate.model.observation import Failure, FailureKind, Observation, Phase, vantage_labels
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc

__all__ = ["Advice", "advice"]

_UNKNOWN = "what is unknown is never a pass."
_REACH = (
    "start the service, or let the machine that runs certgate reach it: check the address, the port and the firewall."
)
_NEGOTIATE = "check the TLS settings of the server: its versions, cipher suites, key exchange groups and server names."
_BUG = "this is a bug in certgate: please report it, with the certificate if you may share it."
_FIXES = {
    FailureKind.NAME_NOT_RESOLVED: "correct the host name, or make it resolvable where certgate runs.",
    FailureKind.REFUSED: _REACH,
    FailureKind.UNREACHABLE: _REACH,
    FailureKind.TIMED_OUT: _REACH,
    FailureKind.RESET: _REACH,
    FailureKind.PROXY_REFUSED: "let the proxy connect to this host and port, or go without it (proxy: none).",
    FailureKind.PROXY_AUTH: "give the proxy's user:password with --proxy-auth-file or --proxy-auth-env.",
    FailureKind.PROXY_FAILED: "check the proxy, and whether it can reach the target.",
    FailureKind.GREETING_MISSING: "remove STARTTLS from the target if the server speaks TLS at once; else start it.",
    FailureKind.UNEXPECTED_ANSWER: "correct the port or the protocol of the target.",
    FailureKind.STARTTLS_NOT_OFFERED: "enable TLS in the server, with a certificate and its key.",
    FailureKind.STARTTLS_REFUSED: "correct what the server's answer names, or run certgate again later.",
    FailureKind.NOT_TLS: "check the port; if TLS starts within another protocol, name it with starttls.",
    FailureKind.ALERT: _NEGOTIATE,
    FailureKind.HANDSHAKE_FAILED: _NEGOTIATE,
    FailureKind.CLIENT_CERTIFICATE_REQUIRED: "show a client certificate that the server accepts: --cert and --key.",
    FailureKind.INCONSISTENT: "give every server behind the address the same certificates.",
    FailureKind.DEADLINE: "raise --timeout, or find out why the server is slow.",
    FailureKind.LIMIT: "reduce what exceeds the limit that the message names.",
    FailureKind.INTERRUPTED: "run certgate again.",
    FailureKind.NOT_VISITED: "raise --max-time, or check the targets in several runs.",
    FailureKind.NOT_FOUND: "correct the path, or create the file before certgate runs.",
    FailureKind.LOCKED: "pass the right pass phrase with --password-file, --password-fd or --password-env.",
    FailureKind.NOT_RENDERED: "render the templates, with the values of the deployment, and check the result.",
    FailureKind.UNSUPPORTED: "convert the file to PEM or PKCS#12; the message says how.",
    FailureKind.FORBIDDEN: "let the user of the kubeconfig get and list what the message names.",
    FailureKind.API_FAILED: "try `kubectl get secrets` with the same kubeconfig, and run certgate again.",
    FailureKind.NOTHING_DECLARED: "correct the namespaces and the selector, or allow it with --allow-empty.",
    FailureKind.UNREADABLE: "let certgate read the file; replace a file or a certificate that is damaged.",
    FailureKind.NO_CERTIFICATE: "put a certificate there, in PEM, DER, PKCS#7 or PKCS#12; or name what has one.",
    FailureKind.NO_CLIENT_CERTIFICATE: "start the SPIFFE agent, and register certgate's process with its server.",
    FailureKind.WORKER_LOST: "use fewer --workers or a lower --concurrency; scan the target alone to see what it does.",
    FailureKind.INTERNAL: _BUG,
}


class Advice(NamedTuple):
    """For readers of reports."""

    why: str
    fix: str
    source: str

    def evidence_of(self, finding: Finding) -> tuple[str, ...]:
        """The evidence that readers need to follow the advice, as `name = value`."""
        pairs = sorted(finding.evidence.items())
        return tuple(
            f"{name} = {value}"
            for name, value in pairs
            if value and ("evidence" in self.fix or f"`{name}`" in self.fix)
        )


def advice(finding: Finding, rules: Mapping[str, RuleDoc], observations: Sequence[Observation] = ()) -> Advice:
    """What to do about a failure, as its rule says; or about an answer that is missing.

    `observations` are those of the finding's target: what to do about a target that was not observed depends on why.
    """
    doc = rules[finding.rule]
    if finding.outcome is Outcome.CRASHED:
        return Advice(f"the check crashed, and {_UNKNOWN}", _BUG, doc.citation)
    if finding.rule == TARGET_OBSERVED:
        return Advice(doc.why, _observed_fix(finding, observations) or doc.fix, doc.citation)
    if finding.outcome is Outcome.NOT_CHECKED:
        if rule := finding.evidence.get(DEPENDS_ON):
            return Advice(_UNKNOWN, f"fix {rule} first.", doc.citation)
        if not finding.required:
            return Advice("the policy does not require an answer.", "provide what is missing.", doc.citation)
        return Advice(_UNKNOWN, "provide what is missing, or set `required: false` in the policy.", doc.citation)
    return Advice(doc.why, doc.fix, doc.citation)


def _observed_fix(finding: Finding, observations: Sequence[Observation]) -> str:
    """How to get the target observed; empty where its observations do not say why it was not."""
    looks = [seen for seen in observations if not seen.vantage.probe]
    at = zip(vantage_labels(looks), looks, strict=True)
    failures = (seen.failure for label, seen in at if seen.failure and finding.vantage in {"", label})
    failure = next(failures, None)
    return _fix(failure) if failure else ""


def _fix(failure: Failure) -> str:
    if failure.kind is FailureKind.NO_CERTIFICATE and failure.phase is not Phase.READ:
        return "configure a certificate on the server."
    return _FIXES[failure.kind]
