"""The templates of the HTML report: every text that they show goes through one escaping function."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, TextIO

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from certgate.model.counted import plural
from certgate.model.vantage_label import seen_at
from certgate.reports.escape import cut, for_html

__all__ = ["SCRIPT", "STYLE", "asset", "inline_page", "linked_page", "render", "write"]

SCRIPT, STYLE = "report.js", "style.css"
_CODE = Markup("<code>{}</code>")
_SHORT = 160
"""Characters of a text in tables and lists; where one target is shown, it has more."""


def render(template: str, macro: str, *arguments: object) -> Markup:
    """The markup of one macro, on one line: line ends of the template are no blanks."""
    made = _macro(template, macro)(*arguments)
    return Markup("".join(made.split("\n")))  # noqa: S704 (escaped by the template)


def write(template: str, sink: TextIO, values: Mapping[str, Any]) -> None:
    """Write a whole template piece by piece, so that rows are never all in memory."""
    sink.writelines(_environment().get_template(template).generate(values))


@lru_cache
def _macro(template: str, name: str) -> Callable[..., Markup]:
    found: Callable[..., Markup] = getattr(_environment().get_template(template).module, name)
    return found


@lru_cache(maxsize=1024)
def _drawn(value: object, macro: str) -> Markup:
    """The markup of what many targets have, by a macro that looks at nothing else."""
    return _macro("target.html", macro)(value)


@lru_cache
def asset(name: str) -> Markup:
    """The style sheet or the script."""
    return Markup(_read(name))  # noqa: S704 (part of certgate)


def inline_page(version: str) -> dict[str, Any]:
    """What a page needs that is one file: its style and its script are in it."""
    return {"csp": _policy(inline=True), "style": asset(STYLE), "script": asset(SCRIPT), "up": "", "version": version}


def linked_page(version: str, up: str) -> dict[str, Any]:
    """What a page needs whose style and script are files; `up` leads to their folder."""
    return {"csp": _policy(inline=False), "style": "", "script": "", "up": up, "version": version}


def _policy(*, inline: bool) -> str:
    """The content security policy of a page: its own style and script, by hash or as files beside it."""
    style, script = (f"'sha256-{_digest(name)}'" if inline else "'self'" for name in (STYLE, SCRIPT))
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'"
    )


def _digest(name: str) -> str:
    return b64encode(sha256(asset(name).encode()).digest()).decode()


def _read(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_escaped,
    )
    environment.filters |= {
        "plural": _plural,
        "day": _day,
        "moment": _moment,
        "words": _words,
        "seen_at": seen_at,
        "short": _short,
        "code": _code,
        "capital": _capital,
        "drawn": _drawn,
    }
    return environment


def _escaped(value: object) -> object:
    """What an expression shows: text that is not markup yet is made printable; autoescape does the rest."""
    return for_html(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _plural(number: int, word: str, ending: str = "s") -> str:
    return plural(number, word, ending)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _code(text: str) -> Markup:
    """Escaped text, with what it has in back quotes as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(for_html(text))
    return Markup("").join(_CODE.format(for_html(p)) if n % 2 else escape(for_html(p)) for n, p in enumerate(parts))


def _short(text: str) -> str:
    return cut(text, _SHORT)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(kind: str) -> str:
    return kind.replace("-", " ")
