from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel, Field, TypeAdapter

from watchkeeper.spec import load
from watchkeeper.spec.description import Component, Description
from watchkeeper.spec.fields import Duration, Written
from watchkeeper.spec.schema import json_schema

GOLDENS = Path(__file__).parents[3] / "golden" / "spec"


class Inner(Written):
    """Something deeper."""

    after: Duration = Field(default=90, description="When.")


class Options(Written):
    """Options of redis."""

    wait: Duration = Field(default=10, description="How long.")
    inner: Inner = Field(default=Inner(), description="Deeper.")


def valid(data: object, schema: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(data)


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and all that it is made of."""
    yield model
    names = model.model_json_schema().get("$defs", {})
    yield from (
        found for found in _all_written(Written) if found.__name__ in names and found.__module__.startswith("watchkeeper")
    )


def _all_written(model: type[Written]) -> Iterator[type[Written]]:
    for child in model.__subclasses__():
        yield child
        yield from _all_written(child)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.Draft202012Validator.check_schema(json_schema({"redis": Options}))


def test_the_schema_is_the_same_each_time() -> None:
    assert json.dumps(json_schema({"b": Options, "a": Inner})) == json.dumps(json_schema({"a": Inner, "b": Options}))


@pytest.mark.parametrize(
    "case", sorted(path for path in GOLDENS.glob("*.yaml") if ".bad." not in path.name), ids=lambda path: path.name
)
def test_every_good_description_fits_the_schema(case: Path) -> None:
    jsonschema.validate(load(case.read_text(encoding="utf-8"), case.name).data, json_schema())


@pytest.mark.parametrize(
    "name",
    [
        *("bad-address", "bad-duration", "bad-label", "bad-name", "bad-path", "bad-size", "bad-url", "missing-key"),
        *("out-of-range", "unknown-key", "unknown-preset", "unknown-value", "wrong-type"),
    ],
)
def test_an_editor_sees_most_mistakes_as_well(name: str) -> None:
    text = (GOLDENS / f"{name}.bad.yaml").read_text(encoding="utf-8")
    assert not valid(load(text, name).data, json_schema())


def test_defaults_are_shown_as_they_are_written() -> None:
    definitions = json_schema()["$defs"]
    assert definitions["Scrape"]["properties"]["interval"]["default"] == "30s"
    assert definitions["Retention"]["properties"]["metrics"]["default"] == "30d"


def test_an_emptied_section_fits() -> None:
    assert valid({"scrape": None, "logs": None}, json_schema({"redis": Options}))
    assert valid({"components": {"redis": None}}, json_schema({"redis": Options}))


def test_without_option_models_any_component_with_any_options_fits() -> None:
    assert valid({"components": {"anything": {"memory": "1GB", "x": [1]}}}, json_schema())


@pytest.mark.parametrize(
    ("component", "fits"),
    [
        ({"redis": {"wait": "10s", "memory": "1GB", "enabled": False}}, True),
        ({"redis": {"inner": {"after": "1h"}}}, True),
        ({"redis": {"wate": "10s"}}, False),
        ({"redis": {"wait": 10}}, False),
        ({"redis": {"inner": {"aftr": "1h"}}}, False),
        ({"postgres": {}}, False),
    ],
)
def test_with_option_models_only_their_components_and_options_fit(component: dict[str, Any], fits: bool) -> None:
    assert valid({"components": component}, json_schema({"redis": Options, "other": Inner})) == fits


@pytest.mark.parametrize("model", [*models(Description), Component], ids=lambda model: model.__name__)
def test_every_key_explains_itself_and_has_a_default_or_an_example(model: type[BaseModel]) -> None:
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert field.examples or not (field.is_required() or field.default in (None, (), {})), name


@pytest.mark.parametrize("model", [*models(Description), Component], ids=lambda model: model.__name__)
def test_every_example_is_valid(model: type[BaseModel]) -> None:
    hints = {name: field.rebuild_annotation() for name, field in model.model_fields.items()}
    for name, field in model.model_fields.items():
        for example in field.examples or ():
            TypeAdapter(hints[name]).validate_python(example)
