"""Where to go after signing in: a path of our own and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 2000


def safe_next(wanted: str) -> str:
    """``wanted`` if it is a path on this server that a person can open, else ``/``.

    Browsers read ``\\`` as ``/``, skip tabs and line breaks, and take ``//host`` as another server; all of that is refused.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > _LONGEST:
        return "/"
    if "\\" in wanted or any(ord(character) <= 0x20 or 0x7F <= ord(character) <= 0x9F for character in wanted):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.startswith(("//", "/api/", "/login", "/-/")):
        return "/"
    return wanted
