"""Three sources of what is known about a component, and which of them is believed."""

from __future__ import annotations

import pytest
from tests.unit.watchkeeper_console.upstream_fakes import vector

from watchkeeper_console.overview.components import Component, Usage, Usages, merge, parse_status, parse_usages
from watchkeeper_console.settings import WatchedComponent

NOTHING = Usages(by_name={}, by_job={})


def _samples(*samples: tuple[dict[str, str], float]) -> list[dict[str, object]]:
    result = vector(*samples).body["data"]["result"]
    assert isinstance(result, list)
    return result


def test_the_babysitters_status_is_read() -> None:
    told = parse_status(
        {
            "stack": "demo",
            "memory_budget_bytes": 9000,
            "components": [
                {
                    "name": "store",
                    "component": "store",
                    "state": "running",
                    "health": "healthy",
                    "detail": "",
                    "pid": 7,
                    "uptime_s": 61.5,
                    "restarts": 2,
                    "last_restart_reason": "killed by signal 9",
                    "memory_bytes": 1000,
                    "memory_limit_bytes": 4000,
                    "cpu_cores": 0.25,
                    "addresses": {"http": "127.0.0.1:1"},
                },
                {"name": "shipper", "state": "failed", "health": "unhealthy", "detail": "ended 5 times", "memory_bytes": 0},
            ],
        }
    )
    assert told.memory_budget_bytes == 9000
    assert list(told.shown) == [
        Component(
            name="store",
            health="healthy",
            uptime_s=61.5,
            restarts=2,
            last_restart_reason="killed by signal 9",
            memory_bytes=1000,
            memory_budget_bytes=4000,
            cpu_cores=0.25,
        ),
        Component(name="shipper", health="unhealthy", detail="ended 5 times"),
    ]


@pytest.mark.parametrize(
    ("state", "health", "expected"),
    [
        ("running", "healthy", "healthy"),
        ("running", "unhealthy", "unhealthy"),
        ("starting", "unknown", "starting"),
        ("running", "unknown", "unknown"),
        ("stopped", "healthy", "stopped"),
        ("retrying", "healthy", "unhealthy"),
        ("failed", "unknown", "unhealthy"),
        ("running", "on fire", "unknown"),
    ],
)
def test_a_process_that_does_not_run_is_not_healthy(state: str, health: str, expected: str) -> None:
    told = parse_status({"components": [{"name": "a", "state": state, "health": health}]})
    assert told.shown[0].health == expected


def test_usage_comes_from_container_metrics_by_name_and_process_metrics_by_job() -> None:
    usages = parse_usages(
        _samples(
            ({"__name__": "container_memory_working_set_bytes", "name": "store", "id": "1"}, 300),
            ({"__name__": "container_memory_working_set_bytes", "name": "store", "id": "2"}, 200),
            ({"__name__": "container_spec_memory_limit_bytes", "name": "store"}, 1000),
            ({"__name__": "container_spec_memory_limit_bytes", "name": "free"}, 9223372036854771712.0),
            ({"__name__": "container_start_time_seconds", "name": "store", "id": "1"}, 900),
            ({"__name__": "container_start_time_seconds", "name": "store", "id": "2"}, 800),
            ({"__name__": "process_resident_memory_bytes", "job": "app"}, 50),
            ({"__name__": "process_start_time_seconds", "job": "app"}, 990),
            ({"__name__": "up", "job": "app", "instance": "a"}, 1),
            ({"__name__": "up", "job": "app", "instance": "b"}, 0),
        ),
        _samples(({"name": "store"}, 0.25), ({"job": "app"}, 0.5)),
        now=1000.0,
    )
    assert usages.by_name["store"] == Usage(uptime_s=200, memory_bytes=500, memory_budget_bytes=1000, cpu_cores=0.25)
    assert usages.by_name["free"].memory_budget_bytes is None
    assert usages.by_job["app"] == Usage(uptime_s=10, memory_bytes=50, cpu_cores=0.5, is_up=False)


def test_the_components_own_answer_beats_the_babysitters() -> None:
    described = [WatchedComponent(name="b"), WatchedComponent(name="a")]
    told = [Component(name="a", health="healthy"), Component(name="b", health="healthy"), Component(name="c", restarts=1)]
    merged = merge(described, [("unhealthy", "HTTP 503"), None], told, NOTHING)
    assert [(component.name, component.health, component.detail) for component in merged] == [
        ("b", "unhealthy", "HTTP 503"),
        ("a", "healthy", ""),
        ("c", "unknown", ""),
    ]


def test_gaps_are_filled_from_the_metrics() -> None:
    usages = Usages(
        by_name={"app": Usage(memory_bytes=7, memory_budget_bytes=70)},
        by_job={"job": Usage(memory_bytes=9, cpu_cores=0.1, uptime_s=5, is_up=True)},
    )
    described = [WatchedComponent(name="app", metrics_job="job", memory_budget_bytes=50)]
    (merged,) = merge(described, [None], [], usages)
    assert merged == Component(name="app", health="healthy", uptime_s=5, memory_bytes=7, memory_budget_bytes=50, cpu_cores=0.1)


def test_what_only_the_metrics_know_is_shown_too() -> None:
    merged = merge([], [], [], Usages(by_name={"x": Usage(memory_bytes=1)}, by_job={"x": Usage(is_up=False)}))
    assert merged == [Component(name="x", health="unhealthy", detail="its metrics cannot be scraped", memory_bytes=1)]


def test_containers_that_a_mock_exporter_tells_of_are_no_components_of_a_stack_with_a_babysitter() -> None:
    told = [Component(name="store", health="healthy")]
    merged = merge([], [], told, Usages(by_name={"postgres": Usage(memory_bytes=1), "store": Usage(memory_bytes=2)}, by_job={}))
    assert merged == [Component(name="store", health="healthy", memory_bytes=2)]
