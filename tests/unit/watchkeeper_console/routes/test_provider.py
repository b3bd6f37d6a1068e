"""Signing in at a provider that speaks the real protocol, and at one that cheats."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.watchkeeper_console.console_stage import (
    PAGE,
    Console,
    a_user,
    running,
    session_cookie,
    sign_in,
    some_settings,
    url,
)
from tests.unit.watchkeeper_console.provider_fake import (
    CLIENT,
    SECRET,
    ProviderFake,
    a_provider,
    an_ec_key,
    an_rsa_key,
)

from watchkeeper_console.settings import Provider


@pytest.fixture
def provider() -> Iterator[ProviderFake]:
    with a_provider() as running_provider:
        yield running_provider


def told(provider: ProviderFake, folder: Path, **more: Any) -> Provider:
    file = folder / "client-secret"
    file.write_text(SECRET + "\n")
    settings: dict[str, Any] = {"roles": {"ops": "admin", "dev": "editor"}, **more}
    return Provider(issuer=url(provider.issuer), client_id=CLIENT, client_secret_file=file, **settings)


@pytest.fixture
async def stage(tmp_path: Path, provider: ProviderFake) -> AsyncIterator[Console]:
    settings = some_settings(tmp_path, provider=told(provider, tmp_path))
    async with running(settings, tmp_path / "data") as console:
        provider.now = console.clock
        yield console


async def begin(browser: httpx.AsyncClient, wanted: str = "/") -> str:
    answer = await browser.get("/login/provider", params={"next": wanted}, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def come_in(browser: httpx.AsyncClient, provider: ProviderFake, wanted: str = "/") -> httpx.Response:
    back = provider.authorize(await begin(browser, wanted))
    return await browser.get(back, headers=PAGE)


async def test_a_person_signs_in_and_gets_the_role_of_a_group(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        page = await browser.get("/login?next=/d/x", headers=PAGE)
        assert 'href="/login/provider?next=/d/x" >' in page.text
        answer = await come_in(browser, provider, "/d/x?a=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/d/x?a=1")
        session = (await browser.get("/api/session")).json()
        assert (session["user"], session["role"], session["source"]) == ("ada", "admin", "oidc")
        provider.claims["groups"] = ["dev", "other"]
        await come_in(browser, provider)
        assert (await browser.get("/api/session")).json()["role"] == "editor"
    audit = stage.application.people.audit.latest(10)
    assert ("sign_in", "ada", "done", "provider") in {(one.action, one.actor, one.outcome, one.detail) for one in audit}


async def test_whoever_has_no_role_does_not_come_in(stage: Console, provider: ProviderFake) -> None:
    provider.claims["groups"] = ["visitors"]
    async with stage.browser() as browser:
        answer = await come_in(browser, provider)
        assert answer.status_code == 403
        assert "Cannot let you in: the claim groups holds no value that a role is given for." in answer.text
        assert session_cookie(browser) == ""
    assert stage.application.people.accounts.find("ada") is None


async def test_a_claim_binds_to_an_organisation_except_administrators(tmp_path: Path, provider: ProviderFake) -> None:
    more = {"role_claim": "realm_access.roles", "organisation_claim": "tenant", "default_role": "viewer"}
    settings = some_settings(tmp_path, provider=told(provider, tmp_path, **more))
    provider.claims = {"sub": "u-2", "preferred_username": "bob", "realm_access": {"roles": ["dev"]}, "tenant": "acme"}
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        provider.now = console.clock
        await come_in(browser, provider)
        session = (await browser.get("/api/session")).json()
        assert (session["role"], session["organisation"]) == ("editor", "acme")
        for tenant in (None, "", ["acme"], "a\nb"):
            provider.claims["tenant"] = tenant
            assert (await come_in(browser, provider)).status_code == 403
        provider.claims["realm_access"] = {"roles": ["ops"]}
        await come_in(browser, provider)
        session = (await browser.get("/api/session")).json()
        assert (session["role"], session["organisation"]) == ("admin", None)


async def test_keys_may_change_and_be_of_another_kind(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        assert (await come_in(browser, provider)).status_code == 303
        provider.key, provider.algorithm = an_ec_key("two"), "ES256"
        stage.wait(11)
        assert (await come_in(browser, provider)).status_code == 303


async def test_a_client_that_authenticates_in_the_form_does(tmp_path: Path, provider: ProviderFake) -> None:
    provider.methods = ["client_secret_post"]
    settings = some_settings(tmp_path, provider=told(provider, tmp_path))
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        provider.now = console.clock
        assert (await come_in(browser, provider)).status_code == 303


CHEATS: dict[str, dict[str, Any]] = {
    "of another issuer": {"cheat": lambda claims: claims.update(iss="https://evil.example")},
    "for another client": {"cheat": lambda claims: claims.update(aud="other")},
    "for several, given to another": {"cheat": lambda claims: claims.update(aud=[CLIENT, "other"], azp="other")},
    "for several, given to nobody": {"cheat": lambda claims: claims.update(aud=[CLIENT, "other"])},
    "of another sign-in": {"cheat": lambda claims: claims.update(nonce="x")},
    "without a nonce": {"cheat": lambda claims: claims.pop("nonce")},
    "expired": {"cheat": lambda claims: claims.update(exp=claims["iat"] - 61)},
    "without an end": {"cheat": lambda claims: claims.pop("exp")},
    "with an end that is no number": {"cheat": lambda claims: claims.update(exp=True)},
    "from the future": {"cheat": lambda claims: claims.update(iat=claims["iat"] + 600)},
    "of nobody": {"cheat": lambda claims: claims.pop("sub")},
    "not signed": {"algorithm": "none"},
    "signed by another key": {"signing_key": an_rsa_key("one")},
    "signed by a key that is not published": {"signing_key": an_rsa_key("three")},
}


@pytest.mark.parametrize("name", CHEATS)
async def test_a_token_that_cannot_be_trusted_lets_nobody_in(stage: Console, provider: ProviderFake, name: str) -> None:
    for attribute, value in CHEATS[name].items():
        setattr(provider, attribute, value)
    async with stage.browser() as browser:
        answer = await come_in(browser, provider)
        assert answer.status_code == 502
        assert "annot trust the ID token" in answer.text
        assert session_cookie(browser) == ""


async def test_the_public_key_as_a_shared_secret_lets_nobody_in(stage: Console, provider: ProviderFake) -> None:
    provider.algorithm = "HS256"
    async with stage.browser() as browser:
        answer = await come_in(browser, provider)
        assert answer.status_code == 502
        assert "its signature is of another kind" in answer.text


async def test_the_answer_works_once_and_only_in_the_browser_that_began(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser, stage.browser() as stranger:
        back = provider.authorize(await begin(browser))
        assert (await stranger.get(back, headers=PAGE)).status_code == 403
        await begin(stranger)
        assert (await stranger.get(back, headers=PAGE)).status_code == 403
        assert (await browser.get(back, headers=PAGE)).status_code == 303
        assert (await browser.get(back, headers=PAGE)).status_code == 403
        late = provider.authorize(await begin(browser))
        stage.wait(601)
        assert (await browser.get(late, headers=PAGE)).status_code == 403
        assert session_cookie(stranger) == ""


async def test_an_answer_of_another_issuer_or_a_refusal_is_told(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        back = provider.authorize(await begin(browser))
        mixed = back.replace("iss=http", "iss=https")
        assert (await browser.get(mixed, headers=PAGE)).status_code == 502
        state = provider.authorize(await begin(browser)).partition("state=")[2].partition("&")[0]
        answer = await browser.get(f"/login/callback?error=%3Cscript%3E&state={state}", headers=PAGE)
        assert "the provider says &lt;script&gt;" in answer.text


async def test_a_code_that_was_used_or_made_up_is_refused(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        back = provider.authorize(await begin(browser))
        provider.codes.clear()
        answer = await browser.get(back, headers=PAGE)
        assert answer.status_code == 502
        assert session_cookie(browser) == ""


async def test_nobody_takes_over_an_account_by_its_name(stage: Console, provider: ProviderFake) -> None:
    async with a_user(stage, "viewer", name="ada"), stage.browser() as browser:
        answer = await come_in(browser, provider)
        assert answer.status_code == 403
        assert "the name ada belongs to another account here" in answer.text
    provider.claims["preferred_username"] = "admin"
    async with stage.browser() as browser:
        assert (await come_in(browser, provider)).status_code == 403


async def test_the_same_person_under_another_name_stays_the_same_and_a_namesake_does_not_get_in(
    stage: Console, provider: ProviderFake
) -> None:
    async with stage.browser() as browser:
        await come_in(browser, provider)
        provider.claims["preferred_username"] = "ada.l"
        await come_in(browser, provider)
        assert (await browser.get("/api/session")).json()["user"] == "ada"
    provider.claims.update(sub="u-9", preferred_username="ada")
    async with stage.browser() as browser:
        assert (await come_in(browser, provider)).status_code == 403


async def test_a_disabled_account_stays_out(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        await come_in(browser, provider)
        stage.application.people.accounts.change("ada", role="admin", organisation=None, is_disabled=True)
        assert (await browser.get("/api/session")).status_code == 401
        assert (await come_in(browser, provider)).status_code == 403


async def test_such_an_account_has_no_password(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        await come_in(browser, provider)
    for password in ("", "x"):
        async with stage.browser() as browser:
            assert (await sign_in(browser, user="ada", password=password)).status_code == 401


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "gopher://127.0.0.1/"},
        {"jwks_uri": "https://127.0.0.1:1/"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_discovery_document_leads_nowhere_else(
    stage: Console, provider: ProviderFake, document: dict[str, str]
) -> None:
    provider.document = document
    async with stage.browser() as browser:
        answer = await browser.get("/login/provider", headers=PAGE)
    assert answer.status_code == 502
    assert "location" not in answer.headers


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_nobody_is_sent_to_another_server_afterwards(stage: Console, provider: ProviderFake, wanted: str) -> None:
    async with stage.browser() as browser:
        assert (await come_in(browser, provider, wanted)).headers["location"] == "/"


async def test_a_session_of_before_is_not_taken_over(stage: Console, provider: ProviderFake) -> None:
    async with stage.browser() as browser:
        await come_in(browser, provider)
        before = session_cookie(browser)
        await come_in(browser, provider)
        assert session_cookie(browser) != before
        assert stage.application.people.sessions.find(before, by_person=False) is None


async def test_without_a_provider_there_is_nothing(console: Console) -> None:
    async with console.browser() as browser:
        for path in ("/login/provider", "/login/callback?state=x&code=y"):
            assert (await browser.get(path, headers=PAGE)).status_code == 404
        assert "hidden>Sign in with" in (await browser.get("/login", headers=PAGE)).text


async def test_a_provider_that_is_away_is_told_without_details(tmp_path: Path) -> None:
    with a_provider() as gone:
        settings = some_settings(tmp_path, provider=told(gone, tmp_path))
    async with running(settings, tmp_path / "data") as console, console.browser() as browser:
        answer = await browser.get("/login/provider", headers=PAGE)
    assert answer.status_code == 502
    assert "annot reach provider" in answer.text
