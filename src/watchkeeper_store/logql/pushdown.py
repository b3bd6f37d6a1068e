"""What of a pipeline a source may do itself, as data for the planner of queries. Nothing is read here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from watchkeeper_store.logql.matching import MatchOperator
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX, Record
from watchkeeper_store.logql.source import LabelCondition, LineFilter, LineParser
from watchkeeper_store.logql.stages.decolorize import DecolorizeStage
from watchkeeper_store.logql.stages.json import JsonStage
from watchkeeper_store.logql.stages.label_filter import (
    AddressPredicate,
    JoinedPredicate,
    LabelFilterStage,
    Predicate,
    TextPredicate,
)
from watchkeeper_store.logql.stages.line_filter import LineFilterStage
from watchkeeper_store.logql.stages.line_format import LineFormatStage
from watchkeeper_store.logql.stages.logfmt import LogfmtStage
from watchkeeper_store.logql.stages.stage import EVERYTHING, Stage
from watchkeeper_store.logql.stages.unpack import UnpackStage

_CHANGES_LINE = (DecolorizeStage, LineFormatStage, UnpackStage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A pipeline in two: filters that test the line as it was stored, and the stages to run afterwards.

    `exact` filters can be said to a source as they are. `rest` runs on what passes them and holds everything else, line filters
    first where they can be: a source that applied all of `exact` needs to be followed by `rest` alone.
    """

    exact: tuple[LineFilter, ...]
    rest: tuple[Stage, ...]


def split_pipeline(stages: tuple[Stage, ...]) -> Split:
    """Take the line filters out of a pipeline that no stage before them can have changed the line for."""
    exact: list[LineFilter] = []
    filters: list[Stage] = []
    others: list[Stage] = []
    for index, stage in enumerate(stages):
        if isinstance(stage, _CHANGES_LINE):
            others.extend(stages[index:])
            break
        if not isinstance(stage, LineFilterStage):
            others.append(stage)
        elif (filter_ := stage.pushable()) is not None:
            exact.append(filter_)
        else:
            filters.append(stage)
    return Split(exact=tuple(exact), rest=(*filters, *others))


def label_conditions(stages: tuple[Stage, ...]) -> tuple[LabelCondition, ...]:
    """What the label filters behind the first parser ask of single labels that it reads from the line."""
    parser: LineParser | None = None
    conditions: list[LabelCondition] = []
    for stage in stages:
        if isinstance(stage, LabelFilterStage):
            if parser is not None:
                conditions.extend(_conditions(stage.predicate, parser))
        elif isinstance(stage, (LogfmtStage, JsonStage)) and parser is None:
            parser = _plain_parser(stage)
            if parser is None:
                break
        elif not isinstance(stage, LineFilterStage):
            break
    return tuple(conditions)


def _plain_parser(stage: LogfmtStage | JsonStage) -> LineParser | None:
    """The parser if it reads every label under its own name."""
    if isinstance(stage, JsonStage):
        return None if stage.extractions else LineParser.JSON
    return None if stage.extractions or stage.strict or stage.keep_empty else LineParser.LOGFMT


def _conditions(predicate: Predicate, parser: LineParser) -> Iterator[LabelCondition]:
    if isinstance(predicate, JoinedPredicate) and not predicate.either:
        yield from _conditions(predicate.left, parser)
        yield from _conditions(predicate.right, parser)
        return
    names = set(predicate.reads())
    name = next(iter(names))
    if len(names) > 1 or name.startswith("__") or name.endswith(DUPLICATE_SUFFIX) or _asks_for_errors(predicate):
        return
    equal = None
    if isinstance(predicate, TextPredicate) and predicate.matcher.operator is MatchOperator.EQUAL:
        equal = predicate.matcher.value or None
    yield LabelCondition(name=name, parser=parser, accepts=_accepting(predicate, name), equal=equal)


def _asks_for_errors(predicate: Predicate) -> bool:
    """Whether the verdict depends on what an earlier stage could not read."""
    if isinstance(predicate, JoinedPredicate):
        return _asks_for_errors(predicate.left) or _asks_for_errors(predicate.right)
    return isinstance(predicate, AddressPredicate)


def _accepting(predicate: Predicate, name: str) -> Callable[[str | None], bool]:
    step = predicate.compile(EVERYTHING)

    def accepts(value: str | None) -> bool:
        record = Record(0, "", {}, {})
        if value is not None:
            record.set_parsed(name, value)
        return step(record)

    return accepts
