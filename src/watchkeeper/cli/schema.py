"""``watchkeeper schema``: the JSON Schema of the description, for editors."""

from __future__ import annotations

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.cli.flags import Json
from watchkeeper.cli.screen import print_json
from watchkeeper.spec.schema import json_schema


def schema(json_: Json = False) -> None:
    """Print the JSON Schema of watchkeeper.yaml, so that an editor can complete and explain it."""
    print_json(json_schema({name: component.options for name, component in CATALOGUE.items()}))
