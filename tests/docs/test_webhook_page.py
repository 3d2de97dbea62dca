"""The page about the admission webhook."""

import re
from pathlib import Path

import kubernetes_validate
import yaml

from certgate.webhook import admitting, https_server, judging_pool, referenced_secrets
from certgate.webhook.judgement import Decision
from certgate.webhook.webhook_metrics import Metrics

PAGE = (Path(__file__).parents[2] / "docs/guides/webhook.md").read_text()


def test_the_registration_is_valid():
    [text] = re.findall(r"<!-- tested: registration -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    found = yaml.safe_load(text.replace("CA_OF_THE_WEBHOOK_IN_BASE64", "Zm9v"))

    kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)
    [webhook] = found["webhooks"]
    assert (webhook["failurePolicy"], webhook["sideEffects"], webhook["timeoutSeconds"]) == ("Ignore", "None", 5)


def test_the_limits_are_those_of_the_code():
    for limit in (
        f"{https_server.MAX_BODY // 1024**2} MiB for a body",
        f"{https_server._MAX_HELD // 1024**2} MiB for all bodies together, {https_server._MAX_CONNECTIONS} connections",
        f"{admitting._MOST} requests under way, {judging_pool.MOST_WAITING} objects waiting",
        f"{judging_pool._LONGEST:.0f} seconds for one judgement",
        f"{referenced_secrets.SECONDS:.0f} second for the Secrets of an object, {referenced_secrets._MOST} of them",
    ):
        assert limit in PAGE


def test_the_metrics_and_decisions_are_those_of_the_code():
    text = Metrics().text(under_way=0, not_after=None)
    named = set(re.findall(r"`(certgate_webhook_\w+)`", PAGE))
    families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))

    assert {name.removesuffix("_total") for name in named} - families == {
        "certgate_webhook_certificate_not_after_timestamp_seconds"
    }
    assert families <= {name.removesuffix("_total") for name in named}
    assert all(f"`{decision}`" in PAGE for decision in Decision)
