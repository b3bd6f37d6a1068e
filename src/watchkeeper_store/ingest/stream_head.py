"""What a stream's labels decide once for all its rows: its number, its service name, its level, whether it may be taken."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper_store.ingest.level import level_of_labels
from watchkeeper_store.ingest.verdict import stream_fault
from watchkeeper_store.model.limits import Limits
from watchkeeper_wire.loki_labels import LabelPairs, LabelsUnreadable, labels_text, parse_labels

SERVICE_NAME = "service_name"
UNKNOWN_SERVICE = "unknown_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamHead:
    """Labels as stored, or why not. ``level`` is the one that the labels state, empty for none."""

    text: str
    labels: LabelPairs = ()
    level: str = ""
    fault: tuple[str, str] | None = None


def stream_head(text: str, limits: Limits) -> StreamHead:
    """Read a label set as sent and complete it. Empty values are dropped: to Loki they are absent labels."""
    try:
        pairs = parse_labels(text)
    except LabelsUnreadable as failure:
        return StreamHead(text=text, fault=("invalid_labels", f"Error parsing labels '{text}' with error: {failure}"))
    present = {name: value for name, value in pairs if value}
    if present and limits.discover_service_name and SERVICE_NAME not in present:
        sources = (present[name] for name in limits.discover_service_name if name in present)
        present[SERVICE_NAME] = next(sources, UNKNOWN_SERVICE)
    labels = tuple(sorted(present.items()))
    written = labels_text(labels)
    level = level_of_labels(present) if limits.discover_log_levels else ""
    return StreamHead(text=written, labels=labels, level=level, fault=stream_fault(written, labels, limits))
