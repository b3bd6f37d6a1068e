"""The example application's API, as one of its operators uses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from watchkeeper.observe.answer import Asker, NoAnswer
from watchkeeper.workload.workload import SecretValue

ORGANISATION = "north"
DEVICE = "database"
"""One of that organisation's."""
CHECK_ROUTE = "/api/devices/{device}/checks"
_HITS = re.compile(r'^cache_hits_total\{cache_name="report"\} (?P<count>[0-9.e+]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A check that the API took. ``outcome``: what it told of it; ``done``: whether all services were through with it."""

    check: str
    done: bool
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a service's health page said; ``checks``: dependency → ``ok`` or ``error``."""

    status: int
    checks: Mapping[str, str]
    critical: frozenset[str]


class NetworkMonitor:
    """A client of one API. ``key`` signs in, whenever that is needed."""

    def __init__(self, url: str, asker: Asker, key: SecretValue) -> None:
        self.url = url.rstrip("/")
        self._asker = asker
        self._key = key
        self._token = ""

    async def ask(self, *, trace_id: str = "", span_id: str = "", wait_s: float = 5.0) -> Asked:
        """Have a device checked, in that trace where one is named. Raises NoAnswer unless the check was taken."""
        headers = {"Authorization": f"Bearer {self._token or await self._signed_in()}"}
        if trace_id:
            headers["traceparent"] = f"00-{trace_id}-{span_id}-01"
        url = f"{self.url}/api/devices/{DEVICE}/checks"
        response = await self._asker.request(
            "POST", url, headers=headers, parameters={"wait_s": f"{wait_s:g}"}, timeout_s=wait_s + 5
        )
        body = _read(response, url, {httpx.codes.OK, httpx.codes.ACCEPTED})
        return Asked(check=str(body.get("id")), done=response.status_code == httpx.codes.OK, outcome=body)

    async def outcome(self, check: str) -> Mapping[str, Any] | None:
        """What is kept of a check; None where nothing is. Raises NoAnswer."""
        url = f"{self.url}/api/checks/{check}"
        response = await self._asker.request("GET", url)
        return None if response.status_code == httpx.codes.NOT_FOUND else _read(response, url, {httpx.codes.OK})

    async def report_hit(self, hours: int) -> bool:
        """Read the report of that time; whether it came from the cache. Raises NoAnswer."""
        url = f"{self.url}/api/report"
        response = await self._asker.request("GET", url, parameters={"hours": str(hours)}, timeout_s=10.0)
        _read(response, url, {httpx.codes.OK})
        return bool(response.headers.get("X-Cache") == "hit")

    async def report_hits(self) -> float:
        """How many reports have come from the cache, as the API counts them. Raises NoAnswer."""
        response = await self._asker.request("GET", f"{self.url}/api/metrics")
        found = _HITS.search(response.text)
        return float(found["count"]) if found else 0.0

    async def _signed_in(self) -> str:
        url = f"{self.url}/api/sessions"
        response = await self._asker.request(
            "POST", url, json={"organisation": ORGANISATION, "key": self._key.value}, keep_answer=False
        )
        self._token = str(_read(response, url, {httpx.codes.CREATED}).get("token"))
        return self._token


async def health_of(url: str, asker: Asker) -> Told:
    """What ``/api/health`` below ``url`` says. Raises NoAnswer."""
    response = await asker.request("GET", f"{url}/api/health")
    body = _read(response, url, {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE})
    try:
        critical = frozenset(name for name, told in body["details"].items() if told["critical"])
        return Told(status=response.status_code, checks=dict(body["checks"]), critical=critical)
    except (KeyError, TypeError, AttributeError) as error:
        raise NoAnswer(f"cannot use the answer of {url}/api/health: {response.text[:200]}") from error


def _read(response: httpx.Response, url: str, good: set[int]) -> dict[str, Any]:
    if response.status_code in good:
        try:
            body = response.json()
        except ValueError:
            body = None
        if isinstance(body, dict):
            return body
    raise NoAnswer(f"cannot use the answer of {url}: status {response.status_code}: {response.text[:200]}")
