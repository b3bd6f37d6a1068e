"""A plan made concrete on this machine, wherever it is to run: rendered, and its target at hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from watchkeeper.cli.described import Described
from watchkeeper.cli.on_compose import compose_files, compose_target, obtain, rendered_for_compose
from watchkeeper.cli.on_native import native_files, native_target, rendered_natively
from watchkeeper.keep.secrets import ensure, look_up
from watchkeeper.plan.model import Plan
from watchkeeper.rollout.journal import Journal
from watchkeeper.spec import Document
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.foreseen import port_in_use, unreadable_secret
from watchkeeper.targets.compose.image import image_of
from watchkeeper.targets.compose.resolve import Resolver
from watchkeeper.targets.compose.stack import ComposeTarget
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.targets.target import Obstacle
from watchkeeper.workload.failure import Mistake, MistakesFound, WorldFailed
from watchkeeper.workload.progress import Reporter
from watchkeeper.workload.reference import ConnectAddress
from watchkeeper.workload.workload import Secret, SecretValue

Stack: TypeAlias = NativeTarget | ComposeTarget

TARGETS: Mapping[str, Callable[[Plan, Mapping[str, str]], Stack]] = {"native": native_target, "compose": compose_target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """Everything that ``up`` and its relatives need. ``files``: what was rendered, for people, by relative path.

    ``configuration``: a workload's configuration files by name; ``tools``: programs of upstream's that came with what runs.
    """

    plan: Plan
    target: Stack
    digest: str
    files: Mapping[str, bytes]
    configuration: Mapping[str, Mapping[str, bytes]]
    tools: Mapping[str, Path]
    given_secrets: Mapping[str, SecretValue]

    @property
    def journal(self) -> Journal:
        return Journal(self.target.paths.journal, plan_digest=self.digest)


def target_of(plan: Plan, environment: Mapping[str, str] = os.environ, *, kind: str = "") -> Stack:
    """The target by name only: enough to ask, stop and break what runs. ``kind``: another one than the description's."""
    return TARGETS[kind or plan.target](plan, environment)


def assemble(
    described: Described,
    report: Reporter,
    *,
    offline: bool = False,
    environment: Mapping[str, str] = os.environ,
    only_render: bool = False,
) -> Assembled:
    """Find what is to run and render. Writes nothing outside the cache and the engine's images.

    ``only_render``: nothing will be started, so images need not be there. Raises MistakesFound (a secret that cannot be
    read) or WorldFailed (a program or an image that cannot be had).
    """
    plan = described.plan
    given, refused = look_up(plan.secrets, environment)
    if refused:
        raise MistakesFound([_secret_mistake(described.document, secret, reason) for secret, reason in refused])
    target = target_of(plan, environment)
    if isinstance(target, ComposeTarget):
        project, machine = rendered_for_compose(plan, target)
        if not only_render:
            obtain(project, target, report, environment, offline=offline)
        return Assembled(
            plan=plan,
            target=target.with_rendered(project, machine),
            digest=project.digest(),
            files=compose_files(project),
            configuration={container.name: container.configuration() for container in project.containers},
            tools={},
            given_secrets=given,
        )
    rendered, tools = rendered_natively(plan, target, report, offline=offline)
    return Assembled(
        plan=plan,
        target=target.with_rendered(rendered),
        digest=rendered.digest(),
        files=native_files(rendered),
        configuration={process.name: {file.name: file.content for file in process.files} for process in rendered.processes},
        tools=tools,
        given_secrets=given,
    )


def require_sole(plan: Plan, environment: Mapping[str, str] = os.environ) -> None:
    """One stack runs in one place: raises WorldFailed where it still runs on another target."""
    for kind in TARGETS:
        if kind != plan.target and target_of(plan, environment, kind=kind).is_up():
            raise WorldFailed(
                f"cannot start {plan.name} on {plan.target}: it still runs on {kind}",
                hint=f"stop it there first: watchkeeper down --target {kind} (its data stays)",
            )


def require_room(described: Described, assembled: Assembled) -> None:
    """Make sure that nothing on this machine stands in the way, before anything is written.

    A port that somebody else holds is a mistake in the description (MistakesFound); the rest is WorldFailed.
    """
    obstacles = [obstacle for obstacle in assembled.target.obstacles() if obstacle.kind != "missing-secret"]
    ports = [obstacle for obstacle in obstacles if obstacle.kind == "port-in-use"]
    if ports:
        raise MistakesFound([_port_mistake(described, obstacle) for obstacle in ports])
    if obstacles:
        raise WorldFailed(
            obstacles[0].message if len(obstacles) == 1 else f"cannot start: {len(obstacles)} things stand in the way",
            hint="; ".join(dict.fromkeys(obstacle.hint for obstacle in obstacles if obstacle.hint)),
            evidence=[line for obstacle in obstacles for line in (obstacle.message, *obstacle.evidence)],
        )


def ensure_secrets(assembled: Assembled) -> tuple[str, ...]:
    """Make every secret exist, owned by whoever the services run as; returns the names of those generated now."""
    identity = assembled.target.identity
    owner = (identity.uid, identity.gid) if identity.drops else None
    return ensure(
        assembled.plan.secrets,
        assembled.target.paths.secrets,
        assembled.given_secrets,
        owner=owner,
        address=_address_in(assembled.plan),
    )


def _address_in(plan: Plan) -> Callable[[Secret, ConnectAddress], str]:
    """How a secret's reader reaches something: by a port of this machine, or by a name on a network they share."""
    if plan.target == "native":
        return lambda secret, reference: plan.address(reference.workload, reference.endpoint)

    def on_network(secret: Secret, reference: ConnectAddress) -> str:
        reader = next(workload for workload in plan.workloads if secret.name in workload.secrets)
        return Resolver(plan=plan, workload=reader, image=image_of(reader.software)).argument(reference)

    return on_network


def _secret_mistake(document: Document, secret: Secret, reason: str) -> Mistake:
    return unreadable_secret(document, _secret_place(document, secret), secret.file or secret.environment, reason)


def _secret_place(document: Document, secret: Secret) -> KeyPath:
    """Where the description names the secret's file: by its own name, else wherever that file name is written."""
    if document.get(("secrets", secret.name)) is not None:
        return ("secrets", secret.name)
    folder = Path(document.file).absolute().parent
    written = (
        path for path in document.values if isinstance(value := document.get(path), str) and str(folder / value) == secret.file
    )
    return next(written, ())


def _port_mistake(described: Described, obstacle: Obstacle) -> Mistake:
    port = described.plan.ports[obstacle.workload, obstacle.endpoint]
    holder = ", ".join(obstacle.evidence)
    return port_in_use(described.document, port, f"{obstacle.workload}.{obstacle.endpoint}", holder=holder)
