"""A real store process for live tests: start, talk, kill, start again on the same folder."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class StoreProcess:
    """One store over a folder. `start` waits until it is ready; `kill` is SIGKILL; `stop` is SIGTERM and waits."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._flags = flags
        self._process: subprocess.Popen[bytes] | None = None
        self.output = folder.parent / f"{folder.name}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self) -> list[str]:
        address = f"127.0.0.1:{self.port}"
        return [
            sys.executable,
            "-m",
            "watchkeeper_store",
            "--listen-address",
            address,
            "--data-dir",
            str(self.folder),
            *self._flags,
        ]

    def start(self, within_s: float = 20.0) -> StoreProcess:
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(self.command(), stdout=output, stderr=output, env=dict(os.environ))
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise AssertionError(f"the store ended: {self.output.read_text()}")
            try:
                if self.get("/-/ready").status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the store is not ready: {self.output.read_text()}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self, within_s: float = 6.0) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(within_s)

    def request(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read(), {name.lower(): value for name, value in response.getheaders()})
        finally:
            connection.close()

    def get(self, path: str, parameters: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        return self.request("GET", path + query, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def push(self, body: bytes, **headers: str) -> Answer:
        return self.request(
            "POST", "/loki/api/v1/push", body, {name.replace("_", "-"): value for name, value in headers.items()}
        )

    def push_lines(self, labels: Mapping[str, str], *values: tuple[int, str], **headers: str) -> Answer:
        stream = {"stream": dict(labels), "values": [[str(timestamp_ns), line] for timestamp_ns, line in values]}
        return self.push(json.dumps({"streams": [stream]}).encode(), Content_Type="application/json", **headers)

    def lines(self, query: str, start_ns: int, end_ns: int, limit: int = 5000, **headers: str) -> list[str]:
        """Lines of a query, oldest first."""
        parameters = {"query": query, "start": start_ns, "end": end_ns, "limit": limit, "direction": "forward"}
        answer = self.get("/loki/api/v1/query_range", parameters, **headers)
        assert answer.status == 200, answer.text
        values = [value for stream in answer.json["data"]["result"] for value in stream["values"]]
        return [value[1] for value in sorted(values, key=lambda value: int(value[0]))]
