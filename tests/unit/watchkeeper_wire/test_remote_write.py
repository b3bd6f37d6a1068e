"""Remote write's protobuf, byte by byte and there and back."""

from __future__ import annotations

import math
import struct

import pytest

from watchkeeper_wire.loki_push import PushUnreadable
from watchkeeper_wire.remote_write import Exemplar, Sample, Series, decode_write, encode_write


def test_a_series_is_labels_then_samples_then_exemplars_as_prometheus_defines_them() -> None:
    series = Series((("__name__", "up"),), (Sample(5, 1.0),), (Exemplar(6, 0.5, (("a", "b"),)),))
    label = b"\x0a\x0e" + b"\x0a\x08__name__" + b"\x12\x02up"
    sample = b"\x12\x0b" + b"\x09" + struct.pack("<d", 1.0) + b"\x10\x05"
    exemplar = b"\x1a\x13" + b"\x0a\x06\x0a\x01a\x12\x01b" + b"\x11" + struct.pack("<d", 0.5) + b"\x18\x06"
    assert encode_write([series]) == b"\x0a" + bytes([len(label + sample + exemplar)]) + label + sample + exemplar


def test_the_end_of_a_series_is_the_nan_that_prometheus_knows() -> None:
    encoded = encode_write([Series((("__name__", "a"),), (Sample(1, None),))])
    assert bytes.fromhex("020000000000f07f") in encoded
    assert decode_write(encoded)[0].samples == (Sample(1, None),)


def test_an_ordinary_nan_stays_one() -> None:
    (found,) = decode_write(encode_write([Series((("__name__", "a"),), (Sample(1, math.nan),))]))
    value = found.samples[0].value
    assert value is not None
    assert math.isnan(value)


def test_what_was_written_is_read_back() -> None:
    many = [
        Series((("__name__", "a"), ("le", "+Inf")), (Sample(1_795_000_000_000, -1.5), Sample(1_795_000_000_001, math.inf))),
        Series((("__name__", "b"), ("text", "ü" * 200)), (Sample(-1, 0.0),), (Exemplar(0, 0.0, ()),)),
    ]
    assert decode_write(encode_write(many)) == many


@pytest.mark.parametrize("body", [b"\x0a\x05", b"\x00", b"\x0a\x02\x0a\x05"])
def test_bytes_that_are_no_request_are_refused(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        decode_write(body)
