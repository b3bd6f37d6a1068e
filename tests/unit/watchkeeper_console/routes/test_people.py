"""Accounts, passwords, tokens and the audit log, as people and programs use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import Console, a_user, session_cookie, session_token, sign_in

PASSWORD = "correct horse battery"
OTHER = "staple correct horse"


@asynccontextmanager
async def administrator(console: Console) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    """The administrator's browser, and the header that its changes need."""
    async with console.browser() as browser:
        assert (await sign_in(browser)).status_code == 303
        yield browser, {"X-Watchkeeper-Token": await session_token(browser)}


async def test_an_administrator_lets_somebody_in_and_out_again(console: Console) -> None:
    async with administrator(console) as (browser, token), console.browser() as ada:
        user = {"name": "ada", "password": PASSWORD, "role": "editor"}
        made = await browser.post("/api/users", json=user, headers=token)
        assert made.status_code == 201
        expected = {"name": "ada", "role": "editor", "organisation": None, "disabled": False, "source": "local"}
        assert expected.items() <= made.json().items()
        assert PASSWORD not in made.text
        assert (await browser.post("/api/users", json=user, headers=token)).status_code == 409
        assert (await sign_in(ada, user="ada", password=PASSWORD)).status_code == 303
        assert (await ada.get("/api/session")).json()["role"] == "editor"
        await browser.patch("/api/users/ada", json={"role": "viewer"}, headers=token)
        assert (await ada.get("/api/session")).json()["role"] == "viewer"
        await browser.patch("/api/users/ada", json={"disabled": True}, headers=token)
        assert (await ada.get("/api/session")).status_code == 401
    async with administrator(console) as (browser, token), console.browser() as ada:
        assert (await sign_in(ada, user="ada", password=PASSWORD)).status_code == 401
        await browser.patch("/api/users/ada", json={"disabled": False, "password": OTHER}, headers=token)
        assert (await sign_in(ada, user="ada", password=PASSWORD)).status_code == 401
        assert (await sign_in(ada, user="ada", password=OTHER)).status_code == 303
        assert (await browser.delete("/api/users/ada", headers=token)).status_code == 200
        assert (await ada.get("/api/session")).status_code == 401
        assert [user["name"] for user in (await browser.get("/api/users")).json()["users"]] == ["admin"]


async def test_the_administrator_of_the_file_stays_what_it_is(console: Console) -> None:
    async with administrator(console) as (browser, token), a_user(console, "admin") as other:
        others = {"X-Watchkeeper-Token": other.headers["X-Form-Token"]}
        for body in ({"role": "viewer"}, {"disabled": True}, {"password": OTHER}):
            answer = await other.patch("/api/users/admin", json=body, headers=others)
            assert answer.status_code == 409
            assert "come from the file" in answer.json()["message"]
        assert (await other.delete("/api/users/admin", headers=others)).status_code == 409
        change = {"old": "a-long-and-well-kept-password", "new": OTHER}
        assert (await browser.post("/api/password", json=change, headers=token)).status_code == 409


async def test_nobody_shuts_oneself_out(console: Console) -> None:
    async with a_user(console, "admin", name="boss") as boss:
        token = {"X-Watchkeeper-Token": boss.headers["X-Form-Token"]}
        assert (await boss.patch("/api/users/boss", json={"role": "viewer"}, headers=token)).status_code == 409
        assert (await boss.delete("/api/users/boss", headers=token)).status_code == 409
        assert (await boss.delete("/api/users/nobody", headers=token)).status_code == 404


async def test_an_administrator_is_bound_to_no_organisation(console: Console) -> None:
    async with administrator(console) as (browser, token):
        user = {"name": "ada", "password": PASSWORD, "organisation": "acme"}
        assert (await browser.post("/api/users", json={**user, "role": "admin"}, headers=token)).status_code == 409
        assert (await browser.post("/api/users", json=user, headers=token)).json()["organisation"] == "acme"
        assert (await browser.patch("/api/users/ada", json={"role": "admin"}, headers=token)).status_code == 409
        freed = await browser.patch("/api/users/ada", json={"role": "admin", "organisation": None}, headers=token)
        assert (freed.json()["role"], freed.json()["organisation"]) == ("admin", None)


@pytest.mark.parametrize(
    "user",
    [
        {"name": "a b", "password": PASSWORD},
        {"name": "../admin", "password": PASSWORD},
        {"name": "ada\n", "password": PASSWORD},
        {"name": "<script>", "password": PASSWORD},
        {"name": "", "password": PASSWORD},
        {"name": "ada", "password": "short"},
        {"name": "ada", "password": "x" * 257},
        {"name": "ada", "password": PASSWORD, "role": "root"},
        {"name": "ada", "password": PASSWORD, "organisation": ""},
        {"name": "ada", "password": PASSWORD, "organisation": "a\x00b"},
        {"name": "ada", "password": PASSWORD, "source": "file"},
        {"name": "ada"},
        ["ada"],
    ],
)
async def test_a_user_of_another_shape_is_refused(console: Console, user: object) -> None:
    async with administrator(console) as (browser, token):
        answer = await browser.post("/api/users", json=user, headers=token)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("cannot ")
        assert len((await browser.get("/api/users")).json()["users"]) == 1


async def test_a_person_changes_the_password_and_only_this_session_goes_on(console: Console) -> None:
    async with administrator(console) as (browser, token), console.browser() as here, console.browser() as there:
        await browser.post("/api/users", json={"name": "ada", "password": PASSWORD}, headers=token)
        for one in (here, there):
            await sign_in(one, user="ada", password=PASSWORD)
        own = {"X-Watchkeeper-Token": await session_token(here)}
        wrong = await here.post("/api/password", json={"old": "wrong", "new": OTHER}, headers=own)
        assert (wrong.status_code, wrong.json()["error"]) == (403, "forbidden")
        same = await here.post("/api/password", json={"old": PASSWORD, "new": PASSWORD}, headers=own)
        assert same.status_code == 409
        assert (await here.post("/api/password", json={"old": PASSWORD, "new": OTHER}, headers=own)).status_code == 200
        assert (await here.get("/api/session")).status_code == 200
        assert (await there.get("/api/session")).status_code == 401
    async with console.browser() as again:
        assert (await sign_in(again, user="ada", password=PASSWORD)).status_code == 401
        assert (await sign_in(again, user="ada", password=OTHER)).status_code == 303


async def test_guessing_the_old_password_is_braked(console: Console) -> None:
    async with a_user(console, "viewer", name="ada") as ada:
        token = {"X-Watchkeeper-Token": ada.headers["X-Form-Token"]}
        statuses = [
            (await ada.post("/api/password", json={"old": f"guess {number}", "new": OTHER}, headers=token)).status_code
            for number in range(8)
        ]
        assert statuses == [403] * 5 + [429] * 3 or statuses[5:] == [429, 429, 429], statuses
        answer = await ada.post("/api/password", json={"old": "x", "new": OTHER}, headers=token)
        assert int(answer.headers["retry-after"]) >= 1


async def test_a_token_is_shown_once_works_until_it_ends_and_can_be_taken_back(console: Console) -> None:
    async with a_user(console, "editor", name="ada") as ada:
        token = {"X-Watchkeeper-Token": ada.headers["X-Form-Token"]}
        body = {"name": "ci", "role": "viewer", "expires_in_s": 3600}
        made = (await ada.post("/api/tokens", json=body, headers=token)).json()
        assert made["token"].startswith("wkt_")
        assert made["expires_at"] == console.clock.at + 3600
        listed = await ada.get("/api/tokens")
        assert made["token"] not in listed.text
        assert [(one["id"], one["used_at"]) for one in listed.json()["tokens"]] == [(made["id"], None)]
        async with console.browser(Authorization=f"Bearer {made['token']}") as program:
            session = (await program.get("/api/session")).json()
            assert (session["user"], session["role"]) == ("ada", "viewer")
            assert "token" not in session
            assert (await program.get("/", headers={"Accept": "text/html"})).status_code == 303
            for path, change in (("/api/tokens", body), ("/api/password", {"old": PASSWORD, "new": OTHER})):
                assert (await program.post(path, json=change)).status_code == 403
            assert (await ada.get("/api/tokens")).json()["tokens"][0]["used_at"] == console.clock.at
            assert (await ada.delete(f"/api/tokens/{made['id']}", headers=token)).status_code == 200
            assert (await program.get("/api/session")).status_code == 401
        made = (await ada.post("/api/tokens", json=body, headers=token)).json()
        async with console.browser(Authorization=f"Bearer {made['token']}") as program:
            console.wait(3599)
            assert (await program.get("/api/session")).status_code == 200
            console.wait(2)
            assert (await program.get("/api/session")).status_code == 401


async def test_a_token_never_may_more_than_its_owner(console: Console) -> None:
    async with a_user(console, "editor", name="ada") as ada:
        token = {"X-Watchkeeper-Token": ada.headers["X-Form-Token"]}
        assert (await ada.post("/api/tokens", json={"name": "x", "role": "admin"}, headers=token)).status_code == 403
        made = (await ada.post("/api/tokens", json={"name": "x", "role": "editor"}, headers=token)).json()
        async with console.browser(Authorization=f"Bearer {made['token']}") as program:
            accounts = console.application.people.accounts
            accounts.change("ada", role="viewer", organisation="acme", is_disabled=False)
            session = (await program.get("/api/session")).json()
            assert (session["role"], session["organisation"]) == ("viewer", "acme")
            accounts.change("ada", role="viewer", organisation=None, is_disabled=True)
            assert (await program.get("/api/session")).status_code == 401


async def test_the_tokens_of_others_are_for_administrators(console: Console) -> None:
    async with a_user(console, "viewer", name="ada") as ada, a_user(console, "viewer") as eve, a_user(console, "admin") as boss:
        made = await ada.post("/api/tokens", json={"name": "x"}, headers={"X-Watchkeeper-Token": ada.headers["X-Form-Token"]})
        path = f"/api/tokens/{made.json()['id']}"
        assert (await eve.get("/api/tokens?user=ada")).status_code == 403
        assert (await eve.delete(path, headers={"X-Watchkeeper-Token": eve.headers["X-Form-Token"]})).status_code == 404
        assert len((await boss.get("/api/tokens?user=ada")).json()["tokens"]) == 1
        assert (await boss.get("/api/tokens?user=nobody")).status_code == 404
        assert (await boss.delete(path, headers={"X-Watchkeeper-Token": boss.headers["X-Form-Token"]})).status_code == 200


async def test_the_log_tells_who_did_what_and_nothing_secret(console: Console) -> None:
    async with administrator(console) as (browser, token), console.browser(address="10.1.2.3") as stranger:
        await sign_in(stranger, user="ad<min", password="guess")
        await browser.post("/api/users", json={"name": "ada", "password": PASSWORD}, headers=token)
        made = (await browser.post("/api/tokens", json={"name": "ci"}, headers=token)).json()
        entries = (await browser.get("/api/audit?limit=3")).json()
        assert [(one["action"], one["actor"], one["subject"], one["outcome"]) for one in entries["entries"]] == [
            ("token.create", "admin", made["id"], "done"),
            ("user.create", "admin", "ada", "done"),
            ("sign_in", "ad<min", "", "refused"),
        ]
        assert entries["entries"][2]["address"] == "10.1.2.3"
        older = (await browser.get(f"/api/audit?limit=3&before={entries['next']}")).json()
        assert [one["action"] for one in older["entries"]] == ["sign_in"]
        assert older["next"] is None
        everything = (await browser.get("/api/audit")).text
        assert not any(secret in everything for secret in (PASSWORD, made["token"], "guess", session_cookie(browser)))


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "before=-1", "since=1", "limit=1e3"])
async def test_a_parameter_of_another_shape_is_refused(console: Console, query: str) -> None:
    async with a_user(console, "admin") as boss:
        assert (await boss.get(f"/api/audit?{query}")).status_code == 400
