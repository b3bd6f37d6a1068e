"""Label sets as immutable values."""

from typing import TypeAlias

from watchkeeper_store.logql.quoting import quote

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Label pairs sorted by name, names unique. Stream labels, structured metadata and series all have this shape."""
METRIC_NAME = "__name__"
"""The label in which Prometheus keeps a metric's name. Lines seldom have it; aggregations treat it as Prometheus does."""


def labels_of(pairs: dict[str, str]) -> Labels:
    """Labels from names and values in any order."""
    return tuple(sorted(pairs.items()))


def labels_text(labels: Labels) -> str:
    """Write a label set the way series are named in messages and results: `{app="shop", pod="a"}`."""
    return "{" + ", ".join(f"{name}={quote(value)}" for name, value in labels) + "}"
