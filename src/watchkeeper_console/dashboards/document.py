"""What is needed to know of a dashboard's JSON to list and keep it. Pure; drawing is the browser's work.

Two layouts: Grafana's classic one, and v2 (``{"apiVersion": "dashboard.grafana.app/v2…", "metadata": …, "spec": …}``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LARGEST_BYTES = 4 << 20
_UID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class NotADashboard(Exception):
    """The message starts with "cannot"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A dashboard's entry in a list."""

    uid: str
    title: str
    description: str
    tags: tuple[str, ...]


def listing_of(document: Mapping[str, Any]) -> Listing:
    """The entry of a dashboard; one without a uid gets one made from its title, the same on every import.

    Raises NotADashboard.
    """
    spec = document.get("spec")
    is_v2 = isinstance(spec, dict) and str(document.get("apiVersion", "")).startswith("dashboard.grafana.app/")
    body = spec if is_v2 and isinstance(spec, dict) else document
    title = body.get("title")
    if not isinstance(title, str) or not title.strip():
        raise NotADashboard("cannot use this as a dashboard: it has no title")
    metadata = document.get("metadata")
    named = metadata.get("name") if is_v2 and isinstance(metadata, dict) else None
    uid = body.get("uid") or named or f"imported-{hashlib.sha256(title.encode('utf-8', 'replace')).hexdigest()[:12]}"
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        raise NotADashboard(f"cannot use the uid {str(uid)[:64]!r}: letters, digits, _ and - only, at most 128")
    description, tags = body.get("description"), body.get("tags")
    return Listing(
        uid=uid,
        title=title.strip()[:512],
        description=description[:2048] if isinstance(description, str) else "",
        tags=tuple(str(tag)[:64] for tag in tags[:64]) if isinstance(tags, list) else (),
    )


def pack(document: Mapping[str, Any]) -> bytes:
    """As it is kept and sent. Raises NotADashboard where it is too large or too deep."""
    try:
        content = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotADashboard(
            "cannot keep this as JSON: it is nested too deeply, or not all of it is text and numbers"
        ) from error
    if len(content) > LARGEST_BYTES:
        raise NotADashboard(f"cannot keep a dashboard of more than {LARGEST_BYTES} bytes")
    return content
