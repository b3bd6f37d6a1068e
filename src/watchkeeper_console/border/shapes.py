"""Shapes of JSON bodies and of query parameters, as the small part of JSON Schema that judging them here needs.

The same shapes are published as OpenAPI, so what is told and what is enforced cannot differ.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request

Shape: TypeAlias = Mapping[str, Any]
_WORDS = {"object": "an object", "array": "a list", "string": "a text", "boolean": "true or false"}


class BadRequest(Exception):
    """What was sent has another shape; the message starts with "cannot" and names the place."""


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with exactly these members."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def text(longest: int, *, shortest: int = 0, pattern: str | None = None, words: str = "", nullable: bool = False) -> Shape:
    """A string. ``pattern`` must match all of it; ``words`` say in a refusal what was expected."""
    shape: dict[str, Any] = {"type": ["string", "null"] if nullable else "string", "maxLength": longest}
    if shortest:
        shape["minLength"] = shortest
    if pattern is not None:
        shape["pattern"] = f"^(?:{pattern})$"
    if words:
        shape["description"] = words
    return shape


def number(lowest: float, highest: float, *, whole: bool = False, description: str = "") -> Shape:
    """A number in bounds, both included."""
    shape: dict[str, Any] = {"type": "integer" if whole else "number", "minimum": lowest, "maximum": highest}
    return {**shape, "description": description} if description else shape


def choice(*words: str) -> Shape:
    """One of these strings."""
    return {"type": "string", "enum": list(words)}


def listing(of: Shape, longest: int) -> Shape:
    """A list of at most ``longest``."""
    return {"type": "array", "items": of, "maxItems": longest}


SWITCH: Shape = {"type": "boolean"}
ANYTHING: Shape = {}


def judge(shape: Shape, value: Any, place: str) -> None:
    """Raises BadRequest at the first thing in ``value`` that does not fit."""
    kinds = shape.get("type")
    if kinds is not None:
        allowed = kinds if isinstance(kinds, list) else [kinds]
        if value is None and "null" in allowed:
            return
        if not any(_is(kind, value) for kind in allowed):
            raise BadRequest(f"cannot use {place}: it must be {_WORDS.get(allowed[0], 'a number')}")
    if "enum" in shape and value not in shape["enum"]:
        raise BadRequest(f"cannot use {place}: it must be one of {', '.join(shape['enum'])}")
    if "anyOf" in shape:
        _judge_any(shape["anyOf"], value, place)
    _judge_inside(shape, value, place)


def _judge_inside(shape: Shape, value: Any, place: str) -> None:
    match value:
        case dict():
            _judge_object(shape, value, place)
        case list():
            if len(value) > shape.get("maxItems", len(value)):
                raise BadRequest(f"cannot use {place}: it has more than {shape['maxItems']} entries")
            for index, item in enumerate(value):
                judge(shape.get("items", ANYTHING), item, f"{place}[{index}]")
        case str():
            _judge_text(shape, value, place)
        case int() | float():
            if not shape.get("minimum", value) <= value <= shape.get("maximum", value):
                raise BadRequest(f"cannot use {place}: it must be from {shape['minimum']:g} to {shape['maximum']:g}")


def _judge_any(shapes: Sequence[Shape], value: Any, place: str) -> None:
    """Raises the first shape's refusal where none fits."""
    refusals: list[BadRequest] = []
    for shape in shapes:
        try:
            judge(shape, value, place)
        except BadRequest as refusal:
            refusals.append(refusal)
        else:
            return
    raise refusals[0]


def _is(kind: str, value: Any) -> bool:
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case _:
            return False


def _judge_object(shape: Shape, value: Mapping[str, Any], place: str) -> None:
    properties: Mapping[str, Shape] = shape.get("properties", {})
    for key in shape.get("required", ()):
        if key not in value:
            raise BadRequest(f"cannot do without {_below(place, key)}")
    for key, item in value.items():
        if key in properties:
            judge(properties[key], item, _below(place, key))
        elif shape.get("additionalProperties") is False:
            raise BadRequest(f"cannot use the unknown member {_below(place, key[:64])}; known: {', '.join(properties)}")


def _judge_text(shape: Shape, value: str, place: str) -> None:
    if len(value) > shape.get("maxLength", len(value)):
        raise BadRequest(f"cannot use {place}: it is longer than {shape['maxLength']} characters")
    if len(value) < shape.get("minLength", 0):
        raise BadRequest(f"cannot use {place}: it is shorter than {shape['minLength']} characters")
    if "pattern" in shape and re.search(_python(shape["pattern"]), value) is None:
        raise BadRequest(f"cannot use {place}: " + (shape.get("description") or f"it must match {shape['pattern']}"))
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise BadRequest(f"cannot use {place}: it is no valid text")


def _python(pattern: str) -> str:
    """JSON Schema's ``$`` is the very end; Python's would let a line break follow."""
    return pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern


def _below(place: str, key: str) -> str:
    return f"{place}.{key}" if place and place != "the body" else key


async def read_body(request: Request, shape: Shape) -> Any:
    """The JSON body, judged; an empty one is an empty object where nothing is required. Raises BadRequest."""
    body = await request.body()
    if not body and not shape.get("required"):
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BadRequest("cannot read this body: send it as application/json")
    try:
        value = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        if b"\\u" in body:  # half a character may be written in JSON, but is no text
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadRequest("cannot read this body: it is not JSON, or not all of it is text and numbers") from error
    judge(shape, value, "the body")
    return value


def read_parameters(request: Request, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """The query's parameters, judged; those that were not given are absent. Raises BadRequest."""
    found: dict[str, Any] = {}
    for name, given in request.query_params.multi_items():
        if name not in shapes:
            raise BadRequest(f"cannot use the unknown parameter {name[:64]}; known: {', '.join(shapes) or 'none'}")
        if name in found:
            raise BadRequest(f"cannot use {name} twice")
        value: Any = given
        if shapes[name].get("type") in {"integer", "number"}:
            if not re.fullmatch(r"-?\d{1,16}(\.\d{1,9})?", given):
                raise BadRequest(f"cannot use {name}: it must be a number")
            value = float(given) if "." in given else int(given)
        judge(shapes[name], value, name)
        found[name] = value
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
