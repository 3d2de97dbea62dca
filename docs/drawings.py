"""Draw the pictures of the documents, each in a light and a dark colour scheme: python -m docs.drawings"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

__all__ = ["DRAWINGS", "SCHEMES", "drawn"]

FOLDER = Path(__file__).with_name("pictures")
SCHEMES: Mapping[str, Mapping[str, str]] = {
    "light": {
        "ink": "#1f2328",
        "soft": "#57606a",
        "line": "#8c959f",
        "box": "#f6f8fa",
        "good": "#116329",
        "bad": "#a40e26",
        "open": "#7d4e00",
        "mark": "#0550ae",
    },
    "dark": {
        "ink": "#e6edf3",
        "soft": "#9da7b3",
        "line": "#6e7681",
        "box": "#161b22",
        "good": "#56d364",
        "bad": "#ff7b72",
        "open": "#e3b341",
        "mark": "#79c0ff",
    },
}
"""The colours of each scheme, by what they are for."""


@dataclass
class Drawing:
    """Shapes on a canvas, in the colours of a scheme; 460 wide, so that it can be read on a telephone."""

    colours: Mapping[str, str]
    width: int = 460
    height: int = 0
    shapes: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = "ink",
        *,
        size: int = 13,
        bold: bool = False,
        at: str = "start",
    ) -> None:
        """A line of words; `at` is where x is: start, middle or end."""
        weight = ' font-weight="600"' if bold else ""
        self.shapes.append(
            f'<text x="{x}" y="{y}" fill="{self.colours[colour]}" font-size="{size}"{weight} text-anchor="{at}">{escape(words)}</text>'
        )

    def box(
        self, x: float, y: float, width: float, title: str, *lines: str, colour: str = "ink", border: str = "line"
    ) -> float:
        """A titled box; returns its lower edge."""
        height = 30 + 18 * len(lines)
        self.shapes.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{self.colours["box"]}" stroke="{self.colours[border]}"/>'
        )
        self.text(x + 12, y + 20, title, colour, size=14, bold=True)
        for number, line in enumerate(lines):
            self.text(x + 12, y + 38 + 18 * number, line, "soft")
        self.height = max(self.height, round(y + height + 2))
        return y + height

    def arrow(self, x1: float, y1: float, x2: float, y2: float, words: str = "", colour: str = "line") -> None:
        """An arrow, with words to the right of its middle."""
        self.shapes.append(
            f'<path d="M{x1} {y1}L{x2} {y2}" stroke="{self.colours[colour]}" stroke-width="1.5" fill="none" marker-end="url(#tip)"/>'
        )
        if words:
            self.text((x1 + x2) / 2 + 10, (y1 + y2) / 2 + 4, words, "soft", size=12)

    def path(self, d: str, colour: str = "line", *, tip: bool = False, dashed: bool = False) -> None:
        """A line along an SVG path."""
        more = (' marker-end="url(#tip)"' if tip else "") + (' stroke-dasharray="4 4"' if dashed else "")
        self.shapes.append(f'<path d="{d}" stroke="{self.colours[colour]}" stroke-width="1.5" fill="none"{more}/>')

    def svg(self, title: str) -> str:
        """The picture; `title` is what a screen reader says."""
        tip = f'<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="{self.colours["line"]}"/></marker>'
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        font = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{font}" role="img" aria-label="{escape(title)}">'
        return (
            "\n".join([head, f"<title>{escape(title)}</title>", f"<defs>{tip}</defs>", *self.shapes, "</svg>"]) + "\n"
        )


def flow(on: Drawing) -> None:
    """From targets to reports."""
    steps = (
        ("Targets", "hosts, files, manifests, a cluster", "observe, as a client does"),
        ("Observations", "the chain, the staple, what was negotiated – or why not", "judge, by the policy"),
        ("Findings", "each rule: pass, fail, not checked, not applicable", "waivers and baseline accept"),
        ("Verdict", "0 compliant · 1 violated · 3 could not tell", "write, whole or not at all"),
        ("Reports", "terminal, HTML, JSON, JUnit, SARIF, Markdown …", ""),
    )
    y = 2.0
    for title, line, then in steps:
        end = on.box(30, y, 400, title, line, colour="mark" if title == "Verdict" else "ink")
        if then:
            on.arrow(230, end, 230, end + 34, then)
        y = end + 36


def chain(on: Drawing) -> None:
    """Leaf, intermediate and root, who sends and who has them."""
    on.text(112, 14, "what the server sends", "mark", bold=True)
    on.path("M100 24H92V226H100", "mark")
    end = on.box(110, 24, 345, "Leaf", "names the host: api.example.com", "its private key is the server's")
    on.arrow(282, end + 26, 282, end + 2, "signs")
    end = on.box(
        110,
        end + 28,
        345,
        "Intermediate, a CA",
        "issued the leaf; must be sent, or clients that",
        "do not know it refuse the connection",
    )
    on.arrow(282, end + 50, 282, end + 2, "signs")
    on.text(112, end + 44, "what the client has", "good", bold=True)
    on.path(f"M100 {end + 52}H92V{end + 118}H100", "good")
    end = on.box(
        110,
        end + 52,
        345,
        "Root, the trust anchor",
        "signed by itself; in the trust store of the",
        "client, and need not be sent",
    )
    on.text(2, 60, "role: leaf", "soft", size=12)
    on.text(2, 154, "intermediate", "soft", size=12)
    on.text(2, end - 30, "anchor", "soft", size=12)


def waiver(on: Drawing) -> None:
    """What a waiver does over time."""
    steps = (
        ("A rule fails", "bad", "exit code 1: the target is violated"),
        ("Somebody waives it", "mark", "rule, target, reason, owner and the last day"),
        ("Excused", "good", "exit code 0; each report still shows the failure"),
        ("30 days before the end", "open", "waiver.expiring announces it in each run"),
        ("The day after the last one", "bad", "the failure counts again, and waiver.expired fails too"),
    )
    for number, (title, colour, line) in enumerate(steps):
        y = 2 + 66 * number
        on.shapes.append(f'<circle cx="14" cy="{y + 24}" r="7" fill="{on.colours[colour]}"/>')
        if number < len(steps) - 1:
            on.path(f"M14 {y + 34}V{y + 80}", dashed=number == 2)
        on.box(36, y, 420, title, line, colour=colour)
    on.box(
        36, 2 + 66 * len(steps), 420, "Fixed before that?", "waiver.unused says so: remove the waiver", colour="good"
    )


def night(on: Drawing) -> None:
    """The loop of a nightly run."""
    on.box(20, 2, 420, "03:17 – scan", "certgate.yaml says which targets, policies and trust")
    on.arrow(230, 50, 230, 76)
    on.box(20, 78, 420, "Compare", "with the last whole run over the same targets (--history)")
    on.arrow(230, 126, 230, 152)
    on.box(
        20,
        154,
        420,
        "Tell",
        "what is new, what is fixed, which certificates changed,",
        "what ends next: summary, chat, mail, monitoring",
    )
    on.arrow(120, 220, 120, 250)
    on.arrow(340, 220, 340, 250)
    on.box(20, 252, 200, "Renew or repair", "the report says how", colour="good")
    on.box(240, 252, 200, "Waive it", "with owner and end", colour="open")
    on.path("M120 300V322H452V26H443", tip=True)
    on.path("M340 300V322")
    on.text(226, 340, "the next night", "soft", size=12, at="middle")
    on.height = 346


def architecture(on: Drawing) -> None:
    """The packages, and what goes from one to the next."""
    on.box(20, 2, 280, "sources/", "targets, as a stream")
    on.arrow(160, 50, 160, 84)
    on.box(20, 86, 280, "observe/", "the only code that uses the network")
    on.arrow(130, 134, 130, 168)
    on.text(124, 156, "observations", "soft", size=12, at="end")
    on.arrow(200, 168, 200, 136, "missing evidence")
    on.box(20, 170, 280, "judge/", "policy × facts × clock: pure")
    on.arrow(160, 218, 160, 252, "findings")
    on.box(20, 254, 280, "waivers, baseline", "what is accepted, and until when")
    on.arrow(160, 302, 160, 336, "results")
    on.box(20, 338, 280, "reports/", "text out, escaped for each format")
    on.box(326, 142, 132, "policy/ checks/", "the rules")
    on.box(326, 200, 132, "trust/ x509/", "paths, parsing")
    on.arrow(326, 176, 303, 188)
    on.arrow(326, 218, 303, 204)
    on.box(326, 2, 132, "gate/", "plans, runs", "and counts all", colour="mark")


DRAWINGS: Mapping[str, tuple[str, Callable[[Drawing], None]]] = {
    "flow": ("Targets are observed, judged by a policy, and come out as a verdict and reports", flow),
    "chain": ("The server sends the leaf and the intermediate; the client has the root", chain),
    "waiver": ("A waiver accepts a failure until its last day; then the failure counts again", waiver),
    "night": ("Each night: scan, compare, tell, then renew, repair or waive", night),
    "architecture": ("Data flows one way: sources, observe, judge, exceptions, reports", architecture),
}
"""Title and script of each picture, by its name."""


def drawn() -> dict[str, str]:
    """Every picture in every scheme, by the name of its file."""
    found = {}
    for name, (title, draw) in DRAWINGS.items():
        for scheme, colours in SCHEMES.items():
            on = Drawing(colours)
            draw(on)
            found[f"{name}-{scheme}.svg"] = on.svg(title)
    return found


if __name__ == "__main__":
    for name, svg in drawn().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
