"""Shards: disjoint, complete, and stable."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from certgate.model.shard import Shard


@given(st.text(), st.integers(1, 50))
def test_each_id_is_in_exactly_one_shard(id, count):
    (own,) = [number for number in range(1, count + 1) if Shard(number, count).holds(id)]
    assert int(sha256(id.encode("utf-8", "surrogatepass")).hexdigest(), 16) % count == own - 1


def test_the_shard_of_an_id_never_changes():
    held = [n for n in range(20) if Shard(3, 8).holds(f"h{n}.example:443")]
    assert held == [8, 14, 15]
