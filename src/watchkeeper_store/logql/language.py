"""The one table of LogQL's words: operators, functions and keywords, what they mean, and what the language allows of each.

The lexer, the parser, the printer, the reference page and completion all read it. Pipeline stages describe themselves; they
are listed in `stages.registry` and are part of the same reference.
"""

from dataclasses import dataclass
from typing import Literal

Associativity = Literal["left", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryOperator:
    """An operator between two metric queries. A higher `precedence` binds tighter."""

    sign: str
    precedence: int
    summary: str
    associativity: Associativity = "left"
    is_comparison: bool = False
    is_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeFunction:
    """An aggregation over the lines or unwrapped values of a time window."""

    name: str
    summary: str
    over_lines: bool = False
    over_values: bool = False
    allows_grouping: bool = False
    needs_parameter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFunction:
    """An aggregation over the series of one instant."""

    name: str
    summary: str
    needs_parameter: bool = False
    allows_grouping: bool = True


BINARY_OPERATORS = {
    operator.sign: operator
    for operator in (
        BinaryOperator(sign="or", precedence=1, is_set=True, summary="series of both sides, the left one winning"),
        BinaryOperator(sign="and", precedence=2, is_set=True, summary="left series that have a partner on the right"),
        BinaryOperator(sign="unless", precedence=2, is_set=True, summary="left series that have no partner on the right"),
        BinaryOperator(sign="==", precedence=3, is_comparison=True, summary="equal"),
        BinaryOperator(sign="!=", precedence=3, is_comparison=True, summary="not equal"),
        BinaryOperator(sign="<", precedence=3, is_comparison=True, summary="less"),
        BinaryOperator(sign="<=", precedence=3, is_comparison=True, summary="less or equal"),
        BinaryOperator(sign=">", precedence=3, is_comparison=True, summary="greater"),
        BinaryOperator(sign=">=", precedence=3, is_comparison=True, summary="greater or equal"),
        BinaryOperator(sign="+", precedence=4, summary="sum"),
        BinaryOperator(sign="-", precedence=4, summary="difference"),
        BinaryOperator(sign="*", precedence=5, summary="product"),
        BinaryOperator(sign="/", precedence=5, summary="quotient; NaN when dividing by zero"),
        BinaryOperator(sign="%", precedence=5, summary="remainder with the sign of the left side; NaN for a zero divisor"),
        BinaryOperator(sign="^", precedence=6, associativity="right", summary="power"),
    )
}

RANGE_FUNCTIONS = {
    function.name: function
    for function in (
        RangeFunction(name="rate", over_lines=True, over_values=True, summary="lines per second; unwrapped: sum per second"),
        RangeFunction(name="rate_counter", over_values=True, summary="increase per second of a counter that may restart"),
        RangeFunction(name="count_over_time", over_lines=True, summary="number of lines"),
        RangeFunction(name="bytes_rate", over_lines=True, summary="bytes of lines per second"),
        RangeFunction(name="bytes_over_time", over_lines=True, summary="bytes of lines"),
        RangeFunction(name="avg_over_time", over_values=True, allows_grouping=True, summary="mean"),
        RangeFunction(name="sum_over_time", over_values=True, summary="sum"),
        RangeFunction(name="min_over_time", over_values=True, allows_grouping=True, summary="smallest value"),
        RangeFunction(name="max_over_time", over_values=True, allows_grouping=True, summary="largest value"),
        RangeFunction(name="stdvar_over_time", over_values=True, allows_grouping=True, summary="population variance"),
        RangeFunction(name="stddev_over_time", over_values=True, allows_grouping=True, summary="population standard deviation"),
        RangeFunction(
            name="quantile_over_time",
            over_values=True,
            allows_grouping=True,
            needs_parameter=True,
            summary="quantile, interpolated between neighbours",
        ),
        RangeFunction(name="first_over_time", over_values=True, allows_grouping=True, summary="earliest value"),
        RangeFunction(name="last_over_time", over_values=True, allows_grouping=True, summary="latest value"),
        RangeFunction(
            name="absent_over_time",
            over_lines=True,
            over_values=True,
            summary="1 where no line matches; nothing where one does",
        ),
    )
}

VECTOR_FUNCTIONS = {
    function.name: function
    for function in (
        VectorFunction(name="sum", summary="sum"),
        VectorFunction(name="avg", summary="mean"),
        VectorFunction(name="max", summary="largest value"),
        VectorFunction(name="min", summary="smallest value"),
        VectorFunction(name="count", summary="number of series"),
        VectorFunction(name="stddev", summary="population standard deviation"),
        VectorFunction(name="stdvar", summary="population variance"),
        VectorFunction(name="bottomk", needs_parameter=True, summary="the k smallest series of each group"),
        VectorFunction(name="topk", needs_parameter=True, summary="the k largest series of each group"),
        VectorFunction(
            name="approx_topk", needs_parameter=True, allows_grouping=False, summary="the k largest series; not over a range"
        ),
        VectorFunction(name="sort", summary="all series, smallest value first"),
        VectorFunction(name="sort_desc", summary="all series, largest value first"),
    )
}

CONVERSIONS = {
    "bytes": "a size such as `1.5MB`, as bytes",
    "duration": "a duration such as `250ms`, as seconds",
    "duration_seconds": "a duration such as `250ms`, as seconds",
}

LINE_FILTERS = {
    "|=": "keeps lines that contain the text, or one of several joined by `or`",
    "!=": "keeps lines that contain none of the texts",
    "|~": "keeps lines in which the RE2 pattern is found",
    "!~": "keeps lines in which the RE2 pattern is not found",
    "|>": "keeps lines of the form that the pattern gives: text, and `<_>` for anything but nothing",
    "!>": "keeps lines of another form",
}

# The text of a token in "unexpected …, expecting …": words that are keywords everywhere are shown as written …
KEYWORDS = frozenset(
    {
        *("by", "without", "bool", "offset", "on", "ignoring", "group_left", "group_right", "or", "and", "unless", "unwrap"),
        *("json", "regexp", "logfmt", "unpack", "pattern", "label_format", "line_format", "decolorize", "drop", "keep"),
        *("variants", "of"),
    }
)
# … and words that are functions only before a parenthesis by the names below.
FUNCTION_TOKENS = {
    **{name: name.upper() for name in (*RANGE_FUNCTIONS, *VECTOR_FUNCTIONS, "vector")},
    **{name: f"{name.upper()}_CONV" for name in CONVERSIONS},
    "label_replace": "label_replace",
    "ip": "ip",
}
SIGNS = frozenset(
    {
        *(",", ".", "{", "}", "=", "!=", "=~", "!~", "!>", "|=", "|~", "|>", "|", "(", ")", "[", "]"),
        *(sign for sign, operator in BINARY_OPERATORS.items() if not sign.isalpha()),
    }
)
PARSER_FLAGS = frozenset({"--strict", "--keep-empty"})
