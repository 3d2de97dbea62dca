"""The whole webhook in this process: it serves, takes up its certificate, and ends in order."""

import gc
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest
import requests

from certgate.lab.pki import issue, pem
from certgate.model.errors import UsageError
from certgate.sources.context import Defaults, defaults
from certgate.system.stop import Stop
from certgate.webhook import webhook_run
from certgate.webhook.judgement import Answering
from certgate.webhook.webhook_run import WebhookOptions, run_webhook
from tests.ports import free_port
from tests.webhook.conftest import review, secret

CA = issue("Serving CA", ca=True, days=36500)
HOST, NEXT = (issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500) for _ in range(2))


@pytest.fixture
def options(tmp_path, root_file, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(webhook_run, "usable_cores", lambda: 1)
    (tmp_path / "ca.pem").write_bytes(pem(CA))
    write(tmp_path, HOST)
    port = free_port()
    return WebhookOptions(
        listen=f"127.0.0.1:{port}",
        certificate=str(tmp_path / "live" / "tls.crt"),
        key=str(tmp_path / "live" / "tls.key"),
        defaults=defaults("internal-pki", (root_file,), None, Defaults()),
        answering=Answering(),
        check=0.05,
        drain=0.1,
    )


def write(folder, credential, key=None):
    """Swaps a link to both files, as the kubelet does."""
    new = Path(tempfile.mkdtemp(dir=folder))
    (new / "tls.key").write_bytes((key or credential).key_pem)
    (new / "tls.crt").write_bytes(pem(credential))
    (new / "link").symlink_to(new)
    (new / "link").replace(folder / "live")


def served_by(address, ca):
    import ssl

    context = ssl.create_default_context(cafile=ca)
    with context.wrap_socket(socket.create_connection(address, timeout=5), server_hostname="127.0.0.1") as client:
        return client.getpeercert(binary_form=True)


def until(condition):
    end = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_serves_renews_its_certificate_and_ends_in_order(options, tmp_path, capfd):
    stop, url, ca = Stop(), f"https://{options.listen}", str(tmp_path / "ca.pem")
    address = ("127.0.0.1", int(options.listen.rpartition(":")[2]))
    session = requests.Session()
    session.trust_env, session.verify = False, ca

    def visit():
        try:
            until(lambda: _is_up(address))
            until(lambda: session.get(url + "/readyz", timeout=20).ok)
            answers.append(session.post(url + "/validate", json=review(secret(chain=b"foo")), timeout=20).json())
            answers.append(served_by(address, ca))
            write(tmp_path, NEXT, key=HOST)
            until(lambda: 'reloads_total{result="refused"} 1' in session.get(url + "/metrics", timeout=20).text)
            answers.append(served_by(address, ca))
            write(tmp_path, NEXT)
            until(lambda: served_by(address, ca) == NEXT.der)
        finally:
            stop.want()

    answers = []
    visitor = threading.Thread(target=visit)
    visitor.start()
    run_webhook(options, stop)
    visitor.join()

    review_, first, second = answers
    assert not review_["response"]["allowed"]
    assert (first, second) == (HOST.der, HOST.der)
    said = capfd.readouterr().err
    assert f"the webhook listens on {url}/validate" in said
    assert said.count("the certificate before stays in use") == 1
    assert not _is_up(address)


def test_it_collects_garbage_though_commands_begin_without(options, monkeypatch):
    stop = Stop()
    monkeypatch.setattr(webhook_run.ServingCertificate, "renewed", lambda _: stop.want())
    gc.disable()
    try:
        run_webhook(options, stop)
        collects = gc.isenabled()
    finally:
        gc.enable()

    assert collects


def test_a_bug_in_the_renewal_does_not_end_it(options, monkeypatch, capfd):
    stop, faults = Stop(), iter([RuntimeError("x"), None])

    def renewed(_):
        if fault := next(faults):
            raise fault
        stop.want()

    monkeypatch.setattr(webhook_run.ServingCertificate, "renewed", renewed)
    run_webhook(options, stop)

    assert "a bug in certgate: RuntimeError in the renewal" in capfd.readouterr().err


def _is_up(address):
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    "listen", ["8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x", "a b:1", "192.0.2.1:1"]
)
def test_an_address_that_cannot_be_listened_on_is_a_mistake(options, listen):
    with pytest.raises(UsageError, match="--listen"):
        run_webhook(
            WebhookOptions(**{name: getattr(options, name) for name in options.__slots__} | {"listen": listen}), Stop()
        )


def test_an_ipv6_address_is_written_with_brackets():
    with webhook_run._listening("[::1]:0") as one:
        assert webhook_run._address(one) == f"[::1]:{one.getsockname()[1]}"
