"""Django's part: a middleware that leaves the matched route where the WSGI or ASGI watch finds it.

Add ``"watchkeeper_instrument.django.RouteMiddleware"`` to MIDDLEWARE, and wrap the application in wsgi.py or asgi.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from watchkeeper_instrument.route import MATCH


class RouteMiddleware:
    """Sees the match after Django has resolved the path."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        return self._get_response(request)

    def process_view(self, request: Any, view: object, arguments: object, keywords: object) -> None:
        """Django calls this between resolving and the view."""
        place = getattr(request, "environ", None)
        if place is None:
            place = getattr(request, "scope", {})
        place[MATCH] = request.resolver_match
