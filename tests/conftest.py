"""What all tests share."""

import gc
import logging
import signal

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business: a busy one fails no test.
settings.register_profile("certgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("certgate")


def pytest_addoption(parser):
    parser.addoption("--integration", action="store_true", help="run the tests against servers that are built first")
    parser.addoption("--no-skip", action="store_true", help="a skipped test fails the run: something is missing here")


def pytest_configure():
    """In the background, shells and nohup have signals ignored, and so would the programs that tests interrupt."""
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_itemcollected(item):
    """Other tests run all that slow ones run in this process: to measure their coverage too takes time and adds nothing."""
    if item.get_closest_marker("slow"):
        item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is collected stays to the end: looking for garbage in it again and again takes seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    """A command with --traceback changes the logger of its process, which is that of all tests."""
    logger = logging.getLogger("certgate")
    level, handlers = logger.level, logger.handlers[:]
    try:
        return (yield)
    finally:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def pytest_sessionfinish(session):
    if not session.config.getoption("--no-skip"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("skipped tests are failures here (--no-skip)", red=True)


def pytest_make_parametrize_id(config, val, argname):
    """Keys and certificates differ from run to run, and the workers of one run must agree on the tests' names."""
    if isinstance(val, bytes) or (isinstance(val, str | int) and len(str(val)) > 60):
        return argname
    return None
