"""Which segments may go: by the age their rows were promised, and by the size that all may take. Pure; deletes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    """``FOREVER_S`` keeps without end; ``max_bytes`` 0 is without limit."""

    default_s: float = 30 * 86400.0
    max_bytes: int = 0
    rules: tuple[KeepRule, ...] = ()

    def keep_s(self, tenant: str, labels: LabelPairs) -> float:
        """How long rows of a stream are kept. A segment holds only streams of one answer."""
        return next((rule.keep_s for rule in self.rules if rule.matches(tenant, labels)), self.default_s)


def expired(segments: Sequence[Segment], retention: Retention, now_ns: int) -> list[Segment]:
    """Segments to drop: first those whose newest row is over its age, then, while too much is left, those that end earliest."""
    over_age = [s for s in segments if s.keep_s != FOREVER_S and s.max_ns < now_ns - int(s.keep_s * 1e9)]
    if not retention.max_bytes:
        return over_age
    gone = {id(segment) for segment in over_age}
    left = sorted((segment for segment in segments if id(segment) not in gone), key=lambda segment: segment.max_ns)
    total = sum(segment.size_bytes for segment in left)
    over_size: list[Segment] = []
    for segment in left:
        if total <= retention.max_bytes:
            break
        over_size.append(segment)
        total -= segment.size_bytes
    return over_age + over_size
