"""The table of pipeline stages: which word starts which, how it is parsed, and what the reference says about it."""

from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.stages import (
    decolorize,
    drop_keep,
    json,
    label_format,
    line_format,
    logfmt,
    pattern,
    regexp,
    unpack,
)
from watchkeeper_store.logql.stages.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """One stage of the language; `syntax` and `example` are written as in a query, after the pipe."""

    keyword: str
    parse: Callable[[Cursor], Stage]
    syntax: str
    summary: str
    example: str


STAGES = {
    entry.keyword: entry
    for entry in (
        StageEntry(
            keyword="json",
            parse=json.parse,
            syntax='json [label[="path"], …]',
            summary="members of a JSON object as labels: all of them, nested ones joined by `_`, or those the paths name",
            example='json status, first="servers[0].name"',
        ),
        StageEntry(
            keyword="logfmt",
            parse=logfmt.parse,
            syntax='logfmt [--strict] [--keep-empty] [label[="key"], …]',
            summary="`key=value` pairs as labels; bad pairs are skipped, or with `--strict` mark the line",
            example='logfmt --strict level, took="duration"',
        ),
        StageEntry(
            keyword="regexp",
            parse=regexp.parse,
            syntax='regexp "pattern"',
            summary="named groups of an RE2 pattern, searched for anywhere in the line, as labels",
            example="regexp `(?P<method>\\w+) (?P<path>\\S+)`",
        ),
        StageEntry(
            keyword="pattern",
            parse=pattern.parse,
            syntax='pattern "text <name> text"',
            summary="parts of the line between literal texts as labels; `<_>` for parts to skip",
            example='pattern "<ip> - - <_> <path>"',
        ),
        StageEntry(
            keyword="unpack",
            parse=unpack.parse,
            syntax="unpack",
            summary="strings of a JSON object as labels and its `_entry` as the line, where there is one",
            example="unpack",
        ),
        StageEntry(
            keyword="line_format",
            parse=line_format.parse,
            syntax='line_format "template"',
            summary="the line becomes what a Go text/template makes of the labels",
            example='line_format "{{.level | upper}} {{.msg}}"',
        ),
        StageEntry(
            keyword="label_format",
            parse=label_format.parse,
            syntax='label_format new=old, label="template", …',
            summary="rename labels, or set them to what a template makes of the labels",
            example='label_format host=instance, short="{{.path | trunc 20}}"',
        ),
        StageEntry(
            keyword="decolorize",
            parse=decolorize.parse,
            syntax="decolorize",
            summary="terminal colour codes are taken out of the line",
            example="decolorize",
        ),
        StageEntry(
            keyword="drop",
            parse=drop_keep.parse_drop,
            syntax="drop label | matcher, …",
            summary="labels of these names (and, with a matcher, such values) are removed",
            example='drop __error__, level="debug"',
        ),
        StageEntry(
            keyword="keep",
            parse=drop_keep.parse_keep,
            syntax="keep label | matcher, …",
            summary="all labels but these are removed",
            example='keep app, level=~"warn|error"',
        ),
    )
}
