"""`| label_format new=old, other="{{.label}}"`: rename labels, or set them to what a template makes of the labels."""

from dataclasses import dataclass

from watchkeeper_store.logql.errors import ERROR_LABEL, ParseError
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.quoting import quote
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.stage import TEMPLATE_ERROR, Stage, Step, Wanted
from watchkeeper_store.logql.template import BadTemplate, Template, TemplateFailure, parse_template


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """`label=source`."""

    label: str
    source: str

    def text(self) -> str:
        return f"{self.label}={self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`label="template"`."""

    label: str
    template: str

    def text(self) -> str:
        return f"{self.label}={quote(self.template)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFormatStage(Stage):
    """Formats run in order. All templates see the labels as they were before the first of them."""

    formats: tuple[Rename | Format, ...]

    def text(self) -> str:
        return f"| label_format {','.join(format_.text() for format_ in self.formats)}"

    def reads(self) -> tuple[str, ...]:
        names: list[str] = []
        for format_ in self.formats:
            if isinstance(format_, Rename):
                names.append(format_.source)
                continue
            try:
                names.extend(parse_template(format_.template, name="label").fields())
            except BadTemplate:
                continue
        return tuple(names)

    def compile(self, wanted: Wanted) -> Step:
        compiled = self._compiled()

        def step(record: Record) -> bool:
            labels: dict[str, str] | None = None
            for name, source in compiled:
                if isinstance(source, str):
                    record.rename(source, name)
                    continue
                if labels is None:
                    labels = record.all_labels()
                try:
                    text = source.execute(labels, record.line, record.timestamp_ns)
                except TemplateFailure as failure:
                    record.fail(TEMPLATE_ERROR, str(failure))
                    continue
                record.set_parsed(name, text)
            return True

        return step

    def _compiled(self) -> list[tuple[str, str | Template]]:
        compiled: list[tuple[str, str | Template]] = []
        for format_ in self.formats:
            label = format_.label
            if label == ERROR_LABEL:
                raise ParseError.of_stage(self.text(), f"{label} cannot be formatted")
            if any(label == name for name, _ in compiled):
                reason = f"multiple label name '{label}' not allowed in a single format operation"
                raise ParseError.of_stage(self.text(), reason)
            if isinstance(format_, Rename):
                compiled.append((label, format_.source))
                continue
            try:
                compiled.append((label, parse_template(format_.template, name="label")))
            except BadTemplate as mistake:
                raise ParseError.of_stage(self.text(), f"invalid template for label '{label}': {mistake}") from None
        return compiled


def parse(cursor: Cursor) -> LabelFormatStage:
    """Read what follows `| `; templates are checked when the query runs."""
    cursor.expect("label_format")
    formats = [_format(cursor)]
    while cursor.accept(","):
        formats.append(_format(cursor))
    return LabelFormatStage(formats=tuple(formats))


def _format(cursor: Cursor) -> Rename | Format:
    label = cursor.expect("IDENTIFIER").text
    cursor.expect("=")
    source = cursor.expect("IDENTIFIER", "STRING")
    if source.kind == "IDENTIFIER":
        return Rename(label=label, source=source.text)
    return Format(label=label, template=source.text)
