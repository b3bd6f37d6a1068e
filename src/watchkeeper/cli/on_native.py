"""A plan made concrete on bare processes: programs found, configuration rendered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.model import Acquired, ServiceUser
from watchkeeper.acquire.search import acquire
from watchkeeper.plan.model import Plan
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.render import Rendered, render
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.workload.progress import Reporter
from watchkeeper.workload.yaml_text import Plain, yaml_text


def native_target(plan: Plan, environment: Mapping[str, str]) -> NativeTarget:
    """By name only: enough to ask, stop and break what runs."""
    return NativeTarget(paths=paths_for(plan.name, environment=environment, uid=os.geteuid()))


def rendered_natively(plan: Plan, target: NativeTarget, report: Reporter, *, offline: bool) -> tuple[Rendered, dict[str, Path]]:
    """Find the programs and render; with it, every binary that was found by its name. Writes nothing outside the cache.

    Raises WorldFailed for a program that cannot be had.
    """
    software = {workload.software.name: workload.software for workload in plan.workloads}
    software |= {workload.prepare.software.name: workload.prepare.software for workload in plan.workloads if workload.prepare}
    user = service_user(target.identity)
    acquired = asyncio.run(
        acquire(list(software.values()), cache=default_cache(), report=report, offline=offline, service_user=user)
    )
    rendered = render(plan, target.paths, {name: _program(found) for name, found in acquired.items()}, target.identity)
    return rendered, {name: path for found in acquired.values() for name, path in found.binaries.items()}


def native_files(rendered: Rendered) -> dict[str, bytes]:
    """What a person reads of it, by path: configuration files and command lines."""
    files: dict[str, bytes] = {}
    for process in rendered.processes:
        files |= {f"{process.name}/{config.name}": config.content for config in process.files}
        command: dict[str, Plain] = {
            "command": list(process.argv),
            "environment": dict(process.environment),
            "prefix": list(process.prefix),
        }
        files[f"{process.name}/process.yaml"] = yaml_text(command).encode()
    return files


def service_user(identity: Identity) -> ServiceUser | None:
    """Who must be able to execute the programs; None where that is ourselves."""
    return ServiceUser(uid=identity.uid, gid=identity.gid, groups=identity.log_groups) if identity.drops else None


def _program(found: Acquired) -> Program:
    return Program(
        executable=Path(found.command[0]),
        prefix_arguments=tuple(found.command[1:]),
        environment=found.environment,
        assets=found.assets,
        version=found.version,
        binaries=found.binaries,
    )
