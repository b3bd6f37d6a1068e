"""Service levels: how much of the error budget is left, and how fast it burns."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Dashboard, Row
from watchkeeper.dashboards.panels import figure, lines

_BUDGET = 0.001
"""99.9 % of requests succeed."""
_SLOW_BUDGET = 0.05
"""95 % of requests are answered within half a second."""


def _failing(window: str) -> str:
    return f'sum(rate(http_requests_total{{status_code=~"5.."}}[{window}])) / sum(rate(http_requests_total[{window}]))'


def _slow(window: str) -> str:
    fast = f'sum(rate(http_request_duration_seconds_bucket{{le="0.5"}}[{window}]))'
    return f"1 - {fast} / sum(rate(http_request_duration_seconds_count[{window}]))"


_ROWS = (
    Row(
        title="Requests succeed: 99.9 %",
        panels=(
            figure(
                "Succeeding",
                "Did we keep the promise over 30 days, or as long as there are data?",
                f"1 - {_failing('30d')}",
                style.SHARE,
                steps=style.bad_below(1 - _BUDGET),
                decimals=3,
                width=6,
            ),
            figure(
                "Budget left",
                "How much may still fail in these 30 days? Below zero the promise is broken.",
                f"1 - ({_failing('30d')}) / {_BUDGET}",
                style.SHARE,
                steps=style.worse_below(0.25, 0),
                decimals=1,
                width=6,
            ),
            figure(
                "Burning, one hour",
                "At 14.4 a month's budget is gone in two days: get up.",
                f"({_failing('1h')}) / {_BUDGET}",
                steps=style.worse_above(6, 14.4),
                decimals=2,
                width=6,
            ),
            figure(
                "Burning, six hours",
                "At 6 a month's budget is gone in five days.",
                f"({_failing('6h')}) / {_BUDGET}",
                steps=style.worse_above(1, 6),
                decimals=2,
                width=6,
            ),
            lines(
                "Burn rate by window",
                "Is it a short burst, or does it go on? 1 uses the budget up exactly.",
                {window: f"({_failing(window)}) / {_BUDGET}" for window in ("5m", "30m", "1h", "6h")},
                steps=style.worse_above(6, 14.4),
            ),
            lines(
                "Failing by route",
                "Which route uses the budget up?",
                {
                    "{{route}}": 'sum by (route) (rate(http_requests_total{status_code=~"5.."}[30m]))'
                    " / scalar(sum(rate(http_requests_total[30m])))"
                },
                style.SHARE,
                more="watchkeeper-application",
            ),
        ),
    ),
    Row(
        title="Requests are fast: 95 % within half a second",
        panels=(
            figure(
                "Fast",
                "Did we keep the promise over 30 days, or as long as there are data?",
                f"1 - ({_slow('30d')})",
                style.SHARE,
                steps=style.bad_below(1 - _SLOW_BUDGET),
                decimals=2,
                width=6,
            ),
            figure(
                "Budget left",
                "How much may still be slow in these 30 days?",
                f"1 - ({_slow('30d')}) / {_SLOW_BUDGET}",
                style.SHARE,
                steps=style.worse_below(0.25, 0),
                decimals=1,
                width=6,
            ),
            lines(
                "Burn rate by window",
                "Are requests getting slower, or is it a burst?",
                {window: f"({_slow(window)}) / {_SLOW_BUDGET}" for window in ("5m", "30m", "1h", "6h")},
                steps=style.worse_above(6, 14.4),
            ),
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-slo",
        title="Service levels",
        question="Do we keep what we promised, and how fast is the error budget used up?",
        rows=_ROWS,
        tags=("requests",),
        since="now-6h",
    ),
)
