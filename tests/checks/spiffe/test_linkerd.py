"""Identities of a Linkerd mesh."""

from datetime import timedelta

import pytest

from certgate.checks.framework.registry import Problem
from certgate.lab.pki import CLOCK, issue

NAME = "web.shop.serviceaccount.identity.linkerd.cluster.local"


def test_an_identity_of_the_mesh_passes(ask):
    assert ask("linkerd.identity", issue(sans=[NAME], days=1)) == []


def test_key_name_and_lifetime_are_the_meshs(ask):
    other = issue(sans=["web.shop.example"], key="P-384", not_after=CLOCK, not_before=CLOCK - timedelta(days=1))
    assert ask("linkerd.identity", other) == [
        Problem("key type EC P-384, EC P-256 required", key="key"),
        Problem("no DNS name is a Linkerd identity; found web.shop.example", key="name"),
        Problem("valid for 2 days, at most 1 allowed", key="lifetime"),
    ]


@pytest.mark.parametrize("name", [f"x.{NAME}", f"{NAME}\n", "web.shop.serviceaccount.identity.linkerd.", "*." + NAME])
def test_names_of_another_form(ask, name):
    assert [p.key for p in ask("linkerd.identity", issue(sans=[name], days=1))] == ["name"]
