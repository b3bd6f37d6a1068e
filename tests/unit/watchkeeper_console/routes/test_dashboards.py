"""Provisioned and imported dashboards over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.watchkeeper_console.console_stage import Console, a_user, running, some_settings

V2 = {
    "apiVersion": "dashboard.grafana.app/v2beta1",
    "kind": "Dashboard",
    "metadata": {"name": "v2-uid"},
    "spec": {"title": "Second", "tags": ["a"], "elements": {}},
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Console]:
    folder = tmp_path / "dashboards"
    (folder / "Hosts").mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps({"uid": "one", "title": "One", "tags": ["t"], "panels": [{"id": 1}]}))
    (folder / "Hosts" / "two.json").write_text(json.dumps({"uid": "two", "title": "Two", "rows": []}))
    (folder / "broken.json").write_text("{")
    (folder / "list.json").write_text("[]")
    (folder / "nameless.json").write_text("{}")
    (tmp_path / "secret.json").write_text(json.dumps({"uid": "secret", "title": "Secret", "panels": []}))
    async with running(some_settings(tmp_path, dashboards=folder), tmp_path / "data") as console:
        yield console


def token(browser: Any) -> dict[str, str]:
    return {"X-Watchkeeper-Token": browser.headers["X-Form-Token"]}


async def test_the_folders_dashboards_are_listed_and_read(stage: Console) -> None:
    async with a_user(stage, "viewer") as browser:
        listed = (await browser.get("/api/dashboards")).json()["dashboards"]
        assert [(one["uid"], one["title"], one["folder"], one["provisioned"]) for one in listed] == [
            ("one", "One", "", True),
            ("two", "Two", "Hosts", True),
        ]
        assert listed[0]["tags"] == ["t"]
        read = (await browser.get("/api/dashboards/one")).json()
        assert read["dashboard"] == {"uid": "one", "title": "One", "tags": ["t"], "panels": [{"id": 1}]}
        assert read["meta"]["provisioned"] is True


async def test_a_changed_folder_is_seen(stage: Console) -> None:
    folder = stage.settings.dashboards
    assert folder is not None
    async with a_user(stage, "viewer") as browser:
        await browser.get("/api/dashboards")
        (folder / "three.json").write_text(json.dumps({"uid": "three", "title": "Three", "panels": []}))
        (folder / "one.json").unlink()
        listed = (await browser.get("/api/dashboards")).json()["dashboards"]
        assert [one["uid"] for one in listed] == ["three", "two"]
        assert (await browser.get("/api/dashboards/one")).status_code == 404


async def test_an_import_has_versions_and_can_be_deleted(stage: Console) -> None:
    document = {"uid": "mine", "title": "Mine <b>", "panels": [{"title": "</script>\u2028é"}], "x": None}
    async with a_user(stage, "editor", name="ada") as browser:
        made = await browser.post("/api/dashboards", json={"dashboard": document, "folder": "F"}, headers=token(browser))
        assert made.json() == {"uid": "mine", "version": 1}
        again = {"dashboard": {**document, "title": "New"}}
        assert (await browser.post("/api/dashboards", json=again, headers=token(browser))).status_code == 409
        made = await browser.post("/api/dashboards", json={**again, "overwrite": True}, headers=token(browser))
        assert made.json() == {"uid": "mine", "version": 2}
        assert (await browser.get("/api/dashboards/mine")).json()["dashboard"]["title"] == "New"
        first = (await browser.get("/api/dashboards/mine?version=1")).json()
        assert first["dashboard"] == document
        assert first["meta"]["version"] == 1
        versions = (await browser.get("/api/dashboards/mine/versions")).json()["versions"]
        assert [(one["version"], one["saved_by"]) for one in versions] == [(2, "ada"), (1, "ada")]
        assert (await browser.get("/api/dashboards/mine?version=3")).status_code == 404
        assert (await browser.delete("/api/dashboards/mine", headers=token(browser))).status_code == 200
        assert (await browser.get("/api/dashboards/mine")).status_code == 404
        audit = stage.application.people.audit.latest(5)
        assert [(one.action, one.actor, one.subject) for one in audit] == [
            ("dashboard.delete", "ada", "mine"),
            ("dashboard.save", "ada", "mine"),
            ("dashboard.save", "ada", "mine"),
        ]


async def test_the_newer_layout_and_one_without_a_uid_are_taken(stage: Console) -> None:
    async with a_user(stage, "editor") as browser:
        made = await browser.post("/api/dashboards", json={"dashboard": V2}, headers=token(browser))
        assert made.json() == {"uid": "v2-uid", "version": 1}
        nameless: dict[str, Any] = {"dashboard": {"title": "Nameless", "uid": None, "panels": []}}
        uid = (await browser.post("/api/dashboards", json=nameless, headers=token(browser))).json()["uid"]
        assert uid.startswith("imported-")
        assert (await browser.post("/api/dashboards", json=nameless, headers=token(browser))).status_code == 409


async def test_what_came_with_the_stack_is_neither_replaced_nor_deleted(stage: Console) -> None:
    async with a_user(stage, "admin") as browser:
        body = {"dashboard": {"uid": "one", "title": "Mine", "panels": []}, "overwrite": True}
        assert (await browser.post("/api/dashboards", json=body, headers=token(browser))).status_code == 409
        assert (await browser.delete("/api/dashboards/one", headers=token(browser))).status_code == 409
        assert (await browser.get("/api/dashboards/one")).json()["dashboard"]["title"] == "One"


@pytest.mark.parametrize(
    "uid", ["..%2fsecret", "%2e%2e%2f%2e%2e%2fsecret", "..", "secret", "one.json", "Hosts%2ftwo", "one%00", "o ne", "é"]
)
async def test_no_name_leads_out_of_the_folder(stage: Console, uid: str) -> None:
    async with a_user(stage, "viewer") as browser:
        answer = await browser.get(f"/api/dashboards/{uid}")
        assert answer.status_code == 404
        assert "Secret" not in answer.text


@pytest.mark.parametrize(
    "dashboard",
    [
        {},
        {"title": ""},
        {"title": "  "},
        {"title": 5},
        {"title": "x", "uid": "../x"},
        {"title": "x", "uid": "a b"},
        {"title": "x", "uid": "a\n"},
        {"title": "x", "uid": 5},
        {"spec": {"title": "x"}},
        [],
        "x",
        None,
    ],
)
async def test_what_is_no_dashboard_is_refused(stage: Console, dashboard: object) -> None:
    async with a_user(stage, "editor") as browser:
        answer = await browser.post("/api/dashboards", json={"dashboard": dashboard}, headers=token(browser))
        assert answer.status_code == 400
        assert len((await browser.get("/api/dashboards")).json()["dashboards"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"dashboard": {"title": "x", "panels": [' + b"[" * 50_000 + b"]" * 50_000 + b"]}}",
        b'{"dashboard": {"title": "x", "big": 1e999}}',
        b'{"dashboard": {"title": "x", "half": "\\ud800"}}',
        b'{"dashboard": {"title": "x", "n": NaN}}',
        b"\xff\xfe",
    ],
)
async def test_json_that_could_not_be_given_back_is_refused(stage: Console, body: bytes) -> None:
    async with a_user(stage, "editor") as browser:
        headers = {**token(browser), "Content-Type": "application/json"}
        assert (await browser.post("/api/dashboards", content=body, headers=headers)).status_code == 400


async def test_up_to_four_mebibytes_are_taken(stage: Console) -> None:
    async with a_user(stage, "editor") as browser:
        for size, status in ((3 << 20, 200), (5 << 20, 413)):
            body = {"dashboard": {"uid": "big", "title": "Big", "panels": ["x" * size]}, "overwrite": True}
            assert (await browser.post("/api/dashboards", json=body, headers=token(browser))).status_code == status
        assert (await browser.post("/api/users", content=b" " * (2 << 20), headers=token(browser))).status_code == 413
