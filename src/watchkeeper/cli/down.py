"""``watchkeeper down``: stop everything in reverse order. Data stays unless it is to be deleted."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer
from rich.prompt import Confirm

from watchkeeper.cli.assembled import TARGETS, Stack, target_of
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, Yes, as_json
from watchkeeper.cli.screen import print_json, progress, say
from watchkeeper.rollout.drive import Outcome, take_down
from watchkeeper.rollout.journal import Journal
from watchkeeper.workload.progress import Reporter


def down(
    file: DescriptionFile = None,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Also delete all data, logs and secrets of the stack.")
    ] = False,
    where: Annotated[
        str,
        typer.Option("--target", metavar="TARGET", help="Where it runs, if not where the description says: native or compose."),
    ] = "",
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Stop the platform. Idempotent; data, logs and secrets stay where they are."""
    start = time.monotonic()
    if where and where not in TARGETS:
        raise typer.BadParameter(f"cannot find the target {where!r}; possible: {', '.join(TARGETS)}")
    target = target_of(planned(file).plan, kind=where)
    if delete_data and not yes and not _agreed(target):
        raise typer.Abort
    with progress() as report:
        outcome = take_all_down(target, report)
    if delete_data:
        target.delete()
    stopped = sum(change.action == "remove" for change in outcome.changes)
    if as_json.get():
        print_json({"stopped": stopped, "took_s": round(time.monotonic() - start, 3), "data_deleted": delete_data})
    kept = f"deleted {target.paths.state}" if delete_data else f"the data stays in {target.paths.state}"
    say(f"{stopped} components stopped in {time.monotonic() - start:.1f} s; {kept}")


def take_all_down(target: Stack, report: Reporter) -> Outcome:
    """Stop everything of the stack. Raises WorldFailed when something will not end."""
    with target.exclusively("down"):
        outcome = take_down(target, report, Journal(target.paths.journal))
    outcome.raise_if_failed()
    return outcome


def _agreed(target: Stack) -> bool:
    if as_json.get() or not sys.stdin.isatty():
        raise typer.BadParameter("deleting data wants a yes: add --yes")
    return Confirm.ask(f"Delete all data, logs and secrets in {target.paths.state}?", default=False)
