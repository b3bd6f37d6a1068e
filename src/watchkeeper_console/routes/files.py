"""The pages' files, read once at the start: only what was there then can ever be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str
    etag: str


class Files:
    """What lies in ``static`` itself: pages (HTML) by name, the rest under ``/static/``. The app is ``app_page``'s."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: Mapping[str, _File] = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix in TYPES}

    def names(self) -> list[str]:
        """What can be asked for under ``/static/``."""
        return [name for name in self._files if not name.endswith(".html")]

    async def serve(self, request: Request) -> Response:
        """``GET /static/{name}``. Browsers keep the file and ask whether it changed."""
        name = request.path_params["name"]
        file = self._files.get(name)
        if file is None or name.endswith(".html"):
            return Response("not found\n", status_code=404, media_type="text/plain")
        headers = {"ETag": file.etag, "Cache-Control": "public, no-cache"}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.media_type)

    def page(self, name: str, values: Mapping[str, str], *, status: int = 200) -> Response:
        """The HTML page ``name`` with every ``$key`` replaced by its escaped value."""
        template = Template(self._files[f"{name}.html"].content.decode())
        return HTMLResponse(template.substitute({key: escape(value) for key, value in values.items()}), status_code=status)


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')
