"""`| drop a, b="x"` and `| keep a, b="x"`: remove these labels, or all others; a matcher asks for the value as well."""

from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper_store.logql.errors import ERROR_DETAILS_LABEL, ERROR_LABEL, PRESERVE_ERROR_LABEL
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.parser.cursor import Cursor
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.stages.label_filter import parse_matcher
from watchkeeper_store.logql.stages.stage import Stage, Step, Wanted

_SPECIAL = (ERROR_LABEL, ERROR_DETAILS_LABEL, PRESERVE_ERROR_LABEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLabel:
    """A label by name, whatever its value."""

    name: str

    def text(self) -> str:
        return self.name


Choice = NamedLabel | Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class DropStage(Stage):
    """`| drop …`; dropping `__error__` un-marks the line."""

    choices: tuple[Choice, ...]

    def text(self) -> str:
        return f"| drop {','.join(choice.text() for choice in self.choices)}"

    def compile(self, wanted: Wanted) -> Step:
        tests = tuple((choice.name, _value_test(choice)) for choice in self.choices)

        def step(record: Record) -> bool:
            for name, accepts in tests:
                if name == ERROR_LABEL:
                    if accepts is None or accepts(record.error):
                        record.error = ""
                elif name == ERROR_DETAILS_LABEL:
                    if accepts is None or accepts(record.error_details):
                        record.error_details = ""
                else:
                    value = record.get(name)
                    if value is not None if accepts is None else accepts(value or ""):
                        record.delete(name)
            return True

        return step


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepStage(Stage):
    """`| keep …`; error labels always stay."""

    choices: tuple[Choice, ...]

    def text(self) -> str:
        return f"| keep {','.join(choice.text() for choice in self.choices)}"

    def compile(self, wanted: Wanted) -> Step:
        tests: dict[str, list[Callable[[str], bool] | None]] = {}
        for choice in self.choices:
            tests.setdefault(choice.name, []).append(_value_test(choice))

        def step(record: Record) -> bool:
            for name, value in record.all_labels().items():
                if name not in _SPECIAL and not any(accepts is None or accepts(value) for accepts in tests.get(name, ())):
                    record.delete(name)
            return True

        return step


def _value_test(choice: Choice) -> Callable[[str], bool] | None:
    return None if isinstance(choice, NamedLabel) else choice.predicate()


def parse_drop(cursor: Cursor) -> DropStage:
    """Read what follows `| `."""
    cursor.expect("drop")
    return DropStage(choices=_choices(cursor))


def parse_keep(cursor: Cursor) -> KeepStage:
    """Read what follows `| `."""
    cursor.expect("keep")
    return KeepStage(choices=_choices(cursor))


def _choices(cursor: Cursor) -> tuple[Choice, ...]:
    choices = [_choice(cursor)]
    while cursor.accept(","):
        choices.append(_choice(cursor))
    return tuple(choices)


def _choice(cursor: Cursor) -> Choice:
    name = cursor.expect("IDENTIFIER").text
    if cursor.at("=", "!=", "=~", "!~"):
        return parse_matcher(cursor, name, cursor.advance().kind)
    return NamedLabel(name=name)
