"""Fields of log lines: names, types, values, and the parser that finds them. Pure: works on entries of a log query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.quantities import parse_float, parse_go_duration, parse_size
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX, Record
from watchkeeper_store.logql.stages.json_scan import clean
from watchkeeper_store.logql.stages.logfmt import LogfmtStage
from watchkeeper_store.logql.stages.names import sanitized, sanitized_part
from watchkeeper_store.logql.stages.stage import EVERYTHING

_MOST_VALUES = 10_000
_MOST_NESTED = 64
_BOOLEANS = frozenset({"t", "T", "true", "TRUE", "True", "f", "F", "false", "FALSE", "False"})


@dataclass(slots=True)
class DetectedField:
    """One field. ``parsers`` is empty for structured metadata; ``path`` is where JSON has it, empty for other parsers."""

    types: set[str] = field(default_factory=set)
    values: dict[str, None] = field(default_factory=dict)
    parsers: list[str] = field(default_factory=list)
    path: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type that all values have; whole and other numbers together are ``float``, other mixtures ``string``."""
        if len(self.types) == 1:
            return next(iter(self.types))
        return "float" if self.types == {"int", "float"} else "string"

    def add(self, value: str) -> None:
        if value in self.values:
            return
        if len(self.values) < _MOST_VALUES:
            self.values[value] = None
        self.types.add(type_of(value))


@dataclass(frozen=True, slots=True)
class _Found:
    value: str
    parser: str = ""
    path: tuple[str, ...] = ()


def type_of(text: str) -> str:
    """``int``, ``float``, ``boolean``, ``duration``, ``bytes``, or ``string`` where it is none of these."""
    if (text[1:] if text[:1] in ("-", "+") else text).isdecimal() and text.isascii():
        return "int"
    if text in _BOOLEANS:
        return "boolean"
    for name, read in (("float", parse_float), ("duration", parse_go_duration), ("bytes", parse_size)):
        try:
            read(text)
        except ValueError:
            continue
        return name
    return "string"


def detect(entries: Iterable[Entry], most_fields: int) -> dict[str, DetectedField]:
    """The fields of the entries, in the order they are met. Labels of streams are no fields.

    A query that parses lines decides which fields there are; the lines of one that does not are read as JSON, else as logfmt.
    """
    fields: dict[str, DetectedField] = {}
    for entry in entries:
        for name, found in _fields_of(entry):
            known = fields.get(name)
            if known is None:
                if len(fields) >= most_fields:
                    continue
                known = fields[name] = DetectedField()
            known.path = found.path or known.path
            if found.parser and found.parser not in known.parsers:
                known.parsers.append(found.parser)
            known.add(found.value)
    return fields


def _fields_of(entry: Entry) -> Iterator[tuple[str, _Found]]:
    for name, value in entry.metadata:
        yield name, _Found(value)
    taken = {name for name, _ in entry.stream}
    if entry.parsed:
        parser = "json" if entry.line.lstrip().startswith("{") else "logfmt"
        for name, value in entry.parsed:
            if not name.startswith("__"):
                yield name, _Found(value, parser)
        return
    yield from _in_json(entry, taken) if entry.line.lstrip().startswith("{") else _in_logfmt(entry)


def _in_json(entry: Entry, taken: set[str]) -> Iterator[tuple[str, _Found]]:
    import orjson

    try:
        document = orjson.loads(entry.line)
    except orjson.JSONDecodeError:
        yield from _in_logfmt(entry)
        return
    for name, path, value in _flattened(document, "", ()):
        yield (f"{name}{DUPLICATE_SUFFIX}" if name in taken else name), _Found(value, "json", path)


def _flattened(document: Mapping[str, Any], prefix: str, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for key, value in document.items():
        name = f"{prefix}_{sanitized_part(key)}" if prefix else sanitized(key)
        if not name or value is None or isinstance(value, list):
            continue
        if isinstance(value, dict):
            if len(path) < _MOST_NESTED:
                yield from _flattened(value, name, (*path, key))
        else:
            yield name, (*path, key), _text(value)


def _text(value: str | bool | float) -> str:
    if isinstance(value, str):
        return clean(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


_READ_LOGFMT = LogfmtStage().compile(EVERYTHING)


def _in_logfmt(entry: Entry) -> Iterator[tuple[str, _Found]]:
    record = Record(entry.timestamp_ns, entry.line, dict(entry.stream), {})
    _READ_LOGFMT(record)
    if record.error:
        return
    for name, value in record.parsed.items():
        yield name, _Found(value, "logfmt")


_ALWAYS_SHOWN = frozenset({"cluster", "namespace", "instance", "pod"})


def detected_labels(streams: Iterable[Labels]) -> dict[str, int]:
    """How many values each label has, without labels all of whose values are mere identifiers; 0 and 1 say yes and no."""
    values: dict[str, set[str]] = {}
    for labels in streams:
        for name, value in labels:
            values.setdefault(name, set()).add(value)
    return {
        name: len(found)
        for name, found in sorted(values.items())
        if name in _ALWAYS_SHOWN or found <= {"0", "1"} or not all(_is_identifier(value) for value in found)
    }


def _is_identifier(value: str) -> bool:
    """A number or a UUID: worth nothing to choose by."""
    compact = value.replace("-", "")
    if len(compact) == 32 and all(mark in "0123456789abcdefABCDEF" for mark in compact):
        return True
    try:
        parse_float(value)
    except ValueError:
        return False
    return True
