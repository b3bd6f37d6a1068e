"""A throw-away copy of a stack: the same description beside it, with its own name, ports and data, and nobody to alarm."""

from __future__ import annotations

import copy
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from watchkeeper.cli.assembled import Stack, target_of
from watchkeeper.cli.described import Described, planned_from
from watchkeeper.cli.down import take_all_down
from watchkeeper.cli.up import bring_up
from watchkeeper.spec import load
from watchkeeper.verify.rehearsal import GROUP_INTERVAL
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Reporter, silent
from watchkeeper.workload.yaml_text import yaml_text

FIRST_BASE, LAST_BASE, BASE_STEP = 24_000, 32_700, 100
"""Below what Linux gives to outgoing connections, one of which may take a port between the look and the start."""
PORTS_NEEDED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A stack to be proven; ``environment`` decides where its state lies, so it must go with every restart."""

    described: Described
    target: Stack
    environment: Mapping[str, str]


@contextmanager
def scratch_stack(described: Described, report: Reporter, routes: Mapping[str, Any] | None = None) -> Iterator[Subject]:
    """Bring the copy up; take it down and delete it afterwards, whatever happened. ``routes``: in place of none."""
    changed = _changed(described.document.data)
    if routes:
        changed["routes"] = dict(routes)
        components = changed.get("components") or {}
        alertmanager = components.get("alertmanager") or {}
        changed["components"] = {**components, "alertmanager": {**alertmanager, "group_interval": GROUP_INTERVAL}}
    twin = planned_from(load(yaml_text(changed), described.document.file))
    environment = _environment()
    try:
        assembled, _ = bring_up(twin, report, offline=True, environment=environment)
    except WorldFailed:
        _remove(twin, environment)
        raise
    try:
        yield Subject(described=twin, target=assembled.target, environment=environment)
    finally:
        _remove(twin, environment)


def _changed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Scraped every two seconds, so that what is broken shows soon; no routes, since nobody is to be told of a rehearsal."""
    changed = copy.deepcopy(dict(data))
    changed["name"] = f"{str(changed.get('name') or 'watchkeeper')[:50]}-proof"
    changed["ports"] = {"base": _free_base()}
    changed["scrape"] = {**(changed.get("scrape") or {}), "interval": "2s", "timeout": "1s"}
    changed.pop("routes", None)
    return changed


def _free_base() -> int:
    bases = list(range(FIRST_BASE, LAST_BASE, BASE_STEP))
    # another verify may be looking at the same moment: each begins at a place of its own
    start = os.getpid() % len(bases)
    for base in (*bases[start:], *bases[:start]):
        if all(_is_free(base + offset) for offset in range(PORTS_NEEDED)):
            return base
    raise WorldFailed("cannot find free ports for a copy of the stack", hint=f"free {PORTS_NEEDED} ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _environment() -> Mapping[str, str]:
    """The same environment; a state folder that is fixed by it gets a neighbour, never a second tenant."""
    fixed = os.environ.get("WATCHKEEPER_STATE_DIR")
    return {**os.environ, "WATCHKEEPER_STATE_DIR": f"{fixed}-proof"} if fixed else os.environ


def _remove(twin: Described, environment: Mapping[str, str]) -> None:
    target = target_of(twin.plan, environment)
    take_all_down(target, silent)
    target.delete()
