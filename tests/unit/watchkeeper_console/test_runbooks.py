"""Runbooks over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import a_user, running, some_settings


async def test_they_are_listed_by_name_and_read_as_markdown(tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "HostDown.md").write_text("\n# The host is down #\n\nText <script>.\n")
    (folder / "Another.md").write_text("no heading\n")
    (folder / "notes.txt").write_text("x")
    async with (
        running(some_settings(tmp_path, runbooks=folder), tmp_path / "data") as console,
        a_user(console, "viewer") as browser,
    ):
        assert (await browser.get("/api/runbooks")).json() == {
            "runbooks": [{"name": "Another", "title": "Another"}, {"name": "HostDown", "title": "The host is down"}]
        }
        answer = await browser.get("/api/runbooks/HostDown")
        assert answer.json() == {
            "name": "HostDown",
            "title": "The host is down",
            "markdown": "\n# The host is down #\n\nText <script>.\n",
        }
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ["..%2fsecret", "%2e%2e%2fsecret", "secret", "HostDown.md", "HostDown%00", "..", "é"])
async def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("# Secret")
    (folder / "HostDown.md").write_text("# x")
    async with (
        running(some_settings(tmp_path, runbooks=folder), tmp_path / "data") as console,
        a_user(console, "viewer") as browser,
    ):
        answer = await browser.get(f"/api/runbooks/{name}")
        assert answer.status_code == 404
        assert "Secret" not in answer.text


async def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    async with (
        running(some_settings(tmp_path, runbooks=tmp_path / "none"), tmp_path / "data") as console,
        a_user(console, "viewer") as browser,
    ):
        assert (await browser.get("/api/runbooks")).json() == {"runbooks": []}
        assert (await browser.get("/api/runbooks/HostDown")).status_code == 404
