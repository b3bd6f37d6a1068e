"""Ask a workload's probe once: at its port on this machine, by a command in its container, or at the container's address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchkeeper.plan.model import Plan
from watchkeeper.targets.compose.engine import Engine, EngineAway, EngineRefused
from watchkeeper.targets.compose.healthcheck import probe_command
from watchkeeper.targets.compose.image import image_of
from watchkeeper.targets.compose.resolve import Resolver
from watchkeeper.targets.native import probing
from watchkeeper.targets.native.probe_point import ProbePoint
from watchkeeper.targets.target import Answer
from watchkeeper.workload.probe import ExecProbe, HttpProbe, Probe, TcpProbe
from watchkeeper.workload.workload import Workload

_START_S = 5.0
"""What the engine may take to start a command in a container on a busy machine."""


def is_published(workload: Workload, endpoint: str) -> bool:
    """Whether that endpoint has a port on this machine."""
    return any(one.name == endpoint and (one.browser or one.published) for one in workload.endpoints)


def ask(engine: Engine, plan: Plan, workload: Workload, probe: Probe, inspected: Mapping[str, Any] | None) -> Answer:
    """``inspected``: the workload's container; None where there is none."""
    if not isinstance(probe, ExecProbe) and is_published(workload, probe.endpoint):
        return probing.ask(_point(plan, workload, probe, plan.address(workload.name, probe.endpoint)))
    if inspected is None or not inspected["State"]["Running"]:
        return Answer(passed=False, detail="its container does not run")
    command = probe_command(Resolver(plan=plan, workload=workload, image=image_of(workload.software)), probe)
    if command is not None:
        return _ask_inside(engine, str(inspected["Id"]), command, probe.timeout_s)
    if isinstance(probe, ExecProbe):
        return Answer(passed=False, detail=f"its image cannot run {probe.program}")
    address = _container_address(inspected)
    if not address:
        return Answer(passed=False, detail="its container has no address")
    port = plan.endpoint(workload.name, probe.endpoint).port
    return probing.ask(_point(plan, workload, probe, f"{address}:{port}"))


def _ask_inside(engine: Engine, identifier: str, command: tuple[str, ...], timeout_s: float) -> Answer:
    try:
        done = engine.client("exec", identifier, *command, timeout_s=timeout_s + _START_S)
    except (EngineAway, EngineRefused) as trouble:
        return Answer(passed=False, detail=trouble.message)
    if done.status == 0:
        return Answer(passed=True)
    said = (done.error or done.output).strip().splitlines()
    return Answer(passed=False, detail=said[-1][:200] if said else f"its check ended with {done.status}")


def _point(plan: Plan, workload: Workload, probe: HttpProbe | TcpProbe, address: str) -> ProbePoint:
    host, _, port = address.rpartition(":")
    if not isinstance(probe, HttpProbe):
        return ProbePoint(host=host, port=int(port), send=probe.send.hex(), timeout_s=probe.timeout_s)
    return ProbePoint(
        host=host,
        port=int(port),
        path=probe.path,
        status=probe.status,
        contains=probe.contains,
        timeout_s=probe.timeout_s,
        tls=plan.endpoint(workload.name, probe.endpoint).protocol == "https",
    )


def _container_address(inspected: Mapping[str, Any]) -> str:
    networks: Mapping[str, Any] = inspected["NetworkSettings"]["Networks"] or {}
    return next((str(network["IPAddress"]) for _, network in sorted(networks.items()) if network["IPAddress"]), "")
