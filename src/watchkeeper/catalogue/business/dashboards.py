"""The business: do visitors become customers, which plans, and does money come in."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Dashboard, Row
from watchkeeper.dashboards.panels import bars, figure, lines, shares

_CONVERSION = "sum(rate(business_conversions_total[15m])) / sum(rate(business_visits_total[15m]))"
_TRANSACTIONS = "sum(rate(business_transactions_total[15m]))"


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "Conversion",
            "What share of visits ends in a purchase?",
            _CONVERSION,
            style.SHARE,
            decimals=2,
        ),
        figure("Visits", "How many visits an hour?", "sum(rate(business_visits_total[15m])) * 3600", decimals=0),
        figure("Sign-ups", "How many an hour?", "sum(rate(business_signups_total[15m])) * 3600", decimals=0),
        figure(
            "Revenue",
            "How many dollars an hour?",
            "sum(rate(business_revenue_dollars_total[15m])) * 3600",
            style.DOLLARS,
            decimals=0,
        ),
        figure(
            "Recurring revenue",
            "How many dollars a month do subscriptions bring?",
            "sum(business_recurring_revenue_dollars)",
            style.DOLLARS,
        ),
        figure(
            "Payments going through",
            "What share of payments succeeds?",
            f'sum(rate(business_transactions_total{{status="succeeded"}}[15m])) / {_TRANSACTIONS}',
            style.SHARE,
            steps=style.worse_below(0.95, 0.9),
            decimals=1,
        ),
    ),
)


_FUNNEL = Row(
    title="From visit to purchase",
    panels=(
        lines("Conversion", "Did conversion drop?", {"conversion": _CONVERSION}, style.SHARE),
        lines(
            "Funnel",
            "At which step do people leave?",
            {
                "visits": "sum(rate(business_visits_total[15m])) * 3600",
                "sign-ups": "sum(rate(business_signups_total[15m])) * 3600",
                "purchases": "sum(rate(business_conversions_total[15m])) * 3600",
            },
        ),
        bars(
            "Sign-ups by channel",
            "Where do new people come from?",
            "sort_desc(sum by (channel) (rate(business_signups_total[15m]))) * 3600",
            "{{channel}}",
        ),
        lines(
            "Payments by outcome",
            "Are payments declined, or do they fail?",
            {"{{status}}": "sum by (status) (rate(business_transactions_total[15m])) * 3600"},
            stacked=True,
        ),
    ),
)


_PLANS = Row(
    title="Plans",
    panels=(
        shares(
            "Subscriptions by plan",
            "Which plans do customers have?",
            "sum by (plan) (business_subscriptions_active)",
            "{{plan}}",
        ),
        shares(
            "Recurring revenue by plan",
            "Which plans bring the money?",
            "sum by (plan) (business_recurring_revenue_dollars)",
            "{{plan}}",
            style.DOLLARS,
        ),
        bars(
            "Cancellations by plan",
            "Which plan do customers leave?",
            "sort_desc(sum by (plan) (increase(business_cancellations_total[1d])))",
            "{{plan}}",
            width=8,
        ),
        lines(
            "Revenue by plan",
            "How does revenue develop?",
            {"{{plan}}": "sum by (plan) (rate(business_revenue_dollars_total[15m])) * 3600"},
            style.DOLLARS,
            stacked=True,
        ),
        lines(
            "Activity",
            "What do people do?",
            {"{{activity}}": "sum by (activity) (rate(user_activity_total[15m]))"},
            style.PER_SECOND,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-business",
        title="Business",
        question="Do visitors become customers, of which plans, and does money come in?",
        rows=(_NOW, _FUNNEL, _PLANS),
        tags=("business",),
        since="now-24h",
    ),
)
