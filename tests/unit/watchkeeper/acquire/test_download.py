"""Downloads against a server that misbehaves."""

import hashlib
from pathlib import Path

import pytest
from tests.unit.watchkeeper.acquire.release_server import ReleaseServer

from watchkeeper.acquire.download import Patience, download
from watchkeeper.acquire.model import SourceFailed

CONTENT = bytes(range(256)) * 4000
IMPATIENT = Patience(attempts=3, first_pause_s=0.01, connect_s=2, silence_s=0.3)


async def fetch(server: ReleaseServer, folder: Path, *, sha256: str = "") -> list[float | None]:
    ratios: list[float | None] = []
    digest = sha256 or hashlib.sha256(CONTENT).hexdigest()
    await download(server.url("file"), folder / "file", sha256=digest, progress=ratios.append, patience=IMPATIENT)
    assert (folder / "file").read_bytes() == CONTENT
    return ratios


async def refused(server: ReleaseServer, folder: Path, *, sha256: str = "") -> str:
    with pytest.raises(SourceFailed) as caught:
        await fetch(server, folder, sha256=sha256)
    assert not (folder / "file").exists()
    return str(caught.value)


async def test_a_whole_file_arrives_and_its_progress_is_told(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT)
    ratios = await fetch(server, tmp_path)
    assert ratios[-1] == 1.0
    assert ratios == sorted(ratio for ratio in ratios if ratio is not None)
    assert release.requests == [""]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


async def test_a_broken_connection_is_resumed_where_it_broke(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, "cut 1000", "cut 500")
    await fetch(server, tmp_path)
    assert release.requests == ["", "bytes=1000-", "bytes=1500-"]


async def test_a_server_that_ignores_ranges_is_read_from_the_start(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, "cut 1000", "whole")
    await fetch(server, tmp_path)
    assert release.requests == ["", "bytes=1000-"]


async def test_a_later_run_goes_on_where_the_earlier_gave_up(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, "cut 100", "cut 100", "cut 100")
    assert "received 100 bytes" in await refused(server, tmp_path)
    await fetch(server, tmp_path)
    assert release.requests[-1] == "bytes=300-"


async def test_a_server_in_trouble_is_asked_again(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, 500, 503)
    await fetch(server, tmp_path)
    assert len(release.requests) == 3


async def test_trouble_that_lasts_is_given_up_after_the_attempts(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, 500, 500, 500, 500)
    assert await refused(server, tmp_path) == f"cannot download {server.url('file')}: HTTP status 500 (3 attempts)"
    assert len(release.requests) == 3


async def test_a_file_that_is_not_there_is_not_asked_for_twice(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, 404)
    assert await refused(server, tmp_path) == f"cannot download {server.url('file')}: HTTP status 404"
    assert len(release.requests) == 1


async def test_silence_counts_as_broken(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT, "hang")
    await fetch(server, tmp_path)
    assert release.requests == ["", "bytes=10-"]


async def test_a_server_that_never_gets_done_is_given_up(server: ReleaseServer, tmp_path: Path) -> None:
    server.offer("file", CONTENT, "hang", "hang")
    patience = Patience(attempts=9, first_pause_s=0.01, silence_s=5, total_s=0.2)
    with pytest.raises(SourceFailed, match=r"not done within 0.2 s"):
        await download(server.url("file"), tmp_path / "file", sha256="0" * 64, progress=print, patience=patience)


async def test_another_content_than_pinned_is_never_accepted(server: ReleaseServer, tmp_path: Path) -> None:
    release = server.offer("file", CONTENT)
    reason = await refused(server, tmp_path, sha256="ab" * 32)
    assert f"its SHA-256 is {hashlib.sha256(CONTENT).hexdigest()}, not {'ab' * 32}" in reason
    assert release.requests == ["", "", ""]
    assert list(tmp_path.iterdir()) == []


async def test_a_torn_beginning_of_another_file_does_not_spoil_the_download(server: ReleaseServer, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"not the same file")
    release = server.offer("file", CONTENT)
    await fetch(server, tmp_path)
    assert release.requests == ["bytes=17-", ""]


async def test_a_beginning_longer_than_the_file_is_thrown_away(server: ReleaseServer, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT + b"more")
    server.offer("file", CONTENT, 416)
    await fetch(server, tmp_path)


async def test_a_server_that_does_not_listen_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match=r"cannot download http://127.0.0.1:9/file: .*\(3 attempts\)"):
        await download("http://127.0.0.1:9/file", tmp_path / "file", sha256="0" * 64, progress=print, patience=IMPATIENT)
