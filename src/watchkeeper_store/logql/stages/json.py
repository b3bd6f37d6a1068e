"""`| json`: members of a JSON object as labels, all of them or those that expressions name."""

from dataclasses import dataclass
from typing import Any

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX, Record
from watchkeeper_store.logql.stages.extraction import Extraction, free_name, parse_extractions
from watchkeeper_store.logql.stages.json_find import decode_pairs, values_at
from watchkeeper_store.logql.stages.json_path import BadPath, Path, parse_path
from watchkeeper_store.logql.stages.json_scan import (
    MOST_NESTED,
    JsonMistake,
    Kind,
    Value,
    array_text,
    clean,
    is_nested_too_deeply,
    label_text,
    members,
)
from watchkeeper_store.logql.stages.names import is_legal, sanitized, sanitized_part
from watchkeeper_store.logql.stages.stage import JSON_ERROR, Stage, Step, Wanted, keep_all


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonStage(Stage):
    """`| json` with no extractions takes every member; nested ones as `outer_inner`, without arrays and nulls."""

    extractions: tuple[Extraction, ...] = ()

    def text(self) -> str:
        if not self.extractions:
            return "| json"
        return f"| json {','.join(extraction.text() for extraction in self.extractions)}"

    def compile(self, wanted: Wanted) -> Step:
        if wanted.nothing:
            return keep_all
        if self.extractions:
            return _compile_paths(self, wanted)
        return _compile_all(wanted)


def parse(cursor: Cursor) -> JsonStage:
    """Read what follows `| `."""
    cursor.expect("json")
    return JsonStage(extractions=parse_extractions(cursor))


def _compile_all(wanted: Wanted) -> Step:
    def step(record: Record) -> bool:
        if wanted.satisfied_by(record):
            return True
        try:
            document = decode_pairs(record.line)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, tuple):
            _take(document, None, record, wanted)
        else:
            _take_leniently(record, wanted)
        return True

    return step


def _joined(prefix: str | None, key: str) -> str:
    """The name of a member; `prefix` is that of the object it is in, None at the top. Blank keys add nothing."""
    if not prefix:
        return sanitized(key)
    part = sanitized_part(key)
    return f"{prefix}_{part}" if part else prefix


def _suffixed(prefix: str | None, key: str) -> str:
    """The same for a member whose name is taken."""
    return sanitized(key) + DUPLICATE_SUFFIX if prefix is None else _joined(prefix, key + DUPLICATE_SUFFIX)


def _take(document: tuple[tuple[str, Any], ...], prefix: str | None, record: Record, wanted: Wanted) -> bool:
    """Returns True when all that is wanted was found, and reading can stop."""
    base, parsed, spent, names = record.base, record.parsed, record.spent or (), wanted.labels
    for key, value in document:
        if value is None or isinstance(value, list):
            continue
        name = _joined(prefix, key) if prefix else sanitized(key)
        if isinstance(value, tuple):
            if wanted.prefix(name) and _take(value, name, record, wanted):
                return True
            continue
        if name in base or name in record.metadata:
            name = _suffixed(prefix, key)
        if not name or name in parsed or name in spent or (names is not None and name not in names):
            continue
        text = value if isinstance(value, str) else "true" if value else "false"
        record.set_parsed(name, clean(text))
        if names is not None and wanted.satisfied_by(record):
            return True
    return False


def _take_leniently(record: Record, wanted: Wanted) -> None:
    if is_nested_too_deeply(record.line):
        wanted.fail(record, JSON_ERROR, f"the line is nested deeper than {MOST_NESTED} levels")
        return
    try:
        _take_members(record.line, None, record, wanted)
    except JsonMistake as mistake:
        wanted.fail(record, JSON_ERROR, str(mistake))


def _take_members(text: str, prefix: str | None, record: Record, wanted: Wanted) -> bool:
    """Returns True when all that is wanted was found, and reading can stop."""
    for key, value in members(text):
        if value.kind is Kind.OBJECT:
            name = _joined(prefix, key)
            if wanted.prefix(name) and _take_members(value.raw, name, record, wanted):
                return True
            continue
        name = _joined(prefix, key)
        if free_name(record, name) != name:
            name = _suffixed(prefix, key)
        is_label = bool(name) and value.kind not in (Kind.NULL, Kind.ARRAY)
        if is_label and wanted.label(name) and not record.is_extracted(name):
            record.set_parsed(name, label_text(value.raw) if value.kind is Kind.STRING else value.raw)
        if wanted.satisfied_by(record):
            return True
    return False


def _compile_paths(stage: JsonStage, wanted: Wanted) -> Step:
    paths: list[tuple[str, Path]] = []
    for extraction in stage.extractions:
        try:
            path = parse_path(extraction.expression)
        except BadPath as mistake:
            raise ParseError.of_stage(stage.text(), str(mistake)) from None
        if not is_legal(extraction.label):
            raise ParseError.of_stage(stage.text(), f"invalid extracted label name '{extraction.label}'")
        paths.append((extraction.label, path))

    labels, wanted_paths = tuple(label for label, _ in paths), tuple(path for _, path in paths)

    def step(record: Record) -> bool:
        line = record.line
        if not line or wanted.satisfied_by(record):
            return True
        if line[0] not in '"{[':
            wanted.fail(record, JSON_ERROR, "")
            return True
        for index, value in values_at(line, wanted_paths):
            if isinstance(value, JsonMistake):
                wanted.fail(record, JSON_ERROR, str(value))
            else:
                record.set_parsed(free_name(record, labels[index]), _path_text(value))
        for label in labels:
            if record.get(label) is None:
                record.set_parsed(label, "")
        return True

    return step


def _path_text(value: Value) -> str:
    if value.kind is Kind.NULL:
        return ""
    if value.kind is Kind.ARRAY:
        return array_text(value.raw)
    return label_text(value.raw) if value.kind is Kind.STRING else value.raw
