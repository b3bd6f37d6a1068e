"""What holds for the pages of all exporters."""

import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.watchkeeper_mocks.stage import BUSY, FLAT, Clock, Series, a_world, pages, series

from watchkeeper_mocks.exporters.registry import EXPORTERS
from watchkeeper_mocks.incidents.catalogue import KNOWN
from watchkeeper_mocks.load.profile import MONDAY_S

_TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
NOON_S = 40 * 86400.0 + 12 * 3600.0
"""A Saturday noon, weeks after the counters began."""


def samples_by_family(text: str) -> dict[tuple[str, str], dict[str, float]]:
    """(family, type) → sample line without its value → value."""
    result: dict[tuple[str, str], dict[str, float]] = {}
    current: dict[str, float] = {}
    for line in text.splitlines():
        if found := _TYPE.match(line):
            current = result.setdefault((found[1], found[2]), {})
        elif not line.startswith("#"):
            sample, _, number = line.rpartition(" ")
            current[sample] = float(number)
    return result


def moved(before: dict[str, float], after: dict[str, float], *, slack: float = 0.001) -> bool:
    """Whether a family changed by more than `slack`, the rounding of its numbers."""
    return before.keys() != after.keys() or any(abs(after[sample] - before[sample]) > slack for sample in before)


@pytest.mark.parametrize("exporter", sorted(EXPORTERS))
def test_a_page_is_read_by_the_client_library_and_names_nothing_twice(exporter: str) -> None:
    world, _ = a_world(BUSY, after_s=NOON_S)
    for path in EXPORTERS[exporter]:
        text = world.page(exporter, path)
        assert text is not None
        names = [family.name for family in text_string_to_metric_families(text)]
        assert len(names) == len(set(names)) >= 3
        lines = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
        assert len(lines) == len(set(lines))
        assert all(number >= -1 for number in series(text).values())


@pytest.mark.parametrize("exporter", sorted(EXPORTERS))
def test_each_histogram_grows_from_bucket_to_bucket_up_to_its_count(exporter: str) -> None:
    world, _ = a_world(BUSY, after_s=NOON_S)
    for family in text_string_to_metric_families(world.page(exporter, "metrics") or ""):
        if family.type != "histogram":
            continue
        buckets: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        counts: dict[tuple[tuple[str, str], ...], float] = {}
        for sample in family.samples:
            labels = tuple(sorted((key, text) for key, text in sample.labels.items() if key != "le"))
            if sample.name.endswith("_bucket"):
                buckets.setdefault(labels, []).append((float(sample.labels["le"]), sample.value))
            elif sample.name.endswith("_count"):
                counts[labels] = sample.value
        assert buckets.keys() == counts.keys() != set()
        for labels, found in buckets.items():
            heights = [height for _, height in sorted(found)]
            assert heights == sorted(heights)
            assert heights[-1] == counts[labels]


def test_two_worlds_with_the_same_seed_and_clock_show_the_same_bytes() -> None:
    assert pages(a_world(BUSY, after_s=NOON_S)[0]) == pages(a_world(BUSY, after_s=NOON_S)[0])


def test_another_seed_shows_another_world() -> None:
    one, _ = a_world(BUSY, after_s=NOON_S)
    other, _ = a_world(replace(BUSY, seed="another"), after_s=NOON_S)
    assert one.page("application", "metrics") != other.page("application", "metrics")


def counters(text: str) -> Series:
    """The samples that must never fall: counters, and the buckets, sums and counts of histograms."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        if family.type in {"counter", "histogram"}
        for sample in family.samples
    }


def test_counters_never_fall_over_restarts_and_incidents(tmp_path: Path) -> None:
    clock = Clock(MONDAY_S + NOON_S)
    world, _ = a_world(folder=tmp_path, clock=clock, configuration=replace(FLAT, noise_ratio=0.1, seasonal=True))
    before = {key: counters(text) for key, text in pages(world).items()}
    events: dict[int, Callable[[], object]] = {
        3: lambda: [world.start_incident(name, duration_s=40.0, intensity=3.0) for name in KNOWN if name != "database_down"],
        11: lambda: world.stop_incident("traffic_surge"),
        12: lambda: world.start_incident("queue_backlog", duration_s=60.0, intensity=1.0),
        19: lambda: world.stop_incident("queue_backlog"),
    }
    for step in range(1, 30):
        clock.now_s += 3.7
        if step in events:
            events[step]()
        if step % 6 == 0:
            world, _ = a_world(folder=tmp_path, clock=clock, configuration=replace(FLAT, noise_ratio=0.1, seasonal=True))
        after = {key: counters(text) for key, text in pages(world).items()}
        for key, found in after.items():
            fell = {sample for sample, number in found.items() if number < before[key][sample]}
            assert not fell, (step, key)
        before = after


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_an_incident_moves_the_families_it_promises_and_no_others(name: str) -> None:
    calm, clock = a_world(BUSY, after_s=NOON_S)
    troubled, _ = a_world(BUSY, clock=clock)
    troubled.start_incident(name, duration_s=1200.0, intensity=1.0)
    clock.now_s += 600.0
    found: dict[str, set[str]] = {}
    pages_in_trouble = pages(troubled)
    for (exporter, path), text in pages(calm).items():
        after = samples_by_family(pages_in_trouble[exporter, path])
        for (family, _), samples in samples_by_family(text).items():
            if moved(samples, next((after[key] for key in after if key[0] == family), {})):
                found.setdefault(exporter, set()).add(family)
    promised = KNOWN[name].moves
    assert found.keys() == promised.keys()
    for exporter, families in found.items():
        for family in families:
            assert any(fnmatchcase(family, pattern) for pattern in promised[exporter]), f"{exporter}: {family} moved"
        for pattern in promised[exporter]:
            assert any(fnmatchcase(family, pattern) for family in families), f"{exporter}: {pattern} did not move"


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_hours_after_an_incident_no_gauge_tells_of_it(name: str) -> None:
    calm, clock = a_world(BUSY, after_s=NOON_S)
    recovered, _ = a_world(BUSY, clock=clock)
    recovered.start_incident(name, duration_s=600.0, intensity=1.0)
    clock.now_s += 4 * 3600.0
    # These are totals in all but type.
    lasting = re.compile(
        r"kafka_\w+_offset(_sum)?|pg_database_size_bytes|pg_stat_user_tables_n_\w+|business_(subscriptions_active|recurring\w+)"
    )
    pages_afterwards = pages(recovered)
    for (exporter, path), text in pages(calm).items():
        after = samples_by_family(pages_afterwards[exporter, path])
        for (family, kind), samples in samples_by_family(text).items():
            if kind == "gauge" and not lasting.fullmatch(family):
                # A lag is the difference of two offsets, each rounded down, of each of three partitions.
                slack = 3.0 if family.startswith("kafka_consumergroup_lag") else 0.001
                assert not moved(samples, after[family, kind], slack=slack), family
