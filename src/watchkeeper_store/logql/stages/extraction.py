"""The list `label="expression", other` that `json` and `logfmt` take, and what is common to setting extracted labels."""

from dataclasses import dataclass

from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Take what `expression` names into the label `label`."""

    label: str
    expression: str

    def text(self) -> str:
        """The printed form; the expression is always shown."""
        return f"{self.label}={quote(self.expression)}"


def parse_extractions(cursor: Cursor) -> tuple[Extraction, ...]:
    """Read a possibly empty list."""
    if not cursor.at("IDENTIFIER"):
        return ()
    extractions = [_extraction(cursor)]
    while cursor.accept(","):
        extractions.append(_extraction(cursor))
    return tuple(extractions)


def _extraction(cursor: Cursor) -> Extraction:
    label = cursor.expect("IDENTIFIER").text
    if not cursor.accept("="):
        return Extraction(label=label, expression=label)
    return Extraction(label=label, expression=cursor.expect("STRING").text)


def free_name(record: Record, name: str) -> str:
    """The name, or the name with `_extracted` where the stream or the metadata of the line has that label already."""
    return f"{name}{DUPLICATE_SUFFIX}" if name in record.base or name in record.metadata else name
