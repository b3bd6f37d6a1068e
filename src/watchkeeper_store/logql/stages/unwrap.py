"""`| unwrap label`: the value of a label as a number, for range aggregations. Filters after it see conversion errors."""

from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper_store.logql.quantities import parse_float, parse_go_duration, parse_size
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.label_filter import Predicate
from watchkeeper_store.logql.stages.stage import EVERYTHING, SAMPLE_ERROR


def _bytes(text: str) -> float:
    return float(parse_size(text))


def _seconds(text: str) -> float:
    return parse_go_duration(text) / 1e9


_READERS: dict[str, Callable[[str], float]] = {
    "": parse_float,
    "bytes": _bytes,
    "duration": _seconds,
    "duration_seconds": _seconds,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrap:
    """`| unwrap label`, `| unwrap conversion(label)`, and the label filters written after it."""

    label: str
    conversion: str = ""
    filters: tuple[Predicate, ...] = ()

    def text(self) -> str:
        """The printed form, with a leading blank."""
        target = f"{self.conversion}({self.label})" if self.conversion else self.label
        return f" | unwrap {target}" + "".join(f" | {predicate.text()}" for predicate in self.filters)

    def reads(self) -> tuple[str, ...]:
        """Names of labels that the filters look at; the unwrapped label itself is not among them."""
        return tuple(name for predicate in self.filters for name in predicate.reads())

    def compile(self) -> Callable[[Record], float | None]:
        """A function from a record to its value; None drops the line: no such label, an empty one, or a filter said no."""
        label, read = self.label, _READERS[self.conversion]
        filters = tuple(predicate.compile(EVERYTHING) for predicate in self.filters)

        def value_of(record: Record) -> float | None:
            text = record.get(label)
            if not text:
                return None
            try:
                value = read(text)
            except ValueError as mistake:
                record.fail(SAMPLE_ERROR, str(mistake))
                value = 0.0
            for accepts in filters:
                if not accepts(record):
                    return None
            return value

        return value_of
