"""Service levels: how much of the error budget is left, and how fast it burns. Drawn from the recorded series of the rules."""

from __future__ import annotations

from watchkeeper.catalogue.slo.options import SloOptions
from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Dashboard, Panel, Row
from watchkeeper.dashboards.panels import figure, lines

_WINDOWS = ("5m", "30m", "1h", "6h")
_GET_UP, _LOOK = 14.4, 6


def _burn(name: str, window: str, objective: float) -> str:
    return f"job:slo_{name}_bad:ratio_{window} / {1 - objective:.6g}"


def _panels(name: str, bad: str, objective: float) -> tuple[Panel, ...]:
    """``name``: as the recorded series call the service level; ``bad``: what a request is that uses up budget."""
    return (
        figure(
            "Budget left",
            f"How much may still be {bad} in these 30 days? Below zero the promise is broken.",
            f"min(job:slo_{name}_budget_remaining:ratio_30d)",
            style.SHARE,
            steps=style.worse_below(0.25, 0),
            decimals=1,
            width=6,
        ),
        figure(
            f"Share {bad} now",
            f"What share of requests has been {bad} in the last five minutes?",
            f"max(job:slo_{name}_bad:ratio_5m)",
            style.SHARE,
            steps=style.bad_above(1 - objective),
            decimals=2,
            width=6,
        ),
        figure(
            "Burning, one hour",
            "How many times too fast is the budget used up? At 14.4 a month's budget is gone in two days: get up.",
            f"max({_burn(name, '1h', objective)})",
            steps=style.worse_above(_LOOK, _GET_UP),
            decimals=2,
            width=6,
        ),
        figure(
            "Burning, six hours",
            "How many times too fast is the budget used up? At 6 a month's budget is gone in five days.",
            f"max({_burn(name, '6h', objective)})",
            steps=style.worse_above(1, _LOOK),
            decimals=2,
            width=6,
        ),
        lines(
            "Burn rate by window",
            "Is it a short burst, or does it go on? 1 uses the budget up exactly.",
            {f"{{{{job}}}} {window}": _burn(name, window, objective) for window in _WINDOWS},
            steps=style.worse_above(_LOOK, _GET_UP),
        ),
    )


def dashboards(options: SloOptions) -> tuple[Dashboard, ...]:
    """With the objectives of the description."""
    failing = lines(
        "Failing by route",
        "Which route uses the budget up?",
        {
            "{{route}}": 'sum by (route) (rate(http_request_duration_seconds_count{status_code=~"5.."}[30m]))'
            " / scalar(sum(rate(http_request_duration_seconds_count[30m])))"
        },
        style.SHARE,
        more="watchkeeper-application",
    )
    slow = lines(
        "p95 by route",
        "Which route is slow?",
        {
            "{{route}}": "histogram_quantile(0.95, sum by (route, le) "
            "(rate(http_request_duration_seconds_bucket[$__rate_interval])))"
        },
        style.SECONDS,
        steps=style.bad_above(options.latency_threshold_s),
        more="watchkeeper-application",
    )
    available = (*_panels("availability", "failing", options.availability_objective), failing)
    fast = (*_panels("latency", "slow", options.latency_objective), slow)
    return (
        Dashboard(
            uid="watchkeeper-slo",
            title="Service levels",
            question="Do we keep what we promised, and how fast is the error budget used up?",
            rows=(
                Row(title=f"Requests succeed: {100 * options.availability_objective:.6g} %", panels=available),
                Row(
                    title=f"Requests are fast: {100 * options.latency_objective:.6g} % in {options.latency_threshold_s:g} s",
                    panels=fast,
                ),
            ),
            tags=("requests",),
            since="now-6h",
        ),
    )


DASHBOARDS = dashboards(SloOptions())
"""With the objectives that hold unless the description sets others."""
