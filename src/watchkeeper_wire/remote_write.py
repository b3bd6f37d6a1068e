"""Prometheus' remote write, version 1: a ``WriteRequest`` as plain objects, both ways; `compress_block` goes around it."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from watchkeeper_wire.loki_labels import LabelPairs
from watchkeeper_wire.loki_push import PushUnreadable, fields, read_pair, varint

CONTENT_TYPE = "application/x-protobuf"
HEADERS = {"Content-Type": CONTENT_TYPE, "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
_STALE = (0x7FF0_0000_0000_0002).to_bytes(8, "little")
_VARINT, _FIXED64, _DELIMITED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Sample:
    """A value at a time. None ends the series there: Prometheus' stale marker, which is a NaN that floats would not keep."""

    timestamp_ms: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A measurement that a sample stands for; its labels lead elsewhere, such as to a trace."""

    timestamp_ms: int
    value: float
    labels: LabelPairs


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one label set, which has ``__name__``. Labels are sorted by name, samples by time."""

    labels: LabelPairs
    samples: tuple[Sample, ...]
    exemplars: tuple[Exemplar, ...] = ()


class _PairFields(dict[tuple[str, str], bytes]):
    """Encoded labels of one request, where most come again and again."""

    def __missing__(self, pair: tuple[str, str]) -> bytes:
        name, value = pair
        inner = _delimited(b"\x0a", name.encode("utf-8", "replace")) + _delimited(b"\x12", value.encode("utf-8", "replace"))
        encoded = self[pair] = _delimited(b"\x0a", inner)
        return encoded


def encode_write(series: Iterable[Series]) -> bytes:
    """``WriteRequest`` as uncompressed protobuf."""
    pairs = _PairFields()
    return b"".join([_delimited(b"\x0a", _encoded(one, pairs)) for one in series])


def _encoded(series: Series, pairs: _PairFields) -> bytes:
    parts = [pairs[pair] for pair in series.labels]
    for sample in series.samples:
        octets = _STALE if sample.value is None else struct.pack("<d", sample.value)
        parts.append(_delimited(b"\x12", b"\x09" + octets + b"\x10" + varint(sample.timestamp_ms)))
    for exemplar in series.exemplars:
        value = b"\x11" + struct.pack("<d", exemplar.value) + b"\x18" + varint(exemplar.timestamp_ms)
        parts.append(_delimited(b"\x1a", b"".join([pairs[pair] for pair in exemplar.labels]) + value))
    return b"".join(parts)


def _delimited(tag: bytes, payload: bytes) -> bytes:
    return tag + varint(len(payload)) + payload


def decode_write(body: bytes) -> list[Series]:
    """The series of an uncompressed request, in the order sent; metadata is skipped. Raises PushUnreadable."""
    return [_series(body, at, end) for number, kind, at, end in fields(body, 0, len(body)) if (number, kind) == (1, _DELIMITED)]


def _series(body: bytes, start: int, stop: int) -> Series:
    labels: list[tuple[str, str]] = []
    samples: list[Sample] = []
    exemplars: list[Exemplar] = []
    for number, kind, at, end in fields(body, start, stop):
        if kind != _DELIMITED:
            continue
        if number == 1:
            labels.append(read_pair(body, at, end))
        elif number == 2:
            _, value, timestamp_ms = _value_at_time(body, at, end, first=1)
            samples.append(Sample(timestamp_ms, value))
        elif number == 3:
            pairs, value, timestamp_ms = _value_at_time(body, at, end, first=2)
            if value is None:
                raise PushUnreadable("cannot read an exemplar: a stale marker is no measurement")
            exemplars.append(Exemplar(timestamp_ms, value, pairs))
    return Series(tuple(labels), tuple(samples), tuple(exemplars))


def _value_at_time(body: bytes, start: int, stop: int, *, first: int) -> tuple[LabelPairs, float | None, int]:
    """Labels, value and time of a sample or an exemplar; ``first`` is the number of the value's field, the time's follows."""
    pairs: list[tuple[str, str]] = []
    value: float | None = 0.0
    timestamp_ms = 0
    for number, kind, at, end in fields(body, start, stop):
        if (number, kind) == (first, _FIXED64):
            octets = body[at:end]
            value = None if octets == _STALE else struct.unpack("<d", octets)[0]
        elif (number, kind) == (first + 1, _VARINT):
            timestamp_ms = at - (1 << 64) if at >= 1 << 63 else at
        elif number == 1 and kind == _DELIMITED:
            pairs.append(read_pair(body, at, end))
    return tuple(pairs), value, timestamp_ms
