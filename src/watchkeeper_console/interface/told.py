"""Shapes of what the console's own API takes and tells."""

from __future__ import annotations

from watchkeeper_console.border.shapes import SWITCH, Shape, choice, number, record, text
from watchkeeper_console.identity.roles import ROLES

USER_NAME = text(64, pattern=r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", words="letters, digits and . _ @ - only, at most 64")
ORGANISATION = text(
    128, shortest=1, pattern=r"[^\x00-\x1f\x7f]+", words="a label's value, at most 128 characters", nullable=True
)
PASSWORD = text(256, shortest=12, words="at least 12 characters")
ROLE = choice(*ROLES)
UID = text(128, pattern=r"[A-Za-z0-9_-]{1,128}", words="letters, digits, _ and - only, at most 128")
FOLDER = text(190, pattern=r"[^\x00-\x1f\x7f]*", words="no control characters")
RUNBOOK = text(128, pattern=r"[A-Za-z][A-Za-z0-9_-]{0,127}", words="letters, digits, _ and - only")
TOKEN_ID = text(16, pattern=r"[0-9a-f]{16}", words="16 hexadecimal digits")
SECONDS: Shape = {"type": "number"}
WORDS: Shape = {"type": "string"}
MAYBE_WORDS: Shape = {"type": ["string", "null"]}
MAYBE_SECONDS: Shape = {"type": ["number", "null"]}
COUNT: Shape = {"type": "integer"}
TEXTS: Shape = {"type": "array", "items": WORDS}
OBJECT: Shape = {"type": "object"}
DONE = record({"status": WORDS, "message": WORDS})


def several(name: str, of: Shape, more: dict[str, Shape] | None = None) -> Shape:
    """``{name: [of, …], …more}``."""
    return record({name: {"type": "array", "items": of}, **(more or {})})


ACCOUNT = record(
    {
        "name": USER_NAME,
        "role": ROLE,
        "organisation": MAYBE_WORDS,
        "disabled": SWITCH,
        "source": choice("file", "local", "oidc"),
        "created_at": SECONDS,
    }
)
NEW_ACCOUNT = record({"name": USER_NAME, "password": PASSWORD}, {"role": ROLE, "organisation": ORGANISATION})
CHANGED_ACCOUNT = record({}, {"role": ROLE, "organisation": ORGANISATION, "disabled": SWITCH, "password": PASSWORD})
CHANGED_PASSWORD = record({"old": text(1024), "new": PASSWORD})

TOKEN = record(
    {
        "id": TOKEN_ID,
        "user": USER_NAME,
        "name": WORDS,
        "role": ROLE,
        "created_at": SECONDS,
        "expires_at": SECONDS,
        "used_at": MAYBE_SECONDS,
    }
)
NEW_TOKEN = record(
    {"name": text(100, shortest=1, pattern=r"[^\x00-\x1f\x7f]+", words="no control characters")},
    {"role": ROLE, "expires_in_s": number(60, 366 * 86_400, description="seconds; 90 days where it is left out")},
)
GIVEN_TOKEN = record({"token": WORDS, **TOKEN["properties"]})

AUDIT_ENTRY = record(
    {
        "id": COUNT,
        "at": SECONDS,
        "actor": WORDS,
        "address": WORDS,
        "action": WORDS,
        "subject": WORDS,
        "outcome": choice("done", "refused"),
        "detail": WORDS,
    }
)

SESSION = record(
    {
        "user": USER_NAME,
        "role": ROLE,
        "organisation": MAYBE_WORDS,
        "source": choice("file", "local", "oidc"),
        "stack": WORDS,
        "features": record({"traces": SWITCH, "public_status": SWITCH, "oidc": SWITCH}),
    },
    {"token": WORDS, "ends_at": SECONDS, "idle_s": SECONDS},
)

LISTED_DASHBOARD = record(
    {
        "uid": UID,
        "title": WORDS,
        "description": WORDS,
        "tags": TEXTS,
        "folder": WORDS,
        "provisioned": SWITCH,
        "updated_at": SECONDS,
    }
)
DASHBOARD_META = record(
    {
        "uid": UID,
        "provisioned": SWITCH,
        "folder": WORDS,
        "version": COUNT,
        "updated_at": SECONDS,
        "updated_by": WORDS,
    }
)
GIVEN_DASHBOARD = record({"meta": DASHBOARD_META, "dashboard": OBJECT})
_TITLE: Shape = {"type": "string", "pattern": r"\S"}
_UID_OR_NONE: Shape = {"type": ["string", "null"], "pattern": "^[A-Za-z0-9_-]{0,128}$"}
_CLASSIC: Shape = {"type": "object", "properties": {"title": _TITLE, "uid": _UID_OR_NONE}, "required": ["title"]}
_V2: Shape = {
    "type": "object",
    "properties": {
        "apiVersion": {"type": "string", "pattern": "^dashboard\\.grafana\\.app/"},
        "metadata": {"type": "object", "properties": {"name": _UID_OR_NONE}},
        "spec": {"type": "object", "properties": {"title": _TITLE, "uid": _UID_OR_NONE}, "required": ["title"]},
    },
    "required": ["apiVersion", "spec"],
}
NEW_DASHBOARD = record({"dashboard": {"type": "object", "anyOf": [_CLASSIC, _V2]}}, {"folder": FOLDER, "overwrite": SWITCH})
DASHBOARD_VERSION = record({"version": COUNT, "saved_at": SECONDS, "saved_by": WORDS})

NOTIFICATION = record(
    {
        "at": SECONDS,
        "receiver": WORDS,
        "integration": WORDS,
        "status": choice("sent", "failed"),
        "alerts": COUNT,
        "group": {"type": "object", "additionalProperties": WORDS},
        "detail": WORDS,
    }
)
NOTIFICATIONS = several("notifications", NOTIFICATION, {"complete": SWITCH, "note": WORDS})

LISTED_RUNBOOK = record({"name": RUNBOOK, "title": WORDS})
GIVEN_RUNBOOK = record({"name": RUNBOOK, "title": WORDS, "markdown": WORDS})

UPTIME_DAY = record({"day": WORDS, "ratio": {"type": ["number", "null"]}})
SERVICE = record(
    {
        "name": WORDS,
        "state": choice("up", "down", "unknown"),
        "ratio": {"type": ["number", "null"]},
        "days": {"type": "array", "items": UPTIME_DAY},
        "certificate_expires_at": MAYBE_SECONDS,
    }
)
PUBLIC_STATUS = record(
    {
        "title": WORDS,
        "at": SECONDS,
        "state": choice("up", "partly", "down", "unknown"),
        "services": {"type": "array", "items": SERVICE},
    }
)
SOURCE = record({"status": choice("ok", "error"), "message": WORDS, "took_ms": MAYBE_SECONDS})
