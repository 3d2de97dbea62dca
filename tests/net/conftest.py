"""A world of names and servers for the guarded fetcher."""

import pytest

from tests.net.fetch_world import World


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()
