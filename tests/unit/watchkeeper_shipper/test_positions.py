from __future__ import annotations

import json
from pathlib import Path

import pytest

from watchkeeper_shipper.identity import Inode, fingerprint
from watchkeeper_shipper.positions import FileMark, FilePosition, JournalMark, Positions, PositionsUnreadable

NOW_S = 1_795_262_400
DAY_S = 24 * 3600


def a_mark(offset: int = 10, last_ns: int = 7) -> FileMark:
    return FileMark(offset=offset, fingerprint=fingerprint(b"head"), last_ns=last_ns)


def a_position(inode: int = 1, offset: int = 10, seen_s: int = NOW_S) -> FilePosition:
    return FilePosition(source="s", path="/l/x.log", inode=Inode(8, inode), mark=a_mark(offset), size_bytes=20, seen_s=seen_s)


def reloaded(file: Path) -> Positions:
    positions = Positions(file)
    positions.load()
    return positions


def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.register("1", a_position())
    positions.advance({"1": a_mark(15, 9), "journal": JournalMark(cursor="c", last_ns=3)})
    positions.known_sources.add("s")
    assert positions.save(NOW_S)
    again = reloaded(tmp_path / "p.json")
    found = again.claim(Inode(8, 1))
    assert found is not None
    assert (found.path, found.size_bytes, found.mark) == ("/l/x.log", 20, a_mark(15, 9))
    assert again.claim(Inode(8, 1)) is None
    assert again.journal("journal") == JournalMark(cursor="c", last_ns=3)
    assert again.known_sources == {"s"}


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    assert not positions.save(NOW_S)
    positions.register("1", a_position())
    assert positions.save(NOW_S)
    positions.observe("1", 20)
    assert not positions.save(NOW_S)
    positions.observe("1", 21)
    assert positions.save(NOW_S)


def test_marks_of_a_forgotten_file_are_ignored(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.register("1", a_position())
    positions.forget("1")
    positions.advance({"1": a_mark(99)})
    positions.save(NOW_S)
    assert json.loads((tmp_path / "p.json").read_text())["files"] == []


def test_files_unseen_for_a_week_are_forgotten(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.adopt(a_position(inode=1, seen_s=NOW_S - 8 * DAY_S))
    positions.adopt(a_position(inode=2, seen_s=NOW_S - 6 * DAY_S))
    positions.save(NOW_S)
    assert [position.inode.number for position in reloaded(tmp_path / "p.json").unclaimed()] == [2]


def test_a_known_inode_with_another_beginning_is_another_file(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.adopt(a_position())
    assert positions.knows(Inode(8, 1), b"head and more")
    assert not positions.knows(Inode(8, 1), b"other")
    assert not positions.knows(Inode(8, 2), b"head")


def test_the_file_followed_now_wins_over_one_that_had_its_inode_before(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "p.json")
    positions.adopt(a_position(offset=1))
    positions.register("5", a_position(offset=2))
    positions.save(NOW_S)
    (found,) = reloaded(tmp_path / "p.json").unclaimed()
    assert found.mark.offset == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": [{"path": 1}], "journals": [], "sources": []}', "\udcff"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PositionsUnreadable, match=r"p\.broken"):
        reloaded(tmp_path / "p.json")
    assert (tmp_path / "p.broken").exists()
    assert not (tmp_path / "p.json").exists()


def test_a_failed_save_is_tried_again(tmp_path: Path) -> None:
    positions = Positions(tmp_path / "gone" / "p.json")
    positions.register("1", a_position())
    with pytest.raises(FileNotFoundError):
        positions.save(NOW_S)
    (tmp_path / "gone").mkdir()
    assert positions.save(NOW_S)
