"""The flows: everything the mocks count, as shares of the arrivals of an organisation. Pure.

Each counter of each exporter is a sum of flows with fixed coefficients, so counters that describe the same thing agree.
"""

from dataclasses import dataclass
from enum import IntEnum

from watchkeeper_mocks.flows.conditions import CALM, Conditions


class Flow(IntEnum):
    """One thing that is counted. Values are positions in a list, hence dense from 0."""

    # Requests to routes that need the database, by outcome.
    STORED_FAST = 0
    STORED_SLOW = 1
    STORED_FAILED = 2
    STORED_REFUSED = 3
    # Requests to the payment route, which also needs the database.
    PAYMENT_FAST = 4
    PAYMENT_SLOW = 5
    PAYMENT_FAILED = 6
    PAYMENT_REFUSED = 7
    PAYMENT_DECLINED = 8
    # Requests that never touch the database.
    LIGHT_FAST = 9
    LIGHT_SLOW = 10
    LIGHT_FAILED = 11
    # Sign-in attempts with a wrong password, beyond the ordinary ones.
    LOGIN_ATTACKS = 12
    CACHE_HITS = 13
    CACHE_MISSES = 14
    QUERIES_FAST = 15
    QUERIES_SLOW = 16
    MISS_QUERIES_FAST = 17
    MISS_QUERIES_SLOW = 18
    MESSAGES = 19
    AI_ASKED = 20
    AI_EXTRA = 21
    AI_CACHED = 22
    VISITS = 23
    CONVERSIONS = 24
    ARRIVALS = 25
    # Work for the processors of the host, and seconds in which something else keeps them busy.
    CPU_ARRIVALS = 26
    CPU_SATURATION = 27


SURGE_GROWTH = 2.5
MAX_CPU_GROWTH = 1.4
BACKLOG_SHARE = 0.85
"""How much of what arrives stays in the queues at the height of `queue_backlog`."""
BACKLOG_DRAIN_S = 90.0
"""Time in which consumers work off all but 1/e of a backlog once they are well again."""

# Shares on an ordinary day.
_SLOW = 0.02
_FAILED = 0.0004
_DECLINED = 0.02
_MISSED = 0.07
_SLOW_QUERY = 0.01
_CACHED_ANSWER = 0.32


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much of each flow comes with each thing that drives it, in the order of `Flow`; none is negative.

    Rare things do not keep a constant share of the rest, so each organisation has a second load curve with noise of its
    own. What is rare on an ordinary day follows that curve; what an incident adds follows the first one, at the cost of
    the ordinary outcome there. So an incident that makes requests slow does not change how many there are.
    """

    per_arrival: tuple[float, ...]
    per_rare_arrival: tuple[float, ...]
    per_second: tuple[float, ...]
    """Of the organisations together."""


class _Shares:
    """The shares of outcomes under some conditions."""

    def __init__(self, conditions: Conditions) -> None:
        self.surge = 1.0 + SURGE_GROWTH * conditions.traffic_surge
        self.refused = min(1.0, 0.95 * conditions.database_down)
        self.failed = min(0.9, _FAILED + 0.25 * conditions.error_burst)
        self.slow = min(
            0.9, _SLOW + 0.55 * conditions.latency_spike + 0.2 * conditions.cache_cold + 0.3 * conditions.slow_queries
        )
        self.declined = min(0.95, _DECLINED + 0.6 * conditions.payment_failures)
        self.missed = min(0.95, _MISSED + 0.8 * conditions.cache_cold)
        self.slow_query = min(
            0.9, _SLOW_QUERY + 0.2 * conditions.latency_spike + 0.1 * conditions.cache_cold + 0.5 * conditions.slow_queries
        )
        self.cached = _CACHED_ANSWER * (1.0 - 0.8 * min(1.0, conditions.ai_cost_spike))
        self.served = self.surge * (1.0 - self.refused)
        self.ended_well = self.served * (1.0 - self.failed)


def weights(conditions: Conditions) -> Weights:
    """The weights under these conditions."""
    shares = _Shares(conditions)
    common, rare, timed = [0.0] * len(Flow), [0.0] * len(Flow), [0.0] * len(Flow)

    def split(ordinary: Flow, unusual: Flow, of: float, share: float, share_on_ordinary_days: float) -> None:
        common[ordinary] = of * (1.0 - share)
        common[unusual] = of * (share - share_on_ordinary_days)
        rare[unusual] = of * share_on_ordinary_days

    paid = shares.ended_well * (1.0 - shares.declined)
    split(Flow.STORED_FAST, Flow.STORED_SLOW, shares.ended_well, shares.slow, _SLOW)
    split(Flow.PAYMENT_FAST, Flow.PAYMENT_SLOW, paid, shares.slow, _SLOW)
    split(Flow.LIGHT_FAST, Flow.LIGHT_SLOW, shares.surge * (1.0 - shares.failed), shares.slow, _SLOW)
    split(Flow.CACHE_HITS, Flow.CACHE_MISSES, shares.surge, shares.missed, _MISSED)
    split(Flow.QUERIES_FAST, Flow.QUERIES_SLOW, shares.served, shares.slow_query, _SLOW_QUERY)
    for flow, of, share, share_on_ordinary_days in (
        (Flow.STORED_FAILED, shares.served, shares.failed, _FAILED),
        (Flow.PAYMENT_FAILED, shares.served, shares.failed, _FAILED),
        (Flow.LIGHT_FAILED, shares.surge, shares.failed, _FAILED),
        (Flow.PAYMENT_DECLINED, shares.ended_well, shares.declined, _DECLINED),
        (Flow.MISS_QUERIES_FAST, shares.served * (1.0 - shares.slow_query), shares.missed, _MISSED),
        (Flow.MISS_QUERIES_SLOW, shares.served * shares.slow_query, shares.missed, _MISSED),
    ):
        common[flow] = of * (share - share_on_ordinary_days)
        rare[flow] = of * share_on_ordinary_days
    common[Flow.STORED_REFUSED] = common[Flow.PAYMENT_REFUSED] = shares.surge * shares.refused
    common[Flow.LOGIN_ATTACKS] = 0.8 * conditions.login_attack
    common[Flow.MESSAGES] = shares.ended_well
    common[Flow.AI_ASKED] = shares.surge * (1.0 - shares.cached)
    rare[Flow.AI_CACHED] = shares.surge * shares.cached
    common[Flow.AI_EXTRA] = shares.surge * conditions.ai_cost_spike
    common[Flow.VISITS] = common[Flow.ARRIVALS] = shares.surge
    rare[Flow.CONVERSIONS] = paid * (1.0 - 0.85 * min(1.0, conditions.conversion_drop))
    # Busy time must never exceed time: work is capped, and what saturates the processors displaces it.
    saturated = min(1.0, conditions.cpu_saturation)
    common[Flow.CPU_ARRIVALS] = min(shares.surge, MAX_CPU_GROWTH) * (1.0 - saturated)
    timed[Flow.CPU_SATURATION] = saturated
    return Weights(per_arrival=tuple(common), per_rare_arrival=tuple(rare), per_second=tuple(timed))


CALM_WEIGHTS = weights(CALM)
