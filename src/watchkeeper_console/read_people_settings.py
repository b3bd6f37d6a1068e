"""The configuration's sections about people: organisations, the identity provider, and the page for everybody."""

from __future__ import annotations

import re
from pathlib import Path

from watchkeeper_console.addresses import parse_http_url
from watchkeeper_console.identity.roles import ROLES, Role
from watchkeeper_console.located_yaml import Section
from watchkeeper_console.settings import HttpUrl, Provider, PublicStatus, Settings

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def read_label(section: Section | None) -> str:
    """``organisations: {label: …}``."""
    default = Settings.__dataclass_fields__["organisation_label"].default
    if section is None:
        return str(default)
    section.allow("label")
    label = section.text("label") or str(default)
    if not _LABEL.fullmatch(label) or label.startswith("__"):
        section.notes.add(section.place("label"), f"cannot use {label!r} as a label", "letters, digits and _, no __ in front")
    return label


def read_public_status(section: Section | None) -> PublicStatus | None:
    """``public_status: {title: …, probes: [{name: …}]}``; there only when it is switched on."""
    if section is None:
        return None
    section.allow("title", "probes")
    probes = tuple(name for item in section.sections("probes") if (name := item.text("name", required=True)))
    return PublicStatus(title=section.text("title") or "Status", probes=probes)


def read_provider(section: Section | None, folder: Path) -> Provider | None:
    """``oidc: {issuer, client_id, …}``."""
    if section is None:
        return None
    section.allow(
        *("issuer", "client_id", "client_secret_file", "scopes", "user_claim"),
        *("role_claim", "roles", "default_role", "organisation_claim"),
    )
    issuer, client_id = _issuer(section), section.text("client_id", required=True)
    secret_file, default_role = section.text("client_secret_file"), _role(section, "default_role")
    roles: dict[str, Role] = {}
    for item in section.sections("roles"):
        item.allow("value", "role")
        value, role = item.text("value", required=True), _role(item, "role", required=True)
        if value is not None and role is not None:
            roles[value] = role
    if not roles and default_role is None:
        section.notes.add(section.node, "cannot let anybody in by oidc", "give roles, or a default_role")
    scopes = tuple((section.text("scopes") or "openid profile email").split())
    if "openid" not in scopes:
        section.notes.add(section.place("scopes"), "cannot do without the scope openid", "add it")
    if issuer is None or client_id is None:
        return None
    return Provider(
        issuer=issuer,
        client_id=client_id,
        client_secret_file=folder / secret_file if secret_file else None,
        scopes=scopes,
        user_claim=section.text("user_claim") or "preferred_username",
        role_claim=section.text("role_claim") or "groups",
        roles=roles,
        default_role=default_role,
        organisation_claim=section.text("organisation_claim"),
    )


def _issuer(section: Section) -> HttpUrl | None:
    text = section.text("issuer", required=True)
    if text is None:
        return None
    url = parse_http_url(text)
    if isinstance(url, str):
        section.notes.add(
            section.place("issuer"), f"cannot use {text!r} as an issuer: {url}", "write it like https://id.example.org"
        )
        return None
    if url.scheme == "http" and url.host not in _LOOPBACK:
        section.notes.add(section.place("issuer"), "cannot trust an issuer over plain http", "use https")
    return url


def _role(section: Section, key: str, *, required: bool = False) -> Role | None:
    text = section.text(key, required=required)
    if text is None:
        return None
    role = next((role for role in ROLES if role == text), None)
    if role is None:
        section.notes.add(section.place(key), f"cannot use the role {text!r}", f"one of {', '.join(ROLES)}")
    return role
