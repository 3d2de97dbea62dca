"""What a task is given: it comes as it was, and not too much of it at a time."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from certgate.gate.engine import dask_share
from certgate.gate.engine.dask_share import packed, unpacked
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.observation import Observed
from tests.gate.engine.works import stream
from tests.gate.world import seen

MIB = 1024 * 1024


@given(st.lists(st.booleans(), max_size=20))
def test_targets_and_observations_come_as_they_were(settled):
    share = [seen(target) if one else target for one, target in zip(settled, stream(20), strict=False)]
    data, count = packed(share)
    assert count == len(share)
    targets, observed = unpacked(data)
    assert targets == [one for one in share if not isinstance(one, Observed)]
    assert observed == [one for one in share if isinstance(one, Observed)]


def with_crl(target, content):
    crl = Evidence(kind=EvidenceKind.CRL, source="http://crl.example/", content=content)
    found = seen(target)
    return replace(found, observations=(replace(found.observations[0], evidence=(crl,)),))


def test_what_makes_it_too_large_is_left_out_and_no_more_is_read():
    read = []

    def share():
        for target in stream(9):
            read.append(target.ordinal)
            yield with_crl(target, bytes([target.ordinal]) * (MIB * 2 // 3))

    data, count = packed(share())
    assert (count, read) == (2, [0, 1, 2])
    assert [one.target.ordinal for one in unpacked(data)[1]] == [0, 1]
    assert packed([with_crl(*stream(1), b"a" * dask_share._LARGE)]) == (b"", 0)


def test_evidence_that_observations_share_is_packed_once():
    crl = b"a" * MIB
    data, count = packed(with_crl(target, crl) for target in stream(100))
    assert (count, len(data) < 2 * MIB) == (100, True)
