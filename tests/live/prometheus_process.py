"""A real Prometheus for live tests, which takes remote write and scrapes nothing."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.live.store_process import free_port
from tests.live.upstream_tools import tool

CONFIGURATION = {"storage": {"exemplars": {"max_exemplars": 1000}, "tsdb": {"out_of_order_time_window": "30m"}}}
"""As the catalogue writes it where the store forwards metrics."""


class PrometheusProcess:
    """One Prometheus over a folder, which may be started again after its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.write_url = f"http://127.0.0.1:{self.port}/api/v1/write"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, within_s: float = 30.0) -> PrometheusProcess:
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "prometheus.yml"
        file.write_text(json.dumps(CONFIGURATION))  # JSON is YAML
        command = [
            tool("prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={self.folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.enable-remote-write-receiver",
            "--enable-feature=exemplar-storage",
        ]
        with (self.folder / "log").open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                if self._get("/-/ready")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"Prometheus is not ready: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def query(self, query: str) -> list[tuple[dict[str, str], str]]:
        """Labels and value of each series now."""
        found = self.api("query", query=query)["result"]
        return [(one["metric"], one["value"][1]) for one in found]

    def api(self, path: str, **parameters: Any) -> Any:
        status, body = self._get(f"/api/v1/{path}?{urlencode(parameters)}")
        assert status == 200, body
        return json.loads(body)["data"]

    def _get(self, target: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
