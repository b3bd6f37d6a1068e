"""The figures that alerts look at, as docs/reference/mocks.md states them: on an ordinary day, and under an incident."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.unit.watchkeeper_mocks.stage import BUSY, Series, a_world, page, series

from watchkeeper_mocks.world import World

# Five minutes of the steadiest kind, so that the figures are those of the incident and not of the hour.
STEADY = replace(BUSY, seasonal=False, noise_ratio=0.0)
FROM_S, UNTIL_S = 300.0, 600.0


class Spell:
    """What a page showed at two moments."""

    def __init__(self, world: World, exporter: str, now_s: float) -> None:
        self.before: Series = series(page(world, exporter, now_s + FROM_S))
        self.after: Series = series(page(world, exporter, now_s + UNTIL_S))

    def grown(self, name: str, /, **labels: str) -> float:
        """By how much the samples with these labels grew in between; a label is a prefix."""
        return sum(
            number - self.before[key]
            for key, number in self.after.items()
            if key[0] == name and all(dict(key[1])[label].startswith(text) for label, text in labels.items())
        )

    def is_now(self, name: str, /, **labels: str) -> float:
        """The sum of the samples with these labels at the end."""
        wanted = set(labels.items())
        return sum(number for key, number in self.after.items() if key[0] == name and wanted <= set(key[1]))

    def p95(self, name: str) -> float:
        """As histogram_quantile would have it, over all series."""
        heights: dict[float, float] = {}
        for key in self.after:
            if key[0] == f"{name}_bucket":
                bound = float(dict(key[1])["le"])
                heights[bound] = heights.get(bound, 0.0) + self.after[key] - self.before[key]
        target = 0.95 * max(heights.values())
        below_s, below = 0.0, 0.0
        for bound, height in sorted(heights.items()):
            if height >= target:
                return below_s + (bound - below_s) * (target - below) / (height - below)
            below_s, below = bound, height
        raise AssertionError("no bucket reaches the target")


def failing(spell: Spell) -> float:
    return spell.grown("http_requests_total", status_code="5") / spell.grown("http_requests_total")


def hitting(spell: Spell) -> float:
    hits = spell.grown("cache_hits_total")
    return hits / (hits + spell.grown("cache_misses_total"))


def declined(spell: Spell) -> float:
    return spell.grown("business_transactions_total", status="declined") / spell.grown("business_transactions_total")


def burning(spell: Spell) -> float:
    return spell.grown("ai_cost_dollars_total") / 300.0 * 30 * 86400.0 / spell.is_now("ai_budget_dollars")


def failed_sign_ins(spell: Spell) -> float:
    return spell.grown("auth_login_attempts_total", result="failure") / spell.grown("http_requests_total")


def connections(spell: Spell) -> float:
    return spell.is_now("pg_stat_activity_count") / spell.is_now("pg_settings_max_connections")


def disk_free(spell: Spell) -> float:
    root = {"mountpoint": "/"}
    return spell.is_now("node_filesystem_avail_bytes", **root) / spell.is_now("node_filesystem_size_bytes", **root)


def worker_memory(spell: Spell) -> float:
    used = spell.is_now("container_memory_working_set_bytes", name="worker")
    return used / spell.is_now("container_spec_memory_limit_bytes", name="worker")


def processors_busy(spell: Spell) -> float:
    return 1.0 - spell.grown("node_cpu_seconds_total", mode="idle") / spell.grown("node_cpu_seconds_total")


@pytest.mark.parametrize(
    ("exporter", "figure", "ordinary", "incident", "then"),
    [
        ("application", lambda spell: spell.p95("http_request_duration_seconds"), 0.27, "latency_spike", 2.2),
        ("application", lambda spell: spell.p95("http_request_duration_seconds"), 0.27, "slow_queries", 1.7),
        ("application", lambda spell: spell.p95("http_request_duration_seconds"), 0.27, "cache_cold", 1.2),
        ("application", lambda spell: spell.p95("db_query_duration_seconds"), 0.018, "slow_queries", 0.45),
        ("application", failing, 0.0004, "error_burst", 0.25),
        ("application", failing, 0.0004, "database_down", 0.87 * 0.95),
        ("application", hitting, 0.93, "cache_cold", 0.13),
        ("application", failed_sign_ins, 0.0036, "login_attack", 0.8036 / 1.8),
        ("application", lambda spell: spell.grown("http_requests_total") / 300.0, 500.0, "traffic_surge", 1750.0),
        ("business", declined, 0.02, "payment_failures", 0.62),
        ("business", lambda spell: spell.grown("business_conversions_total") / 300.0, 0.54, "conversion_drop", 0.15 * 0.54),
        ("postgres", connections, 0.18, "connection_exhaustion", 0.97),
        ("node", disk_free, 0.62, "disk_filling", 0.02),
        ("node", processors_busy, 0.3, "cpu_saturation", 0.96),
        ("container", worker_memory, 0.39, "memory_leak", 0.97),
        ("ai", burning, 0.47, "ai_cost_spike", 12.5),
    ],
)
def test_a_figure_is_ordinary_until_its_incident(
    exporter: str, figure: Callable[[Spell], float], ordinary: float, incident: str, then: float
) -> None:
    calm, clock = a_world(STEADY, after_s=86400.0)
    assert figure(Spell(calm, exporter, clock.now_s)) == pytest.approx(ordinary, rel=0.15)
    troubled, _ = a_world(STEADY, clock=clock)
    troubled.start_incident(incident, duration_s=1200.0, intensity=1.0)
    assert figure(Spell(troubled, exporter, clock.now_s)) == pytest.approx(then, rel=0.1)
