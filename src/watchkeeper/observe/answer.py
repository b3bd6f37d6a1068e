"""Asking over HTTP: an answer, or the reason why there is none. Every answer is kept for the evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

LONGEST_EXCERPT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back. ``status`` is 0 where nothing did; ``body`` is an excerpt."""

    at_s: float
    method: str
    url: str
    parameters: Mapping[str, str]
    status: int
    body: str
    took_s: float


Recorder: TypeAlias = Callable[[Exchange], None]


class NoAnswer(Exception):
    """The other side did not answer, or not in the shape it should. The message says what was asked and what came."""


class Asker:
    """Sends requests with one client and hands each exchange to a recorder. Secrets travel in headers, never recorded."""

    def __init__(self, client: httpx.AsyncClient, record: Recorder = lambda exchange: None) -> None:
        self._client = client
        self._record = record

    async def request(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str] | None = None,
        timeout_s: float = 5.0,
        keep_answer: bool = True,
        **rest: Any,
    ) -> httpx.Response:
        """The response, whatever its status. ``keep_answer``: false where it holds a secret. Raises NoAnswer when there is
        none.
        """
        at_s, start = time.time(), time.monotonic()
        status, body = 0, ""
        try:
            response = await self._client.request(method, url, params=parameters, timeout=timeout_s, **rest)
            status, body = response.status_code, response.text[:LONGEST_EXCERPT] if keep_answer else "(not kept)"
        except httpx.HTTPError as error:
            body = f"{type(error).__name__}: {error}"
            raise NoAnswer(f"cannot reach {url}: {body}") from error
        else:
            return response
        finally:
            self._record(
                Exchange(
                    at_s=at_s,
                    method=method,
                    url=url,
                    parameters=dict(parameters or {}),
                    status=status,
                    body=body,
                    took_s=time.monotonic() - start,
                )
            )

    async def json(self, url: str, *, parameters: Mapping[str, str] | None = None, **rest: Any) -> Any:
        """GET that must answer 200 with JSON. Raises NoAnswer otherwise."""
        response = await self.request("GET", url, parameters=parameters, **rest)
        if response.status_code != httpx.codes.OK:
            raise NoAnswer(f"cannot use the answer of {url}: status {response.status_code}: {response.text[:200]}")
        try:
            return response.json()
        except ValueError as error:
            raise NoAnswer(f"cannot read the answer of {url} as JSON: {response.text[:200]}") from error
