"""Spending on language models: by whom and on what, whether budgets last, and what would save money."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, lines, listing, note, shares

_WHOSE = 'organisation=~"$organisation"'
_MODELS = f'{_WHOSE}, provider=~"$provider"'
_MONTH = "30 * 86400"
_COST = f"ai_cost_dollars_total{{{_MODELS}}}"
_BUDGET_USED = f"sum(rate(ai_cost_dollars_total{{{_WHOSE}}}[15m])) * {_MONTH} / sum(ai_budget_dollars{{{_WHOSE}}})"
_CACHED = (
    f"sum(rate(ai_cache_hits_total{{{_WHOSE}}}[15m]))"
    f" / (sum(rate(ai_cache_hits_total{{{_WHOSE}}}[15m])) + sum(rate(ai_cache_misses_total{{{_WHOSE}}}[15m])))"
)
_SAVING = "provider_model:ai_saving_by_cheaper_model_dollars:rate1h * 720"
"""What the tokens of a month would cost less with the cheapest model of the same tier, at the pace of the last hour."""

_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Cost a day",
            "What do we spend, at the pace of the last quarter of an hour?",
            f"sum(rate({_COST}[15m])) * 86400",
            style.DOLLARS,
            decimals=2,
        ),
        figure(
            "Of the budget",
            "Will the month's budget last at this pace? 100 % is exactly used up.",
            _BUDGET_USED,
            style.SHARE,
            steps=style.worse_above(0.8, 1),
            decimals=0,
        ),
        figure(
            "Cost per request",
            "Did a request become dearer?",
            f"sum(rate({_COST}[15m])) / sum(rate(ai_requests_total{{{_MODELS}}}[15m]))",
            style.DOLLARS,
            decimals=4,
        ),
        figure(
            "Cached answers",
            "What share costs nothing?",
            _CACHED,
            style.SHARE,
            steps=style.worse_below(0.2, 0.1),
            decimals=1,
        ),
        figure(
            "Failing",
            "What share of calls fails?",
            f'sum(rate(ai_requests_total{{{_MODELS}, status="error"}}[15m])) / sum(rate(ai_requests_total{{{_MODELS}}}[15m]))',
            style.SHARE,
            steps=style.worse_above(0.02, 0.05),
            decimals=2,
        ),
        figure(
            "Saving a month",
            "What would the cheapest models of the same tier save?",
            f"sum({_SAVING})",
            style.DOLLARS,
            decimals=0,
        ),
    ),
)


_WHERE = Row(
    title="Where the money goes",
    panels=(
        shares(
            "By provider",
            "Whom do we pay? Dollars a day.",
            f"sum by (provider) (rate({_COST}[15m])) * 86400",
            "{{provider}}",
            style.DOLLARS,
        ),
        shares(
            "By model",
            "Which models cost? Dollars a day.",
            f"sum by (provider, model) (rate({_COST}[15m])) * 86400",
            "{{model}}",
            style.DOLLARS,
        ),
        shares(
            "By organisation",
            "Who causes the cost? Dollars a day.",
            f"sum by (organisation) (rate({_COST}[15m])) * 86400",
            "{{organisation}}",
            style.DOLLARS,
        ),
        lines(
            "Cost by model",
            "When did spending change, and on what? Dollars an hour.",
            {"{{model}}": f"sum by (model) (rate({_COST}[15m])) * 3600"},
            style.DOLLARS,
            stacked=True,
        ),
        lines(
            "Tokens",
            "Are prompts or answers longer than usual?",
            {"{{direction}}": f"sum by (direction) (rate(ai_tokens_total{{{_MODELS}}}[15m]))"},
            style.TOKENS_PER_SECOND,
        ),
        lines(
            "p95 by model",
            "Which model is slow?",
            {
                "{{model}}": "histogram_quantile(0.95, sum by (model, le) "
                '(rate(ai_request_duration_seconds_bucket{provider=~"$provider"}[15m])))'
            },
            style.SECONDS,
        ),
        bars(
            "Budget by organisation",
            "Whose budget will not last?",
            f"sort_desc(sum by (organisation) (rate(ai_cost_dollars_total{{{_WHOSE}}}[15m])) * {_MONTH}"
            f" / sum by (organisation) (ai_budget_dollars{{{_WHOSE}}}))",
            "{{organisation}}",
            style.SHARE,
            steps=style.worse_above(0.8, 1),
        ),
    ),
)


_ADVICE = """\
**Cheaper equivalent.** A model can be replaced by the cheapest of its tier; the table shows what that saves a month at
today's use. Try it on a share of the requests first, and compare failures and duration.

**Cache.** Each further percent of calls that the cache answers saves about a percent of the cost. Below 20 %, look for
prompts that differ only in a timestamp or an identifier.

**Budget.** Above 100 % the month's budget will not last: lower the limit of that organisation, or move it to a smaller tier.
"""


_RECOMMENDATIONS = Row(
    title="What would save money",
    panels=(
        listing(
            "Cheaper equivalents",
            "Which model should be replaced first? Savings against the cheapest model of the same tier.",
            (f"sort_desc({_SAVING} > 0)",),
            (
                Column(field="provider", heading="Provider"),
                Column(field="model", heading="Model"),
                Column(field="Value", heading="Saving a month", unit=style.DOLLARS),
            ),
        ),
        listing(
            "Cheapest of each tier",
            "Which model should take its place? Dollars per million tokens, prompts and answers mixed as they are.",
            ("tier:ai_cheapest_model:price", "provider_model_tier:ai_price_dollars_per_million_tokens:blended"),
            (
                Column(field="tier", heading="Tier"),
                Column(field="provider", heading="Provider"),
                Column(field="model", heading="Model"),
                Column(field="Value #A", heading="Cheapest", unit=style.DOLLARS),
                Column(field="Value #B", heading="Price", unit=style.DOLLARS),
            ),
        ),
        lines(
            "Answered by the cache",
            "Does caching save more or less than before?",
            {
                "{{organisation}}": f"sum by (organisation) (rate(ai_cache_hits_total{{{_WHOSE}}}[15m]))"
                f" / (sum by (organisation) (rate(ai_cache_hits_total{{{_WHOSE}}}[15m]))"
                f" + sum by (organisation) (rate(ai_cache_misses_total{{{_WHOSE}}}[15m])))"
            },
            style.SHARE,
        ),
        lines(
            "Saved by the cache",
            "What would the answers from the cache have cost? Dollars an hour.",
            {"saved": "ai:cache_saving_dollars:rate1h"},
            style.DOLLARS,
        ),
        bars(
            "Budget burn of a day",
            "Whose budget will not last, judged by a whole day?",
            "sort_desc(organisation:ai_budget_burn:ratio_1d)",
            "{{organisation}}",
            style.SHARE,
            steps=style.worse_above(0.8, 1),
        ),
        note("How to read this", "What should I do about it?", _ADVICE),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-ai-cost",
        title="AI cost",
        question="What do language models cost, will budgets last, and what would save money?",
        rows=(_NOW, _WHERE, _RECOMMENDATIONS),
        variables=(
            Variable(name="organisation", heading="Organisation", metric="ai_cost_dollars_total", label="organisation"),
            Variable(name="provider", heading="Provider", metric="ai_cost_dollars_total", label="provider"),
        ),
        tags=("business",),
        since="now-6h",
    ),
)
