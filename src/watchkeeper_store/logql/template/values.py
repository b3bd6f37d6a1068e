"""Go's values as a template sees them: kinds, truth, and how they print.

Python's own types stand for Go's: str, bool, int, float, None, dict and list. `Int64` is an integer of Go's wider type, which
functions that ask for a plain one refuse.
"""

import math
from typing import TypeAlias

from watchkeeper_store.logql.quantities import literal_float
from watchkeeper_store.logql.template.go_time import GoTime


class Int64(int):
    """An integer that Go would hold in an int64."""

    __slots__ = ()


class TextMap(dict[str, str]):
    """A map that Go would know to hold strings: what is not in it is the empty string, not nothing. The labels of a line."""

    __slots__ = ()


Value: TypeAlias = "str | bool | int | float | GoTime | TextMap | dict[str, Value] | list[Value] | None"


_KINDS = {
    type(None): "nil",
    bool: "bool",
    Int64: "int64",
    int: "int",
    float: "float64",
    str: "string",
    GoTime: "time.Time",
    list: "[]interface {}",
    TextMap: "map[string]string",
}


def kind_of(value: Value) -> str:
    """Go's name of the type, as messages use it."""
    return _KINDS.get(type(value), "map[string]interface {}")


def is_true(value: Value) -> bool:
    """Whether an `if` takes its first branch: not for zero, empty and nil. Times are always true."""
    return True if isinstance(value, GoTime) else bool(value)


def printed(value: Value) -> str:
    """Go's `%v`."""
    match value:
        case str():
            return value
        case None:
            return "<no value>"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return go_float(value)
        case GoTime():
            return value.text()
        case dict():
            return "map[" + " ".join(f"{key}:{nested(value[key])}" for key in sorted(value)) + "]"
        case list():
            return "[" + " ".join(nested(item) for item in value) + "]"


def nested(value: Value) -> str:
    """Go's `%v` of a value inside another."""
    return "<nil>" if value is None else printed(value)


def go_float(value: float) -> str:
    """Go's `%v` of a float."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return literal_float(value)
