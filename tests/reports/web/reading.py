"""What a reader finds on the page."""

import re


def text(element):
    """As a reader sees it: elements are apart."""
    return re.sub(r" ([,.;])", r"\1", " ".join(" ".join(element.itertext()).split()))


def one(tree, query):
    (found,) = tree.xpath(query)
    return found


def section(tree, id):
    return one(tree, f"//section[@id='{id}']")


def rows(tree):
    return tree.xpath("//table[@class='targets']/tbody/tr")


def target(tree, id):
    """The section of one target."""
    return one(tree, f"//details[contains(@class, 'target')][contains(normalize-space(summary), '{id}')]")
