"""Delete requests: what they hide, and that none is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_store.deletes.hiding import CannotDelete, hidden_by
from watchkeeper_store.deletes.requests import PROCESSED, DeleteRequests, DeletesUnreadable


def test_a_request_hides_by_labels_lines_and_time() -> None:
    hidden = hidden_by('{app="a", env!="b"} |= "x" or "y" !~ "z"', 10, 20)
    assert [matcher.text() for matcher in hidden.matchers] == ['app="a"', 'env!="b"']
    assert [(one.operator.value, one.values) for one in hidden.line_filters] == [("|=", ("x", "y")), ("!~", ("z",))]
    assert (hidden.start_ns, hidden.end_ns) == (10, 20)


@pytest.mark.parametrize("query", ['{app="a"} | json', '{app="a"} | a="b"', '{app="a"} |> "<_> a"', "vector(1)", "{", "{}"])
def test_what_cannot_be_told_of_a_stored_line_cannot_be_deleted_by(query: str) -> None:
    with pytest.raises(CannotDelete):
        hidden_by(query, 0, 1)


def test_requests_outlive_the_process(tmp_path: Path) -> None:
    first = DeleteRequests(tmp_path)
    kept = first.add("a", '{x="1"}', 1, 2, now_ns=100)
    dropped = first.add("a", '{x="2"}', 1, 2, now_ns=101)
    first.add("b", '{x="3"}', 1, 2, now_ns=102)
    first.cancel("a", dropped.request_id)
    first.cancel("b", kept.request_id)  # of another tenant: nothing happens
    again = DeleteRequests(tmp_path)
    assert again.of("a") == [kept]
    assert [one.query for one in again.of("b")] == ['{x="3"}']
    assert (tmp_path / "deletes.json").stat().st_mode & 0o777 == 0o600


def test_a_processed_request_hides_nothing_and_is_not_due_again(tmp_path: Path) -> None:
    requests = DeleteRequests(tmp_path)
    one = requests.add("a", '{x="1"}', 1, 2, now_ns=100)
    assert len(requests.hidden("a")) == 1
    assert requests.hidden("b") == ()
    assert requests.due(lambda request: request.created_ns < 100) == []
    assert requests.due(lambda request: request.created_ns < 101) == [one]
    requests.mark_processed(one)
    assert requests.hidden("a") == ()
    assert requests.due(lambda _: True) == []
    assert [request.status for request in requests.of("a")] == [PROCESSED]


def test_a_request_that_cannot_be_carried_out_is_not_kept(tmp_path: Path) -> None:
    requests = DeleteRequests(tmp_path)
    with pytest.raises(CannotDelete):
        requests.add("a", '{x="1"} | json', 1, 2, now_ns=100)
    assert requests.of("a") == []


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "deletes.json").write_text("{")
    with pytest.raises(DeletesUnreadable, match=r"cannot read .*restore it from a backup"):
        DeleteRequests(tmp_path)
