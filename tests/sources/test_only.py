"""Which targets `--only` keeps, and that a word without a target is a mistake."""

import pytest

from certgate.model.cluster_source import EVERY_OBJECT, ClusterSource
from certgate.model.errors import UsageError
from certgate.model.target import Endpoint, FileSource, Target
from certgate.sources.only import Only

SHOP = Target(
    id="shop.example:8443/smtp#s.example",
    ordinal=0,
    source=Endpoint("shop.example", 8443, "s.example", "smtp"),
    labels={"team": "shop", "tier": "edge"},
)
FILE = Target(id="tls/a b.pem", ordinal=1, source=FileSource("tls/a b.pem"), labels={"team": "pay=x"})


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ((), (True, True)),
        (("label.team=shop",), (True, False)),
        (("label.team=*",), (True, True)),
        (("label.team=pay=x",), (False, True)),
        (("label.tier=edge", "tls/*"), (True, True)),
        (("shop.example",), (True, False)),
        (("*.example",), (True, False)),
        (("shop.example:8443/smtp#s.example",), (True, False)),
        (("tls/a b.pem",), (False, True)),
    ],
)
def test_any_word_that_matches_keeps_a_target(words, kept):
    only = Only(words)
    assert (only.keeps(SHOP), only.keeps(FILE)) == kept
    only.refuse_idle()


@pytest.mark.parametrize("word", ["label.team=shopping", "label.owner=*", "hop.example", "shop.example:443", "EXAMPLE"])
def test_a_word_that_matches_nothing_is_a_mistake(word):
    only = Only((word, "*"))
    assert only.keeps(SHOP)
    with pytest.raises(UsageError, match=r"matches no target$") as caught:
        only.refuse_idle()
    assert word in str(caught.value)


def test_a_label_without_its_prefix_is_advised():
    with pytest.raises(UsageError, match=r'^--only "team=shop" matches no target; a label is written label.team=shop$'):
        Only(("team=shop",)).refuse_idle()


@pytest.mark.parametrize("word", ["label.team", "label.team=", "label.=shop", "label."])
def test_a_label_without_a_name_or_a_value_is_a_mistake(word):
    with pytest.raises(UsageError, match=r"is not label.NAME=VALUE$"):
        Only((word,))


def test_what_hides_targets_is_kept_and_no_word_is_a_mistake_then():
    only = Only(("label.team=nobody",))
    hidden = Target(id="Ingress/shop", ordinal=0, source=ClusterSource("test", "Ingress/shop", EVERY_OBJECT))
    assert only.keeps(hidden)
    only.refuse_idle()
    assert not only.keeps(Target(id="x", ordinal=1, source=ClusterSource("test", "Secret/shop/x", "tls.crt")))
