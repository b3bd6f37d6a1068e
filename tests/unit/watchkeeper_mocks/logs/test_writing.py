from collections import Counter, defaultdict

import pytest
from tests.unit.watchkeeper_mocks.stage import BUSY, FLAT, a_world

from watchkeeper_mocks.incidents.catalogue import KNOWN
from watchkeeper_mocks.logs.line import SERVICES, Line
from watchkeeper_mocks.logs.writing import lines_of_second


def lines_of(seconds: int, *, incident: str | None = None, lines_per_s: float = 20.0, settled_s: float = 100.0) -> list[Line]:
    """The lines of some seconds, with an incident at its height if one is named."""
    world, clock = a_world(FLAT, after_s=5000.0)
    if incident:
        world.start_incident(incident, duration_s=100_0.0, intensity=1.0)
    clock.now_s += settled_s
    found: list[Line] = []
    for _ in range(seconds):
        found.extend(lines_of_second(world.snapshot(), seed="s", lines_per_s=lines_per_s))
        clock.now_s += 1.0
    return found


def status_shares(lines: list[Line]) -> dict[int, float]:
    """Share of each class of status code (2, 4, 5) among the lines of the web server."""
    counts = Counter(int(line.fields["status_code"]) // 100 for line in lines if line.service == "web")
    return {status: count / counts.total() for status, count in counts.items()}


def test_the_same_second_has_the_same_lines() -> None:
    assert lines_of(5) == lines_of(5)


def test_about_as_many_lines_are_written_as_asked_for() -> None:
    assert len(lines_of(300)) / 300 == pytest.approx(20.0, rel=0.1)


def test_no_lines_are_written_at_a_rate_of_nothing() -> None:
    assert lines_of(20, lines_per_s=0.0) == []


def test_every_service_writes() -> None:
    assert {line.service for line in lines_of(200)} == set(SERVICES)


def test_what_services_say_about_one_request_shares_its_trace_and_id() -> None:
    by_trace: dict[object, list[Line]] = defaultdict(list)
    for line in lines_of(200):
        by_trace[line.fields["trace_id"]].append(line)
    assert any({line.service for line in lines} == {"api", "payment", "web", "worker"} for lines in by_trace.values())
    for lines in by_trace.values():
        assert len({line.fields["request_id"] for line in lines}) == 1
        assert len({line.fields["organisation"] for line in lines}) == 1
        assert len({line.fields["span_id"] for line in lines}) == len(lines)


def test_on_an_ordinary_day_hardly_anything_fails() -> None:
    shares = status_shares(lines_of(300))
    assert shares[2] > 0.96
    assert shares.get(5, 0.0) < 0.01


def test_when_the_database_is_down_what_needs_it_answers_503_and_says_why() -> None:
    lines = lines_of(200, incident="database_down")
    # 87 % of arrivals need it, and 95 % of those are refused.
    assert status_shares(lines)[5] == pytest.approx(0.87 * 0.95, abs=0.05)
    errors = [line for line in lines if line.service == "api" and line.fields["status_code"] == 503]
    assert errors
    assert all(line.level == "error" and "cannot connect to database" in str(line.fields["error"]) for line in errors)


def test_an_error_burst_shows_in_the_share_of_500() -> None:
    assert status_shares(lines_of(200, incident="error_burst"))[5] == pytest.approx(0.25, abs=0.05)


def test_a_latency_spike_shows_in_the_durations() -> None:
    def median_ms(lines: list[Line]) -> float:
        durations = sorted(float(line.fields["duration_ms"]) for line in lines if line.service == "web")
        return durations[len(durations) // 2]

    assert median_ms(lines_of(200)) < 60.0
    assert median_ms(lines_of(200, incident="latency_spike")) > 300.0


def test_a_login_attack_comes_from_few_addresses_and_fails() -> None:
    lines = lines_of(200, incident="login_attack")
    attacks = [line for line in lines if str(line.fields.get("client", "")).startswith("198.51.100.")]
    assert len(attacks) / len([line for line in lines if line.service == "web"]) == pytest.approx(0.8 / 1.8, abs=0.06)
    assert {line.fields["status_code"] for line in attacks} == {401}


@pytest.mark.parametrize(
    ("incident", "words"),
    [("queue_backlog", "consumer is far behind"), ("disk_filling", "free space on / is running out"), ("memory_leak", "heap")],
)
def test_an_incident_without_requests_of_its_own_is_complained_about(incident: str, words: str) -> None:
    complaints = [line for line in lines_of(120, incident=incident, settled_s=500.0) if words in line.message]
    assert len(complaints) == pytest.approx(30, abs=15)  # one in four seconds
    assert not [line for line in lines_of(120) if words in line.message]


def test_a_surge_writes_more_lines_but_not_without_bound() -> None:
    calm, surge = len(lines_of(200)), len(lines_of(200, incident="traffic_surge"))
    assert 1.8 < surge / calm < 4.0


def test_quiet_nights_still_write() -> None:
    world, _ = a_world(BUSY, after_s=2 * 3600.0)
    clockwork = sum(len(lines_of_second(world.snapshot(world.now_s() + n), seed="s", lines_per_s=20.0)) for n in range(100))
    assert clockwork / 100 > 10.0


def test_no_line_names_an_unknown_incident() -> None:
    from watchkeeper_mocks.logs import writing

    assert set(writing._COMPLAINTS) <= set(KNOWN)
