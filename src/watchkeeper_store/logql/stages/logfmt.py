"""`| logfmt`: `key=value` pairs of a line as labels, all of them or those that expressions name."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX, Record
from watchkeeper_store.logql.stages.extraction import Extraction, free_name, parse_extractions
from watchkeeper_store.logql.stages.json_scan import clean
from watchkeeper_store.logql.stages.names import is_legal, sanitized
from watchkeeper_store.logql.stages.stage import LOGFMT_ERROR, Stage, Step, Wanted, keep_all

_KEY_START = re.compile(r"[^\x00-\x20]")
_KEY = re.compile(r'[^\x00-\x20="]*')
_VALUE = re.compile(r'[^\x00-\x20="]*')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BLANK = re.compile(r"[\x00-\x20]")
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
# The whole of a line without quotes in one pass: the common case.
_SIMPLE_PAIR = re.compile(r'[\x00-\x20]*([^\x00-\x20="\ufffd]+)=(?:([^\x00-\x20="]+)|"([^"\\]*)")?(?=[\x00-\x20]|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class LogfmtStage(Stage):
    """`strict` stops at the first bad pair and marks the line; else bad pairs are skipped. `keep_empty` keeps `key=`."""

    strict: bool = False
    keep_empty: bool = False
    extractions: tuple[Extraction, ...] = ()

    def text(self) -> str:
        flags = (" --strict" if self.strict else "") + (" --keep-empty" if self.keep_empty else "")
        wanted = f" {','.join(extraction.text() for extraction in self.extractions)}" if self.extractions else ""
        return f"| logfmt{flags}{wanted}"

    def compile(self, wanted: Wanted) -> Step:
        if wanted.nothing:
            return keep_all
        if self.extractions:
            return _compile_named(self, wanted)
        return _compile_all(self, wanted)


def parse(cursor: Cursor) -> LogfmtStage:
    """Read what follows `| `."""
    cursor.expect("logfmt")
    flags = set()
    while cursor.at("FUNCTION_FLAG"):
        flags.add(cursor.advance().text)
    return LogfmtStage(strict="--strict" in flags, keep_empty="--keep-empty" in flags, extractions=parse_extractions(cursor))


class BadPair(ValueError):
    """A part of a line that is no pair, and where the next may start."""

    def __init__(self, line: str, position: int, reason: str, resume: int) -> None:
        octets = len(line[:position].encode("utf-8", "replace"))
        super().__init__(f"logfmt syntax error at pos {octets + 1} : {reason}")
        self.resume = resume


def pairs(line: str, *, strict: bool) -> Iterator[tuple[str, str]]:
    """Keys and values in order; a key alone has the value "". Raises BadPair where `strict`, else leaves bad pairs out."""
    position, end = 0, len(line)
    while position < end:
        simple = _SIMPLE_PAIR.match(line, position)
        if simple is not None:
            position = simple.end()
            yield simple[1], simple[2] or simple[3] or ""
            continue
        try:
            key, value, position = _pair(line, position)
        except BadPair as mistake:
            if strict:
                raise
            position = mistake.resume
            continue
        if key:
            yield key, value


def _pair(line: str, position: int) -> tuple[str, str, int]:
    start = _KEY_START.search(line, position)
    if start is None:
        return "", "", len(line)
    position = start.start()
    found = _KEY.match(line, position)
    key = found[0] if found is not None else ""
    position += len(key)
    after = line[position : position + 1]
    if after == '"' or (after == "=" and not key):
        raise BadPair(line, position, f"unexpected '{after}'", _next_blank(line, position))
    if "\ufffd" in key:
        raise BadPair(line, position, "invalid key", _next_blank(line, position))
    if after != "=":
        return key, "", position
    position += 1
    if line[position : position + 1] == '"':
        return key, *_quoted(line, position)
    found = _VALUE.match(line, position)
    value = found[0] if found is not None else ""
    position += len(value)
    after = line[position : position + 1]
    if after in ("=", '"') and after:
        raise BadPair(line, position, f"unexpected '{after}'", _next_blank(line, position))
    return key, value, position


def _quoted(line: str, position: int) -> tuple[str, int]:
    found = _QUOTED.match(line, position)
    if found is None:
        raise BadPair(line, len(line), "unterminated quoted value", len(line))
    value = _unescaped(found[1])
    if value is None:
        raise BadPair(line, found.end(), "invalid quoted value", found.end())
    return value, found.end()


def _unescaped(raw: str) -> str | None:
    """The text of a quoted value, None where an escape is bad. JSON's escapes and \\'; half a character is no mistake here."""
    if "\\" not in raw:
        return raw
    try:
        text: str = json.loads(f'"{_ESCAPE.sub(_as_json, raw)}"', strict=False)
    except ValueError:
        return None
    return _SURROGATE.sub("\ufffd", text)


def _as_json(escape: re.Match[str]) -> str:
    return "'" if escape[0] == "\\'" else escape[0]


def _next_blank(line: str, position: int) -> int:
    blank = _BLANK.search(line, position)
    return blank.start() if blank is not None else len(line)


def _compile_all(stage: LogfmtStage, wanted: Wanted) -> Step:
    strict, keep_empty = stage.strict, stage.keep_empty
    names = wanted.labels

    def step(record: Record) -> bool:
        if wanted.satisfied_by(record):
            return True
        base, parsed, spent, metadata = record.base, record.parsed, record.spent or (), record.metadata
        try:
            for key, value in pairs(record.line, strict=strict):
                name = sanitized(key)
                is_taken = name in base or name in metadata
                if is_taken:
                    name += DUPLICATE_SUFFIX
                if not name or (names is not None and name not in names) or not (value or keep_empty):
                    continue
                if name in parsed or name in spent:
                    continue
                if is_taken:
                    record.set_parsed(name, clean(value))
                    metadata = record.metadata
                else:  # no other category has it: as set_parsed, but quicker
                    parsed[name] = clean(value)
                if names is not None and wanted.satisfied_by(record):
                    break
        except BadPair as mistake:
            wanted.fail(record, LOGFMT_ERROR, str(mistake))
        return True

    return step


_KEY_WORD = re.compile(r'[ \t\n]*(?:(?P<KEY>[A-Za-z_][A-Za-z0-9_]*)|"(?P<STRING>[^"\]]*)(?:["\]]|$)|(?P<OTHER>[^ \t\n]))')


class BadKey(ValueError):
    """An expression that names no key."""


def _key_of(expression: str) -> str:
    """The key that an expression names, bare or quoted; "" where it is several strings, which no key can be. Raises BadKey."""
    keys: list[str] = []
    mistake = ""
    for found in _KEY_WORD.finditer(expression):
        if found["OTHER"]:
            mistake = f"unexpected char {found['OTHER']}"
            break
        if keys and found["KEY"]:
            raise BadKey("syntax error: unexpected KEY")
        keys.append(found["KEY"] or found["STRING"])
    if not keys:
        raise BadKey("syntax error: unexpected $end, expecting STRING or KEY")
    if mistake:
        raise BadKey(mistake)
    return keys[0] if len(keys) == 1 else ""


def _label_of_key(stage: LogfmtStage) -> dict[str, str]:
    """The first label that each key is wanted for. Raises ParseError."""
    label_of_key: dict[str, str] = {}
    for extraction in stage.extractions:
        if not is_legal(extraction.label):
            raise ParseError.of_stage(stage.text(), f"invalid extracted label name '{extraction.label}'")
        try:
            key = _key_of(extraction.expression)
        except BadKey as mistake:
            reason = f"cannot parse expression [{extraction.expression}]: {mistake}"
            raise ParseError.of_stage(stage.text(), reason) from None
        label_of_key.setdefault(key, extraction.label)
    return label_of_key


def _compile_named(stage: LogfmtStage, wanted: Wanted) -> Step:
    label_of_key = _label_of_key(stage)
    labels = {extraction.label for extraction in stage.extractions}
    strict = stage.strict

    def step(record: Record) -> bool:
        if wanted.satisfied_by(record):
            return True
        before = frozenset(record.parsed)
        for label in labels:
            if free_name(record, label) == label:
                record.set_parsed(label, "")
        try:
            for key, value in pairs(record.line, strict=strict):
                name = sanitized(key)
                label = label_of_key.get(name, name)
                if label not in labels or (name not in labels and name in before):
                    continue
                free = free_name(record, label)
                if free != label and record.is_extracted(free):
                    break  # the reference reads no further
                record.set_parsed(free, "" if "\ufffd" in value else value)
        except BadPair as mistake:
            wanted.fail(record, LOGFMT_ERROR, str(mistake))
        return True

    return step
