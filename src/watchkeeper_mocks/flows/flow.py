"""The flows: everything the mocks count, as shares of the arrivals of an organisation. Pure.

Each counter of each exporter is a sum of flows with fixed coefficients, so counters that describe the same thing agree.
"""

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
    # Work for the processors of the host, and time in which something else keeps them busy (see TIMED_FLOWS).
    CPU_ARRIVALS = 26
    CPU_SATURATION = 27


# The flows that follow the second, noisier curve of an organisation: rare things do not keep a constant share of the rest.
RARE_FLOWS = frozenset(
    {
        Flow.STORED_SLOW,
        Flow.STORED_FAILED,
        Flow.PAYMENT_SLOW,
        Flow.PAYMENT_FAILED,
        Flow.PAYMENT_DECLINED,
        Flow.LIGHT_SLOW,
        Flow.LIGHT_FAILED,
        Flow.CACHE_MISSES,
        Flow.QUERIES_SLOW,
        Flow.MISS_QUERIES_FAST,
        Flow.MISS_QUERIES_SLOW,
        Flow.AI_CACHED,
        Flow.CONVERSIONS,
    }
)

TIMED_FLOWS = frozenset({Flow.CPU_SATURATION})
"""Flows that gather with time instead of with arrivals: their totals over all organisations are seconds."""

SURGE_GROWTH = 2.5
MAX_CPU_GROWTH = 1.4
BACKLOG_SHARE = 0.85
"""How much of what arrives stays in the queues at the height of `queue_backlog`."""
BACKLOG_DRAIN_S = 90.0
"""Time in which consumers work off all but 1/e of a backlog once they are well again."""


def weights(conditions: Conditions) -> list[float]:
    """How much of each flow one arrival brings under these conditions, in the order of `Flow`; none is negative."""
    surge = 1.0 + SURGE_GROWTH * conditions.traffic_surge
    refused = min(1.0, 0.95 * conditions.database_down)
    failed = min(0.9, 0.0015 + 0.25 * conditions.error_burst)
    slow = min(0.9, 0.02 + 0.55 * conditions.latency_spike + 0.2 * conditions.cache_cold + 0.3 * conditions.slow_queries)
    declined = min(0.95, 0.02 + 0.6 * conditions.payment_failures)
    hit = max(0.05, 0.93 * (1.0 - 0.85 * min(1.0, conditions.cache_cold)))
    slow_query = min(0.9, 0.01 + 0.2 * conditions.latency_spike + 0.1 * conditions.cache_cold + 0.5 * conditions.slow_queries)
    cached = 0.32 * (1.0 - 0.8 * min(1.0, conditions.ai_cost_spike))
    served = surge * (1.0 - refused)
    ended_well = served * (1.0 - failed)
    result = [0.0] * len(Flow)
    result[Flow.STORED_FAST] = ended_well * (1.0 - slow)
    result[Flow.STORED_SLOW] = ended_well * slow
    result[Flow.STORED_FAILED] = served * failed
    result[Flow.STORED_REFUSED] = surge * refused
    result[Flow.PAYMENT_FAST] = ended_well * (1.0 - declined) * (1.0 - slow)
    result[Flow.PAYMENT_SLOW] = ended_well * (1.0 - declined) * slow
    result[Flow.PAYMENT_FAILED] = served * failed
    result[Flow.PAYMENT_REFUSED] = surge * refused
    result[Flow.PAYMENT_DECLINED] = ended_well * declined
    result[Flow.LIGHT_FAST] = surge * (1.0 - failed) * (1.0 - slow)
    result[Flow.LIGHT_SLOW] = surge * (1.0 - failed) * slow
    result[Flow.LIGHT_FAILED] = surge * failed
    result[Flow.LOGIN_ATTACKS] = 0.8 * conditions.login_attack
    result[Flow.CACHE_HITS] = surge * hit
    result[Flow.CACHE_MISSES] = surge * (1.0 - hit)
    result[Flow.QUERIES_FAST] = served * (1.0 - slow_query)
    result[Flow.QUERIES_SLOW] = served * slow_query
    result[Flow.MISS_QUERIES_FAST] = served * (1.0 - hit) * (1.0 - slow_query)
    result[Flow.MISS_QUERIES_SLOW] = served * (1.0 - hit) * slow_query
    result[Flow.MESSAGES] = ended_well
    result[Flow.AI_ASKED] = surge * (1.0 - cached)
    result[Flow.AI_EXTRA] = surge * conditions.ai_cost_spike
    result[Flow.AI_CACHED] = surge * cached
    result[Flow.VISITS] = surge
    result[Flow.CONVERSIONS] = ended_well * (1.0 - declined) * (1.0 - 0.85 * min(1.0, conditions.conversion_drop))
    result[Flow.ARRIVALS] = surge
    # Busy time must never exceed time: work is capped, and what saturates the processors displaces it.
    saturated = min(1.0, conditions.cpu_saturation)
    result[Flow.CPU_ARRIVALS] = min(surge, MAX_CPU_GROWTH) * (1.0 - saturated)
    result[Flow.CPU_SATURATION] = saturated
    return result


CALM_WEIGHTS = tuple(weights(CALM))
