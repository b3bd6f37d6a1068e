"""What a person may do, as three steps of a ladder."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Role: TypeAlias = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the one that may least to the one that may most: look; also silence and import dashboards; also see to people."""


def parse_role(text: str) -> Role:
    """The role of that name. A name that nobody knows gives the least."""
    return next((role for role in ROLES if role == text), "viewer")


def suffices(role: Role, needed: Role) -> bool:
    """Whether ``role`` may do what ``needed`` may."""
    return ROLES.index(role) >= ROLES.index(needed)


def lesser(one: Role, other: Role) -> Role:
    """The one of both that may less."""
    return one if ROLES.index(one) <= ROLES.index(other) else other
