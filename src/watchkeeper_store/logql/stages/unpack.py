"""`| unpack`: undo Promtail's `pack`: the strings of a JSON object become labels, its `_entry` becomes the line."""

from dataclasses import dataclass

from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.extraction import free_name
from watchkeeper_store.logql.stages.json_scan import JsonMistake, Kind, label_text, members, unescaped
from watchkeeper_store.logql.stages.names import sanitized
from watchkeeper_store.logql.stages.stage import JSON_ERROR, Stage, Step, Wanted, keep_all

PACKED_LINE = "_entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackStage(Stage):
    """A line that is an object without `_entry` stays as it is; one that is no object is marked."""

    def text(self) -> str:
        return "| unpack"

    def compile(self, wanted: Wanted) -> Step:
        if wanted.nothing:
            return keep_all

        def step(record: Record) -> bool:
            if not record.line or wanted.satisfied_by(record):
                return True
            if record.line[0] != "{":
                wanted.fail(record, JSON_ERROR, "expecting json object(6), but it is not")
                return True
            try:
                _unpack(record, wanted)
            except JsonMistake as mistake:
                wanted.fail(record, JSON_ERROR, str(mistake))
            return True

        return step


def _unpack(record: Record, wanted: Wanted) -> None:
    line: str | None = None
    labels: list[tuple[str, str]] = []
    for key, value in members(record.line):
        if value.kind is not Kind.STRING:
            continue
        if key == PACKED_LINE:
            line = unescaped(value.raw)
            if line is None:
                raise JsonMistake("Encountered an invalid escape sequence in a string")
            continue
        name = free_name(record, key)
        if wanted.label(name) and not record.is_extracted(name):
            labels.append((sanitized(name), label_text(value.raw)))
    if line is None:
        return
    for name, text in labels:
        record.set_parsed(name, text)
    record.line = line


def parse(cursor: Cursor) -> UnpackStage:
    """Read what follows `| `."""
    cursor.expect("unpack")
    return UnpackStage()
