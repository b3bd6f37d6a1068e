"""Rules for PostgreSQL, as postgres_exporter shows it: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.postgres.dashboards import DASHBOARDS
from watchkeeper.catalogue.postgres.options import PostgresOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "postgres"


def offer(options: PostgresOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: PostgresOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for PostgreSQL, as postgres_exporter shows it",
    options=PostgresOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
