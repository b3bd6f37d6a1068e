"""``watchkeeper plan``: what would run, where, and what ``up`` would change."""

from __future__ import annotations

from rich.table import Table

from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import out, print_json, say
from watchkeeper.plan.model import Plan
from watchkeeper.spec.quantities import format_size


def plan(file: DescriptionFile = None, json_: Json = False) -> None:
    """Show what the description means: components, start order, ports, memory. Changes nothing."""
    decided = planned(file).plan
    if as_json.get():
        print_json(as_data(decided))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("wave", "component", "address", "memory", "needs", "what it does"):
        table.add_column(title, overflow="fold")
    for number, wave in enumerate(decided.waves, start=1):
        for name in wave:
            workload = decided.workload(name)
            addresses = ", ".join(decided.address(name, endpoint.name) for endpoint in workload.endpoints)
            memory = format_size(workload.resources.memory_bytes)
            table.add_row(str(number), name, addresses, memory, ", ".join(workload.needs), workload.summary)
    out.print(table)
    say(f"{len(decided.workloads)} workloads of preset {decided.settings['preset']} on {decided.target}; "
        f"at most {format_size(decided.memory_budget_bytes)} of memory")  # fmt: skip


def as_data(decided: Plan) -> dict[str, object]:
    """The plan for JSON, without anything secret."""
    return {
        "name": decided.name,
        "target": decided.target,
        "releases": decided.releases,
        "waves": [list(wave) for wave in decided.waves],
        "memory_budget_bytes": decided.memory_budget_bytes,
        "settings": dict(decided.settings),
        "secrets": [{"name": secret.name, "purpose": secret.purpose} for secret in decided.secrets],
        "workloads": [
            {
                "name": workload.name,
                "component": workload.component,
                "summary": workload.summary,
                "needs": list(workload.needs),
                "memory_bytes": workload.resources.memory_bytes,
                "endpoints": {endpoint.name: decided.address(workload.name, endpoint.name) for endpoint in workload.endpoints},
            }
            for workload in decided.workloads
        ],
    }
