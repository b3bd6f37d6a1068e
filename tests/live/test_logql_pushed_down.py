"""Every LogQL script on a store that does all it can in DuckDB, over rows in memory and over files.

A store reads few rows line by line, which is what the scripts have; here it is told that no number of rows is few.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.conformance.logql.checking import run_check
from tests.conformance.logql.drivers import HttpDriver
from tests.conformance.logql.script import Check, read_script
from tests.conformance.logql.test_scripts import SCRIPTS
from tests.live.store_process import StoreProcess

pytestmark = pytest.mark.live

SETTINGS = "limits: {discover_service_name: [], discover_log_levels: false}\n"
PROGRAM = """
import sys
from watchkeeper_store.query import pushdown, source
pushdown.FEW_ROWS = source._MOST_PLAIN_ROWS = -1
from watchkeeper_store.__main__ import main
sys.exit(main())
"""


class EagerStore(StoreProcess):
    """A store for which no number of rows is few."""

    def command(self) -> list[str]:
        python, _, _, *flags = super().command()
        return [python, "-c", PROGRAM, *flags]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("store")
    (folder / "store.yaml").write_text(SETTINGS)
    process = EagerStore(folder / "data", "--config", str(folder / "store.yaml")).start()
    yield f"http://127.0.0.1:{process.port}"
    process.kill()


def evaluations(path: Path) -> list[Check]:
    return [check for check in read_script(path) if not check.kind.startswith("parse")]


@pytest.mark.parametrize("where", ["memory", "files"])
@pytest.mark.parametrize("path", [path for path in SCRIPTS if evaluations(path)], ids=lambda path: path.stem)
def test_a_store_that_counts_in_duckdb_answers_as_the_script_says(url: str, path: Path, where: str) -> None:
    lines: object = None
    driver = HttpDriver(url)
    for check in evaluations(path):
        if check.lines != lines:  # what is loaded stays the same over many checks
            lines, driver = check.lines, HttpDriver(url)
            driver.load(check.lines)
            if where == "files":
                httpx.post(f"{url}/flush").raise_for_status()
        run_check(driver, check)


@pytest.mark.parametrize("where", ["memory", "files"])
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ('sum(count_over_time({app="del"}[1h]))', 40),
        ('sum(count_over_time({app="del"} | logfmt | level="info" [1h]))', 20),
        ('sum by (level) (count_over_time({app="del"} |= "level=info" | logfmt [1h]))', 20),
        ('sum(count_over_time({app="del"} |= "n=1" [1h]))', 10),
        ('sum(count_over_time({app="del"} |~ "n=[13]" [1h]))', 10),
        ('sum(sum_over_time({app="del"} | logfmt | unwrap one [1h]))', 40),
    ],
)
def test_what_is_deleted_is_not_counted_in_duckdb(url: str, where: str, query: str, count: int) -> None:
    now = time.time_ns()
    with httpx.Client(base_url=url, headers={"X-Scope-OrgID": f"del-{uuid.uuid4().hex}"}) as client:
        values = [
            [str(now - (n + 1) * 10**9), f"level={'info' if n % 2 else 'warn'} n={n // 10} one=1 word=x{n:032d}"]
            for n in range(50)
        ]
        body = {"streams": [{"stream": {"app": "del"}, "values": values}]}
        client.post("/loki/api/v1/push", json=body).raise_for_status()
        if where == "files":
            client.post("/flush").raise_for_status()
        request = {"query": '{app="del"} |= "n=3"', "start": str(now // 10**9 - 3600)}
        client.post("/loki/api/v1/delete", params=request).raise_for_status()
        answer = client.get("/loki/api/v1/query", params={"query": query, "time": str(now)}).json()
        assert [one["value"][1] for one in answer["data"]["result"]] == [str(count)]
        parameters = {"query": '{app="del"}', "start": str(now - 60 * 10**9), "end": str(now), "limit": "45"}
        shown = client.get("/loki/api/v1/query_range", params=parameters).json()["data"]["result"]
        assert sum(len(stream["values"]) for stream in shown) == 40
