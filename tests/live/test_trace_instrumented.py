"""An application that knows nothing of tracing, run under ``opentelemetry-instrument``: its requests are traces."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.store_process import StoreProcess, free_port

pytestmark = pytest.mark.live
INSTRUMENT = Path(sys.executable).with_name("opentelemetry-instrument")
PAGE = """
from flask import Flask

app = Flask(__name__)


@app.get("/orders/<int:number>")
def order(number: int) -> str:
    return f"order {number}"


@app.get("/broken")
def broken() -> str:
    raise RuntimeError("no database")
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    process = StoreProcess(tmp_path_factory.mktemp("instrumented") / "data")
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def shop(store: StoreProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application, told by its environment alone where its spans go."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(PAGE)
    port = free_port()
    environment = {
        **os.environ,
        "OTEL_SERVICE_NAME": "flask-shop",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{store.port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    command = [INSTRUMENT, INSTRUMENT.with_name("flask"), "--app", "shop", "run", "--port", str(port), "--no-reload"]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: read(f"{address}/orders/1") == (200, "order 1"), (folder / "output").read_text)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def read(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as failure:
        return failure.code, ""
    except OSError:
        return 0, ""


def wait_for(holds: Any, told: Any, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)


def found(store: StoreProcess, query: str) -> list[dict[str, Any]]:
    answer = store.get("/api/search", {"q": query, "limit": 100})
    assert answer.status == 200, answer.text
    traces: list[dict[str, Any]] = answer.json["traces"]
    return traces


def test_a_request_is_a_trace_with_its_route(store: StoreProcess, shop: str) -> None:
    assert read(f"{shop}/orders/42") == (200, "order 42")
    query = '{ resource.service.name = "flask-shop" && kind = server && .http.target = "/orders/42" }'
    by_path = '{ resource.service.name = "flask-shop" && kind = server && .url.path = "/orders/42" }'
    wait_for(lambda: found(store, query) + found(store, by_path), lambda: str(found(store, "{ }")))
    (trace,) = found(store, query) + found(store, by_path)
    assert trace["rootServiceName"] == "flask-shop"
    assert trace["rootTraceName"] == "GET /orders/<int:number>"
    routes = store.get("/api/v2/search/tag/span.http.route/values").json["tagValues"]
    assert {"type": "string", "value": "/orders/<int:number>"} in routes
    assert found(store, '{ instrumentation:name =~ ".*flask.*" }')


def test_a_request_that_fails_is_a_failed_span_and_counted_as_such(store: StoreProcess, shop: str) -> None:
    assert read(f"{shop}/broken")[0] == 500
    wait_for(lambda: found(store, "{ status = error }"), lambda: str(found(store, "{ }")))
    (trace,) = found(store, '{ resource.service.name = "flask-shop" && status = error }')
    assert trace["rootTraceName"] == "GET /broken"
    counted = store.get("/metrics/spans").text
    assert (
        'service="flask-shop",span_name="GET /broken",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_ERROR"} 1'
        in counted
    )
