"""The platform itself: are its components healthy, does it keep to its budget, do metrics, alerts and logs flow."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row
from watchkeeper.dashboards.panels import bars, figure, lines, listing

_HEALTH_OF_COMPONENTS = Row(
    title="Components",
    panels=(
        figure(
            "Healthy",
            "What share of the platform's components is healthy?",
            "avg(watchkeeper_component_healthy)",
            style.SHARE,
            steps=style.bad_below(1),
        ),
        figure(
            "Memory of budget",
            "Does the platform keep to its budget?",
            'sum(container_memory_working_set_bytes{job="warden"}) / sum(watchkeeper_memory_budget_bytes)',
            style.SHARE,
            steps=style.worse_above(0.8, 0.95),
            decimals=1,
        ),
        figure(
            "Restarts, 1 hour",
            "Does something end again and again?",
            "sum(increase(watchkeeper_component_restarts_total[1h]))",
            steps=style.worse_above(1, 3),
            decimals=0,
        ),
        figure(
            "Data",
            "How much disk do the platform's data take?",
            "sum(watchkeeper_component_disk_bytes)",
            style.BYTES,
        ),
        figure(
            "Room left",
            "How much room is left where the data lie?",
            "min(watchkeeper_state_free_bytes / watchkeeper_state_size_bytes)",
            style.SHARE,
            steps=style.worse_below(0.15, 0.05),
            decimals=1,
        ),
        figure(
            "Targets up",
            "Is everything measured?",
            "avg(up)",
            style.SHARE,
            steps=style.bad_below(1),
            decimals=1,
        ),
        bars(
            "Memory of limit",
            "Which component is about to be ended because it uses too much?",
            'sort_desc(container_memory_working_set_bytes{job="warden"}'
            ' / (container_spec_memory_limit_bytes{job="warden"} > 0))',
            "{{name}}",
            style.SHARE,
            steps=style.worse_above(0.8, 0.95),
            most=1,
        ),
        listing(
            "Components",
            "Which component is unhealthy?",
            ("watchkeeper_component_healthy", "sum by (name) (watchkeeper_component_restarts_total)"),
            (
                Column(field="name", heading="Component"),
                Column(field="Value #A", heading="Healthy"),
                Column(field="Value #B", heading="Restarts", plain=True),
            ),
            words=(("1", "yes", style.GREEN), ("0", "no", style.RED)),
        ),
    ),
)


_METRICS_AND_ALERTS = Row(
    title="Metrics and alerts",
    panels=(
        lines(
            "Samples",
            "Are as many values stored as usual?",
            {"stored": "sum(rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval]))"},
            style.SAMPLES_PER_SECOND,
        ),
        lines(
            "Series",
            "Does a label make too many series?",
            {"in memory": "sum(prometheus_tsdb_head_series)"},
        ),
        bars(
            "Slowest scrapes",
            "Which target takes long to answer?",
            "topk(10, scrape_duration_seconds)",
            "{{job}}",
            style.SECONDS,
            steps=style.worse_above(1, 5),
        ),
        bars(
            "Rule groups",
            "Which rules take a large share of their interval?",
            # the label is the group's file and name
            "topk(10, max by (group) (label_replace(prometheus_rule_group_last_duration_seconds"
            ' / prometheus_rule_group_interval_seconds, "group", "$1", "rule_group", ".*;(.*)")))',
            "{{group}}",
            style.SHARE,
            steps=style.worse_above(0.25, 0.5),
        ),
        lines(
            "Notifications",
            "Do notifications leave, and does somebody refuse them?",
            {
                "{{integration}} sent": "sum by (integration) (rate(alertmanager_notifications_total[$__rate_interval]))",
                "{{integration}} failed": "sum by (integration) "
                "(rate(alertmanager_notifications_failed_total[$__rate_interval]))",
            },
            style.PER_SECOND,
        ),
        lines(
            "Rule failures",
            "Is there a rule that cannot be evaluated?",
            {"failures": "sum(increase(prometheus_rule_evaluation_failures_total[$__rate_interval]))"},
        ),
    ),
)


_LOGS_AND_CONSOLE = Row(
    title="Logs and console",
    panels=(
        lines(
            "Lines",
            "Is as much stored as is read?",
            {
                "read": "sum(rate(watchkeeper_shipper_read_lines_total[$__rate_interval]))",
                "stored": "sum(rate(watchkeeper_store_ingested_lines_total[$__rate_interval]))",
            },
            style.LINES_PER_SECOND,
        ),
        lines(
            "Behind",
            "How old is what is shipped?",
            {
                "shipper": "max(watchkeeper_shipper_lag_seconds)",
                "until stored, p95": "histogram_quantile(0.95, sum by (le) "
                "(rate(watchkeeper_shipper_delivery_seconds_bucket[$__rate_interval])))",
            },
            style.SECONDS,
            steps=style.worse_above(5, 60),
        ),
        lines(
            "Stored",
            "Does the log store grow as expected?",
            {"on disk": "sum(watchkeeper_store_held_bytes)", "waiting": "sum(watchkeeper_shipper_buffer_bytes)"},
            style.BYTES,
        ),
        lines(
            "Answers of the log store, p95",
            "Are log queries slow?",
            {
                "{{route}}": "histogram_quantile(0.95, sum by (route, le) "
                "(rate(watchkeeper_store_http_request_duration_seconds_bucket[$__rate_interval])))"
            },
            style.SECONDS,
        ),
        lines(
            "Console",
            "Do people use it, and does it answer?",
            {"{{code}}": "sum by (code) (rate(watchkeeper_console_http_requests_total[$__rate_interval]))"},
            style.REQUESTS_PER_SECOND,
        ),
        lines(
            "Sign-ins",
            "Does somebody try passwords?",
            {"{{outcome}}": "sum by (outcome) (increase(watchkeeper_console_sign_ins_total[$__rate_interval]))"},
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-self",
        title="Watchkeeper itself",
        question="Does the monitoring work, and does it keep to its budget?",
        rows=(_HEALTH_OF_COMPONENTS, _METRICS_AND_ALERTS, _LOGS_AND_CONSOLE),
        tags=("infrastructure",),
        logs='{job="watchkeeper"}',
    ),
)
