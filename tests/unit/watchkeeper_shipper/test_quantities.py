from __future__ import annotations

import pytest

from watchkeeper_shipper.quantities import duration_s, size_bytes


@pytest.mark.parametrize(("text", "seconds"), [("200ms", 0.2), ("1s", 1), ("1.5s", 1.5), ("2m", 120), ("1h", 3600)])
def test_durations(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "size"), [("17", 17), ("1KiB", 1024), ("1 KB", 1000), ("1.5MiB", 1_572_864), ("2GiB", 2 << 30), ("5B", 5)]
)
def test_sizes(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "5", "ms", "-1s", "1d", "1 s", "1e3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration_s(text)


@pytest.mark.parametrize("text", ["", "MiB", "-1", "1kb", "1TB", "0x10"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        size_bytes(text)
