"""``watchkeeper up``: make what is described real, changing only what differs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from watchkeeper.cli.assembled import Assembled, assemble, ensure_secrets, require_room, require_sole
from watchkeeper.cli.described import Described, planned
from watchkeeper.cli.flags import DescriptionFile, Json, Offline, as_json
from watchkeeper.cli.screen import note, out, print_json, progress, say
from watchkeeper.rollout.drive import Outcome, roll_out
from watchkeeper.spec.quantities import format_size
from watchkeeper.targets.native.layout import run_folder_moved
from watchkeeper.workload.progress import Event, Reporter


def up(file: DescriptionFile = None, offline: Offline = False, json_: Json = False) -> None:
    """Start the platform, or bring a running one up to date. Safe to repeat: what has not changed is not touched."""
    start = time.monotonic()
    described = planned(file)
    with progress() as report:
        assembled, outcome = bring_up(described, report, offline=offline)
    _show(assembled, outcome, time.monotonic() - start)


def bring_up(
    described: Described, report: Reporter, *, offline: bool = False, environment: Mapping[str, str] = os.environ
) -> tuple[Assembled, Outcome]:
    """Everything ``up`` does, without the words around it. Raises MistakesFound and WorldFailed."""
    require_sole(described.plan, environment)
    assembled = assemble(described, _programs_only(report), offline=offline, environment=environment)
    with assembled.target.exclusively("up"):
        require_room(described, assembled)
        for name in ensure_secrets(assembled):
            note(f"generated the secret {name}")
        if run_folder_moved(assembled.target.paths):
            note(f"the state folder's path is too long for a socket; sockets lie in {assembled.target.paths.run}")
        outcome = roll_out(assembled.target, report, assembled.journal)
    outcome.raise_if_failed()
    return assembled, outcome


def _programs_only(report: Reporter) -> Reporter:
    """A program that was there all along is not news; one that has to be fetched is."""
    busy: set[str] = set()

    def tell(event: Event) -> None:
        if event.state in {"downloading", "unpacking", "waiting", "failed"}:
            busy.add(event.subject)
        if event.subject in busy:
            report(event)

    return tell


def _show(assembled: Assembled, outcome: Outcome, took_s: float) -> None:
    plan, target = assembled.plan, assembled.target
    changed = [change for change in outcome.changes if change.action != "unchanged"]
    password_file = target.paths.secrets / "console-admin-password"
    has_console = ("console", "http") in plan.ports
    if as_json.get():
        print_json(
            {
                "name": plan.name,
                "healthy": True,
                "took_s": round(took_s, 3),
                "changes": [{"workload": c.workload, "action": c.action, "reason": c.reason} for c in outcome.changes],
                "addresses": {f"{w}.{e}": f"127.0.0.1:{port}" for (w, e), port in plan.ports.items()},
                "sign_in": {
                    "url": f"http://{plan.address('console')}",
                    "user": plan.settings["sign_in.user"],
                    "password_file": str(password_file),
                }
                if has_console
                else None,
                "state_folder": str(target.paths.state),
            }
        )
        return
    if changed:
        say(f"{len(plan.workloads)} components are healthy; {len(changed)} changed in {took_s:.1f} s "
            f"(at most {format_size(plan.memory_budget_bytes)} of memory)", "bold green")  # fmt: skip
    else:
        say(f"{len(plan.workloads)} components are healthy; nothing had to change ({took_s:.1f} s)", "bold green")
    out.print()
    if has_console:
        out.print(
            f"  Sign in      [bold]http://{plan.address('console')}[/bold]  as [bold]{plan.settings['sign_in.user']}[/bold]"
        )
        out.print(f"  Password     in {password_file}")
    for name, workload in (("Prometheus", "prometheus"), ("Logs (Loki)", "store")):
        if (workload, "http") in plan.ports:
            out.print(f"  {name:<12} http://{plan.address(workload)}")
    out.print(f"  State        {target.paths.state}")
    out.print()
    out.print(
        "  Try next     [bold]watchkeeper verify[/bold]   prove that it works: alerts arrive, logs are found, data survives"
    )
    out.print("               [bold]watchkeeper status[/bold]   health and memory of each component")
    out.print("               [bold]watchkeeper down[/bold]     stop everything; the data stays")
