"""The application: rate, errors and duration of its requests, what they wait for, and their traces and organisations."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, heat, lines, listing, shares

_ROUTE = 'route=~"$route"'
_WINDOW = "[$__rate_interval]"
_ORGANISATION = 'organisation=~"$organisation"'


def _requests(matchers: str = _ROUTE, by: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} (rate(http_requests_total{{{matchers}}}{_WINDOW}))"


def _failing(matchers: str = _ROUTE, by: str = "") -> str:
    return _requests(f'{matchers}, status_code=~"5.."', by) + " / " + _requests(matchers, by)


def _quantile(quantile: float, by: str = "le") -> str:
    buckets = f"rate(http_request_duration_seconds_bucket{{{_ROUTE}}}{_WINDOW})"
    return f"histogram_quantile({quantile}, sum by ({by}) ({buckets}))"


_RED = Row(
    title="Rate, errors, duration",
    panels=(
        figure("Requests", "How much is asked?", _requests(), style.REQUESTS_PER_SECOND, decimals=1),
        figure(
            "Failing",
            "What share of requests fails with 5xx?",
            _failing(),
            style.SHARE,
            steps=style.worse_above(0.01, 0.05),
            decimals=2,
        ),
        figure("p50", "How long does an ordinary request take?", _quantile(0.5), style.SECONDS),
        figure(
            "p95",
            "How long do all but the slowest twentieth take?",
            _quantile(0.95),
            style.SECONDS,
            steps=style.worse_above(0.5, 1),
        ),
        figure("p99", "How long do the slow ones take?", _quantile(0.99), style.SECONDS, steps=style.worse_above(1.5, 3)),
        figure("Being answered", "How many requests are under way?", "sum(http_requests_in_flight)"),
        lines(
            "Requests by route",
            "Which routes are used?",
            {"{{route}}": _requests(by="route")},
            style.REQUESTS_PER_SECOND,
            stacked=True,
        ),
        lines(
            "Answers by status",
            "What do people get?",
            {"{{status_code}}": _requests(by="status_code")},
            style.REQUESTS_PER_SECOND,
            colours=style.STATUS_CODES,
        ),
        lines(
            "Failing by route",
            "Which route fails?",
            {"{{route}}": _failing(by="route")},
            style.SHARE,
            steps=style.worse_above(0.01, 0.05),
            more="watchkeeper-logs",
        ),
        lines(
            "p95 by route",
            "Which route is slow?",
            {"{{route}}": _quantile(0.95, "route, le")},
            style.SECONDS,
            steps=style.worse_above(0.5, 1),
            more="watchkeeper-traces",
        ),
        heat(
            "Durations",
            "Are all requests slower, or a few much slower?",
            f"sum by (le) (increase(http_request_duration_seconds_bucket{{{_ROUTE}}}{_WINDOW}))",
        ),
        lines(
            "Failed sign-ins",
            "Does somebody try passwords?",
            {"{{result}}": f"sum by (result) (rate(auth_login_attempts_total{_WINDOW}))"},
            style.PER_SECOND,
        ),
    ),
)


_BEHIND = Row(
    title="What requests wait for",
    panels=(
        lines(
            "p95 of queries by table",
            "Is the database slow, and where?",
            {"{{table}}": f"histogram_quantile(0.95, sum by (table, le) (rate(db_query_duration_seconds_bucket{_WINDOW})))"},
            style.SECONDS,
            more="watchkeeper-postgres",
        ),
        lines(
            "Queries by operation",
            "How much is asked of the database?",
            {"{{operation}}": f"sum by (operation) (rate(db_query_duration_seconds_count{_WINDOW}))"},
            style.PER_SECOND,
        ),
        lines(
            "Cache hits",
            "What share of look-ups is answered by the cache?",
            {
                "{{cache_name}}": f"sum by (cache_name) (rate(cache_hits_total{_WINDOW}))"
                f" / (sum by (cache_name) (rate(cache_hits_total{_WINDOW}))"
                f" + sum by (cache_name) (rate(cache_misses_total{_WINDOW})))"
            },
            style.SHARE,
            most=1,
            more="watchkeeper-redis",
        ),
        bars(
            "Time spent by route",
            "Where would a faster answer help most?",
            "sort_desc(sum by (route) (rate(http_request_duration_seconds_sum[$__rate_interval])))",
            "{{route}}",
            style.SECONDS,
        ),
    ),
)


_CALLS = "traces_spanmetrics_calls_total"
_SPANS = 'service=~"$service"'


_LATENCY = "traces_spanmetrics_latency_bucket"
_EDGES = "sum by (client, server) (rate(traces_service_graph_request_total[$__rate_interval]))"
_FAILED_EDGES = "sum by (client, server) (rate(traces_service_graph_request_failed_total[$__rate_interval]))"
_EDGE_P95 = (
    "histogram_quantile(0.95, sum by (client, server, le) "
    "(rate(traces_service_graph_request_server_seconds_bucket[$__rate_interval])))"
)
_FAILED_SPANS = f'{_SPANS}, status_code="STATUS_CODE_ERROR"'
_TRACED = (
    Row(
        title="Services",
        panels=(
            lines(
                "Calls by service",
                "Who is called how often?",
                {"{{service}}": f"sum by (service) (rate({_CALLS}{{{_SPANS}}}{_WINDOW}))"},
                style.REQUESTS_PER_SECOND,
            ),
            lines(
                "Failing by service",
                "In which service do calls fail?",
                {
                    "{{service}}": f"sum by (service) (rate({_CALLS}{{{_FAILED_SPANS}}}{_WINDOW}))"
                    f" / sum by (service) (rate({_CALLS}{{{_SPANS}}}{_WINDOW}))"
                },
                style.SHARE,
                steps=style.worse_above(0.01, 0.05),
            ),
            lines(
                "p95 by service",
                "Which service is slow?",
                {"{{service}}": f"histogram_quantile(0.95, sum by (service, le) (rate({_LATENCY}{{{_SPANS}}}{_WINDOW})))"},
                style.SECONDS,
            ),
            bars(
                "Slowest operations, p95",
                "Which operation should I look for in the traces?",
                f"topk(10, histogram_quantile(0.95, sum by (service, span_name, le) (rate({_LATENCY}{{{_SPANS}}}{_WINDOW}))))",
                "{{service}} {{span_name}}",
                style.SECONDS,
                steps=style.worse_above(0.5, 1),
            ),
        ),
    ),
    Row(
        title="Who calls whom",
        panels=(
            listing(
                "Calls between services",
                "On which edge between two services do calls fail or take long?",
                (_EDGES, _FAILED_EDGES, _EDGE_P95),
                (
                    Column(field="client", heading="From"),
                    Column(field="server", heading="To"),
                    Column(field="Value #A", heading="Calls", unit=style.REQUESTS_PER_SECOND),
                    Column(field="Value #B", heading="Failing", unit=style.REQUESTS_PER_SECOND),
                    Column(field="Value #C", heading="p95", unit=style.SECONDS),
                ),
                width=style.COLUMNS,
            ),
        ),
    ),
)


_SPENT_A_MONTH = f"sum by (organisation) (rate(ai_cost_dollars_total{{{_ORGANISATION}}}[15m])) * 30 * 86400"
_EACH_ORGANISATION = (
    Row(
        title="Use",
        panels=(
            figure(
                "Organisations",
                "How many organisations have asked for something in the last quarter of an hour?",
                "count(sum by (organisation) (rate(http_requests_total[15m])) > 0)",
            ),
            figure(
                "Requests",
                "How much do the chosen ones ask?",
                _requests(_ORGANISATION),
                style.REQUESTS_PER_SECOND,
                decimals=1,
            ),
            figure(
                "Failing",
                "What share of their requests fails?",
                _failing(_ORGANISATION),
                style.SHARE,
                steps=style.worse_above(0.01, 0.05),
                decimals=2,
            ),
            figure(
                "Active users",
                "How many people work with it now?",
                f"sum(business_users_active{{{_ORGANISATION}}})",
            ),
            lines(
                "Requests by organisation",
                "Who uses it how much?",
                {"{{organisation}}": _requests(_ORGANISATION, "organisation")},
                style.REQUESTS_PER_SECOND,
                stacked=True,
            ),
            lines(
                "Failing by organisation",
                "Is one organisation worse off than the others?",
                {"{{organisation}}": _failing(_ORGANISATION, "organisation")},
                style.SHARE,
                steps=style.worse_above(0.01, 0.05),
            ),
        ),
    ),
    Row(
        title="Money and sign-ins",
        panels=(
            shares(
                "Revenue of an hour",
                "Who pays?",
                f"sum by (organisation) (rate(business_revenue_dollars_total{{{_ORGANISATION}}}[15m])) * 3600",
                "{{organisation}}",
                style.DOLLARS,
            ),
            bars(
                "AI spending of budget",
                "Whose budget will not last the month, at the pace of the last quarter of an hour?",
                f"sort_desc({_SPENT_A_MONTH} / sum by (organisation) (ai_budget_dollars{{{_ORGANISATION}}}))",
                "{{organisation}}",
                style.SHARE,
                steps=style.worse_above(0.8, 1),
                width=8,
                more="watchkeeper-ai-cost",
            ),
            bars(
                "Failed sign-ins",
                "Is an organisation under attack?",
                'sort_desc(sum by (organisation) (rate(auth_login_attempts_total{result="failure", '
                f"{_ORGANISATION}}}{_WINDOW})))",
                "{{organisation}}",
                style.PER_SECOND,
                width=8,
            ),
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-application",
        title="Application",
        question="Do requests succeed, how fast, and if not: what do they wait for?",
        rows=(_RED, _BEHIND),
        variables=(Variable(name="route", heading="Route", metric="http_requests_total", label="route"),),
        tags=("requests",),
        logs='{job="application"}',
    ),
    Dashboard(
        uid="watchkeeper-traces",
        title="Traces",
        question="In which service, and on which call between services, does the time go?",
        rows=_TRACED,
        variables=(Variable(name="service", heading="Service", metric=_CALLS, label="service"),),
        tags=("requests",),
        logs='{job="application"}',
    ),
    Dashboard(
        uid="watchkeeper-organisations",
        title="Organisations",
        question="How is each organisation served, and what does it bring and cost?",
        rows=_EACH_ORGANISATION,
        variables=(Variable(name="organisation", heading="Organisation", metric="http_requests_total", label="organisation"),),
        tags=("business",),
        logs='{job="application"}',
    ),
)
