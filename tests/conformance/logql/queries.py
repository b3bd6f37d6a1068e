"""Hypothesis strategies for queries of every shape, as trees that can be written."""

from itertools import pairwise

from hypothesis import strategies as st

from watchkeeper_store.logql.language import BINARY_OPERATORS, CONVERSIONS, RANGE_FUNCTIONS, VECTOR_FUNCTIONS
from watchkeeper_store.logql.matching import Matcher, MatchOperator
from watchkeeper_store.logql.stages.decolorize import DecolorizeStage
from watchkeeper_store.logql.stages.drop_keep import DropStage, KeepStage, NamedLabel
from watchkeeper_store.logql.stages.extraction import Extraction
from watchkeeper_store.logql.stages.json import JsonStage
from watchkeeper_store.logql.stages.label_filter import (
    AddressPredicate,
    JoinedPredicate,
    LabelFilterStage,
    Predicate,
    Quantity,
    QuantityPredicate,
    TextPredicate,
)
from watchkeeper_store.logql.stages.label_format import Format, LabelFormatStage, Rename
from watchkeeper_store.logql.stages.line_filter import LineFilterStage, Needle
from watchkeeper_store.logql.stages.line_format import LineFormatStage
from watchkeeper_store.logql.stages.logfmt import LogfmtStage
from watchkeeper_store.logql.stages.pattern import PatternStage
from watchkeeper_store.logql.stages.regexp import RegexpStage
from watchkeeper_store.logql.stages.stage import Stage
from watchkeeper_store.logql.stages.unpack import UnpackStage
from watchkeeper_store.logql.stages.unwrap import Unwrap
from watchkeeper_store.logql.tree import (
    BinaryOperation,
    Cardinality,
    Expression,
    Grouping,
    LabelReplace,
    Literal,
    LogQuery,
    LogRange,
    Matching,
    MetricQuery,
    RangeAggregation,
    Vector,
    VectorAggregation,
)

# Names that are functions elsewhere are names here.
names = st.sampled_from(
    ["app", "level", "_x1", "rate", "ip", "bytes", "count", "sum", "duration", "label_replace", "vector", "variant"]
)
texts = st.text(st.characters(codec="utf-8"), max_size=12)
patterns = st.sampled_from([".+", "a|b", "(?i)err[0-9]{1,3}", "\\d+\\.\\d", 'q"uote', "back`tick"])
name_lists = st.lists(names, min_size=1, max_size=3).map(tuple)


@st.composite
def matchers(draw: st.DrawFn) -> Matcher:
    operator = draw(st.sampled_from(MatchOperator))
    value = draw(patterns if operator in (MatchOperator.REGEX, MatchOperator.NOT_REGEX) else texts)
    return Matcher(name=draw(names), operator=operator, value=value)


selecting = st.builds(Matcher, name=names, operator=st.just(MatchOperator.EQUAL), value=texts.filter(bool))
selectors = st.builds(lambda one, others: (one, *others), selecting, st.lists(matchers(), max_size=2))
comparisons = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])
# Minus zero before a blank is a duration to the lexer, as it is to the reference.
numbers = st.one_of(st.integers(-(10**6), 10**6).map(float), st.floats(-1e25, 1e25).filter(lambda one: one != 0))
quantities = st.one_of(
    st.builds(QuantityPredicate, name=names, operator=comparisons, quantity=st.just(Quantity.NUMBER), value=numbers),
    st.builds(
        QuantityPredicate,
        name=names,
        operator=comparisons,
        quantity=st.just(Quantity.DURATION),
        value=st.integers(-(2**62), 2**62),
    ),
    st.builds(
        QuantityPredicate, name=names, operator=comparisons, quantity=st.just(Quantity.SIZE), value=st.integers(0, 2**53)
    ),
)
predicates: st.SearchStrategy[Predicate] = st.recursive(
    st.one_of(
        st.builds(TextPredicate, matcher=matchers()),
        quantities,
        st.builds(AddressPredicate, name=names, pattern=texts, negated=st.booleans()),
    ),
    lambda inner: st.builds(JoinedPredicate, left=inner, right=inner, either=st.booleans()),
    max_leaves=4,
)
extractions = st.lists(st.builds(Extraction, label=names, expression=texts), max_size=3).map(tuple)
needles = st.builds(Needle, text=texts, is_address=st.booleans())
stages = st.one_of(
    st.builds(
        LineFilterStage,
        operator=st.sampled_from(["|=", "|~", "|>"]),
        needles=st.lists(needles, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(LineFilterStage, operator=st.sampled_from(["!=", "!~", "!>"]), needles=needles.map(lambda one: (one,))),
    st.builds(LabelFilterStage, predicate=predicates),
    st.builds(JsonStage, extractions=extractions),
    st.builds(LogfmtStage, strict=st.booleans(), keep_empty=st.booleans(), extractions=extractions),
    st.builds(RegexpStage, pattern=st.sampled_from(["(?P<a>b)", "(?P<x_1>\\d+) `(?P<y>.)"])),
    st.builds(PatternStage, pattern=st.sampled_from(["<a> b", '"<_>" <c>'])),
    st.just(UnpackStage()),
    st.just(DecolorizeStage()),
    st.builds(LineFormatStage, template=texts),
    st.builds(
        LabelFormatStage,
        formats=st.lists(
            st.one_of(st.builds(Rename, label=names, source=names), st.builds(Format, label=names, template=texts)),
            min_size=1,
            max_size=2,
        ).map(tuple),
    ),
    st.builds(
        DropStage, choices=st.lists(st.one_of(st.builds(NamedLabel, name=names), matchers()), min_size=1, max_size=2).map(tuple)
    ),
    st.builds(
        KeepStage, choices=st.lists(st.one_of(st.builds(NamedLabel, name=names), matchers()), min_size=1, max_size=2).map(tuple)
    ),
)


def _is_unsayable(pipeline: list[Stage]) -> bool:
    """`| drop app != "x"` reads as one stage: a line filter cannot stand right behind a bare name."""
    return any(
        isinstance(before, DropStage | KeepStage)
        and isinstance(before.choices[-1], NamedLabel)
        and isinstance(after, LineFilterStage)
        and after.operator in ("!=", "!~")
        for before, after in pairwise(pipeline)
    )


pipelines = st.lists(stages, max_size=4).filter(lambda pipeline: not _is_unsayable(pipeline)).map(tuple)
log_queries = st.builds(LogQuery, matchers=selectors, stages=pipelines)
groupings = st.one_of(
    st.builds(Grouping, names=name_lists, without=st.booleans()), st.sampled_from([Grouping(), Grouping(without=True)])
)
milliseconds = st.integers(1, 10**12).map(lambda count: count * 1_000_000)
unwraps = st.builds(
    Unwrap,
    label=names,
    conversion=st.sampled_from(["", *CONVERSIONS]),
    filters=st.lists(predicates, max_size=2).map(tuple),
)


@st.composite
def range_aggregations(draw: st.DrawFn) -> RangeAggregation:
    function = draw(st.sampled_from(list(RANGE_FUNCTIONS.values())))
    unwraps_here = function.over_values and (not function.over_lines or draw(st.booleans()))
    return RangeAggregation(
        function=function.name,
        range=LogRange(
            query=draw(log_queries),
            range_ns=draw(milliseconds),
            offset_ns=draw(st.one_of(st.just(0), st.integers(-(2**60), 2**60))),
            unwrap=draw(unwraps) if unwraps_here else None,
        ),
        parameter=draw(st.floats(0, 1e6).map(abs)) if function.needs_parameter else None,
        grouping=draw(st.one_of(st.none(), groupings)) if function.allows_grouping else None,
    )


@st.composite
def matchings(draw: st.DrawFn) -> Matching:
    cardinality = draw(st.sampled_from(Cardinality))
    on = draw(st.booleans())
    labels = draw(st.one_of(st.just(()), name_lists))
    if cardinality is Cardinality.ONE_TO_ONE and not on and not labels:
        return Matching()
    include = draw(st.one_of(st.none(), name_lists)) if cardinality is not Cardinality.ONE_TO_ONE else None
    return Matching(on=on, labels=labels, cardinality=cardinality, include=include)


@st.composite
def binary_operations(draw: st.DrawFn, inner: st.SearchStrategy[MetricQuery]) -> BinaryOperation:
    operator = draw(st.sampled_from(list(BINARY_OPERATORS.values())))
    sides = [draw(inner), draw(inner)]
    if not operator.is_set and draw(st.booleans()):
        sides[draw(st.integers(0, 1))] = Literal(value=draw(numbers))
    return BinaryOperation(
        operator=operator.sign,
        left=sides[0],
        right=sides[1],
        returns_bool=draw(st.booleans()),
        matching=draw(st.one_of(st.just(Matching()), matchings())),
    )


@st.composite
def vector_aggregations(draw: st.DrawFn, inner: st.SearchStrategy[MetricQuery]) -> VectorAggregation:
    function = draw(st.sampled_from(list(VECTOR_FUNCTIONS.values())))
    grouping = Grouping()
    if function.allows_grouping and not function.name.startswith("sort"):
        grouping = draw(groupings)
    return VectorAggregation(
        function=function.name,
        operand=draw(inner),
        parameter=draw(st.integers(1, 10**6)) if function.needs_parameter else None,
        grouping=grouping,
    )


metric_queries: st.SearchStrategy[MetricQuery] = st.recursive(
    st.one_of(range_aggregations(), st.builds(Vector, value=st.floats(0, 1e25).map(abs))),
    lambda inner: st.one_of(
        vector_aggregations(inner),
        binary_operations(inner),
        st.builds(LabelReplace, operand=inner, destination=names, replacement=texts, source=names, pattern=patterns),
    ),
    max_leaves=3,
)
expressions: st.SearchStrategy[Expression] = st.one_of(log_queries, metric_queries)
