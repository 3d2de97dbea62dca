"""The verifier in Go, built once."""

from shutil import which

import pytest

from tests.differential import clients


@pytest.fixture(scope="module")
def verifier(tmp_path_factory):
    if which("go") is None:
        pytest.skip("Go is not installed")
    return clients.build_go(tmp_path_factory.mktemp("go"))
