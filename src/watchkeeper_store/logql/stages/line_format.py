"""`| line_format "{{.label}} …"`: replace the line by what a template makes of the labels."""

from dataclasses import dataclass

from watchkeeper_store.logql.errors import ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.stage import TEMPLATE_ERROR, Stage, Step, Wanted
from watchkeeper_store.logql.template import BadTemplate, TemplateFailure, parse_template


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFormatStage(Stage):
    """A template that fails on a line leaves the line and marks it."""

    template: str

    def text(self) -> str:
        return f"| line_format {quote(self.template)}"

    def reads(self) -> tuple[str, ...]:
        try:
            return parse_template(self.template, name="line").fields()
        except BadTemplate:
            return ()

    def compile(self, wanted: Wanted) -> Step:
        try:
            template = parse_template(self.template, name="line")
        except BadTemplate as mistake:
            raise ParseError.of_stage(self.text(), f"invalid line template: {mistake}") from None

        only = template.only_label
        if only is not None:
            # The reference takes the value of the label itself, and __error__ is none.
            def take(record: Record) -> bool:
                record.line = record.get(only) or ""
                return True

            return take

        def step(record: Record) -> bool:
            try:
                record.line = template.execute(record.all_labels(), record.line, record.timestamp_ns)
            except TemplateFailure as failure:
                record.fail(TEMPLATE_ERROR, str(failure))
            return True

        return step


def parse(cursor: Cursor) -> LineFormatStage:
    """Read what follows `| `; the template is checked when the query runs."""
    cursor.expect("line_format")
    return LineFormatStage(template=cursor.expect("STRING").text)
