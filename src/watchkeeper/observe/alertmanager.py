"""Alertmanager's API v2: what is firing, and whom it would tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.observe.answer import Asker, NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert that Alertmanager holds. ``state`` is ``active``, ``suppressed`` or ``unprocessed``."""

    labels: Mapping[str, str]
    state: str
    receivers: tuple[str, ...]


class Alertmanager:
    """A client of one server."""

    def __init__(self, url: str, asker: Asker) -> None:
        self.url = url.rstrip("/")
        self._asker = asker

    async def alerts(self) -> tuple[Alert, ...]:
        """Every alert that has not been resolved. Raises NoAnswer."""
        url = f"{self.url}/api/v2/alerts"
        body = await self._asker.json(url)
        try:
            return tuple(
                Alert(
                    labels=alert["labels"],
                    state=alert["status"]["state"],
                    receivers=tuple(receiver["name"] for receiver in alert["receivers"]),
                )
                for alert in body
            )
        except (KeyError, TypeError) as error:
            raise NoAnswer(f"cannot use the answer of {url}: {str(body)[:200]}") from error

    async def version(self) -> str:
        """The server's version. Raises NoAnswer."""
        body = await self._asker.json(f"{self.url}/api/v2/status")
        return str(body.get("versionInfo", {}).get("version", ""))
