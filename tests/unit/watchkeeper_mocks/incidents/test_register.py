from dataclasses import fields
from pathlib import Path

import pytest

from watchkeeper_mocks.flows.conditions import Conditions
from watchkeeper_mocks.incidents.catalogue import KNOWN
from watchkeeper_mocks.incidents.register import IncidentRefused, MemoryRefused, Register, build_incident


def test_an_incident_starts_at_the_next_step_and_lasts_as_long_as_asked() -> None:
    incident = build_incident("error_burst", now_s=1001.0, duration_s=200.0, intensity=0.5)
    assert (incident.starts_s, incident.ends_s, incident.ramp_s, incident.intensity) == (1005.0, 1205.0, 20.0, 0.5)


def test_a_ramp_takes_at_least_a_step_and_at_most_a_minute() -> None:
    assert build_incident("error_burst", now_s=0.0, duration_s=10.0, intensity=1.0).ramp_s == 5.0
    assert build_incident("error_burst", now_s=0.0, duration_s=6000.0, intensity=1.0).ramp_s == 60.0


def test_a_disk_fills_over_most_of_the_duration() -> None:
    assert build_incident("disk_filling", now_s=0.0, duration_s=6000.0, intensity=1.0).ramp_s == pytest.approx(2700.0)


def test_an_unknown_incident_is_refused_with_the_known_ones() -> None:
    with pytest.raises(IncidentRefused, match=r"cannot find an incident called 'nope'; known are .*traffic_surge") as refused:
        build_incident("nope", now_s=0.0, duration_s=60.0, intensity=1.0)
    assert not refused.value.known


@pytest.mark.parametrize(
    ("duration_s", "intensity"),
    [(9.9, 1.0), (86401.0, 1.0), (float("nan"), 1.0), (60.0, 0.0), (60.0, 3.1), (60.0, float("nan"))],
)
def test_odd_durations_and_intensities_are_refused(duration_s: float, intensity: float) -> None:
    with pytest.raises(IncidentRefused, match="cannot run error_burst"):
        build_incident("error_burst", now_s=0.0, duration_s=duration_s, intensity=intensity)


def test_incidents_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "incidents.json"
    incident = build_incident("error_burst", now_s=1001.0, duration_s=200.0, intensity=0.3)
    Register(path).start(incident, now_s=1001.0)
    assert Register(path).incidents == (incident,)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_incident_of_the_same_name_takes_over_from_the_first(tmp_path: Path) -> None:
    register = Register(tmp_path / "incidents.json")
    register.start(build_incident("error_burst", now_s=0.0, duration_s=600.0, intensity=1.0), now_s=0.0)
    register.start(build_incident("error_burst", now_s=300.0, duration_s=600.0, intensity=1.0), now_s=300.0)
    first, second = register.incidents
    assert first.ends_s == 360.0  # it was at full strength, and its ramp is a minute
    assert second.ends_s == 900.0


def test_stopping_lets_an_incident_recover(tmp_path: Path) -> None:
    register = Register(tmp_path / "incidents.json")
    register.start(build_incident("error_burst", now_s=0.0, duration_s=600.0, intensity=1.0), now_s=0.0)
    (stopped,) = register.stop("error_burst", now_s=100.0)
    assert stopped.ends_s == 160.0
    assert register.incidents == (stopped,)


def test_only_what_is_under_way_can_be_stopped(tmp_path: Path) -> None:
    register = Register(tmp_path / "incidents.json")
    register.start(build_incident("error_burst", now_s=0.0, duration_s=60.0, intensity=1.0), now_s=0.0)
    with pytest.raises(IncidentRefused, match="cannot stop error_burst: it is not under way"):
        register.stop("error_burst", now_s=61.0)
    with pytest.raises(IncidentRefused, match="cannot find an incident called 'nope'"):
        register.stop("nope", now_s=30.0)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"incidents": [{"name": "error_burst"}], "settled": null}'])
def test_a_damaged_memory_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "incidents.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MemoryRefused, match=r"cannot read .*incidents\.json"):
        Register(path)


def test_the_catalogue_and_the_conditions_name_the_same_incidents() -> None:
    assert sorted(KNOWN) == [field.name for field in fields(Conditions)]
