"""The JSON Schema of the description, so that editors complete, explain and check while someone writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from watchkeeper.spec.description import Component, Description
from watchkeeper.spec.quantities import format_duration, format_size

Schema: TypeAlias = dict[str, Any]

_PRINTERS = {"watchkeeper-duration": format_duration, "watchkeeper-size": format_size}


class _AsWritten(GenerateJsonSchema):
    """Schemas of what people write: defaults as text with units; a section or list may be left empty."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        default = described.get("default")
        if isinstance(default, int) and (print_value := _PRINTERS.get(described.get("format", ""))):
            described["default"] = print_value(default)
        elif default is None or isinstance(schema.get("default"), BaseModel):
            described.pop("default", None)
        return described

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Leave keys as they are declared, which is the order in which people read them."""
        return value

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        described = super().dict_schema(schema) | {"type": ["object", "null"]}
        if "patternProperties" in described:
            described["additionalProperties"] = False
        return described

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        return super().tuple_schema(schema) | {"type": ["array", "null"]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return super().model_schema(schema) | {"type": ["object", "null"]}


def json_schema(options: Mapping[str, type[BaseModel]] | None = None) -> Schema:
    """The schema of a whole description file (draft 2020-12), the same bytes each time.

    ``options``: component → the model of its own options; with it, other components are refused. Without it any component
    with any options passes.
    """
    models = options or {}
    wanted: list[type[BaseModel]] = [Description, Component, *sorted(set(models.values()), key=lambda model: model.__name__)]
    places, schema = models_json_schema([(model, "validation") for model in wanted], schema_generator=_AsWritten)
    definitions: Schema = schema["$defs"]
    named = {model: place["$ref"].rpartition("/")[2] for (model, _), place in places.items()}
    if models:
        every = definitions[named[Component]]
        components = {name: _component(name, definitions[named[model]], every) for name, model in sorted(models.items())}
        written = definitions[named[Description]]["properties"]["components"]
        del written["patternProperties"]
        written |= {"properties": components, "additionalProperties": False}
    root: Schema = definitions[named[Description]]
    used = _referenced(root, definitions)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **root,
        "title": "Watchkeeper description",
        "$defs": {name: described for name, described in definitions.items() if name in used},
    }


def _component(name: str, own: Schema, every: Schema) -> Schema:
    """One component: its own options first, then what every component has."""
    return {
        **own,
        "title": name,
        "properties": {**own.get("properties", {}), **every["properties"]},
        "additionalProperties": False,
    }


def _referenced(part: object, definitions: Schema) -> set[str]:
    """Names of the definitions that a part of the schema needs, directly or through others."""
    if isinstance(part, list):
        return {name for item in part for name in _referenced(item, definitions)}
    if not isinstance(part, dict):
        return set()
    found = {name for inner in part.values() for name in _referenced(inner, definitions)}
    if isinstance(part.get("$ref"), str):
        name = part["$ref"].rpartition("/")[2]
        found |= {name} | _referenced(definitions[name], definitions)
    return found
