"""Surroundings in which nothing answers: addresses on which nobody listens, and passwords in files."""

from __future__ import annotations

from pathlib import Path

KEY = "the-right-key"


def an_environment(folder: Path, **changes: str) -> dict[str, str]:
    """All variables. Port 1 on loopback refuses every connection at once."""
    environment = dict.fromkeys(("POSTGRES_ADDRESS", "REDIS_ADDRESS", "RABBITMQ_ADDRESS", "KAFKA_BROKERS"), "127.0.0.1:1")
    for name in ("POSTGRES_PASSWORD_FILE", "REDIS_PASSWORD_FILE", "RABBITMQ_PASSWORD_FILE", "NETWORK_MONITOR_KEY_FILE"):
        file = folder / name.lower()
        file.write_text(f"{KEY}\n" if name.startswith("NETWORK") else f"secret of {name}\n", encoding="utf-8")
        environment[name] = str(file)
    return environment | changes
