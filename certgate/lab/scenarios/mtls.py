"""Servers that ask for client certificates, and what they make of them."""

from collections.abc import Callable
from datetime import timedelta

from OpenSSL import SSL, crypto

from certgate.lab.chain import make_root
from certgate.lab.changes import Changes
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns

__all__ = ["SCENARIOS"]

_Verify = Callable[[SSL.Connection, crypto.X509, int, int, int], bool]
_NAMES_ARE_SEEN = notes("mtls.ca-names", "target")
_GOOD = Changes()
_ENDED = Changes(not_before=CLOCK - timedelta(days=60), days=30)
_EARLY = Changes(not_before=CLOCK + timedelta(days=1))
_STRANGER = Changes(issuer=make_root("stranger"))
_BY_TLS = {"app": "none"}


def _asks(
    *, verify: _Verify | None = None, compulsory: bool = True, named: bool = True
) -> Callable[[SSL.Context], None]:
    """Ask clients for a certificate of the root `clients`; `verify` overrules OpenSSL."""

    def configure(context: SSL.Context) -> None:
        root = make_root("clients").native
        if store := context.get_cert_store():
            store.add_cert(crypto.X509.from_cryptography(root))
            store.set_time(CLOCK)
        context.set_verify(SSL.VERIFY_PEER | (SSL.VERIFY_FAIL_IF_NO_PEER_CERT if compulsory else 0), verify)
        context.set_session_id(b"lab")
        if named:
            context.add_client_ca(root)

    return configure


def _by_issuer(_connection: SSL.Connection, certificate: crypto.X509, _error: int, _depth: int, _ok: int) -> bool:
    return certificate.to_cryptography().issuer == make_root("clients").native.subject


def _nobody(_connection: SSL.Connection, _certificate: crypto.X509, _error: int, _depth: int, _ok: int) -> bool:
    return False


def _control_alone(_connection: SSL.Connection, certificate: crypto.X509, _error: int, depth: int, ok: int) -> bool:
    return bool(ok) and (depth > 0 or "CN=control" in certificate.to_cryptography().subject.rfc4514_string())


def _forgets_sessions(context: SSL.Context) -> None:
    """Give out tickets that the server itself does not know."""
    _asks(verify=_control_alone)(context)
    context.set_options(SSL.OP_NO_TICKET)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)


SCENARIOS = (
    Scenario(
        name="mtls-enforced",
        title="Lets in the one client that it has to, and refuses all others",
        leaf={"sans": ("mtls-enforced.lab.example", "also.mtls-enforced.lab.example")},
        also=("also.mtls-enforced.lab.example",),
        configure=_forgets_sessions,
        mtls=_BY_TLS,
        clients={
            "control": _GOOD,
            "expired": _ENDED,
            "not-yet-valid": _EARLY,
            "foreign-trust-domain": _STRANGER,
            "wrong-id": _GOOD,
        },
        gives=(_NAMES_ARE_SEEN,),
    ),
    Scenario(
        name="mtls-compares-names",
        title="Lets in whoever has a certificate with the right issuer's name",
        configure=_asks(verify=_by_issuer),
        mtls=_BY_TLS,
        clients={"control": _GOOD, "expired": _ENDED, "wrong-id": _GOOD},
        gives=(
            _NAMES_ARE_SEEN,
            fails("mtls.verifies-chain", "target"),
            fails("mtls.verifies-time", "target"),
            fails("mtls.verifies-identity", "target"),
        ),
    ),
    Scenario(
        name="mtls-optional",
        title="Asks for a client certificate, and lets clients without one in",
        configure=_asks(compulsory=False, named=False),
        mtls=_BY_TLS,
        clients={"control": _GOOD},
        gives=(warns("mtls.ca-names", "target"), fails("mtls.required", "target")),
    ),
    Scenario(
        name="mtls-nobody-gets-in",
        title="Refuses every client, the good one too",
        leaf={"sans": ("mtls-nobody-gets-in.lab.example", "also.mtls-nobody-gets-in.lab.example")},
        also=("also.mtls-nobody-gets-in.lab.example",),
        configure=_asks(verify=_nobody),
        mtls=_BY_TLS,
        clients={"control": _GOOD, "expired": _ENDED, "wrong-id": _GOOD},
        gives=(
            _NAMES_ARE_SEEN,
            unchecked("mtls.required", "target"),
            unchecked("mtls.verifies-chain", "target"),
            unchecked("mtls.verifies-time", "target"),
            unchecked("mtls.verifies-identity", "target"),
            unchecked("mtls.resumption-bound", "target"),
        ),
    ),
    Scenario(
        name="mtls-unasked",
        title="Says nothing after the handshake, so that nobody knows whom it lets in",
        mtls={"expect": "required"},
        gives=(
            unchecked("mtls.required", "target"),
            unchecked("mtls.verifies-chain", "target"),
        ),
    ),
    Scenario(
        name="good-mtls-for-nobody",
        title="Asks nobody for a certificate, and nobody expects it to",
        mtls={"expect": "none", **_BY_TLS},
    ),
    Scenario(
        name="mtls-resumed",
        title="Resumes under one name the session of a client that it let in under another",
        leaf={"sans": ("mtls-resumed.lab.example", "also.mtls-resumed.lab.example")},
        also=("also.mtls-resumed.lab.example",),
        configure=_asks(),
        mtls=_BY_TLS,
        clients={"control": _GOOD},
        gives=(_NAMES_ARE_SEEN, fails("mtls.resumption-bound", "target")),
    ),
)
