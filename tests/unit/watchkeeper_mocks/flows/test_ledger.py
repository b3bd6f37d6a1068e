"""Ten arrivals a second for ever: totals can be worked out by hand."""

import math
from collections.abc import Sequence

import pytest

from watchkeeper_mocks.flows.conditions import conditions_at
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.ledger import Ledger, Organisation, settling_moment
from watchkeeper_mocks.incidents.record import Incident
from watchkeeper_mocks.load.profile import MONDAY_S, Season, build_load

START_S = MONDAY_S + 1000.0


def an_organisation(*, per_s: float = 10.0, noise_ratio: float = 0.0, name: str = "acme") -> Organisation:
    season = Season(seasonal=noise_ratio > 0, noise_ratio=noise_ratio)
    return Organisation(
        name=name,
        load=build_load(season, seed=name, scale_per_s=per_s, utc_offset_h=0.0),
        rare_load=build_load(season, seed=f"{name}/rare", scale_per_s=per_s, utc_offset_h=0.0),
    )


def a_ledger(*, noise_ratio: float = 0.0) -> Ledger:
    return Ledger([an_organisation(noise_ratio=noise_ratio)], epoch_s=START_S)


def an_incident(name: str, *, starts_s: float = 0.0, ends_s: float = 100.0, intensity: float = 1.0) -> Incident:
    """Times count from START_S."""
    return Incident(name=name, starts_s=START_S + starts_s, ends_s=START_S + ends_s, ramp_s=10.0, intensity=intensity)


def at(ledger: Ledger, after_s: float, incidents: Sequence[Incident] = (), flow: Flow = Flow.ARRIVALS) -> float:
    return ledger.totals(START_S + after_s, incidents).by_organisation[0][flow]


def test_without_incidents_a_total_is_rate_times_time() -> None:
    assert at(a_ledger(), 250.0) == pytest.approx(2500.0)
    assert at(a_ledger(), 250.0, flow=Flow.CACHE_MISSES) == pytest.approx(175.0)  # 7 % of look-ups


def test_a_surge_adds_its_area() -> None:
    # Full strength for 80 s, and two ramps of 10 s that are worth 5 s each: 2.5 · 10/s · 90 s more than usual.
    assert at(a_ledger(), 100.0, [an_incident("traffic_surge")]) == pytest.approx(1000.0 + 2250.0)


def test_after_a_surge_everything_is_as_before() -> None:
    assert at(a_ledger(), 300.0, [an_incident("traffic_surge")]) == pytest.approx(3000.0 + 2250.0)


def test_half_the_intensity_adds_half_as_much() -> None:
    assert at(a_ledger(), 100.0, [an_incident("traffic_surge", intensity=0.5)]) == pytest.approx(1000.0 + 1125.0)


def test_two_incidents_at_once_multiply() -> None:
    incidents = [an_incident("traffic_surge"), an_incident("database_down")]
    before, after = (at(a_ledger(), second, incidents, Flow.STORED_REFUSED) for second in (40.0, 60.0))
    assert after - before == pytest.approx(0.95 * 3.5 * 10.0 * 20.0)


def test_a_total_does_not_depend_on_how_often_it_was_asked_for() -> None:
    incidents = [an_incident("traffic_surge", starts_s=30.0), an_incident("error_burst", starts_s=400.0, ends_s=470.0)]
    often = a_ledger(noise_ratio=0.1)
    for tenth in range(0, 6000, 7):
        often.totals(START_S + tenth / 10, incidents)
    for second in (10.0, 31.4, 99.0, 133.3, 402.5, 555.5):
        asked_once = a_ledger(noise_ratio=0.1).totals(START_S + second, incidents)
        assert often.totals(START_S + second, incidents).by_organisation == asked_once.by_organisation


def test_no_total_ever_falls_while_incidents_start_and_are_cut_short() -> None:
    ledger = a_ledger(noise_ratio=0.2)
    incidents: list[Incident] = []
    before = ledger.totals(START_S, incidents).by_organisation[0]
    for quarter in range(1, 1600):
        now_s = START_S + quarter / 4
        if quarter == 161:
            incidents.append(an_incident("traffic_surge", starts_s=45.0, ends_s=300.0))
            incidents.append(an_incident("cache_cold", starts_s=45.0, ends_s=300.0, intensity=3.0))
        if quarter == 333:
            incidents.append(an_incident("database_down", starts_s=85.0, ends_s=390.0))
        if quarter == 501:
            incidents[0] = incidents[0].cut_short(now_s)
            incidents[2] = incidents[2].cut_short(now_s)
        now = ledger.totals(now_s, incidents).by_organisation[0]
        assert all(new >= old for old, new in zip(before, now, strict=True)), quarter
        before = now


@pytest.mark.parametrize("settled_s", [60.0, 100.0, 435.0, 470.0])
def test_settled_totals_continue_to_the_last_bit(settled_s: float) -> None:
    incidents = [an_incident("traffic_surge", starts_s=30.0), an_incident("error_burst", starts_s=400.0, ends_s=470.0)]
    ledger = a_ledger(noise_ratio=0.1)
    expected = ledger.totals(START_S + 900.0, incidents)
    settled = ledger.settle(START_S + settled_s, incidents)
    later = Ledger([an_organisation(noise_ratio=0.1)], epoch_s=START_S, settled=settled)
    remembered = [incident for incident in incidents if not incident.is_over(START_S + settled_s)]
    continued = later.totals(START_S + 900.0, remembered)
    assert continued.by_organisation == expected.by_organisation
    assert continued.backlog == expected.backlog
    assert later.known_from_s == START_S + settled_s


def test_a_moment_in_the_future_is_not_kept_in_mind() -> None:
    ledger = a_ledger()
    ledger.totals(START_S + 500.0, [an_incident("traffic_surge")], remember=False)
    # The surge was stopped before it began; had its walk been kept, its arrivals would still be there.
    assert at(ledger, 500.0, []) == pytest.approx(5000.0)


def test_a_backlog_is_what_consumers_leave_and_drains_with_its_time_constant() -> None:
    incidents = [an_incident("queue_backlog", ends_s=1000.0)]
    ledger = a_ledger()
    at_500, at_600 = (ledger.totals(START_S + second, incidents).backlog for second in (500.0, 600.0))
    # At full strength nothing drains: 0.85 of 10/s · 0.9996 good messages stay.
    assert at_600 - at_500 == pytest.approx(0.85 * 10.0 * 0.9996 * 100.0)
    at_end, later = (ledger.totals(START_S + second, incidents).backlog for second in (1000.0, 1090.0))
    assert later / at_end == pytest.approx(math.exp(-1.0))
    assert ledger.totals(START_S + 3000.0, incidents).backlog < 0.001


def test_rates_are_what_totals_grow_by() -> None:
    organisation = an_organisation(noise_ratio=0.1)
    ledger = Ledger([organisation], epoch_s=START_S)
    incidents = [an_incident("latency_spike", ends_s=500.0)]
    at_s = START_S + 251.0
    rates = ledger.rates(at_s, conditions_at(at_s, incidents))[0]
    grown = [
        new - old
        for old, new in zip(
            ledger.totals(at_s - 0.5, incidents).by_organisation[0],
            ledger.totals(at_s + 0.5, incidents).by_organisation[0],
            strict=True,
        )
    ]
    assert grown == pytest.approx(rates, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(
    ("before_s", "settled_s"),
    [(0.0, None), (-1.0, None), (4.0, 0.0), (57.3, 55.0), (100.0, 100.0), (399.0, 100.0), (1e6, 470.0)],
)
def test_totals_settle_at_a_step_of_an_incident_or_its_end(before_s: float, settled_s: float | None) -> None:
    incidents = [an_incident("traffic_surge"), an_incident("error_burst", starts_s=400.0, ends_s=470.0)]
    expected = None if settled_s is None else START_S + settled_s
    assert settling_moment(START_S + before_s, incidents) == expected
    assert settling_moment(START_S + before_s, []) is None
