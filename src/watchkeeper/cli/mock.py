"""``watchkeeper mock``: make something happen in the pretend systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import note, out, print_json, say
from watchkeeper.plan.model import Plan
from watchkeeper.spec.quantities import parse_duration
from watchkeeper.workload.failure import Mistake, MistakesFound, WorldFailed

app = typer.Typer(help="Start and end incidents in the mocks.", no_args_is_help=True)


@app.command("incident")
def incident(
    name: Annotated[str, typer.Argument(help="Which incident; watchkeeper mock list shows them.")],
    duration: Annotated[str, typer.Option(help="How long it lasts.")] = "10m",
    intensity: Annotated[float, typer.Option(min=0.1, max=10.0, help="1 is typical.")] = 1.0,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Start an incident: its metrics and logs change together, and recover by themselves."""
    try:
        duration_s = parse_duration(duration)
    except ValueError as error:
        raise typer.BadParameter(f"cannot read {duration!r} as a duration: {error}") from error
    body = {"name": name, "duration_s": duration_s, "intensity": intensity}
    answer = _ask(planned(file).plan, "POST", "/api/incidents", body)
    if as_json.get():
        print_json(answer)
    say(f"{name} runs for {duration}; end it sooner with: watchkeeper mock end {name}")
    if hidden := unseen(answer.get("served", ()), answer.get("not_served", ())):
        note(hidden, style="yellow")


@app.command("list")
def list_(file: DescriptionFile = None, json_: Json = False) -> None:
    """Show the incidents there are, and which of them run."""
    answer = _ask(planned(file).plan, "GET", "/api/incidents")
    if as_json.get():
        print_json(answer)
        return
    states = {entry["name"]: entry["state"] for entry in answer.get("incidents", ()) if entry["state"] != "over"}
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("incident", "state", "shows in", "what happens"):
        table.add_column(title)
    for known in answer.get("known", ()):
        seen = ", ".join(known.get("served", ())) or "no metric here"
        table.add_row(known["name"], states.get(known["name"], ""), seen, known["summary"])
    out.print(table)


@app.command("end")
def end(
    name: Annotated[str, typer.Argument(help="Which incident.")], file: DescriptionFile = None, json_: Json = False
) -> None:
    """End a running incident now."""
    answer = _ask(planned(file).plan, "DELETE", f"/api/incidents/{name}")
    if as_json.get():
        print_json(answer)
    say(f"{name} ends")


def unseen(served: Sequence[str], not_served: Sequence[str]) -> str:
    """What of an incident nobody will see, because the mocks do not serve the exporters that it moves; empty: nothing."""
    if not not_served:
        return ""
    left_out = ", ".join(not_served)
    where = (
        f"it shows in {', '.join(served)}, but not in {left_out}" if served else f"no metric shows it: it moves only {left_out}"
    )
    them = "it is" if len(not_served) == 1 else "they are"
    return f"{where}, for {them} not served by the mocks here; to see it, add {left_out} to components.mocks.exporters"


def _ask(plan: Plan, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    if ("mocks", "http") not in plan.ports:
        raise WorldFailed("cannot start an incident: the plan has no mocks", hint="enable the component mocks")
    url = f"http://{plan.address('mocks')}{path}"
    try:
        response = httpx.request(method, url, json=body, timeout=5.0, trust_env=False)
    except httpx.HTTPError as error:
        raise WorldFailed(f"cannot reach the mocks at {url}: {error}", hint="is the platform up? watchkeeper status") from error
    if response.status_code in {400, 404}:
        raise MistakesFound([Mistake(file="", line=0, column=0, kind="unknown-incident", message=_message(response), hint="")])
    if response.status_code >= 300:
        raise WorldFailed(f"cannot {method} {url}: status {response.status_code}", evidence=[response.text[:500]])
    return dict(response.json()) if response.content else {}


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"cannot do that: {response.text[:300]}"
