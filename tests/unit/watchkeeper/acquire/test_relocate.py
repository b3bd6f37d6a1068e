"""Binaries with a folder compiled in are pointed into our tree."""

import os
from pathlib import Path

from watchkeeper.acquire.relocate import relocate

BEFORE = b"\x7fELF..bytes/usr/share/thing3552/usr/share/thing/ui/111/usr/share/thing/no-ui13877\x00"
AFTER = b"\x7fELF..bytesusr/share/thing/3552usr/share/thing//ui/111usr/share/thing//no-ui13877\x00"


def test_every_occurrence_becomes_relative_and_the_length_stays(tmp_path: Path) -> None:
    binary = tmp_path / "thing"
    binary.write_bytes(BEFORE)
    binary.chmod(0o755)
    assert relocate(binary, ["/usr/share/thing"])
    assert binary.read_bytes() == AFTER
    assert len(BEFORE) == len(AFTER)
    assert binary.stat().st_mode & 0o777 == 0o755


def test_a_binary_without_the_folder_stays_untouched(tmp_path: Path) -> None:
    binary = tmp_path / "thing"
    binary.write_bytes(b"no such folder")
    before = binary.stat()
    assert not relocate(binary, ["/usr/share/thing"])
    assert not relocate(binary, [])
    assert (binary.stat().st_ino, binary.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_another_name_of_the_same_file_keeps_its_content(tmp_path: Path) -> None:
    binary = tmp_path / "thing"
    binary.write_bytes(BEFORE)
    os.link(binary, tmp_path / "original")
    relocate(binary, ["/usr/share/thing/"])
    assert (tmp_path / "original").read_bytes() == BEFORE
    assert binary.read_bytes() == AFTER
