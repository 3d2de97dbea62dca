"""What is given damaged inputs: every reader, the judge with all shipped policies, whole runs of `check`."""

import contextlib
import io
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from certgate.cli.main import run
from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK
from certgate.model.cached import cached_property
from certgate.model.finding import Outcome
from certgate.model.observation import HandshakeFacts, Observation, Observed, Vantage
from certgate.model.target import Endpoint, Role, Target
from certgate.observe.files.chain_file import read_contents
from certgate.observe.kubernetes.manifest import read_manifest
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies
from certgate.sources.config import load_config
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.crl import Crl
from certgate.x509.der import NotDer, encoded, sequence
from certgate.x509.errors import Malformed
from certgate.x509.form import extension_flaws, field_flaws
from certgate.x509.ocsp import OcspResponse
from certgate.x509.request import CertificateRequest
from tests.fuzz.mutate import damaged, restructured

__all__ = ["CORPUS", "LIBRARY_TEXT", "TARGETS", "CrashedError", "input_for", "seeds_of", "signed_again"]

CORPUS = Path(__file__).parent / "corpus"
LIBRARY_TEXT = re.compile(
    r"ParseError|error parsing asn1|ASN\.1 parsing|Traceback|Error\(|Exception|Warning:|<built-in|object at 0x|OpenSSL\.|"
    r"bug in certgate|ParseLocation|invalid literal for"
)
"""Text of libraries, which never reaches people."""
KEY = ec.derive_private_key(0x60D5EED, ec.SECP256R1())
"""Of the CA in the corpus, so that what is damaged can be signed again."""


class CrashedError(Exception):
    """What a run may never come to."""


def seeds_of(target: str) -> list[bytes]:
    """The inputs that are kept for a target, in a fixed order."""
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


def input_for(target: str, random: Random) -> bytes:
    """A damaged input."""
    seed = random.choice(seeds_of(target))
    if target in {"judge", "certificate"} and random.random() < 0.8:
        with contextlib.suppress(NotDer):
            return signed_again(seed, lambda tbs: restructured(random, tbs))
    if target in {"crl", "ocsp", "request"} and random.random() < 0.6:
        with contextlib.suppress(NotDer):
            return restructured(random, seed)
    return damaged(random, seed)


def signed_again(der: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A certificate of the corpus with its signed part changed, and the signature right. Raises NotDer."""
    tbs, algorithm, _ = sequence(der)
    changed = change(tbs.der)
    signature = KEY.sign(changed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return encoded(b"\x30", changed + algorithm.der + encoded(b"\x03", b"\0" + signature))


def _facts(thing: object) -> None:
    """Every fact of an object; one that cannot be read is Malformed, and nothing else."""
    for name in dir(type(thing)):
        if not name.startswith("_") and isinstance(getattr(type(thing), name), property | cached_property):
            with contextlib.suppress(Malformed):
                getattr(thing, name)


def _certificate(data: bytes) -> None:
    certificate = Certificate(data)
    _facts(certificate)
    _ = list(field_flaws(certificate)), list(extension_flaws(certificate)), certificate.key, certificate.subject.text


def _request(data: bytes) -> None:
    request = CertificateRequest(data)
    _facts(request)
    _ = list(field_flaws(request)), list(extension_flaws(request))


def _crl(data: bytes) -> None:
    crl = Crl(data)
    _facts(crl)
    for serial in (1, 2, -1):
        with contextlib.suppress(Malformed):
            crl.entry(parse_certificate(seeds_of("judge")[0]).issuer, serial)


def _file(data: bytes) -> None:
    read_contents(data, b"secret")


def _manifest(data: bytes) -> None:
    read_manifest(data)


def _written(load: Callable[[Path], object]) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "it.yaml"
            path.write_bytes(data)
            load(path)

    return read


@cache
def _judges() -> tuple[tuple[Judge, Target], ...]:
    """One for each shipped policy, in the role that it is for."""
    root = TrustStore("root", (parse_certificate((CORPUS / "root.der").read_bytes()),))
    host = Endpoint("shop.acme.example", 443, "shop.acme.example")
    roles = {"spiffe-svid": Role.SPIFFE, "internal-mtls": Role.CLIENT}
    targets = {
        name: Target(
            id="t",
            ordinal=0,
            source=host,
            names=("shop.acme.example",),
            roles=frozenset({roles.get(name, Role.SERVER)}),
        )
        for name in pack_names()
        if name != "lint"
    }
    return tuple((Judge(TargetPolicies(load_policy(n)).of(target), root), target) for n, target in targets.items())


def _judge(data: bytes) -> None:
    facts = HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    seen = Observation(observed_at=CLOCK, presented=(data,), handshake=facts, vantage=Vantage("127.0.0.1:443"))
    for judge, target in _judges():
        for finding in judge.judge(Observed(target, (seen,)), CLOCK).findings:
            if finding.outcome is Outcome.CRASHED or LIBRARY_TEXT.search(finding.message):
                raise CrashedError(f"{judge.policy.name}: {finding.rule}: {finding.message}")


def _check(data: bytes) -> None:
    said, told = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "it.pem"
        path.write_bytes(data)
        words = ["--trust", str(CORPUS / "root.pem"), "--at", "2026-06-15", "--name", "shop.acme.example"]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
            code = run(["check", str(path), "--policy", "internal-pki", *words])
    text = said.getvalue() + told.getvalue()
    if code not in {0, 1, 3} or LIBRARY_TEXT.search(text):
        raise CrashedError(f"exit code {code}:\n{text}")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "certificate": _certificate,
    "request": _request,
    "crl": _crl,
    "ocsp": lambda data: _facts(OcspResponse(data)),
    "file": _file,
    "manifest": _manifest,
    "config": _written(load_config),
    "policy": _written(lambda path: load_policy(str(path))),
    "judge": _judge,
    "check": _check,
}
"""By name. They raise CertgateError for what they refuse; anything else is a finding."""
