"""The table of endpoints as an OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from watchkeeper_console.border.shapes import Shape
from watchkeeper_console.interface.endpoint import Endpoint

_REASONS = {
    400: "What was sent has another shape.",
    401: "Nobody is signed in.",
    403: "The role, the organisation, the session's token or the page's origin does not allow it.",
    404: "There is no such thing here.",
    408: "The body came too slowly.",
    409: "It contradicts what is there.",
    413: "The body is too large.",
    429: "Too many failures; Retry-After tells how long to wait.",
    502: "An upstream gave no usable answer.",
    503: "Something is not well; the body tells what.",
    504: "An upstream did not answer in time.",
}
_REFUSAL: Shape = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error", "message"],
}


def document(endpoints: Iterable[Endpoint], *, version: str, url: str) -> Mapping[str, Any]:
    """Every endpoint of kind ``api``. What upstreams answer is described by their own documentation."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        if endpoint.kind == "api" and endpoint.method != "WEBSOCKET":
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Watchkeeper console",
            "version": version,
            "description": (
                "The console's own API. Below /api/prometheus, /api/alertmanager, /api/logs and /api/tempo it passes on"
                " the reading parts of those services' own APIs."
            ),
        },
        "servers": [{"url": url}],
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token from /account. Programs may also send user and password by HTTP basic auth,"
                    " and browsers their session's cookie, with the session's token in X-Watchkeeper-Token for changes.",
                },
            },
            "schemas": {"Refusal": _REFUSAL},
        },
        "paths": paths,
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "x-access": endpoint.access,
        "security": [] if endpoint.access == "open" else [{"token": []}],
        "responses": _responses(endpoint),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": endpoint.path_parameters.get(name, {"type": "string"})}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ] + [
        {"name": name, "in": "query", "required": name in endpoint.needed, "schema": shape}
        for name, shape in endpoint.parameters.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": bool(endpoint.body.get("required")),
            "content": {"application/json": {"schema": endpoint.body}},
        }
    return operation


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    statuses = {*endpoint.may}
    if endpoint.access != "open":
        statuses |= {401, 403, 429}
    if endpoint.parameters or endpoint.body is not None or endpoint.kind == "api":
        statuses.add(400)
    if endpoint.body is not None:
        statuses |= {408, 413}
    content = (
        {endpoint.gives: {}} if isinstance(endpoint.gives, str) else {"application/json": {"schema": dict(endpoint.gives)}}
    )
    found: dict[str, Any] = {str(endpoint.status): {"description": endpoint.summary, "content": content}}
    for status in sorted(statuses):
        # What is not well is told in the same shape as what is.
        shape = (
            endpoint.gives
            if status == 503 and not isinstance(endpoint.gives, str)
            else {"$ref": "#/components/schemas/Refusal"}
        )
        found[str(status)] = {"description": _REASONS[status], "content": {"application/json": {"schema": dict(shape)}}}
    return found
