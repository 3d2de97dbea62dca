"""The published schemas of what certgate writes. Each is checked itself, once: that takes longer than to use it."""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

CERTGATE = Path(__file__).parents[1] / "certgate"


@cache
def report_schema():
    """What validates a JSON report."""
    return _checked(CERTGATE / "reports" / "report.schema.json")


@cache
def saved_schema():
    """What validates a line of saved observations."""
    return _checked(CERTGATE / "observe" / "saved" / "saved.schema.json")


def _checked(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
