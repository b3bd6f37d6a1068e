"""The route template that a request took (``/orders/{id}``), as each framework tells it; never the path: paths are endless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def asgi_route(scope: Mapping[str, Any]) -> str | None:
    """FastAPI and Starlette leave the route in the scope, Litestar its template, Django its match. None: no route matched."""
    template = scope.get("path_template")
    if isinstance(template, str):
        return template
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    if isinstance(path, str):
        return f"{_mounted_at(scope)}{path}" or "/"
    return _django(scope.get(MATCH))


def wsgi_route(environ: Mapping[str, Any]) -> str | None:
    """Flask's URL rule, or Django's match."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    if rule is not None:
        return f"{environ.get('SCRIPT_NAME', '')}{rule.rule}"
    return _django(environ.get(MATCH))


MATCH = "watchkeeper.route"
"""Where the Django middleware leaves the match, in an environ or a scope."""


def _django(match: object) -> str | None:
    route = getattr(match, "route", None)
    return f"/{route.lstrip('^').rstrip('$')}" if isinstance(route, str) else None


def _mounted_at(scope: Mapping[str, Any]) -> str:
    """Where a mounted application stands below the outermost one: part of the template, fixed by the programmer."""
    root, outer = scope.get("root_path", ""), scope.get("app_root_path", "")
    return root[len(outer) :] if isinstance(root, str) and root.startswith(outer) else ""
