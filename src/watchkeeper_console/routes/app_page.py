"""The single-page app: its index on every route of its own, and its files, compressed beforehand."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.border.headers import PAGE_POLICY, app_policy
from watchkeeper_console.routes.files import FOLDER, TYPES

PREFIX = "app/"
_NONCE_PLACE = re.compile(rb'(<meta\s+name="csp-nonce"\s+content=")[^"]*(")')
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NOT_BUILT = """The pages of this console have not been built.

Build them with `make web` in the source checkout (it needs Node.js), or install a released package, which has them inside.
Signing in and the APIs work without.
"""


@dataclass(frozen=True, slots=True)
class _Asset:
    """``variants``: content encoding ("" for none) → file."""

    variants: Mapping[str, Path]
    media_type: str


class App:
    """The files below ``static/app``. What is there is looked at again when the index changes, so that a build while the
    console runs is seen; names are matched against that list, and never joined to a path.
    """

    def __init__(self, folder: Path = FOLDER / "app", *, public_status: bool = False) -> None:
        self._folder = folder
        self._public_status = public_status
        self._seen: tuple[int, int] | None = None
        self._index = b""
        self._assets: Mapping[str, _Asset] = {}

    async def page(self, request: Request) -> Response:
        """Any route of the app's own."""
        self._look()
        if not self._index:
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        nonce = secrets.token_urlsafe(18)
        page = _NONCE_PLACE.sub(lambda found: found[1] + nonce.encode() + found[2], self._index)
        # Never kept: a nonce is for one answer only, and the page is small; all else is kept for ever by its hashed name.
        return HTMLResponse(page, headers={PAGE_POLICY: app_policy(nonce), "Cache-Control": "no-store"})

    async def public_page(self, request: Request) -> Response:
        """``GET /public/status``; as if it did not exist unless it is switched on."""
        if not self._public_status:
            raise Refusal(404, "not_found", "cannot find this here")
        return await self.page(request)

    async def file(self, request: Request, name: str) -> Response:
        """``GET /static/app/{name}``."""
        asset = self._assets.get(name)
        if asset is None:
            self._look()
            asset = self._assets.get(name)
        if asset is None:
            return Response("not found\n", status_code=404, media_type="text/plain")
        encoding = best_encoding(request.headers.get("accept-encoding", ""), asset.variants)
        try:
            content = await anyio.to_thread.run_sync(asset.variants[encoding].read_bytes)
        except OSError:
            return Response("not found\n", status_code=404, media_type="text/plain")
        etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        headers = {"ETag": etag, "Vary": "Accept-Encoding", "Cache-Control": _lifetime(name)}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(content, headers=headers, media_type=asset.media_type)

    def _look(self) -> None:
        index = self._folder / "index.html"
        try:
            found = index.stat()
            state = (found.st_mtime_ns, found.st_ino)
            if state != self._seen:
                self._assets = _assets(self._folder)
                self._index = index.read_bytes()
                self._seen = state
        except OSError:
            self._seen, self._index, self._assets = None, b"", {}


def _lifetime(name: str) -> str:
    """For ever where the name has a hash of the content in it (``name-Xy12_z9A.js``)."""
    hashed = re.search(r"-[A-Za-z0-9_-]{8,}\.\w+$", name) is not None
    return "public, max-age=31536000, immutable" if hashed else "public, no-cache"


def _assets(folder: Path) -> Mapping[str, _Asset]:
    found: dict[str, _Asset] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in TYPES or path.suffix == ".html" or not path.is_file():
            continue
        variants = {"": path}
        for encoding, suffix in _ENCODINGS:
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                variants[encoding] = packed
        found[path.relative_to(folder).as_posix()] = _Asset(variants, TYPES[path.suffix])
    return found


def best_encoding(accepted: str, offered: Mapping[str, object]) -> str:
    """The encoding to answer with by an Accept-Encoding header, the smallest of the most welcome ones; "" for none."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *more = (text.strip() for text in part.split(";"))
        quality = next((text[2:] for text in more if text.startswith("q=")), "1")
        try:
            weights[name] = float(quality)
        except ValueError:
            weights[name] = 0.0
    welcome = [
        (encoding, weights.get(encoding, weights.get("*", 0.0)))
        for encoding, _ in _ENCODINGS
        if encoding in offered and weights.get(encoding, weights.get("*", 0.0)) > 0
    ]
    return max(welcome, key=lambda found: found[1])[0] if welcome else ""
