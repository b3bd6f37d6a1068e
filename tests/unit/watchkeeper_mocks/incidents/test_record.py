import pytest

from watchkeeper_mocks.incidents.record import Incident, Window, next_step, previous_step, windows


def an_incident(*, starts_s: float = 1000.0, ends_s: float = 1100.0, ramp_s: float = 10.0, intensity: float = 2.0) -> Incident:
    return Incident(name="error_burst", starts_s=starts_s, ends_s=ends_s, ramp_s=ramp_s, intensity=intensity)


@pytest.mark.parametrize(
    ("at_s", "strength"),
    [(999, 0), (1000, 0), (1005, 1), (1010, 2), (1050, 2), (1090, 2), (1095, 1), (1100, 0), (1200, 0)],
)
def test_an_incident_rises_holds_and_recovers(at_s: float, strength: float) -> None:
    assert an_incident().strength(at_s) == pytest.approx(strength)


def test_an_incident_cut_short_recovers_from_the_next_step_on() -> None:
    shortened = an_incident().cut_short(1047.3)
    assert shortened.ends_s == 1060.0  # recovery starts at 1050 and takes the ramp
    assert shortened.strength(1050.0) == pytest.approx(2.0)
    assert shortened.strength(1055.0) == pytest.approx(1.0)


def test_cutting_an_incident_short_does_not_change_its_past() -> None:
    whole = an_incident()
    for cut_s in (1000.0, 1003.0, 1007.5, 1033.3, 1092.0):
        shortened = whole.cut_short(cut_s)
        for tenth in range(10000, int(next_step(cut_s) * 10) + 1):
            assert shortened.strength(tenth / 10) == pytest.approx(whole.strength(tenth / 10))


def test_an_incident_cut_short_while_it_rises_recovers_from_where_it_was() -> None:
    shortened = an_incident().cut_short(1004.0)
    assert shortened.strength(1005.0) == pytest.approx(1.0)
    assert shortened.ends_s == pytest.approx(1010.0)


def test_an_incident_cut_short_before_it_starts_never_happens() -> None:
    assert an_incident().cut_short(998.0).strength(1001.0) == 0.0


def test_steps_are_multiples_of_five_seconds() -> None:
    assert (next_step(10.0), next_step(10.1), previous_step(14.9)) == (10.0, 15.0, 10.0)


def test_incidents_that_touch_make_one_window() -> None:
    incidents = [
        an_incident(starts_s=1100.0, ends_s=1202.0),
        an_incident(starts_s=1000.0, ends_s=1100.0),
        an_incident(starts_s=2000.0, ends_s=2010.0),
    ]
    assert windows(incidents) == (Window(starts_s=1000.0, ends_s=1205.0), Window(starts_s=2000.0, ends_s=2010.0))


def test_an_incident_inside_another_does_not_end_its_window() -> None:
    incidents = [an_incident(starts_s=1000.0, ends_s=1500.0), an_incident(starts_s=1100.0, ends_s=1200.0)]
    assert windows(incidents) == (Window(starts_s=1000.0, ends_s=1500.0),)
