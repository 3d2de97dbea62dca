"""Labels of vantages."""

import pytest

from certgate.lab.pki import CLOCK
from certgate.model.observation import Observation, Vantage, vantage_labels

A, B = "192.0.2.1:443", "[2001:db8::3]:443"


@pytest.mark.parametrize(
    ("vantages", "labels"),
    [
        ([(A, "a")], [""]),
        ([(A, "a"), (B, "a")], [A, B]),
        ([(A, "a"), (A, "b")], ["#a", "#b"]),
        ([(A, "a"), (B, "b")], [f"{A}#a", f"{B}#b"]),
        ([(A, None), (A, "b")], ["#", "#b"]),
        ([("", None)], [""]),
    ],
)
def test_a_label_holds_what_differs_between_vantages(vantages, labels):
    assert vantage_labels([Observation(observed_at=CLOCK, vantage=Vantage(*one)) for one in vantages]) == tuple(labels)
