"""What of a pipeline a source may do itself, as data for the planner of queries. Nothing is read here."""

from dataclasses import dataclass

from watchkeeper_store.logql.source import LineFilter
from watchkeeper_store.logql.stages.decolorize import DecolorizeStage
from watchkeeper_store.logql.stages.line_filter import LineFilterStage
from watchkeeper_store.logql.stages.line_format import LineFormatStage
from watchkeeper_store.logql.stages.stage import Stage
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
