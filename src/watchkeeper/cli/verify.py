"""``watchkeeper verify``: prove that the running platform works, or that the proofs themselves can fail."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import typer
from rich.table import Table
from rich.text import Text

from watchkeeper.cli.assembled import Stack, target_of
from watchkeeper.cli.described import Described, planned
from watchkeeper.cli.down import take_all_down
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.scratch import Subject, scratch_stack
from watchkeeper.cli.screen import out, print_json, progress, say
from watchkeeper.cli.up import bring_up
from watchkeeper.keep.secrets import read
from watchkeeper.observe.alertmanager import Alertmanager
from watchkeeper.observe.answer import Asker
from watchkeeper.observe.canary import Canary
from watchkeeper.observe.loki import Loki
from watchkeeper.observe.prometheus import Prometheus
from watchkeeper.targets.native.layout import latest_proof, proofs_folder
from watchkeeper.verify.claim import Claim
from watchkeeper.verify.evidence import Outcome, Record
from watchkeeper.verify.registry import CLAIMS
from watchkeeper.verify.rehearsal import Rehearsal, receivers_for
from watchkeeper.verify.report import Run, as_html, as_junit
from watchkeeper.verify.report import as_json as report_json
from watchkeeper.verify.run import check_all, counter_test_all
from watchkeeper.verify.stage import Grounds, Stage
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Reporter, silent
from watchkeeper.workload.workload import SecretValue

EXIT_NOT_PROVEN = 2


def verify(
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--claims",
            "-c",
            metavar="NAME",
            help="Only these claims, or this group of claims (alerting), with commas between. Default: all that need no copy.",
        ),
    ] = None,
    counter_tests: Annotated[
        bool,
        typer.Option("--counter-tests", help="Break each claim's subject on a throw-away copy of the stack: each must fail."),
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the claims and what each promises; check nothing.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where the reports go. Default: the stack's state folder."),
    ] = None,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Check what a monitoring platform promises, on the one that runs: alerts arrive, logs are found, data survives.

    Some claims kill components and restart the platform; leave those out with --claims. Exits 2 unless every claim is proven.
    """
    chosen = _chosen(claims or [])
    if list_:
        _show_claims(chosen if claims else CLAIMS)
        return
    described = planned(file)
    target = target_of(described.plan)
    rehearsed = [claim for claim in chosen if claim.rehearsed]
    ordinary = [claim for claim in chosen if not claim.rehearsed]
    if ordinary and not counter_tests and not any(component.pid for component in target.status()):
        raise WorldFailed(f"cannot verify {described.plan.name}: it does not run", hint="start it with: watchkeeper up")
    runs: list[Run] = []
    with progress(width=max((len(claim.name) for claim in chosen), default=0)) as report:
        if ordinary and counter_tests:
            with scratch_stack(described, report) as scratch:
                runs.append(asyncio.run(_run(scratch, ordinary, report, counter_tests=True)))
        elif ordinary:
            subject = Subject(described=described, target=target, environment=os.environ)
            runs.append(asyncio.run(_run(subject, ordinary, report, counter_tests=False)))
        if rehearsed:
            with rehearsed_stack(described, report) as (copy, rehearsal):
                runs.append(asyncio.run(_run(copy, rehearsed, report, counter_tests=counter_tests, rehearsal=rehearsal)))
    run = replace(
        runs[0],
        outcomes=tuple(outcome for run in runs for outcome in run.outcomes),
        took_s=sum(run.took_s for run in runs),
    )
    folder = output or proofs_folder(target.paths) / run.run_id
    if output is None:
        _make_readable_folder(folder.parent, target)
    _write(run, folder)
    if not counter_tests and not claims:
        _publish(run, target)
    _show(run, folder)
    if not run.proven:
        raise typer.Exit(EXIT_NOT_PROVEN)


def _chosen(asked: Sequence[str]) -> tuple[Claim, ...]:
    names = [name for one in asked for name in one.split(",") if name]
    known = {claim.name for claim in CLAIMS} | {claim.group for claim in CLAIMS if claim.group}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "watchkeeper verify --list shows them"
            raise typer.BadParameter(f"cannot find the claim {name!r}; {hint}")
    if not names:
        return tuple(claim for claim in CLAIMS if not claim.rehearsed)
    return tuple(claim for claim in CLAIMS if claim.name in names or claim.group in names)


@contextmanager
def rehearsed_stack(described: Described, report: Reporter) -> Iterator[tuple[Subject, Rehearsal]]:
    """A copy of the stack whose receivers are local servers that keep what arrives."""
    routes = described.document.get(("routes",))
    doorstep = target_of(described.plan).doorstep()
    with (
        TemporaryDirectory(prefix="watchkeeper-rehearsal-") as folder,
        receivers_for(routes if isinstance(routes, dict) else {}, Path(folder), doorstep) as (local, rehearsal),
        scratch_stack(described, report, routes=local) as copy,
    ):
        yield copy, rehearsal


async def _run(
    subject: Subject,
    claims: Sequence[Claim],
    report: Reporter,
    *,
    counter_tests: bool,
    rehearsal: Rehearsal | None = None,
) -> Run:
    record = Record()
    grounds = subject.target.grounds()
    started_at_s, start = time.time(), time.monotonic()
    async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False) as client:
        stage = replace(_stage(subject, grounds, Asker(client, record)), rehearsal=rehearsal)
        outcomes: tuple[Outcome, ...] = await (counter_test_all if counter_tests else check_all)(claims, stage, record, report)
    return Run(
        run_id=stage.run_id,
        stack=subject.described.plan.name,
        started_at_s=started_at_s,
        took_s=time.monotonic() - start,
        counter_tests=counter_tests,
        plan_digest=grounds.digest(),
        versions=grounds.versions(),
        outcomes=outcomes,
    )


def _stage(subject: Subject, grounds: Grounds, asker: Asker) -> Stage:
    plan, target = subject.described.plan, subject.target

    def url(workload: str) -> str:
        return f"http://{plan.address(workload)}" if (workload, "http") in plan.ports else ""

    async def restart() -> None:
        await asyncio.to_thread(take_all_down, target, silent)
        await asyncio.to_thread(bring_up, subject.described, silent, offline=True, environment=subject.environment)

    values = {secret.name: _value(target, secret.name) for secret in plan.secrets}
    return Stage(
        plan=plan,
        grounds=grounds,
        sabotage=target,
        asker=asker,
        prometheus=Prometheus(url("prometheus"), asker),
        alertmanager=Alertmanager(url("alertmanager"), asker),
        logs=Loki(url("store") or url("loki"), asker),
        canary=Canary(url("canary"), asker, values.get("canary-token", SecretValue(""))),
        console_url=url("console"),
        admin_user=str(plan.settings["sign_in.user"]),
        secrets=values,
        restart=restart,
        run_id=time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + secrets.token_hex(3),
    )


def _value(target: Stack, name: str) -> SecretValue:
    try:
        return read(target.paths.secrets, name)
    except OSError as error:
        raise WorldFailed(
            f"cannot read the secret {name}: {error.strerror}", hint="run verify as the user who ran watchkeeper up"
        ) from error


def _write(run: Run, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    for name, text in (("report.json", report_json(run)), ("junit.xml", as_junit(run)), ("report.html", as_html(run))):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)


def _publish(run: Run, target: Stack) -> None:
    """Leave the outcome, without its evidence, where the console finds it and may read it."""
    place = latest_proof(target.paths)
    _make_readable_folder(place.parent, target)
    data = run.as_data()
    data["claims"] = [{name: value for name, value in claim.items() if name != "evidence"} for claim in data["claims"]]
    fresh = place.with_suffix(".new")
    fresh.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    _let_console_read(fresh, target)
    fresh.replace(place)


def _make_readable_folder(folder: Path, target: Stack) -> None:
    """The folder of proofs: the console looks into it for the latest, and must see it also where there is none yet."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _let_console_read(folder, target)


def _let_console_read(path: Path, target: Stack) -> None:
    mode = 0o750 if path.is_dir() else 0o640
    if target.reader_group is not None:
        os.chown(path, -1, target.reader_group)
    path.chmod(mode if target.reader_group is not None else mode & 0o700)


def _show(run: Run, folder: Path) -> None:
    if as_json.get():
        print_json(run.as_data() | {"reports": str(folder)})
        return
    for outcome in run.outcomes:
        if not outcome.proven:
            out.print(Text(f"{outcome.claim.sentence}: {outcome.verdict.word}", style="bold red"))
            out.print(Text(f"    promised: {outcome.claim.bound}; found: {outcome.verdict.finding}"))
            for line in outcome.verdict.details[:20]:
                out.print(Text(f"    {line}"))
        elif outcome.claim.rehearsed and not run.counter_tests:
            out.print(Text(f"{outcome.claim.sentence}: {outcome.verdict.finding}"))
            for line in outcome.verdict.details:
                out.print(Text(f"    {line}", style="dim"))
    checked = [outcome for outcome in run.outcomes if not outcome.left_out_because]
    good = sum(outcome.proven for outcome in checked)
    word = "broken subjects were noticed" if run.counter_tests else "claims are proven"
    left_out = f", {len(run.outcomes) - len(checked)} left out" if len(checked) < len(run.outcomes) else ""
    say(f"{good} of {len(checked)} {word}{left_out} in {run.took_s:.0f} s", "bold green" if run.proven else "bold red")
    say(f"evidence: {folder}/report.html", "dim")


def _show_claims(claims: Sequence[Claim]) -> None:
    if as_json.get():
        fields = ("name", "sentence", "requirements", "bound", "broken_by", "components", "disturbs", "group", "rehearsed")
        print_json([{field: getattr(claim, field) for field in fields} for claim in claims])
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("claim", "what is promised", "bound", "requirements"):
        table.add_column(title, overflow="fold")
    for claim in claims:
        table.add_row(claim.name, claim.sentence, claim.bound, ", ".join(claim.requirements))
    out.print(table)
