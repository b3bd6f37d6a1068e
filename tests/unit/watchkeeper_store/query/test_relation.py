"""What a statement over many files does not leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_store.query.relation import Relation
from watchkeeper_store.storage.duck import Duck


@pytest.mark.parametrize(("files", "remembers"), [(1, True), (64, True), (65, False)])
def test_footers_are_remembered_of_a_few_files_only(tmp_path: Path, files: int, remembers: bool) -> None:
    duck = Duck(tmp_path, memory_limit_bytes=64 << 20, threads=1)
    with duck.cursor() as cursor, Relation(sql="", hot=None, files=files).readable(cursor):
        assert cursor.execute("SELECT current_setting('parquet_metadata_cache')").fetchone() == (remembers,)
    with duck.cursor() as another:
        assert another.execute("SELECT current_setting('parquet_metadata_cache')").fetchone() == (True,)
