"""The console's own API against schemathesis, which makes up requests from the published document and judges the answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.live.console_process import PASSWORD, ConsoleProcess, a_console
from tests.unit.watchkeeper_console.upstream_fakes import AlertmanagerFake, LogStoreFake, PrometheusFake, served

pytestmark = [pytest.mark.live, pytest.mark.slow]

EXAMPLES = 8
"""Made up for each operation, besides those that cover its shapes."""
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
"""What says no to a request that is not as the document has it: the tool's own list, with 413 for bodies that are too large,
and without errors of the server."""


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ConsoleProcess]:
    with served(PrometheusFake()) as prometheus, served(AlertmanagerFake()) as alertmanager, served(LogStoreFake()) as logs:
        upstreams = {"prometheus": prometheus.url, "alertmanager": alertmanager.url, "logs": logs.url}
        with a_console(tmp_path, upstreams=upstreams) as running:
            yield running


def document_of(console: ConsoleProcess) -> dict[str, Any]:
    answer = httpx.get(f"{console.url}/api/openapi.json", auth=("admin", PASSWORD), trust_env=False)
    assert answer.status_code == 200
    document = answer.json()
    assert isinstance(document, dict)
    return document


def schemathesis(console: ConsoleProcess, document: dict[str, Any], *flags: str) -> subprocess.CompletedProcess[str]:
    file = console.folder / "openapi.json"
    file.write_text(json.dumps(document))
    (console.folder / "schemathesis.toml").write_text(f"[checks.negative_data_rejection]\nexpected-statuses = {REFUSALS}\n")
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "run", str(file), "--url", console.url, "--checks", "all"),
        *(
            "--max-examples",
            str(EXAMPLES),
            "--phases",
            "coverage,fuzzing",
            "--warnings",
            "off",
            "--generation-database",
            "none",
            "--no-color",
            *flags,
        ),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        command, cwd=console.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def found_nothing(finished: subprocess.CompletedProcess[str], document: dict[str, Any]) -> None:
    """Every operation was tested, many times, and nothing was found."""
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
    assert "No issues found" in finished.stdout, finished.stdout[-3000:]
    operations = sum(len(methods) for methods in document["paths"].values())
    assert f"Tested: {operations}\n" in finished.stdout, finished.stdout[-3000:]
    passed = re.search(r"(\d+) generated, (\d+) passed", finished.stdout)
    assert passed is not None, finished.stdout[-3000:]
    assert int(passed[2]) > 2 * operations


def test_nothing_is_found_with_a_token(console: ConsoleProcess) -> None:
    with httpx.Client(base_url=console.url, trust_env=False) as browser:
        browser.post("/login", json={"user": "admin", "password": PASSWORD})
        headers = {"X-Watchkeeper-Token": browser.get("/api/session").json()["token"]}
        token = browser.post("/api/tokens", json={"name": "fuzz", "role": "admin"}, headers=headers).json()["token"]
    document = document_of(console)
    found_nothing(
        schemathesis(console, document, "--header", f"Authorization: Bearer {token}", "--phases", "coverage,fuzzing"), document
    )
    assert "because of a bug" not in console.log()


def test_nothing_is_found_with_a_password(console: ConsoleProcess) -> None:
    document = document_of(console)
    found_nothing(schemathesis(console, document, "--auth", f"admin:{PASSWORD}", "--phases", "fuzzing"), document)
    assert "because of a bug" not in console.log()


def test_a_document_that_tells_something_else_is_noticed(console: ConsoleProcess) -> None:
    document = document_of(console)
    session = document["paths"]["/api/session"]["get"]
    session["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["role"] = {"type": "integer"}
    document["paths"] = {"/api/session": {"get": session}}
    finished = schemathesis(console, document, "--auth", f"admin:{PASSWORD}")
    assert finished.returncode == 1
    assert 'is not of type "integer"' in finished.stdout
