"""The container engine on this machine: its API on a unix socket for looking, its own client for everything that Compose does.

Looking goes over the socket because a rollout looks many times a second and starting a client takes longer than the answer.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from watchkeeper.workload.failure import WorldFailed

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
FOLDER_LABEL = "com.docker.compose.project.working_dir"

_API_TIMEOUT_S = 60.0
_CLIENT_TIMEOUT_S = 600.0
_USUAL_SOCKET = "unix:///var/run/docker.sock"


class EngineAway(WorldFailed):
    """Nobody answers on the engine's socket."""


class EngineRefused(WorldFailed):
    """The engine answered with an error. ``status`` is its HTTP status."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        self.status = status
        super().__init__(message, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a client's command ended."""

    status: int
    output: str
    error: str


class Engine:
    """``environment`` decides which engine it is, as for docker itself; an answer may take ``answer_within_s``."""

    def __init__(self, environment: Mapping[str, str], *, answer_within_s: float = _API_TIMEOUT_S) -> None:
        self._environment = environment
        self._answer_within_s = answer_within_s
        self._address = ""

    # The API ----------------------------------------------------------------------------------------------------------

    def address(self) -> str:
        """Where the engine is, ``unix:///…`` for one on this machine: from DOCKER_HOST, else from docker's own context."""
        if not self._address:
            self._address = self._environment.get("DOCKER_HOST") or self._of_context() or _USUAL_SOCKET
        return self._address

    def socket_path(self) -> Path:
        """Raises EngineAway for an engine on another machine: its ports on 127.0.0.1 would not be ours."""
        scheme, _, path = self.address().partition("://")
        if scheme != "unix":
            raise EngineAway(
                f"cannot use the engine at {self.address()}: it is not on this machine",
                hint="unset DOCKER_HOST, or choose a local context: docker context use default",
            )
        return Path(path)

    def get(self, path: str, **parameters: str) -> Any:
        """The answer's JSON. Raises EngineAway and EngineRefused."""
        return self._request("GET", path, parameters)

    def post(self, path: str, body: Mapping[str, Any] | None = None, **parameters: str) -> Any:
        """The same for something that changes; None where the answer is empty."""
        return self._request("POST", path, parameters, body)

    def delete(self, path: str, **parameters: str) -> Any:
        """Remove something. What is gone already counts as removed."""
        try:
            return self._request("DELETE", path, parameters)
        except EngineRefused as refused:
            if refused.status == http.HTTPStatus.NOT_FOUND:
                return None
            raise

    def containers(self, project: str) -> dict[str, dict[str, Any]]:
        """Every container of a Compose project as ``inspect`` tells it, by service; stopped ones too."""
        wanted = json.dumps({"label": [f"{PROJECT_LABEL}={project}"]})
        found: dict[str, dict[str, Any]] = {}
        for entry in self.get("/containers/json", all="1", filters=wanted):
            if entry["Labels"].get("com.docker.compose.oneoff", "False") == "True":
                continue
            try:
                found[entry["Labels"][SERVICE_LABEL]] = self.get(f"/containers/{entry['Id']}/json")
            except EngineRefused as refused:
                if refused.status != http.HTTPStatus.NOT_FOUND:  # removed meanwhile
                    raise
        return found

    def process(self) -> int:
        """Process id of whoever listens on the socket; 0 where that cannot be seen."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            try:
                connection.connect(str(self.socket_path()))
                raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            except OSError:
                return 0
        return int(struct.unpack("3i", raw)[0])

    def bridge_address(self) -> str:
        """This machine's own address on the engine's usual bridge; empty where it has none.

        A fresh engine tells only the network, of which it has taken the first address.
        """
        configuration: Mapping[str, str] = next(iter(self.get("/networks/bridge")["IPAM"]["Config"] or ()), {})
        if configuration.get("Gateway") or not configuration.get("Subnet"):
            return configuration.get("Gateway", "")
        return str(next(ipaddress.ip_network(configuration["Subnet"]).hosts()))

    def volumes(self, project: str) -> tuple[str, ...]:
        """Names of the volumes of a Compose project, sorted."""
        wanted = json.dumps({"label": [f"{PROJECT_LABEL}={project}"]})
        return tuple(sorted(str(entry["Name"]) for entry in self.get("/volumes", filters=wanted)["Volumes"] or ()))

    def has_image(self, reference: str) -> bool:
        """Whether that image is on this machine."""
        try:
            self.get(f"/images/{quote(reference, safe='/:@')}/json")
        except EngineRefused as refused:
            if refused.status == http.HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    # The client -------------------------------------------------------------------------------------------------------

    def client(self, *words: str, folder: Path | None = None, timeout_s: float = _CLIENT_TIMEOUT_S) -> Done:
        """Run ``docker WORDS`` to its end. Raises EngineAway where there is no such program."""
        program = shutil.which("docker", path=self._environment.get("PATH"))
        if program is None:
            raise EngineAway("cannot find the program docker", hint="install Docker: https://docs.docker.com/engine/install/")
        try:
            done = subprocess.run(
                [program, *words], cwd=folder, env=dict(self._environment), stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Done(status=124, output="", error=f"it did not end within {timeout_s:g} s")
        return Done(status=done.returncode, output=done.stdout, error=done.stderr.strip())

    def follow(self, words: Sequence[str], folder: Path) -> subprocess.Popen[str]:
        """Start ``docker WORDS`` and give it to read from; the caller ends it."""
        return subprocess.Popen(
            ["docker", *words], cwd=folder, env=dict(self._environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------------------

    def _of_context(self) -> str:
        try:
            done = self.client("context", "inspect", "--format", "{{.Endpoints.docker.Host}}", timeout_s=10)
        except EngineAway:
            return ""
        return done.output.strip() if done.status == 0 else ""

    def _request(self, method: str, path: str, parameters: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Any:
        place = self.socket_path()
        connection = _Connection(place, self._answer_within_s)
        target = f"{path}?{urlencode(parameters)}" if parameters else path
        content = json.dumps(body) if body is not None else None
        try:
            connection.request(method, target, body=content, headers={"Content-Type": "application/json"} if content else {})
            answer = connection.getresponse()
            raw = answer.read()
        except PermissionError as error:
            raise EngineAway(
                f"cannot talk to the engine at {place}: permission denied",
                hint="add yourself to the group docker and sign in again, or run as root",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise EngineAway(
                f"cannot reach the engine at {place}: {getattr(error, 'strerror', None) or error}",
                hint="start it: systemctl start docker",
            ) from error
        finally:
            connection.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise EngineRefused(f"the engine refused {method} {path}: {_message(raw)}", status=answer.status)
        return json.loads(raw) if raw.strip().startswith((b"{", b"[")) else None


def current_environment() -> Mapping[str, str]:
    """Where docker looks for its own settings."""
    return os.environ


def _message(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["message"])
    except (ValueError, KeyError, TypeError):
        return raw.decode(errors="replace").strip()[:300]


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
