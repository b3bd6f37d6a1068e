"""A range query answers at each of its steps what an instant query answers there, whatever the query."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from hypothesis import assume, given, settings
from tests.conformance.logql.memory import MemorySource
from tests.conformance.logql.queries import metric_queries

from watchkeeper_store.logql import Instants, QueryError, ScalarResult, evaluate_instant, evaluate_range, line_by_line
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.printer import one_line
from watchkeeper_store.logql.source import ReadRequest, Rows
from watchkeeper_store.logql.tree import MetricQuery

SECOND = 1_000_000_000
AT = 200 * SECOND
LINES = (
    'level=info app="hi there" duration=3ms bytes=4KB count=5',
    '{"level":"error","duration":"1s","count":3,"ip":{"of":"c"}}',
    "plain text 10.0.0.1 GET /x",
    '{"_entry":"packed","sum":"1"}',
    "level=warn count=7 duration=bad bytes=",
)


class EverySelector(MemorySource):
    """Gives all rows whatever was selected: generated selectors would hardly ever find a stream."""

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        return super().read(replace(request, matchers=()))

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> Iterable[Labels]:
        return super().streams(tenant, (), start_ns, end_ns)


def some_lines() -> EverySelector:
    source = EverySelector()
    for count in range(20):
        source.add({"app": "a", "of": f"s{count % 3}"}, AT - count * SECOND, LINES[count % len(LINES)], {"_x1": str(count % 2)})
    return source


def answers(ask: Callable[[], Iterable[tuple[Labels, float]]]) -> dict[Labels, str] | str:
    """What was answered, comparable though it holds NaN; or why it was refused."""
    try:
        return {labels: f"{value:.12g}" for labels, value in ask()}
    except QueryError as refusal:
        return str(refusal)


@given(metric_queries)
@settings(max_examples=300)
def test_a_range_query_answers_at_each_step_as_an_instant_query_does(query: MetricQuery) -> None:
    assume("approx_topk" not in one_line(query))  # answers instants only
    leaves = line_by_line(some_lines(), "t")

    def instant(at_ns: int) -> Iterator[tuple[Labels, float]]:
        answer = evaluate_instant(query, leaves, at_ns)
        assert not isinstance(answer, ScalarResult)
        return ((sample.labels, sample.value) for sample in answer)

    def step(at_ns: int) -> Iterator[tuple[Labels, float]]:
        matrix = evaluate_range(query, leaves, instants)
        return ((series.labels, value) for series in matrix for time_ns, value in series.points if time_ns == at_ns)

    instants = Instants(start_ns=AT - 10 * SECOND, end_ns=AT + 10 * SECOND, step_ns=10 * SECOND)
    one_by_one = [answers(partial(instant, at_ns)) for at_ns in instants.times_ns()]
    if not any(isinstance(answer, str) for answer in one_by_one):
        assert [answers(partial(step, at_ns)) for at_ns in instants.times_ns()] == one_by_one
