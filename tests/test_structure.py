"""How the code is laid out: what docs/contributing/architecture.md promises of modules, layers and tests."""

import ast
from collections import Counter
from functools import cache
from itertools import takewhile
from pathlib import Path
from statistics import median

from certgate.checks.framework.catalogue import all_checks, check_of
from tests.syntax import MODULES, PACKAGE, nodes_of, tree_of

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
NAMESAKES = frozenset({"interface", "__init__"})
MOST_POSITIONAL_FIELDS = 5
POSIX_ALONE = frozenset({"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"})
ASIDE = frozenset(
    {
        "action",
        "bench",
        "conformance",
        "differential",
        "docs",
        "examples",
        "fuzz",
        "integration",
        "mutants",
        "packaging",
        "real",
        "twins",
    }
)
"""Folders of tests that are about no package alone."""
OF_ONE_SUBJECT = frozenset({"cli/kubernetes"})
"""Folders of tests that share fixtures, beside those of a package."""
WIDE = frozenset({"checks", "cli", "lab", "net", "observe", "policy", "reports", "sources", "trust"})
"""Packages with tests that are about several of their modules."""


@cache
def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = frozenset(map(dotted, MODULES))


def imported(path):
    """The modules of certgate that a file imports, inside of functions too."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in NAMES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in NAMES)
            if node.module in NAMES and not NAMES.issuperset(inner):
                yield node.module


def test_no_module_is_longer_than_one_can_see_at_once():
    lines = {dotted(path): len(path.read_text().splitlines()) for path in MODULES}

    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
    assert 80 <= median(lines[dotted(path)] for path in MODULES if path.name != "__init__.py") <= 150


def test_module_names_are_unique_but_for_those_that_the_page_lists():
    page = (ROOT / "docs/contributing/architecture.md").read_text()
    listed = NAMESAKES | named_twice_on(page)
    counted = Counter(path.stem for path in MODULES)

    assert {name for name, count in counted.items() if count > 1} == listed


def named_twice_on(page):
    """The names behind "those listed here:" on the page."""
    text = " ".join(page.split()).partition("those listed here: ")[2].partition(". ")[0]
    return {word.strip("`,. ") for word in text.split() if word.startswith("`")}


def test_modules_import_each_other_in_no_circle():
    graph = {dotted(path): set(imported(path)) - {dotted(path)} for path in MODULES}
    seen, under_way, circles = set(), [], []

    def visit(name):
        if name in under_way:
            circles.append(" > ".join([*under_way[under_way.index(name) :], name]))
        elif name not in seen:
            seen.add(name)
            under_way.append(name)
            for other in sorted(graph.get(name, ())):
                visit(other)
            under_way.pop()

    for name in graph:
        visit(name)
    assert circles == []


def test_every_module_can_be_imported_on_a_system_without_posix():
    for path in MODULES:
        at_once = [node for node in tree_of(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in at_once for alias in node.names} | {
            getattr(node, "module", "") for node in at_once
        }

        assert names & POSIX_ALONE == set(), path


def dataclasses():
    for path in MODULES:
        for node in nodes_of(path):
            if not isinstance(node, ast.ClassDef):
                continue
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                name = call.func if call else decorator
                if isinstance(name, ast.Name) and name.id in {"changeable", "dataclass"}:
                    yield f"{dotted(path)}.{node.name}", node, call


def test_dataclasses_with_many_fields_take_them_by_keyword():
    positional = []
    for name, node, call in dataclasses():
        annotated = [f for f in node.body if isinstance(f, ast.AnnAssign)]
        ordered = takewhile(lambda field: ast.unparse(field.annotation) != "KW_ONLY", annotated)
        fields = [field for field in ordered if "ClassVar" not in ast.unparse(field.annotation)]
        by_keyword = any(word.arg == "kw_only" for word in call.keywords) if call else False
        if len(fields) > MOST_POSITIONAL_FIELDS and not by_keyword:
            positional.append(name)

    assert positional == []


def test_classes_of_values_are_made_without_the_standard_library_s_compiler():
    said = {name: {word.arg for word in call.keywords} if call else set() for name, _, call in dataclasses()}

    assert [name for name, words in said.items() if "frozen" in words and "order" not in words] == []


def test_every_module_opens_with_one_sentence_about_what_it_is():
    modules = [path for path in MODULES if path.name != "__init__.py"]
    first = {dotted(path): (ast.get_docstring(tree_of(path)) or "").partition("\n\n")[0] for path in modules}

    assert [name for name, sentence in first.items() if not sentence.endswith(".")] == []


def test_tests_lie_where_the_packages_lie():
    packages = {path.parent.relative_to(PACKAGE) for path in MODULES}
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}

    assert {str(folder) for folder in folders - packages if folder.parts[0] not in ASIDE} == OF_ONE_SUBJECT


def test_the_family_of_a_rule_names_its_file():
    for check in all_checks().values():
        module = check.run.__module__.rpartition(".")[2]

        assert f"{module}_".startswith(f"{check.doc.family}_"), check.id
        assert check_of(check.id) is check


def names_a_module(test):
    """Whether tests, by their path, are named after a module of their package, with more words or without."""
    beside = (PACKAGE / test.parent).glob("*.py")
    return any(f"{test.stem}_".startswith(f"test_{module.stem}_") for module in beside)


def test_tests_are_named_after_modules():
    tests = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")]
    of_checks = [path for path in tests if path.parts[0] == "checks" and len(path.parts) > 2]
    mirrored = [path for path in tests if len(path.parts) > 1 and path.parts[0] not in ASIDE | WIDE]

    assert [path for path in (*of_checks, *mirrored) if not names_a_module(path)] == []
    assert {path.parts[0] for path in mirrored} >= {"custom", "gate", "judge"}


def descendants(of):
    """The names of the classes in certgate that derive from one of these, themselves included."""
    bases = {
        node.name: {ast.unparse(base).partition("[")[0] for base in node.bases}
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.ClassDef)
    }
    found = set(of)
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def test_no_code_asks_of_which_class_a_source_is():
    sources = descendants({"Source", "TargetSource", "Observer", "Declaration"})
    asked = []
    for path in MODULES:
        for node in nodes_of(path):
            names: list[ast.expr] = []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"isinstance", "issubclass", "cast"}:
                names = node.args
            elif isinstance(node, ast.MatchClass):
                names = [node.cls]
            words = {word.id for name in names for word in ast.walk(name) if isinstance(word, ast.Name)}
            asked += [f"{dotted(path)}:{node.lineno} {word}" for word in sorted(words & sources)]

    assert len(sources) > 10
    assert asked == []
