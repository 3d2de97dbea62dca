"""What the tests of the gate share."""

import pytest

from certgate.lab.pki import pem
from certgate.model.target import Endpoint, Target
from tests.gate.world import ROOT, RULES


@pytest.fixture
def target(tmp_path):
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "p.yaml").write_text(RULES)
    return Target(
        id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"), policy=str(tmp_path / "p.yaml"),
        trust=(str(tmp_path / "root.pem"),), names=("a.example",),
    )  # fmt: skip
