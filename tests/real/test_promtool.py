"""Whether Prometheus' own tool accepts the metrics."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

GOLDEN = Path(__file__).parents[1] / "reports/golden/openmetrics.txt"


@pytest.mark.skipif(not which("promtool"), reason="promtool is not there")
def test_promtool_has_no_remark_on_the_metrics():
    found = subprocess.run(
        ["promtool", "check", "metrics"], input=GOLDEN.read_bytes(), capture_output=True, check=False
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")
