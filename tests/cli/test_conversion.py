"""What the words of a command line are converted to, and what is loaded for that."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from certgate.cli.conversion import convert_lazily
from certgate.cli.main import run
from certgate.lab.pki import issue, pem

SLOW = ("pydantic", "ruamel.yaml", "requests", "asyncio", "multiprocessing")
UNUSED = {
    *{"ssl", "concurrent.futures", "gzip", "distributed", "certgate.lab", "certgate.webhook"},
    *{"certgate.gate.journaling", "certgate.gate.history.history", "certgate.judge.forecast", "certgate.reports.web"},
    *{"certgate.observe.saved", "certgate.observe.kubernetes.live", "certgate.observe.workload_api.agent"},
    *{"certgate.checks.spiffe.spiffe", "certgate.checks.target.edge", "certgate.checks.certificate.lint"},
    *{
        "certgate.checks.target.mtls_admission",
        "certgate.checks.target.tls_accepts",
        "certgate.checks.certificate.key_weak",
    },
    *{"certgate.custom.opa", "certgate.observe.tls.proxy", "certgate.observe.files.chain_file"},
    *{"certgate.net.notifications", "certgate.policy.baseline", "certgate.judge.matrix"},
    *{"certgate.observe.stores.named_bundle", "certgate.gate.engine.dask_address"},
}
"""What a scan of an endpoint needs only where an option, the target or the terminal asks for it."""
PROGRAM = "import sys; from certgate.cli.main import run; run(sys.argv[1:]); print(*sys.modules)"


def test_a_usual_run_loads_no_slow_library(tmp_path):
    (tmp_path / "leaf.pem").write_bytes(pem(issue("a.example")))
    words = ["check", "leaf.pem", "--policy=internal-pki", "--trust", "leaf.pem", "--report=json=r.json"]
    loaded = loaded_by(words, tmp_path)
    assert "certgate.judge.judge" in loaded
    assert not loaded.intersection(SLOW)


def test_a_plain_scan_loads_nothing_that_it_does_not_use(tmp_path):
    (tmp_path / "root.pem").write_bytes(pem(issue("a.example")))
    words = ["scan", "127.0.0.1:1", "--policy=internal-pki", "--trust=root.pem", "--report=json=r.json"]
    words += ["--per-host", "64", "--retries=0", "--timeout=2.5"]
    loaded = loaded_by(words, tmp_path)
    assert "certgate.observe.tls.attempt" in loaded
    assert not loaded.intersection({*SLOW, *UNUSED})


def loaded_by(words, folder):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--retries=11"], "--retries"),
        (["--retries=-1"], "--retries"),
        (["--retries=1.5"], "--retries"),
        (["--concurrency=0"], "--concurrency"),
        (["--timeout=0"], "--timeout"),
        (["--timeout=3600.1"], "--timeout"),
        (["--timeout=nan"], "--timeout"),
        (["--timeout=soon"], "--timeout"),
        (["--progress=some"], "--progress"),
        (["--fail-on=never"], "--fail-on"),
    ],
)
def test_numbers_and_choices_are_still_checked(capsys, words, said):
    assert run(["scan", "localhost", *words]) == 2
    assert said in capsys.readouterr().err


class Number:
    """A parameter of typer's, whose words are numbers; it converts to one that no word says."""

    multiple, nargs, default = False, 1, None

    def __init__(self, kind=int):
        bounds = SimpleNamespace(min=1, max=20)
        self.type_descriptor = SimpleNamespace(annotation=kind, parameter_info=bounds)

    def get_runtime_param(self):
        return self

    def coerce(self, value, param, ctx):
        return -1


@pytest.mark.parametrize(
    ("kind", "word", "number"),
    [
        *[(int, "1", 1), (int, "20", 20), (float, "1", 1.0), (float, "20.0", 20.0), (float, "2.50", 2.5)],
        *[
            (kind, word, -1)
            for kind in (int, float)
            for word in ("0", "21", "07", " 7", "+7", "1_0", "7\n", "\u0667", "")
        ],
        *[(int, "7.0", -1), (float, "20.01", -1), (float, "7.", -1), (float, "1e1", -1), (float, "inf", -1)],
        (bool, "1", -1),
    ],
)
def test_only_plain_numbers_within_their_bounds_are_converted_without_typer(kind, word, number):
    parameter = Number(kind)
    convert_lazily([parameter])
    found = parameter.get_runtime_param().coerce(word, param=parameter, ctx=None)
    assert (found, type(found)) == (number, int if number == -1 else kind)


def test_a_process_may_read_any_number_of_command_lines():
    number = Number()
    for _ in range(2_000):
        convert_lazily([number])
    assert number.get_runtime_param().coerce("many", param=number, ctx=None) == -1


def test_a_typer_that_converts_in_another_way_is_left_to_it():
    convert_lazily([object()])
