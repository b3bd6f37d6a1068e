"""One line of the table of endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from watchkeeper_console.border.shapes import Shape
from watchkeeper_console.identity.roles import Role

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET"]
Access: TypeAlias = Role | Literal["open"]
"""The least role that may ask; ``open``: anybody, without signing in."""
Kind: TypeAlias = Literal["api", "page", "file", "operation", "proxy"]
"""``page``: what browsers navigate to; ``proxy``: an upstream answers; ``operation``: for whoever runs the console."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """``name`` finds the handler. ``gives`` is the shape of a 200's JSON, or a media type where it is no JSON.

    ``parameters`` are those of the query, ``path_parameters`` those in ``path``; ``needed`` names the ones that must be given.
    ``may`` lists the further statuses of its own; ``also_bound``: people bound to an organisation may ask, and see theirs only.
    """

    method: Method
    path: str
    access: Access
    name: str
    summary: str
    kind: Kind = "api"
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    path_parameters: Mapping[str, Shape] = field(default_factory=dict)
    body: Shape | None = None
    body_limit_bytes: int = 1 << 20
    gives: Shape | str = "application/json"
    status: int = 200
    may: tuple[int, ...] = ()
    also_bound: bool = True
