"""A Kafka data folder: formatted once with the identity of its cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from watchkeeper_prepare.failure import CannotPrepare, run
from watchkeeper_process.logfmt import say

_FORMAT_S = 120.0
MARK = "meta.properties"
"""The file by which Kafka itself knows a formatted folder."""


def prepare(java: Path, jars: Path, configuration: Path, environment: Mapping[str, str]) -> None:
    """Format every folder of events that is not yet. A folder of another cluster is left to the broker to refuse.

    Raises CannotPrepare.
    """
    cluster = environment.get("CLUSTER_ID", "")
    if not cluster:
        raise CannotPrepare("cannot prepare Kafka without the variable CLUSTER_ID")
    folders = data_folders(configuration.read_text(encoding="utf-8"))
    if not folders:
        raise CannotPrepare(f"cannot tell from {configuration} where events are kept: it has no log.dirs")
    if all((folder / MARK).is_file() for folder in folders):
        return
    run(
        (
            *(java, "-cp", f"{jars}/*", "kafka.tools.StorageTool", "format", "--ignore-formatted"),
            *("--cluster-id", cluster, "--config", configuration),
        ),
        what="format the folder of events",
        environment=environment,
        timeout_s=_FORMAT_S,
    )
    say("info", "formatted the folder of events", cluster=cluster)


def data_folders(properties: str) -> tuple[Path, ...]:
    """Where the broker keeps events, from the text of its configuration."""
    for line in properties.splitlines():
        name, separator, value = line.partition("=")
        if separator and name.strip() == "log.dirs":
            return tuple(Path(part.strip()) for part in value.split(",") if part.strip())
    return ()
