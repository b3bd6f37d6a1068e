"""A plan made concrete on this machine: programs found, configuration rendered, target at hand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.model import Acquired, ServiceUser
from watchkeeper.acquire.search import acquire
from watchkeeper.cli.described import Described
from watchkeeper.keep.secrets import ensure, look_up
from watchkeeper.plan.model import Plan
from watchkeeper.rollout.journal import Journal
from watchkeeper.spec import Document
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.foreseen import port_in_use, unreadable_secret
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.render import Rendered, render
from watchkeeper.targets.native.stack import NativeTarget
from watchkeeper.targets.target import Obstacle
from watchkeeper.workload.failure import Mistake, MistakesFound, WorldFailed
from watchkeeper.workload.progress import Reporter
from watchkeeper.workload.workload import Secret, SecretValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """Everything that ``up`` and its relatives need. ``acquired``: by software name."""

    plan: Plan
    target: NativeTarget
    rendered: Rendered
    acquired: Mapping[str, Acquired]
    given_secrets: Mapping[str, SecretValue]

    @property
    def journal(self) -> Journal:
        return Journal(self.target.paths.journal, plan_digest=self.rendered.digest())


def target_of(plan: Plan, environment: Mapping[str, str] = os.environ) -> NativeTarget:
    """The target by name only: enough to ask, stop and break what runs."""
    return NativeTarget(paths=paths_for(plan.name, environment=environment, uid=os.geteuid()))


def assemble(
    described: Described, report: Reporter, *, offline: bool = False, environment: Mapping[str, str] = os.environ
) -> Assembled:
    """Find the programs and render. Writes nothing outside the cache.

    Raises MistakesFound (a secret that cannot be read) or WorldFailed (a program that cannot be had).
    """
    plan = described.plan
    given, refused = look_up(plan.secrets, environment)
    if refused:
        raise MistakesFound([_secret_mistake(described.document, secret, reason) for secret, reason in refused])
    target = target_of(plan, environment)
    software = {workload.software.name: workload.software for workload in plan.workloads}
    acquired = asyncio.run(
        acquire(
            list(software.values()),
            cache=default_cache(),
            report=report,
            offline=offline,
            service_user=service_user(target.identity),
        )
    )
    programs = {name: _program(found) for name, found in acquired.items()}
    rendered = render(plan, target.paths, programs, target.identity)
    return Assembled(
        plan=plan, target=target.with_rendered(rendered), rendered=rendered, acquired=acquired, given_secrets=given
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
    return ensure(assembled.plan.secrets, assembled.target.paths.secrets, assembled.given_secrets, owner=owner)


def service_user(identity: Identity) -> ServiceUser | None:
    """Who must be able to execute the programs; None where that is ourselves."""
    return ServiceUser(uid=identity.uid, gid=identity.gid, groups=identity.log_groups) if identity.drops else None


def _program(found: Acquired) -> Program:
    return Program(
        executable=Path(found.command[0]),
        prefix_arguments=tuple(found.command[1:]),
        environment=found.environment,
        assets=found.assets,
        version=found.version,
        binaries=found.binaries,
    )


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
