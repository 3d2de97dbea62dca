"""Servers with several certificates, and the question for them."""

from dataclasses import replace

import pytest

from certgate.lab.pki import issue, pem
from certgate.model.target import Probe, Visit
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.system.stop import Stop


@pytest.fixture(scope="session")
def leaf(pki):
    """`leaf(kind)` is a leaf with this kind of key."""
    _, middle, _ = pki
    made = {"P-256": pki[0]}

    def make(kind):
        if kind not in made:
            made[kind] = issue("", issuer=middle, sans=["db.corp.example"], key=kind)
        return made[kind]

    return make


@pytest.fixture
def several(tls, pki, leaf, tmp_path):
    """`several(*kinds)` is the conversation of a server with a certificate for each kind of key."""

    def conversation(*kinds, configure=None, **options):
        def add(context):
            for kind in kinds[1:]:
                path = tmp_path / f"{kind}.pem"
                path.write_bytes(pem(leaf(kind), pki[1]))
                context.use_certificate_chain_file(str(path))
                context.use_privatekey(leaf(kind).key)
            if configure:
                configure(context)

        first = leaf(kinds[0])
        return tls(chain=(first, pki[1]), key=first.key, configure=add, **options)

    return conversation


@pytest.fixture
def look(target):
    """`look(server)` are the observations of it, with what it has for other types of keys; keywords are options."""

    def run(server, *, visit=None, stop=None, **options):
        declared = target(server)
        asked = replace(visit or Visit(), probes=(Probe.KEY_TYPES,))
        declared = replace(declared, source=replace(declared.source, visit=asked))
        (observed,) = observe_endpoints([declared], ObserveOptions(**options), stop=stop or Stop())
        return observed.observations

    return run
