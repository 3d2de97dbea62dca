"""Put faults into judge, trust and checks, one at a time, and see whether the tests find them.

Each fault meets the tests that run its line: first those of the module, then all others. They run against a copy.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from coverage import CoverageData

from tests.mutants.mutations import Mutation, mutations_of

__all__ = ["Mutant", "drawn", "modules", "named", "nearest_tests"]

ROOT = Path(__file__).parents[2]
PACKAGES = ("judge", "trust", "checks")
TESTS = ("tests/judge", "tests/trust", "tests/checks", "tests/lab/test_verify.py")
SURVIVORS = Path(__file__).with_name("survivors.tsv")
OUTPUT = "output.txt"
COPIED = ("certgate", "tests", "policies", "examples", "docs", "README.md", "pyproject.toml")
MOST_CPU_SECONDS = 30
"""Of one test: what runs longer is found."""
PYTEST = ("-q", "-m", "not slow", "-o", "timeout=600", "-p", "no:cacheprovider", "--hypothesis-seed=1")
PYTEST += ("-W", "ignore::pytest.PytestAssertRewriteWarning")
WARM = ("cryptography.x509", "hypothesis", "OpenSSL", "pkilint.pkix", "pydantic", "requests", "ruamel.yaml", "typer")
"""What every run of the tests imports, and what no fault is put into."""


@dataclass(frozen=True)
class Mutant:
    """A fault in a file."""

    path: str
    fault: Mutation

    @property
    def key(self) -> tuple[str, ...]:
        """How a survivor is named: without its line, which other changes move."""
        texts = (" ".join(text.split()) for text in (self.fault.before, self.fault.after))
        return (self.path, self.fault.place, *texts)

    def __str__(self) -> str:
        path, place, before, after = self.key
        return f"{path}:{self.fault.line} {place}: {before} → {after}"


def modules() -> list[str]:
    """What faults are put into, by path."""
    found = (path for package in PACKAGES for path in (ROOT / "certgate" / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def drawn(count: int, seed: int, paths: Iterable[str]) -> list[Mutant]:
    """The same faults for the same code and seed."""
    everything = [Mutant(path, fault) for path in paths for fault in mutations_of((ROOT / path).read_text())]
    return Random(seed).sample(everything, min(count, len(everything)))


def named() -> dict[tuple[str, ...], str]:
    """The survivors that no test can or should find, each with its reason."""
    lines = (line.split("\t") for line in SURVIVORS.read_text().splitlines() if not line.startswith("#"))
    return {tuple(key): reason for *key, reason in lines}


def nearest_tests(root: Path, path: str) -> set[str]:
    """The test files named after a module, and those that import it."""
    module = Path(path)
    dotted = ".".join(module.with_suffix("").parts)
    found = set((root / "tests" / Path(*module.parts[1:-1])).glob(f"test_{module.stem}*.py"))
    everything = (test for package in PACKAGES for test in (root / "tests" / package).rglob("test_*.py"))
    found.update(test for test in everything if f"{dotted} import" in test.read_text())
    return {test.relative_to(root).as_posix() for test in found}


class _Failing:
    """Writes down the tests that fail."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            with self._path.open("a") as sink:
                sink.write(f"{report.nodeid}\n")


class _Some:
    """Runs only some tests, each for so long that no loop is endless."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._wanted(item.nodeid)]

    def pytest_sessionstart(self) -> None:
        self.pytest_runtest_setup()

    def pytest_runtest_setup(self) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, MOST_CPU_SECONDS)


class _Tests:
    """The tests in a copy of the project that pass without a fault, and which of them run which line."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        self._failing: set[str] = set()
        failing = copy / "failing.txt"
        failing.touch()
        coverage = [f"--cov=certgate.{package}" for package in PACKAGES]
        words = [*TESTS, *coverage, "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
        self._run(words, _Failing(failing))
        sys.dont_write_bytecode = True
        self._failing.update(failing.read_text().splitlines())
        for test in sorted(self._failing):
            _say(f"fails without a fault, so it finds none: {test}")
        self._data = CoverageData(str(copy / ".coverage"))
        self._data.read()
        if not self._data.measured_files():
            sys.exit((copy / OUTPUT).read_text())

    def find(self, mutant: Mutant) -> bool:
        """Whether a test fails with the fault."""
        path = self._copy / mutant.path
        by_line = self._data.contexts_by_lineno(str(path))
        contexts = {context for line in mutant.fault.lines for context in by_line.get(line, []) if context}
        tests = {context.rpartition("|")[0] for context in contexts} - self._failing
        nearest = nearest_tests(self._copy, mutant.path)
        original, times = path.read_text(), path.stat()
        path.write_text(mutant.fault.source)
        try:
            if not tests:  # it runs while the module is imported, or in a process of its own
                return any(self._fail(some, self._passes) for some in (sorted(nearest), TESTS) if some)
            first = {test for test in tests if test.partition("::")[0] in nearest}
            return any(self._fail(_files(some), some.__contains__) for some in (first, tests - first) if some)
        finally:
            path.write_text(original)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as its bytecode has it

    def _passes(self, test: str) -> bool:
        return test not in self._failing

    def _fail(self, files: Iterable[str], wanted: Callable[[str], bool]) -> bool:
        code = self._run(["-x", *files], _Some(wanted))
        return code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}

    def _run(self, words: Iterable[str], plugin: object) -> int:
        def test() -> int:
            os.chdir(self._copy)
            os.environ["PYTHONPATH"] = sys.path[0] = str(self._copy)
            for name in [name for name in sys.modules if name.partition(".")[0] in {"certgate", "tests"}]:
                del sys.modules[name]
            return pytest.main([*PYTEST, *words], plugins=[plugin])

        return _forked(test, self._copy / OUTPUT)


def _files(tests: set[str]) -> list[str]:
    return sorted({test.partition("::")[0] for test in tests})


def _forked(test: Callable[[], int], output: Path) -> int:
    """What `test` returns in a process of its own that has this one's modules."""
    if not (child := os.fork()):
        os.setpgid(0, 0)
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(written, 1)
        os.dup2(written, 2)
        status = 1
        try:
            status = int(test())
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what the tests left behind
    return os.waitstatus_to_exitcode(ended)


def _tried(mutants: Iterable[Mutant], end: float) -> Iterator[tuple[Mutant, bool]]:
    with TemporaryDirectory(prefix="certgate-mutants-") as folder:
        copy = Path(folder).resolve()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, copy / name)
        tests = _Tests(copy)
        for mutant in mutants:
            if time.monotonic() > end:
                return
            yield mutant, tests.find(mutant)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=150)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--only", default="", help="part of the path of the modules")
    words = parser.parse_args()
    for name in WARM:
        __import__(name)
    mutants = drawn(words.count, words.seed, [path for path in modules() if words.only in path])
    known, counted = named(), Counter[str]()
    begun = time.monotonic()
    for mutant, found in _tried(mutants, begun + words.minutes * 60):
        what = "found" if found else "named" if mutant.key in known else "MISSED"
        counted[what] += 1
        _say(f"{time.monotonic() - begun:5.0f} s  {what:6}  {mutant}")
    tried = counted.total()
    score = f"{counted['found']} found ({counted['found'] / max(tried, 1):.1%}), {counted['named']} named"
    _say(f"seed {words.seed}: {tried} faults of {len(mutants)} tried, {score}, {counted['MISSED']} missed")
    return 1 if counted["MISSED"] or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
