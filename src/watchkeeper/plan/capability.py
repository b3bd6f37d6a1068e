"""What each target can do, so that a description that asks for more is refused before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """``built``: the target exists. ``shared_address``: all workloads live on one address, so ports must differ."""

    built: bool
    shared_address: bool


CAPABILITIES: Mapping[str, Capability] = {
    "native": Capability(built=True, shared_address=True),
    "compose": Capability(built=True, shared_address=False),
    "kubernetes": Capability(built=False, shared_address=False),
    "ansible": Capability(built=False, shared_address=False),
}
