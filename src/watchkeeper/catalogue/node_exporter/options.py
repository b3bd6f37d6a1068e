"""Options of node_exporter, and the thresholds of the host's rules."""

from __future__ import annotations

from pydantic import Field

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.fields import Many


class NodeExporterOptions(Options):
    """Which collectors run, and when the host's alerts fire."""

    disabled_collectors: Many[str] = Field(
        default=("systemd", "wifi", "infiniband", "zfs", "nfs", "nfsd", "xfs", "btrfs", "bcache", "ipvs", "tapestats"),
        description="Collectors switched off, by node_exporter's own names.",
    )
    cpu_warning_ratio: float = Field(
        default=0.9, gt=0, le=1, description="Share of CPU time in use that warns after 15 minutes."
    )
    memory_warning_ratio: float = Field(
        default=0.9, gt=0, le=1, description="Share of memory in use that warns after 10 minutes."
    )
    disk_warning_ratio: float = Field(default=0.85, gt=0, le=1, description="Share of a file system in use that warns.")
    disk_critical_ratio: float = Field(default=0.95, gt=0, le=1, description="Share of a file system in use that is critical.")
    inodes_warning_ratio: float = Field(
        default=0.9, gt=0, le=1, description="Share of a file system's inodes in use that warns."
    )
    file_descriptors_warning_ratio: float = Field(
        default=0.8, gt=0, le=1, description="Share of the machine's file handles in use that warns."
    )
    clock_offset_s: float = Field(default=0.1, gt=0, description="Seconds the machine's clock may be off before that warns.")
