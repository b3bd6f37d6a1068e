"""`| decolorize`: take terminal colour codes out of the line."""

import re
from dataclasses import dataclass

from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.stage import Stage, Step, Wanted

# An introducer, then either an operating system command up to a bell, or parameters and a final character.
_CODES = re.compile(
    "[\x1b\x9b][\\[\\]()#;?]*(?:(?:[a-zA-Z0-9]*(?:;[a-zA-Z0-9]*)*)?\x07|(?:[0-9]{1,4}(?:;[0-9]{0,4})*)?[0-9A-PRZcf-ntqry=><~])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecolorizeStage(Stage):
    """Lines without codes stay as they are."""

    def text(self) -> str:
        return "| decolorize"

    def compile(self, wanted: Wanted) -> Step:
        def step(record: Record) -> bool:
            if "\x1b" in record.line or "\x9b" in record.line:
                record.line = _CODES.sub("", record.line)
            return True

        return step


def parse(cursor: Cursor) -> DecolorizeStage:
    """Read what follows `| `."""
    cursor.expect("decolorize")
    return DecolorizeStage()
