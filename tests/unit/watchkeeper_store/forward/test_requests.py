"""Reading OTLP requests for metrics, and writing their answers."""

from __future__ import annotations

import json

import pytest

from watchkeeper_store.forward.requests import RequestUnreadable, read_request, response


def test_ids_are_hexadecimal_in_json() -> None:
    exemplar = {"asDouble": 1.5, "traceId": "000102030405060708090a0b0c0d0e0f", "spanId": "0001020304050607"}
    points = [{"timeUnixNano": "1795000000000000000", "asInt": "9007199254740993", "exemplars": [exemplar]}]
    metric = {"name": "m", "sum": {"dataPoints": points, "aggregationTemporality": 2, "isMonotonic": True}}
    document = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}], "unknown": 1}
    read = read_request(json.dumps(document).encode(), is_json=True)
    point = read.resource_metrics[0].scope_metrics[0].metrics[0].sum.data_points[0]
    assert (point.time_unix_nano, point.as_int) == (1_795_000_000_000_000_000, 9_007_199_254_740_993)
    assert (point.exemplars[0].trace_id, point.exemplars[0].span_id) == (bytes(range(16)), bytes(range(8)))
    assert read_request(read.SerializeToString(), is_json=False) == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b'{"resourceMetrics": 1}',
        b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": []}]}]}]}',
        (
            b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": ['
            b'{"sum": {"dataPoints": [{"exemplars": [{"traceId": "x"}]}]}}]}]}]}'
        ),
        b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asDouble": "x"}]}}]}]}]}',
    ],
)
def test_json_that_is_no_request_is_unreadable(body: bytes) -> None:
    with pytest.raises(RequestUnreadable, match=r"^cannot read the request: "):
        read_request(body, is_json=True)


def test_bytes_that_are_no_protobuf_are_unreadable() -> None:
    with pytest.raises(RequestUnreadable):
        read_request(b"\x0a\xff", is_json=False)


def test_an_answer_is_empty_unless_something_was_rejected() -> None:
    assert response(0, "").SerializeToString() == b""
    assert response(2, "why").SerializeToString() == b"\x0a\x07" + b"\x08\x02" + b"\x12\x03why"
