"""Archives are unpacked by name, and nothing in them can reach outside."""

import io
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from watchkeeper.acquire.model import SourceFailed
from watchkeeper.acquire.unpack import unpack_tar


def a_tar(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path = folder / "release.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def a_file(name: str, mode: int = 0o755) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode = mode
    return member


def a_link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


def test_only_what_is_wanted_and_the_licence_is_written(tmp_path: Path) -> None:
    tar = a_tar(
        tmp_path,
        (a_file("thing-1/thing", 0o4755), b"program"),
        (a_file("thing-1/LICENSE", 0o644), b"licence"),
        (a_file("thing-1/consoles/index.html", 0o644), b"page"),
    )
    unpack_tar(tar, tmp_path / "tree", wanted={"thing-1/thing"})
    written = {str(path.relative_to(tmp_path / "tree")) for path in (tmp_path / "tree").rglob("*") if path.is_file()}
    assert written == {"thing-1/thing", "thing-1/LICENSE"}
    assert (tmp_path / "tree/thing-1/thing").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "tree/thing-1/LICENSE").stat().st_mode & 0o7777 == 0o644


@pytest.mark.parametrize("name", ["../LICENSE", "/LICENSE", "a/../../LICENSE"])
def test_a_member_that_would_land_outside_is_refused(tmp_path: Path, name: str) -> None:
    tree = tmp_path / "inner" / "tree"
    with pytest.raises(SourceFailed, match="would land outside"):
        unpack_tar(a_tar(tmp_path, (a_file(name), b"x")), tree, wanted=())
    assert not list(tmp_path.rglob("LICENSE"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_wanted_member_that_is_no_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    tar = a_tar(tmp_path, (a_link("thing", "/etc/passwd", kind), b""))
    with pytest.raises(SourceFailed, match="not a plain file"):
        unpack_tar(tar, tmp_path / "tree", wanted={"thing"})


def test_a_link_to_a_folder_outside_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    tar = a_tar(tmp_path, (a_link("out", str(tmp_path / "outside")), b""), (a_file("out/thing"), b"x"))
    unpack_tar(tar, tmp_path / "tree", wanted={"out/thing"})
    assert list((tmp_path / "outside").iterdir()) == []
    assert (tmp_path / "tree/out/thing").read_bytes() == b"x"


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    tar = a_tar(tmp_path, (a_file("thing"), b"first"), (a_file("thing"), b"second"))
    with pytest.raises(SourceFailed, match="cannot unpack"):
        unpack_tar(tar, tmp_path / "tree", wanted={"thing"})


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match=r"cannot find thing-1/tool in release.tar.gz"):
        unpack_tar(
            a_tar(tmp_path, (a_file("thing-1/thing"), b"x")), tmp_path / "tree", wanted={"thing-1/thing", "thing-1/tool"}
        )


@pytest.mark.parametrize("keep", [0, 30, 5000])
def test_a_torn_archive_is_refused(tmp_path: Path, keep: int) -> None:
    tar = a_tar(tmp_path, (a_file("thing"), b"".join(sha256(b"%d" % number).digest() for number in range(300))))
    tar.write_bytes(tar.read_bytes()[:keep])
    with pytest.raises(SourceFailed, match="cannot unpack"):
        unpack_tar(tar, tmp_path / "tree", wanted={"thing"})
