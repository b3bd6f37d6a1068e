"""One stack of containers on a real engine, made from stand-ins, for all tests of this folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.compose.stand_ins import build_stand_ins

from watchkeeper.cli.described import pins_beside, planned
from watchkeeper.plan.model import Plan
from watchkeeper.plan.pins import BY_TAG, images_of
from watchkeeper.targets.compose.engine import Engine
from watchkeeper.targets.compose.image import OWN_REFERENCE
from watchkeeper.targets.compose.layout import paths_for
from watchkeeper.targets.compose.stack import ComposeTarget
from watchkeeper.workload.yaml_text import yaml_text

NAME = "wk-compose-test"
DESCRIPTION = """\
name: {name}
target: compose
preset: platform
ports: {{base: {base}}}
# so that what is measured shows soon
scrape: {{interval: 5s, timeout: 3s}}
# the engines whose images this machine can stand in for
engines: {{logs: embedded, collector: embedded, traces: [embedded], dashboards: console}}
"""
WATCHKEEPER = Path(sys.executable).parent / "watchkeeper"


@dataclass(kw_only=True)
class Running:
    """A stack that was brought up by the command line, as a user would."""

    folder: Path
    base: int
    environment: dict[str, str] = field(default_factory=dict)
    plan: Plan = field(init=False)
    target: ComposeTarget = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {**os.environ, "WATCHKEEPER_STATE_DIR": str(self.folder / "state")}
        file = self.folder / "watchkeeper.yaml"
        file.write_text(DESCRIPTION.format(name=NAME, base=self.base), encoding="utf-8")
        # no image that was made here has the digest of the real one
        images = {
            image.reference: BY_TAG for w in planned(file).plan.workloads for image in images_of(w.software) if image.digest
        }
        pins_beside(file).write_text(yaml_text(images), encoding="utf-8")
        self.plan = planned(file).plan
        paths = paths_for(NAME, environment=self.environment, uid=os.geteuid())
        self.target = ComposeTarget(plan=self.plan, paths=paths, environment=self.environment)

    def command(self, *words: str, within_s: float = 300.0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``watchkeeper WORDS`` in the folder of the description. ``environment``: variables besides the usual ones."""
        return subprocess.run(
            [str(WATCHKEEPER), *words], cwd=self.folder, env={**self.environment, **environment}, capture_output=True,
            text=True, timeout=within_s, check=False,
        )  # fmt: skip

    def up(self) -> None:
        """Bring it up; what went wrong is shown."""
        done = self.command("up", "--offline")
        assert done.returncode == 0, done.stdout + done.stderr

    def containers(self) -> dict[str, dict[str, Any]]:
        """As ``docker inspect`` tells them, by workload."""
        return dict(self.target.containers())

    def inside(self, workload: str, *words: str) -> str:
        """Run a command in a workload's container and give what it wrote."""
        done = self.target.engine.client("exec", str(self.containers()[workload]["Id"]), *words, timeout_s=60)
        assert done.status == 0, done.error
        return done.output.strip()

    def secret(self, name: str) -> str:
        """The value of one of the stack's secrets."""
        return (self.target.paths.secrets / name).read_text(encoding="utf-8")

    def place(self, workload: str, endpoint: str) -> tuple[str, int]:
        """Where an endpoint answers on this machine."""
        host, _, port = self.plan.address(workload, endpoint).rpartition(":")
        return host, int(port)

    def in_own_image(self, code: str, *arguments: str, options: tuple[str, ...]) -> str:
        """Run Python code in a container of our own image and give what it wrote."""
        words = ("run", "--rm", "--pull", "never", *options, OWN_REFERENCE, "python", "-I", "-c", code, *arguments)
        done = self.target.engine.client(*words, timeout_s=120)
        assert done.status == 0, done.error
        return done.output


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    engine = Engine(os.environ)
    engine.get("/_ping")  # make test-compose starts one
    running = Running(folder=tmp_path_factory.mktemp("compose"), base=_free_base())
    build_stand_ins({workload.software.name: workload.software for workload in running.plan.workloads}.values())
    try:
        running.up()
        yield running
    finally:
        done = running.command("down", "--delete-data", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr


def _free_base() -> int:
    """The first of a row of free ports."""
    for base in range(26_000, 32_000, 100):  # below those that outgoing connections are given
        if all(_is_free(port) for port in range(base, base + 30)):
            return base
    raise OSError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def as_json(text: str) -> Any:
    """What a command with --json wrote."""
    return json.loads(text)
