"""Reading addresses that people wrote."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from watchkeeper_console.settings import HttpUrl

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\.?|[0-9A-Fa-f:.]+")


def parse_http_url(text: str) -> HttpUrl | str:
    """Parse an absolute http(s) address, or say in words why it is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        return str(error)
    scheme: Literal["http", "https"]
    match parts.scheme:
        case "http":
            scheme = "http"
        case "https":
            scheme = "https"
        case _:
            return "it must start with http:// or https://"
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host):
        return "it has no usable host"
    if parts.username is not None or parts.password is not None:
        return "it must not hold a user or a password"
    if parts.query or parts.fragment or any(character.isspace() or not character.isprintable() for character in text):
        return "it must not hold a query, a fragment or spaces"
    return HttpUrl(scheme=scheme, host=host, port=port or {"http": 80, "https": 443}[scheme], path=parts.path.rstrip("/"))
