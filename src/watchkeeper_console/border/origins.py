"""Did this request come from a page of our own? The browser says so itself; only other programs say nothing."""

from __future__ import annotations

from starlette.datastructures import Headers

from watchkeeper_console.settings import HttpUrl


def is_from_elsewhere(headers: Headers, public_url: HttpUrl) -> bool:
    """True where the browser names another origin, be it only another port of the same machine.

    Without both headers the sender is no current browser; the token or the credentials have to tell then.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    host = headers.get("host", "").lower()
    return origin.lower() not in {public_url.origin, f"http://{host}", f"https://{host}"}
