"""``watchkeeper route``: who would be told, why, and what would hold it back; and a real test alert with its receipt."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.text import Text

from watchkeeper.catalogue.alertmanager.channels import counted_channels
from watchkeeper.catalogue.alertmanager.config import FILE
from watchkeeper.catalogue.alertmanager.decide import Delivery, deliveries, held_back, in_words
from watchkeeper.catalogue.alertmanager.picture import as_svg, as_text, rows
from watchkeeper.cli.assembled import target_of
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import out, print_json, say
from watchkeeper.keep.secrets import read
from watchkeeper.observe.alertmanager import Alertmanager
from watchkeeper.observe.answer import Asker, NoAnswer
from watchkeeper.observe.canary import Canary
from watchkeeper.observe.wait import until
from watchkeeper.plan.model import Plan
from watchkeeper.spec.selector import LABEL_NAME
from watchkeeper.workload.failure import WorldFailed

app = typer.Typer(
    name="route",
    help="Who is told about which alert: try it, show it, and send a real test alert.",
    no_args_is_help=True,
)

EXIT_NOT_DELIVERED = 2
LongLabels = Annotated[list[str] | None, typer.Argument(metavar="LABEL=VALUE…", help="The alert's labels.", show_default=False)]


@app.command("test")
def try_out(
    labels: LongLabels = None,
    firing: Annotated[
        list[str] | None,
        typer.Option("--firing", metavar="LABEL=VALUE,…", help="Another alert that fires; may be repeated."),
    ] = None,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Show who would be told about an alert with these labels, by which routes, when, and what would hold it back."""
    alert = _labels(labels or [])
    others = [_labels(text.split(",")) for text in firing or ()]
    config = _configuration(planned(file).plan)
    told, held = deliveries(config, alert), held_back(config, alert, others)
    if as_json.get():
        print_json(
            {
                "labels": alert,
                "receivers": [delivery.receiver for delivery in told],
                "deliveries": [_as_data(delivery) for delivery in told],
                "held_back": [{"by": dict(h.by), "source": h.source, "target": h.target, "equal": h.equal} for h in held],
            }
        )
        return
    for delivery in told:
        out.print(Text(delivery.receiver, style="bold"))
        out.print(Text(f"    by {' → '.join(('the root', *delivery.path))}"))
        out.print(Text(f"    {in_words(delivery)}"))
    for reason in held:
        by = ", ".join(f"{name}={value}" for name, value in reason.by.items())
        equal = f" where {', '.join(reason.equal)} are equal" if reason.equal else ""
        say(f"held back while {by} fires: {reason.source} silences {reason.target}{equal}", "bold yellow")
    if others and not held:
        say("nothing holds it back", "dim")


@app.command()
def show(
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw the tree into a file instead.")] = None,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Show the whole tree of routes in the order in which it is tried."""
    config = _configuration(planned(file).plan)
    if svg is not None:
        try:
            svg.write_text(as_svg(config), encoding="utf-8")
        except OSError as error:
            raise WorldFailed(f"cannot write {svg}: {error.strerror}", hint="name a file in a folder that exists") from error
        say(f"wrote {svg}")
        if as_json.get():
            print_json({"svg": str(svg)})
        return
    if as_json.get():
        fields = ("depth", "matchers", "receiver", "timing", "goes_on")
        print_json({"routes": [{field: getattr(row, field) for field in fields} for row in rows(config)]})
        return
    out.out(as_text(config), end="", highlight=False)


@app.command()
def send(
    labels: LongLabels = None,
    within: Annotated[float, typer.Option("--within", metavar="SECONDS", help="How long to wait for the receipts.")] = 60.0,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Make a real test alert fire, and see it arrive: from a condition through Prometheus and Alertmanager by the real routes.

    Real people are told. Without labels it is an info alert of the team platform. Exits 2 if a receipt is missing.
    """
    plan = planned(file).plan
    alert = {"severity": "info", "team": "platform", **_labels(labels or [])}
    if "alertname" in alert:
        raise typer.BadParameter("cannot choose the alertname: the test alert is WatchkeeperCanary")
    alert["rehearsal"] = f"{int(time.time())}-{secrets.token_hex(3)}"
    told = deliveries(_configuration(plan), {"alertname": "WatchkeeperCanary", "job": "canary", **alert})
    target = target_of(plan, os.environ)
    try:
        token = read(target.paths.secrets, "canary-token")
    except OSError as error:
        raise WorldFailed("cannot send: the platform does not run, or is another user's", hint="watchkeeper up") from error
    try:
        receipts = asyncio.run(_Sending(plan=plan, alert=alert, told=told, within_s=within, token=token).run())
    except NoAnswer as silence:
        raise WorldFailed(str(silence), hint="watchkeeper status shows what runs") from silence
    missing = [receipt for receipt in receipts if receipt["state"] == "missing"]
    if as_json.get():
        print_json({"labels": alert, "delivered": not missing, "receipts": receipts})
    else:
        _show_receipts(receipts)
    if missing:
        raise typer.Exit(EXIT_NOT_DELIVERED)


class _Sending:
    """One test alert under way. ``told`` by the routes; a receipt is one channel of one receiver."""

    def __init__(self, *, plan: Plan, alert: Mapping[str, str], told: Sequence[Delivery], within_s: float, token: Any) -> None:
        self._plan, self._alert, self._told, self._within_s, self._token = plan, alert, told, within_s, token
        self._channels = counted_channels(_configuration(plan))

    async def run(self) -> list[dict[str, Any]]:
        """Fire, wait, end the condition; one entry a channel, in the order of the routes."""
        async with httpx.AsyncClient() as client:
            asker = Asker(client)
            self._alertmanager = Alertmanager(f"http://{self._plan.address('alertmanager')}", asker)
            self._canary = Canary(f"http://{self._plan.address('canary')}", asker, self._token)
            self._before = await self._alertmanager.notifications()
            self._after = await self._canary.latest()
            self._start_s = time.time()
            await self._canary.switch_on(self._alert, duration_s=self._within_s + 30)
            try:
                found = await until(self._look, self._complete, within_s=self._within_s, every_s=0.5)
            finally:
                await self._canary.switch_off(self._alert)
        return found.value

    def _complete(self, receipts: list[dict[str, Any]]) -> bool:
        return all(receipt["state"] != "missing" for receipt in receipts)

    async def _look(self) -> list[dict[str, Any]]:
        arrived = {
            str(receipt["receiver"]): receipt["received_at"] - self._start_s
            for receipt in await self._canary.receipts(self._after)
            if any(a["labels"].get("rehearsal") == self._alert["rehearsal"] for a in receipt["body"].get("alerts", ()))
        }
        now = await self._alertmanager.notifications()
        return [
            self._receipt(delivery, channel, arrived, now)
            for delivery in self._told
            for channel in self._channels[delivery.receiver]
        ]

    def _receipt(
        self, delivery: Delivery, channel: str, arrived: Mapping[str, float], now: Mapping[str, tuple[int, int]]
    ) -> dict[str, Any]:
        receipt: dict[str, Any] = {"receiver": delivery.receiver, "channel": channel.partition(":")[0], "state": "missing"}
        own = delivery.receiver if channel == "inbox" else channel.partition(":")[2]
        if delivery.wait_s > self._within_s:
            return receipt | {"state": "later", "evidence": f"told after {delivery.group_wait}, if it still fires then"}
        if own:
            if own in arrived:
                return receipt | {"state": "delivered", "after_s": round(arrived[own], 1), "evidence": "receipt of the canary"}
            return receipt
        # Alertmanager counts by channel only, so a second receiver of the same channel cannot be told from the first
        sent, failed = (n - b for n, b in zip(now.get(channel, (0, 0)), self._before.get(channel, (0, 0)), strict=True))
        wanted = sum(channel in self._channels[d.receiver] for d in self._told if d.wait_s <= self._within_s)
        evidence = f"Alertmanager counts {sent} accepted and {failed} failed requests by {channel}"
        if sent >= wanted:
            return receipt | {"state": "delivered", "after_s": round(time.time() - self._start_s, 1), "evidence": evidence}
        # it goes on trying after a failure, and so does the wait: only the end of it decides
        return receipt | {"evidence": evidence}


def _configuration(plan: Plan) -> Mapping[str, Any]:
    try:
        content = next(file.content for file in plan.workload("alertmanager").files if file.name == FILE)
    except KeyError as missing:
        raise WorldFailed("cannot route: the plan has no alertmanager", hint="enable the component") from missing
    if not isinstance(content, Mapping):
        raise TypeError(f"{FILE} is no mapping")
    return content


def _show_receipts(receipts: Sequence[Mapping[str, Any]]) -> None:
    styles = {"delivered": "green", "later": "dim", "missing": "bold red"}
    for receipt in receipts:
        line = Text(f"  {receipt['receiver']:<24} {receipt['channel']:<10} ")
        line.append(f"{receipt['state']:<10}", style=styles[receipt["state"]])
        after = f" {receipt['after_s']:.1f} s" if "after_s" in receipt else ""
        line.append(f"{after:>8}  {receipt.get('evidence', '')}", style="dim")
        out.print(line)


def _as_data(delivery: Delivery) -> dict[str, Any]:
    fields = ("receiver", "path", "group_by", "group_wait", "group_interval", "repeat_interval", "only_during", "not_during")
    return {field: getattr(delivery, field) for field in fields}


def _labels(written: Sequence[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals or not LABEL_NAME.fullmatch(name.strip()):
            raise typer.BadParameter(f"cannot read {text!r} as a label; write LABEL=VALUE, as in severity=critical")
        labels[name.strip()] = value.strip().strip('"')
    return labels
