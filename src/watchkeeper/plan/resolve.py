"""The whole decision: description × catalogue → Plan, or every mistake at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from watchkeeper.catalogue.releases import software
from watchkeeper.catalogue.scene import Basics, Component, Offer, Options, Scene
from watchkeeper.plan import addresses
from watchkeeper.plan.basics import basics_of
from watchkeeper.plan.budget import largest, memory_budget_bytes
from watchkeeper.plan.capability import CAPABILITIES
from watchkeeper.plan.components import components_of, impossible
from watchkeeper.plan.model import Plan
from watchkeeper.plan.names import taken
from watchkeeper.plan.pins import pinned
from watchkeeper.plan.waves import CyclicNeed, waves
from watchkeeper.spec import COMPONENT_KEYS, Description, Document, examine, read_model
from watchkeeper.spec.nearest import suggest
from watchkeeper.spec.presets import PRESETS
from watchkeeper.spec.quantities import format_size
from watchkeeper.workload.failure import Mistake, MistakesFound
from watchkeeper.workload.workload import Secret, Workload

SIGN_IN_SECRET = "console-admin-password"  # noqa: S105 - the secret's name, not its value


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A workload that the target itself needs, and what it offers to the others."""

    workload: Workload
    offer: Offer


def resolve(
    document: Document, *, folder: Path, additions: Sequence[Addition] = (), pins: Mapping[str, str] = MappingProxyType({})
) -> Plan:
    """Decide everything. ``folder``: where the description lies; ``additions``: the target's own workloads; ``pins``: image →
    digest.

    Raises MistakesFound with the mistakes of the file itself and those that only the catalogue shows: unknown components
    and options, missing and cyclic needs, ports, budget, secrets, and what the target cannot do.
    """
    description, seen = examine(document)
    mistakes = [*seen, *_target_mistakes(document, description)]
    components, found = components_of(document, description)
    mistakes += found
    options, found = _options(document, components)
    mistakes += found
    basics = basics_of(description, folder, (component.name for component in components))
    scene = _scene(description, components, options, basics, additions)
    mistakes += taken(document, description, {scrape.job for offer in scene.offers.values() for scrape in offer.scrapes})
    if any(mistake.kind == "missing-need" for mistake in mistakes):
        # a recipe may look at what it needs
        raise MistakesFound(mistakes)
    workloads = _workloads(description, components, options, scene, additions)
    mistakes += impossible(document, description, workloads)
    workloads = tuple(pinned(workload, pins) for workload in workloads)
    plan, found = _assembled(document, description, scene, workloads, folder)
    mistakes += found
    if mistakes:
        raise MistakesFound(mistakes)
    return plan


def _target_mistakes(document: Document, description: Description) -> Iterator[Mistake]:
    if not CAPABILITIES[description.target].built:
        built = ", ".join(name for name, capability in CAPABILITIES.items() if capability.built)
        yield document.mistake(
            "unsupported-by-target", ("target",), f"cannot use the target {description.target} yet", hint=f"possible: {built}"
        )


def _options(document: Document, components: Sequence[Component]) -> tuple[dict[str, Options], list[Mistake]]:
    options: dict[str, Options] = {}
    mistakes: list[Mistake] = []
    for component in components:
        read, found = read_model(component.options, document, ("components", component.name), without=COMPONENT_KEYS)
        mistakes += found
        # with its defaults a component can still take part in the search for further mistakes
        options[component.name] = read or component.options()
    return options, mistakes


def _scene(
    description: Description,
    components: Sequence[Component],
    options: Mapping[str, Options],
    basics: Basics,
    additions: Sequence[Addition],
) -> Scene:
    offers = {component.name: component.offer(options[component.name], basics) for component in components}
    offers |= {addition.workload.name: addition.offer for addition in additions}
    wanted = {name: settings.memory for name, settings in description.components.items() if settings.memory}
    usual = {name: size * 2**20 for name, size in PRESETS[description.preset].memory_mib.items()}
    return Scene(
        basics=basics,
        offers=offers,
        software=software(description.releases),
        memory_bytes={c.name: wanted.get(c.name) or usual.get(c.name) or c.memory_bytes for c in components},
    )


def _workloads(
    description: Description,
    components: Sequence[Component],
    options: Mapping[str, Options],
    scene: Scene,
    additions: Sequence[Addition],
) -> tuple[Workload, ...]:
    made = [workload for component in components for workload in component.workloads(options[component.name], scene)]
    names = {workload.name for workload in made}
    ordered = [
        replace(workload, needs=tuple(sorted({*workload.needs, *_later(description, workload, names)}))) for workload in made
    ]
    return tuple(sorted((*ordered, *(addition.workload for addition in additions)), key=lambda workload: workload.name))


def _later(description: Description, workload: Workload, names: set[str]) -> Iterator[str]:
    settings = description.components.get(workload.component)
    yield from (name for name in (settings.start_after if settings else ()) if name in names)


def _assembled(
    document: Document, description: Description, scene: Scene, workloads: tuple[Workload, ...], folder: Path
) -> tuple[Plan, list[Mistake]]:
    mistakes: list[Mistake] = []
    ports, problems = addresses.choose(workloads, description.ports.base, description.ports.chosen)
    mistakes += (_port_mistake(document, problem) for problem in problems)
    try:
        order = waves({workload.name: workload.needs for workload in workloads})
    except CyclicNeed as cycle:
        order = ()
        path = next(
            (("components", name, "start_after") for name in cycle.path if document.get(("components", name, "start_after"))),
            (),
        )
        hint = "remove one of these from start_after"
        mistakes.append(document.mistake("cyclic-need", path, f"cannot order {' → '.join(cycle.path)}", hint=hint))
    mistakes += _start_after_mistakes(document, description, {workload.component for workload in workloads})
    secrets, found = _secrets(document, description, scene, folder)
    mistakes += found
    budget = memory_budget_bytes(workloads)
    allowed = description.budget.memory
    if allowed is not None and budget > allowed:
        most = ", ".join(f"{w.name} {format_size(w.resources.memory_bytes)}" for w in largest(workloads))
        message = f"cannot fit {format_size(budget)} of memory into a budget of {format_size(allowed)}"
        hint = f"raise budget.memory, or lower components.NAME.memory (largest: {most})"
        mistakes.append(document.mistake("budget-exceeded", ("budget", "memory"), message, hint=hint))
    plan = Plan(
        name=description.name,
        target=description.target,
        releases=description.releases,
        workloads=workloads,
        waves=order,
        ports=ports,
        secrets=secrets,
        memory_budget_bytes=budget,
        settings=_settings(description, scene),
    )
    return plan, mistakes


def _port_mistake(document: Document, problem: addresses.PortConflict | addresses.UnknownPortName) -> Mistake:
    if isinstance(problem, addresses.UnknownPortName):
        hint = suggest(problem.written, problem.known, what="endpoints")
        message = f"cannot set a port for {problem.written!r}: the plan has nothing of that name"
        return document.mistake("unknown-port-name", ("ports", problem.written), message, hint=hint, key=True)
    message = f"cannot use port {problem.port} twice ({problem.first}, {problem.second})"
    hint = "remove it, or choose another one; ports that are not written are chosen for you"
    return document.mistake("port-taken-twice", ("ports", problem.chosen), message, hint=hint)


def _start_after_mistakes(document: Document, description: Description, planned: set[str]) -> Iterator[Mistake]:
    for name, settings in description.components.items():
        for index, other in enumerate(settings.start_after):
            if other not in planned:
                path = ("components", name, "start_after", index)
                message = f"cannot start {name} after {other!r}: it is not part of the plan"
                hint = suggest(other, sorted(planned), what="components")
                yield document.mistake("missing-need", path, message, hint=hint)


def _secrets(
    document: Document, description: Description, scene: Scene, folder: Path
) -> tuple[tuple[Secret, ...], list[Mistake]]:
    """Every secret of the plan, with the sources that the description gives."""
    mistakes: list[Mistake] = []
    secrets = {secret.name: secret for secret in scene.secrets()}
    if description.sign_in.password_file and SIGN_IN_SECRET in secrets:
        file = str(folder / description.sign_in.password_file)
        secrets[SIGN_IN_SECRET] = replace(secrets[SIGN_IN_SECRET], file=file, environment="")
    for name, source in description.secrets.items():
        if name not in secrets:
            hint = suggest(name, sorted(secrets), what="secrets")
            message = f"cannot use the secret {name!r}: nothing asks for it"
            mistakes.append(document.mistake("unknown-secret", ("secrets", name), message, hint=hint, key=True))
            continue
        file = str(folder / source.file) if source.file else ""
        secrets[name] = replace(secrets[name], file=file, environment=source.environment or "")
    return tuple(secrets[name] for name in sorted(secrets)), mistakes


def _settings(description: Description, scene: Scene) -> dict[str, int | float | str]:
    return {
        "preset": description.preset,
        "scrape.interval_s": scene.basics.scrape_interval_s,
        "evaluation_interval_s": scene.basics.evaluation_interval_s,
        "retention.metrics_s": scene.basics.metrics_retention_s,
        "retention.logs_s": scene.basics.logs_retention_s,
        "budget.disk_bytes": description.budget.disk or 0,
        "sign_in.user": description.sign_in.user,
    }
