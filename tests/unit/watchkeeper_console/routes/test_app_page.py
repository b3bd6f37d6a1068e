"""The app's page and its files."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.unit.watchkeeper_console.console_stage import PAGE, Console, a_user

from watchkeeper_console.border.headers import PAGE_POLICY
from watchkeeper_console.routes.app_page import App, best_encoding

INDEX = (
    '<!doctype html><meta name="csp-nonce" content="" />'
    '<script type="module" src="/static/app/assets/main-Ab12Cd34.js"></script>'
)
SCRIPT = b"export const x = 1;" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "app" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "app" / "index.html").write_text(INDEX)
    (assets / "main-Ab12Cd34.js").write_bytes(SCRIPT)
    (assets / "main-Ab12Cd34.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "main-Ab12Cd34.js.br").write_bytes(b"brotli")
    (assets / "plain.css").write_text("a{}")
    (assets / "notes.sh").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    return tmp_path / "app"


def a_request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "query_string": b""})


async def get(app: App, name: str, **headers: str) -> Response:
    return await app.file(a_request(**headers), name)


async def test_each_answer_has_a_nonce_of_its_own_in_page_and_policy(folder: Path) -> None:
    app = App(folder)
    nonces = set()
    for _ in range(3):
        page = await app.page(a_request())
        (nonce,) = re.findall(rb'<meta name="csp-nonce" content="([A-Za-z0-9_-]{24})" />', page.body)
        assert f"style-src 'self' 'nonce-{nonce.decode()}'" in page.headers[PAGE_POLICY]
        assert page.headers["cache-control"] == "no-store"
        nonces.add(nonce)
    assert len(nonces) == 3


async def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    page = await App(tmp_path / "nothing").page(a_request())
    assert page.status_code == 503
    assert b"make web" in page.body


async def test_a_build_while_it_runs_is_seen(folder: Path) -> None:
    app = App(folder)
    await app.page(a_request())
    (folder / "assets" / "late-Zz98Yy76.js").write_text("1")
    (folder / "index.html").write_text(INDEX + "<!-- new -->")
    os.utime(folder / "index.html", (1, 1))
    assert b"new" in (await app.page(a_request())).body
    assert (await get(app, "assets/late-Zz98Yy76.js")).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("identity", ""),
        ("", ""),
        ("br;q=nonsense", ""),
    ],
)
async def test_the_best_precompressed_file_is_sent(folder: Path, accepted: str, encoding: str) -> None:
    answer = await get(App(folder), "assets/main-Ab12Cd34.js", accept_encoding=accepted)
    assert answer.headers.get("content-encoding", "") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert {"br": b"brotli", "gzip": gzip.compress(SCRIPT), "": SCRIPT}[encoding][:6] == bytes(answer.body)[:6]
    again = await get(App(folder), "assets/main-Ab12Cd34.js", accept_encoding=accepted, if_none_match=answer.headers["etag"])
    assert again.status_code == 304


async def test_only_hashed_names_are_kept_for_ever(folder: Path) -> None:
    app = App(folder)
    assert (await get(app, "assets/main-Ab12Cd34.js")).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await get(app, "assets/plain.css")).headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "assets/../../secret.js",
        "/etc/passwd",
        "assets/notes.sh",
        "index.html",
        "",
        ".",
        "assets",
        "assets/main-Ab12Cd34.js.br",
        "assets//main-Ab12Cd34.js",
    ],
)
async def test_nothing_but_the_listed_files_is_sent(folder: Path, name: str) -> None:
    answer = await get(App(folder), name)
    assert answer.status_code == 404
    assert b"secret" not in answer.body


def test_an_encoding_that_is_not_there_is_not_promised() -> None:
    assert best_encoding("br", {"": 1, "gzip": 1}) == ""


async def test_every_page_carries_the_headers_that_bind_a_browser(console: Console) -> None:
    async with a_user(console, "viewer") as browser:
        answers: list[httpx.Response] = [
            await browser.get("/", headers=PAGE),
            await browser.get("/d/x", headers=PAGE),
            await browser.get("/api/session"),
            await browser.get("/nothing"),
            await browser.get("/static/base.css"),
            await browser.get("/api/dashboards/none"),
        ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert PAGE_POLICY.lower() not in answer.headers
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store", "public, no-cache"}
