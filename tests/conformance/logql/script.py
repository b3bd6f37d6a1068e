"""The script language of the conformance tests, in the spirit of Prometheus' promqltest.

    # lines of a stream: a time, structured metadata in braces if any, the line (as it is, or $"…" with Go's escapes)
    load {app="shop"}
      10s level=info msg=hello
      20s {trace="a1"} level=error msg="no stock"

    # labels and value per series, in any order; `ordered` compares the order as well
    eval instant at 1m [ordered] count_over_time({app="shop"}[1m])
      {app="shop"} 2

    # one value per step, `_` for none
    eval range from 0s to 1m step 30s sum(count_over_time({app="shop"}[30s]))
      {} 0 2 _

    # entries in their order: time, all labels of the entry, its line
    eval log from 0s to 1m [limit 5] [backward] {app="shop"} | logfmt
      10s {app="shop", level="info", msg="hello"} level=info msg=hello

    # the message has to contain the text
    fail instant at 1m sum_over_time({app="shop"}[1m])
      invalid aggregation sum_over_time without unwrap

    # the printed form; and the text of a syntax error, whole
    parse {app="shop"}|="x"
      {app="shop"} |= "x"
    parse_fail {app="shop"
      parse error at line 1, col 12: syntax error: unexpected $end, expecting } or ,

`clear` forgets the lines loaded so far. Times are relative to the start of the script. Checks do not depend on each other.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.quantities import parse_prometheus_duration
from watchkeeper_store.logql.quoting import unquote


@dataclass(frozen=True)
class LoadedLine:
    labels: Labels
    time_ns: int
    line: str
    metadata: Labels = ()


@dataclass(frozen=True)
class Check:
    """One command with the lines below it; `lines` are what was loaded before it."""

    number: int
    kind: str
    query: str
    expected: tuple[str, ...]
    lines: tuple[LoadedLine, ...]
    start_ns: int = 0
    end_ns: int = 0
    step_ns: int = 0
    limit: int | None = None
    backward: bool = False
    ordered: bool = False


_COMMAND = re.compile(
    r"(?P<verb>eval|fail) (?:instant at (?P<at>\S+)|(?P<shape>range|log) from (?P<start>\S+) to (?P<end>\S+)"
    r"(?: step (?P<step>\S+))?(?: limit (?P<limit>\d+))?(?P<backward> backward)?)(?P<ordered> ordered)? (?P<query>.+)"
)
_LINE = re.compile(r"(?P<time>\S+) (?:(?P<metadata>\{[A-Za-z_]\w*=[^{}\"]*(?:\"[^\"]*\"[^{}\"]*)*\}) )?(?P<line>.*)")
_PAIR = re.compile(r'\s*([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*")\s*(?:,|$)')


def read_labels(text: str) -> Labels:
    """Read `{a="b", c="d"}`."""
    body = text.strip()[1:-1]
    return labels_of({pair[1]: unquote(pair[2]) for pair in _PAIR.finditer(body)})


def read_line(text: str) -> str:
    return unquote(text[1:]) if text.startswith('$"') else text


def read_value(text: str) -> float | None:
    return None if text == "_" else float(text)


def same_value(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)


@dataclass
class _Reader:
    path: Path
    loaded: list[LoadedLine] = field(default_factory=list)

    def blocks(self) -> Iterator[tuple[int, str, list[str]]]:
        head: tuple[int, str] | None = None
        below: list[str] = []
        for number, raw in enumerate(self.path.read_text().splitlines(), start=1):
            if not raw.strip() or raw.startswith("#"):
                continue
            if raw.startswith("  "):
                below.append(raw[2:].rstrip())
                continue
            if head is not None:
                yield (*head, below)
            head, below = (number, raw.strip()), []
        if head is not None:
            yield (*head, below)

    def checks(self) -> Iterator[Check]:
        for number, head, below in self.blocks():
            verb, _, rest = head.partition(" ")
            if verb == "clear":
                self.loaded.clear()
            elif verb == "load":
                labels = read_labels(rest)
                self.loaded.extend(self._line(labels, text) for text in below)
            elif verb in ("parse", "parse_fail"):
                yield Check(number, verb, rest, tuple(below), ())
            else:
                yield self._evaluation(number, head, tuple(below))

    def _line(self, labels: Labels, text: str) -> LoadedLine:
        found = _LINE.fullmatch(text)
        assert found is not None, f"{self.path.name}: not a line to load: {text}"
        metadata = read_labels(found["metadata"]) if found["metadata"] else ()
        return LoadedLine(labels, parse_prometheus_duration(found["time"]), read_line(found["line"]), metadata)

    def _evaluation(self, number: int, head: str, below: tuple[str, ...]) -> Check:
        found = _COMMAND.fullmatch(head)
        assert found is not None, f"{self.path.name}:{number}: not a command: {head}"
        shape = found["shape"] or "instant"
        start = parse_prometheus_duration(found["at"] or found["start"])
        return Check(
            number,
            shape if found["verb"] == "eval" else f"fail_{shape}",
            found["query"],
            below,
            tuple(self.loaded),
            start_ns=start,
            end_ns=parse_prometheus_duration(found["at"] or found["end"]),
            step_ns=parse_prometheus_duration(found["step"]) if found["step"] else 0,
            limit=int(found["limit"]) if found["limit"] else None,
            backward=found["backward"] is not None,
            ordered=found["ordered"] is not None,
        )


def read_script(path: Path) -> list[Check]:
    """All checks of a script, in order."""
    return list(_Reader(path).checks())
