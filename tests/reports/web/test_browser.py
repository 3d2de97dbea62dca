"""The HTML report in a browser: what readers do with it, and what it must never do."""

import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from certgate.model.finding import Outcome
from certgate.model.verdict import Verdict
from certgate.reports.interface import ReportOptions
from certgate.reports.page_folder import PageFolder
from certgate.reports.sink import open_sink
from certgate.reports.web.html_report import HtmlReport

AXE = Path(__file__).parents[3] / ".ci/axe/node_modules/axe-core/axe.min.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.timeout(240)  # a browser starts slowly on a busy machine
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        started = tools.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


class Opened:
    """A page in the browser, with what it asked for and complained about."""

    def __init__(self, page, address):
        self.page = page
        self.requests, self.complaints = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        page.goto(address)

    @property
    def overflow(self):
        """Pixels by which the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    @property
    def shown(self):
        """The targets that the table shows, in order."""
        return self.page.locator("table.targets tbody tr:visible th a").all_text_contents()

    def open_all(self):
        self.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@pytest.fixture
def visit(browser):
    """visit(path or address, …) opens it in a window of its own."""
    contexts = []

    def opened(where, **more):
        context = browser.new_context(**({"viewport": DESKTOP} | more))
        context.set_default_timeout(60_000)
        contexts.append(context)
        return Opened(context.new_page(), where if isinstance(where, str) else where.as_uri())

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def written(render, results, tmp_path):
    """The report of a compliant target, a hostile one, and others, as a file."""
    path = tmp_path / "report.html"
    path.write_text(render("html", *results, verbose=True), encoding="utf-8")
    return path


@pytest.fixture
def folder(results, header, summary, tmp_path):
    """The same as a folder."""
    first = open_sink(tmp_path / "index.html", token="x")
    files = [(open_sink(tmp_path / name, token="x"), text) for name, text in HtmlReport.files().items()]
    pages = PageFolder(tmp_path, first, files, token="x")
    report = HtmlReport(pages.stream, ReportOptions(pages=pages))
    report.begin(header())
    for result in results:
        report.add(result)
    report.end(summary(*results))
    pages.commit()
    report.close()
    return tmp_path


@pytest.fixture
def serve():
    """serve(folder, policy) serves it with this content security policy, and returns its address."""
    servers = []

    def serving(folder, policy):
        class Handler(SimpleHTTPRequestHandler):
            def end_headers(self):
                self.send_header("Content-Security-Policy", policy)
                super().end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serving
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_page_opens_without_a_request_or_a_complaint_and_runs_nothing_hostile(visit, written):
    opened = visit(written)

    assert opened.requests == [written.as_uri()]
    assert opened.complaints == []
    assert opened.page.title() == "certgate: violated, 6 targets"
    assert opened.page.locator("form.filters").is_visible()
    assert opened.page.evaluate("document.scripts.length") == 1


@pytest.mark.slow
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window_even_when_all_is_open(visit, written, folder, size, scheme):
    for path in (written, folder / "index.html", *sorted(folder.glob("targets/*"))):
        opened = visit(path, viewport=size, color_scheme=scheme)
        assert opened.overflow == 0
        opened.open_all()
        assert opened.overflow == 0
        assert opened.complaints == []


HOSTILE_SCAN = """
import sys
from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios.hostile import SCENARIOS

with Lab(SCENARIOS) as lab:
    reports = [f"--report=html={place}" for place in sys.argv[1:]]
    sys.exit(run(["scan", "--config", str(lab.config_file), "--at", CLOCK.isoformat(), "-v", *reports]))
"""


@pytest.mark.slow
def test_a_scan_of_hostile_servers_gives_pages_on_which_nothing_hostile_happens(visit, tmp_path):
    path, folder = tmp_path / "hostile.html", tmp_path / "hostile"
    command = [sys.executable, "-c", HOSTILE_SCAN, str(path), f"{folder}/"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert ended.returncode == 1, ended.stderr

    for place in (path, folder / "index.html", *sorted(folder.glob("targets/*"))):
        opened = visit(place, viewport=PHONE)
        opened.open_all()
        assert opened.complaints == []
        assert {request for request in opened.requests if not request.startswith(folder.as_uri())} <= {path.as_uri()}
        assert opened.overflow == 0
        assert opened.page.locator("script").count() == 1
        links = opened.page.locator("a").evaluate_all("links => links.map((link) => link.protocol)")
        assert set(links) <= {"file:"}
    assert "owned" in visit(path).page.locator("main").text_content()


@pytest.mark.slow
def test_the_page_follows_the_scheme_of_its_reader(visit, written):
    colours = {}
    for scheme in ("light", "dark"):
        page = visit(written, color_scheme=scheme).page
        colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert colours == {"light": "rgb(244, 246, 248)", "dark": "rgb(14, 17, 22)"}


@pytest.mark.slow
def test_a_click_on_a_column_sorts_by_it_and_another_one_turns_the_order(visit, written):
    opened = visit(written)
    head = opened.page.locator("th.c-target")
    names = sorted(opened.shown)

    opened.page.get_by_role("button", name="Target").click()
    assert (head.get_attribute("aria-sort"), opened.shown) == ("ascending", names)

    opened.page.get_by_role("button", name="Target").click()
    assert (head.get_attribute("aria-sort"), opened.shown) == ("descending", names[::-1])


@pytest.mark.slow
def test_problems_sort_the_worst_first_and_unknown_dates_last(visit, written):
    opened = visit(written)

    opened.page.get_by_role("button", name="Problems").click()
    assert opened.shown[0] == "db.internal.example:8443"
    assert opened.shown[-1] == "api.example:443"

    for _ in range(2):
        opened.page.get_by_role("button", name="Expires first").click()
        assert opened.shown[-1] == "mail.example:443"


@pytest.mark.slow
def test_everything_works_from_the_keyboard(visit, written):
    opened = visit(written)
    keyboard = opened.page.keyboard

    keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("Enter")
    opened.page.wait_for_function("document.activeElement.id === 'main'")

    opened.page.get_by_role("button", name="Target").focus()
    keyboard.press("Enter")
    assert opened.shown == sorted(opened.shown)

    opened.page.get_by_role("checkbox", name="violated").focus()
    keyboard.press("Space")
    opened.page.get_by_text("3 of 6 shown").wait_for()


@pytest.mark.slow
def test_the_table_filters_by_words_and_by_verdict(visit, written):
    opened = visit(written)
    search = opened.page.get_by_role("searchbox")

    search.fill("KEY.rsa-min tier=EDGE")
    opened.page.get_by_text("1 of 6 shown").wait_for()
    assert opened.shown == ["db.internal.example:8443"]

    search.fill("ocsp.fresh")
    opened.page.get_by_text("2 of 6 shown").wait_for()
    opened.page.get_by_role("checkbox", name="violated").uncheck()
    opened.page.get_by_text("1 of 6 shown").wait_for()
    assert opened.shown == ["shop.example:443"]

    opened.page.get_by_role("button", name="Show all").click()
    opened.page.get_by_text("6 of 6 shown").wait_for()


@pytest.mark.slow
def test_a_count_at_the_top_shows_the_targets_that_it_counts(visit, written):
    opened = visit(written)

    opened.page.get_by_role("link", name="1 incomplete").click()

    opened.page.get_by_text("1 of 6 shown").wait_for()
    assert opened.shown == ["mail.example:443"]


@pytest.mark.slow
def test_a_link_to_a_target_opens_its_section(visit, written):
    opened = visit(written)
    findings = opened.page.locator("details.target", has_text="db.internal.example:8443").locator(".findings")
    assert not findings.is_visible()

    opened.page.locator("table.targets").get_by_role("link", name="db.internal.example:8443").click()

    findings.wait_for()


@pytest.mark.slow
def test_without_its_script_everything_can_be_read(visit, written):
    opened = visit(written, java_script_enabled=False)

    assert not opened.page.locator("form.filters").is_visible()
    assert len(opened.shown) == 6
    opened.page.locator("summary", has_text="db.internal.example:8443").click()
    assert opened.page.locator(".findings").get_by_text("RSA 1024 is below 2048 bits").is_visible()


@pytest.mark.slow
def test_where_a_server_forbids_style_and_script_everything_can_be_read(visit, written, serve):
    opened = visit(f"{serve(written.parent, JENKINS)}/report.html")

    assert opened.page.evaluate("document.styleSheets.length") == 0
    assert opened.page.locator("h1").inner_text() == "✗ Violated"
    assert opened.page.locator("table tbody tr:visible").count() >= 6
    assert opened.page.locator("svg.month").first.bounding_box()["width"] == 176
    assert not opened.page.locator("form.filters").is_visible()


@pytest.mark.slow
def test_as_a_folder_it_keeps_its_style_there_and_asks_for_its_own_files_alone(visit, folder, serve):
    address = serve(folder, JENKINS)
    opened = visit(f"{address}/index.html")

    opened.page.locator("table.targets").get_by_role("link", name="db.internal.example:8443").click()
    opened.page.locator("h1", has_text="db.internal.example:8443").wait_for()
    opened.page.wait_for_load_state()  # with its style

    assert opened.page.evaluate("getComputedStyle(document.querySelector('.chain')).display") == "flex"
    opened.page.get_by_role("link", name="All targets of this report").click()
    opened.page.locator("h1", has_text="Violated").wait_for()
    names = {request.removeprefix(f"{address}/") for request in opened.requests}
    assert {name for name in names if not name.startswith("targets/")} == {"index.html", "style.css"}


@pytest.mark.slow
def test_as_a_folder_it_sorts_and_filters_too(visit, folder):
    opened = visit(folder / "index.html")

    opened.page.get_by_role("searchbox").fill("mail")
    opened.page.get_by_text("1 of 6 shown").wait_for()
    assert opened.complaints == []


@pytest.mark.slow
def test_printed_it_shows_the_details_of_what_is_not_compliant(visit, written):
    opened = visit(written)
    opened.page.emulate_media(media="print")

    def details(name):
        return opened.page.locator("details.target", has_text=name).first

    assert details("db.internal.example:8443").locator(".findings").is_visible()
    assert details("mail.example:443").locator(".findings").is_visible()
    assert not details("api.example:443").is_visible()
    assert opened.page.locator("table.targets").get_by_text("api.example:443").is_visible()
    assert not opened.page.locator("nav").is_visible()
    assert len(opened.page.pdf()) > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_that_keeps_people_from_using_it(visit, written, folder, scheme, size):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci --prefix .ci/axe --ignore-scripts")
    found = {}
    for path in (written, folder / "index.html", *sorted(folder.glob("targets/*"))[:3]):
        opened = visit(path, viewport=size, color_scheme=scheme, bypass_csp=True)
        opened.open_all()
        opened.page.evaluate(AXE.read_text(encoding="utf-8"))
        for fault in opened.page.evaluate("axe.run(document)")["violations"]:
            found[path.name, fault["id"]] = [node["html"][:200] for node in fault["nodes"][:3]]

    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_screen_readers_hear_the_targets_as_a_table_in_any_layout(visit, written, size):
    opened = visit(written, viewport=size)
    tree = opened.page.context.new_cdp_session(opened.page).send("Accessibility.getFullAXTree")["nodes"]

    roles = Counter(node["role"]["value"] for node in tree if not node.get("ignored"))
    assert roles["rowheader"] == 6
    assert roles["row"] >= 7
    assert roles["cell"] >= 6 * (3 if size == PHONE else 5)


@pytest.mark.slow
def test_a_page_of_thousands_of_targets_stays_small_enough_to_open_at_once(
    visit, render, header, many, tmp_path, finding
):
    short = finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits")
    bad = many(500, Verdict.VIOLATED, short)
    path = tmp_path / "large.html"
    path.write_text(render("html", *bad, *many(4_500), header=header(targets=5_000)), encoding="utf-8")

    opened = visit(path)

    assert opened.page.locator("output").inner_text() == "5,000 of 5,000 shown"
    assert opened.page.evaluate("document.getElementsByTagName('*').length") < 40 * 5_000
    opened.page.get_by_role("searchbox").fill("key.rsa-min")
    opened.page.get_by_text("500 of 5,000 shown").wait_for()
