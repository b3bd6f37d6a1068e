"""The examples of the application library, each under a real server, as their README says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.live.test_instrument_servers import free_port, sample, served

pytestmark = pytest.mark.live

EXAMPLES = Path(__file__).parents[2] / "examples" / "instrument"
SERVED = {
    "fastapi_app:app": ("uvicorn", "/orders/{order}"),
    "starlette_app:app": ("uvicorn", "/orders/{order}"),
    "litestar_app:app": ("uvicorn", "/orders/{order}"),
    "flask_app:app": ("gunicorn", "/orders/<int:order>"),
    "django_app:application": ("gunicorn", "/orders/<int:order>"),
}
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("application", SERVED)
def test_an_application_tells_its_requests_its_health_and_its_logs(
    application: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server, route = SERVED[application]
    port = free_port()
    place = [f"--port={port}"] if server == "uvicorn" else [f"--bind=127.0.0.1:{port}"]
    told = tmp_path / "stdout"
    with served([server, *place, "--log-level=error", application], EXAMPLES, port, stdout=told) as client:
        answer = client.get("/orders/7", headers={"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"})
        assert answer.json() == {"order": "seven apples"}
        health = client.get("/api/health")
        assert (health.status_code, health.json()["checks"]) == (200, {"storage": "ok"})
        page = client.get("/api/metrics").text
    labels = f'{{method="GET",route="{route}",status_code="200"}}'
    assert sample(page, re.escape("http_request_duration_seconds_count" + labels)) == 1
    assert sample(page, r'db_query_duration_seconds_count\{operation="select",table="orders"\}') == 1
    (line,) = [line for line in map(json.loads, told.read_text().splitlines()) if line["msg"] == "order read"]
    assert "order read" not in capfd.readouterr().err
    assert (line["service"], line["order"], line["trace_id"]) == ("orders", 7, TRACE_ID)


def test_a_script_logs_with_the_id_of_its_trace() -> None:
    done = subprocess.run([sys.executable, "script.py"], cwd=EXAMPLES, capture_output=True, text=True, timeout=30, check=True)
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["msg"], line["service"], line["orders"]) == ("report made", "orders-report", 1)
    assert len(line["trace_id"]) == 32


def test_there_is_an_example_for_each_row_of_the_readme() -> None:
    named = {line.split("`")[1] for line in (EXAMPLES / "README.md").read_text().splitlines() if line.startswith("| `")}
    assert named == {path.name for path in EXAMPLES.glob("*.py")}
    assert named == {f"{application.partition(':')[0]}.py" for application in SERVED} | {"script.py"}
