"""What stands in the way of a start in containers, against an engine that answers as a real one does."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from watchkeeper.targets.compose.engine import Engine, EngineAway, EngineRefused
from watchkeeper.targets.compose.layout import paths_for
from watchkeeper.targets.compose.preflight import engine_obstacles, obstacles, version_mismatch

VERSION = {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}


@contextmanager
def an_engine(folder: Path, answers: Mapping[str, Any], *, docker: str) -> Iterator[Engine]:
    """An engine on a socket that knows these pages, and a client that is this shell script."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body if body is not None else {"message": "no such page"}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
            """Quiet."""

        def address_string(self) -> str:
            return "unix"

    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{docker}\n", encoding="utf-8")
    program.chmod(0o755)
    place = folder / "engine.sock"
    with socketserver.ThreadingUnixStreamServer(str(place), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield Engine({"DOCKER_HOST": f"unix://{place}", "PATH": f"{folder}:/usr/bin:/bin"})
        finally:
            server.shutdown()


def test_an_engine_that_works_is_no_obstacle(tmp_path: Path) -> None:
    with an_engine(tmp_path, {"/version": VERSION}, docker="echo '[]'") as engine:
        assert engine_obstacles(engine) == ()


def test_no_engine_is_said_with_the_way_to_start_one(tmp_path: Path) -> None:
    (found,) = engine_obstacles(Engine({"DOCKER_HOST": f"unix://{tmp_path}/absent.sock", "PATH": "/usr/bin:/bin"}))
    assert found.kind == "missing-engine"
    assert str(tmp_path / "absent.sock") in found.message
    assert "systemctl start docker" in found.hint


def test_an_engine_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineAway, match="tcp://far:2375"):
        Engine({"DOCKER_HOST": "tcp://far:2375", "PATH": str(tmp_path)}).socket_path()


def test_a_docker_without_compose_is_named(tmp_path: Path) -> None:
    script = "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1"
    with an_engine(tmp_path, {"/version": VERSION}, docker=script) as engine:
        (found,) = engine_obstacles(engine)
    assert found.kind == "missing-compose"
    assert "docker-compose-plugin" in found.hint


@pytest.mark.parametrize(
    "words",
    [
        "Error response from daemon: client version 1.52 is too new. Maximum supported API version is 1.41",
        "request returned 500 Internal Server Error for API route and version http://x/v1.52/containers/json",
        "client version 1.40 is too old. Minimum supported API version is 1.44, please upgrade your client",
    ],
)
def test_versions_that_do_not_meet_are_named_with_both_sides(tmp_path: Path, words: str) -> None:
    script = f'if [ "$1" = version ]; then echo 1.52; else echo "{words}" >&2; exit 1; fi'
    with an_engine(tmp_path, {"/version": VERSION}, docker=script) as engine:
        (found,) = engine_obstacles(engine)
    assert found.kind == "api-mismatch"
    assert found.message == "cannot talk to Docker Engine 20.10.24: it speaks API 1.12 to 1.41, the client speaks API 1.52"
    assert found.evidence == (words,)


def test_the_older_side_is_the_one_to_upgrade() -> None:
    newer_client = version_mismatch("too new", "20.10.24", "1.41", "1.12", "1.52")
    assert "DOCKER_API_VERSION or set it to 1.41, or upgrade the engine" in newer_client.hint
    older_client = version_mismatch("too old", "29.0.0", "1.52", "1.44", "1.41")
    assert "upgrade the docker client" in older_client.hint


def test_a_port_of_somebody_else_and_a_foreign_project_are_both_found(tmp_path: Path) -> None:
    import socket

    paths = paths_for("one", environment={"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}, uid=1000)
    labels = {"com.docker.compose.service": "alpha", "com.docker.compose.project.working_dir": "/elsewhere"}
    container = {
        "Config": {"Labels": labels}, "State": {"Running": False}, "NetworkSettings": {"Ports": {}}, "HostConfig": {},
    }  # fmt: skip
    pages = {"/containers/json": [{"Id": "abc", "Labels": labels}], "/containers/abc/json": container}
    with socket.create_server(("127.0.0.1", 0)) as other, an_engine(tmp_path, pages, docker="true") as engine:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        found = obstacles(engine, paths, "one", {("alpha", "http"): address})
    assert [obstacle.kind for obstacle in found] == ["name-taken", "port-in-use"]
    assert "/elsewhere" in found[0].message
    assert address in found[1].message


@pytest.mark.parametrize(
    ("configuration", "wanted"),
    [
        ([{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.5"}], "172.17.0.5"),
        ([{"Subnet": "172.17.0.0/16"}], "172.17.0.1"),
        ([], ""),
        (None, ""),
    ],
)
def test_the_bridge_has_the_first_address_of_its_network_unless_the_engine_tells_another(
    tmp_path: Path, configuration: Any, wanted: str
) -> None:
    with an_engine(tmp_path, {"/networks/bridge": {"IPAM": {"Config": configuration}}}, docker="true") as engine:
        assert engine.bridge_address() == wanted


def test_a_refusal_carries_the_engines_own_words(tmp_path: Path) -> None:
    with an_engine(tmp_path, {}, docker="true") as engine, pytest.raises(EngineRefused, match="no such page") as refused:
        engine.get("/absent")
    assert refused.value.status == 404
