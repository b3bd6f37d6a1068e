"""The canary's API: switch a condition on, read what arrived. The one client here that also asks for something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchkeeper.observe.answer import Asker, NoAnswer
from watchkeeper.workload.workload import SecretValue


class Canary:
    """A client of one canary."""

    def __init__(self, url: str, asker: Asker, token: SecretValue) -> None:
        self.url = url.rstrip("/")
        self._asker = asker
        self._headers = {"Authorization": f"Bearer {token.value}"}

    async def switch_on(self, labels: Mapping[str, str], duration_s: float) -> None:
        """Make the canary alert fire with these labels, for at most that long. Raises NoAnswer."""
        await self._ask("POST", "/api/conditions", {"labels": dict(labels), "duration_s": duration_s})

    async def switch_off(self, labels: Mapping[str, str]) -> None:
        """End one condition. Raises NoAnswer."""
        await self._ask("DELETE", "/api/conditions", {"labels": dict(labels)})

    async def log_line(self, line: str) -> None:
        """Have the canary write a line to its own log, which is collected like any other. Raises NoAnswer."""
        await self._ask("POST", "/api/lines", {"text": line})

    async def latest(self) -> int:
        """Sequence number of the newest receipt. Raises NoAnswer."""
        return int((await self._receipts(2**62, 0.0))["latest"])

    async def receipts(self, after: int, *, wait_s: float = 0.0) -> tuple[Mapping[str, Any], ...]:
        """Receipts after a sequence number; waits up to ``wait_s`` for the first. Raises NoAnswer."""
        return tuple((await self._receipts(after, wait_s))["receipts"])

    async def _receipts(self, after: int, wait_s: float) -> dict[str, Any]:
        parameters = {"since": str(after), "wait": str(wait_s)}
        body = await self._asker.json(
            f"{self.url}/api/receipts", parameters=parameters, headers=self._headers, timeout_s=wait_s + 5.0
        )
        if not isinstance(body, dict):
            raise NoAnswer(f"cannot use the answer of {self.url}/api/receipts: {str(body)[:200]}")
        return body

    async def _ask(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        response = await self._asker.request(method, f"{self.url}{path}", json=body, headers=self._headers)
        if response.status_code >= 300:
            raise NoAnswer(f"cannot {method} {self.url}{path}: status {response.status_code}: {response.text[:200]}")
