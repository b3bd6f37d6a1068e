"""Values as queries compare them, and the names under which columns hold what is no attribute."""

from __future__ import annotations

from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from watchkeeper_store.traces.columns import Value

EVENT_NAME, EVENT_AGE = ":name", ":timeSinceStart"
LINK_TRACE, LINK_SPAN = ":traceID", ":spanID"
SCOPE_NAME, SCOPE_VERSION = ":name", ":version"
SCOPES = ("span", "resource", "event", "link", "instrumentation")
"""Where an attribute without a scope is looked for; the first that has it decides."""


def plain_values(held: AnyValue) -> tuple[Value, ...]:
    """What can be compared: a plain value, each of an array, nothing of a map or of bytes."""
    kind = held.WhichOneof("value")
    if kind in {"string_value", "bool_value", "int_value", "double_value"}:
        return (getattr(held, kind),)
    if kind == "array_value":
        return tuple(value for one in held.array_value.values for value in plain_values(one))
    return ()
