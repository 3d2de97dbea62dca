"""What was read of a cluster lies in a file, without keys, until the run ends."""

import gc
import pickle
import stat
from base64 import b64encode

import pytest

from certgate.observe.kubernetes.live.cluster import ClusterScope
from certgate.observe.kubernetes.live.item import Look
from certgate.observe.kubernetes.live.kubeconfig import find_login
from certgate.sources.cluster_reading import ClusterReading
from tests.cli.kubernetes.conftest import INGRESSES, LEAF, SECRETS, ingress, secret
from tests.observe.kubernetes.live.api_server import TOKEN, FakeApi, kubeconfig, serving


def items(reading):
    return [item for look in (Look.NOTHING, Look.SERVER_OF_BUNDLE, Look.HOST) for item in reading.items(look)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


@pytest.fixture
def reading(folder, tmp_path):
    api = FakeApi()
    api.add(SECRETS, secret())
    api.add(INGRESSES, ingress("a.example"))
    with serving(api) as url:
        (tmp_path / "config").write_text(kubeconfig(url))
        found = ClusterReading(
            find_login(kubeconfig=str(tmp_path / "config"), environ={}), ClusterScope(namespaces=("shop",))
        )
        items(found)
    return found


def test_the_file_has_no_key_and_only_the_user_may_read_it(reading, folder):
    [file] = folder.iterdir()
    kept = file.read_bytes()
    assert LEAF.der in kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [line for line in LEAF.key_pem.splitlines() if len(line) == 64]
    assert not any(line in kept for line in (*lines, b64encode(LEAF.key_pem)[:60], TOKEN.encode()))


def test_the_cluster_is_read_once_and_a_copy_in_another_process_reads_the_file(reading):
    ids = [item.id for item in items(reading)]
    assert ids == ["Secret/shop/web/tls.crt", "Ingress/shop/web#a.example"]
    copied = pickle.dumps(reading)
    assert TOKEN.encode() not in copied
    copy = pickle.loads(copied)
    assert [copy.item(id) for id in ids] == [reading.item(id) for id in ids] == items(copy)
    assert copy.item("Secret/shop/other/tls.crt") is None


def test_the_file_is_removed_with_the_reading_and_not_with_a_copy(folder):
    reading = ClusterReading(find_login_of(folder), ClusterScope(namespaces=("shop",)))
    items(reading)
    copy = pickle.loads(pickle.dumps(reading))
    del copy
    gc.collect()
    assert list(folder.iterdir()) != []
    del reading
    gc.collect()
    assert list(folder.iterdir()) == []


def find_login_of(folder):
    """The login of a cluster that does not answer."""
    (folder.parent / "config").write_text(kubeconfig("https://127.0.0.1:1"))
    return find_login(kubeconfig=str(folder.parent / "config"), environ={})
