"""`| json`: members of a JSON object as labels, all of them or those that expressions name."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.extraction import Extraction, free_name, parse_extractions
from watchkeeper_store.logql.stages.json_path import BadPath, Path, parse_path
from watchkeeper_store.logql.stages.json_scan import (
    MOST_NESTED,
    JsonMistake,
    Kind,
    Value,
    array_text,
    clean,
    elements,
    is_nested_too_deeply,
    label_text,
    members,
)
from watchkeeper_store.logql.stages.names import is_legal, sanitized, sanitized_part
from watchkeeper_store.logql.stages.stage import JSON_ERROR, Stage, Step, Wanted, keep_all


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


# Numbers keep their spelling: 1.0 and 1e3 are label values, not quantities.
_decode = json.JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=_refuse_constant).decode
# Objects as tuples of pairs: which of two members of one name counts depends on whether reading stops at the first.
_decode_pairs = json.JSONDecoder(
    strict=False, parse_float=str, parse_int=str, parse_constant=_refuse_constant, object_pairs_hook=tuple
).decode


_ABSENT = object()


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
            document = _decode_pairs(record.line)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, tuple):
            _take(document, "", record, wanted)
        else:
            _take_leniently(record, wanted)
        return True

    return step


def _take(document: tuple[tuple[str, Any], ...], prefix: str, record: Record, wanted: Wanted) -> bool:
    """Returns True when all that is wanted was found, and reading can stop."""
    for key, value in document:
        if value is None or isinstance(value, list):
            continue
        name = f"{prefix}_{sanitized_part(key)}" if prefix else sanitized(key)
        if isinstance(value, tuple):
            if wanted.prefix(name) and _take(value, name, record, wanted):
                return True
            continue
        name = free_name(record, name)
        if name and wanted.label(name):
            text = value if isinstance(value, str) else "true" if value else "false"
            record.set_parsed(name, clean(text))
            if wanted.satisfied_by(record):
                return True
    return False


def _take_leniently(record: Record, wanted: Wanted) -> None:
    if is_nested_too_deeply(record.line):
        wanted.fail(record, JSON_ERROR, f"the line is nested deeper than {MOST_NESTED} levels")
        return
    try:
        _take_members(record.line, "", record, wanted)
    except JsonMistake as mistake:
        wanted.fail(record, JSON_ERROR, str(mistake))


def _take_members(text: str, prefix: str, record: Record, wanted: Wanted) -> bool:
    """Returns True when all that is wanted was found, and reading can stop."""
    for key, value in members(text):
        name = f"{prefix}_{sanitized_part(key)}" if prefix else sanitized(key)
        if value.kind is Kind.OBJECT:
            if wanted.prefix(name) and _take_members(value.raw, name, record, wanted):
                return True
            continue
        name = free_name(record, name)
        if name and wanted.label(name) and value.kind not in (Kind.NULL, Kind.ARRAY):
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

    def step(record: Record) -> bool:
        line = record.line
        if not line or wanted.satisfied_by(record):
            return True
        if line[0] not in '"{[':
            wanted.fail(record, JSON_ERROR, "")
            return True
        document = _decoded(line)
        for label, path in paths:
            value = _find(line, document, path)
            if value is not None:
                record.set_parsed(free_name(record, label), _path_text(value))
            elif record.get(label) is None:
                record.set_parsed(label, "")
        return True

    return step


def _path_text(value: Value) -> str:
    if value.kind is Kind.NULL:
        return ""
    if value.kind is Kind.ARRAY:
        return array_text(value.raw)
    return label_text(value.raw) if value.kind is Kind.STRING else value.raw


def _decoded(line: str) -> Any:
    """The document of a well-formed line, else None."""
    try:
        return _decode(line)
    except (ValueError, RecursionError):
        return None


def _find(line: str, document: Any, path: Path) -> Value | None:
    """The value at a path; what comes after it in the line may be malformed."""
    if document is not None:
        for step in path:
            if isinstance(document, dict) and isinstance(step, str):
                document = document.get(step, _ABSENT)
            elif isinstance(document, list) and isinstance(step, int) and step < len(document):
                document = document[step]
            else:
                return None
            if document is _ABSENT:
                return None
        if document is None:
            return Value(Kind.NULL, "null")
        if isinstance(document, bool):
            return Value(Kind.BOOLEAN, "true" if document else "false")
        if isinstance(document, str):
            return Value(Kind.NUMBER, clean(document))
    # The raw text of objects and arrays, and whatever can be found in a malformed line.
    current = Value(Kind.OBJECT, line) if isinstance(path[0], str) else Value(Kind.ARRAY, line)
    try:
        for step in path:
            found = _member(current, step) if isinstance(step, str) else _element(current, step)
            if found is None:
                return None
            current = found
    except JsonMistake:
        return None
    return current


def _member(value: Value, name: str) -> Value | None:
    if value.kind is not Kind.OBJECT:
        return None
    return next((member for key, member in members(value.raw) if key == name), None)


def _element(value: Value, index: int) -> Value | None:
    if value.kind is not Kind.ARRAY:
        return None
    return next((element for position, element in enumerate(elements(value.raw)) if position == index), None)
