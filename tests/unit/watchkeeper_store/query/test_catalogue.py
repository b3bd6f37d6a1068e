"""Names and values of labels are those of the streams with rows in the range, looked at one by one or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.unit.watchkeeper_store.query.test_source import START, opened

from watchkeeper_store.ingest.intake import Intake
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.query import catalogue
from watchkeeper_store.storage.store import LogStore
from watchkeeper_wire.loki_push import JSON_CONTENT_TYPE, Entry, Stream, encode_push_json


@pytest.fixture
def opened_store(tmp_path: Path) -> Iterator[tuple[LogStore, Intake]]:
    store, intake = opened(tmp_path)
    yield store, intake
    store.close()


def push(intake: Intake, at: int, *streams: dict[str, str], tenant: str = "t") -> None:
    body = encode_push_json([Stream(labels, [Entry(START + at, "line", {})]) for labels in streams])
    taken = intake.take(tenant, body, JSON_CONTENT_TYPE, "")
    assert taken.done is not None
    taken.done.result(10)


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose streams were looked at one by one from now on."""
    asked: list[str] = []
    series = catalogue.series

    def noted(
        store: LogStore, tenant: str, selectors: Sequence[catalogue.Selector], start_ns: int, end_ns: int
    ) -> list[Labels]:
        asked.append(tenant)
        return series(store, tenant, selectors, start_ns, end_ns)

    monkeypatch.setattr(catalogue, "series", noted)
    return asked


def names(store: LogStore, start: int, end: int, tenant: str = "t") -> list[str]:
    return [
        name
        for name in catalogue.label_names(store, tenant, (), START + start, START + end)
        if name not in ("service_name", "detected_level")
    ]


def values(store: LogStore, start: int, end: int, tenant: str = "t", name: str = "app") -> list[str]:
    return catalogue.label_values(store, tenant, (), START + start, START + end, name)


def test_no_stream_is_looked_at_where_a_file_in_the_range_has_all(
    opened_store: tuple[LogStore, Intake], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, intake = opened_store
    push(intake, 5, {"app": "b", "pod": "1"}, {"app": "a"}, {"app": "b", "pod": "2"})
    store.flush()
    asked = looked_at(monkeypatch)
    for _ in range(2):
        assert (names(store, 0, 9), values(store, 0, 9)) == (["app", "pod"], ["a", "b"])
    assert values(store, 0, 9, name="pod") == ["1", "2"]
    assert values(store, 0, 9, name="nothing") == []
    assert asked == []


def test_streams_are_looked_at_where_some_may_have_no_rows_in_the_range(
    opened_store: tuple[LogStore, Intake], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, intake = opened_store
    push(intake, 5, {"app": "a"}, {"app": "b", "pod": "1"})
    store.flush()
    assert values(store, 0, 9) == ["a", "b"]
    asked = looked_at(monkeypatch)
    assert (names(store, 6, 9), values(store, 6, 9)) == ([], [])
    assert (names(store, 0, 5), values(store, 0, 5)) == ([], [])
    push(intake, 7, {"zone": "x"})
    assert (names(store, 0, 9), names(store, 0, 6), names(store, 6, 9)) == (["app", "pod", "zone"], ["app", "pod"], ["zone"])
    assert (values(store, 0, 9), values(store, 6, 9)) == (["a", "b"], [])
    store.flush()
    assert (names(store, 0, 9), names(store, 6, 9)) == (["app", "pod", "zone"], ["zone"])
    assert asked.count("t") == len(asked) == 11


def test_the_streams_of_other_tenants_are_not_mixed_in(opened_store: tuple[LogStore, Intake]) -> None:
    store, intake = opened_store
    push(intake, 5, {"app": "mine"})
    push(intake, 5, {"app": "theirs"}, tenant="u")
    store.flush()
    assert (values(store, 0, 9), values(store, 0, 9, "u"), values(store, 0, 9, "v")) == (["mine"], ["theirs"], [])
    assert values(store, 0, 9, "t|u") == ["mine", "theirs"]


def test_values_are_forgotten_with_the_last_stream_that_has_them(opened_store: tuple[LogStore, Intake]) -> None:
    store, intake = opened_store
    push(intake, 5, {"app": "a"}, {"app": "b"})
    registry = store.registry("t")
    assert registry.values("app") == ["a", "b"]
    number = next(number for number, labels in registry.items() if ("app", "a") in labels)
    registry.keep_only([number])  # both were asked for since the last time
    assert registry.values("app") == ["a", "b"]
    registry.keep_only([number])
    assert registry.values("app") == ["a"]
    registry.learn(1, (("app", "c"),))
    assert registry.values("app") == ["a", "c"]
