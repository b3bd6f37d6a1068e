"""The one DuckDB instance: what it remembers of files, and when it is let go."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_store.storage import duck
from watchkeeper_store.storage.duck import Duck


@pytest.fixture
def instance(tmp_path: Path) -> Duck:
    return Duck(tmp_path, memory_limit_bytes=64 << 20, threads=1)


def remembered_bytes(instance: Duck) -> int:
    with instance.cursor() as cursor:
        rows = cursor.execute("SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'").fetchall()
    return sum(size for (size,) in rows)


def read_a_file(instance: Duck, folder: Path, *, settings: str = "SELECT 1") -> None:
    file = folder / "a.parquet"
    with instance.cursor() as cursor:
        cursor.execute(settings).fetchall()
        cursor.sql("SELECT range AS number FROM range(10)").write_parquet(str(file))
        assert cursor.execute("SELECT sum(number) FROM read_parquet($1)", [str(file)]).fetchone() == (45,)


def test_every_cursor_remembers_what_it_read_of_a_file_unless_told_not_to(instance: Duck, tmp_path: Path) -> None:
    read_a_file(instance, tmp_path, settings="SET parquet_metadata_cache = false")
    before = remembered_bytes(instance)
    read_a_file(instance, tmp_path)
    assert remembered_bytes(instance) > before + 500  # the footer of a small file
    with instance.cursor() as cursor:
        assert cursor.execute("SELECT current_setting('parquet_metadata_cache')").fetchone() == (True,)


def test_the_instance_is_let_go_when_long_unused(instance: Duck, monkeypatch: pytest.MonkeyPatch) -> None:
    with instance.cursor():
        assert not instance.close_if_unneeded()
    assert not instance.close_if_unneeded()
    monkeypatch.setattr(duck, "_IDLE_S", 0.0)
    with instance.cursor():
        assert not instance.close_if_unneeded()
    assert instance.close_if_unneeded()
    assert not instance.close_if_unneeded()


def test_the_instance_is_let_go_when_it_remembers_too_much(
    instance: Duck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_a_file(instance, tmp_path)
    assert not instance.close_if_unneeded()
    monkeypatch.setattr(duck, "_MOST_REMEMBERED_BYTES", 1)
    assert instance.close_if_unneeded()
    read_a_file(instance, tmp_path)  # and it comes back
