"""Pages as trees, and a browser to open them in."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import html

from certgate.model.verdict import TargetResult, Verdict


@pytest.fixture
def page(render) -> Callable[..., html.HtmlElement]:
    """page(*results, …) is the report as a browser reads it."""
    return lambda *results, **more: html.document_fromstring(render("html", *results, **more))


@pytest.fixture
def many(endpoint, finding) -> Callable[[int], list[TargetResult]]:
    """many(number) targets; by default all are compliant."""

    def made(number: int, verdict=Verdict.COMPLIANT, *findings) -> list[TargetResult]:
        found = findings or (finding("key.rsa-min"),)
        one = endpoint("x", 1, verdict, *found)
        return [
            replace(one, target=replace(one.target, id=f"h{index}.example:443", ordinal=index))
            for index in range(1, number + 1)
        ]

    return made
