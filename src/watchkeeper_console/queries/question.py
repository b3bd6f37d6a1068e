"""One query of a batch as what the upstream is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from watchkeeper_console.border.shapes import SWITCH, Shape, choice, listing, number, record, text
from watchkeeper_console.settings import UpstreamName

QUERIES_AT_MOST = 200
LONGEST_EXPRESSION = 32 * 1024
_MOMENT = number(-62_135_596_800, 253_402_300_799, description="unix seconds")

BATCH: Shape = record(
    {
        "queries": listing(
            record(
                {
                    "id": text(128, shortest=1),
                    "source": choice("prometheus", "logs"),
                    "kind": choice("range", "instant"),
                    "expr": text(LONGEST_EXPRESSION, shortest=1),
                },
                {
                    "start": _MOMENT,
                    "end": _MOMENT,
                    "step": number(0.001, 366 * 86_400, description="seconds"),
                    "time": _MOMENT,
                    "limit": number(1, 100_000, whole=True),
                    "direction": choice("backward", "forward"),
                    "categorize_labels": SWITCH,
                },
            ),
            QUERIES_AT_MOST,
        )
    }
)
"""The body of ``POST /api/query``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A POST of ``form`` to ``path`` of ``upstream``; the expression is ``form["query"]``."""

    id: str
    upstream: UpstreamName
    path: str
    form: Mapping[str, str]
    headers: Mapping[str, str]

    def body(self) -> bytes:
        """The form as it goes over the wire."""
        return urlencode(self.form).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """A query that is answered without the upstream: ``status`` and ``words`` say why."""

    id: str
    status: int
    words: str


class SameId(Exception):
    """Two queries of a batch have the same id, so their answers could not be told apart."""


def questions(batch: Mapping[str, Any]) -> list[Question | Unasked]:
    """The questions of a body that fits BATCH, in its order. One that makes no sense does not spoil the others.

    Raises SameId.
    """
    found = [_question(query) for query in batch["queries"]]
    if len({question.id for question in found}) != len(found):
        raise SameId
    return found


def _question(query: Mapping[str, Any]) -> Question | Unasked:
    is_range = query["kind"] == "range"
    needed = ("start", "end", "step") if query["source"] == "prometheus" else ("start", "end")
    missing = [name for name in needed if is_range and name not in query]
    if missing:
        return Unasked(id=query["id"], status=400, words=f"cannot do without {', '.join(missing)} in a range query")
    if is_range and query["end"] < query["start"]:
        return Unasked(id=query["id"], status=400, words="cannot ask for a range whose end is before its start")
    return _metrics(query, is_range=is_range) if query["source"] == "prometheus" else _logs(query, is_range=is_range)


def _metrics(query: Mapping[str, Any], *, is_range: bool) -> Question:
    form = {"query": query["expr"]}
    if is_range:
        form |= {name: _plain(query[name]) for name in ("start", "end", "step")}
    elif "time" in query:
        form["time"] = _plain(query["time"])
    if "limit" in query:
        form["limit"] = str(int(query["limit"]))
    path = "/api/v1/query_range" if is_range else "/api/v1/query"
    return Question(id=query["id"], upstream="prometheus", path=path, form=form, headers={})


def _logs(query: Mapping[str, Any], *, is_range: bool) -> Question:
    form = {"query": query["expr"]}
    if is_range:
        form |= {name: _nanoseconds(query[name]) for name in ("start", "end")}
        if "step" in query:
            form["step"] = _plain(query["step"])
    elif "time" in query:
        form["time"] = _nanoseconds(query["time"])
    if "limit" in query:
        form["limit"] = str(int(query["limit"]))
    if "direction" in query:
        form["direction"] = query["direction"]
    path = "/loki/api/v1/query_range" if is_range else "/loki/api/v1/query"
    headers = {"x-loki-response-encoding-flags": "categorize-labels"} if query.get("categorize_labels") else {}
    return Question(id=query["id"], upstream="logs", path=path, form=form, headers=headers)


def _plain(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def _nanoseconds(seconds: float) -> str:
    # Split first: seconds of our time fill the 53 bits of a float, and multiplied as a float they would lose more.
    whole = int(seconds // 1)
    return str(whole * 1_000_000_000 + round((seconds - whole) * 1_000_000_000))
