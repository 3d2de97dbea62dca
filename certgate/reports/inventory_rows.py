"""The facts of each certificate at each place where it was seen, for the inventories."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from certgate.model.frozen import frozen
from certgate.model.observation import Observation, vantage_labels
from certgate.model.target import Probe
from certgate.model.vantage_label import is_of_key_type
from certgate.model.verdict import CertificateSummary, TargetResult

__all__ = ["COLUMNS", "InventoryRow", "inventory_rows"]


@frozen(slots=True, kw_only=True)
class InventoryRow:
    """One certificate at one place, or a target of which no certificate was seen. Text is foreign."""

    target: str
    labels: dict[str, str]
    address: str
    position: str
    """`leaf`, `issuer 1`, …; empty for a target without a certificate."""
    subject: str
    names: list[str]
    issuer: str
    serial: str
    sha256: str
    spki_sha256: str
    not_before: str
    not_after: str
    days_left: int | None
    """Whole days at the time of evaluation; negative once it has expired."""
    key: str
    key_bits: int | None
    signature: str
    protocol: str
    group: str
    stores: list[str]


COLUMNS = tuple(field.name for field in fields(InventoryRow))


def inventory_rows(result: TargetResult) -> Iterator[InventoryRow]:
    """A row for each certificate of the target and its origin; where addresses show different ones, for each."""
    labels = dict(sorted(result.target.labels.items()))
    stores = [store.name for store in result.stores]
    spoken: dict[tuple[bool, str], tuple[str, str, str]] = {}
    for certificate in result.certificates or (CertificateSummary(label="", subject=""),):
        at = certificate.is_of_origin, certificate.vantage
        if at not in spoken:
            spoken[at] = _spoken(_observations_of(certificate, result))
        address, protocol, group = spoken[at]
        yield InventoryRow(
            target=result.target.id,
            labels=labels,
            address=address,
            position=certificate.label,
            subject=certificate.subject,
            names=list(certificate.names),
            issuer=certificate.issuer,
            serial=certificate.serial,
            sha256=certificate.sha256,
            spki_sha256=certificate.spki_sha256,
            not_before=_time(certificate.not_before),
            not_after=_time(certificate.not_after),
            days_left=(certificate.not_after - result.clock) // timedelta(days=1) if certificate.not_after else None,
            key=certificate.key,
            key_bits=certificate.key_bits,
            signature=certificate.signature,
            protocol=protocol,
            group=group,
            stores=stores,
        )


def _spoken(seen: Sequence[Observation]) -> tuple[str, str, str]:
    """The addresses, protocols and groups."""
    shakes = [one.handshake for one in seen if one.handshake]
    return (
        _each(one.vantage.address for one in seen),
        _each(shake.version for shake in shakes),
        _each(shake.group or "" for shake in shakes),
    )


def _observations_of(certificate: CertificateSummary, result: TargetResult) -> list[Observation]:
    """The observations that show the certificate; one without a vantage is what any client sees."""
    if certificate.is_of_origin:
        answers = (seen for seen in result.observations if seen.vantage.probe == Probe.ORIGIN)
        return [seen for seen in answers if seen.vantage.address == certificate.vantage]
    usual = [seen for seen in result.observations if not seen.vantage.probe]
    labelled = list(zip(usual, vantage_labels(usual), strict=True))
    if certificate.vantage:
        return [seen for seen, label in labelled if label == certificate.vantage]
    return [seen for seen, label in labelled if not is_of_key_type(label)]


def _each(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, texts)))


@lru_cache(maxsize=1024)
def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
