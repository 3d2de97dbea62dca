"""An inspection of several targets shows all of them or says that it was interrupted."""

import pytest

from certgate.gate.inspecting import inspect_all
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.errors import CertgateError
from certgate.sources.check import declare_check
from certgate.sources.context import FileOptions
from certgate.system.stop import Stop


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.pem").write_bytes(pem(issue(f"{name}.example", sans=[f"{name}.example"])))
    return declare_check([str(tmp_path)], FileOptions(at_given=True), tell=lambda _: None).source


def test_every_target_is_inspected_in_the_order_of_declaration(folder):
    found = list(inspect_all(folder, ["mozilla"], at=CLOCK, stop=Stop()))

    assert [one.certificates[0].summary.subject for one in found] == ["CN=a.example", "CN=b.example"]


def test_an_interruption_is_never_taken_for_everything_there_is(folder):
    stop = Stop()
    stop.want()

    with pytest.raises(CertgateError, match="interrupted"):
        list(inspect_all(folder, ["mozilla"], at=CLOCK, stop=stop))
