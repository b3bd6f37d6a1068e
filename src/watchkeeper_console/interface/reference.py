"""The table of endpoints as a page of documentation: ``python -m watchkeeper_console.interface.reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from watchkeeper_console.border.shapes import Shape
from watchkeeper_console.interface.endpoint import Endpoint
from watchkeeper_console.interface.table import DASHBOARDS, OPERATIONS, PAGES, PEOPLE, STACK
from watchkeeper_console.tenancy.confine import TREATMENTS
from watchkeeper_console.upstreams.allowed import WORDS, lines

_HEAD = """# The console's API

<!-- Generated: python -m watchkeeper_console.interface.reference > docs/reference/console-api.md -->

The same as OpenAPI, for programs that read it: `GET /api/openapi.json`.

**Who asks.** Browsers by their session's cookie, with the session's `token` (from `GET /api/session`) in
`X-Watchkeeper-Token` on every request that is not GET or HEAD. Programs by `Authorization: Bearer wkt_…` (an API token from
`/account`), or by HTTP basic auth. A token may never more than its owner, and cannot make tokens or change passwords.

**Roles.** *viewer* looks, *editor* also silences alerts and imports dashboards, *admin* also sees to people. *open*: without
signing in.

**Organisations.** Whoever is bound to one sees its data only; what is marked *not bound* is refused to them.

**Refusals** are `{"error": "code", "message": "cannot …"}`; below a proxied API also `status`, `errorType`, `error` (the
words) and `upstream`, as Prometheus' clients expect. Unknown members and parameters are refused, not ignored. Bodies may have
1 MiB where nothing else is said.
"""


def markdown() -> str:
    """The whole page."""
    sections = (
        ("The stack", STACK),
        ("Dashboards", DASHBOARDS),
        ("People", PEOPLE),
        ("The process", OPERATIONS),
        ("Pages", PAGES),
    )
    parts = [_HEAD]
    for title, endpoints in sections:
        parts += [f"\n## {title}\n\n", _table(endpoints)]
    bodies = [endpoint for _, endpoints in sections for endpoint in endpoints if endpoint.body is not None]
    parts += ["\n## Bodies\n\n", *(_body(endpoint) for endpoint in bodies), _proxied()]
    return "".join(parts)


def _table(endpoints: Iterable[Endpoint]) -> str:
    rows = ["| Request | Role | What | Statuses |\n|---|---|---|---|\n"]
    for endpoint in endpoints:
        query = "?" + "&".join(endpoint.parameters) if endpoint.parameters else ""
        role = endpoint.access + ("" if endpoint.also_bound else ", not bound")
        statuses = ", ".join(str(status) for status in (endpoint.status, *endpoint.may))
        rows.append(f"| `{endpoint.method} {endpoint.path}{query}` | {role} | {endpoint.summary} | {statuses} |\n")
    return "".join(rows)


def _body(endpoint: Endpoint) -> str:
    assert endpoint.body is not None  # noqa: S101 - only those with one are asked for
    return f"`{endpoint.method} {endpoint.path}`\n\n" + "".join(_members(endpoint.body, "")) + "\n"


def _members(shape: Shape, indent: str) -> Iterable[str]:
    required: Sequence[str] = shape.get("required", ())
    for name, member in shape.get("properties", {}).items():
        needed = "" if name in required else ", optional"
        yield f"{indent}- `{name}`: {_kind(member)}{needed}\n"
        inner = member.get("items", member)
        if inner.get("additionalProperties") is False:
            yield from _members(inner, indent + "  ")


def _kind(shape: Shape) -> str:
    if "enum" in shape:
        return " or ".join(f"`{word}`" for word in shape["enum"])
    kinds = shape.get("type", "any")
    name = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "maxItems" in shape:
        name = f"list of at most {shape['maxItems']}"
    bounds = [f"from {shape['minimum']:.15g}", f"to {shape['maximum']:.15g}"] if "minimum" in shape else []
    if "maxLength" in shape:
        bounds.append(f"at most {shape['maxLength']} characters")
    if "description" in shape:
        bounds.append(str(shape["description"]))
    return name + (f" ({', '.join(bounds)})" if bounds else "")


_PASSED_ON = """## Passed on

What the upstreams answer, streamed. Only these paths and methods, in their plain spelling. *Bound* tells what happens for
members of an organisation. `WEBSOCKET /api/logs/loki/api/v1/tail?query&start&limit&delay_for` sends log lines as they arrive
(bound: logql).

| Path | Methods | Bound |
|---|---|---|
"""
_TREATMENTS = """
*promql*, *logql*: the matcher is put into every selector of `query`, or the query is refused. *series*, *streams*, *stream*:
the same for selectors. The other words: the answer is cut down to what carries the organisation's label.
"""


def _proxied() -> str:
    words = {upstream: word for word, upstream in WORDS.items()}
    bound = {line[0:3:2]: TREATMENTS.get((line[0], line[2]), "refused") for line in lines()}
    rows = [
        f"| `/api/{words[upstream]}/{prefix}/{pattern}` | {', '.join(methods)} | {bound[upstream, pattern]} |\n"
        for upstream, prefix, pattern, methods in lines()
    ]
    return _PASSED_ON + "".join(rows) + _TREATMENTS


if __name__ == "__main__":
    sys.stdout.write(markdown())
