"""Rules for backups: no workload of ours."""

from __future__ import annotations

from watchkeeper.catalogue.backup.options import BackupOptions
from watchkeeper.catalogue.rules import rule_files
from watchkeeper.catalogue.scene import Basics, Component, Offer, Scene
from watchkeeper.workload.workload import Workload

NAME = "backup"


def offer(options: BackupOptions, basics: Basics) -> Offer:
    """The rules, with the thresholds of the description."""
    return Offer(rules=rule_files(NAME, options.model_dump()))


def workloads(options: BackupOptions, scene: Scene) -> tuple[Workload, ...]:
    """None: what the rules are about runs elsewhere."""
    return ()


COMPONENT = Component(
    name=NAME,
    summary="rules for backups",
    options=BackupOptions,
    offer=offer,
    workloads=workloads,
    memory_bytes=0,
)
