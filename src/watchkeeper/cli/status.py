"""``watchkeeper status``: is every component healthy, and what does it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.table import Table
from rich.text import Text

from watchkeeper.cli.assembled import target_of
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import out, print_json, say
from watchkeeper.plan.model import Plan
from watchkeeper.spec.quantities import format_duration, format_size
from watchkeeper.targets.target import ComponentStatus

EXIT_UNHEALTHY = 2
_STYLES = {"healthy": "green", "unhealthy": "bold red", "starting": "yellow", "unknown": "yellow"}


def status(file: DescriptionFile = None, json_: Json = False) -> None:
    """Show the health, memory, restarts and address of each component. Exits 2 unless all are healthy."""
    plan = planned(file).plan
    components = target_of(plan).status()
    healthy = bool(components) and all(component.health == "healthy" for component in components)
    if as_json.get():
        print_json(as_data(plan, components))
    else:
        _show(plan, components)
    if not healthy:
        raise typer.Exit(EXIT_UNHEALTHY)


def as_data(plan: Plan, components: Sequence[ComponentStatus]) -> dict[str, object]:
    """For JSON: ``verdict`` is ``healthy``, ``unhealthy`` or ``down``."""
    return {
        "name": plan.name,
        "target": plan.target,
        "verdict": _verdict(components),
        "healthy": sum(component.health == "healthy" for component in components),
        "memory_bytes": sum(component.memory_bytes for component in components),
        "memory_budget_bytes": plan.memory_budget_bytes,
        "components": [asdict(component) for component in components],
    }


def _verdict(components: Sequence[ComponentStatus]) -> str:
    if not any(component.pid for component in components):
        return "down"
    return "healthy" if all(component.health == "healthy" for component in components) else "unhealthy"


def _show(plan: Plan, components: Sequence[ComponentStatus]) -> None:
    if _verdict(components) == "down":
        say(f"{plan.name} is down; start it with: watchkeeper up")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("component", "health", "up for", "restarts", "memory", "limit", "CPU", "address", ""):
        table.add_column(title, justify="right" if title in {"up for", "restarts", "memory", "limit", "CPU"} else "left")
    for component in components:
        table.add_row(
            component.name,
            Text(component.health, style=_STYLES[component.health]),
            format_duration(int(component.uptime_s)) if component.pid else "-",
            str(component.restarts),
            format_size(component.memory_bytes // 2**20 * 2**20),
            format_size(component.memory_limit_bytes),
            f"{component.cpu_cores:.1%}",
            ", ".join(component.addresses.values()),
            component.detail or component.last_restart_reason,
        )
    out.print(table)
    used = sum(component.memory_bytes for component in components) // 2**20 * 2**20
    healthy = sum(component.health == "healthy" for component in components)
    say(f"{healthy} of {len(components)} healthy; {format_size(used)} of {format_size(plan.memory_budget_bytes)} memory in use")
