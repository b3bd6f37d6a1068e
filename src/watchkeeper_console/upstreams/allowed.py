"""What a browser may ask the upstreams through the console: a list of methods and paths. Pure.

Everything else is refused, however it is spelled. What goes out is built from this list and never from the text that came in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper_console.settings import UpstreamName

LONGEST_QUERY_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Allowed:
    """``path`` is what to ask the upstream for: ours, below its base address. ``pattern`` is its line in the list."""

    upstream: UpstreamName
    path: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Refused:
    """``status`` 404: no such thing here; 405: not by this method, only by ``methods``."""

    status: int
    methods: tuple[str, ...] = ()


Decision: TypeAlias = Allowed | Refused

_READ = ("GET", "HEAD")
_ASK = ("GET", "HEAD", "POST")  # a POST here is a long query in a form, not a change
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
_TAG = re.compile(r"\.?[A-Za-z_][A-Za-z0-9_.:-]{0,255}")
_TRACE = re.compile(r"[0-9A-Fa-f]{1,32}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_VARIABLES: Mapping[str, re.Pattern[str]] = {"{label}": _LABEL, "{silence}": _UUID, "{tag}": _TAG, "{trace}": _TRACE}

WORDS: Mapping[str, UpstreamName] = {
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "logs": "logs",
    "tempo": "traces",
}
"""The word in our paths → the upstream."""

_PATHS: Mapping[UpstreamName, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "prometheus": (
        "api/v1",
        {
            "query": _ASK,
            "query_range": _ASK,
            "query_exemplars": _ASK,
            "format_query": _ASK,
            "parse_query": _ASK,
            "labels": _ASK,
            "series": _ASK,
            "label/{label}/values": _READ,
            "metadata": _READ,
            "targets": _READ,
            "targets/metadata": _READ,
            "rules": _READ,
            "alerts": _READ,
            "alertmanagers": _READ,
            "scrape_pools": _READ,
            "status/buildinfo": _READ,
            "status/config": _READ,
            "status/flags": _READ,
            "status/runtimeinfo": _READ,
            "status/tsdb": _READ,
        },
    ),
    "alertmanager": (
        "api/v2",
        {
            "status": _READ,
            "receivers": _READ,
            "alerts": _READ,
            "alerts/groups": _READ,
            "silences": ("GET", "HEAD", "POST"),
            "silence/{silence}": ("GET", "HEAD", "DELETE"),
        },
    ),
    "logs": (
        "loki/api/v1",
        {
            "query": _ASK,
            "query_range": _ASK,
            "labels": _ASK,
            "series": _ASK,
            "label/{label}/values": _ASK,
            "index/stats": _ASK,
            "index/volume": _ASK,
            "index/volume_range": _ASK,
            "detected_labels": _ASK,
            "detected_fields": _ASK,
            "detected_field/{label}/values": _ASK,
            "patterns": _ASK,
            "format_query": _ASK,
            "status/buildinfo": _READ,
            "drilldown-limits": _READ,
        },
    ),
    "traces": (
        "api",
        {
            "search": _READ,
            "search/tags": _READ,
            "search/tag/{tag}/values": _READ,
            "v2/search/tags": _READ,
            "v2/search/tag/{tag}/values": _READ,
            "traces/{trace}": _READ,
            "v2/traces/{trace}": _READ,
            "metrics/query_range": _READ,
            "metrics/query": _READ,
            "echo": _READ,
            "status/buildinfo": _READ,
        },
    ),
}


def decide(method: str, raw_path: bytes) -> Decision:
    """Judge ``/api/UPSTREAM/…`` as it came over the wire, percent signs and all. Only the plain spelling is known."""
    try:
        segments = raw_path.decode("ascii").split("/")
    except UnicodeDecodeError:
        return Refused(404)
    if len(segments) < 4 or segments[:2] != ["", "api"]:
        return Refused(404)
    upstream = WORDS.get(segments[2])
    if upstream is None:
        return Refused(404)
    prefix, paths = _PATHS[upstream]
    head = prefix.split("/")
    if segments[3 : 3 + len(head)] != head:
        return Refused(404)
    for pattern, methods in paths.items():
        if _fits(pattern.split("/"), segments[3 + len(head) :]):
            return Allowed(upstream, "/" + "/".join(segments[3:]), pattern) if method in methods else Refused(405, methods)
    return Refused(404)


def _fits(pattern: list[str], segments: list[str]) -> bool:
    if len(pattern) != len(segments):
        return False
    return all(
        _VARIABLES[wanted].fullmatch(given) is not None if wanted in _VARIABLES else wanted == given
        for wanted, given in zip(pattern, segments, strict=True)
    )


def lines() -> Iterator[tuple[UpstreamName, str, str, tuple[str, ...]]]:
    """Every line of the list: upstream, what stands before its paths, pattern and methods."""
    for upstream, (prefix, patterns) in _PATHS.items():
        for pattern, methods in patterns.items():
            yield upstream, prefix, pattern, methods
