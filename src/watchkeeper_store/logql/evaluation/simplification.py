"""Range aggregations without the stages that cannot matter to them, as the reference leaves them out: answers depend on it."""

from dataclasses import replace

from watchkeeper_store.logql.stages.json import JsonStage
from watchkeeper_store.logql.stages.line_filter import LineFilterStage
from watchkeeper_store.logql.stages.line_format import LineFormatStage
from watchkeeper_store.logql.stages.logfmt import LogfmtStage
from watchkeeper_store.logql.stages.pattern import PatternStage
from watchkeeper_store.logql.stages.regexp import RegexpStage
from watchkeeper_store.logql.stages.stage import Stage
from watchkeeper_store.logql.stages.unpack import UnpackStage
from watchkeeper_store.logql.tree import RangeAggregation

_READS_LINE = (JsonStage, LineFilterStage, LogfmtStage, PatternStage, RegexpStage, UnpackStage)
_MEASURES_LINE = ("bytes_over_time", "bytes_rate")


def simplified(aggregation: RangeAggregation) -> RangeAggregation:
    """The same aggregation without `line_format` stages that no parser and no line filter follows.

    A template that fails on a line is then no error of the query, and `__line__` in a later `label_format` is the stored line.
    """
    query = aggregation.range.query
    if aggregation.function in _MEASURES_LINE or not any(isinstance(stage, LineFormatStage) for stage in query.stages):
        return aggregation
    stages = tuple(stage for place, stage in enumerate(query.stages) if not _is_idle_format(stage, query.stages[place + 1 :]))
    return replace(aggregation, range=replace(aggregation.range, query=replace(query, stages=stages)))


def _is_idle_format(stage: Stage, later: tuple[Stage, ...]) -> bool:
    return isinstance(stage, LineFormatStage) and not any(isinstance(one, _READS_LINE) for one in later)
