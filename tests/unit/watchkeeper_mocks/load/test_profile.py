import pytest

from watchkeeper_mocks.load.profile import MAX_NOISE_RATIO, MONDAY_S, Season, build_load, noise, weekly_shape

HOUR_S = 3600.0
CALM = Season(seasonal=True, noise_ratio=0.0)
NOISIEST = Season(seasonal=True, noise_ratio=MAX_NOISE_RATIO)


def test_the_week_has_a_mean_of_one() -> None:
    assert sum(weekly_shape(seasonal=True)) / 168 == pytest.approx(1.0)


def test_a_weekend_hour_is_three_fifths_of_the_same_working_hour() -> None:
    shape = weekly_shape(seasonal=True)
    assert shape[5 * 24 + 14] / shape[14] == pytest.approx(0.6)  # Saturday and Monday, 14:00


def test_the_busiest_hour_is_five_times_the_quietest_of_the_same_day() -> None:
    monday = weekly_shape(seasonal=True)[:24]
    assert max(monday) / min(monday) == pytest.approx(1.58 / 0.31)


def test_a_flat_load_is_its_mean_at_any_time() -> None:
    load = build_load(Season(seasonal=False, noise_ratio=0.0), seed="x", scale_per_s=7.0, utc_offset_h=3.0)
    assert load.rate(MONDAY_S + 12345.0) == 7.0
    assert load.arrived(MONDAY_S + 100.0) - load.arrived(MONDAY_S) == pytest.approx(700.0)


def test_an_organisation_five_hours_behind_is_busy_five_hours_later() -> None:
    here = build_load(CALM, seed="x", scale_per_s=1.0, utc_offset_h=0.0)
    there = build_load(CALM, seed="x", scale_per_s=1.0, utc_offset_h=-5.0)
    at_s = MONDAY_S + 30 * HOUR_S
    assert there.rate(at_s + 5 * HOUR_S) == pytest.approx(here.rate(at_s))
    assert there.rate(at_s) != pytest.approx(here.rate(at_s))


def test_what_arrived_is_the_area_under_the_rate() -> None:
    load = build_load(NOISIEST, seed="x", scale_per_s=3.0, utc_offset_h=1.0)
    start_s, step_s, steps = MONDAY_S + 1000.0, 0.5, 20000
    area = sum(load.rate(start_s + (step + 0.5) * step_s) * step_s for step in range(steps))
    assert load.arrived(start_s + steps * step_s) - load.arrived(start_s) == pytest.approx(area, rel=1e-6)


def test_the_noisiest_load_never_runs_backwards() -> None:
    load = build_load(NOISIEST, seed="any", scale_per_s=1.0, utc_offset_h=0.0)
    assert min(load.rate(MONDAY_S + minute * 60.0) for minute in range(7 * 24 * 60)) > 0.0


def test_noise_has_no_mean_and_stays_within_one() -> None:
    heights = noise("seed", knots=997)
    assert sum(heights) == pytest.approx(0.0, abs=1e-9)
    assert max(abs(height) for height in heights) == pytest.approx(1.0)


def test_noise_depends_on_nothing_but_its_seed() -> None:
    assert noise("a", knots=50) == noise("a", knots=50)
    assert noise("a", knots=50) != noise("b", knots=50)
    # Fixed here because counters must mean the same on the next version of Python too.
    assert noise("watchkeeper", knots=3) == pytest.approx((0.276622, 0.723378, -1.0), abs=1e-6)
