"""The patrol: checks a device every few seconds through the API, as an operator would, and looks at the report."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import httpx

from network_monitor.database import ORGANISATIONS
from network_monitor.operators import CannotAsk, Operator, signed_in
from network_monitor.serving import WEB
from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument

REPORT_HOURS = 24
REPORTS = 3
_ROUNDS_BETWEEN_CLEANINGS = 1_000


class Patrol:
    """One round after the other. It keeps away while the API says that it cannot work: it would only add failures."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self._url = surroundings.patrol_url
        self._key = surroundings.key
        self._every_s = surroundings.patrol_s
        self._watch = watch

    async def run(self, clean: Callable[[], Awaitable[None]]) -> None:
        """Without end. ``clean`` is called now and then."""
        async with httpx.AsyncClient(base_url=self._url, timeout=15.0, trust_env=False) as client:
            for number in itertools.count():
                try:
                    if (await client.get("/api/health")).is_success:
                        await self._round(client, number)
                        if number % _ROUNDS_BETWEEN_CLEANINGS == 0:
                            await clean()
                except Exception as failure:  # noqa: BLE001 - the next round may go better, whatever it was
                    self._watch.log(failure=str(failure)).warning("a round of the patrol fails")
                await asyncio.sleep(self._every_s)

    async def _round(self, client: httpx.AsyncClient, number: int) -> None:
        organisation = ORGANISATIONS[number % len(ORGANISATIONS)]
        # a session lasts longer than a round, but signing in is part of what should be seen to work
        operator = await signed_in(client, organisation, self._key)
        devices = await operator.devices()
        if not devices:
            raise CannotAsk(f"cannot patrol: {organisation} has no device")
        await self._visit(operator, devices[number // len(ORGANISATIONS) % len(devices)])

    async def _visit(self, operator: Operator, device: str) -> None:
        with self._watch.span("patrol", device=device):
            with self._watch.calling(WEB, "POST") as headers:
                await operator.check(device, headers)
            for _ in range(REPORTS):
                with self._watch.calling(WEB) as headers:
                    await operator.report(REPORT_HOURS, headers)
