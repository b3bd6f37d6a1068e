"""Which segments may go: by the age their rows were promised, and by the size that all may take. Pure; deletes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from watchkeeper_store.storage.segment import Segment
from watchkeeper_wire.loki_labels import LabelPairs

FOREVER_S = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRule:
    """Streams that ``matches`` (tenant, labels) accepts are kept so long; the first rule that accepts decides."""

    matches: Callable[[str, LabelPairs], bool]
    keep_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """``FOREVER_S`` keeps without end; ``max_bytes`` 0 is without limit. Tenants may have limits of their own besides."""

    default_s: float = 30 * 86400.0
    max_bytes: int = 0
    tenant_max_bytes: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[KeepRule, ...] = ()

    def keep_s(self, tenant: str, labels: LabelPairs) -> float:
        """How long rows of a stream are kept. A segment holds only streams of one answer."""
        return next((rule.keep_s for rule in self.rules if rule.matches(tenant, labels)), self.default_s)

    def applied(self, segment: Segment, labels: Callable[[int], LabelPairs]) -> Segment:
        """A segment from before a restart, kept as long as is promised now: to the longest promise of its streams."""
        kept = {self.keep_s(segment.tenant, labels(stream)) for stream in segment.streams.tolist()}
        return replace(segment, keep_s=FOREVER_S if FOREVER_S in kept else max(kept, default=segment.keep_s))


def expired(segments: Sequence[Segment], retention: Retention, now_ns: int) -> list[Segment]:
    """Segments to drop: first those whose newest row is over its age, then, while too much is left, those that end earliest."""
    gone = [s for s in segments if s.keep_s != FOREVER_S and s.max_ns < now_ns - int(s.keep_s * 1e9)]
    for tenant, most_bytes in retention.tenant_max_bytes.items():
        gone += _over_size([s for s in segments if s.tenant == tenant and s not in gone], most_bytes)
    return gone + _over_size([s for s in segments if s not in gone], retention.max_bytes)


def _over_size(segments: Sequence[Segment], most_bytes: int) -> list[Segment]:
    if not most_bytes:
        return []
    total = sum(segment.size_bytes for segment in segments)
    over: list[Segment] = []
    for segment in sorted(segments, key=lambda one: one.max_ns):
        if total <= most_bytes:
            break
        over.append(segment)
        total -= segment.size_bytes
    return over
