import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.watchkeeper_mocks.stage import FLAT, Clock, a_world, page, pages, value

from watchkeeper_mocks.configuration import OrganisationSettings
from watchkeeper_mocks.flows.ledger import Ledger
from watchkeeper_mocks.incidents.register import build_incident
from watchkeeper_mocks.load.profile import MONDAY_S
from watchkeeper_mocks.world import OutOfSight, build_organisations

NOISY = replace(FLAT, noise_ratio=0.1, seasonal=True)


def test_organisations_share_the_traffic_by_weight() -> None:
    configuration = replace(
        FLAT,
        organisations=(
            OrganisationSettings(name="acme", weight=3.0, utc_offset_h=0.0),
            OrganisationSettings(name="globex", weight=1.0, utc_offset_h=0.0),
        ),
    )
    text = page(a_world(configuration, after_s=1010.0)[0], "business")
    # A fifth of the arrivals are visits; of 10,100 three quarters come from acme.
    assert value(text, "business_visits_total", organisation="acme") == 1515
    assert value(text, "business_visits_total", organisation="globex") == 505


def test_a_page_can_be_asked_for_as_of_another_moment() -> None:
    world, clock = a_world(NOISY, after_s=500.0)
    then = pages(world)
    clock.now_s += 1000.0
    assert pages(world, MONDAY_S + 500.0) == then
    assert pages(world) != then


@pytest.mark.parametrize("at_s", [MONDAY_S - 1.0, MONDAY_S + 400 * 86400.0, float("nan")])
def test_nothing_is_known_from_before_the_counters_began_or_far_ahead(at_s: float) -> None:
    world, _ = a_world(after_s=500.0)
    with pytest.raises(OutOfSight, match="cannot look at"):
        page(world, "application", at_s)


def test_an_exporter_that_is_switched_off_has_no_page() -> None:
    world, _ = a_world(replace(FLAT, exporters=frozenset({"redis"})))
    assert world.page("postgres", "metrics") is None
    assert world.page("redis", "metrics") is not None
    assert world.page("redis", "other") is None
    assert world.paths() == ["/exporters/redis/metrics"]


def test_a_world_that_starts_again_shows_what_it_would_have_shown(tmp_path: Path) -> None:
    clock = Clock(MONDAY_S + 5000.0)
    world, _ = a_world(NOISY, folder=tmp_path, clock=clock)
    world.start_incident("traffic_surge", duration_s=120.0, intensity=1.0)
    world.start_incident("cache_cold", duration_s=600.0, intensity=0.7)
    clock.now_s += 300.0
    again, _ = a_world(NOISY, folder=tmp_path, clock=clock)
    assert pages(again) == pages(world)


def test_old_incidents_are_settled_without_a_trace_in_the_counters(tmp_path: Path) -> None:
    clock = Clock(MONDAY_S + 5000.0)
    world, _ = a_world(NOISY, folder=tmp_path, clock=clock)
    starts_s = []
    for _ in range(5):
        starts_s.append(clock.now_s)
        world.start_incident("traffic_surge", duration_s=120.0, intensity=1.0)
        clock.now_s += 4000.0
    kept = json.loads((tmp_path / "incidents.json").read_text(encoding="utf-8"))
    # The fifth settled the four before it, which were over for more than an hour by then.
    assert [incident["starts_s"] for incident in kept["incidents"]] == starts_s[4:]
    assert kept["settled"]["at_s"] == starts_s[3] + 120.0
    again, _ = a_world(NOISY, folder=tmp_path, clock=clock)
    assert pages(again) == pages(world)
    all_at_once = Ledger(build_organisations(NOISY), epoch_s=MONDAY_S).totals(
        clock.now_s,
        [build_incident("traffic_surge", now_s=start_s, duration_s=120.0, intensity=1.0) for start_s in starts_s],
    )
    assert world.snapshot().totals.by_organisation == all_at_once.by_organisation


def test_totals_settled_under_another_configuration_are_dropped(tmp_path: Path) -> None:
    clock = Clock(MONDAY_S + 5000.0)
    world, _ = a_world(NOISY, folder=tmp_path, clock=clock)
    for _ in range(2):
        world.start_incident("traffic_surge", duration_s=120.0, intensity=1.0)
        clock.now_s += 4000.0
    settled = world.register.settled
    assert settled is not None
    changed, _ = a_world(replace(NOISY, requests_per_s=1.0), folder=tmp_path, clock=clock)
    assert changed.register.settled is not None
    assert changed.register.settled.fingerprint != settled.fingerprint
    # Ten times less traffic than what the settled totals were counted under: nothing of them may be left.
    hits = value(page(changed, "redis"), "redis_keyspace_hits_total")
    assert hits < 0.2 * value(page(world, "redis"), "redis_keyspace_hits_total")
