"""Starting the console as a process of its own, as a supervisor does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

PASSWORD = "a-long-and-well-kept-password"


def eventually(condition: Callable[[], object], *, within_s: float = 15.0) -> None:
    """Poll until ``condition`` is true; fail after ``within_s``."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


class ConsoleProcess:
    """One running console. ``folder`` holds its configuration, password, data and output."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder = folder
        self.output = folder / "output"
        command = [
            *(sys.executable, "-m", "watchkeeper_console"),
            *(flags or ("--listen-address", "127.0.0.1:0")),
            *("--data-dir", str(folder / "data"), "--config", str(folder / "console.yaml")),
        ]
        with self.output.open("ab") as stream:
            self.process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        self.url = ""

    def log(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_until_ready(self) -> ConsoleProcess:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.log()
            found = re.findall(r"msg=listening address=(\S+)", self.log())
            if not found:
                return False
            self.url = f"http://{found[-1]}"
            try:
                return httpx.get(f"{self.url}/-/ready", trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        eventually(is_ready)
        return self

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=("admin", PASSWORD), trust_env=False)

    def memory_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB$", status, flags=re.MULTILINE)
        return int(kilobytes) * 1024

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=10)


def write_configuration(
    folder: Path, *, upstreams: Mapping[str, str] | None = None, status_url: str = "", more: str = ""
) -> None:
    """A configuration with the password beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    password = folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    lines = ["admin: {user: admin, password_file: password}", "upstreams:"]
    lines += [f"  {name}: {url}" for name, url in (upstreams or {}).items()]
    lines += ["stack:", "  name: demo", *([f"  status_url: {status_url}"] if status_url else []), more]
    (folder / "console.yaml").write_text("\n".join(lines) + "\n")


@contextmanager
def a_console(folder: Path, *, upstreams: Mapping[str, str] | None = None, status_url: str = "") -> Iterator[ConsoleProcess]:
    """A console that is ready, until the block ends."""
    write_configuration(folder, upstreams=upstreams, status_url=status_url)
    console = ConsoleProcess(folder)
    try:
        yield console.wait_until_ready()
    finally:
        console.stop()
