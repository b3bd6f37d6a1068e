"""Requests are taken whole or refused: also where what is broken lies deeper than a taker looks."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.unit.watchkeeper_store.traces.shop import SHOP, A, request

from watchkeeper_store.traces import shallow
from watchkeeper_store.traces.encoded import encoded_spans
from watchkeeper_store.traces.requests import RequestUnreadable, read_request


def test_what_is_read_shallowly_is_what_was_sent() -> None:
    sent = request(SHOP)
    read, payload = read_request(sent.SerializeToString(), is_json=False)
    assert ExportTraceServiceRequest.FromString(payload) == sent
    spans = [span for resource in sent.resource_spans for scope in resource.scope_spans for span in scope.spans]
    for one, other in zip(shallow.spans_of(read), spans, strict=True):
        assert (one.trace_id, one.span_id, one.parent_span_id) == (other.trace_id, other.span_id, other.parent_span_id)
        assert (one.name.decode(), one.kind, one.start_time_unix_nano) == (other.name, other.kind, other.start_time_unix_nano)
        assert list(one.attributes) == [pair.SerializeToString() for pair in other.attributes]
        assert one.status == other.status.SerializeToString()
    assert [encoded.span for encoded in encoded_spans(payload, {0, 6}).values()] == [
        spans[0].SerializeToString(),
        spans[6].SerializeToString(),
    ]


@pytest.mark.parametrize("broken", [b"k\xff", b"\xff\xff"], ids=["no text", "no message"])
def test_an_attribute_that_cannot_be_read_refuses_the_request(broken: bytes) -> None:
    sound = request([A(trace=1, span=1, attributes={"aa": 1})]).SerializeToString()
    # The key stands in the bytes as (tag, length 2, text): both replacements keep the lengths around it.
    where = sound.index(b"\n\x02aa")
    damaged = sound[: where + 2] + broken + sound[where + 4 :]
    if broken == b"\xff\xff":
        damaged = sound[:where] + broken + sound[where + 2 :]
    with pytest.raises(RequestUnreadable, match="cannot read the request"):
        read_request(damaged, is_json=False)


@pytest.mark.parametrize(("trace_id", "span_id"), [(b"", b"12345678"), (b"1" * 15, b"12345678"), (b"1" * 16, b"1234")])
def test_a_span_without_proper_ids_refuses_the_request(trace_id: bytes, span_id: bytes) -> None:
    sent = request([A(trace=1, span=1), A(trace=1, span=2)])
    span = sent.resource_spans[0].scope_spans[0].spans[1]
    span.trace_id, span.span_id = trace_id, span_id
    with pytest.raises(RequestUnreadable, match="trace id must have 16 bytes, its span id 8"):
        read_request(sent.SerializeToString(), is_json=False)
