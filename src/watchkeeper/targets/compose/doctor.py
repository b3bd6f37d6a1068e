"""What a person should know of the engine on this machine before anything is started."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from watchkeeper.targets.compose.engine import Engine
from watchkeeper.targets.compose.preflight import engine_obstacles

Level: TypeAlias = Literal["ok", "warning", "failed"]
OLDEST_COMPOSE = (2, 20)


def examine(engine: Engine) -> Iterator[tuple[Level, str, str, str]]:
    """(level, subject, message, hint) of each thing looked at."""
    found = engine_obstacles(engine)
    for obstacle in found:
        yield "failed", "docker", obstacle.message, obstacle.hint
    if found:
        return
    told = engine.get("/version")
    client = engine.client("version", "--format", "{{.Client.Version}} {{.Client.APIVersion}}", timeout_s=20).output
    version, _, spoken = client.strip().partition(" ")
    message = f"Docker Engine {told['Version']} speaks API {told.get('MinAPIVersion', '?')} to {told['ApiVersion']}"
    yield "ok", "docker", f"{message}; the client {version} speaks {spoken} with it", ""
    compose = engine.client("compose", "version", "--short", timeout_s=20).output.strip().lstrip("v")
    if _numbers(compose) < OLDEST_COMPOSE:
        yield "warning", "compose", f"Compose {compose} is older than what was tried", "upgrade the docker-compose-plugin"
    else:
        yield "ok", "compose", f"Compose {compose}", ""
    info = engine.get("/info")
    if not info.get("MemoryLimit"):
        hint = "boot with cgroup_enable=memory"
        yield "warning", "limits", "this kernel does not let the engine limit memory", hint
    else:
        yield "ok", "limits", f"memory can be limited (cgroup v{info.get('CgroupVersion', '?')}, {info.get('Driver')})", ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
