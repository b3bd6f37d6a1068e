"""Factories for plans that need nothing but a Python interpreter. Used by the unit tests and the live ones."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from watchkeeper.plan.model import Plan
from watchkeeper.targets.native.program import Program
from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import Argument, ListenAddress
from watchkeeper.workload.software import OwnPackage, Software
from watchkeeper.workload.workload import ConfigFile, Endpoint, Resources, Stop, Volume, Workload

SERVER = Path(__file__).parents[4] / "tests" / "live" / "native_server.py"
MIB = 1024 * 1024


def a_software(name: str = "server") -> Software:
    return Software(name=name, main="python", licence="", homepage="", sources=(OwnPackage(module=name),))


def a_workload(name: str = "alpha", *arguments: Argument, **changes: object) -> Workload:
    """Listens on its endpoint ``http`` and answers ``/-/ready``."""
    probe = HttpProbe(endpoint="http", path="/-/ready")
    workload = Workload(
        name=name,
        component=name,
        summary=f"{name} for a test",
        software=a_software(),
        arguments=(ListenAddress(endpoint="http"), *arguments),
        health=Health(ready=probe, alive=probe, start_deadline_s=10.0, period_s=1.0, failures=2),
        resources=Resources(memory_bytes=64 * MIB),
        endpoints=(Endpoint(name="http", port=9000),),
        volumes=(Volume(name="data"),),
        stop=Stop(grace_s=3.0),
    )
    return replace(workload, **changes)  # type: ignore[arg-type]


def a_text_file(name: str, content: str, *, reloadable: bool = True) -> ConfigFile:
    return ConfigFile(name=name, format="text", content=content, reloadable=reloadable)


def a_plan(*workloads: Workload, ports: Mapping[str, int] | None = None, name: str = "test") -> Plan:
    """Waves follow ``needs``; ports count from 41000 in order of names unless they are given."""
    ordered = sorted(workloads, key=lambda workload: workload.name)
    numbers = {workload.name: 41_000 + index for index, workload in enumerate(ordered)} | dict(ports or {})
    return Plan(
        name=name,
        target="native",
        releases="current",
        workloads=tuple(ordered),
        waves=_waves(ordered),
        ports={(workload.name, "http"): numbers[workload.name] for workload in ordered},
        secrets=(),
        memory_budget_bytes=400 * MIB,
        settings={},
    )


def the_programs() -> dict[str, Program]:
    """The small server, and the warden, on this interpreter."""
    python = Path(sys.executable)
    return {
        "server": Program(executable=python, prefix_arguments=(str(SERVER),), version="1.0"),
        "watchkeeper-warden": Program(
            executable=python, prefix_arguments=("-m", "watchkeeper.targets.native.warden"), version="0.1.0"
        ),
    }


def _waves(workloads: Sequence[Workload]) -> tuple[tuple[str, ...], ...]:
    waves: list[tuple[str, ...]] = []
    placed: set[str] = set()
    while len(placed) < len(workloads):
        wave = tuple(w.name for w in workloads if w.name not in placed and set(w.needs) <= placed)
        waves.append(wave)
        placed |= set(wave)
    return tuple(waves)
