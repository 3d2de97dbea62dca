"""Runs only with --integration, as in `make integration`: the servers are built first."""

import pytest

from tests.integration.build import build
from tests.integration.kubernetes import RunningCluster
from tests.integration.spire import RunningSpire


def pytest_ignore_collect(collection_path, config):
    """Leave everything here out of other runs."""
    return None if config.getoption("--integration") else True


def pytest_itemcollected(item):
    """Mark the tests here as slow: pytest asks a folder only about its own."""
    item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def cluster():
    """A real kube-apiserver with the CRDs of cert-manager and of the Gateway API; tests use namespaces of their own."""
    build("kubernetes")
    with RunningCluster() as running:
        running.serve_crds()
        yield running


@pytest.fixture(scope="session")
def spire():
    """Two real trust domains, `spire["one.example"]` and `spire["two.example"]`; tests remove what they register."""
    build("spire")
    with RunningSpire() as running:
        yield {
            "one.example": running.start("one.example"),
            "two.example": running.start("two.example", profile="https_web"),
        }
