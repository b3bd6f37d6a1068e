"""Rules for Redis, as redis_exporter shows it: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.redis.dashboards import DASHBOARDS
from watchkeeper.catalogue.redis.options import RedisOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "redis"


def offer(options: RedisOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: RedisOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for Redis, as redis_exporter shows it",
    options=RedisOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
