"""Objects as they are about to enter a cluster, and a judge of them."""

import asyncio
import json
from base64 import b64encode
from types import SimpleNamespace

import pytest

from certgate.lab.pki import CLOCK, issue, pem
from certgate.sources.admitted import AdmittedObject
from certgate.sources.context import Defaults, defaults
from certgate.webhook.admitting import Admitting
from certgate.webhook.judgement import Answering, Mode
from certgate.webhook.object_judge import plan_judge
from certgate.webhook.webhook_metrics import Metrics

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, days=1000)
LEAF = issue("a.example", issuer=CA, sans=["a.example"], policies=())
OLD = issue("old.example", issuer=CA, sans=["old.example"], policies=(), days=1)
OTHER = issue("b.example", issuer=CA, sans=["b.example"], policies=())


def secret(credential=LEAF, *, chain=None, key=None, name="web", type="kubernetes.io/tls", **data):
    values = {} if type == "Opaque" else {"tls.crt": chain, "tls.key": key}
    values = {"tls.crt": pem(credential, CA), "tls.key": credential.key_pem} | {
        name: value for name, value in values.items() if value is not None
    }
    values = data if type == "Opaque" else values
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": type,
        "metadata": {"name": name, "namespace": "shop"},
        "data": {key: b64encode(value).decode() for key, value in values.items()},
    }


def ingress(*hosts, secret="web"):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"tls": [{"hosts": list(hosts), "secretName": secret}]},
    }


def review(one, operation="CREATE", old=None, **more):
    """An AdmissionReview as the API server sends it."""
    group, _, version = (one or old)["apiVersion"].rpartition("/")
    names = (one or old)["metadata"]
    request = {
        "uid": "u-1",
        "operation": operation,
        "kind": {"group": group, "version": version, "kind": (one or old)["kind"]},
        "namespace": names.get("namespace", ""),
        "name": names.get("name", ""),
        "object": one,
        "oldObject": old,
        "dryRun": False,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request | more}


@pytest.fixture(scope="session")
def root_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("trust") / "root.pem"
    path.write_bytes(pem(ROOT))
    return str(path)


@pytest.fixture(scope="session")
def judge(root_file):
    return plan_judge(defaults("internal-pki", (root_file,), None, Defaults()))


@pytest.fixture
def judged(judge):
    """`judged(object)`: the remarks, as pairs of weight and rule."""

    def run(one, **secrets):
        found = judge.judge(AdmittedObject(raw=one, secrets=secrets), lambda: CLOCK)
        return [(str(remark.weight), remark.rule) for remark in found.remarks]

    return run


class HerePool:
    """Judges at once and in this process; `delay` seconds later."""

    def __init__(self, judge, delay=0.0):
        self.judge_object = judge
        self.delay = delay
        self.count = 0
        self.is_ready = True

    def judge(self, admitted):
        self.count += 1
        coming = asyncio.get_running_loop().create_future()
        judgement = self.judge_object.judge(admitted, lambda: CLOCK)
        asyncio.get_running_loop().call_later(self.delay, coming.set_result, judgement)
        return coming


@pytest.fixture
def ask(judge, capfd):
    """`ask(review, …)`: the response; no key is ever in an answer, a metric or a log."""
    state = SimpleNamespace(pool=HerePool(judge), metrics=Metrics())

    def run(body, *, mode="enforce", deny_incomplete=False, seconds=5.0, login=None, times=1):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answering = Answering(mode=Mode(mode), denies_incomplete=deny_incomplete)

        async def go():
            admitting = Admitting(pool=state.pool, answering=answering, metrics=state.metrics, login=login)
            answers = await asyncio.gather(*(admitting.answer(data, seconds) for _ in range(times)))
            admitting.close()
            return answers

        answers = asyncio.run(go())
        state.said = capfd.readouterr().err
        shown = b"".join(answers).decode() + state.said + state.metrics.text(under_way=0, not_after=None)
        assert "Traceback" not in shown
        for credential in (ROOT, CA, LEAF, OLD, OTHER):
            lines = [*credential.key_pem.decode().splitlines(), b64encode(credential.key_pem).decode()]
            assert not any(line[:48] in shown for line in lines if len(line) >= 48 and "KEY-----" not in line)
        return json.loads(answers[-1])["response"]

    run.state = state
    return run
