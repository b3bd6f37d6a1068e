"""A plan made concrete as containers: images obtained, project rendered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace

from watchkeeper.acquire.image import obtain_images, own_source
from watchkeeper.plan.model import Plan
from watchkeeper.targets.compose.image import OWN_REFERENCE, NoImage, full_reference
from watchkeeper.targets.compose.layout import paths_for
from watchkeeper.targets.compose.machine import this_machine
from watchkeeper.targets.compose.preflight import engine_obstacles
from watchkeeper.targets.compose.render import Machine, Rendered, render
from watchkeeper.targets.compose.stack import ComposeTarget
from watchkeeper.workload.failure import Mistake, MistakesFound, WorldFailed
from watchkeeper.workload.progress import Reporter


def compose_target(plan: Plan, environment: Mapping[str, str]) -> ComposeTarget:
    """By name only: enough to ask, stop and break what runs."""
    paths = paths_for(plan.name, environment=environment, uid=os.geteuid())
    return ComposeTarget(plan=plan, paths=paths, environment=environment)


def rendered_for_compose(plan: Plan, target: ComposeTarget) -> tuple[Rendered, Machine]:
    """Needs no engine: what it would tell keeps its usual value. Raises MistakesFound for a component without an image."""
    machine = replace(this_machine(target.engine, target.paths, target.reader_group), own_source=own_source())
    try:
        return render(plan, machine), machine
    except NoImage as missing:
        raise MistakesFound(
            [
                Mistake(
                    file="",
                    line=0,
                    column=0,
                    kind="unsupported-by-target",
                    message=f"cannot run this in containers: {missing}",
                    hint="disable the component, or choose target: native",
                )
            ]
        ) from missing


def obtain(
    rendered: Rendered, target: ComposeTarget, report: Reporter, environment: Mapping[str, str], *, offline: bool
) -> None:
    """Make the engine have every image. Raises WorldFailed where there is no engine that we can use, or no image."""
    found = engine_obstacles(target.engine)
    if found:
        raise WorldFailed(found[0].message, hint=found[0].hint, evidence=found[0].evidence)
    references = (full_reference(container.image) for container in rendered.containers)
    asyncio.run(obtain_images(references, own=OWN_REFERENCE, environment=environment, report=report, offline=offline))


def compose_files(rendered: Rendered) -> dict[str, bytes]:
    """The project's folder, by path."""
    return {file.path: file.content for file in rendered.all_files()}
