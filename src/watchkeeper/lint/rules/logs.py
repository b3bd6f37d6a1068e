"""Rules for what ships logs: Promtail and Alloy."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject, example
from watchkeeper.lint.walk import below, items, mappings
from watchkeeper.spec.document import Data, KeyPath

_MANY_VALUES = frozenset(
    {
        "trace_id",
        "traceid",
        "traceID",
        "span_id",
        "request_id",
        "user_id",
        "session_id",
        "ip",
        "client_ip",
        "remote_addr",
        "url",
    }
)


def _end_of_life(subject: Subject) -> Iterator[Hit]:
    yield Hit((), "cannot expect fixes: Promtail is past its end of life (2026-03-02)")


def _positions_in_tmp(subject: Subject) -> Iterator[Hit]:
    name = mappings(subject.document.data.get("positions")).get("filename")
    if isinstance(name, str) and name.startswith("/tmp/"):  # noqa: S108 - looked for, not used
        yield Hit(
            ("positions", "filename"),
            f"cannot remember what was sent: {name} is gone after a restart, and everything is sent again",
        )


def _too_many_streams(subject: Subject) -> Iterator[Hit]:
    for path, value in below(subject.document.data):
        if len(path) > 1 and path[-1] == "labels" and "pipeline_stages" in path:
            for name in mappings(value):
                if name in _MANY_VALUES:
                    yield Hit((*path, name), f"cannot index {name}: each of its values becomes a stream of its own", key=True)


def _blocks(value: Data, path: KeyPath = ()) -> Iterator[tuple[KeyPath, dict[str, Data]]]:
    for index, block in enumerate(items(mappings(value).get("blocks"))):
        inner = (*path, "blocks", index)
        yield inner, mappings(block)
        yield from _blocks(block, inner)


def _alloy_labels(subject: Subject) -> Iterator[Hit]:
    for path, block in _blocks(subject.document.data):
        if block.get("name") == "stage.labels":
            values = str(mappings(block.get("attributes")).get("values", ""))
            for name in sorted(_MANY_VALUES):
                if f"{name} " in f"{values} ".replace("=", " ").replace('"', " "):
                    yield Hit(
                        (*path, "attributes", "values"), f"cannot index {name}: each of its values becomes a stream of its own"
                    )


def _docker_running_only(subject: Subject) -> Iterator[Hit]:
    blocks = list(_blocks(subject.document.data))
    if not any(block.get("name") == "loki.source.docker" for _, block in blocks):
        return
    for path, block in blocks:
        attributes = mappings(block.get("attributes"))
        if (
            block.get("name") == "filter"
            and "status" in str(attributes.get("name"))
            and "running" in str(attributes.get("values"))
        ):
            yield Hit(
                path, "cannot remember stopped containers: their positions are dropped, and all their logs sent again on start"
            )


def _docker(status: str) -> str:
    return example(f"""
        discovery.docker "all" {{
          host = "unix:///var/run/docker.sock"
          {status}
        }}
        loki.source.docker "all" {{
          host    = "unix:///var/run/docker.sock"
          targets = discovery.docker.all.targets
        }}
    """)


_ALLOY = example("""
    loki.process "app" {
      forward_to = [loki.write.default.receiver]
      stage.labels {
        values = { level = "" }
      }
    }
""")


def _promtail(positions: str, stage: str) -> str:
    return (
        f"positions: {{filename: {positions}}}\nclients: "
        f"[{{url: 'http://localhost:3100/loki/api/v1/push'}}]\nscrape_configs:\n"
        f"  - job_name: app\n    pipeline_stages: [{{labels: {{{stage}: }}}}]\n"
    )


_GOOD = _promtail("/var/lib/promtail/positions.yaml", "level")

LOG_AGENT_RULES = (
    Rule(
        id="WK-PROMTAIL-001", kinds=(Kind.PROMTAIL,), severity=Severity.WARNING,
        what="Promtail.",
        why="It reached its end of life on 2026-03-02: no fixes, not even for security.",
        fix="move to Grafana Alloy; alloy convert --source-format=promtail translates this file",
        check=_end_of_life, good=_ALLOY, bad=_GOOD,
    ),
    Rule(
        id="WK-PROMTAIL-002", kinds=(Kind.PROMTAIL,), severity=Severity.WARNING,
        what="Positions in /tmp.",
        why="After a restart every file is read from its start: duplicates, and old lines that Loki refuses.",
        fix="keep them on a volume",
        check=_positions_in_tmp, good=_GOOD, bad=_promtail("/tmp/positions.yaml", "level"),  # noqa: S108 - an example of what is wrong
    ),
    Rule(
        id="WK-PROMTAIL-003", kinds=(Kind.PROMTAIL,), severity=Severity.WARNING,
        what="A label with very many values.",
        why="Loki makes a stream for each combination of labels; thousands of them slow it down until it refuses writes.",
        fix="keep it in the line or in structured metadata, and filter when querying",
        check=_too_many_streams, good=_GOOD, bad=_promtail("/var/lib/promtail/positions.yaml", "trace_id"),
    ),
    Rule(
        id="WK-ALLOY-001", kinds=(Kind.ALLOY,), severity=Severity.WARNING,
        what="loki.source.docker on running containers only.",
        why="A container that stops loses its position; when it starts again all its logs are sent a second time.",
        fix="remove the filter on status",
        check=_docker_running_only, good=_docker("refresh_interval = \"5s\""),
        bad=_docker('filter {\n            name   = "status"\n            values = ["running"]\n          }'),
    ),
    Rule(
        id="WK-ALLOY-002", kinds=(Kind.ALLOY,), severity=Severity.WARNING,
        what="A label with very many values.",
        why="Loki makes a stream for each combination of labels; thousands of them slow it down until it refuses writes.",
        fix="use stage.structured_metadata",
        check=_alloy_labels, good=_ALLOY, bad=_ALLOY.replace("level", "trace_id"),
    ),
)  # fmt: skip
