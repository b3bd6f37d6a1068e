"""How fast tenants may send: one token bucket each, as Loki limits them. Off unless a rate is configured."""

from __future__ import annotations

import threading

from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_store.model.limits import Limits

_MB = 1024 * 1024


class TokenBuckets:
    """Bytes that each tenant may still send now; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}
        """By tenant: bytes left, and when that was so."""

    def take(self, tenant: str, limits: Limits, lines: int, octets: int, now_s: float) -> None:
        """Take ``octets`` out of the tenant's bucket. Raises PushRefused 429, and takes nothing, when there are not as many."""
        if not limits.ingestion_rate_mb:
            return
        rate = limits.ingestion_rate_mb * _MB
        burst = (limits.ingestion_burst_size_mb or limits.ingestion_rate_mb) * _MB
        with self._lock:
            left, since_s = self._buckets.get(tenant, (burst, now_s))
            left = min(burst, left + max(0.0, now_s - since_s) * rate)
            enough = octets <= left
            self._buckets[tenant] = (left - octets if enough else left, max(now_s, since_s))
        if not enough:
            raise PushRefused(
                429,
                f"Ingestion rate limit exceeded for user {tenant} (limit: {int(rate)} bytes/sec) while attempting to ingest "
                f"'{lines}' lines totaling '{octets}' bytes, reduce log volume or contact your Loki administrator to see if "
                "the limit can be increased",
                reason="rate_limited",
                lines=lines,
            )
