"""``watchkeeper report``: the machine, PostgreSQL or capacity, from live metrics."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer

from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import out, print_json, say
from watchkeeper.keep.reports.ask import answer
from watchkeeper.keep.reports.inquiries import INQUIRIES
from watchkeeper.keep.reports.model import Report
from watchkeeper.keep.reports.views import as_data, as_html, as_text
from watchkeeper.observe.answer import Asker, NoAnswer
from watchkeeper.observe.prometheus import Prometheus
from watchkeeper.plan.model import Plan
from watchkeeper.workload.failure import WorldFailed

EXIT_ACT = 2


class Subject(StrEnum):
    """What a report is about."""

    HOST = "host"
    POSTGRES = "postgres"
    CAPACITY = "capacity"


def report(
    subject: Annotated[
        Subject, typer.Argument(help="host: the machine; postgres: its databases; capacity: what runs out, and when.")
    ],
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page to this file as well.")] = None,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Tell how things are, how they change, and when something runs out.

    LOOK and ACT mark what deserves somebody's attention; with ACT the exit code is 2, so a timer can send the report on.
    """
    plan = planned(file).plan
    made = asyncio.run(_made(plan, subject))
    if html is not None:
        html.write_text(as_html(made), encoding="utf-8")
    if as_json.get():
        print_json(as_data(made))
    else:
        out.out(as_text(made), highlight=False)
        if html is not None:
            say(f"page: {html}", style="dim")
    if made.word == "act":
        raise typer.Exit(EXIT_ACT)


async def _made(plan: Plan, subject: Subject) -> Report:
    if ("prometheus", "http") not in plan.ports:
        raise WorldFailed("cannot report: the plan has no prometheus", hint="enable the component prometheus")
    async with httpx.AsyncClient(trust_env=False) as client:
        prometheus = Prometheus(f"http://{plan.address('prometheus')}", Asker(client))
        try:
            return await answer(INQUIRIES[subject], plan.name, prometheus, time.time())
        except NoAnswer as reason:
            raise WorldFailed(f"cannot report: {reason}", hint="is the platform up? see watchkeeper status") from reason
