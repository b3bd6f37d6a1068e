"""Functions that every Go template has, but `and` and `or`, which the interpreter itself has to run."""

import html as html_escaping
from urllib.parse import quote_plus

from watchkeeper_store.logql.template.formatting import sprintf
from watchkeeper_store.logql.template.go_time import GoTime
from watchkeeper_store.logql.template.signatures import Function, FunctionFailure
from watchkeeper_store.logql.template.values import TextMap, Value, is_true, kind_of, nested, printed

_NOT_COMPARABLE = "invalid type for comparison"


def _kind(value: Value) -> str:
    """What Go compares values by; integers of all widths are one kind."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return "string"
    if isinstance(value, GoTime):
        return "time"
    return "nil" if value is None else "other"


def _incomparable(left: Value, right: Value) -> str:
    return f"incompatible types for comparison: {kind_of(left)} and {kind_of(right)}"


def _equal(first: Value, *others: Value) -> bool:
    if not others:
        raise FunctionFailure("missing argument for comparison")
    kind = _kind(first)
    if kind == "other":
        raise FunctionFailure(f"non-comparable type {printed(first)}: {kind_of(first)}")
    for other in others:
        if _kind(other) != kind:
            if "nil" in (kind, _kind(other)):
                continue
            raise FunctionFailure(_incomparable(first, other))
        if first == other:
            return True
    return False


def _less(left: Value, right: Value) -> bool:
    kind = _kind(left)
    if kind not in ("int", "float", "string"):
        raise FunctionFailure(_NOT_COMPARABLE)
    if _kind(right) != kind:
        raise FunctionFailure(_incomparable(left, right))
    return left < right  # type: ignore[operator]  # both are of one ordered kind


def _less_or_equal(left: Value, right: Value) -> bool:
    return _less(left, right) or _equal(left, right)


def _length(value: Value) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, dict | list):
        return len(value)
    raise FunctionFailure("len of nil pointer" if value is None else f"len of type {kind_of(value)}")


def _index(value: Value, *keys: Value) -> Value:
    for key in keys:
        if value is None:
            raise FunctionFailure("index of untyped nil")
        if isinstance(value, dict):
            if not isinstance(key, str):
                raise FunctionFailure(f"value has type {kind_of(key)}; should be string")
            value = value.get(key, "") if isinstance(value, TextMap) else value.get(key)
        elif isinstance(value, list | str):
            if not isinstance(key, int) or isinstance(key, bool):
                raise FunctionFailure(f"cannot index slice/array with type {kind_of(key)}")
            items: list[Value] = list(value.encode()) if isinstance(value, str) else value
            if not 0 <= key <= len(items):
                raise FunctionFailure(f"index out of range: {key}")
            if key == len(items):  # Go's own check overlooks this one, and what it calls next does not
                raise FunctionFailure(f"reflect: {'string' if isinstance(value, str) else 'slice'} index out of range")
            value = items[key]
        else:
            raise FunctionFailure(f"can't index item of type {kind_of(value)}")
    return value


def _slice(value: Value, *bounds: Value) -> Value:
    if not isinstance(value, str | list):
        raise FunctionFailure(f"can't slice item of type {kind_of(value)}")
    items = value.encode() if isinstance(value, str) else value
    numbers = [bound for bound in bounds if isinstance(bound, int) and not isinstance(bound, bool)]
    if len(numbers) != len(bounds):
        raise FunctionFailure("cannot index slice/array with type string")
    low = numbers[0] if numbers else 0
    high = numbers[1] if len(numbers) > 1 else len(items)
    for bound in (low, high):
        if not 0 <= bound <= len(items):
            raise FunctionFailure(f"index out of range: {bound}")
    if low > high:
        raise FunctionFailure(f"invalid slice index: {low} > {high}")
    part = items[low:high]
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else part


def _print(*values: Value) -> str:
    """Blanks go between two neighbours neither of which is a string."""
    out: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            out.append(" ")
        out.append(nested(value))
    return "".join(out)


def _javascript(text: str) -> str:
    escapes = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}
    return "".join(escapes.get(mark, mark if mark.isprintable() else f"\\u{ord(mark):04X}") for mark in text)


def _html(text: str) -> str:
    return html_escaping.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;").replace("\0", "\ufffd")


def _all_printed(values: tuple[Value, ...]) -> str:
    return values[0] if len(values) == 1 and isinstance(values[0], str) else _print(*values)


BUILTINS = (
    Function(name="not", parameters=("any",), summary="the opposite of a value's truth", call=lambda value: not is_true(value)),
    Function(name="len", parameters=("any",), summary="bytes of a string, elements of a list or map", call=_length),
    Function(name="index", parameters=("any",), rest="any", summary="element of a map or list", call=_index),
    Function(name="slice", parameters=("any",), rest="any", summary="part of a string or list", call=_slice),
    Function(name="print", parameters=(), rest="any", summary="values as text", call=_print),
    Function(
        name="printf",
        parameters=("string",),
        rest="any",
        summary="values as text by a format such as `%-10s %.2f`",
        call=lambda template, *values: sprintf(template, values),
    ),
    Function(
        name="println",
        parameters=(),
        rest="any",
        summary="values as text with blanks between them and a new line behind",
        call=lambda *values: " ".join(nested(value) for value in values) + "\n",
    ),
    Function(name="html", parameters=(), rest="any", summary="text escaped for HTML", call=lambda *v: _html(_all_printed(v))),
    Function(
        name="js",
        parameters=(),
        rest="any",
        summary="text escaped for JavaScript",
        call=lambda *v: _javascript(_all_printed(v)),
    ),
    Function(
        name="urlquery", parameters=(), rest="any", summary="text escaped for URLs", call=lambda *v: quote_plus(_all_printed(v))
    ),
    Function(name="eq", parameters=("any",), rest="any", summary="whether the first value equals any other", call=_equal),
    Function(
        name="ne",
        parameters=("any", "any"),
        summary="whether two values differ",
        call=lambda left, right: not _equal(left, right),
    ),
    Function(name="lt", parameters=("any", "any"), summary="whether the first value is less", call=_less),
    Function(name="le", parameters=("any", "any"), summary="whether the first value is less or equal", call=_less_or_equal),
    Function(
        name="gt",
        parameters=("any", "any"),
        summary="whether the first value is greater",
        call=lambda left, right: not _less_or_equal(left, right),
    ),
    Function(
        name="ge",
        parameters=("any", "any"),
        summary="whether the first value is greater or equal",
        call=lambda left, right: not _less(left, right),
    ),
)
