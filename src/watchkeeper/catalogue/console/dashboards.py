"""What spans all components: the overview one starts from, and the figures for those who decide."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row
from watchkeeper.dashboards.panels import figure, lines, listing

_FAILING = 'sum(rate(http_requests_total{status_code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))'
_P95 = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
_FIRING = 'ALERTS{alertstate="firing", alertname!="Watchdog"}'


_OVERVIEW = (
    Row(
        title="Is anything wrong?",
        panels=(
            figure(
                "Alerts firing",
                "Is somebody needed? The watchdog, which always fires, is left out.",
                f"count({_FIRING}) or vector(0)",
                steps=style.bad_above(1),
            ),
            figure(
                "Targets up",
                "Is everything measured?",
                "avg(up)",
                style.SHARE,
                steps=style.bad_below(1),
                decimals=1,
                more="watchkeeper-self",
            ),
            figure(
                "Reachable",
                "Do people get through?",
                "avg(probe_success)",
                style.SHARE,
                steps=style.bad_below(1),
                more="watchkeeper-probes",
            ),
            figure(
                "Requests failing",
                "Do requests fail?",
                _FAILING,
                style.SHARE,
                steps=style.worse_above(0.01, 0.05),
                decimals=2,
                more="watchkeeper-application",
            ),
            figure(
                "p95",
                "Are requests slow?",
                _P95,
                style.SECONDS,
                steps=style.worse_above(0.5, 1),
                more="watchkeeper-application",
            ),
            figure(
                "Oldest backup",
                "Could we restore?",
                "max(time() - backup_last_success_timestamp_seconds)",
                style.SECONDS,
                steps=style.worse_above(26 * 3600, 48 * 3600),
                decimals=0,
            ),
            listing(
                "Alerts",
                "Which alerts fire or are about to?",
                ('sum by (alertname, severity, alertstate) (ALERTS{alertname!="Watchdog"})',),
                (
                    Column(field="alertname", heading="Alert"),
                    Column(field="severity", heading="Severity"),
                    Column(field="alertstate", heading="State"),
                    Column(field="Value", heading="How many"),
                ),
                without_value="none",
            ),
            listing(
                "Down",
                "Which target cannot be scraped?",
                ("up == 0",),
                (Column(field="job", heading="Job"), Column(field="instance", heading="Target")),
                without_value="all are up",
            ),
        ),
    ),
    Row(
        title="Where to look",
        panels=(
            lines(
                "Requests",
                "Is there more or less to do than usual?",
                {"requests": "sum(rate(http_requests_total[$__rate_interval]))"},
                style.REQUESTS_PER_SECOND,
                more="watchkeeper-application",
            ),
            lines(
                "Host",
                "Is the machine busy?",
                {
                    "CPU": '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
                    "memory": "1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes)",
                },
                style.SHARE,
                most=1,
                more="watchkeeper-host",
            ),
            lines(
                "Error lines by service",
                "Who complains?",
                {"{{service_name}}": 'sum by (service_name) (count_over_time({job=~".+"} | detected_level="error" [$__auto]))'},
                style.COUNT,
                "loki",
                more="watchkeeper-logs",
            ),
            lines(
                "Waiting messages",
                "Does work pile up?",
                {
                    "Kafka": "sum(kafka_consumergroup_lag)",
                    "RabbitMQ": "sum(rabbitmq_queue_messages_ready)",
                },
                more="watchkeeper-kafka",
            ),
        ),
    ),
)


_MONTH = "30 * 86400"
_EXECUTIVE = (
    Row(
        title="How are we doing?",
        panels=(
            figure(
                "Uptime",
                "What share of the shown time was the service reachable?",
                "avg(avg_over_time(probe_success[$__range]))",
                style.SHARE,
                steps=style.worse_below(0.999, 0.99),
                decimals=3,
                width=6,
                more="watchkeeper-probes",
            ),
            figure(
                "Response time, p95",
                "How long do people wait?",
                _P95,
                style.SECONDS,
                steps=style.worse_above(0.5, 1),
                width=6,
                more="watchkeeper-application",
            ),
            figure(
                "Error rate",
                "What share of requests fails?",
                _FAILING,
                style.SHARE,
                steps=style.worse_above(0.01, 0.05),
                decimals=2,
                width=6,
                more="watchkeeper-slo",
            ),
            figure(
                "AI cost a day",
                "What do language models cost, at the pace of the last quarter of an hour?",
                "sum(rate(ai_cost_dollars_total[15m])) * 86400",
                style.DOLLARS,
                width=6,
                decimals=2,
                more="watchkeeper-ai-cost",
            ),
            figure(
                "Revenue a day",
                "What comes in, at the pace of the last quarter of an hour?",
                "sum(rate(business_revenue_dollars_total[15m])) * 86400",
                style.DOLLARS,
                decimals=0,
                width=6,
                more="watchkeeper-business",
            ),
            figure(
                "Conversion",
                "What share of visits ends in a purchase?",
                "sum(rate(business_conversions_total[15m])) / sum(rate(business_visits_total[15m]))",
                style.SHARE,
                decimals=2,
                width=6,
                more="watchkeeper-business",
            ),
            figure(
                "Active users",
                "How many people work with it now?",
                "sum(business_users_active)",
                width=6,
                more="watchkeeper-organisations",
            ),
            figure(
                "AI budget",
                "Will the month's AI budget last? 100 % is exactly used up.",
                f"sum(rate(ai_cost_dollars_total[15m])) * {_MONTH} / sum(ai_budget_dollars)",
                style.SHARE,
                steps=style.worse_above(0.8, 1),
                decimals=0,
                width=6,
                more="watchkeeper-ai-cost",
            ),
        ),
    ),
    Row(
        title="How did it develop?",
        panels=(
            lines("Response time, p95", "Do people wait longer?", {"p95": _P95}, style.SECONDS),
            lines("Error rate", "Does more fail than before?", {"failing": _FAILING}, style.SHARE),
            lines(
                "AI cost by provider",
                "Whom do we pay? Dollars an hour.",
                {"{{provider}}": "sum by (provider) (rate(ai_cost_dollars_total[15m])) * 3600"},
                style.DOLLARS,
                stacked=True,
            ),
            lines(
                "Subscriptions by plan",
                "Do customers come or go?",
                {"{{plan}}": "sum by (plan) (business_subscriptions_active)"},
                stacked=True,
            ),
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-overview",
        title="Overview",
        question="Is anything wrong, and where should I look first?",
        rows=_OVERVIEW,
        logs='{job=~".+"} | detected_level="error"',
    ),
    Dashboard(
        uid="watchkeeper-executive",
        title="Executive",
        question="How are we doing: uptime, response time, errors, cost and revenue?",
        rows=_EXECUTIVE,
        tags=("business",),
        since="now-24h",
    ),
)
