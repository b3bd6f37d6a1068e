"""The Prometheus text format 0.0.4: a page of metric families, and histograms whose buckets agree with their count."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    """Shortest text that reads back as the same number; Prometheus' spelling of the infinities and NaN."""
    if isinstance(value, int):
        return str(value)
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long one class of operation takes: a log-normal distribution, seen through the bounds of a histogram."""

    bounds: tuple[float, ...]
    shares: tuple[float, ...]
    """Share of operations at or below each bound."""
    mean_s: float


def latency(bounds: Sequence[float], *, median_s: float, spread: float) -> Latency:
    """The log-normal distribution with this median; `spread` is the standard deviation of the logarithm."""
    shares = tuple((1 + math.erf((math.log(bound) - math.log(median_s)) / (spread * math.sqrt(2)))) / 2 for bound in bounds)
    return Latency(bounds=tuple(bounds), shares=shares, mean_s=median_s * math.exp(spread**2 / 2))


class Page:
    """One answer to a scrape. Families are begun one after another; samples go to the family begun last."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._name = ""

    def counter(self, name: str, help_text: str) -> None:
        """Begin a family of counters."""
        self._begin(name, "counter", help_text)

    def gauge(self, name: str, help_text: str) -> None:
        """Begin a family of gauges."""
        self._begin(name, "gauge", help_text)

    def histogram(self, name: str, help_text: str) -> None:
        """Begin a family of histograms."""
        self._begin(name, "histogram", help_text)

    def add(self, value: float, /, **labels: str) -> None:
        """One sample of the family begun last. (A parameter of its own must not shadow a label called `value`.)"""
        self._lines.append(f"{self._name}{_label_text(labels)} {_number(value)}")

    def add_count(self, value: float, /, **labels: str) -> None:
        """One sample that counts whole things: the fraction under way is not shown yet."""
        self._lines.append(f"{self._name}{_label_text(labels)} {math.floor(value)}")

    def add_histogram(self, parts: Sequence[tuple[float, Latency]], /, **labels: str) -> None:
        """One histogram made of (how many, how long they take). All parts have the same bounds; `le` is added here.

        Each bucket is rounded down, which keeps both orders: from bucket to bucket and from scrape to scrape.
        """
        base = _label_text(labels)[1:-1] + "," if labels else ""
        total = sum(count for count, _ in parts)
        for position, bound in enumerate(parts[0][1].bounds):
            below = sum(count * taken.shares[position] for count, taken in parts)
            # Rounding may lift the sum of shares a hair above the total.
            self._lines.append(f'{self._name}_bucket{{{base}le="{bound}"}} {math.floor(min(below, total))}')
        count_text = str(math.floor(total))
        self._lines.append(f'{self._name}_bucket{{{base}le="+Inf"}} {count_text}')
        suffix = _label_text(labels)
        seconds = sum(count * taken.mean_s for count, taken in parts)
        self._lines.append(f"{self._name}_sum{suffix} {_number(round(seconds, 6))}")
        self._lines.append(f"{self._name}_count{suffix} {count_text}")

    def one_gauge(self, name: str, help_text: str, value: float, /, **labels: str) -> None:
        """A family with a single gauge."""
        self.gauge(name, help_text)
        self.add(value, **labels)

    def one_counter(self, name: str, help_text: str, value: float, /, **labels: str) -> None:
        """A family with a single counter of whole things."""
        self.counter(name, help_text)
        self.add_count(value, **labels)

    def text(self) -> str:
        """The page as it goes over the wire."""
        return "\n".join(self._lines) + "\n"

    def _begin(self, name: str, kind: str, help_text: str) -> None:
        self._name = name
        self._lines.append(f"# HELP {name} {help_text}")
        self._lines.append(f"# TYPE {name} {kind}")


def _label_text(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join([f'{name}="{_escaped(value)}"' for name, value in labels.items()]) + "}"
