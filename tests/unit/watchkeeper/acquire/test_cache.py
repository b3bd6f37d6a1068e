"""Cache entries: made whole, found while intact, refused when damaged."""

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchkeeper.acquire.cache import Cache, Entry, Manifest, damage, default_cache, key_of
from watchkeeper.workload.failure import WorldFailed


@pytest.fixture
def cache(folder: Path) -> Cache:
    made = Cache(folder / "cache")
    made.prepare()
    return made


def publish(cache: Cache, *, version: str = "1.0.0", content: str = "hello", key: str = "0123456789ab") -> Entry:
    with cache.incoming("thing") as folder:
        program = folder / "tree" / "bin" / "thing"
        program.parent.mkdir()
        program.write_text(content, encoding="utf-8")
        program.chmod(0o4777)
        (folder / "tree" / "link").symlink_to("bin/thing")
        manifest = Manifest(software="thing", version=version, key=key, origin="a test", binaries={"thing": "bin/thing"})
        return cache.publish(folder, manifest)


def program_of(entry: Entry) -> Path:
    return entry.tree / "bin" / "thing"


def test_a_published_entry_is_found_by_its_key(cache: Cache) -> None:
    published = publish(cache)
    assert cache.find("thing", "0123456789ab") == published
    assert cache.find("thing", "ba9876543210") is None
    assert cache.find("other", "0123456789ab") is None
    assert published.folder == cache.root / "programs/thing/1.0.0-0123456789ab"


def test_the_newest_of_several_versions_is_found(cache: Cache) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        publish(cache, version=version)
    found = cache.find("thing", "0123456789ab")
    assert found
    assert found.manifest.version == "1.10.0"


def test_permissions_are_plain_whatever_the_archive_and_the_umask_said(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        cache = Cache(folder / "cache")
        cache.prepare()
        entry = publish(cache)
    finally:
        os.umask(before)
    everybody = os.geteuid() == 0
    assert stat.S_IMODE(program_of(entry).stat().st_mode) == (0o755 if everybody else 0o700)
    for place in (cache.root, cache.programs, entry.folder.parent, entry.folder, entry.tree, entry.tree / "bin"):
        assert stat.S_IMODE(place.stat().st_mode) == (0o755 if everybody else 0o700)


@pytest.mark.parametrize("how", ["missing", "shorter", "replaced by a link", "link bent", "no manifest", "torn manifest"])
def test_a_damaged_entry_is_not_found(cache: Cache, how: str) -> None:
    entry = publish(cache)
    program = program_of(entry)
    if how == "missing":
        program.unlink()
    elif how == "shorter":
        program.write_text("hell", encoding="utf-8")
    elif how == "replaced by a link":
        program.unlink()
        program.symlink_to("/bin/sh")
    elif how == "link bent":
        (entry.tree / "link").unlink()
        (entry.tree / "link").symlink_to("/bin/sh")
    elif how == "no manifest":
        (entry.folder / "manifest.json").unlink()
    else:
        manifest = entry.folder / "manifest.json"
        manifest.write_bytes(manifest.read_bytes()[:-20])
    assert cache.find("thing", "0123456789ab") is None


def test_changed_content_of_the_same_size_is_noticed_by_its_time(cache: Cache) -> None:
    program_of(publish(cache)).write_text("hallo", encoding="utf-8")
    assert cache.find("thing", "0123456789ab") is None


def test_content_changed_behind_the_stamp_is_noticed_by_the_full_look(cache: Cache) -> None:
    entry = publish(cache)
    program = program_of(entry)
    status = program.stat()
    program.write_text("hallo", encoding="utf-8")
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert damage(entry) == ()
    assert damage(entry, digests=True) == ("bin/thing has other content",)


def test_a_touched_file_with_the_same_content_is_found_and_stamped_anew(cache: Cache) -> None:
    entry = publish(cache)
    os.utime(program_of(entry), (1, 1))
    assert damage(entry) == ("bin/thing was touched",)
    assert cache.find("thing", "0123456789ab") is not None
    (reread,) = cache.entries()
    assert damage(reread) == ()


def test_a_damaged_entry_gives_way_to_a_new_one(cache: Cache) -> None:
    program_of(publish(cache)).unlink()
    publish(cache)
    found = cache.find("thing", "0123456789ab")
    assert found
    assert program_of(found).read_text(encoding="utf-8") == "hello"
    assert [path.name for path in (cache.programs / "thing").iterdir()] == ["1.0.0-0123456789ab"]


def test_nothing_is_left_of_what_was_not_published(cache: Cache) -> None:
    with contextlib.suppress(RuntimeError), cache.incoming("thing") as folder:
        (folder / "tree" / "half").touch()
        raise RuntimeError
    assert list((cache.programs / "thing").iterdir()) == []


def test_what_a_killed_run_left_is_no_entry_and_is_swept(cache: Cache) -> None:
    left = cache.programs / "thing" / ".incoming-abcd"
    (left / "tree").mkdir(parents=True)
    assert cache.entries() == ()
    cache.sweep()
    assert not left.exists()


def test_a_second_process_does_not_get_the_lock_until_the_first_ends(cache: Cache) -> None:
    program = (
        "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX); print(1, flush=True); input()"
    )
    with cache.lock(wait=False) as held:
        assert held
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(cache.root / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout
        other.stdout.readline()
        with cache.lock(wait=False) as held:
            assert not held
    finally:
        other.kill()
        other.communicate()
    with cache.lock(wait=True) as held:
        assert held


def test_a_cache_that_others_can_write_is_not_trusted(folder: Path) -> None:
    open_to_all = folder / "cache"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(WorldFailed, match="cannot trust the cache folder"):
        Cache(open_to_all).prepare()


def test_a_cache_below_a_file_is_refused_with_a_way_out(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(WorldFailed, match=r"cannot write the cache folder .* WATCHKEEPER_CACHE"):
        Cache(folder / "file" / "cache").prepare()


def test_the_key_changes_with_the_facts() -> None:
    assert key_of(("a", "b")) == key_of(("a", "b"))
    assert key_of(("a", "b")) != key_of(("ab",))
    assert len(key_of(())) == 12


def test_each_user_has_a_cache_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHKEEPER_CACHE", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/ada/cache")
    assert default_cache() == Path("/home/ada/cache/watchkeeper")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert default_cache() == Path("/home/ada/.cache/watchkeeper")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_cache() == Path("/var/cache/watchkeeper")
    monkeypatch.setenv("WATCHKEEPER_CACHE", "/srv/programs")
    assert default_cache() == Path("/srv/programs")


def test_only_the_newest_entries_of_a_program_are_kept(cache: Cache) -> None:
    for minor in range(5):
        entry = publish(cache, version=f"1.{minor}.0")
        os.utime(entry.folder, (minor, minor))
    publish(cache, version="1.5.0")
    assert [entry.manifest.version for entry in cache.entries()] == ["1.3.0", "1.4.0", "1.5.0"]


def test_old_beginnings_of_downloads_are_swept_and_new_ones_kept(cache: Cache) -> None:
    old, new = (cache.root / "downloads" / name for name in ("old.part", "new.part"))
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    (cache.root / "apt/download-x").mkdir()
    cache.sweep()
    assert [path.name for path in (cache.root / "downloads").iterdir()] == ["new.part"]
    assert not list((cache.root / "apt").glob("download-*"))
