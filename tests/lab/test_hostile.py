"""Text that is written against its reader, from certificates through the whole gate into every report."""

import csv
import json
import re
from pathlib import Path

import jsonschema
import pytest
from cryptography.x509.oid import NameOID
from lxml import etree
from markdown_it import MarkdownIt

from certgate.cli import main as cli
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, make_key, pem
from certgate.lab.scenarios.hostile import ASCII, SCENARIOS, UNICODE, SpelledName
from certgate.reports.spec import FORMATS
from tests.schemas import report_schema

SCHEMAS = Path(__file__).parents[2].parent / "shared/schemas"
AT = CLOCK.isoformat()
RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufff8\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""What no reader wants raw: controls but line ends and tabs, bidi overrides, invisible and no characters."""
COMMAND = re.compile(r"(?m)^[^\S\n]*(::|##\[|##vso\[)|##\w*\[")
"""What a CI runner obeys: a command at the start of a line, or Azure's and the old ones anywhere."""
SHORT = {"text", "slack"}
"""They show no message of a finding, and of all certificates only the few that expire next."""
SGR = re.compile("\x1b\\[[0-9;]*m")


def manifest():
    """A Secret whose names are hostile too."""
    hostile = {"name": UNICODE, "namespace": ASCII}
    body = {
        "kind": "Secret",
        "metadata": hostile,
        "stringData": {f"x{UNICODE}": pem(LEAF).decode(), "y": "-----BEGIN CERTIFICATE-----\n"},
    }
    return json.dumps(body)


def unspeakable():
    """A certificate that no TLS library would send: its name holds lone surrogates, and bytes that are no text."""
    return issue(
        SpelledName(
            (NameOID.ORGANIZATION_NAME, 0x1E, bytes.fromhex("d800dc000041dfffd83d")),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, 0x1C, bytes.fromhex("0000d80000110000")),
            (NameOID.COMMON_NAME, 0x0C, b"\xed\xa0\x80\xff\x1b[31m\n::error::owned"),
        ),
        sans=["a.example"],
        key=make_key(),
    )


LEAF = issue("a.example", sans=["a.example", "spiffe://corp.example/" + ASCII])


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Every report of a scan of the hostile scenarios and of a check of hostile files, by command and format."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "m.json").write_text(manifest())
    (folder / "unspeakable.pem").write_bytes(pem(unspeakable()))
    (folder / "root.pem").write_bytes(pem(LEAF))
    written = {}
    with Lab(SCENARIOS) as lab:
        runs = {
            "scan": ["scan", "--config", str(lab.config_file)],
            "one": ["scan", "--config", str(lab.config_file), "--only", "*#hostile-text.lab.example"],
            "check": [
                "check",
                str(folder / "m.json"),
                str(folder / "unspeakable.pem"),
                "--trust",
                str(folder / "root.pem"),
            ],
        }
        for run, command in runs.items():
            for verbose in ((), ("-v",)):
                places = {form: folder / f"{run}{len(verbose)}.{form}" for form in FORMATS}
                arguments = [f"--report={form}={place}" for form, place in places.items()]
                assert cli.run([*command, *verbose, "--at", AT, "--color", "never", *arguments]) == 1
                for form, place in places.items():
                    written[run, bool(verbose), form] = place.read_bytes().decode()
    return written


@pytest.fixture(params=[("scan", False), ("scan", True), ("check", False), ("check", True)], ids=str)
def report(request, reports):
    """`report(format)`."""
    return lambda form: reports[(*request.param, form)]


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_holds_a_raw_control_or_an_override_or_a_command(report, form):
    text = report(form)

    assert not RAW.search(text)
    lines = text if form != "github-annotations" else re.sub(r"(?m)^::(error|warning|notice) ", "", text)
    assert not COMMAND.search(lines)


@pytest.mark.parametrize("form", FORMATS)
def test_every_report_shows_the_text_escaped(reports, form):
    text = reports["one" if form in SHORT else "scan", True, form]
    if form == "openmetrics":
        assert 'target="' in text  # it shows no foreign text but the targets'
    else:
        assert re.search(r"(\\|%5C)+(x1b|u001b)", text), "the escaped ESC of a name"
        assert "owned" in text or form in SHORT


def test_the_json_report_is_ascii_json_that_holds_the_schema(report):
    text = report("json")

    assert text.isascii()
    report_schema().validate(json.loads(text))


def test_the_junit_report_is_xml_that_holds_the_schema(report):
    document = etree.fromstring(report("junit").encode(), etree.XMLParser(resolve_entities=False))

    assert {element.tag for element in document.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out", "system-err", "properties",
        "property",
    }  # fmt: skip
    if SCHEMAS.is_dir():
        etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd")).assertValid(document)


def test_the_sarif_report_holds_the_schema_and_no_message_has_a_link(report):
    run = json.loads(report("sarif"))
    messages = [r["message"]["text"] for r in run["runs"][0]["results"]]

    assert not any(re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", message) for message in messages)
    if SCHEMAS.is_dir():
        jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())).validate(run)


def test_the_gitlab_report_is_a_list_of_complete_issues(report):
    issues = json.loads(report("gitlab"))

    assert issues
    for one in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= one.keys()
    assert len({one["fingerprint"] for one in issues}) == len(issues)


@pytest.mark.parametrize("form", ["markdown", "github-summary"])
def test_markdown_has_no_html_no_image_and_no_link_to_where_the_text_points(report, form):
    tokens = (
        MarkdownIt("commonmark", {"html": True, "linkify": False})
        .enable(["table", "strikethrough"])
        .parse(report(form))
    )
    inline = [child for token in tokens for child in token.children or ()]
    tables = [token for token in tokens if token.type == "tr_open"]

    assert not [t for t in (*tokens, *inline) if t.type in {"html_block", "html_inline", "image"}]
    links = [t.attrGet("href") for t in inline if t.type == "link_open"]
    assert not [link for link in links if "evil" in str(link)]
    outside = "".join(t.content for t in inline if t.type == "text")
    assert "owned" not in outside
    assert "evil.example" not in outside
    assert tables


def test_the_table_for_spreadsheets_has_one_width_and_no_formula(report):
    rows = list(csv.reader(report("csv").splitlines()))

    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_the_metrics_keep_to_their_grammar(report):
    label = r'[a-z_]+="([^"\\\n]|\\["\\n])*"'
    line = re.compile(rf"# (HELP|TYPE) [a-z_]+ .+|# EOF|[a-z_]+(\{{{label}(,{label})*\}})? -?\d+(\.\d+)?")

    lines = report("openmetrics").splitlines()

    assert [text for text in lines if not line.fullmatch(text)] == []
    assert lines[-1] == "# EOF"


def test_annotations_are_few_and_each_is_one_line(report):
    lines = report("github-annotations").splitlines()

    found = [re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line) for line in lines]
    assert lines
    assert all(found)
    for level in ("error", "warning", "notice"):
        assert sum(match[1] == level for match in found) <= 10
    assert not [match[3] for match in found if "%0A" in match[3] and "%250A" not in match[3] and "::error" in match[3]]


@pytest.mark.parametrize("colour", ["always", "never"])
@pytest.mark.parametrize("width", ["40", "200"])
def test_the_terminal_shows_nothing_but_its_own_styles(tmp_path, capsys, monkeypatch, colour, width):
    monkeypatch.setenv("COLUMNS", width)
    (tmp_path / "m.json").write_text(manifest())
    (tmp_path / "unspeakable.pem").write_bytes(pem(unspeakable()))

    code = cli.run(
        ["check", str(tmp_path / "m.json"), str(tmp_path / "unspeakable.pem"), "--color", colour, "-v", "--at", AT]
    )

    out, err = capsys.readouterr()
    assert code == 1
    plain = SGR.sub("", out)
    assert (plain == out) is (colour == "never")
    assert not RAW.search(plain + err)
    assert not COMMAND.search(plain + err)
    assert "\\x1b" in plain
