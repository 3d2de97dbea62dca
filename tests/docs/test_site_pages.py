"""The built site in a browser: it loads nothing from elsewhere, finds every rule, and keeps nobody out."""

import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".ci/axe/node_modules/axe-core/axe.min.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGES = (
    "",
    "guides/pipelines/",
    "concepts/trust/",
    "reference/commands/scan/",
    "reference/gallery/",
    "rules/",
    "rules/chain.depth/",
    "contributing/architecture/",
)
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    if not (ROOT / "site" / "index.html").is_file():
        pytest.skip("the site is not built: make site")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=ROOT / "site")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        started = tools.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_comes_from_elsewhere(browser, address, scheme, size):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci --prefix .ci/axe --ignore-scripts")
    page = browser.new_page(viewport=SIZES[size], color_scheme=scheme)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    found = {}
    for path in PAGES:
        page.goto(address + path)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for fault in page.evaluate("axe.run(document)")["violations"]:
            found[path, fault["id"]] = [node["html"][:300] for node in fault["nodes"][:3]]
        other = "dark" if scheme == "light" else "light"
        if page.locator(f'img[src$="#only-{other}"]:visible').count():
            found[path, "a picture of the other scheme"] = []
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[path, "wider than the window"] = []
    page.close()

    assert found == {}
    assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("chain.depth", "chain.depth"),
        ("ocsp.must-staple", "ocsp.must-staple"),
        ("at most max_intermediates", "chain.depth"),
    ],
)
def test_a_rule_is_found_by_its_id_and_by_words(browser, address, words, rule):
    page = browser.new_page(viewport=SIZES["desktop"])
    page.goto(address)
    page.locator("dialog[aria-label=Search]").wait_for(state="attached")  # from then on a click is listened to
    page.locator(".md-search__button").click()
    page.get_by_role("combobox", name="Search").fill(words)
    page.get_by_role("option").filter(has_text=rule).first.wait_for()
    assert rule in page.get_by_role("option").first.inner_text()
    page.close()


def test_a_broken_link_stops_the_build(tmp_path):
    zensical = ROOT / ".venv-site" / "bin" / "zensical"
    if not zensical.is_file():
        pytest.skip("the site's generator is not installed: make site")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A\n\n[b](c.md) [d](#e)\n")
    (tmp_path / "zensical.toml").write_text('[project]\nsite_name = "a"\n')
    command = [zensical, "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert "page does not exist" in done.stdout + done.stderr
    assert "anchor does not exist" in done.stdout + done.stderr
