"""``watchkeeper doctor``: is this machine fit, and what would have to change."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import typer
from rich.table import Table
from rich.text import Text

from watchkeeper import __version__
from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.diagnosis import Finding, diagnose
from watchkeeper.cli.assembled import Stack, target_of
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, Offline, as_json
from watchkeeper.cli.on_native import service_user
from watchkeeper.cli.screen import out, print_json, say
from watchkeeper.plan.model import Plan
from watchkeeper.spec.quantities import format_size
from watchkeeper.targets.compose.doctor import examine
from watchkeeper.targets.compose.stack import ComposeTarget
from watchkeeper.workload.failure import WorldFailed

EXIT_UNFIT = 2
LEAST_DISK_BYTES = 2 * 10**9
_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def doctor(file: DescriptionFile = None, offline: Offline = False, json_: Json = False) -> None:
    """Look at the machine: Python, rights, memory, disk, ports, package sources, cached programs. Changes nothing."""
    plan = planned(file).plan
    target = target_of(plan)
    if isinstance(target, ComposeTarget):
        findings = [*_machine(plan, target), *_engine(target)]
    else:
        findings = [*_machine(plan, target), *_programs(plan, target, offline=offline)]
    if as_json.get():
        print_json(
            {"findings": [{"level": f.level, "subject": f.subject, "message": f.message, "hint": f.hint} for f in findings]}
        )
    else:
        _show(findings)
    if any(finding.level == "failed" for finding in findings):
        raise typer.Exit(EXIT_UNFIT)


def _show(findings: list[Finding]) -> None:
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        hint = f" → {finding.hint}" if finding.hint else ""
        table.add_row(
            Text(finding.level, style=_STYLES[finding.level]), Text(finding.subject, style="bold"), f"{finding.message}{hint}"
        )
    out.print(table)
    failed = sum(finding.level == "failed" for finding in findings)
    say(f"{failed} things must change before watchkeeper up can work" if failed else "this machine is fit")


def _machine(plan: Plan, target: Stack) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(level="ok", subject="watchkeeper", message=f"{__version__} on Python {version} ({sys.executable})")
    yield _rights(target)
    if shutil.which("setpriv"):
        yield Finding(level="ok", subject="setpriv", message="ties every process to its supervisor")
    else:
        message = "is missing; a small program of our own takes its place"
        yield Finding(level="warning", subject="setpriv", message=message, hint="install util-linux")
    yield _memory(plan)
    for subject, folder in (("state folder", target.paths.state), ("cache folder", default_cache())):
        yield _disk(subject, folder)
    try:
        running = {component.name for component in target.status() if component.pid}
    except WorldFailed as failure:  # what carries the stack is looked at apart
        yield Finding(level="warning", subject="stack", message=f"cannot tell whether {plan.name} runs: {failure.message}")
        return
    yield Finding(
        level="ok",
        subject="stack",
        message=f"{plan.name}: {len(running)} components run" if running else f"{plan.name} is down",
    )
    yield from _ports(plan, running)


def _rights(target: Stack) -> Finding:
    try:
        identity = target.identity
    except WorldFailed as failure:
        return Finding(level="failed", subject="rights", message=failure.message, hint=failure.hint)
    if identity.drops:
        return Finding(level="ok", subject="rights", message=f"root; services run as the unprivileged uid {identity.uid}")
    return Finding(level="ok", subject="rights", message=f"uid {os.geteuid()}; services run as the same user")


def _memory(plan: Plan) -> Finding:
    available = psutil.virtual_memory().available
    message = f"{format_size(available // 2**20 * 2**20)} available, at most {format_size(plan.memory_budget_bytes)} needed"
    if available < plan.memory_budget_bytes:
        hint = "lower components.NAME.memory, or disable components"
        return Finding(level="warning", subject="memory", message=message, hint=hint)
    return Finding(level="ok", subject="memory", message=message)


def _disk(subject: str, folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    message = f"{folder}: {format_size(free // 2**20 * 2**20)} free"
    if not os.access(existing, os.W_OK):
        return Finding(level="failed", subject=subject, message=f"cannot write to {existing}", hint="change its owner or mode")
    if free < LEAST_DISK_BYTES:
        return Finding(level="warning", subject=subject, message=message, hint="free some disk space")
    return Finding(level="ok", subject=subject, message=message)


def _ports(plan: Plan, running: set[str]) -> Iterator[Finding]:
    listeners = {c.laddr.port: c.pid for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr}
    taken = {w: port for (w, _), port in plan.ports.items() if w not in running and port in listeners}
    for workload, port in taken.items():
        pid = listeners[port]
        holder = f"process {pid} ({psutil.Process(pid).name()})" if pid else "another user's program"
        hint = f"stop it, or write ports: {{{workload}: PORT}}"
        yield Finding(level="failed", subject="ports", message=f"{port} for {workload} is taken by {holder}", hint=hint)
    if not taken:
        ports = sorted(plan.ports.values())
        yield Finding(level="ok", subject="ports", message=f"{ports[0]} to {ports[-1]} are free or ours")


def _engine(target: ComposeTarget) -> Iterator[Finding]:
    for level, subject, message, hint in examine(target.engine):
        yield Finding(level=level, subject=subject, message=message, hint=hint)


def _programs(plan: Plan, target: Stack, *, offline: bool) -> tuple[Finding, ...]:
    software = {workload.software.name: workload.software for workload in plan.workloads}
    user = service_user(target.identity)
    return asyncio.run(diagnose(list(software.values()), cache=default_cache(), offline=offline, service_user=user))
