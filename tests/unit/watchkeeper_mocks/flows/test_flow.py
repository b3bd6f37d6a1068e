from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper_mocks.flows.application import ROUTES
from watchkeeper_mocks.flows.conditions import Conditions
from watchkeeper_mocks.flows.flow import CALM_WEIGHTS, Flow, weights

STORED = (Flow.STORED_FAST, Flow.STORED_SLOW, Flow.STORED_FAILED, Flow.STORED_REFUSED)
PAYMENT = (Flow.PAYMENT_FAST, Flow.PAYMENT_SLOW, Flow.PAYMENT_FAILED, Flow.PAYMENT_REFUSED, Flow.PAYMENT_DECLINED)
LIGHT = (Flow.LIGHT_FAST, Flow.LIGHT_SLOW, Flow.LIGHT_FAILED)

any_conditions = st.builds(Conditions, **{field.name: st.floats(min_value=0.0, max_value=3.0) for field in fields(Conditions)})


def per_arrival(conditions: Conditions, *flows: Flow) -> float:
    """What one arrival brings of these flows where both load curves agree."""
    found = weights(conditions)
    return sum(found.per_arrival[flow] + found.per_rare_arrival[flow] for flow in flows)


def test_the_routes_share_all_arrivals() -> None:
    assert sum(route.share for route in ROUTES) == pytest.approx(1.0)


@given(any_conditions)
def test_every_request_ends_in_exactly_one_way(conditions: Conditions) -> None:
    surge = 1.0 + 2.5 * conditions.traffic_surge
    assert per_arrival(conditions, *STORED) == pytest.approx(surge)
    assert per_arrival(conditions, *PAYMENT) == pytest.approx(surge)
    assert per_arrival(conditions, *LIGHT) == pytest.approx(surge)


@given(any_conditions)
def test_no_weight_is_negative_whatever_happens(conditions: Conditions) -> None:
    found = weights(conditions)
    assert min(*found.per_arrival, *found.per_rare_arrival, *found.per_second) >= 0.0


@given(any_conditions)
def test_a_look_up_hits_or_misses(conditions: Conditions) -> None:
    surge = 1.0 + 2.5 * conditions.traffic_surge
    assert per_arrival(conditions, Flow.CACHE_HITS, Flow.CACHE_MISSES) == pytest.approx(surge)


@given(any_conditions)
def test_the_processors_are_never_busier_than_time_allows(conditions: Conditions) -> None:
    found = weights(conditions)
    # The host spends 0.3 of its time on the mean load; the busiest hour has about twice that (1.9) plus noise (0.2).
    busiest = 0.3 * 2.1 * found.per_arrival[Flow.CPU_ARRIVALS] + 0.96 * found.per_second[Flow.CPU_SATURATION]
    assert busiest <= 1.0


def test_on_an_ordinary_day_nothing_is_refused_or_attacked() -> None:
    for flow in (Flow.STORED_REFUSED, Flow.PAYMENT_REFUSED, Flow.LOGIN_ATTACKS, Flow.AI_EXTRA, Flow.CPU_SATURATION):
        assert CALM_WEIGHTS.per_arrival[flow] == CALM_WEIGHTS.per_rare_arrival[flow] == CALM_WEIGHTS.per_second[flow] == 0.0


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_a_latency_spike_changes_how_long_requests_take_and_not_how_many_there_are(strength: float) -> None:
    spike = weights(Conditions(latency_spike=strength))
    for fast, slow in ((Flow.STORED_FAST, Flow.STORED_SLOW), (Flow.QUERIES_FAST, Flow.QUERIES_SLOW)):
        for spiked, calm in (
            (spike.per_arrival, CALM_WEIGHTS.per_arrival),
            (spike.per_rare_arrival, CALM_WEIGHTS.per_rare_arrival),
        ):
            assert spiked[fast] + spiked[slow] == pytest.approx(calm[fast] + calm[slow])
    assert spike.per_arrival[Flow.STORED_SLOW] > CALM_WEIGHTS.per_arrival[Flow.STORED_SLOW]


def test_a_database_that_is_down_refuses_what_needs_it_and_leaves_the_rest_alone() -> None:
    down = Conditions(database_down=1.0)
    assert per_arrival(down, Flow.STORED_REFUSED) == pytest.approx(0.95)
    assert per_arrival(down, Flow.QUERIES_FAST, Flow.QUERIES_SLOW) == pytest.approx(0.05)
    assert per_arrival(down, *LIGHT) == pytest.approx(1.0)
    assert per_arrival(down, Flow.LIGHT_FAILED) == pytest.approx(0.0004)


def test_an_error_burst_fails_a_quarter_of_all_requests() -> None:
    burst = Conditions(error_burst=1.0)
    assert per_arrival(burst, Flow.STORED_FAILED) == pytest.approx(0.2504)
    assert per_arrival(burst, Flow.LIGHT_FAILED) == pytest.approx(0.2504)
