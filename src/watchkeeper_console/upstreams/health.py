"""Are the data sources well? Each is asked a real question whose answer is known beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper_console.settings import HttpUrl, UpstreamName
from watchkeeper_console.upstreams.client import Client, UpstreamFailed

_WITHIN_S = 4.0


@dataclass(frozen=True, slots=True)
class _Question:
    path: str
    query: Mapping[str, str]
    judge: Callable[[Any], str]
    """What is wrong with the answer; empty: nothing."""


def _one_sample(expected: float) -> Callable[[Any], str]:
    def judge(answer: Any) -> str:
        try:
            ((_, value),) = [series["value"] for series in answer["data"]["result"]]
            right = float(value) == expected
        except (KeyError, TypeError, ValueError):
            right = False
        return "" if right else f"cannot trust its answer: one sample of {expected:g} was expected"

    return judge


def _cluster(answer: Any) -> str:
    try:
        status = str(answer["cluster"]["status"])
    except (KeyError, TypeError):
        return "cannot trust its answer: no cluster status in it"
    return "" if status in {"ready", "disabled"} else f"cannot use it yet: its cluster is {status}"


def _tags(answer: Any) -> str:
    return (
        ""
        if isinstance(answer, dict) and isinstance(answer.get("scopes"), list)
        else "cannot trust its answer: no scopes in it"
    )


_QUESTIONS: Mapping[UpstreamName, _Question] = {
    "prometheus": _Question("/api/v1/query", {"query": "vector(1)"}, _one_sample(1)),
    "alertmanager": _Question("/api/v2/status", {}, _cluster),
    # Grafana's own check of a Loki data source, at the same moment.
    "traces": _Question("/api/v2/search/tags", {}, _tags),
    "logs": _Question("/loki/api/v1/query", {"query": "vector(1)+vector(1)", "time": "4000000000"}, _one_sample(2)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """``message`` says what is wrong, in words; empty when well."""

    name: UpstreamName
    is_well: bool
    message: str
    took_s: float | None


async def check(
    client: Client, upstreams: Mapping[UpstreamName, HttpUrl], *, within_s: float = _WITHIN_S
) -> list[SourceHealth]:
    """Ask all of ``upstreams`` at once; each has ``within_s``. The order is that of ``upstreams``."""
    return list(await asyncio.gather(*(_check_one(client, name, base, within_s) for name, base in upstreams.items())))


async def _check_one(client: Client, name: UpstreamName, base: HttpUrl, within_s: float) -> SourceHealth:
    question = _QUESTIONS[name]
    began_at = asyncio.get_running_loop().time()
    try:
        answer = await client.get_json(name, base, question.path, question.query, within_s=within_s)
    except UpstreamFailed as error:
        return SourceHealth(name=name, is_well=False, message=str(error), took_s=None)
    problem = question.judge(answer)
    took_s = asyncio.get_running_loop().time() - began_at
    return SourceHealth(name=name, is_well=not problem, message=problem, took_s=took_s)
