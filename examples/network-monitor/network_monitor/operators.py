"""An operator of the API, for the patrol and the load script: signs in, asks for checks, reads reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx


class CannotAsk(Exception):
    """The API did not answer as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Works for one organisation. ``client`` has the API's address as its base."""

    client: httpx.AsyncClient
    organisation: str
    token: str

    async def devices(self) -> tuple[str, ...]:
        """Names of the organisation's devices."""
        found = (await _asked(self.client, "GET", "/api/devices")).json()
        return tuple(one["name"] for one in found if one["organisation"] == self.organisation)

    async def check(self, device: str, headers: Mapping[str, str], wait_s: float = 5.0) -> Any:
        """Have a device checked; the check as the API tells it."""
        signed = {**headers, "Authorization": f"Bearer {self.token}"}
        path = f"/api/devices/{device}/checks"
        return (await _asked(self.client, "POST", path, headers=signed, params={"wait_s": wait_s})).json()

    async def report(self, hours: int, headers: Mapping[str, str]) -> bool:
        """Read a report; whether it came from the cache."""
        answer = await _asked(self.client, "GET", "/api/report", headers=headers, params={"hours": hours})
        return bool(answer.headers.get("X-Cache") == "hit")


async def signed_in(client: httpx.AsyncClient, organisation: str, key: str) -> Operator:
    """Raises CannotAsk."""
    answer = await _asked(client, "POST", "/api/sessions", json={"organisation": organisation, "key": key})
    return Operator(client=client, organisation=organisation, token=answer.json()["token"])


async def _asked(client: httpx.AsyncClient, method: str, path: str, **rest: Any) -> httpx.Response:
    try:
        answer = await client.request(method, path, **rest)
    except httpx.HTTPError as error:
        raise CannotAsk(f"cannot reach {client.base_url}: {type(error).__name__}") from error
    if not answer.is_success:
        raise CannotAsk(f"cannot use the answer to {method} {path}: {answer.status_code} {answer.text[:200]}")
    return answer
