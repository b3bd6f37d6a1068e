"""Which components a description means: those of its preset and its engines, with what it switches on and off."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.catalogue.scene import Component
from watchkeeper.spec import Description, Document, KeyPath
from watchkeeper.spec.nearest import suggest
from watchkeeper.spec.presets import ENGINES, PRESETS, Engines, usual_engines
from watchkeeper.workload.failure import Mistake
from watchkeeper.workload.software import Image
from watchkeeper.workload.workload import Workload


def components_of(document: Document, description: Description) -> tuple[tuple[Component, ...], list[Mistake]]:
    """The enabled components, sorted by name, and what is wrong with the choice."""
    mistakes: list[Mistake] = []
    chosen = set(_of_preset(description))
    for name, settings in description.components.items():
        if name not in CATALOGUE:
            hint = suggest(name, CATALOGUE, what="components")
            mistakes.append(
                document.mistake(
                    "unknown-component", ("components", name), f"cannot find the component {name!r}", hint=hint, key=True
                )
            )
        elif settings.enabled:
            chosen.add(name)
        else:
            chosen.discard(name)
    for name in sorted(chosen):
        mistakes += _missing_needs(document, description, CATALOGUE[name], chosen)
    return tuple(CATALOGUE[name] for name in sorted(chosen)), mistakes


def engines_of(description: Description) -> Engines:
    """What the description chooses, and the usual for the rest."""
    written = description.engines
    usual = usual_engines(PRESETS[description.preset], description.target, description.releases)
    return Engines(
        logs=written.logs or usual.logs,
        collector=written.collector or usual.collector,
        traces=usual.traces if written.traces is None else written.traces,
        dashboards=written.dashboards or usual.dashboards,
    )


def _of_preset(description: Description) -> Iterator[str]:
    preset = PRESETS[description.preset]
    in_containers = description.target != "native"
    yield from preset.components
    yield from preset.in_containers if in_containers else preset.on_processes
    if in_containers and description.releases == "seed":
        yield from preset.seed_only
    engines = engines_of(description)
    yield ENGINES["logs"][engines.logs]
    yield ENGINES["collector"][engines.collector]
    yield ENGINES["dashboards"][engines.dashboards]
    yield from (ENGINES["traces"][name] for name in engines.traces)
    if engines.collector != "embedded":
        # the collectors of upstream ask the engine for the logs of containers
        yield "docker_socket_proxy"


def _missing_needs(document: Document, description: Description, component: Component, chosen: set[str]) -> Iterator[Mistake]:
    name = component.name
    if component.needless_with and document.get(("components", name, component.needless_with)) is not None:
        return
    needs = list(component.needs)
    if description.target != "native":
        needs += component.needs_in.get(description.releases, ())
    if component.needs_one_of and not chosen & set(component.needs_one_of):
        needs.append(component.needs_one_of[0])
    for need in needs:
        if need not in chosen:
            path = ("components", need, "enabled") if need in description.components else ("components", name)
            hint = f"enable {need}, or disable {name} as well"
            if component.needless_with:
                hint += f", or give it another {component.needless_with}"
            yield document.mistake("missing-need", path, f"cannot run {name} without {need}", hint=hint)


def impossible(document: Document, description: Description, workloads: tuple[Workload, ...]) -> Iterator[Mistake]:
    """What the target has no way to run: on bare processes, programs that come in an image only; nowhere, an image without a
    name.
    """
    for workload in workloads:
        if any(isinstance(source, Image) and not source.reference for source in workload.software.sources):
            message = f"cannot run {workload.component} without its image"
            hint = f"add image: NAME:VERSION under components.{workload.component}"
            yield document.mistake("missing-key", ("components", workload.component), message, hint=hint)
    if description.target != "native":
        return
    for workload in workloads:
        if all(isinstance(source, Image) for source in workload.software.sources):
            path = _where_chosen(document, description, workload.component)
            message = f"cannot run {workload.component} as a process of this machine: it comes in an image only"
            hint = f"use target: compose, or {_instead(description, workload.component)}"
            yield document.mistake("unsupported-by-target", path, message, hint=hint)


def _where_chosen(document: Document, description: Description, component: str) -> KeyPath:
    if component in description.components:
        return ("components", component)
    place = _place_of(description, component)
    return ("engines", place) if place and document.get(("engines", place)) is not None else ("preset",)


def _place_of(description: Description, component: str) -> str:
    """The place of ``engines`` that the component fills, or ""."""
    engines = engines_of(description)
    if component in (ENGINES["traces"][name] for name in engines.traces):
        return "traces"
    filled = {"logs": engines.logs, "collector": engines.collector, "dashboards": engines.dashboards}
    return next((place for place, name in filled.items() if ENGINES[place][name] == component), "")


def _instead(description: Description, component: str) -> str:
    place = _place_of(description, component)
    if place == "traces":
        return "leave it out of engines.traces"
    if place:
        return f"write {next(iter(ENGINES[place]))} for engines.{place}"
    if component == "app":
        return "run it yourself and name its address under scrape.jobs"
    if component == "docker_socket_proxy":
        return "leave out what needs it"
    return f"leave it out with components: {{{component}: {{enabled: false}}}}"
