"""What a store leaves out of a log query, by columns and files, is what the query would have dropped line by line."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchkeeper_store.logql.evaluation.log_query import LogOptions, evaluate_log
from watchkeeper_store.logql.evaluation.pipeline import Span
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.parser.expression import parse
from watchkeeper_store.logql.source import Direction, ReadRequest, Rows
from watchkeeper_store.logql.tree import LogQuery
from watchkeeper_store.model import fields
from watchkeeper_store.process import open_store
from watchkeeper_store.query import source
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.source import StoreSource
from watchkeeper_store.settings import settings_of
from watchkeeper_store.storage.compactor import Compactor
from watchkeeper_store.storage.store import LogStore
from watchkeeper_wire.loki_push import JSON_CONTENT_TYPE, Entry, Stream, encode_push_json

SECOND = 10**9
START = int(time.time()) // 60 * 60 * SECOND - 600 * SECOND
STATUS = st.sampled_from(["200", "404", "500", "50", "5", "abc", '"500"', '"5 0"', '""', "", "1e3", '"a=b"'])
LONG = "0123456789abcdef01"
"""Long enough to be one of the words that a merged file knows."""
USER = st.sampled_from(["ann", '"ann lee"', '"bob"', "bob", "x.y", "-", LONG, f'"{LONG}"', f"x{LONG}"])
TAILS = st.sampled_from(
    ["", ' msg="all fine"', ' msg="status=500 again"', " status=7", " xstatus=500", ' q="say \\"no\\""', " st.atus=1"]
)
USUAL = st.builds(lambda status, user, tail: f"took=12ms status={status} user={user}{tail}", STATUS, USER, TAILS)
JSON = st.builds(
    lambda status, user: f'{{"status":{status},"user":"{user}"}}',
    st.sampled_from(["500", '"500"', '"5\\u00300"', "true", "null", "1e3", "[500]", '{"x":500}']),
    st.sampled_from(["ann", "ann\\u0020lee", "500", LONG, "\\u0030" + LONG[1:]]),
)
LINES = USUAL | USUAL | JSON | st.sampled_from(["plain words only", "status=500", "", "status", "a status=500"])
ENTRIES = st.lists(st.tuples(st.integers(0, 300), LINES, st.booleans()), min_size=1, max_size=40)
CALM = st.lists(st.tuples(st.integers(0, 300), USUAL, st.just(False)), min_size=1, max_size=40)
"""Without metadata, and without escapes that spell a letter."""
APP = st.sampled_from(["a", "b"])
PUSHES = st.one_of(*(st.lists(st.tuples(APP, kind, st.booleans()), min_size=1, max_size=4) for kind in (ENTRIES, CALM)))
FILTERS = st.sampled_from(
    [
        "",
        '|= "status=500"',
        '!= "status=500"',
        '|= "status=5"',
        '|= "status="',
        '|= `status="500"`',
        '|= `status="5 `',
        '|= `user="ann lee"`',
        '|= `user="`',
        '!= `user="bob"`',
        '|~ "status=5.."',
        '|~ "status=[45][0-9]{2}"',
        '|~ "status=50?"',
        '!~ "status=(?:4|5)0+"',
        '|~ "status=(a|5)b?c?"',
        "|~ `status=\\d+`",
        '|= "status=404" or "status=50"',
        '|~ "atus=500"',
        '|= "user=bob"',
        '|~ "user=[a-z.]+"',
        '!~ "user=a"',
        '|= `status=""`',
        '|~ "status=[0-9]*"',
        '|= "status=a=b"',
    ]
)
STAGES = st.sampled_from(
    [
        "",
        '| logfmt | status="500"',
        '| logfmt | status!="500"',
        '| logfmt | status=""',
        "| logfmt | status > 300",
        '| logfmt | status=~"5.*", user="bob"',
        '| logfmt | status="500" or status="200"',
        "| logfmt | took > 5ms | status < 60",
        '| logfmt | user="ann lee" or status=~"4.."',
        '| json | status="500"',
        '| json | user="ann"',
        '| json | status_x="500"',
        '| logfmt | status="500" | drop status',
        '| logfmt | app_extracted=""',
        '| logfmt | kind="500"',
        '| json | user="ann lee"',
        f'| logfmt | user="{LONG}"',
        f'| json | user="{LONG}"',
        f'| logfmt | kind="{LONG}"',
        '| logfmt | status="500" | line_format "{{.user}}" |= "b"',
        '| logfmt | status!~"5.*"',
        '| json | status!="500"',
        '| logfmt | user="x.y"',
        '| logfmt | status=ip("1.1.1.1")',
        '| logfmt | __error__="" | status >= 5',
    ]
)
QUERIES = st.builds(lambda filter_, stages: f'{{app=~".+"}} {filter_} {stages}', FILTERS, STAGES)


class PlainRows:
    """Every row in time order, without any thought."""

    def __init__(self, rows: list[tuple[int, str, str, Labels]]) -> None:
        self._rows = sorted(rows, key=lambda row: row[0])

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        rows = [row for row in self._rows if request.start_ns <= row[0] < request.end_ns]
        rows = rows[::-1] if request.direction is Direction.BACKWARD else rows
        apps = sorted({app for _, app, _, _ in rows})
        yield Rows(
            timestamps_ns=[time_ns for time_ns, _, _, _ in rows],
            lines=[line for _, _, line, _ in rows],
            streams=[apps.index(app) for _, app, _, _ in rows],
            stream_labels=[(("app", app), ("service_name", app)) for app in apps],
            metadata=[metadata for _, _, _, metadata in rows],
        )

    def streams(self, tenant: str, matchers: Iterable[Matcher], start_ns: int, end_ns: int) -> list[Labels]:
        return []


def fill(folder: Path, pushes: list[tuple[str, list[tuple[int, str, bool]], bool]]) -> tuple[LogStore, PlainRows]:
    """A store with every push in it, some flushed, and the same rows in a list; no two rows have the same time."""
    store, intake = open_store(settings_of(["--data-dir", str(folder), "--listen-address", "127.0.0.1:0"]))
    rows: list[tuple[int, str, str, Labels]] = []
    for app, lines, flushes in pushes:
        entries = []
        for place, line, has_metadata in lines:
            time_ns = START + place * SECOND + len(rows)
            pairs = {"kind": LONG if place % 2 else "500"} if has_metadata else {}
            entries.append(Entry(time_ns, line, pairs))
            rows.append((time_ns, app, line, tuple(pairs.items())))
        taken = intake.take("t", encode_push_json([Stream({"app": app}, entries)]), JSON_CONTENT_TYPE, "")
        assert taken.done is not None
        taken.done.result(10)
        if flushes:
            store.flush()
    return store, PlainRows(rows)


@pytest.fixture
def columns_for_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "FEWEST_ROWS", 1)
    monkeypatch.setattr(source, "_MOST_PLAIN_ROWS", -1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PUSHES, st.lists(QUERIES, min_size=6, max_size=6), st.booleans(), st.sampled_from(list(Direction)))
@pytest.mark.usefixtures("columns_for_few_rows")
def test_a_store_finds_the_lines_that_reading_every_line_finds(
    pushes: list[tuple[str, list[tuple[int, str, bool]], bool]], queries: list[str], merges: bool, direction: Direction
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, plain = fill(Path(folder), pushes)
        try:
            if merges:
                store._last_write = 0.0  # long ago: there is time to merge
                while Compactor(store, lambda *_, **__: None).compact():
                    pass
            span = Span(tenant="t", start_ns=START, end_ns=START + 400 * SECOND)
            stored = StoreSource(store, Scope(60))
            for text in queries:
                query = parse(text)
                assert isinstance(query, LogQuery)
                for limit in (None, 3):
                    options = LogOptions(limit=limit, direction=direction)
                    found = [(e.timestamp_ns, e.line) for e in evaluate_log(query, stored, span, options)]
                    expected = [(e.timestamp_ns, e.line) for e in evaluate_log(query, plain, span, options)]
                    assert found == expected, text
        finally:
            store.close()
