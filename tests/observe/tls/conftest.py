"""Servers with several certificates."""

import pytest

from certgate.lab.pki import issue, pem


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
