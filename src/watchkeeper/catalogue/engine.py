"""What recipes of our own engines share: every one of them takes the same flags and answers on the same health pages."""

from __future__ import annotations

from watchkeeper.workload.probe import Health, HttpProbe
from watchkeeper.workload.reference import Argument, ConfigPath, ListenAddress, VolumePath


def engine_arguments(volume: str, config: str = "") -> tuple[Argument, ...]:
    """``--listen-address``, ``--data-dir`` and, where the engine has a file, ``--config``; its endpoint is ``http``."""
    file = ("--config", ConfigPath(file=config)) if config else ()
    return ("--listen-address", ListenAddress(endpoint="http"), "--data-dir", VolumePath(volume=volume), *file)


def engine_health(*, ready: str = "/-/ready", start_deadline_s: float = 30.0) -> Health:
    """Ready on ``ready``, alive on ``/-/healthy``."""
    return Health(
        ready=HttpProbe(endpoint="http", path=ready),
        alive=HttpProbe(endpoint="http", path="/-/healthy"),
        start_deadline_s=start_deadline_s,
    )
