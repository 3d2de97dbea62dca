"""Which schedulers `--engine` may name."""

import pytest

from certgate.gate.engine.choice import DaskOptions
from certgate.gate.engine.dask_address import DaskAddress
from certgate.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "insecure", "address"),
    [
        ("dask+tls://scheduler.corp.example:8786", False, "tls://scheduler.corp.example:8786"),
        ("dask+tls://[2001:db8::1]:8786", False, "tls://[2001:db8::1]:8786"),
        ("dask://127.0.0.1:8786", False, "tcp://127.0.0.1:8786"),
        ("dask://[::1]:8786", False, "tcp://[::1]:8786"),
        ("dask://localhost:8786", False, "tcp://localhost:8786"),
        ("dask://10.0.0.1:8786", True, "tcp://10.0.0.1:8786"),
    ],
)
def test_a_scheduler_is_named_as_dask_names_it(text, insecure, address):
    assert DaskAddress.parse(text, insecure=insecure).text == address


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dask://10.0.0.1:8786", "is not protected"),
        ("dask://127.0.0.1.example:8786", "is not protected"),
        ("tls://a.example:8786", "is not dask\\+tls://HOST:PORT"),
        ("dask+tls://", "is not dask\\+tls://HOST:PORT"),
        ("dask+tls://a.example", "has no port: write dask\\+tls://a.example:8786"),
        ("dask+tls://a.example:x", "a.example:x"),
        ("a.example:8786", "is not dask\\+tls://HOST:PORT"),
    ],
)
def test_any_other_is_refused(text, problem):
    with pytest.raises(UsageError, match=f"--engine .*{problem}"):
        DaskAddress.parse(text, insecure=False)


@pytest.mark.parametrize(
    ("options", "workers", "problem"),
    [
        (DaskOptions(insecure=True), None, "--insecure-engine is for --engine"),
        (DaskOptions(engine="dask://localhost:1"), 2, "--workers starts processes here"),
        (DaskOptions(engine="dask://a.example:1"), None, "is not protected"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, workers, problem):
    with pytest.raises(UsageError, match=problem):
        options.refuse(workers)


def test_without_an_address_there_is_no_cluster():
    DaskOptions().refuse(2)
    assert DaskOptions().connected() is None
