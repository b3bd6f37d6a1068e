"""Rules for the cost, budget and quality of language models, and what would save money: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.ai.dashboards import DASHBOARDS
from watchkeeper.catalogue.ai.options import AiOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "ai"


def offer(options: AiOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()), dashboards=DASHBOARDS)


def workloads(options: AiOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for the cost, budget and quality of language models, and what would save money",
    options=AiOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
