"""pydantic's errors → our mistakes: placed in the file, in our words, with the nearest word that would have been right."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from watchkeeper.spec.document import Document, KeyPath, dotted
from watchkeeper.spec.fields import CONTRADICTIONS
from watchkeeper.spec.kinds import KINDS
from watchkeeper.spec.nearest import suggest
from watchkeeper.workload.failure import Mistake

Schema: TypeAlias = Mapping[str, Any]

_TYPES = {
    "bool_type": ("true or false", "write true or false"),
    "int_type": ("a whole number", "write a number without quotes or unit"),
    "float_type": ("a number", "write a number without quotes or unit"),
    "string_type": ("text", "write text"),
    "literal_error": ("text", "write text"),
    "tuple_type": ("a list", "write a list, as in [first, second]"),
    "list_type": ("a list", "write a list, as in [first, second]"),
    "dict_type": ("keys and values", "write key: value pairs"),
    "model_type": ("keys and values", "write key: value pairs"),
    "model_attributes_type": ("keys and values", "write key: value pairs"),
}
_COMPARISONS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def mistakes_from_pydantic(
    error: ValidationError,
    model: type[BaseModel],
    document: Document,
    prefix: KeyPath = (),
    *,
    also_known: Collection[str] = (),
) -> list[Mistake]:
    """All mistakes that ``model`` found in the value at ``prefix`` of the document.

    ``also_known``: keys of that value that somebody else reads, for suggestions.
    """
    return list(_Diagnosis(model, document, prefix, also_known).mistakes(error))


def known_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """The keys that the mapping at ``path`` below the model's own may have, in order of declaration."""
    schema = model.model_json_schema()
    return tuple(_at(schema, path).get("properties", ()))


class _Diagnosis:
    def __init__(self, model: type[BaseModel], document: Document, prefix: KeyPath, also_known: Collection[str]) -> None:
        self._also_known = also_known
        self._schema: Schema = model.model_json_schema()
        self._document = document
        self._prefix = prefix

    def mistakes(self, error: ValidationError) -> Iterator[Mistake]:
        for details in error.errors(include_url=False):
            kind, context = details["type"], details.get("ctx", {})
            at_key = details["loc"][-1:] == ("[key]",)
            location = details["loc"][:-1] if at_key else details["loc"]
            if kind == CONTRADICTIONS:
                for found in context["found"]:
                    yield self._own(found["kind"], (*location, *found["path"]), found)
            elif kind == "too_short" and len(details["input"]) >= context["min_length"]:
                continue  # the list only looks short because its items are refused, each for its own reason
            elif kind in KINDS:
                yield self._own(kind, location, {**context, "key": context["key"] or at_key})
            else:
                yield self._translated(details, location)

    def _own(self, kind: str, location: KeyPath, context: Mapping[str, Any]) -> Mistake:
        path = (*self._prefix, *location)
        return self._document.mistake(kind, path, context["message"], hint=context["hint"], key=context["key"])

    def _translated(self, details: ErrorDetails, location: KeyPath) -> Mistake:
        kind = details["type"]
        translate: Callable[[ErrorDetails, KeyPath], Mistake]
        if kind == "extra_forbidden":
            translate = self._unknown_key
        elif kind == "missing":
            translate = self._missing_key
        elif kind == "literal_error" and isinstance(details["input"], str):
            translate = self._unknown_value
        elif kind in _TYPES:
            translate = self._wrong_type
        else:
            translate = self._out_of_range
        return translate(details, location)

    def _unknown_key(self, details: ErrorDetails, location: KeyPath) -> Mistake:
        path = (*self._prefix, *location)
        word = str(location[-1])
        known = [*_at(self._schema, location[:-1]).get("properties", {}), *(self._also_known if len(location) == 1 else ())]
        place = f" in {dotted(path[:-1])}" if path[:-1] else ""
        return self._document.mistake(
            "unknown-key", path, f"cannot use the key {word}{place}", hint=suggest(word, known), key=True
        )

    def _missing_key(self, details: ErrorDetails, location: KeyPath) -> Mistake:
        path = (*self._prefix, *location)
        field = _at(self._schema, location)
        examples = field.get("examples") or [""]
        example = f", as in {location[-1]}: {examples[0]}" if isinstance(examples[0], str | int) and examples[0] != "" else ""
        place = dotted(path[:-1]) or "the description"
        return self._document.mistake(
            "missing-key", path[:-1], f"cannot use {place} without {location[-1]}", hint=f"add {location[-1]}{example}"
        )

    def _unknown_value(self, details: ErrorDetails, location: KeyPath) -> Mistake:
        path = (*self._prefix, *location)
        word = str(details["input"])
        known = [str(choice) for choice in _at(self._schema, location).get("enum", [])]
        return self._document.mistake(
            "unknown-value", path, f"cannot use {word!r} for {dotted(path)}", hint=suggest(word, known)
        )

    def _wrong_type(self, details: ErrorDetails, location: KeyPath) -> Mistake:
        path, value = (*self._prefix, *location), details["input"]
        wanted, hint = _TYPES[details["type"]]
        if wanted == "text" and isinstance(value, bool | int | float):
            hint = f'put it in quotes: "{_shown(value)}"'
        elif wanted == "a list" and isinstance(value, str | int):
            hint = f"write a list: [{value}]"
        elif wanted == "true or false" and isinstance(value, str) and value.lower() in ("yes", "on", "no", "off"):
            hint = f"write {'true' if value.lower() in ('yes', 'on') else 'false'}"
        if value is None:
            return self._document.mistake("wrong-type", path, f"cannot leave {dotted(path)} empty", hint=f"write {wanted}")
        message = f"cannot use {_shown(value)} for {dotted(path)}, which is {wanted}"
        return self._document.mistake("wrong-type", path, message, hint=hint)

    def _out_of_range(self, details: ErrorDetails, location: KeyPath) -> Mistake:
        """Bounds and lengths; and whatever else an option model may use, in pydantic's words."""
        path, context = (*self._prefix, *location), details.get("ctx", {})
        message = f"cannot use {_shown(details['input'])} for {dotted(path)}"
        kind, hint = "out-of-range", details["msg"][:1].lower() + details["msg"][1:]
        if details["type"] in _COMPARISONS:
            bound, words = _COMPARISONS[details["type"]]
            hint = f"use {words} {context[bound]}"
        elif details["type"] in ("string_too_short", "too_short"):
            hint = "it must not be empty" if context["min_length"] == 1 else f"give at least {context['min_length']}"
        elif details["type"] in ("string_too_long", "too_long"):
            hint = f"at most {context['max_length']} are possible"
        elif details["type"] == "string_pattern_mismatch":
            kind, hint = "unknown-value", f"it must match {context['pattern']}"
        return self._document.mistake(kind, path, message, hint=hint)


def _at(root: Schema, location: KeyPath) -> Schema:
    """The part of a model's schema that describes the value at ``location``; empty where there is none."""
    schema = _resolved(root, root)
    for step in location:
        if isinstance(step, int):
            inner = schema.get("items", {})
        else:
            inner = schema.get("properties", {}).get(step) or _free(schema, step)
        schema = _resolved(root, inner)
    return schema


def _free(schema: Schema, name: str) -> Schema:
    """What holds for a key that the user names."""
    for pattern, described in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return dict(described)
    further = schema.get("additionalProperties")
    return further if isinstance(further, dict) else {}


def _resolved(root: Schema, schema: Schema) -> Schema:
    while True:
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        elif choices := [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]:
            schema = {**schema, **choices[0], "anyOf": ()}
        else:
            return schema


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return repr(value) if isinstance(value, str) else str(value)
