from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_shipper.batch import Parcel
from watchkeeper_shipper.buffer import DiskBuffer, ParcelUnreadable


def a_parcel(body: bytes) -> Parcel:
    return Parcel(body=body, lines={"s": 2}, text_bytes={"s": 30})


def test_parcels_come_out_in_the_order_they_went_in_also_after_a_restart(tmp_path: Path) -> None:
    buffer = DiskBuffer(tmp_path / "b", 1 << 20)
    for number in range(12):  # more than nine, so that the order of names matters
        assert buffer.append(a_parcel(b"%d\nline" % number))
    again = DiskBuffer(tmp_path / "b", 1 << 20)
    assert (len(again), again.size_bytes) == (12, 12 * 4096)
    for number in range(12):
        assert again.oldest() == a_parcel(b"%d\nline" % number)
        again.drop_oldest()
    assert (len(again), again.size_bytes) == (0, 0)
    assert list((tmp_path / "b").iterdir()) == []


def test_a_parcel_appended_after_a_restart_is_the_newest(tmp_path: Path) -> None:
    DiskBuffer(tmp_path / "b", 1 << 20).append(a_parcel(b"old"))
    again = DiskBuffer(tmp_path / "b", 1 << 20)
    again.append(a_parcel(b"new"))
    again.drop_oldest()
    assert again.oldest().body == b"new"


def test_what_does_not_fit_is_not_taken(tmp_path: Path) -> None:
    buffer = DiskBuffer(tmp_path / "b", 2 * 4096)
    assert buffer.append(a_parcel(b"x" * 5000))
    assert not buffer.append(a_parcel(b"y"))
    buffer.drop_oldest()
    assert buffer.append(a_parcel(b"y"))


def test_a_half_written_parcel_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "0000000000000001.push.tmp").write_bytes(b"half")
    assert len(DiskBuffer(tmp_path / "b", 1 << 20)) == 0
    assert list((tmp_path / "b").iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"{}\nbody", b"no header", b'{"crc32": 1, "lines": {}, "text_bytes": {}}\nbody'])
def test_a_damaged_parcel_is_told_apart_from_a_failing_disk(tmp_path: Path, damage: bytes) -> None:
    buffer = DiskBuffer(tmp_path / "b", 1 << 20)
    buffer.append(a_parcel(b"body"))
    (file,) = (tmp_path / "b").iterdir()
    file.write_bytes(damage)
    with pytest.raises(ParcelUnreadable, match="cannot read"):
        buffer.oldest()
    file.unlink()
    with pytest.raises(ParcelUnreadable, match="cannot read"):
        buffer.oldest()
    file.mkdir()
    with pytest.raises(IsADirectoryError):
        buffer.oldest()
