"""The published JSON Schema is the one that the code gives, and it agrees with the description's own judgement."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.spec.schema import json_schema

PUBLISHED = Path(__file__).parents[2] / "docs/reference/watchkeeper.schema.json"


def test_the_published_schema_is_current() -> None:
    current = json_schema({name: component.options for name, component in CATALOGUE.items()})
    assert json.loads(PUBLISHED.read_text()) == current, (
        "write it anew: watchkeeper schema > docs/reference/watchkeeper.schema.json"
    )


def test_it_is_a_schema_and_refuses_what_does_not_exist() -> None:
    schema = json.loads(PUBLISHED.read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid({})
    assert validator.is_valid({"components": {"store": {"max_streams": 10}}})
    assert not validator.is_valid({"components": {"stor": {}}})
    assert not validator.is_valid({"colour": "red"})
